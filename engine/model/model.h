// What the public API gives: a spec with a session that trains it, predicts with it, and lets everything be read, written
// and saved. Every mistake of the caller is thrown as Error; after one, the model is as it was before.
#pragma once
#include <map>
#include <memory>

#include "graph/session.h"

namespace pg {

/// Examples that stay in the engine: written and checked once, for any number of passes.
class Batch {
 public:
  /// Room for a whole batch of the model's inputs, and with `targets` of its targets.
  Batch(const Session<float>& session, bool targets);

  /// Where input i is written: floats or ids, as the model has them.
  void* numbers(int i) {
    const Place& p = places_[static_cast<size_t>(i)];
    if (p.ids) return ids_.data() + p.offset;
    return values_.data() + p.offset;
  }

 private:
  friend class Model;
  struct Place {
    bool ids;
    int64_t offset, example;  // scalars: where it begins, and of one example
  };
  std::vector<Place> places_;
  bool targets_;
  int n_ = 0;  // examples; 0 until they are checked
  Buffer<float> values_;
  Buffer<int32_t> ids_;
};

class Model {
 public:
  using Others = std::map<std::string, std::shared_ptr<Model>>;

  /// Compiles the spec. The error thrown is the first; `Error::all` has them all. `others`: models that it may `share` from.
  Model(Json spec, const Others& others);
  /// From a file that `save` wrote: the spec is in its metadata.
  static std::unique_ptr<Model> from_file(const uint8_t* bytes, size_t size, const Others& others);

  /// {batch_size, inputs: [{name, target, ids, shape (of one example), vocab_size}], output, losses, parameters, buffers: [{name, shape, …}]}
  Json description() const;
  const Json& spec() const { return spec_; }
  Session<float>& session() { return session_; }

  enum class Pass : uint8_t { train, forward_backward, evaluate, predict };
  /// Where input i is written: floats or ids.
  void* numbers(int i);
  /// One pass over the first n examples of what was written there. The loss (0 for a
  /// prediction). Throws where n, a number or an id is out of range; a training that diverges throws nothing.
  double run(Pass pass, int n);
  /// The same over a batch of this model that `check` has seen.
  double run(Pass pass, Batch& batch);
  /// Takes the first n examples of what was written to the batch. Throws where n, a number or an id is out of range.
  void check(Batch& batch, int n);

  /// Sets one hyperparameter of the running model: "optimizer.lr", "layers[2].p", "loss[0].loss_weight". Throws where the value is
  /// none, or where the change needs another model (code "needs_rebuild").
  void set(const std::string& path, const Json& value);

  /// A value by name: parameter, buffer, input, intermediate. Throws if there is none.
  int value(const std::string& name) const;
  /// A parameter or buffer by name.
  int parameter(const std::string& name) const;
  void set_parameter(int value, const float* from, int64_t n);
  /// Names, kinds and present shapes of all values.
  Json values() const;
  /// The divergence that ended the training, or null.
  Json divergence() const;

  /// safetensors, parameters and buffers named as in PyTorch's state_dict, the spec in the metadata. `with_optimizer`: its state
  /// too, so that training goes on with the same bits.
  std::vector<uint8_t> save(bool with_optimizer) const;
  /// Takes the parameters and buffers of a file that has exactly this model's.
  void load(const uint8_t* bytes, size_t size);

 private:
  void take(const struct StoredModel& file);
  void check_loss(Pass pass) const;
  void check_size(int n) const;
  void check_input(int i, int n, const void* numbers) const;
  double over(Pass pass, int n);

  Json spec_;
  Others others_;  // kept alive: their parameters are ours too
  Session<float> session_;
};

/// Every mistake in a spec that may share from other models.
std::vector<Issue> validate(const std::string& spec, const Model::Others& others);

}  // namespace pg

// A session: a plan with memory. It steps, evaluates, and lets every number be read. Nothing in a step allocates.
#pragma once
#include <memory>
#include <optional>

#include "graph/spec.h"
#include "tensor/buffer.h"

namespace pg {

/// The first value that stopped being finite. It ends the run; the numbers stay readable.
struct Divergence {
  int64_t step = 0;     // number of the step in which it happened, from 1
  std::string value;    // "2.weight"
  std::string kind;     // activation | gradient | parameter
  std::vector<int64_t> index;
  double found = 0;     // NaN or ±infinity
};

template <class T>
class Session {
 public:
  enum class Use : uint8_t { train, infer };

  /// Parameters are initialised from the model's seed. With `parameters_of` they are that session's, shared, not copied
  /// (a second plan for evaluation); it must then outlive this one and have the same parameters.
  Session(CompiledModel model, Use use, Session* parameters_of = nullptr);

  const Plan& plan() const { return *model_.plan; }
  const Graph& graph() const { return model_.plan->graph; }
  uint64_t seed() const { return model_.seed; }

  /// Fresh parameters and optimizer state from the seed, step 0.
  void initialize();

  /// Examples in the next pass, 1 .. batch_size.
  void set_batch(int n);
  int batch() const { return batch_; }

  /// Where the next batch is written, [batch, …] row-major. `input` is 0 for the model's input, 1 for the target.
  T* values_in(int input) { return place_of(graph().inputs[static_cast<size_t>(input)]); }
  int32_t* ids_in(int input) { return ids_.data() + plan().places[static_cast<size_t>(graph().inputs[static_cast<size_t>(input)])].offset; }

  void forward(bool training);
  /// Gradients of the loss of the last forward pass, of parameters and of all values on the way. No penalty in them.
  void backward();
  /// Adds the penalties' gradients and lets the optimizer step.
  void update();
  /// forward, backward, update. False: it diverged (see divergence()); nothing is updated then.
  bool train_step();

  double loss() const;
  /// l1·Σ|w| + l2/2·Σw² at the last update.
  double penalty() const { return penalty_; }
  int64_t step() const { return step_; }
  const std::optional<Divergence>& divergence() const { return divergence_; }

  OptimizerId optimizer() const { return model_.optimizer; }
  const Options& options() const { return model_.options; }
  double l1() const { return model_.l1; }
  double l2() const { return model_.l2; }
  /// Another optimizer starts with empty state; the same one keeps it under new options.
  void set_optimizer(OptimizerId id, const Options& options);
  void set_regularization(double l1, double l2);
  /// Sets an attribute of the op that makes a named value (a dropout's "p"). False if there is none.
  bool set_attr(std::string_view value, std::string_view attr, double x);

  /// Elements with their actual batch.
  const Shape& shape(int value) const { return shapes_[static_cast<size_t>(value)]; }
  const T* data(int value) const { return const_cast<Session*>(this)->place_of(value); }
  T* data(int value) { return place_of(value); }
  const int32_t* ids(int value) const { return ids_.data() + plan().places[static_cast<size_t>(value)].offset; }
  /// Null where none is kept.
  const T* gradient(int value) const;
  double at(int value, int64_t flat) const;

  /// Everything that training changed: parameters, optimizer state, step. Restoring continues on the same bits.
  /// `to` has room for state_size() bytes.
  void save_to(uint8_t* to) const;
  /// False if the bytes are not of this plan; nothing is changed then.
  bool load(const uint8_t* bytes, size_t size);
  size_t state_size() const;

  /// How an element of a value came about in the last pass.
  Explanation explain(int value, int64_t flat) const;
  /// Elements that it feeds in the last pass, at most `most`.
  std::vector<Ref> used_by(int value, int64_t flat, size_t most) const;
  /// The last update of one element of a parameter: gradient, penalty and the optimizer's quantities by name.
  struct Update {
    double before = 0, after = 0, gradient = 0, penalty_l1 = 0, penalty_l2 = 0, change = 0;
    std::vector<std::pair<std::string, double>> terms;
  };
  Update explain_update(int parameter, int64_t flat) const;

  /// Bytes of all its blocks.
  int64_t bytes() const;

 private:
  struct Call {
    void (*forward)(Run<T>&);
    void (*backward)(Run<T>&);
    Run<T> run;
    bool needs_grad;
  };
  class View;

  T* place_of(int value);
  T* gradient_of(int value);
  void bind();
  void locate(const char* kind);

  CompiledModel model_;
  Use use_;
  Session* shared_;
  Buffer<T> parameters_, parameter_gradients_, buffers_, activations_, activation_gradients_, saved_, workspace_, state_;
  Buffer<int32_t> ids_;
  std::vector<Shape> shapes_;
  std::vector<Call> calls_;
  std::vector<std::pair<int64_t, int64_t>> regularized_;  // offset and length of the weights that penalties reach
  int batch_;
  int64_t step_ = 0, optimizer_steps_ = 0;
  double penalty_ = 0;
  std::optional<Divergence> divergence_;
};

extern template class Session<float>;
extern template class Session<double>;

}  // namespace pg

// A lab: a parameter table, models built from it, a training loop, and what can be watched. This base does what all labs
// share: parameters and their corrections, stepping, history, checkpoints, divergence. A lab's own file does the rest.
#pragma once
#include <memory>

#include "graph/session.h"

namespace pg {

/// Numbers on their way out; one of `values`, `integers` is filled.
struct TensorOut {
  std::vector<int64_t> shape;
  std::vector<float> values;
  std::vector<int32_t> integers;
  bool is_integer = false;
};

class Lab;

struct LabDef {
  const char* name;
  ParamTable params;
  std::span<const char* const> metrics;  // "train.loss", "test.accuracy", …
  std::unique_ptr<Lab> (*make)();
};

using LabModel = Session<float>;

class Lab {
 public:
  enum class State : uint8_t { ready, finished, diverged };

  virtual ~Lab() = default;

  /// Makes a lab from a partial parameter object. Bad values are corrected (see corrections()). Throws Error, e.g. with
  /// code "needs_asset" and the asset's name as path when packed data must be provided first.
  static std::unique_ptr<Lab> create(std::string_view name, const Json& params);

  const LabDef& def() const { return *def_; }
  const Params& params() const { return params_; }
  const std::vector<Issue>& corrections() const { return corrections_; }

  /// "live", "rebuild" or "none". A rebuild starts at step 0.
  const char* set(const Json& partial);
  /// Up to n training steps; fewer when the run is finished or diverges. Returns how many.
  int step(int n);
  void reset();
  Json status() const;
  State state() const { return state_; }
  int64_t steps() const { return step_; }

  /// One value a metric, NaN where it does not apply.
  std::vector<double> metrics();

  /// Rows of step and metrics, recorded at steps that depend on nothing but the parameters: when there is a row for each of 512
  /// strides, the stride doubles, and what is no multiple of it goes.
  size_t history_rows() const { return history_.size() / row_size(); }
  const std::vector<double>& history() const { return history_; }

  /// Whole run state. load throws Error if the bytes are not of this lab with these parameters; nothing changes then.
  std::vector<uint8_t> save() const;
  void load(const uint8_t* bytes, size_t size);

  TensorOut read(const std::string& name, const Json& args);
  Json query(const std::string& name, const Json& args);
  /// Changes the lab's own state, never training; "back_to_good" restores the last good checkpoint.
  Json act(const std::string& name, const Json& args);

 protected:
  /// Makes data and models from params(); called at creation and at every rebuild. May correct() a parameter.
  virtual void build() = 0;
  /// After fresh parameters, before anything is measured of them: what the spec's initialisation cannot say.
  virtual void begin() {}
  /// Takes a changed live parameter over into the running models.
  virtual void apply_live(const ParamDef& changed) = 0;
  /// The models that training changes, in an order that stays; the first is the one whose steps count. Empty: nothing to train.
  virtual std::vector<LabModel*> models() = 0;
  /// The one of them that the next step is about: what is told of the training, and looked into, is of it.
  virtual LabModel& current() { return *models().front(); }
  /// One step of every model on the next batch (a function of the seed and `steps()` alone). False: one diverged.
  virtual bool train_step() = 0;
  virtual void evaluate(double* metrics) = 0;
  virtual int steps_per_epoch() const = 0;
  virtual int history_stride() const { return steps_per_epoch(); }
  virtual bool read_into(const std::string& name, const Json& args, TensorOut& out) = 0;
  virtual bool answer(const std::string& name, const Json& args, Json& out) = 0;
  virtual bool perform(const std::string& name, const Json& args, Json& out);
  /// What a pass without training over many examples shows of the current model, for the signals; here the last training batch.
  virtual const LabModel& observed() { return current(); }

  /// Another number whenever the models' parameters or live settings may have changed: what was computed under the same
  /// number still holds.
  uint64_t changes() const { return changes_; }

  /// Sets a parameter that contradicts others and says so.
  void correct(std::string_view key, ParamValue used, const std::string& rule);
  /// Corrects what PyTorch refuses of training_rows() (training.h).
  void reconcile_training();
  /// Corrects nhead to what divides d_model.
  void reconcile_heads();
  Params params_;

 private:
  class Untouched;

  size_t row_size() const { return 1 + def_->metrics.size(); }
  // inspect.cpp
  bool read_any(const std::string& name, const Json& args, TensorOut& out);
  bool answer_any(const std::string& name, const Json& args, Json& out);
  bool perform_any(const std::string& name, const Json& args, Json& out);
  LabModel& trained();
  void hold_step();
  void nudge(LabModel& m, const Json& args, TensorOut& out);
  void random_point(LabModel& m, uint64_t seed);
  void loss_at(LabModel& m, const Json& args, TensorOut& out);

  void rebuild();
  void start();
  void record();
  bool healthy();
  void checkpoint();
  void write_state(uint8_t* to);
  void restore(const uint8_t* bytes);
  size_t checkpoint_size();
  uint64_t fingerprint() const;
  void find_limit();
  bool limit_reached() const { return limit_ > 0 && step_ >= limit_; }

  const LabDef* def_ = nullptr;
  std::vector<Issue> corrections_;
  State state_ = State::ready;
  uint64_t changes_ = 1;
  int64_t step_ = 0, stride_ = 1;
  int64_t limit_ = 0;  // steps after which the run is finished; 0: none
  std::vector<double> history_;
  std::vector<uint8_t> good_;
  double first_loss_ = 0;
  std::vector<std::vector<float>> points_;  // parameters and buffers of the current model, as they once were or might be
};

/// Those of labs.def; null where this module leaves one out.
std::span<const LabDef* const> all_labs();
const LabDef* find_lab(std::string_view name);
/// What readers of the tables need: name -> parameters and metrics.
Json labs_schema();

// --- for labs' models and answers ---

/// A model of a spec. Throws Error with its first mistake.
std::unique_ptr<LabModel> make_model(const Json& spec, LabModel::Use use, int batch, LabModel* parameters_of = nullptr);

/// A member of an argument object; null where there is none.
const Json& member(const Json& args, const char* key);

/// An Explanation as the inspector reads it. The batch index is left out where the pass had one example.
Json explanation_json(const LabModel& model, int value, int64_t flat);
/// A reference {value, index}.
Json ref_json(const LabModel& model, Ref r);
/// Flat place of an index given as JSON, with or without the batch index (0 then). Throws Error with `path`.
int64_t flat_index(const LabModel& model, int value, const Json& index, const std::string& path);
/// The gradient of one weight and the update that the optimizer just made of it.
Json update_json(const LabModel& model, int parameter, int64_t flat);
/// The value of that name, or Error.
int value_named(const LabModel& model, const std::string& name);
/// Numbers of a row of the signals, in this order: units (of a parameter: rows), root mean square of the values, of their gradients
/// and of the last updates, share of idle units, of zeros, of values at an end of the activation's range, mean. The last row
/// is of the last batch: examples, mean square of the length of their gradients, that of the batch's own as the optimizer saw it, step.
inline constexpr int kSignals = 8;
/// [rows, kSignals]: every parameter that trains and every value on the way to the loss, in the order of the graph.
TensorOut signals(const LabModel& trained, const LabModel& observed);
/// A line for each row but the last: its name, a space, and the op that makes it, which a parameter has not.
std::string signal_rows(const LabModel& trained);
/// An argument, or `otherwise` if it is missing; Error if it is not a number in [lo, hi].
int integer_arg(const Json& args, const char* key, int otherwise, int lo, int hi);
std::string text_arg(const Json& args, const char* key);

// --- packed data that comes from outside (a file the page fetches) ---

/// Takes over the bytes of an asset; Error if they are not what the asset must be.
void provide_asset(const std::string& name, std::vector<uint8_t> bytes);
/// Null if it was not provided.
const std::vector<uint8_t>* find_asset(const std::string& name);

namespace labs {
#define PG_LAB(NAME, FAMILIES) extern const LabDef NAME;
#include "labs/labs.def"
#undef PG_LAB
}  // namespace labs

}  // namespace pg

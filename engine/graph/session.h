// A session: a plan with memory. It steps, evaluates, and lets every number be read. Nothing in a step allocates.
#pragma once
#include <map>
#include <memory>
#include <optional>

#include "graph/spec.h"
#include "tensor/buffer.h"

namespace pg {

/// The first value that stopped being finite. It ends the run; the numbers stay readable.
struct Divergence {
  int64_t step = 0;     // number of the step in which it happened, from 1
  std::string value;    // "2.weight"
  std::string kind;     // activation | buffer | gradient | parameter
  std::vector<int64_t> index;
  double found = 0;     // NaN or ±infinity
};

template <class T>
class Session {
 public:
  enum class Use : uint8_t { train, infer };

  /// Parameters are initialised from the model's seed. With `parameters_of` they and the buffers are that session's,
  /// shared, not copied (a second plan for evaluation); it must have the same parameters.
  Session(CompiledModel model, Use use, Session* parameters_of = nullptr);
  /// `others`: the models of which the spec borrows parameters. What is borrowed stays alive as long as this session.
  Session(CompiledModel model, Use use, const std::map<std::string, Session*>& others);

  const Plan& plan() const { return *model_.plan; }
  const Graph& graph() const { return model_.plan->graph; }
  uint64_t seed() const { return model_.seed; }

  /// Fresh parameters and optimizer state from the seed, step 0.
  void initialize();

  /// Examples in the next pass, 1 .. batch_size.
  void set_batch(int n);
  int batch() const { return batch_; }

  /// Where the next batch is written, [batch, …] row-major. `input` counts the model's inputs, then the targets.
  T* values_in(int input) { return place_of(graph().inputs[static_cast<size_t>(input)]); }
  int32_t* ids_in(int input) { return ids_.data() + plan().places[static_cast<size_t>(graph().inputs[static_cast<size_t>(input)])].offset; }

  /// With `losses` false, what serves the loss alone is left out: the targets need not be there.
  void forward(bool training, bool losses = true);
  /// Gradients of the loss of the last forward pass, of parameters and of all values on the way. No penalty in them.
  void backward();
  /// The same of a weighted sum of the numbers of one value, which must have a gradient; what comes after it plays no part.
  void backward_from(int value, const T* weights);
  /// Adds the penalties' gradients, clips, and lets the optimizer step at the schedule's learning rate.
  void update();
  /// forward, backward, update. False: it diverged (see divergence()); nothing is updated then.
  bool train_step();
  /// While it is held, `update` does nothing: a step stops where its gradients are known. What a pass writes to buffers (running
  /// statistics) it still writes.
  void hold(bool on) { held_ = on; }

  double loss() const { return loss_ ? static_cast<double>(*loss_) : 0; }
  /// l1·Σ|w| + l2/2·Σw² at the last update.
  double penalty() const { return penalty_; }
  /// Norm of all gradients before clipping, at the last update; 0 where clipping by norm is off.
  double gradient_norm() const { return gradient_norm_; }
  /// Learning rate of the next update.
  double lr() const { return lr_at(optimizer_steps_); }
  /// By the present schedule, when `step` updates are done.
  double lr_at(int64_t step) const { return scheduled_lr(model_.schedule, model_.options[0], step); }
  int64_t step() const { return step_; }
  const std::optional<Divergence>& divergence() const { return divergence_; }

  OptimizerId optimizer() const { return model_.optimizer; }
  const Options& options() const { return model_.options; }
  double l1() const { return model_.l1; }
  double l2() const { return model_.l2; }
  const CompiledModel& model() const { return model_; }
  /// Another optimizer starts with empty state; the same one keeps it under new options.
  void set_optimizer(OptimizerId id, const Options& options);
  void set_regularization(double l1, double l2);
  void set_clipping(double max_norm, double clip_value);
  void set_schedule(const Schedule& schedule);
  /// Sets an attribute of the op that makes a named value (a dropout's "p"). False if there is none.
  bool set_attr(std::string_view value, std::string_view attr, double x);
  /// Takes the attributes of all nodes from a graph of the same structure.
  void set_attrs(const Graph& from);

  /// Elements with their actual batch.
  const Shape& shape(int value) const { return shapes_[static_cast<size_t>(value)]; }
  const T* data(int value) const { return const_cast<Session*>(this)->place_of(value); }
  T* data(int value) { return place_of(value); }
  const int32_t* ids(int value) const { return ids_.data() + plan().places[static_cast<size_t>(value)].offset; }
  /// Null where none is kept.
  const T* gradient(int value) const;
  double at(int value, int64_t flat) const;

  /// Parameters were written from outside: a run that had diverged may go on.
  void forgive() { divergence_.reset(); }
  /// Steps done before (a model that was saved).
  void set_steps(int64_t step, int64_t optimizer_steps) { step_ = step, optimizer_steps_ = optimizer_steps; }
  int64_t optimizer_steps() const { return optimizer_steps_; }
  /// The optimizer's slots: for each span of the plan, slot after slot.
  T* optimizer_state() { return state_.data(); }
  const T* optimizer_state() const { return state_.data(); }
  int64_t optimizer_state_size() const { return state_.size(); }

  /// The blocks of the model's own parameters and buffers, gaps included.
  Buffer<T>& parameters() { return *parameters_; }
  Buffer<T>& buffers() { return *buffers_; }

  /// Everything that training changed: parameters, buffers, optimizer state, step. Restoring continues on the same bits.
  /// `to` has room for state_size() bytes.
  void save_to(uint8_t* to) const;
  /// False if the bytes are not of this plan; nothing is changed then.
  bool load(const uint8_t* bytes, size_t size);
  size_t state_size() const;

  /// How an element of a value came about in the last pass.
  Explanation explain(int value, int64_t flat) const;
  /// Elements that it feeds in the last pass, at most `most`.
  std::vector<Ref> used_by(int value, int64_t flat, size_t most) const;
  /// How one element of x reaches y, which is made of x by one node, in the last pass and its gradients. Part i of y is its elements
  /// from + i·stride + [0, width): for each of `count` parts, the derivative of its sum by x[flat]; `weighed`: what it adds to x's gradient.
  std::vector<T> parts(int x, int64_t flat, int y, int64_t from, int64_t stride, int64_t width, int64_t count, bool weighed);
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
    bool loss;
  };
  class View;

  void allocate();
  /// Of a span: its parameters, wherever they live.
  T* parameters_of(const Span& s) { return s.borrowed < 0 ? parameters_->data() : place_of(s.borrowed); }
  bool all_parameters_finite();
  bool all_buffers_finite();
  T* place_of(int value);
  T* gradient_of(int value);
  void bind();
  void locate(const char* kind);

  CompiledModel model_;
  Use use_;
  bool shares_;  // the parameters are another session's
  bool held_ = false;
  std::shared_ptr<Buffer<T>> parameters_, buffers_;
  struct Borrowed {
    std::shared_ptr<Buffer<T>> block;
    T* at;
  };
  std::vector<Borrowed> borrowed_;
  Buffer<T> parameter_gradients_, activations_, activation_gradients_, saved_, workspace_, state_;
  Buffer<int32_t> ids_;
  std::vector<Shape> shapes_;
  std::vector<Call> calls_;
  const T* loss_ = nullptr;
  T* loss_gradient_ = nullptr;  // null where nothing that trains reaches the loss
  std::vector<int> regularized_;  // the weights that penalties reach
  int batch_;
  int64_t step_ = 0, optimizer_steps_ = 0;
  double penalty_ = 0, gradient_norm_ = 0;
  std::optional<Divergence> divergence_;
};

extern template class Session<float>;
extern template class Session<double>;

}  // namespace pg

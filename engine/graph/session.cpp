#include "graph/session.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/optim.h"
#include "nn/init.h"

namespace pg {

template <class T>
Session<T>::Session(CompiledModel model, Use use, Session* parameters_of)
    : model_(std::move(model)), use_(use), shares_(parameters_of != nullptr), batch_(model_.plan->batch_size) {
  if (parameters_of) {
    parameters_ = parameters_of->parameters_;
    buffers_ = parameters_of->buffers_;
    borrowed_ = parameters_of->borrowed_;
  }
  allocate();
}

template <class T>
Session<T>::Session(CompiledModel model, Use use, const std::map<std::string, Session*>& others)
    : model_(std::move(model)), use_(use), shares_(false), batch_(model_.plan->batch_size) {
  for (int v : plan().borrowed) {
    const Value& value = graph().values[static_cast<size_t>(v)];
    Session& there = *others.at(value.of_model);
    const int w = there.graph().find(value.of_name);
    const Place& place = there.plan().places[static_cast<size_t>(w)];
    if (place.arena == Arena::elsewhere) borrowed_.push_back(there.borrowed_[static_cast<size_t>(place.offset)]);
    else borrowed_.push_back({place.arena == Arena::buffers ? there.buffers_ : there.parameters_, there.place_of(w)});
  }
  allocate();
}

template <class T>
void Session<T>::allocate() {
  const Plan& p = plan();
  if (!shares_) {
    parameters_ = std::make_shared<Buffer<T>>(p.parameters);
    buffers_ = std::make_shared<Buffer<T>>(p.buffers);
  }
  activations_ = Buffer<T>(p.activations);
  saved_ = Buffer<T>(p.saved_size);
  workspace_ = Buffer<T>(p.workspace);
  ids_ = Buffer<int32_t>(p.ids);
  if (use_ == Use::train) {
    parameter_gradients_ = Buffer<T>(p.trained);
    activation_gradients_ = Buffer<T>(p.activation_gradients);
    state_ = Buffer<T>(p.trained * optimizer_def(model_.optimizer).slots);
  }
  for (const Value& v : p.graph.values) shapes_.push_back(v.type.shape);
  for (size_t i = 0; i < p.graph.values.size(); ++i) {
    const Value& v = p.graph.values[i];
    if (v.kind == ValueKind::parameter && v.regularized && p.places[i].needs_grad) regularized_.push_back(static_cast<int>(i));
  }
  bind();
  if (const int l = p.graph.loss; l >= 0) {
    loss_ = place_of(l);
    loss_gradient_ = gradient_of(l);
  }
  if (!shares_) initialize();
}

template <class T>
T* Session<T>::place_of(int value) {
  const Place& p = plan().places[static_cast<size_t>(value)];
  switch (p.arena) {
    case Arena::parameters: return parameters_->data() + p.offset;
    case Arena::buffers: return buffers_->data() + p.offset;
    case Arena::activations: return activations_.data() + p.offset;
    case Arena::elsewhere: return borrowed_[static_cast<size_t>(p.offset)].at;
    case Arena::ids: return nullptr;
  }
  return nullptr;
}

template <class T>
T* Session<T>::gradient_of(int value) {
  const Place& p = plan().places[static_cast<size_t>(value)];
  if (use_ != Use::train || !p.needs_grad) return nullptr;
  return (p.arena == Arena::activations ? activation_gradients_ : parameter_gradients_).data() + p.grad_offset;
}

template <class T>
const T* Session<T>::gradient(int value) const {
  return const_cast<Session*>(this)->gradient_of(value);
}

template <class T>
void Session<T>::bind() {
  const Plan& p = plan();
  for (size_t i = 0; i < p.graph.nodes.size(); ++i) {
    const Node& node = p.graph.nodes[i];
    Call c;
    const OpFns<T> fns = op_fns<T>(node.op);
    c.forward = fns.forward;
    c.backward = fns.backward;
    c.loss = node.loss;
    c.needs_grad = use_ == Use::train && p.places[static_cast<size_t>(node.out[0])].needs_grad;
    Run<T>& r = c.run;
    r.n_in = static_cast<int>(node.in.size());
    for (size_t k = 0; k < node.in.size(); ++k) {
      r.in[k] = place_of(node.in[k]);
      if (p.places[static_cast<size_t>(node.in[k])].arena == Arena::ids) r.ids[k] = ids(node.in[k]);
      r.din[k] = gradient_of(node.in[k]);
      r.buffer[k] = p.graph.values[static_cast<size_t>(node.in[k])].kind == ValueKind::buffer ? place_of(node.in[k]) : nullptr;
      r.in_shape[k] = &shapes_[static_cast<size_t>(node.in[k])];
    }
    for (size_t k = 0; k < node.out.size(); ++k) {
      r.out[k] = place_of(node.out[k]);
      r.out_shape[k] = &shapes_[static_cast<size_t>(node.out[k])];
    }
    r.dout = gradient_of(node.out[0]);
    r.attr = node.attr;
    r.saved = saved_.data() + p.saved[i];
    r.workspace = workspace_.data();
    r.seed = model_.seed;
    r.node = static_cast<uint32_t>(i);
    calls_.push_back(c);
  }
}

template <class T>
void Session<T>::initialize() {
  const Plan& p = plan();
  parameters_->zero();
  for (size_t i = 0; i < p.graph.values.size(); ++i) {
    const Value& v = p.graph.values[i];
    if ((v.kind != ValueKind::parameter && v.kind != ValueKind::buffer) || !v.of_model.empty()) continue;
    T* to = place_of(static_cast<int>(i));
    if (v.table.empty()) fill_init<T>(v.init, model_.seed, v.name, v.type.shape, to);
    for (size_t k = 0; k < v.table.size(); ++k) to[k] = static_cast<T>(v.table[k]);
  }
  state_.zero();
  parameter_gradients_.zero();
  activation_gradients_.zero();
  activations_.zero();
  step_ = optimizer_steps_ = 0;
  penalty_ = gradient_norm_ = 0;
  divergence_.reset();
}

template <class T>
void Session<T>::set_batch(int n) {
  if (n == batch_) return;
  batch_ = n;
  const Graph& g = graph();
  for (size_t i = 0; i < shapes_.size(); ++i)
    if (g.values[i].type.batched) shapes_[i][0] = n;
}

/// Finds the first non-finite number in the order in which the step computed them.
template <class T>
void Session<T>::locate(const char* kind) {
  const Graph& g = graph();
  const auto check = [&](size_t i, const T* x) {
    const int64_t at = x ? kernels::first_nonfinite<T>(shapes_[i].numel(), x) : -1;
    if (at < 0) return false;
    divergence_ = Divergence{step_ + 1, g.values[i].name, kind, shapes_[i].index_of(at), static_cast<double>(x[at])};
    return true;
  };
  if (std::strcmp(kind, "gradient") == 0) {
    // Backward goes from the loss to the input: each node's input gradients, last node first.
    for (size_t n = g.nodes.size(); n-- > 0;)
      for (int v : g.nodes[n].in)
        if (check(static_cast<size_t>(v), gradient(v))) return;
  } else {
    const ValueKind of = *kind == 'p' ? ValueKind::parameter : *kind == 'b' ? ValueKind::buffer : ValueKind::activation;
    for (size_t i = 0; i < g.values.size(); ++i)
      if (g.values[i].kind == of && check(i, data(static_cast<int>(i)))) return;
  }
}

template <class T>
void Session<T>::set_optimizer(OptimizerId id, const Options& options) {
  if (id != model_.optimizer) {
    model_.optimizer = id;
    state_ = Buffer<T>(plan().trained * optimizer_def(id).slots);
    optimizer_steps_ = 0;
  }
  model_.options = options;
}

template <class T>
void Session<T>::set_regularization(double l1, double l2) {
  model_.l1 = l1;
  model_.l2 = l2;
}

template <class T>
void Session<T>::set_clipping(double max_norm, double clip_value) {
  model_.max_norm = max_norm;
  model_.clip_value = clip_value;
}

template <class T>
void Session<T>::set_schedule(const Schedule& schedule) {
  model_.schedule = schedule;
}

template <class T>
bool Session<T>::set_attr(std::string_view value, std::string_view attr, double x) {
  const int v = graph().find(value);
  if (v < 0 || graph().values[static_cast<size_t>(v)].node < 0) return false;
  const size_t n = static_cast<size_t>(graph().values[static_cast<size_t>(v)].node);
  const OpDef& def = op_def(graph().nodes[n].op);
  for (size_t i = 0; i < def.attrs.size(); ++i)
    if (attr == def.attrs[i].name) {
      calls_[n].run.attr[i] = x;
      return true;
    }
  return false;
}

template <class T>
void Session<T>::set_attrs(const Graph& from) {
  for (size_t i = 0; i < calls_.size(); ++i) calls_[i].run.attr = from.nodes[i].attr;
}

template <class T>
double Session<T>::at(int value, int64_t flat) const {
  if (plan().places[static_cast<size_t>(value)].arena == Arena::ids) return ids(value)[flat];
  return static_cast<double>(data(value)[flat]);
}

namespace {
/// Written before the blocks, so that bytes of another plan or scalar are refused.
struct StateHeader {
  char magic[4];
  uint32_t scalar;
  int64_t parameters, buffers, state;
  uint32_t optimizer, reserved;
  int64_t step, optimizer_steps;
};
constexpr char kMagic[4] = {'P', 'G', 'S', '2'};
}  // namespace

template <class T>
size_t Session<T>::state_size() const {
  return sizeof(StateHeader) + static_cast<size_t>(parameters_->size() + buffers_->size() + state_.size()) * sizeof(T);
}

template <class T>
void Session<T>::save_to(uint8_t* to) const {
  StateHeader h{};
  std::memcpy(h.magic, kMagic, sizeof kMagic);
  h.scalar = sizeof(T);
  h.parameters = parameters_->size();
  h.buffers = buffers_->size();
  h.state = state_.size();
  h.optimizer = static_cast<uint32_t>(model_.optimizer);
  h.step = step_;
  h.optimizer_steps = optimizer_steps_;
  std::memcpy(to, &h, sizeof h);
  to += sizeof h;
  const Buffer<T>* const blocks[] = {parameters_.get(), buffers_.get(), &state_};
  for (const Buffer<T>* b : blocks) {
    const size_t bytes = static_cast<size_t>(b->size()) * sizeof(T);
    if (bytes) std::memcpy(to, b->data(), bytes);
    to += bytes;
  }
}

template <class T>
bool Session<T>::load(const uint8_t* bytes, size_t size) {
  StateHeader h;
  if (size < sizeof h) return false;
  std::memcpy(&h, bytes, sizeof h);
  if (std::memcmp(h.magic, kMagic, sizeof kMagic) != 0 || h.scalar != sizeof(T) || h.parameters != parameters_->size() ||
      h.buffers != buffers_->size() || h.optimizer >= static_cast<uint32_t>(OptimizerId::count) || h.step < 0 || h.optimizer_steps < 0)
    return false;
  const OptimizerId id = static_cast<OptimizerId>(h.optimizer);
  if (h.state != plan().trained * optimizer_def(id).slots) return false;
  const size_t parameter_bytes = static_cast<size_t>(h.parameters) * sizeof(T), buffer_bytes = static_cast<size_t>(h.buffers) * sizeof(T),
               state_bytes = static_cast<size_t>(h.state) * sizeof(T);
  if (size != sizeof h + parameter_bytes + buffer_bytes + state_bytes) return false;
  // A run saved under another optimizer gives its weights; its state means nothing to this one.
  const bool same = id == model_.optimizer;
  bytes += sizeof h;
  if (parameter_bytes) std::memcpy(parameters_->data(), bytes, parameter_bytes);
  if (buffer_bytes) std::memcpy(buffers_->data(), bytes + parameter_bytes, buffer_bytes);
  if (same && state_bytes) std::memcpy(state_.data(), bytes + parameter_bytes + buffer_bytes, state_bytes);
  if (!same) state_.zero();
  step_ = h.step;
  optimizer_steps_ = same ? h.optimizer_steps : 0;
  divergence_.reset();
  return true;
}

/// Numbers of one node in the last pass.
template <class T>
class Session<T>::View : public Inspect {
 public:
  View(const Session& s, size_t node) : s_(s), node_(s.graph().nodes[node]), index_(node) {}
  int n_in() const override { return static_cast<int>(node_.in.size()); }
  const Shape& in_shape(int i) const override { return s_.shape(node_.in[static_cast<size_t>(i)]); }
  const Shape& out_shape(int i) const override { return s_.shape(node_.out[static_cast<size_t>(i)]); }
  double in(int i, int64_t flat) const override { return s_.at(node_.in[static_cast<size_t>(i)], flat); }
  double out(int i, int64_t flat) const override { return s_.at(node_.out[static_cast<size_t>(i)], flat); }
  double attr(int i) const override { return s_.calls_[index_].run.attr[static_cast<size_t>(i)]; }
  double saved(int64_t flat) const override { return static_cast<double>(s_.calls_[index_].run.saved[flat]); }
  Ref in_ref(int i, int64_t flat) const override { return {node_.in[static_cast<size_t>(i)], flat}; }
  Ref out_ref(int i, int64_t flat) const override { return {node_.out[static_cast<size_t>(i)], flat}; }

 private:
  const Session& s_;
  const Node& node_;
  size_t index_;
};

template <class T>
Explanation Session<T>::explain(int value, int64_t flat) const {
  const Value& v = graph().values[static_cast<size_t>(value)];
  Explanation e;
  if (v.node < 0) {
    e.kind = v.kind == ValueKind::input ? "input" : v.kind == ValueKind::parameter ? "parameter" : "buffer";
    return e;
  }
  op_def(graph().nodes[static_cast<size_t>(v.node)].op).explain(View(*this, static_cast<size_t>(v.node)), v.slot, flat, e);
  return e;
}

template <class T>
std::vector<Ref> Session<T>::used_by(int value, int64_t flat, size_t most) const {
  std::vector<Ref> out;
  std::vector<int64_t> to;
  for (size_t n = 0; n < graph().nodes.size(); ++n) {
    const Node& node = graph().nodes[n];
    for (size_t slot = 0; slot < node.in.size(); ++slot) {
      if (node.in[slot] != value) continue;
      to.clear();
      op_def(node.op).feeds(View(*this, n), static_cast<int>(slot), flat, to);
      for (int64_t at : to)
        if (out.size() < most) out.push_back({node.out[0], at});
    }
  }
  return out;
}

template <class T>
std::vector<T> Session<T>::parts(int x, int64_t flat, int y, int64_t from, int64_t stride, int64_t width, int64_t count, bool weighed) {
  Buffer<T>* const blocks[] = {&parameter_gradients_, &activation_gradients_};
  std::vector<T> kept[2], out;
  for (int b = 0; b < 2; ++b) kept[b].assign(blocks[b]->data(), blocks[b]->data() + blocks[b]->size());
  T* dy = gradient_of(y);
  const int64_t at = dy - activation_gradients_.data();
  Call& call = calls_[static_cast<size_t>(graph().values[static_cast<size_t>(y)].node)];
  for (int64_t i = 0; i < count; ++i, from += stride) {
    for (Buffer<T>* b : blocks) b->zero();
    for (int64_t e = from; e < from + width; ++e) dy[e] = weighed ? kept[1][static_cast<size_t>(at + e)] : T(1);
    call.backward(call.run);
    out.push_back(gradient_of(x)[flat]);
  }
  for (int b = 0; b < 2; ++b) std::copy(kept[b].begin(), kept[b].end(), blocks[b]->data());
  return out;
}

template <class T>
typename Session<T>::Update Session<T>::explain_update(int parameter, int64_t flat) const {
  Update u;
  const Place& place = plan().places[static_cast<size_t>(parameter)];
  u.after = static_cast<double>(data(parameter)[flat]);
  u.before = u.after;
  if (use_ != Use::train || !place.needs_grad) return u;
  const int64_t at = place.grad_offset + flat;
  const OptimizerDef& def = optimizer_def(model_.optimizer);
  const Span* span = &plan().spans[0];
  while (at >= span->grad_offset + span->size) ++span;
  std::array<double, 4> state{};
  for (int s = 0; s < def.slots; ++s)
    state[static_cast<size_t>(s)] = static_cast<double>(state_.data()[def.slots * span->grad_offset + s * span->size + (at - span->grad_offset)]);
  const double g = static_cast<double>(parameter_gradients_.data()[at]);
  if (optimizer_steps_ > 0) {
    Options options = model_.options;
    options[0] = scheduled_lr(model_.schedule, options[0], optimizer_steps_ - 1);
    u.change = def.update(options, optimizer_steps_, g, u.after, state.data(), u.terms);
  }
  u.before = u.after - u.change;
  if (graph().values[static_cast<size_t>(parameter)].regularized) {
    u.penalty_l1 = model_.l1 * (u.before > 0 ? 1 : u.before < 0 ? -1 : 0);
    u.penalty_l2 = model_.l2 * u.before;
  }
  u.gradient = g - u.penalty_l1 - u.penalty_l2;
  return u;
}

template <class T>
int64_t Session<T>::bytes() const {
  return (parameters_->size() + parameter_gradients_.size() + buffers_->size() + activations_.size() + activation_gradients_.size() + saved_.size() +
          workspace_.size() + state_.size()) *
             static_cast<int64_t>(sizeof(T)) +
         ids_.size() * static_cast<int64_t>(sizeof(int32_t));
}

template class Session<float>;
template class Session<double>;

}  // namespace pg

// A step of a session: what runs at every pass. Small networks spend their time between the kernels, so this file is compiled
// as they are.
#include <algorithm>
#include <cmath>

#include "graph/session.h"
#include "kernels/optim.h"

namespace pg {

template <class T>
void Session<T>::forward(bool training, bool losses) {
  for (Call& c : calls_) {
    if (c.loss && !losses) continue;
    c.run.training = training;
    c.run.step = static_cast<uint32_t>(step_);
    c.forward(c.run);
  }
}

template <class T>
void Session<T>::backward() {
  parameter_gradients_.zero();
  activation_gradients_.zero();
  if (!loss_gradient_) return;  // nothing that trains reaches the loss
  *loss_gradient_ = T(1);
  for (size_t i = calls_.size(); i-- > 0;)
    if (calls_[i].needs_grad) calls_[i].backward(calls_[i].run);
}

template <class T>
void Session<T>::backward_from(int value, const T* weights) {
  parameter_gradients_.zero();
  activation_gradients_.zero();
  std::copy_n(weights, shapes_[static_cast<size_t>(value)].numel(), gradient_of(value));
  for (size_t i = static_cast<size_t>(graph().values[static_cast<size_t>(value)].node + 1); i-- > 0;)
    if (calls_[i].needs_grad) calls_[i].backward(calls_[i].run);
}

template <class T>
void Session<T>::update() {
  if (held_) return;
  const Plan& p = plan();
  penalty_ = gradient_norm_ = 0;
  if (model_.l1 != 0 || model_.l2 != 0)
    for (int v : regularized_) penalty_ += kernels::l1_l2_penalty<T>(shapes_[static_cast<size_t>(v)].numel(), place_of(v), model_.l1, model_.l2, gradient_of(v));
  if (model_.max_norm > 0) gradient_norm_ = kernels::clip_grad_norm<T>(p.trained, parameter_gradients_.data(), model_.max_norm);
  if (model_.clip_value > 0) kernels::clip_grad_value<T>(p.trained, parameter_gradients_.data(), model_.clip_value);
  Options options = model_.options;
  options[0] = lr();
  ++step_;
  ++optimizer_steps_;
  const int slots = optimizer_def(model_.optimizer).slots;
  for (const Span& s : p.spans)
    optimizer_step<T>(model_.optimizer, options, s.size, parameters_of(s), parameter_gradients_.data() + s.grad_offset, state_.data() + slots * s.grad_offset, optimizer_steps_);
}

template <class T>
bool Session<T>::train_step() {
  if (divergence_) return false;
  forward(true);
  if (!std::isfinite(loss())) {
    locate("activation");
    return false;
  }
  if (!all_buffers_finite()) {  // running statistics: the loss need not show it, prediction would
    locate("buffer");
    return false;
  }
  backward();
  if (!kernels::all_finite<T>(plan().trained, parameter_gradients_.data())) {
    locate("gradient");
    return false;
  }
  update();
  if (!all_parameters_finite()) {
    --step_;  // the step that broke is the one reported, and it is not done
    locate("parameter");
    return false;
  }
  return true;
}

template <class T>
bool Session<T>::all_parameters_finite() {
  for (const Span& s : plan().spans)
    if (!kernels::all_finite<T>(s.size, parameters_of(s))) return false;
  return true;
}

template <class T>
bool Session<T>::all_buffers_finite() {
  for (int v : plan().borrowed)
    if (graph().values[static_cast<size_t>(v)].kind == ValueKind::buffer && !kernels::all_finite<T>(shape(v).numel(), place_of(v))) return false;
  return kernels::all_finite<T>(buffers_->size(), buffers_->data());
}

#define PG_INSTANTIATE(T)                                   \
  template void Session<T>::forward(bool, bool);            \
  template void Session<T>::backward();                     \
  template void Session<T>::backward_from(int, const T*);   \
  template void Session<T>::update();                       \
  template bool Session<T>::train_step();                   \
  template bool Session<T>::all_parameters_finite();        \
  template bool Session<T>::all_buffers_finite();
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg

// What the elementwise losses share: prediction and target of one shape, mean or sum over all elements, result of shape [1].
#pragma once
#include "kernels/elementwise.h"
#include "kernels/loss.h"
#include "ops/table.h"

namespace pg::ops::loss {

/// PyTorch's reduction: 0 the mean, 1 the sum.
constexpr AttrDef kAttrs[] = {{"sum", 0, 0, 1}};

inline void infer(Infer& f) {
  if (!(f.in[0].shape == f.in[1].shape) || f.in[0].dtype != DType::f32 || f.in[1].dtype != DType::f32) {
    f.rule = "a target of the prediction's shape";
    return;
  }
  f.out[0] = {Shape{1}, false, DType::f32};
  f.saved = f.in[0].shape.numel();  // the losses of the elements
}
inline double flops(const Infer& f) { return 4.0 * static_cast<double>(f.in[0].shape.numel()); }

inline void explain(const Inspect& c, int, int64_t, Explanation& e) {
  e.kind = "loss";
  const int64_t n = c.in_shape(0).numel();
  for (int64_t i = 0; i < n; ++i) e.terms.push_back({"", c.in(0, i), c.in(1, i), c.in_ref(0, i), c.in_ref(1, i)});
}
inline void feeds(const Inspect&, int, int64_t, std::vector<int64_t>& to) { to.push_back(0); }

/// What the sum over the elements is divided by.
template <class T>
T divisor(const Run<T>& r) {
  return r.attr[0] != 0 ? T(1) : static_cast<T>(r.in_shape[0]->numel());
}

/// element(n, prediction, target, extra..., losses)
template <class T, class... Extra>
void forward(Run<T>& r, void (*element)(int64_t, const T*, const T*, Extra..., T*), Extra... extra) {
  const int64_t n = r.in_shape[0]->numel();
  element(n, r.in[0], r.in[1], extra..., r.saved);
  r.out[0][0] = static_cast<T>(kernels::sum<T>(n, r.saved) / static_cast<double>(divisor(r)));
}
/// element(n, prediction, target, extra..., scale, dprediction)
template <class T, class... Extra>
void backward(Run<T>& r, void (*element)(int64_t, const T*, const T*, Extra..., T, T*), Extra... extra) {
  if (r.din[0]) element(r.in_shape[0]->numel(), r.in[0], r.in[1], extra..., r.dout[0] / divisor(r), r.din[0]);
}

}  // namespace pg::ops::loss

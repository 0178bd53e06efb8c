// Mean over dimension 1 (time): x [B, T, d] -> y [B, d].
#include "kernels/elementwise.h"
#include "ops/table.h"

namespace pg::ops {

namespace {

void infer(Infer& f) {
  const Shape& x = f.in[0].shape;
  if (x.rank != 3) {
    f.rule = "an input of shape [batch, time, features]";
    return;
  }
  f.out[0] = {Shape{x[0], x[2]}, f.in[0].batched, DType::f32};
}
double flops(const Infer& f) { return static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const int64_t t = c.in_shape(0)[1], d = c.in_shape(0)[2], b = flat / d, i = flat % d;
  e.kind = "mean";
  for (int64_t k = 0; k < t; ++k) {
    const int64_t at = (b * t + k) * d + i;
    e.terms.push_back({"", c.in(0, at), 1.0 / static_cast<double>(t), c.in_ref(0, at), {}});
  }
}

void feeds(const Inspect& c, int, int64_t flat, std::vector<int64_t>& to) {
  const int64_t t = c.in_shape(0)[1], d = c.in_shape(0)[2];
  to.push_back(flat / (t * d) * d + flat % d);
}

}  // namespace

const OpDef mean::def = {"mean", Role::layer, {}, 1, 1, infer, flops, explain, feeds};

template <class T>
void mean::forward(Run<T>& r) {
  const int64_t b = (*r.in_shape[0])[0], t = (*r.in_shape[0])[1], d = (*r.in_shape[0])[2];
  const T share = T(1) / static_cast<T>(t);
  for (int64_t i = 0; i < b; ++i) {
    T* y = r.out[0] + i * d;
    kernels::fill<T>(d, 0, y);
    for (int64_t k = 0; k < t; ++k) kernels::add<T>(d, y, r.in[0] + (i * t + k) * d, y);
    kernels::scale<T>(d, share, y, y);
  }
}

template <class T>
void mean::backward(Run<T>& r) {
  if (!r.din[0]) return;
  const int64_t b = (*r.in_shape[0])[0], t = (*r.in_shape[0])[1], d = (*r.in_shape[0])[2];
  const T share = T(1) / static_cast<T>(t);
  for (int64_t i = 0; i < b; ++i)
    for (int64_t k = 0; k < t; ++k) kernels::axpy<T>(d, share, r.dout + i * d, r.din[0] + (i * t + k) * d);
}

PG_OP_INSTANCES(mean)

}  // namespace pg::ops

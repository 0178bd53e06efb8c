// In training each element is zeroed with probability p and the rest scaled by 1/(1 − p); in evaluation nothing happens
// (torch.nn.Dropout). The mask is a function of (seed, step, node, element) alone.
#include "kernels/elementwise.h"
#include "ops/table.h"

#include <cstring>

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"p", 0.5, 0, 1}};

void infer(Infer& f) {
  f.out[0] = f.in[0];
  f.saved = f.in[0].shape.numel();  // the factor of every element: 0 or 1/(1 − p)
}
double flops(const Infer& f) { return static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  e.kind = "dropout";
  e.z = c.in(0, flat);
  e.z_ref = c.in_ref(0, flat);
  e.constants = {{"p", c.attr(0)}};
}

void feeds(const Inspect&, int, int64_t flat, std::vector<int64_t>& to) { to.push_back(flat); }

}  // namespace

const OpDef dropout::def = {"dropout", Role::layer, kAttrs, 1, 1, infer, flops, explain, feeds};

template <class T>
void dropout::forward(Run<T>& r) {
  const int64_t n = r.out_shape[0]->numel();
  const double p = r.attr[0];
  if (!r.training || p <= 0) {
    std::memcpy(r.out[0], r.in[0], static_cast<size_t>(n) * sizeof(T));
    return;
  }
  const T keep = p >= 1 ? T(0) : static_cast<T>(1.0 / (1.0 - p));
  Rng rng(r.seed, Stream::dropout, r.step, r.node);
  for (int64_t i = 0; i < n; ++i) r.saved[i] = rng.uniform() < p ? T(0) : keep;
  kernels::mul<T>(n, r.in[0], r.saved, r.out[0]);
}

template <class T>
void dropout::backward(Run<T>& r) {
  if (!r.din[0]) return;
  const int64_t n = r.out_shape[0]->numel();
  if (!r.training || r.attr[0] <= 0) kernels::axpy<T>(n, T(1), r.dout, r.din[0]);
  else kernels::mul_add<T>(n, r.dout, r.saved, r.din[0]);
}

PG_OP_INSTANCES(dropout)

}  // namespace pg::ops

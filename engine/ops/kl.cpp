// KL(N(mu, e^logvar) ‖ N(0, 1)) = −½·Σ(1 + logvar − mu² − e^logvar), of a variational autoencoder (Kingma & Welling 2014).
// mu, logvar of one shape, both with a gradient. reduction 0: sum over the features, mean over the batch; 1: sum; 2: mean.
#include "ops/loss.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"reduction", 0, 0, 2}};

void infer(Infer& f) {
  loss::infer(f);
  if (!f.rule.empty()) f.rule = "mu and logvar of one shape";
}

template <class T>
T divisor(const Run<T>& r) {
  const int reduction = static_cast<int>(r.attr[0]);
  return static_cast<T>(reduction == 0 ? (*r.in_shape[0])[0] : reduction == 1 ? 1 : r.in_shape[0]->numel());
}

}  // namespace

const OpDef kl::def = {"kl", Role::internal, kAttrs, 2, 2, infer, loss::flops, loss::explain, loss::feeds};

template <class T>
void kl::forward(Run<T>& r) {
  const int64_t n = r.in_shape[0]->numel();
  kernels::kl<T>(n, r.in[0], r.in[1], r.saved);
  r.out[0][0] = static_cast<T>(kernels::sum<T>(n, r.saved) / static_cast<double>(divisor(r)));
}
template <class T>
void kl::backward(Run<T>& r) {
  kernels::kl_backward<T>(r.in_shape[0]->numel(), r.in[0], r.in[1], r.dout[0] / divisor(r), r.din[0], r.din[1]);
}

PG_OP_INSTANCES(kl)

}  // namespace pg::ops

// Mean or sum of d²/2 where |d| ≤ delta, else delta·(|d| − delta/2), with d = prediction − target (torch.nn.HuberLoss).
#include "ops/loss.h"

namespace pg::ops {

namespace {
constexpr AttrDef kAttrs[] = {{"sum", 0, 0, 1}, {"delta", 1, 1e-6, 1e6}};
}

const OpDef huber::def = {"huber", Role::internal, kAttrs, 2, 2, loss::infer, loss::flops, loss::explain, loss::feeds};

template <class T>
void huber::forward(Run<T>& r) {
  loss::forward<T, T>(r, &kernels::huber<T>, static_cast<T>(r.attr[1]));
}
template <class T>
void huber::backward(Run<T>& r) {
  loss::backward<T, T>(r, &kernels::huber_backward<T>, static_cast<T>(r.attr[1]));
}

PG_OP_INSTANCES(huber)

}  // namespace pg::ops

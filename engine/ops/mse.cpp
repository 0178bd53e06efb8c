// Mean or sum of (prediction − target)² (torch.nn.MSELoss).
#include "ops/loss.h"

namespace pg::ops {

const OpDef mse::def = {"mse", Role::internal, loss::kAttrs, 2, 2, loss::infer, loss::flops, loss::explain, loss::feeds};

template <class T>
void mse::forward(Run<T>& r) {
  loss::forward<T>(r, &kernels::mse<T>);
}
template <class T>
void mse::backward(Run<T>& r) {
  loss::backward<T>(r, &kernels::mse_backward<T>);
}

PG_OP_INSTANCES(mse)

}  // namespace pg::ops

// Mean or sum of |prediction − target| (torch.nn.L1Loss).
#include "ops/loss.h"

namespace pg::ops {

const OpDef l1::def = {"l1", Role::internal, loss::kAttrs, 2, 2, loss::infer, loss::flops, loss::explain, loss::feeds};

template <class T>
void l1::forward(Run<T>& r) {
  loss::forward<T>(r, &kernels::l1<T>);
}
template <class T>
void l1::backward(Run<T>& r) {
  loss::backward<T>(r, &kernels::l1_backward<T>);
}

PG_OP_INSTANCES(l1)

}  // namespace pg::ops

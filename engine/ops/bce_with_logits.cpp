// Mean binary cross-entropy of σ(logits) against targets in [0, 1], in its stable form (torch.nn.BCEWithLogitsLoss).
#include "ops/loss.h"

namespace pg::ops {

const OpDef bce_with_logits::def = {"bce_with_logits", Role::internal, {}, 2, 2, loss::infer, loss::flops, loss::explain, loss::feeds};

template <class T>
void bce_with_logits::forward(Run<T>& r) {
  loss::forward<T>(r, kernels::bce_with_logits<T>);
}
template <class T>
void bce_with_logits::backward(Run<T>& r) {
  loss::backward<T>(r, kernels::bce_with_logits_backward<T>);
}

PG_OP_INSTANCES(bce_with_logits)

}  // namespace pg::ops

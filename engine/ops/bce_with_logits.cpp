// Mean or sum of the binary cross-entropy of σ(logits) against targets in [0, 1], in its stable form
// (torch.nn.BCEWithLogitsLoss). A third input, pos_weight [features], weighs the positive term.
#include "ops/loss.h"

namespace pg::ops {

namespace {

void infer(Infer& f) {
  loss::infer(f);
  if (f.n_in > 2 && (f.in[2].dtype != DType::f32 || f.in[2].shape.rank != 1 || f.in[2].shape[0] != f.in[0].shape.last()))
    f.rule = "one pos_weight a feature";
}

}  // namespace

const OpDef bce_with_logits::def = {"bce_with_logits", Role::internal, loss::kAttrs, 2, 3, infer, loss::flops, loss::explain, loss::feeds};

template <class T>
void bce_with_logits::forward(Run<T>& r) {
  if (r.n_in < 3) return loss::forward<T>(r, &kernels::bce_with_logits<T>);
  const int64_t n = r.in_shape[0]->numel(), d = r.in_shape[0]->last();
  for (int64_t i = 0; i < n; i += d) kernels::bce_with_logits_weighted<T>(d, r.in[0] + i, r.in[1] + i, r.in[2], r.saved + i);
  r.out[0][0] = static_cast<T>(kernels::sum<T>(n, r.saved) / static_cast<double>(loss::divisor(r)));
}
template <class T>
void bce_with_logits::backward(Run<T>& r) {
  if (r.n_in < 3) return loss::backward<T>(r, &kernels::bce_with_logits_backward<T>);
  if (!r.din[0]) return;
  const int64_t n = r.in_shape[0]->numel(), d = r.in_shape[0]->last();
  const T scale = r.dout[0] / loss::divisor(r);
  for (int64_t i = 0; i < n; i += d) kernels::bce_with_logits_weighted_backward<T>(d, r.in[0] + i, r.in[1] + i, r.in[2], scale, r.din[0] + i);
}

PG_OP_INSTANCES(bce_with_logits)

}  // namespace pg::ops

// (x − mean)/√(var + eps)·gamma + beta over the last dimension (torch.nn.LayerNorm with one normalised dimension).
// x [..., d], gamma [d], beta [d].
#include "kernels/norm.h"
#include "ops/table.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"eps", 1e-5}};

void infer(Infer& f) {
  const Shape& x = f.in[0].shape;
  if (x.rank < 1 || f.in[1].shape.rank != 1 || f.in[2].shape.rank != 1 || f.in[1].shape[0] != x.last() || f.in[2].shape[0] != x.last()) {
    f.rule = "gamma and beta as long as the last dimension";
    return;
  }
  f.out[0] = f.in[0];
  f.saved = 2 * x.rows();  // mean, then rstd, of every row
  f.workspace = x.numel();  // takes the gradient of an x that wants none
}
double flops(const Infer& f) { return 8.0 * static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const int64_t d = c.in_shape(0).last(), rows = c.in_shape(0).rows(), row = flat / d, i = flat % d;
  e.kind = "layer_norm";
  e.z = c.in(0, flat);
  e.z_ref = c.in_ref(0, flat);
  e.terms.push_back({"gamma", c.in(1, i), 1, c.in_ref(1, i), {}});
  e.has_bias = true;
  e.bias = c.in(2, i);
  e.bias_ref = c.in_ref(2, i);
  e.constants = {{"mean", c.saved(row)}, {"rstd", c.saved(rows + row)}};
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const int64_t d = c.in_shape(0).last();
  if (slot == 0)
    for (int64_t i = 0; i < d; ++i) to.push_back(flat / d * d + i);
  else
    to.push_back(flat);
}

}  // namespace

const OpDef layer_norm::def = {"layer_norm", Role::internal, kAttrs, 3, 3, infer, flops, explain, feeds};

template <class T>
void layer_norm::forward(Run<T>& r) {
  const Shape& s = *r.in_shape[0];
  const int rows = static_cast<int>(s.rows());
  kernels::layer_norm_forward<T>(rows, static_cast<int>(s.last()), r.in[0], r.in[1], r.in[2], static_cast<T>(r.attr[0]), r.out[0], r.saved, r.saved + rows);
}

template <class T>
void layer_norm::backward(Run<T>& r) {
  const Shape& s = *r.in_shape[0];
  const int rows = static_cast<int>(s.rows()), cols = static_cast<int>(s.last());
  T* dx = r.din[0] ? r.din[0] : r.workspace;
  kernels::layer_norm_backward<T>(rows, cols, r.in[0], r.in[1], r.saved, r.saved + rows, r.dout, dx, r.din[1], r.din[2]);
}

PG_OP_INSTANCES(layer_norm)

}  // namespace pg::ops

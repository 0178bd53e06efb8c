// (x − mean)/√(var + eps)·gamma + beta over the last `dims` dimensions together (torch.nn.LayerNorm).
// x [..., d], gamma and beta of the shape of those dimensions; without gamma, or beta, it is 1, or 0.
#include "kernels/norm.h"
#include "ops/table.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"eps", 1e-5}, {"dims", 1}};

/// Scalars that are normalised together.
int64_t width(const Shape& x, double dims) {
  int64_t n = 1;
  for (int i = 1; i <= static_cast<int>(dims); ++i) n *= x[-i];
  return n;
}

void infer(Infer& f) {
  const Shape& x = f.in[0].shape;
  const int dims = static_cast<int>(f.attr[1]);
  bool fits = dims >= 1 && dims <= x.rank;
  for (size_t i = 1; fits && i < static_cast<size_t>(f.n_in); ++i) {
    fits = f.in[i].shape.rank == dims;
    for (int d = 1; fits && d <= dims; ++d) fits = f.in[i].shape[-d] == x[-d];
  }
  if (!fits) {
    f.rule = "gamma and beta of the shape of the last " + std::to_string(dims) + " dimensions";
    return;
  }
  f.out[0] = f.in[0];
  f.saved = 2 * (x.numel() / width(x, dims));  // mean, then rstd, of every row
  f.workspace = x.numel();  // takes the gradient of an x that wants none
}
double flops(const Infer& f) { return 8.0 * static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const int64_t d = width(c.in_shape(0), c.attr(1)), rows = c.in_shape(0).numel() / d, row = flat / d, i = flat % d;
  e.kind = "layer_norm";
  e.z = c.in(0, flat);
  e.z_ref = c.in_ref(0, flat);
  if (c.n_in() > 1) e.terms.push_back({"gamma", c.in(1, i), 1, c.in_ref(1, i), {}});
  else e.terms.push_back({"gamma", 1, 1, {}, {}});
  if (c.n_in() > 2) {
    e.has_bias = true;
    e.bias = c.in(2, i);
    e.bias_ref = c.in_ref(2, i);
  }
  e.constants = {{"mean", c.saved(row)}, {"rstd", c.saved(rows + row)}};
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const int64_t d = width(c.in_shape(0), c.attr(1));
  if (slot == 0)
    for (int64_t i = 0; i < d; ++i) to.push_back(flat / d * d + i);
  else
    to.push_back(flat);
}

}  // namespace

const OpDef layer_norm::def = {"layer_norm", Role::internal, kAttrs, 1, 3, infer, flops, explain, feeds};

template <class T>
void layer_norm::forward(Run<T>& r) {
  const int64_t d = width(*r.in_shape[0], r.attr[1]);
  const int rows = static_cast<int>(r.in_shape[0]->numel() / d);
  kernels::layer_norm_forward<T>(rows, static_cast<int>(d), r.in[0], r.in[1], r.in[2], static_cast<T>(r.attr[0]), r.out[0], r.saved, r.saved + rows);
}

template <class T>
void layer_norm::backward(Run<T>& r) {
  const int64_t d = width(*r.in_shape[0], r.attr[1]);
  const int rows = static_cast<int>(r.in_shape[0]->numel() / d);
  T* dx = r.din[0] ? r.din[0] : r.workspace;
  kernels::layer_norm_backward<T>(rows, static_cast<int>(d), r.in[0], r.in[1], r.saved, r.saved + rows, r.dout, dx, r.din[1], r.din[2]);
}

PG_OP_INSTANCES(layer_norm)

}  // namespace pg::ops

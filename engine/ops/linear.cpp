// y = x·Wᵀ + b over the last dimension (torch.nn.functional.linear).
// x [..., in], W [total, in] of which rows row_begin .. row_begin+rows are used (rows 0: all), b [total] or absent;
// y [..., rows]. The row window lets q, k and v share PyTorch's in_proj_weight.
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include <algorithm>

#include "ops/table.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"row_begin", 0}, {"rows", 0}};

struct Sizes {
  int m, in, out;
  int64_t row_begin;
};

Sizes sizes(const Shape& x, const Shape& w, const std::array<double, kMaxAttr>& attr) {
  const int rows = static_cast<int>(attr[1]);
  return {static_cast<int>(x.rows()), static_cast<int>(x.last()), rows ? rows : static_cast<int>(w[0]), static_cast<int64_t>(attr[0])};
}

void infer(Infer& f) {
  const Shape &x = f.in[0].shape, &w = f.in[1].shape;
  if (x.rank < 1 || w.rank != 2 || x.last() != w[1]) {
    f.rule = "an input whose last dimension is in_features";
    return;
  }
  const Sizes s = sizes(x, w, f.attr);
  f.out[0] = f.in[0];
  f.out[0].shape[-1] = s.out;
  f.workspace = static_cast<int64_t>(kernels::gemm_workspace(std::max(s.m, s.out), std::max(s.out, s.in), std::max(s.in, std::max(s.m, s.out))));
}

double flops(const Infer& f) {
  const Sizes s = sizes(f.in[0].shape, f.in[1].shape, f.attr);
  return 2.0 * s.m * s.in * s.out;
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const int64_t out = c.out_shape(0).last(), in = c.in_shape(0).last(), row = flat / out;
  const int64_t unit = flat % out + static_cast<int64_t>(c.attr(0));
  e.kind = "affine";
  for (int64_t i = 0; i < in; ++i) {
    const int64_t xi = row * in + i, wi = unit * in + i;
    e.terms.push_back({"", c.in(0, xi), c.in(1, wi), c.in_ref(0, xi), c.in_ref(1, wi)});
  }
  if (c.n_in() > 2) {
    e.has_bias = true;
    e.bias = c.in(2, unit);
    e.bias_ref = c.in_ref(2, unit);
  }
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const int64_t out = c.out_shape(0).last(), in = c.in_shape(0).last(), begin = static_cast<int64_t>(c.attr(0));
  if (slot == 0)
    for (int64_t o = 0; o < out; ++o) to.push_back(flat / in * out + o);
  else {
    const int64_t unit = (slot == 1 ? flat / in : flat) - begin;
    if (unit >= 0 && unit < out) to.push_back(unit);
  }
}

}  // namespace

const OpDef linear::def = {"linear", Role::internal, kAttrs, 2, 3, infer, flops, explain, feeds};

template <class T>
void linear::forward(Run<T>& r) {
  const Sizes s = sizes(*r.in_shape[0], *r.in_shape[1], r.attr);
  const T* w = r.in[1] + s.row_begin * s.in;
  if (r.n_in > 2) kernels::gemm_bias<T>(true, s.m, s.out, s.in, r.in[0], s.in, w, s.in, r.in[2] + s.row_begin, r.out[0], s.out, r.workspace);
  else kernels::gemm<T>(false, true, s.m, s.out, s.in, 1, r.in[0], s.in, w, s.in, 0, r.out[0], s.out, r.workspace);
}

template <class T>
void linear::backward(Run<T>& r) {
  const Sizes s = sizes(*r.in_shape[0], *r.in_shape[1], r.attr);
  const int64_t w0 = s.row_begin * s.in;
  if (r.din[0]) kernels::gemm<T>(false, false, s.m, s.in, s.out, 1, r.dout, s.out, r.in[1] + w0, s.in, 1, r.din[0], s.in, r.workspace);
  if (r.din[1]) kernels::gemm<T>(true, false, s.out, s.in, s.m, 1, r.dout, s.out, r.in[0], s.in, 1, r.din[1] + w0, s.in, r.workspace);
  if (r.n_in > 2 && r.din[2]) kernels::sum_rows<T>(s.m, s.out, r.dout, r.din[2] + s.row_begin);
}

PG_OP_INSTANCES(linear)

}  // namespace pg::ops

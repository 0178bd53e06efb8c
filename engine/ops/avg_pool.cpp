// The mean under each window (torch.nn.functional.avg_pool1d, avg_pool2d, adaptive_avg_pool1d, adaptive_avg_pool2d).
// x [B, C, H, W] -> y [B, C, H', W'].
#include <algorithm>

#include "ops/pool.h"

namespace pg::ops {

namespace {

double flops(const Infer& f) {
  const double n = static_cast<double>(f.in[0].shape.numel());
  return f.attr[10] > 0 ? n : static_cast<double>(f.out[0].shape.numel()) * f.attr[0] * f.attr[1];
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const kernels::Pool p = pool_of(c);
  const int64_t plane = flat / (int64_t{p.out_h} * p.out_w);
  const kernels::Span rows = kernels::avg_rows(p, static_cast<int>(flat / p.out_w % p.out_h)), cols = kernels::avg_cols(p, static_cast<int>(flat % p.out_w));
  e.kind = "mean";
  const double share = 1.0 / (std::max(1, rows.count) * static_cast<double>(std::max(1, cols.count)));
  for (int64_t y = rows.from; y < rows.to; ++y)
    for (int64_t x = cols.from; x < cols.to; ++x) {
      const int64_t at = (plane * p.h + y) * p.w + x;
      e.terms.push_back({"", c.in(0, at), share, c.in_ref(0, at), {}});
    }
}

void feeds(const Inspect& c, int, int64_t flat, std::vector<int64_t>& to) {
  const kernels::Pool p = pool_of(c);
  const int64_t x = flat % p.w, y = flat / p.w % p.h, plane = flat / (int64_t{p.w} * p.h);
  for (int i = 0; i < p.out_h; ++i) {
    const kernels::Span rows = kernels::avg_rows(p, i);
    if (y < rows.from || y >= rows.to) continue;
    for (int j = 0; j < p.out_w; ++j) {
      const kernels::Span cols = kernels::avg_cols(p, j);
      if (x >= cols.from && x < cols.to) to.push_back((plane * p.out_h + i) * p.out_w + j);
    }
  }
}

}  // namespace

const OpDef avg_pool::def = {"avg_pool", Role::internal, kPoolAttrs, 1, 1, infer_pool, flops, explain, feeds};

template <class T>
void avg_pool::forward(Run<T>& r) {
  kernels::avg_pool_forward<T>(pool_of(*r.in_shape[0], r.attr), plane_count(*r.in_shape[0]), r.in[0], r.out[0]);
}

template <class T>
void avg_pool::backward(Run<T>& r) {
  if (r.din[0]) kernels::avg_pool_backward<T>(pool_of(*r.in_shape[0], r.attr), plane_count(*r.in_shape[0]), r.dout, r.din[0]);
}

PG_OP_INSTANCES(avg_pool)

}  // namespace pg::ops

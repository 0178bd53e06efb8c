// The largest number under each window (torch.nn.functional.max_pool1d, max_pool2d). x [B, C, H, W] -> y [B, C, H', W'].
#include "ops/pool.h"

namespace pg::ops {

namespace {

void infer(Infer& f) {
  infer_pool(f);
  if (f.rule.empty()) f.saved = f.out[0].shape.numel();  // the place in its plane of the number that was taken
}
double flops(const Infer& f) { return static_cast<double>(f.out[0].shape.numel()) * f.attr[0] * f.attr[1]; }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const kernels::Pool p = pool_of(c);
  e.kind = "add";
  const int64_t place = static_cast<int64_t>(c.saved(flat));
  if (place < 0) return;
  const int64_t at = flat / (int64_t{p.out_h} * p.out_w) * p.h * p.w + place;
  e.terms.push_back({"max", c.in(0, at), 1, c.in_ref(0, at), {}});
}

/// Windows that hold the number, whether it won there or not.
void feeds(const Inspect& c, int, int64_t flat, std::vector<int64_t>& to) {
  const kernels::Pool p = pool_of(c);
  const int64_t x = flat % p.w, y = flat / p.w % p.h, plane = flat / (int64_t{p.w} * p.h);
  for (int r = p.kernel_h - 1; r >= 0; --r)
    for (int s = p.kernel_w - 1; s >= 0; --s) {
      const int64_t i = y + p.pad_h - int64_t{r} * p.dilation_h, j = x + p.pad_w - int64_t{s} * p.dilation_w;
      if (i < 0 || j < 0 || i % p.stride_h || j % p.stride_w || i / p.stride_h >= p.out_h || j / p.stride_w >= p.out_w) continue;
      to.push_back((plane * p.out_h + i / p.stride_h) * p.out_w + j / p.stride_w);
    }
}

}  // namespace

const OpDef max_pool::def = {"max_pool", Role::internal, kPoolAttrs, 1, 1, infer, flops, explain, feeds};

template <class T>
void max_pool::forward(Run<T>& r) {
  kernels::max_pool_forward<T>(pool_of(*r.in_shape[0], r.attr), plane_count(*r.in_shape[0]), r.in[0], r.out[0], r.saved);
}

template <class T>
void max_pool::backward(Run<T>& r) {
  if (r.din[0]) kernels::max_pool_backward<T>(pool_of(*r.in_shape[0], r.attr), plane_count(*r.in_shape[0]), r.dout, r.saved, r.din[0]);
}

PG_OP_INSTANCES(max_pool)

}  // namespace pg::ops

// What the pools share: attributes, sizes and inference. x [B, C, H, W] or [B, C, L].
#pragma once
#include "kernels/pool.h"
#include "ops/window.h"

namespace pg::ops {

/// out_h above 0: the plane of y is out_h × out_w, and windows divide x among themselves (averages only).
inline constexpr AttrDef kPoolAttrs[] = {{"kernel_h", 1},   {"kernel_w", 1},   {"stride_h", 1},  {"stride_w", 1},          {"padding_h", 0}, {"padding_w", 0},
                                         {"dilation_h", 1}, {"dilation_w", 1}, {"ceil_mode", 0}, {"count_include_pad", 1}, {"out_h", 0},     {"out_w", 0}};

/// One dimension: 0 the height, 1 the width.
inline Axis pool_axis(const Shape& x, const std::array<double, kMaxAttr>& attr, size_t dimension) {
  const auto at = [&](size_t i) { return static_cast<int64_t>(attr[i + dimension]); };
  return {dimension == 0 ? planes(x).h : planes(x).w, at(0), at(2), at(4), at(6)};
}

inline kernels::Pool pool_of(const Shape& x, const std::array<double, kMaxAttr>& attr) {
  const Axis h = pool_axis(x, attr, 0), w = pool_axis(x, attr, 1);
  const bool adaptive = attr[10] > 0, ceil = attr[8] != 0;
  const auto i = [](int64_t v) { return static_cast<int>(v); };
  return {i(h.n), i(w.n), adaptive ? i(static_cast<int64_t>(attr[10])) : i(h.count(ceil)), adaptive ? i(static_cast<int64_t>(attr[11])) : i(w.count(ceil)),
          i(h.kernel), i(w.kernel), i(h.stride), i(w.stride), i(h.pad), i(w.pad), i(h.dilation), i(w.dilation), attr[9] != 0, adaptive};
}

inline kernels::Pool pool_of(const Inspect& c) {
  std::array<double, kMaxAttr> attr{};
  for (int i = 0; i < kMaxAttr; ++i) attr[static_cast<size_t>(i)] = c.attr(i);
  return pool_of(c.in_shape(0), attr);
}

inline void infer_pool(Infer& f) {
  const Shape& x = f.in[0].shape;
  f.rule = planes_rule(x);
  if (!f.rule.empty()) return;
  const kernels::Pool p = pool_of(x, f.attr);
  if (p.out_h < 1 || p.out_w < 1) f.rule = pool_axis(x, f.attr, p.out_h < 1 ? 0 : 1).rule();
  else if (!sane(x, x[1], p.out_h, p.out_w)) f.rule = "a pool of at most 2^30 numbers";
  else if (int64_t{p.h} * p.w > 1 << 24) f.rule = "planes of at most 2^24 pixels";
  else f.out[0] = {with_plane(x, x[1], p.out_h, p.out_w), f.in[0].batched, DType::f32};
}

inline int plane_count(const Shape& x) { return static_cast<int>(x[0] * x[1]); }

}  // namespace pg::ops

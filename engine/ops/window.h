// What the ops over planes share: x [B, C, L] (a plane of height 1) or [B, C, H, W], and a window that slides over it.
#pragma once
#include <string>

#include "ops/table.h"

namespace pg::ops {

inline constexpr int64_t kMostElements = int64_t{1} << 30;  // of any tensor here: places in it are 32-bit numbers in the kernels

struct Planes {
  int64_t batch, channels, h, w;
  int64_t pixels() const { return h * w; }
};

inline Planes planes(const Shape& s) {
  if (s.rank == 2) return {s[0], s[1], 1, 1};
  return s.rank == 3 ? Planes{s[0], s[1], 1, s[2]} : Planes{s[0], s[1], s[2], s[3]};
}

/// The shape of x with other channels and another plane.
inline Shape with_plane(const Shape& x, int64_t channels, int64_t h, int64_t w) {
  return x.rank == 3 ? Shape{x[0], channels, w} : Shape{x[0], channels, h, w};
}

/// Whether [B, C, h, w] is a tensor that can be had. In double, where nothing overflows.
inline bool sane(const Shape& x, int64_t channels, int64_t h, int64_t w) {
  const auto d = [](int64_t v) { return static_cast<double>(v); };
  return d(x[0]) * d(channels) * d(h) * d(w) <= d(kMostElements);
}

/// Says why x is not made of planes; empty if it is.
inline std::string planes_rule(const Shape& x) {
  if (x.rank != 3 && x.rank != 4) return "an input of shape [batch, channels, length] or [batch, channels, height, width]";
  const Planes p = planes(x);
  return sane(x, p.channels, p.h, p.w) ? "" : "an input of at most 2^30 numbers";
}

/// One dimension of a window.
struct Axis {
  int64_t n, kernel, stride, pad, dilation;
  int64_t room() const { return n + 2 * pad - dilation * (kernel - 1) - 1; }
  /// How often it fits; with `ceil` also where it hangs over the end, if it starts inside (torch.nn.MaxPool2d). Below 1: never.
  int64_t count(bool ceil) const {
    const int64_t at = room() + (ceil ? stride - 1 : 0);
    if (at < 0) return 0;
    const int64_t out = at / stride + 1;
    return ceil && (out - 1) * stride >= n + pad ? out - 1 : out;
  }
  std::string rule() const {
    const auto s = [](int64_t v) { return std::to_string(v); };
    return "a kernel that fits: ⌊(" + s(n) + " + 2·" + s(pad) + " − " + s(dilation) + "·(" + s(kernel) + " − 1) − 1)/" + s(stride) + "⌋ + 1 ≥ 1";
  }
};

}  // namespace pg::ops

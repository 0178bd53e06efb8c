// The oracle of kernels/pool.h: every tap of every window is asked whether it exists.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/pool.h"

namespace pg::reference {

/// Calls f(place of y, place of x, first tap of its window) for what exists under each window.
template <class F>
void pool_each(const kernels::Pool& p, int planes, F f) {
  const auto under = [&p](int i, int tap, int n, int out, int stride, int pad, int dilation) {
    if (!p.adaptive) return i * stride + tap * dilation - pad;
    return tap >= i * n / out && tap < (i + 1) * n / out + ((i + 1) * n % out != 0) ? tap : -1;
  };
  for (int n = 0; n < planes; ++n)
    for (int i = 0; i < p.out_h; ++i)
      for (int j = 0; j < p.out_w; ++j) {
        bool first = true;
        for (int r = 0; r < (p.adaptive ? p.h : p.kernel_h); ++r)
          for (int s = 0; s < (p.adaptive ? p.w : p.kernel_w); ++s) {
            const int y = under(i, r, p.h, p.out_h, p.stride_h, p.pad_h, p.dilation_h), x = under(j, s, p.w, p.out_w, p.stride_w, p.pad_w, p.dilation_w);
            if (y < 0 || y >= p.h || x < 0 || x >= p.w) continue;
            f((int64_t{n} * p.out_h + i) * p.out_w + j, (int64_t{n} * p.h + y) * p.w + x, first);
            first = false;
          }
      }
}

template <class T>
void max_pool_forward(const kernels::Pool& p, int planes, const T* x, T* y, T* place) {
  for (int64_t i = 0; i < int64_t{planes} * p.out_h * p.out_w; ++i) y[i] = -std::numeric_limits<T>::infinity(), place[i] = -1;
  pool_each(p, planes, [&](int64_t to, int64_t from, bool first) {
    if (!first && !std::isnan(x[from]) && !(x[from] > y[to])) return;
    y[to] = x[from];
    place[to] = static_cast<T>(from % (int64_t{p.h} * p.w));
  });
}

template <class T>
void max_pool_backward(const kernels::Pool& p, int planes, const T* dy, const T* place, T* dx) {
  const int64_t out = int64_t{p.out_h} * p.out_w;
  for (int64_t i = 0; i < planes * out; ++i)
    if (place[i] >= 0) dx[i / out * p.h * p.w + static_cast<int64_t>(place[i])] += dy[i];
}

/// Pixels of a window that count: those inside, or inside the padded plane.
inline double pool_count(const kernels::Pool& p, int64_t at) {
  const auto side = [&p](int i, int n, int out, int kernel, int stride, int pad) {
    int count = 0;
    if (p.adaptive) {
      for (int at = 0; at < n; ++at) count += at >= i * n / out && at < (i + 1) * n / out + ((i + 1) * n % out != 0);
    } else {
      const int more = p.count_pad ? pad : 0;
      for (int r = 0; r < kernel; ++r) count += i * stride + r - pad >= -more && i * stride + r - pad < n + more;
    }
    return count;
  };
  return static_cast<double>(side(static_cast<int>(at / p.out_w % p.out_h), p.h, p.out_h, p.kernel_h, p.stride_h, p.pad_h)) *
         side(static_cast<int>(at % p.out_w), p.w, p.out_w, p.kernel_w, p.stride_w, p.pad_w);
}

template <class T>
void avg_pool_forward(const kernels::Pool& p, int planes, const T* x, T* y) {
  for (int64_t i = 0; i < int64_t{planes} * p.out_h * p.out_w; ++i) y[i] = 0;
  pool_each(p, planes, [&](int64_t to, int64_t from, bool) { y[to] += x[from] / static_cast<T>(pool_count(p, to)); });
}

template <class T>
void avg_pool_backward(const kernels::Pool& p, int planes, const T* dy, T* dx) {
  pool_each(p, planes, [&](int64_t to, int64_t from, bool) { dx[from] += dy[to] / static_cast<T>(pool_count(p, to)); });
}

template <class T>
void upsample_forward(int planes, int h, int w, int scale_h, int scale_w, const T* x, T* y) {
  for (int64_t i = 0; i < int64_t{planes} * h * scale_h; ++i)
    for (int64_t j = 0; j < int64_t{w} * scale_w; ++j) y[i * w * scale_w + j] = x[i / scale_h * w + j / scale_w];
}

template <class T>
void upsample_backward(int planes, int h, int w, int scale_h, int scale_w, const T* dy, T* dx) {
  for (int64_t i = 0; i < int64_t{planes} * h * scale_h; ++i)
    for (int64_t j = 0; j < int64_t{w} * scale_w; ++j) dx[i / scale_h * w + j / scale_w] += dy[i * w * scale_w + j];
}

}  // namespace pg::reference

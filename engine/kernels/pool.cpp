#include "kernels/pool.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "kernels/simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

/// A window's rows (or columns) that exist: from, from + dilation, … below `to`.
Span span_of(int i, int n, int kernel, int stride, int pad, int dilation) {
  int from = i * stride - pad;
  const int to = std::min(n, from + (kernel - 1) * dilation + 1);
  if (from < 0) from += (-from + dilation - 1) / dilation * dilation;
  return {from, to, 0};
}

Span average_span(int i, int n, int out, int kernel, int stride, int pad, bool count_pad, bool adaptive) {
  if (adaptive) {
    const int from = static_cast<int>(int64_t{i} * n / out), to = static_cast<int>((int64_t{i + 1} * n + out - 1) / out);
    return {from, to, to - from};
  }
  const int from = i * stride - pad, end = std::min(from + kernel, n + pad);
  const int first = std::max(from, 0), to = std::min(end, n);
  return {first, std::max(first, to), count_pad ? end - from : std::max(0, to - first)};
}

template <class T>
void max_of_window(const Pool& p, const T* x, Span rows, Span cols, T* y, T* place) {
  T best = -std::numeric_limits<T>::infinity();
  int at = -1;
  for (int r = rows.from; r < rows.to; r += p.dilation_h)
    for (int c = cols.from; c < cols.to; c += p.dilation_w) {
      const T v = x[r * p.w + c];
      const bool take = v > best || v != v || at < 0;
      best = take ? v : best;
      at = take ? r * p.w + c : at;
    }
  *y = best;
  *place = static_cast<T>(at);
}

/// Where the larger is, or a NaN.
PG_INLINE void take_larger(f32x4 v, f32x4 place, f32x4& best, f32x4& at) {
  const Mask4 take = (v > best) | (v != v);
  best = select(take, v, best);
  at = select(take, place, at);
}

/// Windows of 2 × 2 that touch each other, four at a time. `x`: the first one's upper left pixel, its `place` in the plane.
void max_of_four_pairs(const float* x, int w, float place, float* y, float* places) {
  const f32x4 a0 = load(x), a1 = load(x + 4), b0 = load(x + w), b1 = load(x + w + 4);
  const f32x4 first = splat(place) + f32x4{0, 2, 4, 6};
  f32x4 best = __builtin_shufflevector(a0, a1, 0, 2, 4, 6), at = first;
  take_larger(__builtin_shufflevector(a0, a1, 1, 3, 5, 7), first + splat(1.0f), best, at);
  take_larger(__builtin_shufflevector(b0, b1, 0, 2, 4, 6), first + splat(static_cast<float>(w)), best, at);
  take_larger(__builtin_shufflevector(b0, b1, 1, 3, 5, 7), first + splat(static_cast<float>(w + 1)), best, at);
  store(y, best);
  store(places, at);
}

/// Any four neighbouring windows that lie within the plane's columns.
void max_of_four(const Pool& p, const float* plane, Span rows, int col, float* y, float* places) {
  const int step = p.stride_w;
  const f32x4 apart = splat(static_cast<float>(step)) * f32x4{0, 1, 2, 3};
  f32x4 best{}, at{};
  for (int r = rows.from; r < rows.to; r += p.dilation_h)
    for (int s = 0; s < p.kernel_w; ++s) {
      const int from = r * p.w + col + s * p.dilation_w;
      const float* x = plane + from;
      const f32x4 v{x[0], x[step], x[2 * step], x[3 * step]}, place = splat(static_cast<float>(from)) + apart;
      if (r == rows.from && s == 0) best = v, at = place;
      else take_larger(v, place, best, at);
    }
  store(y, best);
  store(places, at);
}

/// The windows [first, last) of a row, all within the plane's columns, at least four; the last four may do some again.
void max_of_many(const Pool& p, const float* plane, Span rows, int first, int last, float* y, float* places) {
  const bool pairs = p.kernel_h == 2 && p.kernel_w == 2 && p.stride_w == 2 && p.dilation_h == 1 && p.dilation_w == 1 && rows.to - rows.from == 2;
  for (int j = first; j < last; j += 4) {
    const int at = std::min(j, last - 4), col = at * p.stride_w - p.pad_w, place = rows.from * p.w + col;
    if (pairs) max_of_four_pairs(plane + place, p.w, static_cast<float>(place), y + at, places + at);
    else max_of_four(p, plane, rows, col, y + at, places + at);
  }
}

}  // namespace

template <class T>
void max_pool_forward(const Pool& p, int planes, const T* x, T* y, T* place) {
  // Columns of windows that see no border.
  const int first = (p.pad_w + p.stride_w - 1) / p.stride_w, reach = p.w - 1 - (p.kernel_w - 1) * p.dilation_w + p.pad_w;
  const int last = reach < 0 ? 0 : std::min(p.out_w, reach / p.stride_w + 1);
  for (int n = 0; n < planes; ++n, x += static_cast<int64_t>(p.h) * p.w)
    for (int i = 0; i < p.out_h; ++i, y += p.out_w, place += p.out_w) {
      const Span rows = span_of(i, p.h, p.kernel_h, p.stride_h, p.pad_h, p.dilation_h);
      bool many = false;
      if constexpr (std::is_same_v<T, float>) {
        many = last - first >= 4 && rows.from < rows.to;
        if (many) max_of_many(p, x, rows, first, last, y, place);
      }
      for (int j = 0; j < p.out_w; ++j) {
        if (many && j == first) j = last;
        if (j < p.out_w) max_of_window(p, x, rows, span_of(j, p.w, p.kernel_w, p.stride_w, p.pad_w, p.dilation_w), y + j, place + j);
      }
    }
}

template <class T>
void max_pool_backward(const Pool& p, int planes, const T* dy, const T* place, T* dx) {
  const int64_t out = static_cast<int64_t>(p.out_h) * p.out_w;
  for (int n = 0; n < planes; ++n, dx += static_cast<int64_t>(p.h) * p.w, dy += out, place += out)
    for (int64_t i = 0; i < out; ++i) {
      const int at = static_cast<int>(place[i]);
      if (at >= 0) dx[at] += dy[i];
    }
}

Span avg_rows(const Pool& p, int i) { return average_span(i, p.h, p.out_h, p.kernel_h, p.stride_h, p.pad_h, p.count_pad, p.adaptive); }
Span avg_cols(const Pool& p, int j) { return average_span(j, p.w, p.out_w, p.kernel_w, p.stride_w, p.pad_w, p.count_pad, p.adaptive); }

template <class T>
void avg_pool_forward(const Pool& p, int planes, const T* x, T* y) {
  for (int n = 0; n < planes; ++n, x += static_cast<int64_t>(p.h) * p.w)
    for (int i = 0; i < p.out_h; ++i) {
      const Span rows = avg_rows(p, i);
      for (int j = 0; j < p.out_w; ++j) {
        const Span cols = avg_cols(p, j);
        T sum = 0;
        for (int r = rows.from; r < rows.to; ++r)
          for (int c = cols.from; c < cols.to; ++c) sum += x[static_cast<int64_t>(r) * p.w + c];
        *y++ = sum / static_cast<T>(std::max(1, rows.count) * static_cast<int64_t>(std::max(1, cols.count)));
      }
    }
}

template <class T>
void avg_pool_backward(const Pool& p, int planes, const T* dy, T* dx) {
  for (int n = 0; n < planes; ++n, dx += static_cast<int64_t>(p.h) * p.w)
    for (int i = 0; i < p.out_h; ++i) {
      const Span rows = avg_rows(p, i);
      for (int j = 0; j < p.out_w; ++j) {
        const Span cols = avg_cols(p, j);
        const T share = *dy++ / static_cast<T>(std::max(1, rows.count) * static_cast<int64_t>(std::max(1, cols.count)));
        for (int r = rows.from; r < rows.to; ++r)
          for (int c = cols.from; c < cols.to; ++c) dx[static_cast<int64_t>(r) * p.w + c] += share;
      }
    }
}

template <class T>
void upsample_forward(int planes, int h, int w, int scale_h, int scale_w, const T* x, T* y) {
  const int64_t rows = static_cast<int64_t>(planes) * h;
  for (int64_t i = 0; i < rows; ++i, x += w)
    for (int r = 0; r < scale_h; ++r)
      for (int j = 0; j < w; ++j)
        for (int s = 0; s < scale_w; ++s) *y++ = x[j];
}

template <class T>
void upsample_backward(int planes, int h, int w, int scale_h, int scale_w, const T* dy, T* dx) {
  const int64_t rows = static_cast<int64_t>(planes) * h, wide = static_cast<int64_t>(w) * scale_w;
  for (int64_t i = 0; i < rows; ++i, dx += w, dy += scale_h * wide)
    for (int j = 0; j < w; ++j) {
      T sum = 0;
      for (int r = 0; r < scale_h; ++r)
        for (int s = 0; s < scale_w; ++s) sum += dy[r * wide + static_cast<int64_t>(j) * scale_w + s];
      dx[j] += sum;
    }
}

#define PG_INSTANTIATE(T)                                                      \
  template void max_pool_forward<T>(const Pool&, int, const T*, T*, T*);       \
  template void max_pool_backward<T>(const Pool&, int, const T*, const T*, T*); \
  template void avg_pool_forward<T>(const Pool&, int, const T*, T*);           \
  template void avg_pool_backward<T>(const Pool&, int, const T*, T*);          \
  template void upsample_forward<T>(int, int, int, int, int, const T*, T*);    \
  template void upsample_backward<T>(int, int, int, int, int, const T*, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

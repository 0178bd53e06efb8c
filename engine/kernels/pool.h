// Pools over planes and nearest-neighbour upsampling. x [planes, h, w], y [planes, out_h, out_w].
#pragma once

#include <cstdint>

namespace pg::kernels {

// Row i of y sees rows i·stride + r·dilation − pad of x, r = 0..kernel-1, as far as they exist; columns alike.
// An average has no dilation. `adaptive` (averages only): row i sees ⌊i·h/out_h⌋ .. ⌈(i+1)·h/out_h⌉ − 1, whatever kernel,
// stride and pad say. count_pad: an average divides by the padding's pixels too, though not by what hangs over that.
struct Pool {
  int h, w, out_h, out_w;
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w;
  bool count_pad, adaptive;
};

// place: for each y the flat place in its plane of the pixel that was taken – the first of equal ones, a NaN (the last)
// over everything. It is exact in float for planes of up to 2^24 pixels. A window of nothing but padding: −∞ and −1.
template <class T>
void max_pool_forward(const Pool& p, int planes, const T* x, T* y, T* place);
// dx[place] += dy
template <class T>
void max_pool_backward(const Pool& p, int planes, const T* dy, const T* place, T* dx);

// Rows from..to−1 of x under row i of y, and their number as the divisor counts it.
struct Span {
  int from, to, count;
};
Span avg_rows(const Pool& p, int i);
Span avg_cols(const Pool& p, int j);

template <class T>
void avg_pool_forward(const Pool& p, int planes, const T* x, T* y);
// dx += dy / count for every pixel under the window
template <class T>
void avg_pool_backward(const Pool& p, int planes, const T* dy, T* dx);

// y[i, j] = x[i / scale_h, j / scale_w];  y [planes, h·scale_h, w·scale_w]
template <class T>
void upsample_forward(int planes, int h, int w, int scale_h, int scale_w, const T* x, T* y);
// dx += the sum of dy over each pixel's copies
template <class T>
void upsample_backward(int planes, int h, int w, int scale_h, int scale_w, const T* dy, T* dx);

}  // namespace pg::kernels

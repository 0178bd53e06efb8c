// The oracle of kernels/conv.h: the definition, one loop a dimension.
#pragma once

#include <cstdint>

#include "kernels/conv.h"

namespace pg::reference {

/// Calls f(x, y, w) with the flat places of every product of the convolution.
template <class F>
void conv_each(const kernels::Conv& c, int batch, F f) {
  const int in = c.channels / c.groups, out = c.out_channels / c.groups;
  for (int n = 0; n < batch; ++n)
    for (int o = 0; o < c.out_channels; ++o)
      for (int i = 0; i < c.out_h; ++i)
        for (int j = 0; j < c.out_w; ++j)
          for (int k = 0; k < in; ++k)
            for (int r = 0; r < c.kernel_h; ++r)
              for (int s = 0; s < c.kernel_w; ++s) {
                const int iy = i * c.stride_h + r * c.dilation_h - c.pad_h, ix = j * c.stride_w + s * c.dilation_w - c.pad_w;
                if (iy < 0 || iy >= c.h || ix < 0 || ix >= c.w) continue;
                const int64_t channel = o / out * in + k;
                f(((n * int64_t{c.channels} + channel) * c.h + iy) * c.w + ix, ((n * int64_t{c.out_channels} + o) * c.out_h + i) * c.out_w + j,
                  ((o * int64_t{in} + k) * c.kernel_h + r) * c.kernel_w + s);
              }
}

template <class T>
void conv_forward(const kernels::Conv& c, int batch, const T* x, const T* w, bool write, const T* bias, T* y, T*) {
  const int64_t pixels = int64_t{c.out_h} * c.out_w;
  for (int64_t i = 0; write && i < batch * c.out_channels * pixels; ++i) y[i] = bias ? bias[i / pixels % c.out_channels] : T(0);
  conv_each(c, batch, [&](int64_t at_x, int64_t at_y, int64_t at_w) { y[at_y] += w[at_w] * x[at_x]; });
}

template <class T>
void conv_input_gradient(const kernels::Conv& c, int batch, const T* dy, const T* w, bool write, const T* bias, T* dx, T*) {
  const int64_t pixels = int64_t{c.h} * c.w;
  for (int64_t i = 0; write && i < batch * c.channels * pixels; ++i) dx[i] = bias ? bias[i / pixels % c.channels] : T(0);
  conv_each(c, batch, [&](int64_t at_x, int64_t at_y, int64_t at_w) { dx[at_x] += w[at_w] * dy[at_y]; });
}

template <class T>
void conv_weight_gradient(const kernels::Conv& c, int batch, const T* x, const T* dy, T* dw, T*) {
  conv_each(c, batch, [&](int64_t at_x, int64_t at_y, int64_t at_w) { dw[at_w] += x[at_x] * dy[at_y]; });
}

}  // namespace pg::reference

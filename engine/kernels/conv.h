// Convolution over planes, its two gradients, and what a transposed convolution needs (whose passes are these same
// three with x and y in each other's place). One dimension is a plane of height 1.
#pragma once

#include <cstdint>

namespace pg::kernels {

// y[n, o, i, j] = bias[o] + Σ_{c, r, s} w[o, c, r, s] · x[n, c', i·stride + r·dilation − pad, j·… ], zero outside of x;
// group g of out_channels/groups rows of y sees group g of channels/groups planes of x.
//   x [batch, channels, h, w]; y [batch, out_channels, out_h, out_w]; w [out_channels, channels/groups, kernel_h, kernel_w]
// pad is what lies above and to the left; below and to the right it is what out_h and out_w ask for.
struct Conv {
  int channels, h, w;
  int out_channels, out_h, out_w;
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w;
  int groups;
};

// Elements of T that `workspace` must hold, for any of the three passes and any batch. Given in double because it is
// asked before it is known that the sizes are sane.
double conv_workspace(const Conv& c);

// With `write`, y = bias + s; else y += s (and bias is null). s is summed from 0 over r, c, s in that order. bias may be null.
template <class T>
void conv_forward(const Conv& c, int batch, const T* x, const T* w, bool write, const T* bias, T* y, T* workspace);

// dx += the gradient, each element's share summed over r, o, s in that order, then added once.
// With `write`, dx = bias[channel] + the same sum: the forward pass of the transposed convolution, whose backward pass
// is conv_forward without it.
template <class T>
void conv_input_gradient(const Conv& c, int batch, const T* dy, const T* w, bool write, const T* bias, T* dx, T* workspace);

// dw += the gradient, summed over examples and pixels in order, in chunks of examples that only the sizes decide; where a group has
// one output channel, in four stripes of columns, which join as (0+2)+(1+3) at the end of a chunk.
template <class T>
void conv_weight_gradient(const Conv& c, int batch, const T* x, const T* dy, T* dw, T* workspace);

// db[channel] += Σ over batch and pixels; dy [batch, channels, pixels].
template <class T>
void sum_planes(int batch, int channels, int pixels, const T* dy, T* db);

}  // namespace pg::kernels

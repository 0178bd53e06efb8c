// The gradients of a convolution whose dy is mostly zeros, as behind a max pooling, where one pixel of a window has any: only the others
// are gone through. Bit for bit those of kernels/conv.h, as every sum keeps its order, and the product of a zero and a finite number changes
// no sum that starts from +0. So they may be taken by what the numbers are.
#pragma once

#include "kernels/conv.h"

namespace pg::kernels {

// Elements that `workspace` must hold, of which the weight gradient goes through `chunk` examples at a time.
double sparse_workspace(const Conv& c, double chunk);

// As conv_input_gradient and conv_weight_gradient, or false where they are not worth it or not the same; then nothing is touched.
bool sparse_input_gradient(const Conv& c, int batch, const float* dy, const float* w, float* dx, float* workspace);
bool sparse_weight_gradient(const Conv& c, int batch, int64_t chunk, const float* x, const float* dy, float* dw, float* workspace);

}  // namespace pg::kernels

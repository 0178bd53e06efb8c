// Flat loops, activations, and what a bias needs. All arrays are contiguous; "+=" marks what is accumulated.
// Outputs may be the same array as an input (element i is read before it is written), but not overlap shifted.
#pragma once

#include <cstdint>

namespace pg::kernels {

template <class T>
void fill(int64_t n, T value, T* out);
// out = a + b
template <class T>
void add(int64_t n, const T* a, const T* b, T* out);
// out = a · b
template <class T>
void mul(int64_t n, const T* a, const T* b, T* out);
// out += a · b
template <class T>
void mul_add(int64_t n, const T* a, const T* b, T* out);
// y = alpha · x
template <class T>
void scale(int64_t n, T alpha, const T* x, T* y);
// y += alpha · x
template <class T>
void axpy(int64_t n, T alpha, const T* x, T* y);
// Σ x, accumulated in double in four fixed stripes.
template <class T>
double sum(int64_t n, const T* x);

// gelu is the exact form x·Φ(x), PyTorch's default. leaky_relu is the only one that reads `slope`.
enum class Act { linear, relu, leaky_relu, sigmoid, tanh, gelu };

// y = act(x). relu(NaN) = NaN. Float error: sigmoid, tanh ≤ 4 ulp; gelu ≤ 4 eps·|x| (absolute).
template <class T>
void act_forward(Act act, T slope, int64_t n, const T* x, T* y);

// dx += act'(x) · dy, given the forward's x and y.
// sigmoid and tanh read only y (x may be null); relu, leaky_relu, gelu only x (y may be null); linear neither.
// At the kink: relu'(0) = 0, leaky_relu'(0) = slope, as in PyTorch. A NaN in x or dy reaches dx for all but relu
// and leaky_relu, where x = NaN counts as positive (as in PyTorch).
template <class T>
void act_backward(Act act, T slope, int64_t n, const T* x, const T* y, const T* dy, T* dx);

// y[r, c] += bias[c]                      y [rows, cols]
template <class T>
void bias_add_rows(int rows, int cols, const T* bias, T* y);
// dbias[c] += Σ_r dy[r, c], rows summed in order, then added once      dy [rows, cols]
template <class T>
void sum_rows(int rows, int cols, const T* dy, T* dbias);

}  // namespace pg::kernels

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

// gelu is the exact form x·Φ(x), PyTorch's default. silu is x·σ(x).
// `a` is leaky_relu's negative_slope, elu's alpha (a·(e^x − 1) where x ≤ 0) and softplus' beta (log(1 + e^(a·x))/a, and x
// itself where a·x > b, its threshold); the others read neither.
enum class Act { linear, relu, leaky_relu, sigmoid, tanh, gelu, elu, silu, softplus };

// y = act(x). relu(NaN) = NaN. Float error: sigmoid, tanh ≤ 4 ulp; gelu, silu ≤ 4 eps·|x|, elu ≤ 4 eps·a (absolute).
template <class T>
void act_forward(Act act, T a, int64_t n, const T* x, T* y, T b = T(20));

// dx += act'(x) · dy, given the forward's x and y.
// sigmoid and tanh read only y (x may be null); linear neither; the others only x (y may be null).
// At the kink: relu'(0) = 0, leaky_relu'(0) = elu'(0) = a, as in PyTorch. A NaN in x or dy reaches dx for all but relu
// and leaky_relu, where x = NaN counts as positive (as in PyTorch).
template <class T>
void act_backward(Act act, T a, int64_t n, const T* x, const T* y, const T* dy, T* dx, T b = T(20));

// dbias[c] += Σ_r dy[r, c], rows summed in order, then added once      dy [rows, cols]
template <class T>
void sum_rows(int rows, int cols, const T* dy, T* dbias);

}  // namespace pg::kernels

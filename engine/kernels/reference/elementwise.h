// The oracle of kernels/elementwise.h.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/elementwise.h"

namespace pg::reference {

using kernels::Act;

template <class T>
void fill(int64_t n, T value, T* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = value;
}
template <class T>
void add(int64_t n, const T* a, const T* b, T* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = a[i] + b[i];
}
template <class T>
void mul(int64_t n, const T* a, const T* b, T* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = a[i] * b[i];
}
template <class T>
void mul_add(int64_t n, const T* a, const T* b, T* out) {
  for (int64_t i = 0; i < n; ++i) out[i] += a[i] * b[i];
}
template <class T>
void scale(int64_t n, T alpha, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = alpha * x[i];
}
template <class T>
void axpy(int64_t n, T alpha, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] += alpha * x[i];
}
template <class T>
double sum(int64_t n, const T* x) {
  double s = 0;
  for (int64_t i = 0; i < n; ++i) s += static_cast<double>(x[i]);
  return s;
}

template <class T>
void act_forward(Act act, T a, int64_t n, const T* x, T* y, T b = T(20)) {
  const double p = static_cast<double>(a);
  for (int64_t i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]);
    double r = v;
    switch (act) {
      case Act::linear: break;
      case Act::relu: r = v < 0 ? 0.0 : v; break;
      case Act::leaky_relu: r = v < 0 ? p * v : v; break;
      case Act::sigmoid: r = 1.0 / (1.0 + std::exp(-v)); break;
      case Act::tanh: r = std::tanh(v); break;
      case Act::gelu: r = 0.5 * v * (1.0 + std::erf(v / std::sqrt(2.0))); break;
      case Act::elu: r = v > 0 ? v : p * std::expm1(v); break;
      case Act::silu: r = v / (1.0 + std::exp(-v)); break;
      case Act::softplus: r = p * v > static_cast<double>(b) ? v : std::log1p(std::exp(p * v)) / p; break;
    }
    y[i] = static_cast<T>(r);
  }
}

template <class T>
void act_backward(Act act, T a, int64_t n, const T* x, const T* y, const T* dy, T* dx, T b = T(20)) {
  const double p = static_cast<double>(a);
  for (int64_t i = 0; i < n; ++i) {
    double d = 1;
    switch (act) {
      case Act::linear: break;
      case Act::relu: d = x[i] <= T(0) ? 0.0 : 1.0; break;
      case Act::leaky_relu: d = x[i] <= T(0) ? p : 1.0; break;
      case Act::sigmoid: d = static_cast<double>(y[i]) * (1.0 - static_cast<double>(y[i])); break;
      case Act::tanh: d = 1.0 - static_cast<double>(y[i]) * static_cast<double>(y[i]); break;
      case Act::gelu: {
        const double v = static_cast<double>(x[i]);
        d = 0.5 * (1.0 + std::erf(v / std::sqrt(2.0))) + v * std::exp(-0.5 * v * v) / std::sqrt(2.0 * std::acos(-1.0));
        break;
      }
      case Act::elu: d = x[i] > T(0) ? 1.0 : p * std::exp(static_cast<double>(x[i])); break;
      case Act::silu: {
        const double v = static_cast<double>(x[i]), s = 1.0 / (1.0 + std::exp(-v));
        d = s + v * s * (1.0 - s);
        break;
      }
      case Act::softplus: {
        const double z = p * static_cast<double>(x[i]);
        d = z > static_cast<double>(b) ? 1.0 : 1.0 / (1.0 + std::exp(-z));
        break;
      }
    }
    dx[i] = static_cast<T>(static_cast<double>(dx[i]) + d * static_cast<double>(dy[i]));
  }
}

template <class T>
void sum_rows(int rows, int cols, const T* dy, T* dbias) {
  for (int64_t c = 0; c < cols; ++c) {
    T s = 0;
    for (int64_t r = 0; r < rows; ++r) s += dy[r * cols + c];
    dbias[c] += s;
  }
}

}  // namespace pg::reference

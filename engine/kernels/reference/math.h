// The oracle of kernels/math.h: the C library in double.
#pragma once

#include <cmath>
#include <cstdint>

namespace pg::reference {

template <class T>
T exp_(T x) {
  return static_cast<T>(std::exp(static_cast<double>(x)));
}
template <class T>
T log_(T x) {
  return static_cast<T>(std::log(static_cast<double>(x)));
}
template <class T>
T tanh_(T x) {
  return static_cast<T>(std::tanh(static_cast<double>(x)));
}
template <class T>
T sigmoid_(T x) {
  return static_cast<T>(1.0 / (1.0 + std::exp(-static_cast<double>(x))));
}
template <class T>
T softplus_(T x) {
  const double wide = static_cast<double>(x);
  return static_cast<T>(wide > 0 ? wide + std::log1p(std::exp(-wide)) : std::log1p(std::exp(wide)));
}
template <class T>
T erf_(T x) {
  return static_cast<T>(std::erf(static_cast<double>(x)));
}
template <class T>
T sin_(T x) {
  return static_cast<T>(std::sin(static_cast<double>(x)));
}
template <class T>
T cos_(T x) {
  return static_cast<T>(std::cos(static_cast<double>(x)));
}
template <class T>
T pow_(T x, T y) {
  return static_cast<T>(std::pow(static_cast<double>(x), static_cast<double>(y)));
}

template <class T>
void vexp(int64_t n, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = exp_(x[i]);
}
template <class T>
void vlog(int64_t n, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = log_(x[i]);
}
template <class T>
void vtanh(int64_t n, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = tanh_(x[i]);
}
template <class T>
void vsigmoid(int64_t n, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = sigmoid_(x[i]);
}
template <class T>
void vsoftplus(int64_t n, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = softplus_(x[i]);
}
template <class T>
void verf(int64_t n, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = erf_(x[i]);
}

}  // namespace pg::reference

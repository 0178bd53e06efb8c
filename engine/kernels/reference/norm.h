// The oracle of kernels/norm.h: the definitions, in double; the gradient through mean and variance written out.
#pragma once

#include <cmath>
#include <cstdint>

namespace pg::reference {

template <class T>
void layer_norm_forward(int rows, int cols, const T* x, const T* gamma, const T* beta, T eps, T* y, T* mean,
                        T* rstd) {
  for (int64_t r = 0; r < rows; ++r) {
    double mu = 0, var = 0;
    for (int c = 0; c < cols; ++c) mu += static_cast<double>(x[r * cols + c]) / cols;
    for (int c = 0; c < cols; ++c) var += std::pow(static_cast<double>(x[r * cols + c]) - mu, 2) / cols;
    const double rs = 1.0 / std::sqrt(var + static_cast<double>(eps));
    for (int c = 0; c < cols; ++c) {
      const double h = (static_cast<double>(x[r * cols + c]) - mu) * rs;
      const double g = gamma ? static_cast<double>(gamma[c]) : 1.0, b = beta ? static_cast<double>(beta[c]) : 0.0;
      y[r * cols + c] = static_cast<T>(h * g + b);
    }
    mean[r] = static_cast<T>(mu);
    rstd[r] = static_cast<T>(rs);
  }
}

template <class T>
void layer_norm_backward(int rows, int cols, const T* x, const T* gamma, const T* mean, const T* rstd, const T* dy,
                         T* dx, T* dgamma, T* dbeta) {
  for (int64_t r = 0; r < rows; ++r) {
    const double mu = static_cast<double>(mean[r]), rs = static_cast<double>(rstd[r]);
    const auto h = [&](int64_t c) { return (static_cast<double>(x[r * cols + c]) - mu) * rs; };
    const auto g = [&](int64_t c) {
      return static_cast<double>(dy[r * cols + c]) * (gamma ? static_cast<double>(gamma[c]) : 1.0);
    };
    for (int64_t i = 0; i < cols; ++i) {
      double d = 0;  // Σ_j g_j · ∂h_j/∂x_i
      for (int64_t j = 0; j < cols; ++j) d += g(j) * rs * ((i == j ? 1.0 : 0.0) - 1.0 / cols - h(i) * h(j) / cols);
      dx[r * cols + i] = static_cast<T>(static_cast<double>(dx[r * cols + i]) + d);
    }
    for (int64_t c = 0; c < cols; ++c) {
      const double d = static_cast<double>(dy[r * cols + c]);
      if (dgamma) dgamma[c] = static_cast<T>(static_cast<double>(dgamma[c]) + d * h(c));
      if (dbeta) dbeta[c] = static_cast<T>(static_cast<double>(dbeta[c]) + d);
    }
  }
}

}  // namespace pg::reference

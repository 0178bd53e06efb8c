// The oracle of kernels/batch_norm.h: the definitions, in double; the gradient through mean and variance written out.
#pragma once

#include <cmath>
#include <cstdint>

namespace pg::reference {

template <class T>
void channel_statistics(int batch, int channels, int pixels, const T* x, T* mean, T* var) {
  const double count = static_cast<double>(batch) * pixels;
  for (int c = 0; c < channels; ++c) {
    double mu = 0, v = 0;
    const auto at = [&](int n, int i) { return static_cast<double>(x[(int64_t{n} * channels + c) * pixels + i]); };
    for (int n = 0; n < batch; ++n)
      for (int i = 0; i < pixels; ++i) mu += at(n, i) / count;
    for (int n = 0; n < batch; ++n)
      for (int i = 0; i < pixels; ++i) v += std::pow(at(n, i) - mu, 2) / count;
    mean[c] = static_cast<T>(mu);
    var[c] = static_cast<T>(v);
  }
}

template <class T>
void batch_norm_forward(int batch, int channels, int pixels, const T* x, const T* mean, const T* rstd, const T* gamma, const T* beta, T* y) {
  for (int64_t i = 0; i < int64_t{batch} * channels * pixels; ++i) {
    const int64_t c = i / pixels % channels;
    const double h = (static_cast<double>(x[i]) - static_cast<double>(mean[c])) * static_cast<double>(rstd[c]);
    y[i] = static_cast<T>(h * (gamma ? static_cast<double>(gamma[c]) : 1.0) + (beta ? static_cast<double>(beta[c]) : 0.0));
  }
}

template <class T>
void batch_norm_backward(int batch, int channels, int pixels, const T* x, const T* mean, const T* rstd, const T* gamma, const T* dy, bool of_batch, T* dx,
                         T* dgamma, T* dbeta) {
  const int64_t size = int64_t{batch} * channels * pixels;
  const double count = static_cast<double>(batch) * pixels;
  const auto channel = [&](int64_t i) { return i / pixels % channels; };
  const auto h = [&](int64_t i) { return (static_cast<double>(x[i]) - static_cast<double>(mean[channel(i)])) * static_cast<double>(rstd[channel(i)]); };
  for (int64_t i = 0; i < size; ++i) {
    const int64_t c = channel(i);
    const double rs = static_cast<double>(rstd[c]), g = gamma ? static_cast<double>(gamma[c]) : 1.0;
    double d = 0;  // Σ_j dy_j · ∂h_j/∂x_i
    for (int64_t j = 0; j < size; ++j)
      if (channel(j) == c && (of_batch || i == j))
        d += static_cast<double>(dy[j]) * g * rs * ((i == j ? 1.0 : 0.0) - (of_batch ? 1.0 / count + h(i) * h(j) / count : 0.0));
    if (dx) dx[i] = static_cast<T>(static_cast<double>(dx[i]) + d);
    if (dgamma) dgamma[c] = static_cast<T>(static_cast<double>(dgamma[c]) + static_cast<double>(dy[i]) * h(i));
    if (dbeta) dbeta[c] = static_cast<T>(static_cast<double>(dbeta[c]) + static_cast<double>(dy[i]));
  }
}

}  // namespace pg::reference

#include "kernels/batch_norm.h"

#include <cstdint>

namespace pg::kernels {
namespace {

/// Σ term(flat place) over a channel.
template <class T, class F>
double channel_sum(int batch, int channels, int pixels, int c, F term) {
  double sum = 0;
  for (int n = 0; n < batch; ++n) {
    const int64_t at = (static_cast<int64_t>(n) * channels + c) * pixels;
    T s[4] = {};
    int i = 0;
    for (; i + 4 <= pixels; i += 4)
      for (int l = 0; l < 4; ++l) s[l] += term(at + i + l);
    for (int l = 0; i < pixels; ++i, ++l) s[l] += term(at + i);
    sum += static_cast<double>((s[0] + s[2]) + (s[1] + s[3]));
  }
  return sum;
}

}  // namespace

template <class T>
void channel_statistics(int batch, int channels, int pixels, const T* x, T* mean, T* var) {
  const double count = static_cast<double>(batch) * pixels;
  for (int c = 0; c < channels; ++c) {
    const T mu = static_cast<T>(channel_sum<T>(batch, channels, pixels, c, [x](int64_t i) { return x[i]; }) / count);
    mean[c] = mu;
    var[c] = static_cast<T>(channel_sum<T>(batch, channels, pixels, c, [x, mu](int64_t i) { return (x[i] - mu) * (x[i] - mu); }) / count);
  }
}

template <class T>
void batch_norm_forward(int batch, int channels, int pixels, const T* x, const T* mean, const T* rstd, const T* gamma, const T* beta, T* y) {
  for (int n = 0; n < batch; ++n)
    for (int c = 0; c < channels; ++c, x += pixels, y += pixels) {
      const T mu = mean[c], rs = rstd[c], g = gamma ? gamma[c] : T(1), b = beta ? beta[c] : T(0);
      for (int i = 0; i < pixels; ++i) y[i] = (x[i] - mu) * rs * g + b;
    }
}

template <class T>
void batch_norm_backward(int batch, int channels, int pixels, const T* x, const T* mean, const T* rstd, const T* gamma, const T* dy, bool of_batch, T* dx,
                         T* dgamma, T* dbeta) {
  const double count = static_cast<double>(batch) * pixels;
  for (int c = 0; c < channels; ++c) {
    const T mu = mean[c], rs = rstd[c], g = gamma ? gamma[c] : T(1);
    const double sum = channel_sum<T>(batch, channels, pixels, c, [dy](int64_t i) { return dy[i]; });
    const double sum_h = channel_sum<T>(batch, channels, pixels, c, [=](int64_t i) { return dy[i] * ((x[i] - mu) * rs); });
    if (dgamma) dgamma[c] += static_cast<T>(sum_h);
    if (dbeta) dbeta[c] += static_cast<T>(sum);
    if (!dx) continue;
    const T mean_dy = of_batch ? static_cast<T>(sum / count) : T(0), mean_h = of_batch ? static_cast<T>(sum_h / count) : T(0), scale = rs * g;
    for (int n = 0; n < batch; ++n) {
      const int64_t at = (static_cast<int64_t>(n) * channels + c) * pixels;
      for (int64_t i = at; i < at + pixels; ++i) dx[i] += scale * ((dy[i] - mean_dy) - (x[i] - mu) * rs * mean_h);
    }
  }
}

#define PG_INSTANTIATE(T)                                                                                             \
  template void channel_statistics<T>(int, int, int, const T*, T*, T*);                                               \
  template void batch_norm_forward<T>(int, int, int, const T*, const T*, const T*, const T*, const T*, T*);           \
  template void batch_norm_backward<T>(int, int, int, const T*, const T*, const T*, const T*, const T*, bool, T*, T*, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

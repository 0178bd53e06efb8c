#include "kernels/batch_norm.h"

#include <cstdint>

#include "kernels/elementwise.h"

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

/// use(c, Σ term(flat place, c)) for every channel. Without pixels channels are neighbours, and are summed side by side.
template <class T, class F, class Use>
void channel_sums(int batch, int channels, int pixels, F term, Use use) {
  constexpr int kSide = 8;
  int c = 0;
  for (; pixels == 1 && c + kSide <= channels; c += kSide) {
    double sum[kSide] = {};
    for (int n = 0; n < batch; ++n)
      for (int l = 0; l < kSide; ++l) sum[l] += static_cast<double>(term(static_cast<int64_t>(n) * channels + c + l, c + l));
    for (int l = 0; l < kSide; ++l) use(c + l, sum[l]);
  }
  for (; c < channels; ++c) use(c, channel_sum<T>(batch, channels, pixels, c, [&](int64_t i) { return term(i, c); }));
}

}  // namespace

template <class T>
void channel_statistics(int batch, int channels, int pixels, const T* x, T* mean, T* var) {
  const double count = static_cast<double>(batch) * pixels;
  channel_sums<T>(batch, channels, pixels, [x](int64_t i, int) { return x[i]; }, [=](int c, double sum) { mean[c] = static_cast<T>(sum / count); });
  channel_sums<T>(batch, channels, pixels, [x, mean](int64_t i, int c) { return (x[i] - mean[c]) * (x[i] - mean[c]); },
                  [=](int c, double sum) { var[c] = static_cast<T>(sum / count); });
}

template <class T>
void batch_norm_forward(int batch, int channels, int pixels, const T* x, const T* mean, const T* rstd, const T* gamma, const T* beta, T* __restrict y) {
  for (int n = 0; n < batch; ++n) {
    if (pixels == 1) {
      for (int c = 0; c < channels; ++c) y[c] = (x[c] - mean[c]) * rstd[c];
      if (gamma) mul(channels, y, gamma, y);
      if (beta) add(channels, y, beta, y);
      x += channels, y += channels;
      continue;
    }
    for (int c = 0; c < channels; ++c, x += pixels, y += pixels) {
      const T mu = mean[c], rs = rstd[c], g = gamma ? gamma[c] : T(1), b = beta ? beta[c] : T(0);
      for (int i = 0; i < pixels; ++i) y[i] = (x[i] - mu) * rs * g + b;
    }
  }
}

template <class T>
void batch_norm_backward(int batch, int channels, int pixels, const T* x, const T* mean, const T* rstd, const T* gamma, const T* dy, bool of_batch, T* __restrict dx,
                         T* dgamma, T* dbeta, T* workspace) {
  const double count = static_cast<double>(batch) * pixels;
  T *mean_dy = workspace, *mean_h = mean_dy + channels, *scale = mean_h + channels;
  channel_sums<T>(batch, channels, pixels, [dy](int64_t i, int) { return dy[i]; }, [=](int c, double sum) {
    if (dbeta) dbeta[c] += static_cast<T>(sum);
    mean_dy[c] = of_batch ? static_cast<T>(sum / count) : T(0);
  });
  channel_sums<T>(batch, channels, pixels, [=](int64_t i, int c) { return dy[i] * ((x[i] - mean[c]) * rstd[c]); }, [=](int c, double sum) {
    if (dgamma) dgamma[c] += static_cast<T>(sum);
    mean_h[c] = of_batch ? static_cast<T>(sum / count) : T(0);
  });
  if (!dx) return;
  for (int c = 0; c < channels; ++c) scale[c] = rstd[c] * (gamma ? gamma[c] : T(1));
  for (int n = 0; n < batch; ++n) {
    if (pixels == 1) {
      for (int c = 0; c < channels; ++c) dx[c] += scale[c] * ((dy[c] - mean_dy[c]) - (x[c] - mean[c]) * rstd[c] * mean_h[c]);
      x += channels, dy += channels, dx += channels;
      continue;
    }
    for (int c = 0; c < channels; ++c, x += pixels, dy += pixels, dx += pixels) {
      const T mu = mean[c], rs = rstd[c], by = scale[c], m_dy = mean_dy[c], m_h = mean_h[c];
      for (int i = 0; i < pixels; ++i) dx[i] += by * ((dy[i] - m_dy) - (x[i] - mu) * rs * m_h);
    }
  }
}

#define PG_INSTANTIATE(T)                                                                                             \
  template void channel_statistics<T>(int, int, int, const T*, T*, T*);                                               \
  template void batch_norm_forward<T>(int, int, int, const T*, const T*, const T*, const T*, const T*, T*);           \
  template void batch_norm_backward<T>(int, int, int, const T*, const T*, const T*, const T*, const T*, bool, T*, T*, T*, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

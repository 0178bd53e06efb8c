#include "kernels/norm.h"

#include <cmath>

#include "kernels/simd.h"

namespace pg::kernels {
namespace {

// Sums of a row in four stripes that join as (0+2)+(1+3): the compiler turns them into one vector of float, and
// double takes the same order.
template <class T, class F>
T striped_sum(int n, F term) {
  T s[4] = {};
  int i = 0;
  for (; i + 4 <= n; i += 4)
    for (int l = 0; l < 4; ++l) s[l] += term(i + l);
  for (int l = 0; i < n; ++i, ++l) s[l] += term(i);
  return (s[0] + s[2]) + (s[1] + s[3]);
}

}  // namespace

template <class T>
void layer_norm_forward(int rows, int cols, const T* x, const T* gamma, const T* beta, T eps, T* y, T* mean,
                        T* rstd) {
  const T count = static_cast<T>(cols);
  for (int r = 0; r < rows; ++r, x += cols, y += cols) {
    const T mu = striped_sum<T>(cols, [x](int i) { return x[i]; }) / count;
    const T variance = striped_sum<T>(cols, [x, mu](int i) { return (x[i] - mu) * (x[i] - mu); }) / count;
    const T rs = T(1) / std::sqrt(variance + eps);
    mean[r] = mu;
    rstd[r] = rs;
    for (int c = 0; c < cols; ++c) {
      T h = (x[c] - mu) * rs;
      if (gamma) h *= gamma[c];
      if (beta) h += beta[c];
      y[c] = h;
    }
  }
}

template <class T>
void layer_norm_backward(int rows, int cols, const T* x, const T* gamma, const T* mean, const T* rstd, const T* dy,
                         T* dx, T* dgamma, T* dbeta) {
  const T count = static_cast<T>(cols);
  for (int r = 0; r < rows; ++r, x += cols, dy += cols, dx += cols) {
    const T mu = mean[r], rs = rstd[r];
    const auto g = [dy, gamma](int i) { return gamma ? dy[i] * gamma[i] : dy[i]; };
    const T g_mean = striped_sum<T>(cols, g) / count;
    const T gh_mean = striped_sum<T>(cols, [&](int i) { return g(i) * ((x[i] - mu) * rs); }) / count;
    for (int c = 0; c < cols; ++c) {
      const T h = (x[c] - mu) * rs;
      dx[c] += rs * ((g(c) - g_mean) - h * gh_mean);
      if (dgamma) dgamma[c] += dy[c] * h;
      if (dbeta) dbeta[c] += dy[c];
    }
  }
}

#define PG_INSTANTIATE(T)                                                                                    \
  template void layer_norm_forward<T>(int, int, const T*, const T*, const T*, T, T*, T*, T*);                \
  template void layer_norm_backward<T>(int, int, const T*, const T*, const T*, const T*, const T*, T*, T*, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

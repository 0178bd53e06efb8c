#include "kernels/norm.h"

#include <cmath>
#include <cstring>

#include "kernels/simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

// The terms of a row, V at a time: four neighbours of float, then what is left, and double, one by one.
template <class V, class T>
PG_INLINE V at(const T* p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class V, class T>
PG_INLINE void put(T* p, V v) {
  std::memcpy(p, &v, sizeof v);
}
template <class V, class T>
PG_INLINE V all(T x) {
  if constexpr (sizeof(V) == sizeof(T)) return x;
  else return V{x, x, x, x};
}

template <class T, class F>
PG_INLINE void each(int n, F f) {
  int i = 0;
  if constexpr (sizeof(T) == sizeof(float))
    for (; i + 4 <= n; i += 4) f.template operator()<f32x4>(i);
  for (; i < n; ++i) f.template operator()<T>(i);
}

// Sums of a row in four stripes that join as (0+2)+(1+3).
template <class T, class F>
PG_INLINE T striped_sum(int n, F term) {
  T s[4] = {};
  int i = 0;
  if constexpr (sizeof(T) == sizeof(float)) {
    f32x4 sums = splat(0.0f);
    for (; i + 4 <= n; i += 4) sums += term.template operator()<f32x4>(i);
    store(s, sums);
  }
  for (; i < n; ++i) s[i % 4] += term.template operator()<T>(i);
  return (s[0] + s[2]) + (s[1] + s[3]);
}

}  // namespace

template <class T>
void layer_norm_forward(int rows, int cols, const T* x, const T* gamma, const T* beta, T eps, T* y, T* mean,
                        T* rstd) {
  const T count = static_cast<T>(cols);
  for (int r = 0; r < rows; ++r, x += cols, y += cols) {
    const T mu = striped_sum<T>(cols, [x]<class V>(int i) { return at<V>(x + i); }) / count;
    const auto from_mean = [x, mu]<class V>(int i) { return at<V>(x + i) - all<V>(mu); };
    const T variance = striped_sum<T>(cols, [&]<class V>(int i) {
                         const V d = from_mean.template operator()<V>(i);
                         return d * d;
                       }) / count;
    const T rs = T(1) / std::sqrt(variance + eps);
    mean[r] = mu;
    rstd[r] = rs;
    each<T>(cols, [&]<class V>(int i) {
      V h = from_mean.template operator()<V>(i) * all<V>(rs);
      if (gamma) h *= at<V>(gamma + i);
      if (beta) h += at<V>(beta + i);
      put(y + i, h);
    });
  }
}

template <class T>
void layer_norm_backward(int rows, int cols, const T* x, const T* gamma, const T* mean, const T* rstd, const T* dy,
                         T* dx, T* dgamma, T* dbeta) {
  const T count = static_cast<T>(cols);
  for (int r = 0; r < rows; ++r, x += cols, dy += cols, dx += cols) {
    const T mu = mean[r], rs = rstd[r];
    const auto g = [dy, gamma]<class V>(int i) { return gamma ? at<V>(dy + i) * at<V>(gamma + i) : at<V>(dy + i); };
    const auto h = [x, mu, rs]<class V>(int i) { return (at<V>(x + i) - all<V>(mu)) * all<V>(rs); };
    const T g_mean = striped_sum<T>(cols, g) / count;
    const T gh_mean = striped_sum<T>(cols, [&]<class V>(int i) { return g.template operator()<V>(i) * h.template operator()<V>(i); }) / count;
    each<T>(cols, [&]<class V>(int i) {
      const V hi = h.template operator()<V>(i);
      put(dx + i, at<V>(dx + i) + all<V>(rs) * ((g.template operator()<V>(i) - all<V>(g_mean)) - hi * all<V>(gh_mean)));
      if (dgamma) put(dgamma + i, at<V>(dgamma + i) + at<V>(dy + i) * hi);
      if (dbeta) put(dbeta + i, at<V>(dbeta + i) + at<V>(dy + i));
    });
  }
}

#define PG_INSTANTIATE(T)                                                                                    \
  template void layer_norm_forward<T>(int, int, const T*, const T*, const T*, T, T*, T*, T*);                \
  template void layer_norm_backward<T>(int, int, const T*, const T*, const T*, const T*, const T*, T*, T*, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

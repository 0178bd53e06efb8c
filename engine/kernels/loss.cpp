#include "kernels/loss.h"

#include "kernels/math.h"
#include "kernels/math_simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

template <class F>
void map2(int64_t n, const float* a, const float* b, float* out, F f) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) store(out + i, f(load(a + i), load(b + i), load(out + i)));
  const int left = static_cast<int>(n - i);
  if (left > 0)
    store_partial(out + i, f(load_partial(a + i, left), load_partial(b + i, left), load_partial(out + i, left)),
                  left);
}

}  // namespace

template <class T>
void mse(int64_t n, const T* prediction, const T* target, T* losses) {
  for (int64_t i = 0; i < n; ++i) {
    const T d = prediction[i] - target[i];
    losses[i] = d * d;
  }
}

template <class T>
void mse_backward(int64_t n, const T* prediction, const T* target, T scale, T* dprediction) {
  const T twice = T(2) * scale;
  for (int64_t i = 0; i < n; ++i) dprediction[i] += twice * (prediction[i] - target[i]);
}

template <>
void bce_with_logits<float>(int64_t n, const float* logits, const float* target, float* losses) {
  map2(n, logits, target, losses, [](f32x4 z, f32x4 t, f32x4) { return softplus4(z) - t * z; });
}
template <>
void bce_with_logits<double>(int64_t n, const double* logits, const double* target, double* losses) {
  for (int64_t i = 0; i < n; ++i) losses[i] = softplus_(logits[i]) - target[i] * logits[i];
}

template <>
void bce_with_logits_backward<float>(int64_t n, const float* logits, const float* target, float scale,
                                     float* dlogits) {
  map2(n, logits, target, dlogits,
       [scale](f32x4 z, f32x4 t, f32x4 d) { return d + splat(scale) * (sigmoid4(z) - t); });
}
template <>
void bce_with_logits_backward<double>(int64_t n, const double* logits, const double* target, double scale,
                                      double* dlogits) {
  for (int64_t i = 0; i < n; ++i) dlogits[i] += scale * (sigmoid_(logits[i]) - target[i]);
}

#define PG_INSTANTIATE(T)                                              \
  template void mse<T>(int64_t, const T*, const T*, T*);               \
  template void mse_backward<T>(int64_t, const T*, const T*, T, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

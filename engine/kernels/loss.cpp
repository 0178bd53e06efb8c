#include "kernels/loss.h"

#include <cmath>

#include "kernels/math.h"
#include "kernels/math_simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

// out[i] = f(a[i], b[i], out[i], more[i]...)
template <class F, class... More>
void map2(int64_t n, const float* a, const float* b, float* out, F f, const More*... more) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) store(out + i, f(load(a + i), load(b + i), load(out + i), load(more + i)...));
  const int left = static_cast<int>(n - i);
  if (left > 0)
    store_partial(out + i, f(load_partial(a + i, left), load_partial(b + i, left), load_partial(out + i, left), load_partial(more + i, left)...),
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

template <>
void bce_with_logits_weighted<float>(int64_t n, const float* logits, const float* target, const float* positive, float* losses) {
  const f32x4 one = PG_C(1.0f);
  map2(n, logits, target, losses,
       [one](f32x4 z, f32x4 t, f32x4, f32x4 w) { return (one - t) * z + (one + (w - one) * t) * softplus4(-z); }, positive);
}
template <>
void bce_with_logits_weighted<double>(int64_t n, const double* logits, const double* target, const double* positive, double* losses) {
  for (int64_t i = 0; i < n; ++i) losses[i] = (1 - target[i]) * logits[i] + (1 + (positive[i] - 1) * target[i]) * softplus_(-logits[i]);
}
template <>
void bce_with_logits_weighted_backward<float>(int64_t n, const float* logits, const float* target, const float* positive, float scale,
                                              float* dlogits) {
  const f32x4 one = PG_C(1.0f);
  map2(n, logits, target, dlogits,
       [=](f32x4 z, f32x4 t, f32x4 d, f32x4 w) { return d + splat(scale) * ((one - t) - (one + (w - one) * t) * sigmoid4(-z)); }, positive);
}
template <>
void bce_with_logits_weighted_backward<double>(int64_t n, const double* logits, const double* target, const double* positive, double scale,
                                               double* dlogits) {
  for (int64_t i = 0; i < n; ++i) dlogits[i] += scale * ((1 - target[i]) - (1 + (positive[i] - 1) * target[i]) * sigmoid_(-logits[i]));
}

// One chain of operations an element: the compilers vectorise them by themselves. A NaN takes no branch and stays one.
template <class T>
void l1(int64_t n, const T* prediction, const T* target, T* losses) {
  for (int64_t i = 0; i < n; ++i) losses[i] = std::fabs(prediction[i] - target[i]);
}
template <class T>
void l1_backward(int64_t n, const T* prediction, const T* target, T scale, T* dprediction) {
  for (int64_t i = 0; i < n; ++i) {
    const T d = prediction[i] - target[i];
    dprediction[i] += d > 0 ? scale : d < 0 ? -scale : T(0) * d;
  }
}
template <class T>
void huber(int64_t n, const T* prediction, const T* target, T delta, T* losses) {
  for (int64_t i = 0; i < n; ++i) {
    const T d = std::fabs(prediction[i] - target[i]);
    losses[i] = d <= delta ? T(0.5) * d * d : delta * (d - T(0.5) * delta);
  }
}
template <class T>
void huber_backward(int64_t n, const T* prediction, const T* target, T delta, T scale, T* dprediction) {
  for (int64_t i = 0; i < n; ++i) {
    const T d = prediction[i] - target[i];
    dprediction[i] += scale * (d > delta ? delta : d < -delta ? -delta : d);
  }
}

template <class T>
void kl(int64_t n, const T* mu, const T* logvar, T* losses) {
  vexp(n, logvar, losses);
  for (int64_t i = 0; i < n; ++i) losses[i] = T(-0.5) * (T(1) + logvar[i] - mu[i] * mu[i] - losses[i]);
}
template <>
void kl_backward<float>(int64_t n, const float* mu, const float* logvar, float scale, float* dmu, float* dlogvar) {
  if (dmu)
    for (int64_t i = 0; i < n; ++i) dmu[i] += scale * mu[i];
  if (dlogvar)
    map2(n, logvar, logvar, dlogvar, [half = splat(0.5f * scale)](f32x4 v, f32x4, f32x4 d) { return d + half * (exp4(v) - PG_C(1.0f)); });
}
template <>
void kl_backward<double>(int64_t n, const double* mu, const double* logvar, double scale, double* dmu, double* dlogvar) {
  for (int64_t i = 0; dmu && i < n; ++i) dmu[i] += scale * mu[i];
  for (int64_t i = 0; dlogvar && i < n; ++i) dlogvar[i] += 0.5 * scale * (exp_(logvar[i]) - 1);
}

#define PG_INSTANTIATE(T)                                                \
  template void mse<T>(int64_t, const T*, const T*, T*);                 \
  template void mse_backward<T>(int64_t, const T*, const T*, T, T*);     \
  template void l1<T>(int64_t, const T*, const T*, T*);                  \
  template void l1_backward<T>(int64_t, const T*, const T*, T, T*);      \
  template void huber<T>(int64_t, const T*, const T*, T, T*);            \
  template void huber_backward<T>(int64_t, const T*, const T*, T, T, T*); \
  template void kl<T>(int64_t, const T*, const T*, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

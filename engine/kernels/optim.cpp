#include "kernels/optim.h"

#include <cmath>
#include <cstring>
#include <type_traits>

#include "kernels/math.h"
#include "kernels/simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

// All exponent bits set: NaN or infinity.
bool finite_bits(float x) {
  uint32_t b;
  std::memcpy(&b, &x, sizeof b);
  return (b & 0x7f800000u) != 0x7f800000u;
}
bool finite_bits(double x) {
  uint64_t b;
  std::memcpy(&b, &x, sizeof b);
  return (b & 0x7ff0000000000000u) != 0x7ff0000000000000u;
}

}  // namespace

// The loops below hold one chain of +, −, ·, / and √ per element: vectorising them cannot change a bit, so it is left
// to the compiler, and the choices that are the same for the whole span stand outside the loops.
template <class T>
void sgd_step(int64_t n, T* p, const T* g, T* buf, double lr, double momentum, double dampening, bool nesterov,
              double weight_decay, bool first_step) {
  const T rate = static_cast<T>(lr), mu = static_cast<T>(momentum), wd = static_cast<T>(weight_decay);
  const T fresh = static_cast<T>(1.0 - dampening);
  if (momentum == 0.0) {
    for (int64_t i = 0; i < n; ++i) p[i] -= rate * (g[i] + wd * p[i]);
  } else if (first_step) {
    const T lead = nesterov ? mu : T(0);
    for (int64_t i = 0; i < n; ++i) {
      const T d = g[i] + wd * p[i];
      buf[i] = d;
      p[i] -= rate * (d + lead * d);
    }
  } else if (nesterov) {
    for (int64_t i = 0; i < n; ++i) {
      const T d = g[i] + wd * p[i];
      const T b = mu * buf[i] + fresh * d;
      buf[i] = b;
      p[i] -= rate * (d + mu * b);
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      const T b = mu * buf[i] + fresh * (g[i] + wd * p[i]);
      buf[i] = b;
      p[i] -= rate * b;
    }
  }
}

template <class T>
void adam_step(int64_t n, T* p, const T* g, T* m, T* v, double lr, double beta1, double beta2, double eps,
               double weight_decay, bool decoupled, int64_t t) {
  const double steps = static_cast<double>(t);
  const T b1 = static_cast<T>(beta1), b2 = static_cast<T>(beta2);
  const T c1 = static_cast<T>(1.0 - beta1), c2 = static_cast<T>(1.0 - beta2);
  const T size = static_cast<T>(lr / (1.0 - pow_(beta1, steps)));
  const T root = static_cast<T>(std::sqrt(1.0 - pow_(beta2, steps)));
  const T e = static_cast<T>(eps);
  const T wd = static_cast<T>(decoupled ? 0.0 : weight_decay);
  const T keep = static_cast<T>(decoupled ? 1.0 - lr * weight_decay : 1.0);
  for (int64_t i = 0; i < n; ++i) {
    const T d = g[i] + wd * p[i];
    const T mi = b1 * m[i] + c1 * d;
    const T vi = b2 * v[i] + c2 * d * d;
    m[i] = mi;
    v[i] = vi;
    p[i] = keep * p[i] - size * mi / (std::sqrt(vi) / root + e);
  }
}

template <class T>
void rmsprop_step(int64_t n, T* p, const T* g, T* s, T* a, T* buf, double lr, double alpha, double eps, double weight_decay,
                  double momentum, bool centered) {
  const T rate = static_cast<T>(lr), keep = static_cast<T>(alpha), fresh = static_cast<T>(1.0 - alpha);
  const T e = static_cast<T>(eps), wd = static_cast<T>(weight_decay), mu = static_cast<T>(momentum);
  for (int64_t i = 0; i < n; ++i) {
    const T d = g[i] + wd * p[i];
    T square = keep * s[i] + fresh * d * d;
    s[i] = square;
    if (centered) {
      const T mean = keep * a[i] + fresh * d;
      a[i] = mean;
      square -= mean * mean;
      square = square < T(0) ? T(0) : square;  // rounding may leave a gradient that never changes below 0
    }
    T move = d / (std::sqrt(square) + e);
    if (momentum != 0.0) buf[i] = move = mu * buf[i] + move;
    p[i] -= rate * move;
  }
}

template <class T>
void adagrad_step(int64_t n, T* p, const T* g, T* s, double lr, double lr_decay, double weight_decay, double initial, double eps,
                  int64_t t) {
  const T rate = static_cast<T>(lr / (1.0 + static_cast<double>(t - 1) * lr_decay));
  const T e = static_cast<T>(eps), wd = static_cast<T>(weight_decay);
  if (t == 1)
    for (int64_t i = 0; i < n; ++i) s[i] = static_cast<T>(initial);
  for (int64_t i = 0; i < n; ++i) {
    const T d = g[i] + wd * p[i];
    const T sum = s[i] + d * d;
    s[i] = sum;
    p[i] -= rate * d / (std::sqrt(sum) + e);
  }
}

template <class T>
double clip_grad_norm(int64_t n, T* g, double max_norm) {
  const double norm = std::sqrt(sum_squares(n, g)), factor = max_norm / (norm + 1e-6);
  if (factor >= 1.0) return norm;
  const T scale = static_cast<T>(factor);
  for (int64_t i = 0; i < n; ++i) g[i] *= scale;
  return norm;
}

template <class T>
void clip_grad_value(int64_t n, T* g, double limit) {
  const T most = static_cast<T>(limit);
  for (int64_t i = 0; i < n; ++i) g[i] = g[i] > most ? most : g[i] < -most ? -most : g[i];
}

template <class T>
double l1_l2_penalty(int64_t n, const T* p, double l1, double l2, T* g) {
  const T a = static_cast<T>(l1), b = static_cast<T>(l2);
  double absolute[4] = {0, 0, 0, 0}, square[4] = {0, 0, 0, 0};
  const auto element = [&](int64_t i, int lane) {
    const T x = p[i];
    const T sign = x > T(0) ? a : x < T(0) ? -a : T(0);
    g[i] += sign + b * x;
    absolute[lane] += std::fabs(static_cast<double>(x));
    square[lane] += static_cast<double>(x) * static_cast<double>(x);
  };
  int64_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int l = 0; l < 4; ++l) element(i + l, l);
  for (int l = 0; i < n; ++i, ++l) element(i, l);
  const double sum_abs = (absolute[0] + absolute[2]) + (absolute[1] + absolute[3]);
  const double sum_square = (square[0] + square[2]) + (square[1] + square[3]);
  return l1 * sum_abs + 0.5 * l2 * sum_square;
}

template <class T>
double sum_squares(int64_t n, const T* x) {
  double s[4] = {0, 0, 0, 0};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int l = 0; l < 4; ++l) s[l] += static_cast<double>(x[i + l]) * static_cast<double>(x[i + l]);
  for (int l = 0; i < n; ++i, ++l) s[l] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return (s[0] + s[2]) + (s[1] + s[3]);
}

template <class T>
int64_t first_nonfinite(int64_t n, const T* x) {
  int64_t i = 0;
  if constexpr (std::is_same_v<T, float>) {
    const i32x4 exponent = splat(int32_t{0x7f800000});
    for (; i + 16 <= n; i += 16) {
      Mask4 found = splat(int32_t{0});
      for (int part = 0; part < 16; part += 4) found |= (bits(load(x + i + part)) & exponent) == exponent;
      if (any(found)) break;
    }
  }
  for (; i < n; ++i)
    if (!finite_bits(x[i])) return i;
  return -1;
}

template <class T>
bool all_finite(int64_t n, const T* x) {
  return first_nonfinite(n, x) < 0;
}

#define PG_INSTANTIATE(T)                                                                                     \
  template void sgd_step<T>(int64_t, T*, const T*, T*, double, double, double, bool, double, bool);           \
  template void adam_step<T>(int64_t, T*, const T*, T*, T*, double, double, double, double, double, bool, int64_t); \
  template void rmsprop_step<T>(int64_t, T*, const T*, T*, T*, T*, double, double, double, double, double, bool); \
  template void adagrad_step<T>(int64_t, T*, const T*, T*, double, double, double, double, double, int64_t);  \
  template double clip_grad_norm<T>(int64_t, T*, double);                                                     \
  template void clip_grad_value<T>(int64_t, T*, double);                                                      \
  template double l1_l2_penalty<T>(int64_t, const T*, double, double, T*);                                    \
  template double sum_squares<T>(int64_t, const T*);                                                          \
  template bool all_finite<T>(int64_t, const T*);                                                             \
  template int64_t first_nonfinite<T>(int64_t, const T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

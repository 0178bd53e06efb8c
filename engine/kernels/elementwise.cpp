#include "kernels/elementwise.h"

#include <algorithm>

#include "kernels/math.h"
#include "kernels/math_simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

// Runs out[i] = f(in[i]...) with the float lanes; the tail goes through the same lanes, so a value does not depend
// on its position. `out` may also be an input. Four partial loads cost less than a second, scalar form of every f.
template <class F, class... In>
void map(int64_t n, F f, float* out, const In*... in) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) store(out + i, f(load(in + i)...));
  const int left = static_cast<int>(n - i);
  if (left > 0) store_partial(out + i, f(load_partial(in + i, left)...), left);
}

double gelu_cdf(double x) { return 0.5 + 0.5 * erf_(x * 0.7071067811865476); }
double gelu_pdf(double x) { return 0.3989422804014327 * exp_(-0.5 * x * x); }

}  // namespace

template <class T>
void fill(int64_t n, T value, T* out) {
  std::fill(out, out + n, value);
}

// The compilers vectorise these by themselves: one operation per element leaves them no choice of result.
template <class T>
void add(int64_t n, const T* a, const T* b, T* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = a[i] + b[i];
}
template <class T>
void mul(int64_t n, const T* a, const T* b, T* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = a[i] * b[i];
}
template <class T>
void mul_add(int64_t n, const T* a, const T* b, T* out) {
  for (int64_t i = 0; i < n; ++i) out[i] += a[i] * b[i];
}
template <class T>
void scale(int64_t n, T alpha, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = alpha * x[i];
}
template <class T>
void axpy(int64_t n, T alpha, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] += alpha * x[i];
}

template <class T>
double sum(int64_t n, const T* x) {
  double s[4] = {0, 0, 0, 0};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int l = 0; l < 4; ++l) s[l] += static_cast<double>(x[i + l]);
  for (int l = 0; i < n; ++i, ++l) s[l] += static_cast<double>(x[i]);
  return (s[0] + s[2]) + (s[1] + s[3]);
}

template <>
void act_forward<float>(Act act, float a, int64_t n, const float* x, float* y, float b) {
  const f32x4 zero = splat(0.0f), one = PG_C(1.0f);
  switch (act) {
    case Act::linear:
      if (y != x) std::copy(x, x + n, y);
      break;
    case Act::relu:
      map(n, [=](f32x4 v) { return at_least(v, zero); }, y, x);
      break;
    case Act::leaky_relu:
      map(n, [=](f32x4 v) { return select(v < zero, v * splat(a), v); }, y, x);
      break;
    case Act::sigmoid:
      vsigmoid(n, x, y);
      break;
    case Act::tanh:
      vtanh(n, x, y);
      break;
    case Act::gelu:
      map(n, [](f32x4 v) { return v * normal_cdf4(v); }, y, x);
      break;
    case Act::elu:
      map(n, [=](f32x4 v) { return select(v <= zero, splat(a) * (exp4(v) - one), v); }, y, x);
      break;
    case Act::silu:
      map(n, [](f32x4 v) { return v * sigmoid4(v); }, y, x);
      break;
    case Act::softplus:
      map(n, [=](f32x4 v) { return select(v * splat(a) > splat(b), v, softplus4(v * splat(a)) / splat(a)); }, y, x);
      break;
  }
}

template <>
void act_forward<double>(Act act, double a, int64_t n, const double* x, double* y, double b) {
  switch (act) {
    case Act::linear:
      if (y != x) std::copy(x, x + n, y);
      break;
    case Act::relu:
      for (int64_t i = 0; i < n; ++i) y[i] = x[i] < 0 ? 0.0 : x[i];
      break;
    case Act::leaky_relu:
      for (int64_t i = 0; i < n; ++i) y[i] = x[i] < 0 ? a * x[i] : x[i];
      break;
    case Act::sigmoid:
      vsigmoid(n, x, y);
      break;
    case Act::tanh:
      vtanh(n, x, y);
      break;
    case Act::gelu:
      for (int64_t i = 0; i < n; ++i) y[i] = x[i] * gelu_cdf(x[i]);
      break;
    case Act::elu:
      for (int64_t i = 0; i < n; ++i) y[i] = x[i] <= 0 ? a * (exp_(x[i]) - 1) : x[i];
      break;
    case Act::silu:
      for (int64_t i = 0; i < n; ++i) y[i] = x[i] * sigmoid_(x[i]);
      break;
    case Act::softplus:
      for (int64_t i = 0; i < n; ++i) y[i] = x[i] * a > b ? x[i] : softplus_(x[i] * a) / a;
      break;
  }
}

template <>
void act_backward<float>(Act act, float a, int64_t n, const float* x, const float* y, const float* dy,
                         float* dx, float b) {
  const f32x4 zero = splat(0.0f), one = PG_C(1.0f);
  switch (act) {
    case Act::linear:
      add(n, dx, dy, dx);
      break;
    case Act::relu:
      map(n, [=](f32x4 d, f32x4 v, f32x4 g) { return d + select(v <= zero, zero, g); }, dx, dx, x, dy);
      break;
    case Act::leaky_relu:
      map(n, [=](f32x4 d, f32x4 v, f32x4 g) { return d + select(v <= zero, splat(a) * g, g); }, dx, dx, x, dy);
      break;
    case Act::sigmoid:
      map(n, [=](f32x4 d, f32x4 v, f32x4 g) { return d + g * (v * (one - v)); }, dx, dx, y, dy);
      break;
    case Act::tanh:
      map(n, [=](f32x4 d, f32x4 v, f32x4 g) { return d + g * (one - v * v); }, dx, dx, y, dy);
      break;
    case Act::gelu:
      map(n, [](f32x4 d, f32x4 v, f32x4 g) { return d + g * (normal_cdf4(v) + v * normal_pdf4(v)); }, dx, dx, x, dy);
      break;
    case Act::elu:
      map(n, [=](f32x4 d, f32x4 v, f32x4 g) { return d + select(v <= zero, g * (splat(a) * exp4(v)), g); }, dx, dx, x, dy);
      break;
    case Act::silu:
      map(n, [=](f32x4 d, f32x4 v, f32x4 g) {
        const f32x4 s = sigmoid4(v);
        return d + g * (s * (one + v * (one - s)));
      }, dx, dx, x, dy);
      break;
    case Act::softplus:
      map(n, [=](f32x4 d, f32x4 v, f32x4 g) { return d + select(v * splat(a) > splat(b), g, g * sigmoid4(v * splat(a))); }, dx, dx, x, dy);
      break;
  }
}

template <>
void act_backward<double>(Act act, double a, int64_t n, const double* x, const double* y, const double* dy,
                          double* dx, double b) {
  switch (act) {
    case Act::linear:
      add(n, dx, dy, dx);
      break;
    case Act::relu:
      for (int64_t i = 0; i < n; ++i) dx[i] += x[i] <= 0 ? 0.0 : dy[i];
      break;
    case Act::leaky_relu:
      for (int64_t i = 0; i < n; ++i) dx[i] += x[i] <= 0 ? a * dy[i] : dy[i];
      break;
    case Act::sigmoid:
      for (int64_t i = 0; i < n; ++i) dx[i] += dy[i] * (y[i] * (1 - y[i]));
      break;
    case Act::tanh:
      for (int64_t i = 0; i < n; ++i) dx[i] += dy[i] * (1 - y[i] * y[i]);
      break;
    case Act::gelu:
      for (int64_t i = 0; i < n; ++i) dx[i] += dy[i] * (gelu_cdf(x[i]) + x[i] * gelu_pdf(x[i]));
      break;
    case Act::elu:
      for (int64_t i = 0; i < n; ++i) dx[i] += x[i] <= 0 ? dy[i] * (a * exp_(x[i])) : dy[i];
      break;
    case Act::silu:
      for (int64_t i = 0; i < n; ++i) {
        const double s = sigmoid_(x[i]);
        dx[i] += dy[i] * (s * (1 + x[i] * (1 - s)));
      }
      break;
    case Act::softplus:
      for (int64_t i = 0; i < n; ++i) dx[i] += x[i] * a > b ? dy[i] : dy[i] * sigmoid_(x[i] * a);
      break;
  }
}

namespace {
// The sums of WIDTH columns stay in registers: their number must be a constant for that.
template <int WIDTH, class T>
void sum_columns(int rows, int cols, const T* dy, T* dbias) {
  T s[WIDTH] = {};
  for (int r = 0; r < rows; ++r, dy += cols)
    for (int c = 0; c < WIDTH; ++c) s[c] += dy[c];
  for (int c = 0; c < WIDTH; ++c) dbias[c] += s[c];
}
}  // namespace

template <class T>
void sum_rows(int rows, int cols, const T* dy, T* dbias) {
  int c = 0;
  for (; c + 16 <= cols; c += 16) sum_columns<16>(rows, cols, dy + c, dbias + c);
  for (; c + 4 <= cols; c += 4) sum_columns<4>(rows, cols, dy + c, dbias + c);
  for (; c < cols; ++c) sum_columns<1>(rows, cols, dy + c, dbias + c);
}

#define PG_INSTANTIATE(T)                                           \
  template void fill<T>(int64_t, T, T*);                            \
  template void add<T>(int64_t, const T*, const T*, T*);            \
  template void mul<T>(int64_t, const T*, const T*, T*);            \
  template void mul_add<T>(int64_t, const T*, const T*, T*);        \
  template void scale<T>(int64_t, T, const T*, T*);                 \
  template void axpy<T>(int64_t, T, const T*, T*);                  \
  template double sum<T>(int64_t, const T*);                        \
  template void sum_rows<T>(int, int, const T*, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

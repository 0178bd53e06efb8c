#include "kernels/softmax.h"

#include <limits>

#include "kernels/math.h"
#include "kernels/math_simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

// The largest of x; a NaN is passed over.
float row_max(int n, const float* x) {
  const f32x4 least = splat(-__builtin_inff());
  f32x4 best[4] = {least, least, least, least};  // each waits for its own last one only
  int i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 4; ++l) best[l] = at_least(best[l], load(x + i + 4 * l));
  for (; i + 4 <= n; i += 4) best[0] = at_least(best[0], load(x + i));
  best[0] = at_least(at_least(best[0], best[1]), at_least(best[2], best[3]));
  float m = best[0][0];
  const auto take = [&m](float v) { m = m < v ? v : m; };
  take(best[0][1]);
  take(best[0][2]);
  take(best[0][3]);
  for (; i < n; ++i) take(x[i]);
  return m;
}
double row_max(int n, const double* x) {
  double m = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < n; ++i) m = m < x[i] ? x[i] : m;
  return m;
}

// 2^x for N groups of four x that are not above 0 (or are NaN), 0 below −126.5; relative error ≤ 1.5 eps, and 2^0 is 1. A power of 2 needs no
// reduction by ln 2, and groups side by side share the loads of the constants and hide each other's latency.
template <int N>
PG_INLINE void exp2_below4(f32x4 (&x)[N]) {
  f32x4 power[N], p[N];
  const auto all = [](auto f) {
    for (int g = 0; g < N; ++g) f(g);
  };
  all([&](int g) { x[g] = at_least(x[g], PG_C(-127.0f)); });
  all([&](int g) { power[g] = x[g] + PG_C(kRoundMagic); });
  all([&](int g) { x[g] = x[g] - (power[g] - PG_C(kRoundMagic)); });
  all([&](int g) { power[g] = from_bits((i32x4)((pattern(power[g]) << 23) + pattern(PG_C(1.0f)))); });
  all([&](int g) { p[g] = x[g] * PG_C(0.00132647261f) + PG_C(0.00967151299f); });
  all([&](int g) { p[g] = p[g] * x[g] + PG_C(0.0555073358f); });
  all([&](int g) { p[g] = p[g] * x[g] + PG_C(0.240222424f); });
  all([&](int g) { p[g] = p[g] * x[g] + PG_C(0.693147004f); });
  all([&](int g) { p[g] = p[g] * x[g] + PG_C(1.0f); });
  all([&](int g) { x[g] = p[g] * power[g]; });
}

// y = exp(scale · (x − max)), returning the sum: lane l sums the elements 4i + l.
float exp_sum(int n, const float* x, float scale, float max, float* y) {
  const f32x4 factor = splat(scale * 1.44269504f), most = splat(max);
  f32x4 s = splat(0.0f);
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    f32x4 e[4];
    for (int g = 0; g < 4; ++g) e[g] = (load(x + i + 4 * g) - most) * factor;
    exp2_below4(e);
    for (int g = 0; g < 4; ++g) store(y + i + 4 * g, e[g]);
    for (int g = 0; g < 4; ++g) s += e[g];
  }
  for (; i < n; i += 4) {
    const int here = n - i < 4 ? n - i : 4;
    f32x4 e[1] = {((here == 4 ? load(x + i) : load_partial(x + i, here)) - most) * factor};
    exp2_below4(e);
    if (here == 4) {
      store(y + i, e[0]);
      s += e[0];
    } else {
      store_partial(y + i, e[0], here);
      for (int l = 0; l < here; ++l) s[l] += e[0][l];
    }
  }
  return sum_lanes(s);
}
double exp_sum(int n, const double* x, double scale, double max, double* y) {
  double s = 0;
  for (int i = 0; i < n; ++i) {
    y[i] = exp_(scale * (x[i] - max));
    s += y[i];
  }
  return s;
}

// Σ a·b: lane l sums the elements 4i + l.
float dot(int n, const float* a, const float* b) {
  f32x4 s = splat(0.0f);
  int i = 0;
  for (; i + 4 <= n; i += 4) s += load(a + i) * load(b + i);
  for (int l = 0; i < n; ++i, ++l) s[l] += a[i] * b[i];
  return sum_lanes(s);
}
double dot(int n, const double* a, const double* b) {
  double s = 0;
  for (int i = 0; i < n; ++i) s += a[i] * b[i];
  return s;
}

template <class T>
struct RowSum {
  T max;
  T sum;
};

// Writes softmax(scale · x), scale > 0, to y and tells what the log of it needs.
template <class T>
RowSum<T> softmax_row(int n, const T* x, T scale, T* y) {
  const T max = row_max(n, x);
  T sum = 0;
  if (max == -std::numeric_limits<T>::infinity()) {  // everything masked or NaN, or no column at all
    for (int i = 0; i < n; ++i) sum = x[i] != x[i] ? x[i] : sum;
    for (int i = 0; i < n; ++i) y[i] = sum;
    return {max, sum};
  }
  sum = exp_sum(n, x, scale, max, y);
  const T part = T(1) / sum;
  for (int i = 0; i < n; ++i) y[i] *= part;
  return {max, sum};
}

}  // namespace

template <class T>
void softmax_rows(int rows, int cols, const T* x, int ldx, T* y, int ldy) {
  for (int r = 0; r < rows; ++r, x += ldx, y += ldy) softmax_row(cols, x, T(1), y);
}

template <class T>
void softmax_scaled_row(int n, const T* x, T scale, T* y) {
  if (!(scale > T(0))) {
    for (int i = 0; i < n; ++i) y[i] = scale * x[i];
    x = y;
    scale = T(1);
  }
  softmax_row(n, x, scale, y);
}

template <class T>
void softmax_backward_rows(int rows, int cols, const T* y, const T* dy, T* dx) {
  for (int r = 0; r < rows; ++r, y += cols, dy += cols, dx += cols) {
    const T s = dot(cols, y, dy);
    for (int c = 0; c < cols; ++c) dx[c] += y[c] * (dy[c] - s);
  }
}

template <class T>
void softmax_scores_backward(int rows, int cols, const T* y, const T* dy, T scale, T* dx) {
  for (int r = 0; r < rows; ++r, y += cols, dy += cols, dx += cols) {
    const T s = dot(cols, y, dy);
    for (int c = 0; c < cols; ++c) dx[c] = (T(0) + y[c] * (dy[c] - s)) * scale;  // + 0: what is masked gets 0, not −0
  }
}

template <class T>
void cross_entropy_rows(int rows, int cols, const T* logits, const int32_t* target, int ignore_index, T* losses,
                        T* probs) {
  for (int r = 0; r < rows; ++r, logits += cols, probs += cols) {
    const RowSum<T> row = softmax_row(cols, logits, T(1), probs);
    losses[r] = target[r] == ignore_index ? T(0) : log_(row.sum) - (logits[target[r]] - row.max);
  }
}

template <class T>
void cross_entropy_backward_rows(int rows, int cols, const T* probs, const int32_t* target, int ignore_index,
                                 T scale, T* dlogits) {
  for (int r = 0; r < rows; ++r, probs += cols, dlogits += cols) {
    if (target[r] == ignore_index) continue;
    for (int c = 0; c < cols; ++c) dlogits[c] += scale * (probs[c] - (c == target[r] ? T(1) : T(0)));
  }
}

template <class T>
void cross_entropy_smooth_rows(int rows, int cols, const T* logits, const int32_t* target, int ignore_index, const T* weight,
                               T smoothing, T* losses, T* probs) {
  const T even = smoothing / static_cast<T>(cols);
  for (int r = 0; r < rows; ++r, logits += cols, probs += cols) {
    const RowSum<T> row = softmax_row(cols, logits, T(1), probs);
    losses[r] = 0;
    if (target[r] == ignore_index) continue;
    const T log_sum = log_(row.sum);
    const auto entropy = [&](int c) { return (weight ? weight[c] : T(1)) * (log_sum - (logits[c] - row.max)); };
    T all = 0;
    if (smoothing != T(0))  // an infinite logit must not meet a factor of 0
      for (int c = 0; c < cols; ++c) all += entropy(c);
    losses[r] = (T(1) - smoothing) * entropy(target[r]) + even * all;
  }
}

template <class T>
void cross_entropy_smooth_backward_rows(int rows, int cols, const T* probs, const int32_t* target, int ignore_index,
                                        const T* weight, T smoothing, T scale, T* dlogits) {
  const T even = smoothing / static_cast<T>(cols);
  T weights = static_cast<T>(cols);
  if (weight) {
    weights = 0;
    for (int c = 0; c < cols; ++c) weights += weight[c];
  }
  for (int r = 0; r < rows; ++r, probs += cols, dlogits += cols) {
    if (target[r] == ignore_index) continue;
    const T on_target = (T(1) - smoothing) * (weight ? weight[target[r]] : T(1)), total = on_target + even * weights;
    for (int c = 0; c < cols; ++c) dlogits[c] += scale * (total * probs[c] - even * (weight ? weight[c] : T(1)));
    dlogits[target[r]] -= scale * on_target;
  }
}

#define PG_INSTANTIATE(T)                                                                          \
  template void softmax_rows<T>(int, int, const T*, int, T*, int);                                 \
  template void softmax_scaled_row<T>(int, const T*, T, T*);                                       \
  template void softmax_backward_rows<T>(int, int, const T*, const T*, T*);                        \
  template void softmax_scores_backward<T>(int, int, const T*, const T*, T, T*);                   \
  template void cross_entropy_rows<T>(int, int, const T*, const int32_t*, int, T*, T*);            \
  template void cross_entropy_backward_rows<T>(int, int, const T*, const int32_t*, int, T, T*);    \
  template void cross_entropy_smooth_rows<T>(int, int, const T*, const int32_t*, int, const T*, T, T*, T*); \
  template void cross_entropy_smooth_backward_rows<T>(int, int, const T*, const int32_t*, int, const T*, T, T, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

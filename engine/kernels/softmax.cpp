#include "kernels/softmax.h"

#include <limits>

#include "kernels/math.h"
#include "kernels/math_simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

// The maximum of n values; NaN if any is NaN.
float row_max(int n, const float* x) {
  f32x4 best = splat(-__builtin_inff());
  int i = 0;
  if (n >= 16) {  // four at a time: each waits for its own last one only
    f32x4 b[4] = {best, best, best, best};
    for (; i + 16 <= n; i += 16)
      for (int l = 0; l < 4; ++l) b[l] = max_nan(b[l], load(x + i + 4 * l));
    best = max_nan(max_nan(b[0], b[1]), max_nan(b[2], b[3]));
  }
  for (; i + 4 <= n; i += 4) best = max_nan(best, load(x + i));
  float m = best[0];
  const auto take = [&m](float v) { m = m > v || m != m ? m : v; };
  take(best[1]);
  take(best[2]);
  take(best[3]);
  for (; i < n; ++i) take(x[i]);
  return m;
}
double row_max(int n, const double* x) {
  double m = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < n; ++i) m = m > x[i] || m != m ? m : x[i];
  return m;
}

// y = exp(x − max), returning the sum: lane l sums the elements 4i + l.
float exp_sum(int n, const float* x, float max, float* y) {
  f32x4 s = splat(0.0f);
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    const f32x4 e = exp4(load(x + i) - splat(max));
    store(y + i, e);
    s += e;
  }
  const int left = n - i;
  if (left > 0) {
    const f32x4 e = exp4(load_partial(x + i, left) - splat(max));
    store_partial(y + i, e, left);
    for (int l = 0; l < left; ++l) s[l] += e[l];
  }
  return sum_lanes(s);
}
double exp_sum(int n, const double* x, double max, double* y) {
  double s = 0;
  for (int i = 0; i < n; ++i) {
    y[i] = exp_(x[i] - max);
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

// Writes softmax(x) to y and tells what the log of it needs.
template <class T>
RowSum<T> softmax_row(int n, const T* x, T* y) {
  const T max = row_max(n, x);
  if (max == -std::numeric_limits<T>::infinity()) {  // everything masked, or no column at all
    for (int i = 0; i < n; ++i) y[i] = T(0);
    return {max, T(0)};
  }
  const T sum = exp_sum(n, x, max, y);
  for (int i = 0; i < n; ++i) y[i] = y[i] / sum;
  return {max, sum};
}

}  // namespace

template <class T>
void softmax_rows(int rows, int cols, const T* x, int ldx, T* y, int ldy) {
  for (int r = 0; r < rows; ++r, x += ldx, y += ldy) softmax_row(cols, x, y);
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
    const RowSum<T> row = softmax_row(cols, logits, probs);
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
    const RowSum<T> row = softmax_row(cols, logits, probs);
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

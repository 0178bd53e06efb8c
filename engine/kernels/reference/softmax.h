// The oracle of kernels/softmax.h: the definitions, in double.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace pg::reference {

template <class T>
void softmax_rows(int rows, int cols, const T* x, int ldx, T* y, int ldy) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (int64_t r = 0; r < rows; ++r) {
    double max = -infinity, sum = 0;
    bool nan = false;
    for (int c = 0; c < cols; ++c) {
      const double v = static_cast<double>(x[r * ldx + c]);
      nan = nan || std::isnan(v) || v == infinity;
      max = std::fmax(max, v);
    }
    if (max != -infinity)
      for (int c = 0; c < cols; ++c) sum += std::exp(static_cast<double>(x[r * ldx + c]) - max);
    for (int c = 0; c < cols; ++c) {
      T& out = y[r * ldy + c];
      if (nan) out = std::numeric_limits<T>::quiet_NaN();
      else if (max == -infinity) out = 0;
      else out = static_cast<T>(std::exp(static_cast<double>(x[r * ldx + c]) - max) / sum);
    }
  }
}

template <class T>
void softmax_backward_rows(int rows, int cols, const T* y, const T* dy, T* dx) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < cols; ++i) {
      double d = 0;  // Σ_j dy_j · ∂y_j/∂x_i
      for (int64_t j = 0; j < cols; ++j) {
        const double yi = static_cast<double>(y[r * cols + i]), yj = static_cast<double>(y[r * cols + j]);
        d += static_cast<double>(dy[r * cols + j]) * yj * ((i == j ? 1.0 : 0.0) - yi);
      }
      dx[r * cols + i] = static_cast<T>(static_cast<double>(dx[r * cols + i]) + d);
    }
  }
}

template <class T>
void cross_entropy_rows(int rows, int cols, const T* logits, const int32_t* target, int ignore_index, T* losses,
                        T* probs) {
  softmax_rows(rows, cols, logits, cols, probs, cols);
  for (int64_t r = 0; r < rows; ++r) {
    losses[r] = 0;
    if (target[r] == ignore_index) continue;
    const T* row = logits + r * cols;
    double max = static_cast<double>(row[0]), sum = 0;
    for (int c = 0; c < cols; ++c) max = std::fmax(max, static_cast<double>(row[c]));
    for (int c = 0; c < cols; ++c) sum += std::exp(static_cast<double>(row[c]) - max);
    losses[r] = static_cast<T>(max + std::log(sum) - static_cast<double>(row[target[r]]));
  }
}

template <class T>
void cross_entropy_backward_rows(int rows, int cols, const T* probs, const int32_t* target, int ignore_index,
                                 T scale, T* dlogits) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c)
      if (target[r] != ignore_index)
        dlogits[r * cols + c] += scale * (probs[r * cols + c] - (c == target[r] ? T(1) : T(0)));
}

template <class T>
void cross_entropy_smooth_rows(int rows, int cols, const T* logits, const int32_t* target, int ignore_index, const T* weight,
                               T smoothing, T* losses, T* probs) {
  softmax_rows(rows, cols, logits, cols, probs, cols);
  for (int64_t r = 0; r < rows; ++r) {
    double loss = 0;
    for (int c = 0; c < cols && target[r] != ignore_index; ++c) {
      const double w = weight ? static_cast<double>(weight[c]) : 1.0, s = static_cast<double>(smoothing);
      const double q = s / cols * w + (c == target[r] ? (1.0 - s) * w : 0.0);
      loss -= q * std::log(static_cast<double>(probs[r * cols + c]));
    }
    losses[r] = static_cast<T>(loss);
  }
}

template <class T>
void cross_entropy_smooth_backward_rows(int rows, int cols, const T* probs, const int32_t* target, int ignore_index,
                                        const T* weight, T smoothing, T scale, T* dlogits) {
  for (int64_t r = 0; r < rows; ++r) {
    if (target[r] == ignore_index) continue;
    for (int64_t i = 0; i < cols; ++i) {
      double d = 0;  // Σ_c q_c · (p_i − [c = i])
      for (int64_t c = 0; c < cols; ++c) {
        const double w = weight ? static_cast<double>(weight[c]) : 1.0, s = static_cast<double>(smoothing);
        const double q = s / cols * w + (c == target[r] ? (1.0 - s) * w : 0.0);
        d += q * (static_cast<double>(probs[r * cols + i]) - (c == i ? 1.0 : 0.0));
      }
      dlogits[r * cols + i] = static_cast<T>(static_cast<double>(dlogits[r * cols + i]) + static_cast<double>(scale) * d);
    }
  }
}

}  // namespace pg::reference

// The oracle of kernels/loss.h.
#pragma once

#include <cmath>
#include <cstdint>

namespace pg::reference {

template <class T>
void mse(int64_t n, const T* prediction, const T* target, T* losses) {
  for (int64_t i = 0; i < n; ++i) losses[i] = (prediction[i] - target[i]) * (prediction[i] - target[i]);
}
template <class T>
void mse_backward(int64_t n, const T* prediction, const T* target, T scale, T* dprediction) {
  for (int64_t i = 0; i < n; ++i) dprediction[i] += T(2) * scale * (prediction[i] - target[i]);
}

// log σ(z), without losing what is left of it for large |z|.
inline double log_sigmoid(double z) { return z < 0 ? z - std::log1p(std::exp(z)) : -std::log1p(std::exp(-z)); }

template <class T>
void bce_with_logits(int64_t n, const T* logits, const T* target, T* losses) {
  for (int64_t i = 0; i < n; ++i) {
    const double z = static_cast<double>(logits[i]), t = static_cast<double>(target[i]);
    losses[i] = static_cast<T>(-(t * log_sigmoid(z) + (1.0 - t) * log_sigmoid(-z)));
  }
}
template <class T>
void bce_with_logits_backward(int64_t n, const T* logits, const T* target, T scale, T* dlogits) {
  for (int64_t i = 0; i < n; ++i) {
    const double s = 1.0 / (1.0 + std::exp(-static_cast<double>(logits[i])));
    const double d = static_cast<double>(scale) * (s - static_cast<double>(target[i]));
    dlogits[i] = static_cast<T>(static_cast<double>(dlogits[i]) + d);
  }
}

}  // namespace pg::reference

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

template <class T>
void bce_with_logits_weighted(int64_t n, const T* logits, const T* target, const T* positive, T* losses) {
  for (int64_t i = 0; i < n; ++i) {
    const double z = static_cast<double>(logits[i]), t = static_cast<double>(target[i]), w = static_cast<double>(positive[i]);
    losses[i] = static_cast<T>(-(w * t * log_sigmoid(z) + (1.0 - t) * log_sigmoid(-z)));
  }
}
template <class T>
void bce_with_logits_weighted_backward(int64_t n, const T* logits, const T* target, const T* positive, T scale, T* dlogits) {
  for (int64_t i = 0; i < n; ++i) {
    const double s = 1.0 / (1.0 + std::exp(-static_cast<double>(logits[i])));
    const double t = static_cast<double>(target[i]), w = static_cast<double>(positive[i]);
    dlogits[i] = static_cast<T>(static_cast<double>(dlogits[i]) + static_cast<double>(scale) * ((1.0 - t) * s - w * t * (1.0 - s)));
  }
}

template <class T>
void l1(int64_t n, const T* prediction, const T* target, T* losses) {
  for (int64_t i = 0; i < n; ++i) losses[i] = std::fabs(prediction[i] - target[i]);
}
template <class T>
void l1_backward(int64_t n, const T* prediction, const T* target, T scale, T* dprediction) {
  for (int64_t i = 0; i < n; ++i)
    if (prediction[i] != target[i]) dprediction[i] += prediction[i] > target[i] ? scale : -scale;
}
template <class T>
void huber(int64_t n, const T* prediction, const T* target, T delta, T* losses) {
  for (int64_t i = 0; i < n; ++i) {
    const double d = std::fabs(static_cast<double>(prediction[i]) - static_cast<double>(target[i])), e = static_cast<double>(delta);
    losses[i] = static_cast<T>(d <= e ? d * d / 2 : e * (d - e / 2));
  }
}
template <class T>
void huber_backward(int64_t n, const T* prediction, const T* target, T delta, T scale, T* dprediction) {
  for (int64_t i = 0; i < n; ++i) {
    const double d = static_cast<double>(prediction[i]) - static_cast<double>(target[i]), e = static_cast<double>(delta);
    const double g = std::fabs(d) <= e ? d : d > 0 ? e : -e;
    dprediction[i] = static_cast<T>(static_cast<double>(dprediction[i]) + static_cast<double>(scale) * g);
  }
}

template <class T>
void kl(int64_t n, const T* mu, const T* logvar, T* losses) {
  for (int64_t i = 0; i < n; ++i) {
    const double m = static_cast<double>(mu[i]), v = static_cast<double>(logvar[i]);
    losses[i] = static_cast<T>(-0.5 * (1.0 + v - m * m - std::exp(v)));
  }
}
template <class T>
void kl_backward(int64_t n, const T* mu, const T* logvar, T scale, T* dmu, T* dlogvar) {
  for (int64_t i = 0; i < n; ++i) {
    const double s = static_cast<double>(scale);
    if (dmu) dmu[i] = static_cast<T>(static_cast<double>(dmu[i]) + s * static_cast<double>(mu[i]));
    if (dlogvar) dlogvar[i] = static_cast<T>(static_cast<double>(dlogvar[i]) + s * 0.5 * (std::exp(static_cast<double>(logvar[i])) - 1.0));
  }
}

}  // namespace pg::reference

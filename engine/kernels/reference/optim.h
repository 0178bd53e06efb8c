// The oracle of kernels/optim.h: the formulas of its comments, element by element, in double.
#pragma once

#include <cmath>
#include <cstdint>

namespace pg::reference {

template <class T>
void sgd_step(int64_t n, T* p, const T* g, T* buf, double lr, double momentum, double dampening, bool nesterov,
              double weight_decay, bool first_step) {
  for (int64_t i = 0; i < n; ++i) {
    double d = static_cast<double>(g[i]) + weight_decay * static_cast<double>(p[i]);
    if (momentum != 0.0) {
      const double b = first_step ? d : momentum * static_cast<double>(buf[i]) + (1.0 - dampening) * d;
      buf[i] = static_cast<T>(b);
      d = nesterov ? d + momentum * b : b;
    }
    p[i] = static_cast<T>(static_cast<double>(p[i]) - lr * d);
  }
}

template <class T>
void adam_step(int64_t n, T* p, const T* g, T* m, T* v, double lr, double beta1, double beta2, double eps,
               double weight_decay, bool decoupled, int64_t t) {
  for (int64_t i = 0; i < n; ++i) {
    double x = static_cast<double>(p[i]), d = static_cast<double>(g[i]);
    if (decoupled) x -= lr * weight_decay * x;
    else d += weight_decay * x;
    const double mi = beta1 * static_cast<double>(m[i]) + (1.0 - beta1) * d;
    const double vi = beta2 * static_cast<double>(v[i]) + (1.0 - beta2) * d * d;
    m[i] = static_cast<T>(mi);
    v[i] = static_cast<T>(vi);
    const double m_hat = mi / (1.0 - std::pow(beta1, static_cast<double>(t)));
    const double v_hat = vi / (1.0 - std::pow(beta2, static_cast<double>(t)));
    p[i] = static_cast<T>(x - lr * m_hat / (std::sqrt(v_hat) + eps));
  }
}

template <class T>
void rmsprop_step(int64_t n, T* p, const T* g, T* s, T* a, T* buf, double lr, double alpha, double eps, double weight_decay,
                  double momentum, bool centered) {
  for (int64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(p[i]), d = static_cast<double>(g[i]) + weight_decay * x;
    const double square = alpha * static_cast<double>(s[i]) + (1.0 - alpha) * d * d;
    s[i] = static_cast<T>(square);
    double variance = square;
    if (centered) {
      const double mean = alpha * static_cast<double>(a[i]) + (1.0 - alpha) * d;
      a[i] = static_cast<T>(mean);
      variance -= mean * mean;
    }
    double move = d / (std::sqrt(variance) + eps);
    if (momentum > 0) {
      move += momentum * static_cast<double>(buf[i]);
      buf[i] = static_cast<T>(move);
    }
    p[i] = static_cast<T>(x - lr * move);
  }
}

template <class T>
void adagrad_step(int64_t n, T* p, const T* g, T* s, double lr, double lr_decay, double weight_decay, double initial, double eps,
                  int64_t t) {
  for (int64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(p[i]), d = static_cast<double>(g[i]) + weight_decay * x;
    const double sum = (t == 1 ? initial : static_cast<double>(s[i])) + d * d;
    s[i] = static_cast<T>(sum);
    p[i] = static_cast<T>(x - lr / (1.0 + static_cast<double>(t - 1) * lr_decay) * d / (std::sqrt(sum) + eps));
  }
}

template <class T>
double l1_l2_penalty(int64_t n, const T* p, double l1, double l2, T* g) {
  double penalty = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(p[i]);
    const double sign = x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0;
    g[i] = static_cast<T>(static_cast<double>(g[i]) + l1 * sign + l2 * x);
    penalty += l1 * std::fabs(x) + 0.5 * l2 * x * x;
  }
  return penalty;
}

template <class T>
double sum_squares(int64_t n, const T* x) {
  double s = 0;
  for (int64_t i = 0; i < n; ++i) s += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return s;
}

template <class T>
int64_t first_nonfinite(int64_t n, const T* x) {
  for (int64_t i = 0; i < n; ++i)
    if (!std::isfinite(x[i])) return i;
  return -1;
}
template <class T>
bool all_finite(int64_t n, const T* x) {
  return first_nonfinite(n, x) == -1;
}

}  // namespace pg::reference

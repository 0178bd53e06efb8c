// What an optimizer does to a span of parameters, in one pass; PyTorch's update rules and their order of operations.
// Hyperparameters are double: 1 − beta2 and the bias corrections are formed in double and rounded to T once.
#pragma once

#include <cstdint>

namespace pg::kernels {

// d = g + weight_decay·p;  momentum ≠ 0: buf = first_step ? d : momentum·buf + (1 − dampening)·d,
// d = nesterov ? d + momentum·buf : buf;  p −= lr·d.          p, g, buf [n]; buf may be null when momentum is 0
template <class T>
void sgd_step(int64_t n, T* p, const T* g, T* buf, double lr, double momentum, double dampening, bool nesterov,
              double weight_decay, bool first_step);

// Adam: d = g + weight_decay·p. AdamW (decoupled): p −= lr·weight_decay·p first, d = g. Then
// m = beta1·m + (1−beta1)·d;  v = beta2·v + (1−beta2)·d²;  p −= (lr/(1−beta1^t)·m) / (√v/√(1−beta2^t) + eps).
// p, g, m, v [n]; t: number of this step, from 1. m and v start as zeros.
template <class T>
void adam_step(int64_t n, T* p, const T* g, T* m, T* v, double lr, double beta1, double beta2, double eps,
               double weight_decay, bool decoupled, int64_t t);

// d = g + weight_decay·p;  s = alpha·s + (1−alpha)·d²;  centered: a = alpha·a + (1−alpha)·d, root = √(s − a²) + eps, else
// root = √s + eps;  momentum ≠ 0: buf = momentum·buf + d/root, p −= lr·buf, else p −= lr·d/root.
// p, g, s, a, buf [n], the last three zeros before the first step; a is read only if centered, buf only with momentum.
template <class T>
void rmsprop_step(int64_t n, T* p, const T* g, T* s, T* a, T* buf, double lr, double alpha, double eps, double weight_decay,
                  double momentum, bool centered);

// d = g + weight_decay·p;  s = s + d²;  p −= lr/(1 + (t−1)·lr_decay) · d/(√s + eps).
// p, g, s [n]; t: number of this step, from 1, when s is taken to be `initial` whatever it holds.
template <class T>
void adagrad_step(int64_t n, T* p, const T* g, T* s, double lr, double lr_decay, double weight_decay, double initial, double eps,
                  int64_t t);

// g *= min(1, max_norm/(‖g‖ + 1e-6)); gives ‖g‖, the norm before (torch.nn.utils.clip_grad_norm_).
template <class T>
double clip_grad_norm(int64_t n, T* g, double max_norm);
// g = g cut off at ±limit; a NaN stays one.
template <class T>
void clip_grad_value(int64_t n, T* g, double limit);

// g += l1·sign(p) + l2·p (sign(0) = 0), the gradient of the returned penalty l1·Σ|p| + l2/2·Σp².
template <class T>
double l1_l2_penalty(int64_t n, const T* p, double l1, double l2, T* g);

// Σ x², accumulated in double in four fixed stripes.
template <class T>
double sum_squares(int64_t n, const T* x);

// No NaN and no infinity among x[0..n).
template <class T>
bool all_finite(int64_t n, const T* x);
// Index of the first NaN or infinity, or -1.
template <class T>
int64_t first_nonfinite(int64_t n, const T* x);

}  // namespace pg::kernels

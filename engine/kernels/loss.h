// Losses per element, without reduction (that is the op's), and their gradients. Arrays of n, contiguous.
#pragma once

#include <cstdint>

namespace pg::kernels {

// losses = (prediction − target)²
template <class T>
void mse(int64_t n, const T* prediction, const T* target, T* losses);
// dprediction += scale · 2 · (prediction − target)
template <class T>
void mse_backward(int64_t n, const T* prediction, const T* target, T scale, T* dprediction);

// losses = softplus(z) − target·z, the stable form of −[t·log σ(z) + (1−t)·log(1−σ(z))]; target in [0, 1]
template <class T>
void bce_with_logits(int64_t n, const T* logits, const T* target, T* losses);
// dlogits += scale · (σ(z) − target)
template <class T>
void bce_with_logits_backward(int64_t n, const T* logits, const T* target, T scale, T* dlogits);

// The same with a weight of the positive class, one an element: (1 − t)·z + (1 + (w − 1)·t)·softplus(−z)
template <class T>
void bce_with_logits_weighted(int64_t n, const T* logits, const T* target, const T* positive, T* losses);
template <class T>
void bce_with_logits_weighted_backward(int64_t n, const T* logits, const T* target, const T* positive, T scale, T* dlogits);

// losses = |prediction − target|; gradient scale · sign, 0 where they are equal
template <class T>
void l1(int64_t n, const T* prediction, const T* target, T* losses);
template <class T>
void l1_backward(int64_t n, const T* prediction, const T* target, T scale, T* dprediction);

// losses = d²/2 where |d| ≤ delta, else delta·(|d| − delta/2), with d = prediction − target
template <class T>
void huber(int64_t n, const T* prediction, const T* target, T delta, T* losses);
// dprediction += scale · d, with d cut off at ±delta
template <class T>
void huber_backward(int64_t n, const T* prediction, const T* target, T delta, T scale, T* dprediction);

// KL(N(mu, e^logvar) ‖ N(0, 1)) of each element: losses = −½ · (1 + logvar − mu² − e^logvar)
template <class T>
void kl(int64_t n, const T* mu, const T* logvar, T* losses);
// dmu += scale · mu;  dlogvar += scale · ½ · (e^logvar − 1). Either may be null.
template <class T>
void kl_backward(int64_t n, const T* mu, const T* logvar, T scale, T* dmu, T* dlogvar);

}  // namespace pg::kernels

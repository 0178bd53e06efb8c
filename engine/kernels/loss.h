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

}  // namespace pg::kernels

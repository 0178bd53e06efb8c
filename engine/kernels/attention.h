// Scaled dot-product attention for one head of one example, on strided views, the intermediates kept for whoever wants them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pg::kernels {

// What query i may look at: every key; keys j ≤ i; only key j = i ("attention switched off").
enum class Mask { none, causal, diagonal };

// Elements of T that `workspace` must hold, for the forward and for the backward. Grows with each argument.
int64_t attention_workspace(int tq, int tk, int dk, int dv);

// scores = Q·Kᵀ (raw: before scale and mask); weights = softmax(scale·scores + mask); out = weights·V.
//   q [tq, dk] ldq;  k [tk, dk] ldk;  v [tk, dv] ldv;  scores, weights [tq, tk] contiguous;  out [tq, dv] ldo
// scores may be null, and so may weights: then they stay in a block of the workspace while their queries are at hand.
// key_padding [tk], may be null; 1 = no query sees this key. Weights of masked keys are exactly 0; a query that
// sees no key gets zeros (PyTorch: NaN). A NaN in v reaches out even through a weight of 0.
// keep [tq, tk], may be null: dropout's factors; then out = (weights·keep)·V, and `weights` stay as the softmax gave them.
// window > 0: of what the mask leaves, query i sees only keys |i − j| ≤ window.
template <class T>
void attention_forward(int tq, int tk, int dk, int dv, const T* q, int ldq, const T* k, int ldk, const T* v,
                       int ldv, T scale, Mask mask, const uint8_t* key_padding, T* scores, T* weights, T* out,
                       int ldo, T* workspace, const T* keep = nullptr, int window = 0);

// dq, dk_out, dv_out += gradients of q, k, v from dout [tq, dv] lddo, given the forward's weights (the mask is in
// them: a weight of 0 passes no gradient). Afterwards the first tq·tk elements of workspace are the gradient of the
// raw scores.
template <class T>
void attention_backward(int tq, int tk, int dk, int dv, const T* q, int ldq, const T* k, int ldk, const T* v,
                        int ldv, T scale, const T* weights, const T* dout, int lddo, T* dq, int lddq, T* dk_out,
                        int lddk, T* dv_out, int lddv, T* workspace, const T* keep = nullptr);

}  // namespace pg::kernels

// Softmax over the last dimension, and the cross-entropy that is built on it. Row-major.
#pragma once

#include <cstdint>

namespace pg::kernels {

// y[r, :] = softmax(x[r, :])     x [rows, cols] with ldx, y [rows, cols] with ldy; y may be x if ldx == ldy.
// The row's maximum is subtracted first. -inf is a masked entry: its y is exactly 0. A row of nothing but -inf
// gives zeros (PyTorch: NaN). A NaN or a +inf makes the whole row NaN, as in PyTorch.
// Relative error of an element ≤ (8 + cols + 1.2·(max − x))·eps: the difference to the maximum is rounded, and its product with log₂ e.
template <class T>
void softmax_rows(int rows, int cols, const T* x, int ldx, T* y, int ldy);

// y = softmax(scale · x), one row of n; x and y may be the same.
template <class T>
void softmax_scaled_row(int n, const T* x, T scale, T* y);

// dx += y · (dy − Σ_j y_j·dy_j)     y, dy, dx [rows, cols], contiguous
template <class T>
void softmax_backward_rows(int rows, int cols, const T* y, const T* dy, T* dx);

// dx = scale · y · (dy − Σ_j y_j·dy_j): where y is the softmax of scale · x
template <class T>
void softmax_scores_backward(int rows, int cols, const T* y, const T* dy, T scale, T* dx);

// losses[r] = −log softmax(logits[r, :])[target[r]], by log-softmax with the maximum subtracted;
// probs[r, :] = softmax(logits[r, :]) for every row.     logits, probs [rows, cols]; target, losses [rows]
// A row whose target is ignore_index gets losses[r] = 0 (its probs are still written). Any other target must be
// in [0, cols): the caller checks that. The reduction over rows is the caller's.
template <class T>
void cross_entropy_rows(int rows, int cols, const T* logits, const int32_t* target, int ignore_index, T* losses,
                        T* probs);

// dlogits[r, :] += scale · (probs[r, :] − onehot(target[r])), for rows that are not ignored.
// scale: the gradient of the reduced loss, e.g. dloss / number of rows that count.
template <class T>
void cross_entropy_backward_rows(int rows, int cols, const T* probs, const int32_t* target, int ignore_index,
                                 T scale, T* dlogits);

// The same with class weights and label smoothing: the target is the distribution q, (1 − smoothing)·weight[target] on the
// target and smoothing/cols·weight[c] on every class, and losses[r] = −Σ_c q[c]·log softmax(logits[r, :])[c].
//   weight [cols], or null for ones. With neither it is what stands above.
template <class T>
void cross_entropy_smooth_rows(int rows, int cols, const T* logits, const int32_t* target, int ignore_index, const T* weight,
                               T smoothing, T* losses, T* probs);
// dlogits[r, :] += scale · (Σq · probs[r, :] − q)
template <class T>
void cross_entropy_smooth_backward_rows(int rows, int cols, const T* probs, const int32_t* target, int ignore_index,
                                        const T* weight, T smoothing, T scale, T* dlogits);

}  // namespace pg::kernels

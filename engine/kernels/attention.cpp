#include "kernels/attention.h"

#include <algorithm>
#include <limits>

#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/softmax.h"

namespace pg::kernels {
namespace {

/// The keys that a query sees, but for padding: [first, last).
int first_key(Mask mask, int query, int window) { return mask == Mask::diagonal ? query : window > 0 ? std::max(0, query - window) : 0; }
int last_key(Mask mask, int query, int tk, int window) {
  const int most = mask == Mask::none ? tk : std::min(tk, query + 1);
  return window > 0 && query < tk - window ? std::min(most, query + window + 1) : most;
}

/// Queries that are done with before the next: their scores and weights stay in the first-level cache.
constexpr int kBlockCells = 8192;
int block_rows(int tk) { return std::max(4, kBlockCells / std::max(1, tk) / 4 * 4); }

}  // namespace

int64_t attention_workspace(int tq, int tk, int dk, int dv) {
  const int d = std::max(dk, dv);
  const int64_t products =
      std::max({gemm_workspace(tq, tk, d), gemm_workspace(tq, d, tk), gemm_workspace(tk, d, tq)});
  const int64_t forward = static_cast<int64_t>(gemm_packed_size(tk, dk) + gemm_packed_size(dv, tk)) + std::max(kBlockCells, 4 * tk);
  return std::max(forward, 2 * static_cast<int64_t>(tq) * tk + products);
}

template <class T>
void attention_forward(int tq, int tk, int dk, int dv, const T* q, int ldq, const T* k, int ldk, const T* v,
                       int ldv, T scale, Mask mask, const uint8_t* key_padding, T* scores, T* weights, T* out,
                       int ldo, T* workspace, const T* keep, int window) {
  T* keys = workspace;
  T* values = keys + gemm_packed_size(tk, dk);
  T* block = values + gemm_packed_size(dv, tk);
  gemm_pack(true, tk, dk, k, ldk, keys);
  gemm_pack(false, dv, tk, v, ldv, values);
  const int step = block_rows(tk);
  for (int i0 = 0; i0 < tq; i0 += step) {
    const int rows = std::min(step, tq - i0);
    const ptrdiff_t at = static_cast<ptrdiff_t>(i0) * tk;
    T* w = weights ? weights + at : block;
    T* s = scores ? scores + at : w;
    gemm_packed(rows, tk, dk, q + static_cast<ptrdiff_t>(i0) * ldq, ldq, keys, static_cast<const T*>(nullptr), T(0), s, tk);
    for (int i = 0; i < rows; ++i) {
      const T* from = s + static_cast<ptrdiff_t>(i) * tk;
      T* to = w + static_cast<ptrdiff_t>(i) * tk;
      const int last = last_key(mask, i0 + i, tk, window), first = std::min(first_key(mask, i0 + i, window), last);
      std::fill(to, to + first, T(0));
      if (key_padding) {
        for (int j = first; j < last; ++j) to[j] = key_padding[j] ? -std::numeric_limits<T>::infinity() : scale * from[j];
        softmax_scaled_row(last - first, to + first, T(1), to + first);
      } else {
        softmax_scaled_row(last - first, from + first, scale, to + first);
      }
      std::fill(to + last, to + tk, T(0));
    }
    const T* kept = w;
    if (keep) {
      mul(static_cast<int64_t>(rows) * tk, w, keep + at, block);
      kept = block;
    }
    gemm_packed(rows, dv, tk, kept, tk, values, static_cast<const T*>(nullptr), T(0), out + static_cast<ptrdiff_t>(i0) * ldo, ldo);
  }
}

template <class T>
void attention_backward(int tq, int tk, int dk, int dv, const T* q, int ldq, const T* k, int ldk, const T* v,
                        int ldv, T scale, const T* weights, const T* dout, int lddo, T* dq, int lddq, T* dk_out,
                        int lddk, T* dv_out, int lddv, T* workspace, const T* keep) {
  const size_t area = static_cast<size_t>(tq) * static_cast<size_t>(tk);
  T* dscores = workspace;
  T* dweights = workspace + area;
  T* products = workspace + 2 * area;
  const T* kept = weights;
  if (keep) {
    mul(static_cast<int64_t>(area), weights, keep, dscores);  // the place is free until the gradients of the scores are made
    kept = dscores;
  }
  gemm(true, false, tk, dv, tq, T(1), kept, tk, dout, lddo, T(1), dv_out, lddv, products);
  gemm(false, true, tq, tk, dv, T(1), dout, lddo, v, ldv, T(0), dweights, tk, products);
  if (keep) mul(static_cast<int64_t>(area), dweights, keep, dweights);
  softmax_scores_backward(tq, tk, weights, dweights, scale, dscores);
  gemm(false, false, tq, dk, tk, T(1), dscores, tk, k, ldk, T(1), dq, lddq, products);
  gemm(true, false, tk, dk, tq, T(1), dscores, tk, q, ldq, T(1), dk_out, lddk, products);
}

#define PG_INSTANTIATE(T)                                                                                            \
  template void attention_forward<T>(int, int, int, int, const T*, int, const T*, int, const T*, int, T, Mask,       \
                                     const uint8_t*, T*, T*, T*, int, T*, const T*, int);                            \
  template void attention_backward<T>(int, int, int, int, const T*, int, const T*, int, const T*, int, T, const T*,  \
                                      const T*, int, T*, int, T*, int, T*, int, T*, const T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

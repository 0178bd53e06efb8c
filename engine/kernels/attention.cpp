#include "kernels/attention.h"

#include <algorithm>
#include <limits>

#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/softmax.h"

namespace pg::kernels {
namespace {

/// The keys that a query sees, but for padding: [first, last).
int first_key(Mask mask, int query) { return mask == Mask::diagonal ? query : 0; }
int last_key(Mask mask, int query, int tk) { return mask == Mask::none ? tk : std::min(tk, query + 1); }

}  // namespace

int64_t attention_workspace(int tq, int tk, int dk, int dv) {
  const int d = std::max(dk, dv);
  const int64_t products =
      std::max({gemm_workspace(tq, tk, d), gemm_workspace(tq, d, tk), gemm_workspace(tk, d, tq)});
  return 2 * static_cast<int64_t>(tq) * tk + products;
}

template <class T>
void attention_forward(int tq, int tk, int dk, int dv, const T* q, int ldq, const T* k, int ldk, const T* v,
                       int ldv, T scale, Mask mask, const uint8_t* key_padding, T* scores, T* weights, T* out,
                       int ldo, T* workspace, const T* keep) {
  gemm(false, true, tq, tk, dk, T(1), q, ldq, k, ldk, T(0), scores, tk, workspace);
  const T masked = -std::numeric_limits<T>::infinity();
  for (int i = 0; i < tq; ++i) {
    const T* s = scores + static_cast<ptrdiff_t>(i) * tk;
    T* w = weights + static_cast<ptrdiff_t>(i) * tk;
    const int last = last_key(mask, i, tk), first = std::min(first_key(mask, i), last);
    for (int j = 0; j < first; ++j) w[j] = masked;
    for (int j = first; j < last; ++j) w[j] = scale * s[j];
    for (int j = last; j < tk; ++j) w[j] = masked;
    if (key_padding)
      for (int j = 0; j < tk; ++j) w[j] = key_padding[j] ? masked : w[j];
  }
  softmax_rows(tq, tk, weights, tk, weights, tk);
  const T* kept = weights;
  const size_t area = static_cast<size_t>(tq) * static_cast<size_t>(tk);
  if (keep) {
    mul(static_cast<int64_t>(area), weights, keep, workspace);
    kept = workspace;
  }
  gemm(false, false, tq, dv, tk, T(1), kept, tk, v, ldv, T(0), out, ldo, workspace + area);
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
                                     const uint8_t*, T*, T*, T*, int, T*, const T*);                                 \
  template void attention_backward<T>(int, int, int, int, const T*, int, const T*, int, const T*, int, T, const T*,  \
                                      const T*, int, T*, int, T*, int, T*, int, T*, const T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

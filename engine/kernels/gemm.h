// Matrix product. T is float (SIMD) or double (plain loops, for gradient checks).
#pragma once

#include <cstddef>
#include <cstdint>

namespace pg::kernels {

// Elements of T that `workspace` of a gemm of this size must hold, whatever the transpositions. Grows with
// (m, n, k) in each argument, so the largest sizes of a plan give a workspace that serves all its calls.
int64_t gemm_workspace(int m, int n, int k);

// C = alpha · op(A) · op(B) + beta · C, all row-major, leading dimensions in elements.
//   op(A) [m, k]: A is [m, k] with lda ≥ k, or with trans_a [k, m] with lda ≥ m
//   op(B) [k, n]: B is [k, n] with ldb ≥ n, or with trans_b [n, k] with ldb ≥ k
//   C     [m, n], ldc ≥ n; must not overlap A or B
// Sizes may be 0 (k = 0 leaves beta · C). beta == 0 does not read C, so C may hold anything, NaN too.
// Nothing is skipped: NaN and infinity propagate through zeros as IEEE 754 says.
// Every element is alpha·s + beta·c with s summed from 0 over p = 0..k-1 in that order, each product rounded
// before it is added. So the result is the reference's to the last bit, whatever path the size takes; the error
// against the exact product is at most about k·eps/2·Σ|a·b|.
// `workspace` needs no alignment beyond that of T. No allocation inside.
template <class T>
void gemm(bool trans_a, bool trans_b, int m, int n, int k, T alpha, const T* a, int lda, const T* b, int ldb,
          T beta, T* c, int ldc, T* workspace);

// C = A · op(B) + bias, the same bias [n] in every row: what gemm gives with beta = 1 on a C that holds it.
template <class T>
void gemm_bias(bool trans_b, int m, int n, int k, const T* a, int lda, const T* b, int ldb, const T* bias, T* c, int ldc, T* workspace);

// For an op(B) that many products share (a recurrent weight, once a time step): laid out once, in packed_size elements.
// gemm_packed then gives the bits that gemm gives.
size_t gemm_packed_size(int n, int k);
template <class T>
void gemm_pack(bool trans_b, int n, int k, const T* b, int ldb, T* packed);
// C = A · op(B) + bias, or with a null bias + beta · C,  A [m, k] with lda
template <class T>
void gemm_packed(int m, int n, int k, const T* a, int lda, const T* packed, const T* bias, T beta, T* c, int ldc);

}  // namespace pg::kernels

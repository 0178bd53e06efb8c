#include "kernels/gemm.h"

#include <algorithm>

#include "kernels/simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

// Four rows by eight columns is the largest tile whose eight accumulators, two columns of B and one of A stay in
// the 16 vector registers that V8 has; 6 × 8 spills and halves the speed.
constexpr int kTileCols = 8;
// Rows of A that are swept for one set of B panels, so that both stay in the second-level cache.
constexpr int kBlockRows = 64;
constexpr int kBlockCols = 256;
// B of at most this many elements is read in place when its rows are contiguous: it fits the first-level cache.
constexpr int64_t kDirectB = 4096;

// A stored [k, m] of fewer steps is read in place: its rows are few enough to stay in the first-level cache.
constexpr int kPackDepth = 64;

int round_up(int x, int multiple) { return (x + multiple - 1) / multiple * multiple; }

// Where a product goes: c = alpha · A·B + beta · add. add: null, c itself, or with a stride of 0 one row for all.
struct Target {
  float* c;
  ptrdiff_t ldc;
  const float* add;
  ptrdiff_t ld_add;
  float alpha, beta;
};

// C[0:MR, 0:cols] of one tile, 4·NV − 4 < cols ≤ 4·NV. B rows hold 4·NV readable floats. A element (i, p) is at
// a[i·lda + p], or with TURNED at a[i + p·lda].
template <int MR, int NV, bool TURNED>
PG_INLINE void tile(int k, const float* a, ptrdiff_t lda, const float* b, ptrdiff_t ldb, float* c, ptrdiff_t ldc, const float* add, ptrdiff_t ld_add, int cols,
                    float alpha, float beta) {
  f32x4 acc[MR][NV];
  for (int i = 0; i < MR; ++i)
    for (int v = 0; v < NV; ++v) acc[i][v] = splat(0.0f);
  const float* pa[MR];
  for (int i = 0; i < MR; ++i) pa[i] = a + i * lda;
  in_fours(k, [&](int p) {
    f32x4 bv[NV];
    for (int v = 0; v < NV; ++v) bv[v] = load(b + 4 * v);
    for (int i = 0; i < MR; ++i) {
      const f32x4 av = splat(TURNED ? a[i] : pa[i][p]);
      for (int v = 0; v < NV; ++v) {
        acc[i][v] += av * bv[v];
      }
    }
    b += ldb;
    if (TURNED) a += lda;
  }, [&] {
    for (int i = 0; i < MR; ++i) pa[i] += 4;
  });
  if (alpha != 1.0f)
    for (int i = 0; i < MR; ++i)
      for (int v = 0; v < NV; ++v) acc[i][v] = splat(alpha) * acc[i][v];
  if (cols < 4 * NV) {
    const int last = cols - 4 * (NV - 1);
    for (int i = 0; i < MR; ++i) {
      for (int v = 0; v < NV; ++v) {
        if (add) {
          const float* more = add + i * ld_add + 4 * v;
          acc[i][v] += splat(beta) * (v == NV - 1 ? load_partial(more, last) : load(more));
        }
        if (v == NV - 1) store_partial(c + i * ldc + 4 * v, acc[i][v], last);
        else store(c + i * ldc + 4 * v, acc[i][v]);
      }
    }
    return;
  }
  if (add)
    for (int i = 0; i < MR; ++i)
      for (int v = 0; v < NV; ++v) acc[i][v] += splat(beta) * load(add + i * ld_add + 4 * v);
  for (int i = 0; i < MR; ++i)
    for (int v = 0; v < NV; ++v) store(c + i * ldc + 4 * v, acc[i][v]);
}

// m rows of A against one panel of B. The next four rows of A are a_next further.
template <int NV, bool TURNED>
[[gnu::noinline]] void sweep(int m, int k, const float* a, ptrdiff_t lda, ptrdiff_t a_next, const float* b, ptrdiff_t ldb, float* c, ptrdiff_t ldc, const float* add, ptrdiff_t ld_add,
                             int cols, float alpha, float beta) {
  for (; m >= 4; m -= 4) {
    tile<4, NV, TURNED>(k, a, lda, b, ldb, c, ldc, add, ld_add, cols, alpha, beta);
    a += a_next;
    c += 4 * ldc;
    if (add) add += 4 * ld_add;
  }
  switch (m) {
    case 1: tile<1, NV, TURNED>(k, a, lda, b, ldb, c, ldc, add, ld_add, cols, alpha, beta); break;
    case 2: tile<2, NV, TURNED>(k, a, lda, b, ldb, c, ldc, add, ld_add, cols, alpha, beta); break;
    case 3: tile<3, NV, TURNED>(k, a, lda, b, ldb, c, ldc, add, ld_add, cols, alpha, beta); break;
  }
}

// The same for a panel at row i, column j of C.
void sweep_panel(bool turned, int m, int k, const float* a, ptrdiff_t lda, ptrdiff_t a_next, const float* b, ptrdiff_t ldb, const Target& to, ptrdiff_t i, int j,
                 int cols) {
  const auto go = [&](auto f) { f(m, k, a, lda, a_next, b, ldb, to.c + i * to.ldc + j, to.ldc, to.add ? to.add + i * to.ld_add + j : nullptr, to.ld_add, cols, to.alpha, to.beta); };
  if (turned) cols > 4 ? go(sweep<2, true>) : go(sweep<1, true>);
  else cols > 4 ? go(sweep<2, false>) : go(sweep<1, false>);
}

// One panel of B: k rows of kTileCols floats, the columns beyond `cols` are 0.
void pack_rows(int k, int cols, const float* b, ptrdiff_t ldb, float* out) {
  if (cols == kTileCols) {
    for (int p = 0; p < k; ++p, b += ldb, out += kTileCols) {
      store(out, load(b));
      store(out + 4, load(b + 4));
    }
    return;
  }
  for (int p = 0; p < k; ++p, b += ldb, out += kTileCols)
    for (int j = 0; j < kTileCols; ++j) out[j] = j < cols ? b[j] : 0.0f;
}

// The same from B stored transposed: column j of the panel is row j of `b`.
void pack_columns(int k, int cols, const float* b, ptrdiff_t ldb, float* out) {
  for (int half = 0; half < kTileCols; half += 4) {
    float* o = out + half;
    int p = 0;
    if (cols - half >= 4) {
      const float* from = b + half * ldb;
      for (; p + 4 <= k; p += 4, o += 4 * kTileCols) {
        f32x4 x[4];
        for (int j = 0; j < 4; ++j) x[j] = load(from + j * ldb + p);
        transpose(x);
        for (int j = 0; j < 4; ++j) store(o + j * kTileCols, x[j]);
      }
    }
    for (; p < k; ++p, o += kTileCols)
      for (int j = 0; j < 4; ++j) o[j] = half + j < cols ? b[(half + j) * ldb + p] : 0.0f;
  }
}

// A stored [k, m]: its columns four by four, as the tiles read them.
void pack_turned(int m, int k, const float* a, ptrdiff_t lda, float* out) {
  for (int i = 0; i < m; i += 4) {
    const float* from = a + i;
    if (m - i >= 4)
      for (int p = 0; p < k; ++p, from += lda, out += 4) store(out, load(from));
    else
      for (int p = 0; p < k; ++p, from += lda, out += 4) store(out, load_partial(from, m - i));
  }
}

// turned: A is stored [k, m].
void multiply(bool turned, bool trans_b, int m, int n, int k, const float* a, int lda, const float* b, int ldb, const Target& to, float* workspace) {
  const bool direct = !trans_b && static_cast<int64_t>(k) * ldb <= kDirectB;
  for (int j0 = 0; j0 < n; j0 += kBlockCols) {
    const int nb = std::min(kBlockCols, n - j0);
    for (int j = 0; j < nb; j += kTileCols) {
      const int cols = std::min(kTileCols, nb - j);
      if (direct && cols == kTileCols) continue;
      float* panel = workspace + static_cast<size_t>(j) * k;
      if (trans_b) pack_columns(k, cols, b + static_cast<ptrdiff_t>(j0 + j) * ldb, ldb, panel);
      else pack_rows(k, cols, b + j0 + j, ldb, panel);
    }
    for (int i0 = 0; i0 < m; i0 += kBlockRows) {
      const int mb = std::min(kBlockRows, m - i0);
      const float* block = a + (turned ? i0 : static_cast<ptrdiff_t>(i0) * lda);
      ptrdiff_t ld = lda, next = turned ? 4 : 4 * static_cast<ptrdiff_t>(lda);
      if (turned && k >= kPackDepth && nb > kTileCols) {
        float* packed = workspace + static_cast<size_t>(k) * std::min(round_up(n, kTileCols), kBlockCols);
        pack_turned(mb, k, block, lda, packed);
        block = packed, ld = 4, next = 4 * static_cast<ptrdiff_t>(k);
      }
      for (int j = 0; j < nb; j += kTileCols) {
        const int cols = std::min(kTileCols, nb - j);
        const bool in_place = direct && cols == kTileCols;
        sweep_panel(turned, mb, k, block, ld, next, in_place ? b + j0 + j : workspace + static_cast<size_t>(j) * k, in_place ? ldb : kTileCols, to, i0, j0 + j, cols);
      }
    }
  }
}

}  // namespace

int64_t gemm_workspace(int m, int n, int k) {
  return static_cast<int64_t>(k) * (std::min(round_up(n, kTileCols), kBlockCols) + std::min(round_up(m, 4), kBlockRows));
}

template <>
void gemm<float>(bool trans_a, bool trans_b, int m, int n, int k, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc, float* workspace) {
  multiply(trans_a, trans_b, m, n, k, a, lda, b, ldb, {c, ldc, beta != 0.0f ? c : nullptr, ldc, alpha, beta}, workspace);
}

template <>
void gemm_bias<float>(bool trans_b, int m, int n, int k, const float* a, int lda, const float* b, int ldb, const float* bias, float* c, int ldc,
                      float* workspace) {
  multiply(false, trans_b, m, n, k, a, lda, b, ldb, {c, ldc, bias, 0, 1.0f, 1.0f}, workspace);
}

// The obvious loops, sixteen columns at a time so that the compiler can vectorise them.
template <>
void gemm<double>(bool trans_a, bool trans_b, int m, int n, int k, double alpha, const double* a, int lda,
                  const double* b, int ldb, double beta, double* c, int ldc, double*) {
  const ptrdiff_t a_row = trans_a ? 1 : lda, a_col = trans_a ? lda : 1;
  const ptrdiff_t b_row = trans_b ? 1 : ldb, b_col = trans_b ? ldb : 1;
  constexpr int kChunk = 16;
  for (int i = 0; i < m; ++i) {
    for (int j0 = 0; j0 < n; j0 += kChunk) {
      const int width = std::min(kChunk, n - j0);
      double sum[kChunk] = {};
      for (int p = 0; p < k; ++p)
        for (int j = 0; j < width; ++j) sum[j] += a[i * a_row + p * a_col] * b[p * b_row + (j0 + j) * b_col];
      double* out = c + static_cast<ptrdiff_t>(i) * ldc + j0;
      for (int j = 0; j < width; ++j) out[j] = beta == 0.0 ? alpha * sum[j] : alpha * sum[j] + beta * out[j];
    }
  }
}

size_t gemm_packed_size(int n, int k) { return static_cast<size_t>(k) * static_cast<size_t>(round_up(n, kTileCols)); }

template <>
void gemm_pack<float>(bool trans_b, int n, int k, const float* b, int ldb, float* packed) {
  for (int j = 0; j < n; j += kTileCols, packed += static_cast<size_t>(k) * kTileCols) {
    const int cols = std::min(kTileCols, n - j);
    if (trans_b) pack_columns(k, cols, b + static_cast<ptrdiff_t>(j) * ldb, ldb, packed);
    else pack_rows(k, cols, b + j, ldb, packed);
  }
}

template <>
void gemm_packed<float>(int m, int n, int k, const float* a, int lda, const float* packed, const float* bias, float beta, float* c, int ldc) {
  const Target to = bias ? Target{c, ldc, bias, 0, 1.0f, 1.0f} : Target{c, ldc, beta != 0.0f ? c : nullptr, ldc, 1.0f, beta};
  for (int i0 = 0; i0 < m; i0 += kBlockRows) {
    const int mb = std::min(kBlockRows, m - i0);
    const float* panel = packed;
    for (int j = 0; j < n; j += kTileCols, panel += static_cast<size_t>(k) * kTileCols)
      sweep_panel(false, mb, k, a + static_cast<ptrdiff_t>(i0) * lda, lda, 4 * static_cast<ptrdiff_t>(lda), panel, kTileCols, to, i0, j, std::min(kTileCols, n - j));
  }
}

// In double the layout is op(B) itself.
template <>
void gemm_pack<double>(bool trans_b, int n, int k, const double* b, int ldb, double* packed) {
  const ptrdiff_t row = trans_b ? 1 : ldb, col = trans_b ? ldb : 1;
  for (int p = 0; p < k; ++p)
    for (int j = 0; j < n; ++j) *packed++ = b[p * row + j * col];
}
template <>
void gemm_bias<double>(bool trans_b, int m, int n, int k, const double* a, int lda, const double* b, int ldb, const double* bias, double* c, int ldc,
                       double*) {
  for (int i = 0; i < m; ++i) std::copy(bias, bias + n, c + static_cast<ptrdiff_t>(i) * ldc);
  gemm<double>(false, trans_b, m, n, k, 1.0, a, lda, b, ldb, 1.0, c, ldc, nullptr);
}
template <>
void gemm_packed<double>(int m, int n, int k, const double* a, int lda, const double* packed, const double* bias, double beta, double* c, int ldc) {
  if (bias) gemm_bias<double>(false, m, n, k, a, lda, packed, n, bias, c, ldc, nullptr);
  else gemm<double>(false, false, m, n, k, 1.0, a, lda, packed, n, beta, c, ldc, nullptr);
}

}  // namespace pg::kernels

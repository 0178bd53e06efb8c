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

int round_up(int x, int multiple) { return (x + multiple - 1) / multiple * multiple; }

// op(X) as base pointer and strides: element (i, j) at data[i·row + j·col].
struct View {
  const float* data;
  ptrdiff_t row;
  ptrdiff_t col;
};

// C[0:MR, 0:cols] = alpha · A·B + beta · C for one tile. B rows hold 4·NV readable floats.
template <int MR, int NV>
void tile(int k, View a, const float* b, ptrdiff_t ldb, float alpha, float beta, float* c, ptrdiff_t ldc, int cols) {
  f32x4 acc[MR][NV];
  for (int i = 0; i < MR; ++i)
    for (int v = 0; v < NV; ++v) acc[i][v] = splat(0.0f);
  const float* pa[MR];
  for (int i = 0; i < MR; ++i) pa[i] = a.data + i * a.row;
  for (int p = 0; p < k; ++p) {
    f32x4 bv[NV];
    for (int v = 0; v < NV; ++v) bv[v] = load(b + 4 * v);
    for (int i = 0; i < MR; ++i) {
      const f32x4 av = splat(*pa[i]);
      pa[i] += a.col;
      for (int v = 0; v < NV; ++v) acc[i][v] += av * bv[v];
    }
    b += ldb;
  }
  const f32x4 scale = splat(alpha);
  for (int i = 0; i < MR; ++i) {
    for (int v = 0; v < NV; ++v) {
      f32x4 r = scale * acc[i][v];
      float* out = c + i * ldc + 4 * v;
      const int left = cols - 4 * v;
      if (left >= 4) {
        if (beta != 0.0f) r += splat(beta) * load(out);
        store(out, r);
      } else {
        if (beta != 0.0f) r += splat(beta) * load_partial(out, left);
        store_partial(out, r, left);
      }
    }
  }
}

template <int NV>
void sweep(int m, int k, View a, const float* b, ptrdiff_t ldb, float alpha, float beta, float* c, ptrdiff_t ldc,
           int cols) {
  int i = 0;
  for (; i + 4 <= m; i += 4) {
    tile<4, NV>(k, a, b, ldb, alpha, beta, c, ldc, cols);
    a.data += 4 * a.row;
    c += 4 * ldc;
  }
  switch (m - i) {
    case 1: tile<1, NV>(k, a, b, ldb, alpha, beta, c, ldc, cols); break;
    case 2: tile<2, NV>(k, a, b, ldb, alpha, beta, c, ldc, cols); break;
    case 3: tile<3, NV>(k, a, b, ldb, alpha, beta, c, ldc, cols); break;
  }
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
      const float* r0 = b + half * ldb;
      const float* r1 = r0 + ldb;
      const float* r2 = r1 + ldb;
      const float* r3 = r2 + ldb;
      for (; p + 4 <= k; p += 4, o += 4 * kTileCols) {
        const f32x4 x0 = load(r0 + p), x1 = load(r1 + p), x2 = load(r2 + p), x3 = load(r3 + p);
        const f32x4 l01 = __builtin_shufflevector(x0, x1, 0, 4, 1, 5);
        const f32x4 h01 = __builtin_shufflevector(x0, x1, 2, 6, 3, 7);
        const f32x4 l23 = __builtin_shufflevector(x2, x3, 0, 4, 1, 5);
        const f32x4 h23 = __builtin_shufflevector(x2, x3, 2, 6, 3, 7);
        store(o, __builtin_shufflevector(l01, l23, 0, 1, 4, 5));
        store(o + kTileCols, __builtin_shufflevector(l01, l23, 2, 3, 6, 7));
        store(o + 2 * kTileCols, __builtin_shufflevector(h01, h23, 0, 1, 4, 5));
        store(o + 3 * kTileCols, __builtin_shufflevector(h01, h23, 2, 3, 6, 7));
      }
    }
    for (; p < k; ++p, o += kTileCols)
      for (int j = 0; j < 4; ++j) o[j] = half + j < cols ? b[(half + j) * ldb + p] : 0.0f;
  }
}

}  // namespace

int64_t gemm_workspace(int m, int n, int k) {
  (void)m;
  return static_cast<int64_t>(k) * std::min(round_up(n, kTileCols), kBlockCols);
}

template <>
void gemm<float>(bool trans_a, bool trans_b, int m, int n, int k, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc, float* workspace) {
  const View av{a, trans_a ? 1 : lda, trans_a ? lda : 1};
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
      const View block{av.data + i0 * av.row, av.row, av.col};
      for (int j = 0; j < nb; j += kTileCols) {
        const int cols = std::min(kTileCols, nb - j);
        const bool in_place = direct && cols == kTileCols;
        const float* panel = in_place ? b + j0 + j : workspace + static_cast<size_t>(j) * k;
        const ptrdiff_t stride = in_place ? ldb : kTileCols;
        float* out = c + static_cast<ptrdiff_t>(i0) * ldc + j0 + j;
        if (cols > 4) sweep<2>(mb, k, block, panel, stride, alpha, beta, out, ldc, cols);
        else sweep<1>(mb, k, block, panel, stride, alpha, beta, out, ldc, cols);
      }
    }
  }
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
void gemm_packed<float>(int m, int n, int k, const float* a, int lda, const float* packed, float beta, float* c, int ldc) {
  for (int i0 = 0; i0 < m; i0 += kBlockRows) {
    const int mb = std::min(kBlockRows, m - i0);
    const View block{a + static_cast<ptrdiff_t>(i0) * lda, lda, 1};
    float* out = c + static_cast<ptrdiff_t>(i0) * ldc;
    const float* panel = packed;
    for (int j = 0; j < n; j += kTileCols, panel += static_cast<size_t>(k) * kTileCols) {
      const int cols = std::min(kTileCols, n - j);
      if (cols > 4) sweep<2>(mb, k, block, panel, kTileCols, 1.0f, beta, out + j, ldc, cols);
      else sweep<1>(mb, k, block, panel, kTileCols, 1.0f, beta, out + j, ldc, cols);
    }
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
void gemm_packed<double>(int m, int n, int k, const double* a, int lda, const double* packed, double beta, double* c, int ldc) {
  gemm<double>(false, false, m, n, k, 1.0, a, lda, packed, n, beta, c, ldc, nullptr);
}

}  // namespace pg::kernels

#include "kernels/gemm.h"

#include <Eigen/Core>
#include <limits>

#include "kernels/reference/gemm.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;

// One product with guards: C lies in a wider matrix, the workspace is exactly as large as promised.
template <class T>
struct Problem {
  bool ta, tb;
  int m, n, k, lda, ldb, ldc;
  std::vector<T> a, b, c;

  Problem(bool trans_a, bool trans_b, int rows, int cols, int depth, uint64_t seed, int pad = 0)
      : ta(trans_a), tb(trans_b), m(rows), n(cols), k(depth) {
    lda = (ta ? m : k) + pad;
    ldb = (tb ? k : n) + 2 * pad;
    ldc = n + 3 * pad;
    Random random(seed);
    a = random.values<T>(static_cast<int64_t>(ta ? k : m) * lda);
    b = random.values<T>(static_cast<int64_t>(tb ? n : k) * ldb);
    c = random.values<T>(static_cast<int64_t>(m) * ldc);
  }
  std::vector<T> fast(T alpha, T beta) const {
    std::vector<T> out = c, workspace(pg::kernels::gemm_workspace(m, n, k) + 8, T(77));
    out.reserve(1);  // see Random::values
    pg::kernels::gemm<T>(ta, tb, m, n, k, alpha, a.data(), lda, b.data(), ldb, beta, out.data(), ldc,
                         workspace.data());
    for (size_t i = workspace.size() - 8; i < workspace.size(); ++i) EXPECT_EQ(workspace[i], T(77)) << "workspace";
    return out;
  }
  std::vector<T> slow(T alpha, T beta) const {
    std::vector<T> out = c;
    pg::reference::gemm<T>(ta, tb, m, n, k, alpha, a.data(), lda, b.data(), ldb, beta, out.data(), ldc, nullptr);
    return out;
  }
};

template <class T>
class Gemm : public ::testing::Test {};
TYPED_TEST_SUITE(Gemm, Scalars);

// Equality to the last bit, elements outside C (ldc > n) included: they must stay as they were.
TYPED_TEST(Gemm, EverySmallSizeAndTranspositionIsTheReference) {
  using T = TypeParam;
  const int sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 17};
  uint64_t seed = 0;
  for (int m : sizes)
    for (int n : sizes)
      for (int k : sizes)
        for (int trans = 0; trans < 4; ++trans) {
          ++seed;
          const Problem<T> p((trans & 1) != 0, (trans & 2) != 0, m, n, k, seed, static_cast<int>(seed % 3));
          ASSERT_TRUE(same_bits(p.fast(T(1), T(0)), p.slow(T(1), T(0)))) << m << "x" << n << "x" << k << " " << trans;
          ASSERT_TRUE(same_bits(p.fast(T(0.7), T(-1.3)), p.slow(T(0.7), T(-1.3))))
              << m << "x" << n << "x" << k << " " << trans;
        }
}

TYPED_TEST(Gemm, SizesAroundTheBlocksAreTheReference) {
  using T = TypeParam;
  const int sizes[][3] = {{63, 8, 9},   {64, 16, 9},  {65, 17, 9},  {129, 9, 3},  {5, 255, 3},  {5, 256, 16},
                          {5, 257, 16}, {5, 256, 17}, {5, 264, 16}, {4, 513, 2},  {66, 258, 5}, {3, 8, 511},
                          {3, 8, 512},  {3, 8, 513},  {1, 10, 784}, {32, 64, 64}, {70, 70, 70}, {10, 1, 300},
                          {67, 9, 63},  {67, 9, 64},  {67, 8, 64},  {6, 257, 65}, {129, 20, 65}};
  uint64_t seed = 1000;
  for (const auto& s : sizes)
    for (int trans = 0; trans < 4; ++trans) {
      ++seed;
      const Problem<T> p((trans & 1) != 0, (trans & 2) != 0, s[0], s[1], s[2], seed, static_cast<int>(seed % 2));
      ASSERT_TRUE(same_bits(p.fast(T(1), T(1)), p.slow(T(1), T(1)))) << s[0] << "x" << s[1] << "x" << s[2];
    }
}

TYPED_TEST(Gemm, AlphaAndBeta) {
  using T = TypeParam;
  for (double alpha : {0.0, 1.0, -1.0, 0.5, 3.7})
    for (double beta : {0.0, 1.0, -1.0, 0.25, 2.9}) {
      const Problem<T> p(false, true, 11, 13, 6, 42, 1);
      EXPECT_TRUE(same_bits(p.fast(T(alpha), T(beta)), p.slow(T(alpha), T(beta)))) << alpha << " " << beta;
    }
}

TYPED_TEST(Gemm, BetaZeroDoesNotReadC) {
  using T = TypeParam;
  for (int n : {1, 4, 6, 8, 11}) {
    Problem<T> p(false, false, 6, n, 5, 7);
    const std::vector<T> want = p.slow(T(1), T(0));
    std::fill(p.c.begin(), p.c.end(), kNan<T>);
    EXPECT_TRUE(same_bits(p.fast(T(1), T(0)), want));
  }
}

TYPED_TEST(Gemm, NothingToSumLeavesBetaTimesC) {
  using T = TypeParam;
  const Problem<T> p(false, false, 3, 5, 0, 9);
  std::vector<T> want = p.c;
  for (T& x : want) x = T(0.5) * x;
  EXPECT_TRUE(same_bits(p.fast(T(2), T(0.5)), want));
}

TYPED_TEST(Gemm, NanAndInfinityGoThroughZeros) {
  using T = TypeParam;
  for (T bad : {kNan<T>, kInf<T>}) {
    Problem<T> p(false, false, 9, 10, 7, 11);
    std::fill(p.b.begin(), p.b.end(), T(0));
    p.a[4 * 7 + 3] = bad;  // 0 · NaN and 0 · ∞ are NaN: all of row 4, nothing else
    const std::vector<T> out = p.fast(T(1), T(0));
    for (int i = 0; i < 9; ++i)
      for (int j = 0; j < 10; ++j) {
        const T x = out[static_cast<size_t>(i * 10 + j)];
        EXPECT_TRUE(i == 4 ? std::isnan(x) : x == T(0)) << i << " " << j;
      }
  }
}

TYPED_TEST(Gemm, ARowDoesNotDependOnHowManyThereAre) {
  using T = TypeParam;
  const Problem<T> all(false, true, 23, 19, 31, 5);
  const std::vector<T> out = all.fast(T(1), T(0));
  for (int m : {1, 2, 3, 4, 5, 10}) {
    Problem<T> part = all;
    part.m = m;
    part.c.resize(static_cast<size_t>(m) * 19);
    EXPECT_TRUE(same_bits(part.fast(T(1), T(0)), std::vector<T>(out.begin(), out.begin() + m * 19)));
  }
}

TEST(GemmWorkspace, GrowsWithEverySize) {
  for (int n = 1; n < 600; ++n) {
    ASSERT_GE(pg::kernels::gemm_workspace(10, n, 20), pg::kernels::gemm_workspace(10, n - 1, 20));
    ASSERT_GE(pg::kernels::gemm_workspace(10, 20, n), pg::kernels::gemm_workspace(10, 20, n - 1));
    ASSERT_GE(pg::kernels::gemm_workspace(n, 20, 20), pg::kernels::gemm_workspace(n - 1, 20, 20));
  }
}

template <class T>
uint64_t hash() {
  Hash h;
  const int sizes[][3] = {{10, 8, 8}, {10, 8, 2}, {7, 1, 8}, {33, 17, 70}, {5, 300, 9}};
  uint64_t seed = 0;
  for (const auto& s : sizes)
    for (int trans = 0; trans < 4; ++trans) {
      const Problem<T> p((trans & 1) != 0, (trans & 2) != 0, s[0], s[1], s[2], ++seed);
      h.add(p.fast(T(0.3), T(1.7)));
    }
  return h.value();
}

TEST(GemmBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0x0be6d917b3b95fcbu);
  EXPECT_EQ(hash<double>(), 0xe4d26699e4149861u);
}

// A second oracle that shares no line with ours: Eigen's product, in double.
TYPED_TEST(Gemm, AgreesWithEigen) {
  using T = TypeParam;
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto matrix = [](const std::vector<T>& v, int rows, int cols) {
    return Matrix(Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(v.data(), rows, cols).template cast<double>());
  };
  for (int trans = 0; trans < 4; ++trans) {
    const Problem<T> p((trans & 1) != 0, (trans & 2) != 0, 37, 53, 29, 90 + static_cast<uint64_t>(trans));
    const Matrix a = p.ta ? Matrix(matrix(p.a, p.k, p.m).transpose()) : matrix(p.a, p.m, p.k);
    const Matrix b = p.tb ? Matrix(matrix(p.b, p.n, p.k).transpose()) : matrix(p.b, p.k, p.n);
    const Matrix want = a * b, got = matrix(p.fast(T(1), T(0)), p.m, p.n);
    const double bound = p.k * static_cast<double>(std::numeric_limits<T>::epsilon()) * (a.cwiseAbs() * b.cwiseAbs()).maxCoeff();
    EXPECT_LE((want - got).cwiseAbs().maxCoeff(), bound) << "transposition " << trans;
  }
}

}  // namespace

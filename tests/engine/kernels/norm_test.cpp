#include "kernels/norm.h"

#include "kernels/reference/norm.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
namespace k = pg::kernels;
namespace ref = pg::reference;

template <class T>
class LayerNorm : public ::testing::Test {};
TYPED_TEST_SUITE(LayerNorm, Scalars);

template <class T>
struct Outputs {
  std::vector<T> y, mean, rstd, dx, dgamma, dbeta;
};

template <class T>
Outputs<T> run(bool fast, int rows, int cols, bool affine, double range) {
  Random random(static_cast<uint64_t>(rows * 1000 + cols));
  const std::vector<T> x = random.values<T>(rows * cols, range), gamma = random.values<T>(cols, 2.0),
                       beta = random.values<T>(cols), dy = random.values<T>(rows * cols);
  Outputs<T> o{std::vector<T>(x.size()),          std::vector<T>(static_cast<size_t>(rows)),
               std::vector<T>(static_cast<size_t>(rows)), random.values<T>(rows * cols),
               random.values<T>(cols),            random.values<T>(cols)};
  const T* g = affine ? gamma.data() : nullptr;
  const T* b = affine ? beta.data() : nullptr;
  T* dg = affine ? o.dgamma.data() : nullptr;
  T* db = affine ? o.dbeta.data() : nullptr;
  const T eps = T(1e-5);
  if (fast) {
    k::layer_norm_forward(rows, cols, x.data(), g, b, eps, o.y.data(), o.mean.data(), o.rstd.data());
    k::layer_norm_backward(rows, cols, x.data(), g, o.mean.data(), o.rstd.data(), dy.data(), o.dx.data(), dg, db);
  } else {
    ref::layer_norm_forward(rows, cols, x.data(), g, b, eps, o.y.data(), o.mean.data(), o.rstd.data());
    ref::layer_norm_backward(rows, cols, x.data(), g, o.mean.data(), o.rstd.data(), dy.data(), o.dx.data(), dg, db);
  }
  return o;
}

TYPED_TEST(LayerNorm, IsTheReferenceForEveryWidth) {
  using T = TypeParam;
  for (int cols : {2, 3, 4, 5, 7, 8, 9, 16, 33, 64, 127})
    for (int rows : {0, 1, 6})
      for (bool affine : {false, true}) {
        const Outputs<T> got = run<T>(true, rows, cols, affine, 3.0), want = run<T>(false, rows, cols, affine, 3.0);
        const double bound = (16 + cols) * kEps<T>;
        EXPECT_TRUE(close(got.y, want.y, bound)) << cols;
        EXPECT_TRUE(close(got.mean, want.mean, bound)) << cols;
        EXPECT_TRUE(close(got.rstd, want.rstd, bound)) << cols;
        // With two columns the differences can be tiny and rstd large: the gradient scales with it.
        double largest = 1;
        for (T r : want.rstd) largest = std::max(largest, static_cast<double>(r));
        EXPECT_TRUE(close(got.dx, want.dx, 4 * bound * largest)) << cols;
        EXPECT_TRUE(close(got.dgamma, want.dgamma, 4 * bound)) << cols;
        EXPECT_TRUE(close(got.dbeta, want.dbeta, bound)) << cols;
      }
}

TYPED_TEST(LayerNorm, AConstantRowGivesBeta) {
  using T = TypeParam;
  for (int cols : {1, 4, 6}) {
    const std::vector<T> x(static_cast<size_t>(cols), T(5)), gamma(x.size(), T(2)), beta(x.size(), T(0.25));
    std::vector<T> y(x.size());
    T mean, rstd;
    k::layer_norm_forward(1, cols, x.data(), gamma.data(), beta.data(), T(1e-5), y.data(), &mean, &rstd);
    EXPECT_EQ(mean, T(5));
    for (T v : y) EXPECT_EQ(v, T(0.25));
  }
}

TYPED_TEST(LayerNorm, NanStaysInItsRow) {
  using T = TypeParam;
  for (int at : {0, 5, 6}) {
    std::vector<T> x = {1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7}, y(14), mean(2), rstd(2);
    x[static_cast<size_t>(at)] = kNan<T>;
    k::layer_norm_forward<T>(2, 7, x.data(), nullptr, nullptr, T(1e-5), y.data(), mean.data(), rstd.data());
    for (int i = 0; i < 14; ++i) EXPECT_EQ(std::isnan(y[static_cast<size_t>(i)]), i < 7);
  }
}

template <class T>
uint64_t hash() {
  Hash h;
  for (int cols : {3, 8, 31, 64})
    for (bool affine : {false, true}) {
      const Outputs<T> o = run<T>(true, 5, cols, affine, 4.0);
      h.add(o.y).add(o.mean).add(o.rstd).add(o.dx).add(o.dgamma).add(o.dbeta);
    }
  return h.value();
}

TEST(LayerNormBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0xe08126e9c86a21a3u);
  EXPECT_EQ(hash<double>(), 0x26765e7647daeb88u);
}

}  // namespace

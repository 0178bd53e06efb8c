#include "kernels/batch_norm.h"

#include "kernels/reference/batch_norm.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
namespace k = pg::kernels;
namespace ref = pg::reference;

template <class T>
class BatchNormKernel : public ::testing::Test {};
TYPED_TEST_SUITE(BatchNormKernel, Scalars);

TYPED_TEST(BatchNormKernel, IsTheReference) {
  using T = TypeParam;
  for (int batch : {1, 2, 5})
    for (int channels : {1, 3, 8, 9, 17})  // eight are summed side by side where there are no pixels
      for (int pixels : {1, 3, 4, 10})
        for (int options = 0; options < 4; ++options) {
          const bool affine = (options & 1) != 0, of_batch = (options & 2) != 0;
          const size_t n = static_cast<size_t>(batch * channels * pixels), c = static_cast<size_t>(channels);
          Random random(n * 4 + static_cast<size_t>(options));
          const auto x = random.values<T>(static_cast<int64_t>(n), 3), dy = random.values<T>(static_cast<int64_t>(n)), gamma = random.values<T>(channels), beta = random.values<T>(channels);
          std::vector<T> mean(c), var(c), want_mean(c), want_var(c);
          k::channel_statistics(batch, channels, pixels, x.data(), mean.data(), var.data());
          ref::channel_statistics(batch, channels, pixels, x.data(), want_mean.data(), want_var.data());
          EXPECT_TRUE(close(mean, want_mean, 16 * kEps<T>));
          EXPECT_TRUE(close(var, want_var, 32 * kEps<T>));
          std::vector<T> workspace(3 * c), rstd(c), y(n), want_y(n), dx(n, T(1)), want_dx = dx, dgamma(c, T(2)), want_dgamma = dgamma, dbeta(c, T(3)), want_dbeta = dbeta;
          for (size_t i = 0; i < c; ++i) rstd[i] = T(1) / std::sqrt(var[i] + T(0.5));
          const T *g = affine ? gamma.data() : nullptr, *b = affine ? beta.data() : nullptr;
          k::batch_norm_forward(batch, channels, pixels, x.data(), mean.data(), rstd.data(), g, b, y.data());
          ref::batch_norm_forward(batch, channels, pixels, x.data(), mean.data(), rstd.data(), g, b, want_y.data());
          EXPECT_TRUE(close(y, want_y, 16 * kEps<T>));
          k::batch_norm_backward(batch, channels, pixels, x.data(), mean.data(), rstd.data(), g, dy.data(), of_batch, dx.data(), affine ? dgamma.data() : nullptr,
                                 affine ? dbeta.data() : nullptr, workspace.data());
          ref::batch_norm_backward(batch, channels, pixels, x.data(), mean.data(), rstd.data(), g, dy.data(), of_batch, want_dx.data(), affine ? want_dgamma.data() : nullptr,
                                   affine ? want_dbeta.data() : nullptr);
          EXPECT_TRUE(close(dx, want_dx, 100 * kEps<T>));
          EXPECT_TRUE(close(dgamma, want_dgamma, 100 * kEps<T>));
          EXPECT_TRUE(close(dbeta, want_dbeta, 100 * kEps<T>));
        }
}

template <class T>
uint64_t hash() {
  Hash h;
  const auto x = Random(1).values<T>(4 * 3 * 11, 3), dy = Random(2).values<T>(4 * 3 * 11), gamma = Random(3).values<T>(3), beta = Random(4).values<T>(3);
  std::vector<T> mean(3), var(3), y(x.size()), dx(x.size()), dgamma(3), dbeta(3), workspace(9);
  k::channel_statistics(4, 3, 11, x.data(), mean.data(), var.data());
  k::batch_norm_forward(4, 3, 11, x.data(), mean.data(), var.data(), gamma.data(), beta.data(), y.data());
  k::batch_norm_backward(4, 3, 11, x.data(), mean.data(), var.data(), gamma.data(), dy.data(), true, dx.data(), dgamma.data(), dbeta.data(), workspace.data());
  return h.add(mean).add(var).add(y).add(dx).add(dgamma).add(dbeta).value();
}

TEST(BatchNormKernelBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0xceb8b369991fceeeu);
  EXPECT_EQ(hash<double>(), 0x8ee98ca0435ab921u);
}

}  // namespace

#include "kernels/loss.h"

#include "kernels/reference/loss.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
namespace k = pg::kernels;
namespace ref = pg::reference;

template <class T>
class Loss : public ::testing::Test {};
TYPED_TEST_SUITE(Loss, Scalars);

TYPED_TEST(Loss, AreTheReferenceForEveryLength) {
  using T = TypeParam;
  for (int n : lengths()) {
    Random random(static_cast<uint64_t>(n));
    const std::vector<T> z = random.values<T>(n, 20.0);
    std::vector<T> t = random.values<T>(n);
    for (T& v : t) v = v > T(0.3) ? T(1) : v < T(-0.3) ? T(0) : std::fabs(v);
    std::vector<T> loss(z.size()), want(z.size()), dz = random.values<T>(n), dz_want = dz;
    k::mse(n, z.data(), t.data(), loss.data());
    ref::mse(n, z.data(), t.data(), want.data());
    EXPECT_TRUE(same_bits(loss, want));
    k::mse_backward(n, z.data(), t.data(), T(0.3), dz.data());
    ref::mse_backward(n, z.data(), t.data(), T(0.3), dz_want.data());
    EXPECT_TRUE(same_bits(dz, dz_want));
    k::bce_with_logits(n, z.data(), t.data(), loss.data());
    ref::bce_with_logits(n, z.data(), t.data(), want.data());
    EXPECT_TRUE(close(loss, want, 32 * kEps<T>));  // softplus(z) − t·z cancels up to |z| = 20
    k::bce_with_logits_backward(n, z.data(), t.data(), T(0.3), dz.data());
    ref::bce_with_logits_backward(n, z.data(), t.data(), T(0.3), dz_want.data());
    EXPECT_TRUE(close(dz, dz_want, 4 * kEps<T>));
  }
}

TYPED_TEST(Loss, CertainLogitsStayFinite) {
  using T = TypeParam;
  const T z[] = {T(1000), T(-1000), T(1000), T(-1000)}, t[] = {T(1), T(0), T(0), T(1)};
  T loss[4], dz[4] = {};
  k::bce_with_logits(4, z, t, loss);
  k::bce_with_logits_backward(4, z, t, T(1), dz);
  EXPECT_EQ(loss[0], T(0));
  EXPECT_EQ(loss[1], T(0));
  EXPECT_EQ(loss[2], T(1000));
  EXPECT_EQ(loss[3], T(1000));
  EXPECT_EQ(dz[0], T(0));
  EXPECT_EQ(dz[1], T(0));
  EXPECT_EQ(dz[2], T(1));
  EXPECT_EQ(dz[3], T(-1));
}

TYPED_TEST(Loss, NanReachesTheOutput) {
  using T = TypeParam;
  for (int at : {0, 4, 5}) {
    std::vector<T> z(6, T(1)), t(6, T(1)), loss(6), dz(6);
    z[static_cast<size_t>(at)] = kNan<T>;
    k::bce_with_logits(6, z.data(), t.data(), loss.data());
    k::bce_with_logits_backward(6, z.data(), t.data(), T(1), dz.data());
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(std::isnan(loss[static_cast<size_t>(i)]), i == at);
      EXPECT_EQ(std::isnan(dz[static_cast<size_t>(i)]), i == at);
    }
    k::mse(6, z.data(), t.data(), loss.data());
    EXPECT_TRUE(std::isnan(loss[static_cast<size_t>(at)]));
  }
}

template <class T>
uint64_t hash() {
  Random random(4);
  const std::vector<T> z = random.values<T>(999, 30.0);
  std::vector<T> t = random.values<T>(999), loss(z.size()), dz(z.size());
  for (T& v : t) v = v > T(0) ? T(1) : T(0);
  Hash h;
  k::bce_with_logits(999, z.data(), t.data(), loss.data());
  k::bce_with_logits_backward(999, z.data(), t.data(), T(0.01), dz.data());
  h.add(loss).add(dz);
  k::mse(999, z.data(), t.data(), loss.data());
  k::mse_backward(999, z.data(), t.data(), T(0.01), dz.data());
  return h.add(loss).add(dz).value();
}

TEST(LossBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0xb43252487bef5527u);
  EXPECT_EQ(hash<double>(), 0x52c7163982e52495u);
}

}  // namespace

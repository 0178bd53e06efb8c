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
    dz = dz_want;
    std::vector<T> weight = random.values<T>(n), dw = dz, dw_want = dz;
    for (T& v : weight) v = std::fabs(v) * T(4);
    k::bce_with_logits_weighted(n, z.data(), t.data(), weight.data(), loss.data());
    ref::bce_with_logits_weighted(n, z.data(), t.data(), weight.data(), want.data());
    EXPECT_TRUE(close(loss, want, 32 * kEps<T>, 4.0));
    k::bce_with_logits_weighted_backward(n, z.data(), t.data(), weight.data(), T(0.3), dz.data());
    ref::bce_with_logits_weighted_backward(n, z.data(), t.data(), weight.data(), T(0.3), dz_want.data());
    EXPECT_TRUE(close(dz, dz_want, 8 * kEps<T>));
    dz = dz_want;
    k::l1(n, z.data(), t.data(), loss.data());
    ref::l1(n, z.data(), t.data(), want.data());
    EXPECT_TRUE(same_bits(loss, want));
    k::l1_backward(n, z.data(), t.data(), T(0.3), dz.data());
    ref::l1_backward(n, z.data(), t.data(), T(0.3), dz_want.data());
    EXPECT_TRUE(same_bits(dz, dz_want));
    k::huber(n, z.data(), t.data(), T(5), loss.data());
    ref::huber(n, z.data(), t.data(), T(5), want.data());
    EXPECT_TRUE(close(loss, want, 4 * kEps<T>));
    k::huber_backward(n, z.data(), t.data(), T(5), T(0.3), dz.data());
    ref::huber_backward(n, z.data(), t.data(), T(5), T(0.3), dz_want.data());
    EXPECT_TRUE(close(dz, dz_want, 4 * kEps<T>));
    const std::vector<T> logvar = random.values<T>(n, 4.0);
    k::kl(n, z.data(), logvar.data(), loss.data());
    ref::kl(n, z.data(), logvar.data(), want.data());
    EXPECT_TRUE(close(loss, want, 8 * kEps<T>, 8.0));
    k::kl_backward(n, z.data(), logvar.data(), T(0.3), dz.data(), dw.data());
    ref::kl_backward(n, z.data(), logvar.data(), T(0.3), dz_want.data(), dw_want.data());
    EXPECT_TRUE(close(dz, dz_want, 4 * kEps<T>));
    EXPECT_TRUE(close(dw, dw_want, 8 * kEps<T>));
    k::kl_backward<T>(n, z.data(), logvar.data(), T(0.3), nullptr, nullptr);
  }
}

TYPED_TEST(Loss, WhereThePredictionIsTheTargetTheGradientIsZero) {
  using T = TypeParam;
  const T z[] = {T(2), T(0)};
  T d[] = {0, 0};
  k::l1_backward(2, z, z, T(1), d);
  k::huber_backward(2, z, z, T(1), T(1), d);
  EXPECT_EQ(d[0], T(0));
  EXPECT_EQ(d[1], T(0));
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
    for (auto f : {&k::l1<T>, &k::kl<T>}) {
      f(6, z.data(), t.data(), loss.data());
      EXPECT_TRUE(std::isnan(loss[static_cast<size_t>(at)]));
    }
    k::huber(6, z.data(), t.data(), T(1), loss.data());
    EXPECT_TRUE(std::isnan(loss[static_cast<size_t>(at)]));
    std::fill(dz.begin(), dz.end(), T(0));
    k::l1_backward(6, z.data(), t.data(), T(1), dz.data());
    EXPECT_TRUE(std::isnan(dz[static_cast<size_t>(at)]));
    std::fill(dz.begin(), dz.end(), T(0));
    k::huber_backward(6, z.data(), t.data(), T(1), T(1), dz.data());
    EXPECT_TRUE(std::isnan(dz[static_cast<size_t>(at)]));
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
  h.add(loss).add(dz);
  const std::vector<T> weight(999, T(2.5)), logvar = random.values<T>(999, 5.0);
  k::bce_with_logits_weighted(999, z.data(), t.data(), weight.data(), loss.data());
  k::bce_with_logits_weighted_backward(999, z.data(), t.data(), weight.data(), T(0.01), dz.data());
  h.add(loss).add(dz);
  k::huber(999, z.data(), t.data(), T(5), loss.data());
  k::huber_backward(999, z.data(), t.data(), T(5), T(0.01), dz.data());
  h.add(loss).add(dz);
  k::kl(999, z.data(), logvar.data(), loss.data());
  k::kl_backward(999, z.data(), logvar.data(), T(0.01), dz.data(), dz.data());
  return h.add(loss).add(dz).value();
}

TEST(LossBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0x50093627925bc82eu);
  EXPECT_EQ(hash<double>(), 0x1f4fe42f68b4238du);
}

}  // namespace

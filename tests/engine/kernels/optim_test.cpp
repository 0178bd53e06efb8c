#include "kernels/optim.h"

#include "kernels/reference/optim.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
namespace k = pg::kernels;
namespace ref = pg::reference;

template <class T>
class Optim : public ::testing::Test {};
TYPED_TEST_SUITE(Optim, Scalars);

template <class T>
std::vector<T> sgd(bool fast, int n, double momentum, double dampening, bool nesterov, double decay, int steps) {
  Random random(static_cast<uint64_t>(n) + 9);
  // What stood in buf before the first step must not matter.
  std::vector<T> p = random.values<T>(n), buf(p.size(), T(123));
  for (int t = 0; t < steps; ++t) {
    const std::vector<T> g = random.values<T>(n);
    T* b = momentum == 0.0 ? nullptr : buf.data();
    if (fast) k::sgd_step(n, p.data(), g.data(), b, 0.05, momentum, dampening, nesterov, decay, t == 0);
    else ref::sgd_step(n, p.data(), g.data(), b, 0.05, momentum, dampening, nesterov, decay, t == 0);
  }
  if (momentum != 0.0) p.insert(p.end(), buf.begin(), buf.end());
  return p;
}

TYPED_TEST(Optim, SgdIsTheReference) {
  using T = TypeParam;
  for (int n : lengths())
    for (double decay : {0.0, 0.1}) {
      EXPECT_TRUE(close(sgd<T>(true, n, 0, 0, false, decay, 5), sgd<T>(false, n, 0, 0, false, decay, 5), 16 * kEps<T>));
      for (double dampening : {0.0, 0.3})
        EXPECT_TRUE(close(sgd<T>(true, n, 0.9, dampening, false, decay, 5),
                          sgd<T>(false, n, 0.9, dampening, false, decay, 5), 16 * kEps<T>));
      EXPECT_TRUE(close(sgd<T>(true, n, 0.9, 0, true, decay, 5), sgd<T>(false, n, 0.9, 0, true, decay, 5), 16 * kEps<T>));
    }
}

template <class T>
std::vector<T> adam(bool fast, int n, double decay, bool decoupled, int steps) {
  Random random(static_cast<uint64_t>(n) + 19);
  std::vector<T> p = random.values<T>(n), m(p.size()), v(p.size());
  for (int t = 1; t <= steps; ++t) {
    const std::vector<T> g = random.values<T>(n);
    if (fast) k::adam_step(n, p.data(), g.data(), m.data(), v.data(), 0.01, 0.9, 0.999, 1e-8, decay, decoupled, t);
    else ref::adam_step(n, p.data(), g.data(), m.data(), v.data(), 0.01, 0.9, 0.999, 1e-8, decay, decoupled, t);
  }
  p.insert(p.end(), m.begin(), m.end());
  p.insert(p.end(), v.begin(), v.end());
  return p;
}

TYPED_TEST(Optim, AdamAndAdamWAreTheReference) {
  using T = TypeParam;
  for (int n : lengths())
    for (bool decoupled : {false, true})
      for (double decay : {0.0, 0.1})
        EXPECT_TRUE(close(adam<T>(true, n, decay, decoupled, 20), adam<T>(false, n, decay, decoupled, 20), 32 * kEps<T>));
}

template <class T>
std::vector<T> rmsprop(bool fast, int n, double decay, double momentum, bool centered, int steps) {
  Random random(static_cast<uint64_t>(n) + 29);
  std::vector<T> p = random.values<T>(n), s(p.size()), a(p.size()), buf(p.size());
  for (int t = 1; t <= steps; ++t) {
    const std::vector<T> g = random.values<T>(n);
    (fast ? k::rmsprop_step<T> : ref::rmsprop_step<T>)(n, p.data(), g.data(), s.data(), a.data(), buf.data(), 0.01, 0.9, 1e-8, decay, momentum, centered);
  }
  for (const auto& v : {s, a, buf}) p.insert(p.end(), v.begin(), v.end());
  return p;
}

template <class T>
std::vector<T> adagrad(bool fast, int n, double lr_decay, double decay, double initial, int steps) {
  Random random(static_cast<uint64_t>(n) + 39);
  std::vector<T> p = random.values<T>(n), s(p.size());
  for (int t = 1; t <= steps; ++t) {
    const std::vector<T> g = random.values<T>(n);
    (fast ? k::adagrad_step<T> : ref::adagrad_step<T>)(n, p.data(), g.data(), s.data(), 0.05, lr_decay, decay, initial, 1e-10, t);
  }
  p.insert(p.end(), s.begin(), s.end());
  return p;
}

TYPED_TEST(Optim, RmspropAndAdagradAreTheReference) {
  using T = TypeParam;
  for (int n : lengths())
    for (double decay : {0.0, 0.1}) {
      for (double momentum : {0.0, 0.9})
        for (bool centered : {false, true})
          EXPECT_TRUE(close(rmsprop<T>(true, n, decay, momentum, centered, 10), rmsprop<T>(false, n, decay, momentum, centered, 10), 64 * kEps<T>));
      for (double lr_decay : {0.0, 0.2})
        for (double initial : {0.0, 0.5})
          EXPECT_TRUE(close(adagrad<T>(true, n, lr_decay, decay, initial, 10), adagrad<T>(false, n, lr_decay, decay, initial, 10), 32 * kEps<T>));
    }
}

TYPED_TEST(Optim, AGradientThatNeverChangesLeavesCenteredRmspropFinite) {
  using T = TypeParam;
  std::vector<T> p(3, T(1)), g = {T(0.1), T(0.7), T(-3)}, s(3), a(3), buf(3);
  for (int t = 0; t < 500; ++t) k::rmsprop_step(3, p.data(), g.data(), s.data(), a.data(), buf.data(), 1e-9, 0.5, 1e-8, 0.0, 0.0, true);
  EXPECT_TRUE(k::all_finite(3, p.data()));
}

TYPED_TEST(Optim, ClippingIsPyTorchs) {
  using T = TypeParam;
  const std::vector<T> start = {3, -4, 0, 12};  // norm 13
  std::vector<T> g = start;
  EXPECT_NEAR(k::clip_grad_norm(4, g.data(), 6.5), 13, 1e-12);
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(g[i], static_cast<double>(start[i]) * 6.5 / (13 + 1e-6), 4 * kEps<T>);
  g = start;
  EXPECT_NEAR(k::clip_grad_norm(4, g.data(), 13.1), 13, 1e-12);
  EXPECT_TRUE(same_bits(g, start));
  EXPECT_EQ(k::clip_grad_norm<T>(0, nullptr, 1), 0);
  g[1] = kNan<T>;
  EXPECT_TRUE(std::isnan(k::clip_grad_norm(4, g.data(), 1)));
  EXPECT_TRUE(std::isnan(g[0]));  // as in PyTorch, and the run ends
  g = {3, -4, kNan<T>, 1};
  k::clip_grad_value(4, g.data(), 2);
  EXPECT_TRUE(same_bits(g, {2, -2, kNan<T>, 1}));
}

TYPED_TEST(Optim, AZeroGradientFromTheStartMovesNothing) {
  using T = TypeParam;
  std::vector<T> p = {1, 2, 3}, g(3), m(3), v(3);
  const std::vector<T> start = p;
  k::adam_step(3, p.data(), g.data(), m.data(), v.data(), 0.1, 0.9, 0.999, 1e-8, 0.0, false, 1);
  EXPECT_TRUE(same_bits(p, start));
}

TYPED_TEST(Optim, PenaltyAndItsGradientAreTheReference) {
  using T = TypeParam;
  for (int n : lengths()) {
    Random random(static_cast<uint64_t>(n));
    std::vector<T> p = random.values<T>(n, 2.0), g = random.values<T>(n);
    if (n > 0) p[0] = T(0);
    std::vector<T> want = g;
    const double got_penalty = k::l1_l2_penalty(n, p.data(), 0.01, 0.3, g.data());
    const double penalty = ref::l1_l2_penalty(n, p.data(), 0.01, 0.3, want.data());
    EXPECT_NEAR(got_penalty, penalty, 1e-13 * (1 + penalty));
    EXPECT_TRUE(close(g, want, 4 * kEps<T>));
    EXPECT_NEAR(k::sum_squares(n, p.data()), ref::sum_squares(n, p.data()), 1e-13 * (1 + n));
  }
}

TYPED_TEST(Optim, TheFirstNonFiniteValueIsFoundAtEveryPosition) {
  using T = TypeParam;
  for (T bad : {kNan<T>, -kNan<T>, kInf<T>, -kInf<T>})
    for (int n : lengths()) {
      std::vector<T> x(static_cast<size_t>(n), std::numeric_limits<T>::max());
      EXPECT_TRUE(k::all_finite(n, x.data()));
      EXPECT_EQ(k::first_nonfinite(n, x.data()), -1);
      for (int at = 0; at < n; ++at) {
        x[static_cast<size_t>(at)] = bad;
        if (at + 3 < n) x[static_cast<size_t>(at) + 3] = bad;
        ASSERT_EQ(k::first_nonfinite(n, x.data()), at);
        ASSERT_FALSE(k::all_finite(n, x.data()));
        x[static_cast<size_t>(at)] = T(1);
        if (at + 3 < n) x[static_cast<size_t>(at) + 3] = T(1);
      }
    }
}

TYPED_TEST(Optim, NanInAGradientReachesItsParameterOnly) {
  using T = TypeParam;
  std::vector<T> p(7, T(1)), g(7, T(0.5)), m(7), v(7), buf(7);
  g[5] = kNan<T>;
  k::sgd_step(7, p.data(), g.data(), buf.data(), 0.1, 0.9, 0.0, false, 0.0, true);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(std::isnan(p[i]), i == 5);
  std::fill(p.begin(), p.end(), T(1));
  k::adam_step(7, p.data(), g.data(), m.data(), v.data(), 0.1, 0.9, 0.999, 1e-8, 0.0, false, 1);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(std::isnan(p[i]), i == 5);
}

template <class T>
uint64_t hash() {
  Hash h;
  h.add(sgd<T>(true, 1003, 0.9, 0.1, false, 0.01, 4)).add(sgd<T>(true, 1003, 0.9, 0, true, 0, 4));
  h.add(sgd<T>(true, 1003, 0, 0, false, 0, 4)).add(adam<T>(true, 1003, 0.01, true, 30));
  h.add(rmsprop<T>(true, 1003, 0.01, 0.9, true, 5)).add(rmsprop<T>(true, 1003, 0, 0, false, 5)).add(adagrad<T>(true, 1003, 0.1, 0.01, 0.5, 5));
  Random random(2);
  const std::vector<T> p = random.values<T>(1003);
  std::vector<T> g = random.values<T>(1003);
  h.add(k::l1_l2_penalty(1003, p.data(), 1e-3, 1e-2, g.data())).add(k::sum_squares(1003, g.data())).add(g);
  h.add(k::clip_grad_norm(1003, g.data(), 0.5));
  k::clip_grad_value(1003, g.data(), 0.01);
  return h.add(g).value();
}

TEST(OptimBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0x94bee64375a3fdf6u);
  EXPECT_EQ(hash<double>(), 0x307269fa80da919eu);
}

}  // namespace

#include "kernels/elementwise.h"

#include "kernels/reference/elementwise.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
using pg::kernels::Act;
namespace k = pg::kernels;
namespace ref = pg::reference;

constexpr Act kActs[] = {Act::linear, Act::relu, Act::leaky_relu, Act::sigmoid, Act::tanh, Act::gelu, Act::elu, Act::silu, Act::softplus};

template <class T>
class Elementwise : public ::testing::Test {};
TYPED_TEST_SUITE(Elementwise, Scalars);

TYPED_TEST(Elementwise, FlatLoopsAreTheReferenceForEveryLength) {
  using T = TypeParam;
  for (int n : lengths()) {
    Random random(static_cast<uint64_t>(n));
    const std::vector<T> a = random.values<T>(n, 3.0), b = random.values<T>(n, 3.0), start = random.values<T>(n);
    const auto check = [&](auto fast, auto slow) {
      std::vector<T> x = start, y = start;
      fast(x.data());
      slow(y.data());
      EXPECT_TRUE(same_bits(x, y)) << n;
    };
    check([&](T* o) { k::fill(n, T(2.5), o); }, [&](T* o) { ref::fill(n, T(2.5), o); });
    check([&](T* o) { k::add(n, a.data(), b.data(), o); }, [&](T* o) { ref::add(n, a.data(), b.data(), o); });
    check([&](T* o) { k::mul(n, a.data(), b.data(), o); }, [&](T* o) { ref::mul(n, a.data(), b.data(), o); });
    check([&](T* o) { k::mul_add(n, a.data(), b.data(), o); }, [&](T* o) { ref::mul_add(n, a.data(), b.data(), o); });
    check([&](T* o) { k::scale(n, T(0.3), a.data(), o); }, [&](T* o) { ref::scale(n, T(0.3), a.data(), o); });
    check([&](T* o) { k::axpy(n, T(0.3), a.data(), o); }, [&](T* o) { ref::axpy(n, T(0.3), a.data(), o); });
    EXPECT_NEAR(k::sum(n, a.data()), ref::sum(n, a.data()), 1e-12);
    std::vector<T> in_place = a;
    k::add(n, in_place.data(), b.data(), in_place.data());
    std::vector<T> want(a.size());
    ref::add(n, a.data(), b.data(), want.data());
    EXPECT_TRUE(same_bits(in_place, want));
  }
}

TYPED_TEST(Elementwise, ActivationsAndTheirGradientsAreTheReference) {
  using T = TypeParam;
  for (Act act : kActs)
    for (int n : lengths()) {
      Random random(static_cast<uint64_t>(n) + 100);
      std::vector<T> x = random.values<T>(n, 6.0);
      if (n > 2) x[static_cast<size_t>(n) - 1] = T(0);  // the kink
      const std::vector<T> dy = random.values<T>(n), start = random.values<T>(n);
      std::vector<T> y(x.size()), want(x.size());
      k::act_forward(act, T(0.1), n, x.data(), y.data());
      ref::act_forward(act, T(0.1), n, x.data(), want.data());
      EXPECT_TRUE(close(y, want, 4 * kEps<T>, act == Act::gelu ? 6.0 : 1.0)) << static_cast<int>(act) << " " << n;
      std::vector<T> dx = start, dwant = start;
      k::act_backward(act, T(0.1), n, x.data(), y.data(), dy.data(), dx.data());
      ref::act_backward(act, T(0.1), n, x.data(), y.data(), dy.data(), dwant.data());
      EXPECT_TRUE(close(dx, dwant, 8 * kEps<T>)) << static_cast<int>(act) << " " << n;
      std::vector<T> in_place = x;
      k::act_forward(act, T(0.1), n, in_place.data(), in_place.data());
      EXPECT_TRUE(same_bits(in_place, y));
    }
}

TYPED_TEST(Elementwise, AnActivationsGradientIsItsDerivative) {
  using T = TypeParam;
  if constexpr (sizeof(T) == 8) {
    for (Act act : kActs)
      for (double at : {-3.1, -1.0, -0.4, 0.3, 0.9, 2.7}) {
        const T h = 1e-5, points[] = {at - h, at + h, at};
        T y[3], dx = 0;
        const T one = 1;
        k::act_forward(act, T(0.1), 3, points, y);
        k::act_backward(act, T(0.1), 1, points + 2, y + 2, &one, &dx);
        EXPECT_NEAR(dx, (y[1] - y[0]) / (2 * h), 1e-9) << static_cast<int>(act) << " at " << at;
      }
  }
}

TYPED_TEST(Elementwise, NanAndInfinityReachTheOutput) {
  using T = TypeParam;
  for (Act act : kActs)
    for (int position : {0, 3, 4, 6}) {
      std::vector<T> x(7, T(1)), y(7), dy(7, T(1)), dx(7, T(0));
      x[static_cast<size_t>(position)] = kNan<T>;
      k::act_forward(act, T(0.1), 7, x.data(), y.data());
      for (int i = 0; i < 7; ++i) EXPECT_EQ(std::isnan(y[static_cast<size_t>(i)]), i == position);
      std::fill(x.begin(), x.end(), T(1));
      k::act_forward(act, T(0.1), 7, x.data(), y.data());
      dy[static_cast<size_t>(position)] = kNan<T>;
      k::act_backward(act, T(0.1), 7, x.data(), y.data(), dy.data(), dx.data());
      for (int i = 0; i < 7; ++i) EXPECT_EQ(std::isnan(dx[static_cast<size_t>(i)]), i == position);
    }
  const T inf = kInf<T>;
  T y = 0;
  k::act_forward(Act::relu, T(0), 1, &inf, &y);
  EXPECT_EQ(y, inf);
  k::act_forward(Act::gelu, T(0), 1, &inf, &y);
  EXPECT_EQ(y, inf);
}

TYPED_TEST(Elementwise, ConventionsAtTheKinkArePyTorchs) {
  using T = TypeParam;
  const T zero = 0, one = 1, nan = kNan<T>;
  T dx = 0;
  k::act_backward<T>(Act::relu, T(0), 1, &zero, nullptr, &one, &dx);
  EXPECT_EQ(dx, T(0));
  k::act_backward<T>(Act::leaky_relu, T(0.25), 1, &zero, nullptr, &one, &dx);
  EXPECT_EQ(dx, T(0.25));
  dx = 0;
  k::act_backward<T>(Act::elu, T(0.25), 1, &zero, nullptr, &one, &dx);
  EXPECT_EQ(dx, T(0.25));
  dx = 0;
  k::act_backward<T>(Act::relu, T(0), 1, &nan, nullptr, &one, &dx);
  EXPECT_EQ(dx, T(1));
}

TYPED_TEST(Elementwise, ABiassGradientIsTheReference) {
  using T = TypeParam;
  for (int rows : {0, 1, 2, 5, 33})
    for (int cols : {0, 1, 3, 4, 8, 15, 16, 17, 40}) {
      Random random(static_cast<uint64_t>(rows * 100 + cols));
      const std::vector<T> bias = random.values<T>(cols), y = random.values<T>(rows * cols);
      std::vector<T> db = bias, db_want = bias;
      k::sum_rows(rows, cols, y.data(), db.data());
      ref::sum_rows(rows, cols, y.data(), db_want.data());
      EXPECT_TRUE(same_bits(db, db_want));
    }
}

TYPED_TEST(Elementwise, SoftplusIsTheIdentityAboveItsThreshold) {
  using T = TypeParam;
  const T x[] = {T(1.5), T(2.5), T(-3)}, dy[] = {1, 1, 1};
  T y[3], dx[3] = {};
  k::act_forward(Act::softplus, T(2), 3, x, y, T(4));
  k::act_backward<T>(Act::softplus, T(2), 3, x, nullptr, dy, dx, T(4));
  EXPECT_NEAR(y[0], std::log1p(std::exp(3.0)) / 2, 1e-6);
  EXPECT_EQ(y[1], x[1]);
  EXPECT_NEAR(y[2], std::log1p(std::exp(-6.0)) / 2, 1e-9);
  EXPECT_NEAR(dx[0], 1 / (1 + std::exp(-3.0)), 1e-6);
  EXPECT_EQ(dx[1], T(1));
  EXPECT_NEAR(dx[2], 1 / (1 + std::exp(6.0)), 1e-8);
}

template <class T>
uint64_t hash() {
  Hash h;
  Random random(5);
  for (Act act : kActs) {
    const std::vector<T> x = random.values<T>(1003, 8.0), dy = random.values<T>(1003);
    std::vector<T> y(x.size()), dx = random.values<T>(1003);
    k::act_forward(act, T(0.01), 1003, x.data(), y.data());
    k::act_backward(act, T(0.01), 1003, x.data(), y.data(), dy.data(), dx.data());
    h.add(y).add(dx).add(k::sum(1003, y.data()));
    std::vector<T> bias(59);
    k::sum_rows(17, 59, dx.data(), bias.data());
    for (size_t r = 0; r < 17; ++r) std::copy(bias.begin(), bias.end(), dx.begin() + static_cast<ptrdiff_t>(r) * 59);
    k::axpy(1003, T(0.37), x.data(), dx.data());
    k::mul_add(1003, x.data(), dy.data(), dx.data());
    h.add(bias).add(dx);
  }
  return h.value();
}

TEST(ElementwiseBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0x85fe5f7a7de4fa56u);
  EXPECT_EQ(hash<double>(), 0x0e17642bf4014ba3u);
}

}  // namespace

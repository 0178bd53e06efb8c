#include "kernels/softmax.h"

#include "kernels/reference/softmax.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
namespace k = pg::kernels;
namespace ref = pg::reference;

template <class T>
class Softmax : public ::testing::Test {};
TYPED_TEST_SUITE(Softmax, Scalars);

TYPED_TEST(Softmax, IsTheReferenceForEveryWidth) {
  using T = TypeParam;
  for (int cols : lengths())
    for (double range : {1.0, 30.0, 1e4}) {
      Random random(static_cast<uint64_t>(cols));
      const int ldx = cols + 3, ldy = cols + 1;
      const std::vector<T> x = random.values<T>(5 * ldx, range);
      std::vector<T> y(static_cast<size_t>(5 * ldy), T(9)), want = y;
      k::softmax_rows(5, cols, x.data(), ldx, y.data(), ldy);
      ref::softmax_rows(5, cols, x.data(), ldx, want.data(), ldy);
      EXPECT_TRUE(close(y, want, (8 + cols + 2 * range) * kEps<T>, 1e-30)) << cols << " " << range;
      std::vector<T> in_place = x;
      k::softmax_rows(5, cols, in_place.data(), ldx, in_place.data(), ldx);
      for (int r = 0; r < 5; ++r)
        for (int c = 0; c < cols; ++c)
          ASSERT_EQ(in_place[static_cast<size_t>(r * ldx + c)], y[static_cast<size_t>(r * ldy + c)]);
    }
}

// Around the groups of 16 and of 4, and for scales that turn the order of the row around.
TYPED_TEST(Softmax, AScaledRowIsTheReferenceOfTheScaledRow) {
  using T = TypeParam;
  for (int cols : lengths())
    for (double scale : {0.25, 3.0, 0.0, -0.25, -3.0}) {
      Random random(static_cast<uint64_t>(cols) + 9);
      std::vector<T> x = random.values<T>(cols, 10.0), y(x.size(), T(9)), scaled = x, want = y;
      for (T& v : scaled) v *= static_cast<T>(scale);
      k::softmax_scaled_row(cols, x.data(), static_cast<T>(scale), y.data());
      ref::softmax_rows(1, cols, scaled.data(), cols, want.data(), cols);
      EXPECT_TRUE(close(y, want, (8 + cols + 2 * 30) * kEps<T>, 1e-30)) << cols << " " << scale;
      k::softmax_scaled_row(cols, x.data(), static_cast<T>(scale), x.data());
      EXPECT_TRUE(same_bits(x, y)) << cols << " " << scale;
    }
}

TYPED_TEST(Softmax, MaskedEntriesAreExactlyZero) {
  using T = TypeParam;
  for (int cols : {1, 3, 4, 6, 9}) {
    std::vector<T> x(static_cast<size_t>(cols), T(2)), y(x.size());
    x[0] = -kInf<T>;
    k::softmax_rows(1, cols, x.data(), cols, y.data(), cols);
    EXPECT_EQ(y[0], T(0));
    for (int c = 1; c < cols; ++c) EXPECT_NEAR(y[static_cast<size_t>(c)], 1.0 / (cols - 1), 2 * kEps<T>);
    std::fill(x.begin(), x.end(), -kInf<T>);
    k::softmax_rows(1, cols, x.data(), cols, y.data(), cols);
    for (T v : y) EXPECT_EQ(v, T(0));  // nothing to see: zeros, not NaN
  }
}

// dx = scale · (what softmax_backward_rows adds), and what is masked gets 0, not −0.
TYPED_TEST(Softmax, GradientOfScaledScoresIsThatOfTheSoftmaxTimesTheScale) {
  using T = TypeParam;
  for (int cols : lengths()) {
    Random random(static_cast<uint64_t>(cols) + 5);
    std::vector<T> y = random.values<T>(3 * cols), dx(y.size(), T(7)), want(y.size(), T(0));
    const std::vector<T> dy = random.values<T>(3 * cols);
    if (cols > 1) y[1] = T(0);
    k::softmax_scores_backward(3, cols, y.data(), dy.data(), T(0.3), dx.data());
    k::softmax_backward_rows(3, cols, y.data(), dy.data(), want.data());
    for (T& v : want) v *= T(0.3);
    EXPECT_TRUE(same_bits(dx, want)) << cols;
  }
}

TYPED_TEST(Softmax, NanAndPlusInfinityMakeTheRowNan) {
  using T = TypeParam;
  for (T bad : {kNan<T>, kInf<T>})
    for (int cols : {1, 2, 4, 5, 8, 11})
      for (int at = 0; at < cols; ++at) {
        std::vector<T> x(static_cast<size_t>(2 * cols), T(1)), y(x.size());
        x[static_cast<size_t>(at)] = bad;
        k::softmax_rows(2, cols, x.data(), cols, y.data(), cols);
        for (int c = 0; c < cols; ++c) {
          EXPECT_TRUE(std::isnan(y[static_cast<size_t>(c)])) << cols << " " << at;
          EXPECT_FALSE(std::isnan(y[static_cast<size_t>(cols + c)]));
        }
      }
}

TYPED_TEST(Softmax, BackwardIsTheReference) {
  using T = TypeParam;
  for (int cols : lengths()) {
    Random random(static_cast<uint64_t>(cols) + 50);
    const std::vector<T> x = random.values<T>(3 * cols, 4.0), dy = random.values<T>(3 * cols);
    std::vector<T> y(x.size()), dx = random.values<T>(3 * cols), want = dx;
    ref::softmax_rows(3, cols, x.data(), cols, y.data(), cols);
    k::softmax_backward_rows(3, cols, y.data(), dy.data(), dx.data());
    ref::softmax_backward_rows(3, cols, y.data(), dy.data(), want.data());
    EXPECT_TRUE(close(dx, want, 8 * kEps<T>)) << cols;
  }
}

TYPED_TEST(Softmax, CrossEntropyIsTheReference) {
  using T = TypeParam;
  for (int cols : {1, 2, 3, 4, 5, 10, 17, 64})
    for (double range : {1.0, 50.0}) {
      Random random(static_cast<uint64_t>(cols) + 70);
      const int rows = 9;
      const std::vector<T> x = random.values<T>(rows * cols, range);
      std::vector<int32_t> target;
      for (int r = 0; r < rows; ++r) target.push_back(r % 4 == 2 ? -100 : random.below(cols));
      std::vector<T> loss(rows, T(5)), probs(x.size()), loss_want(rows), probs_want(x.size());
      k::cross_entropy_rows(rows, cols, x.data(), target.data(), -100, loss.data(), probs.data());
      ref::cross_entropy_rows(rows, cols, x.data(), target.data(), -100, loss_want.data(), probs_want.data());
      EXPECT_TRUE(close(loss, loss_want, 16 * kEps<T>));
      EXPECT_TRUE(close(probs, probs_want, (8 + cols + 2 * range) * kEps<T>, 1e-30));
      for (int r = 2; r < rows; r += 4) EXPECT_EQ(loss[static_cast<size_t>(r)], T(0));
      std::vector<T> dx = random.values<T>(rows * cols), dx_want = dx;
      k::cross_entropy_backward_rows(rows, cols, probs.data(), target.data(), -100, T(0.2), dx.data());
      ref::cross_entropy_backward_rows(rows, cols, probs.data(), target.data(), -100, T(0.2), dx_want.data());
      EXPECT_TRUE(same_bits(dx, dx_want));
      if (range > 1) continue;  // the reference below takes the logarithm of probabilities
      std::vector<T> weight = random.values<T>(cols);
      for (T& w : weight) w = std::fabs(w);
      for (const T* w : {static_cast<const T*>(nullptr), static_cast<const T*>(weight.data())})
        for (T smoothing : {T(0), T(0.25)}) {
          k::cross_entropy_smooth_rows(rows, cols, x.data(), target.data(), -100, w, smoothing, loss.data(), probs.data());
          ref::cross_entropy_smooth_rows(rows, cols, x.data(), target.data(), -100, w, smoothing, loss_want.data(), probs_want.data());
          EXPECT_TRUE(close(loss, loss_want, (16 + cols) * kEps<T>));
          dx_want = dx;
          k::cross_entropy_smooth_backward_rows(rows, cols, probs.data(), target.data(), -100, w, smoothing, T(0.2), dx.data());
          ref::cross_entropy_smooth_backward_rows(rows, cols, probs.data(), target.data(), -100, w, smoothing, T(0.2), dx_want.data());
          EXPECT_TRUE(close(dx, dx_want, 16 * kEps<T>));
        }
    }
}

TYPED_TEST(Softmax, CrossEntropyOfCertainLogitsNeitherOverflowsNorHidesANan) {
  using T = TypeParam;
  const std::vector<T> x = {T(1e4), T(0), T(-1e4), kNan<T>, T(0), T(0)};
  const int32_t target[] = {2, 0};
  std::vector<T> loss(2), probs(6);
  k::cross_entropy_rows(2, 3, x.data(), target, -1, loss.data(), probs.data());
  EXPECT_EQ(loss[0], T(2e4));
  EXPECT_TRUE(std::isnan(loss[1]));
}

template <class T>
uint64_t hash() {
  Hash h;
  Random random(6);
  for (int cols : {3, 10, 64, 101}) {
    const std::vector<T> x = random.values<T>(7 * cols, 9.0), dy = random.values<T>(7 * cols);
    std::vector<T> y(x.size()), dx(x.size()), loss(7);
    const std::vector<int32_t> target(7, 2);
    k::softmax_rows(7, cols, x.data(), cols, y.data(), cols);
    k::softmax_backward_rows(7, cols, y.data(), dy.data(), dx.data());
    h.add(y).add(dx);
    k::cross_entropy_rows(7, cols, x.data(), target.data(), -1, loss.data(), y.data());
    k::cross_entropy_backward_rows(7, cols, y.data(), target.data(), -1, T(1) / T(7), dx.data());
    h.add(loss).add(dx);
  }
  return h.value();
}

TEST(SoftmaxBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0x34eb03505e5509ddu);
  EXPECT_EQ(hash<double>(), 0x71efb556f5cb84e5u);
}

}  // namespace

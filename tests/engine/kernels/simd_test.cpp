#include "kernels/simd.h"

#include "kernels/math_simd.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
using namespace pg::simd;

std::vector<float> lanes(f32x4 v) { return {v[0], v[1], v[2], v[3]}; }

TEST(Simd, PartialLoadsAndStoresTouchOnlyTheirElements) {
  for (int count = 0; count < 4; ++count) {
    std::vector<float> from(static_cast<size_t>(count), 3.0f);  // the sanitizer sees a read beyond it
    const f32x4 v = load_partial(from.data(), count);
    std::vector<float> to(4, 7.0f);
    store_partial(to.data(), v, count);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(v[i], i < count ? 3.0f : 0.0f);
      EXPECT_EQ(to[static_cast<size_t>(i)], i < count ? 3.0f : 7.0f);
    }
  }
}

TEST(Simd, LimitsKeepNan) {
  const float nan = kNan<float>;
  const f32x4 x = {-2.0f, 2.0f, nan, 0.5f};
  EXPECT_TRUE(same_bits(lanes(at_most(x, splat(1.0f))), {-2.0f, 1.0f, nan, 0.5f}));
  EXPECT_TRUE(same_bits(lanes(at_least(x, splat(-1.0f))), {-1.0f, 2.0f, nan, 0.5f}));
}

TEST(Simd, SignsRootsAndSums) {
  const f32x4 x = {-4.0f, 9.0f, -0.0f, 2.0f};
  EXPECT_TRUE(same_bits(lanes(abs(x)), {4.0f, 9.0f, 0.0f, 2.0f}));
  EXPECT_TRUE(same_bits(lanes(copy_sign(splat(1.0f), x)), {-1.0f, 1.0f, -1.0f, 1.0f}));
  EXPECT_TRUE(same_bits(lanes(sqrt(abs(x))), {2.0f, 3.0f, 0.0f, std::sqrt(2.0f)}));
  // (0+2) + (1+3): the large ones cancel first.
  EXPECT_EQ(sum_lanes(f32x4{1e8f, 0.5f, -1e8f, 0.25f}), 0.75f);
  EXPECT_TRUE(any(x == splat(2.0f)));
  EXPECT_FALSE(any(x == splat(5.0f)));
}

TEST(Simd, ExpBelowZeroHasTheBitsOfExp) {
  const auto bits_of = [](f32x4 v) { return pattern(v)[0]; };
  const auto check = [&](uint32_t b) {
    const f32x4 x = from_bits((i32x4)splat(b));
    ASSERT_EQ(bits_of(exp_below4(x)), bits_of(exp4(x))) << x[0];
  };
  for (uint64_t b = 0x80000000u; b < 0xff800000u; b += 997) check(static_cast<uint32_t>(b));
  for (uint32_t b = 0xc2ae0000u; b < 0xc2b10000u; ++b) check(b);  // −87 to −88.5, where the result becomes 0
  check(0xff800000u);
  check(0);
  EXPECT_TRUE(std::isnan(exp_below4(splat(__builtin_nanf("")))[0]));
}

TEST(Simd, TransposeTurnsRowsIntoColumns) {
  f32x4 r[4];
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) r[i][j] = static_cast<float>(10 * i + j);
  transpose(r);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) EXPECT_EQ(r[i][j], static_cast<float>(10 * j + i));
}

}  // namespace

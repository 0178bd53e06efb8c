#include "kernels/simd.h"

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
  const f32x4 a = {nan, 1.0f, 3.0f, nan}, b = {1.0f, nan, 2.0f, nan};
  EXPECT_TRUE(same_bits(lanes(max_nan(a, b)), {nan, nan, 3.0f, nan}));
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

}  // namespace

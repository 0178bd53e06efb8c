#include <gtest/gtest.h>

#include <set>

#include "tensor/rng.h"

namespace pg {
namespace {

TEST(Philox, KnownAnswers) {
  // The known-answer vectors that the generator's authors publish with their Random123 library (philox4x32, 10 rounds).
  using A = std::array<uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, 0, 0), (A{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}));
  EXPECT_EQ(philox({0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu}, 0xffffffffu, 0xffffffffu), (A{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}));
  EXPECT_EQ(philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, 0xa4093822u, 0x299f31d0u), (A{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}));
}

TEST(Rng, UniformCoversTheInterval) {
  Rng rng(1, Stream::data);
  double sum = 0, low = 1, high = 0;
  for (int i = 0; i < 100000; ++i) {
    const double u = rng.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    low = std::min(low, u);
    high = std::max(high, u);
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);
  EXPECT_LT(low, 1e-3);
  EXPECT_GT(high, 1 - 1e-3);
}

TEST(Rng, NormalHasMeanZeroAndVarianceOne) {
  Rng rng(2, Stream::init);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double z = rng.normal();
    sum += z;
    squares += z * z;
  }
  EXPECT_NEAR(sum / 100000, 0, 0.015);
  EXPECT_NEAR(squares / 100000, 1, 0.02);
}

TEST(Rng, StreamsSeedsAndPlacesDiffer) {
  std::set<uint32_t> first;
  for (uint64_t seed : {0ull, 1ull, 1ull << 32})
    for (Stream s : {Stream::init, Stream::data, Stream::shuffle})
      for (uint32_t a : {0u, 1u})
        for (uint32_t b : {0u, 1u}) first.insert(Rng(seed, s, a, b).next());
  EXPECT_EQ(first.size(), 36u);
}

TEST(Rng, ShuffleIsAPermutationWithoutFavourites) {
  int at_front[5] = {};
  for (uint32_t round = 0; round < 5000; ++round) {
    int items[5] = {0, 1, 2, 3, 4};
    Rng(3, Stream::shuffle, round).shuffle(items, 5);
    std::set<int> seen(items, items + 5);
    ASSERT_EQ(seen.size(), 5u);
    ++at_front[items[0]];
  }
  for (int n : at_front) EXPECT_NEAR(n, 1000, 150);
}

}  // namespace
}  // namespace pg

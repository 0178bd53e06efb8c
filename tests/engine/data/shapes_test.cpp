#include "data/shapes.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace pg::data {
namespace {

constexpr size_t kSize = kShapeChannels * kShapeSide * kShapeSide;

TEST(Shapes, DependOnTheSeedAndTheirNumberAlone) {
  const Shapes a = make_shapes(40, 10, false, 3), b = make_shapes(20, 30, false, 3), c = make_shapes(40, 10, false, 4);
  EXPECT_EQ(a.pixels, b.pixels);
  EXPECT_EQ(a.stripes, b.stripes);
  EXPECT_NE(a.pixels, c.pixels);
  EXPECT_EQ(a.pixels.size(), 50 * kSize);
}

TEST(Shapes, TakeTurnsAndStripesAreDrawnByLot) {
  const Shapes s = make_shapes(400, 0, false, 1);
  std::array<int, kStripeKinds> stripes{};
  for (size_t i = 0; i < 400; ++i) {
    EXPECT_EQ(s.shapes[i], static_cast<int>(i) % kShapeKinds);
    ++stripes[static_cast<size_t>(s.stripes[i])];
  }
  for (int n : stripes) EXPECT_GT(n, 60);
}

TEST(Shapes, TiedStripesTellTheShapeInTrainingAndNeverInTheTest) {
  const Shapes s = make_shapes(100, 100, true, 1);
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(s.shapes[i], s.stripes[i]);
  for (size_t i = 100; i < 200; ++i) EXPECT_NE(s.shapes[i], s.stripes[i]);
}

TEST(Shapes, StripesRunTheWayTheyAreNamed) {
  const Shapes s = make_shapes(400, 0, false, 1);
  double along[2] = {}, across[2] = {};  // of flat and of upright stripes: differences of neighbours in a row, in a column
  for (size_t i = 0; i < 400; ++i) {
    if (s.stripes[i] % 2) continue;
    const size_t k = s.stripes[i] == 0 ? 0 : 1;
    const uint8_t* p = s.pixels.data() + i * kSize;
    for (int y = 10; y < 14; ++y)
      for (int x = 10; x < 14; ++x) {
        along[k] += std::abs(p[y * kShapeSide + x + 1] - p[y * kShapeSide + x]);
        across[k] += std::abs(p[(y + 1) * kShapeSide + x] - p[y * kShapeSide + x]);
      }
  }
  EXPECT_GT(across[0], 1.5 * along[0]);
  EXPECT_GT(along[1], 1.5 * across[1]);
}

}  // namespace
}  // namespace pg::data

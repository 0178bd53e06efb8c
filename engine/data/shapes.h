// Small coloured pictures, made up: a shape, turned a little and filled with stripes, somewhere on a ground of another colour.
// Each picture depends on (seed, its number) alone. One may ask of it which shape it shows, or which way the stripes run.
#pragma once
#include <cstdint>
#include <vector>

namespace pg::data {

inline constexpr int kShapeKinds = 4;   // disc, square, triangle, cross
inline constexpr int kStripeKinds = 4;  // —, ╱, |, ╲
inline constexpr int kShapeSide = 24, kShapeChannels = 3;

struct Shapes {
  std::vector<uint8_t> pixels;             // [n, 3, 24, 24]
  std::vector<int32_t> shapes, stripes;    // [n]
};

/// Shapes take turns. The stripes are drawn by lot; with `tied` they go with the shape in the first n_train pictures, and in those
/// behind never do.
Shapes make_shapes(int n_train, int n_test, bool tied, uint64_t seed);

}  // namespace pg::data

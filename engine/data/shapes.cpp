#include "data/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tensor/rng.h"

namespace pg::data {

namespace {

constexpr double kPi = 3.141592653589793;
using Colour = std::array<double, 3>;

/// Signed distance to the edge, negative inside; of a shape about as large as a disc of radius r.
double edge(int kind, double u, double v, double r) {
  const auto box = [=](double a, double b) { return std::max(std::abs(u) - a, std::abs(v) - b); };
  switch (kind) {
    case 0: return std::sqrt(u * u + v * v) - r;
    case 1: return box(0.86 * r, 0.86 * r);
    case 2: return std::max(v, std::abs(u) * 0.8660254 - v * 0.5) - 0.6 * r;
    default: return std::min(box(r, 0.36 * r), box(0.36 * r, r));
  }
}

/// A colour of full strength at a place of the colour wheel, 0 to 1.
Colour hue(double at) {
  const auto ramp = [](double t) { return std::clamp(std::abs((t - std::floor(t)) * 6 - 3) - 1, 0.0, 1.0); };
  return {ramp(at), ramp(at + 2.0 / 3), ramp(at + 1.0 / 3)};
}

void draw(int shape, int stripe, Rng& rng, uint8_t* out) {
  constexpr int pixels = kShapeSide * kShapeSide;
  const double r = rng.uniform(6.5, 9), room = kShapeSide / 2.0 - r - 0.5;
  const double cx = kShapeSide / 2.0 + rng.uniform(-room, room), cy = kShapeSide / 2.0 + rng.uniform(-room, room);
  const double turn = rng.uniform(-0.3, 0.3), cos = kernels::cos_(turn), sin = kernels::sin_(turn);
  const double along = stripe * kPi / 4, per_x = kernels::sin_(along), per_y = kernels::cos_(along);
  const double period = rng.uniform(3.6, 5.2), phase = rng.uniform();
  const double at = rng.uniform();
  const Colour ink = hue(at), ground = hue(at + rng.uniform(0.3, 0.7));
  const double light = rng.uniform(0.85, 1), dark = rng.uniform(0.3, 0.45), shade = rng.uniform(0.12, 0.3);
  for (int i = 0; i < pixels; ++i) {
    const double x = i % kShapeSide + 0.5 - cx, y = i / kShapeSide + 0.5 - cy;
    const double cover = std::clamp(0.5 - edge(shape, cos * x + sin * y, cos * y - sin * x, r), 0.0, 1.0);
    const double wave = (per_x * x + per_y * y) / period + phase, place = wave - std::floor(wave);
    const double bright = std::clamp(0.5 + (std::abs(place - 0.5) - 0.25) * period, 0.0, 1.0);  // edges one pixel soft
    const double tone = dark + (light - dark) * bright;
    for (size_t c = 0; c < kShapeChannels; ++c) {
      const double filled = tone * (0.25 + 0.75 * ink[c]), empty = shade * (0.4 + 0.6 * ground[c]);
      const double v = cover * filled + (1 - cover) * empty + rng.uniform(-0.06, 0.06);
      out[static_cast<int>(c) * pixels + i] = static_cast<uint8_t>(std::clamp(v, 0.0, 1.0) * 255 + 0.5);
    }
  }
}

}  // namespace

Shapes make_shapes(int n_train, int n_test, bool tied, uint64_t seed) {
  Shapes s;
  const int n = n_train + n_test;
  constexpr size_t size = kShapeChannels * kShapeSide * kShapeSide;
  s.pixels.resize(static_cast<size_t>(n) * size);
  for (int i = 0; i < n; ++i) {
    Rng rng(seed, Stream::data, static_cast<uint32_t>(i));
    const int shape = i % kShapeKinds, lot = static_cast<int>(rng.below(kStripeKinds));
    const int other = (shape + 1 + lot % (kStripeKinds - 1)) % kStripeKinds;
    const int stripe = !tied ? lot : i < n_train ? shape : other;
    draw(shape, stripe, rng, s.pixels.data() + static_cast<size_t>(i) * size);
    s.shapes.push_back(shape);
    s.stripes.push_back(stripe);
  }
  return s;
}

}  // namespace pg::data

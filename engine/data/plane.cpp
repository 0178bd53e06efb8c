#include "data/plane.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pg::data {

namespace {

constexpr double kPi = 3.14159265358979323846;

float clamp(double v) { return static_cast<float>(std::min(std::max(v, -kExtent), kExtent)); }

Point jittered(Rng& rng, double x1, double x2, int label, double noise) {
  const double d1 = rng.normal(), d2 = rng.normal();
  return {clamp(x1 + 2 * noise * d1), clamp(x2 + 2 * noise * d2), static_cast<float>(label)};
}

/// Concentric rings with gaps between; equal density within a ring.
Point circle(Rng& rng, int label, int classes, double noise) {
  const double width = 5.4 / classes, gap = 0.15 * width;
  const double lo = label ? label * width + gap : 0, hi = (label + 1) * width - gap;
  const double r = std::sqrt(rng.uniform(lo * lo, hi * hi)), angle = 2 * kPi * rng.uniform();
  return jittered(rng, r * kernels::cos_(angle), r * kernels::sin_(angle), label, noise);
}

/// Class 1 where the signs of x1 and x2 differ; a gap along the axes.
Point xor_(Rng& rng, int label, int, double noise) {
  const double a = rng.uniform(0.35, 5.5), b = rng.uniform(0.35, 5.5);
  const double sign = rng.uniform() < 0.5 ? -1 : 1;
  return jittered(rng, sign * a, (label ? -sign : sign) * b, label, noise);
}

/// Round clouds, centres on a circle; the noise widens the clouds.
Point gaussian(Rng& rng, int label, int classes, double noise) {
  const double angle = kPi / 4 + 2 * kPi * label / classes;
  const double d1 = rng.normal(), d2 = rng.normal(), spread = 0.7 + 2 * noise;
  return {clamp(3.0 * kernels::cos_(angle) + spread * d1), clamp(3.0 * kernels::sin_(angle) + spread * d2), static_cast<float>(label)};
}

/// Arms of Archimedes' spiral; points spread evenly along an arm.
Point spiral(Rng& rng, int label, int classes, double noise) {
  const double t = std::sqrt(rng.uniform(0.01, 1.0)), angle = 2.5 * kPi * t + 2 * kPi * label / classes;
  return jittered(rng, 5.5 * t * kernels::sin_(angle), 5.5 * t * kernels::cos_(angle), label, noise);
}

/// Two half circles that reach into one another.
Point moons(Rng& rng, int label, int, double noise) {
  const double angle = kPi * rng.uniform(), c = kernels::cos_(angle), s = kernels::sin_(angle);
  const double u = label ? 1 - c : c, v = label ? 0.5 - s : s;
  return jittered(rng, 3.4 * (u - 0.5), 4.2 * (v - 0.25), label, noise);
}

Point at_value(double x1, double x2, double value) { return {static_cast<float>(x1), static_cast<float>(x2), static_cast<float>(value)}; }

Point plane(Rng& rng, int, int, double noise) {
  const double x1 = rng.uniform(-kExtent, kExtent), x2 = rng.uniform(-kExtent, kExtent);
  return at_value(x1, x2, (x1 + x2) / 12 + noise * rng.normal());
}

/// Hills and hollows of height 1 that hardly touch.
Point bumps(Rng& rng, int, int, double noise) {
  static constexpr struct {
    double x1, x2, sign;
  } kBumps[] = {{-3, 3, 1}, {3, 3, -1}, {0, 0, 1}, {-3, -3, -1}, {3, -3, 1}};
  const double x1 = rng.uniform(-kExtent, kExtent), x2 = rng.uniform(-kExtent, kExtent);
  double value = 0;
  for (const auto& b : kBumps) {
    const double d2 = (x1 - b.x1) * (x1 - b.x1) + (x2 - b.x2) * (x2 - b.x2);
    value += b.sign * kernels::exp_(-d2 / (2 * 1.3 * 1.3));
  }
  return at_value(x1, x2, value + noise * rng.normal());
}

Point curve(Rng& rng, int, int, double noise) {
  const double x = rng.uniform(-kExtent, kExtent);
  return at_value(x, 0, 0.7 * kernels::sin_(x) + 0.3 * kernels::cos_(2.2 * x) + noise * rng.normal());
}

constexpr PlaneTask kTasks[] = {
    {"circle", PlaneKind::classes, 5, circle}, {"xor", PlaneKind::classes, 2, xor_},       {"gaussian", PlaneKind::classes, 5, gaussian},
    {"spiral", PlaneKind::classes, 5, spiral}, {"moons", PlaneKind::classes, 2, moons},    {"plane", PlaneKind::regression, 0, plane},
    {"bumps", PlaneKind::regression, 0, bumps}, {"curve", PlaneKind::curve, 0, curve},
};

}  // namespace

std::span<const PlaneTask> plane_tasks() { return kTasks; }

const PlaneTask* find_plane_task(std::string_view name) {
  for (const PlaneTask& t : kTasks)
    if (name == t.name) return &t;
  return nullptr;
}

std::string plane_task_names(bool many_classes_only) {
  std::string names;
  for (const PlaneTask& t : kTasks)
    if (!many_classes_only || t.max_classes > 2) {
      if (!names.empty()) names += '|';
      names += t.name;
    }
  return names;
}

PlaneData make_plane_data(const PlaneTask& task, int samples, int classes, double noise, double train_fraction, uint64_t seed) {
  std::vector<int> order(static_cast<size_t>(samples));
  std::iota(order.begin(), order.end(), 0);
  Rng(seed, Stream::split).shuffle(order.data(), static_cast<uint32_t>(samples));
  PlaneData d;
  d.n_train = std::clamp(static_cast<int>(samples * train_fraction + 0.5), 1, samples - 1);
  d.n_test = samples - d.n_train;
  d.points.reserve(order.size());
  for (int i : order) {
    Rng rng(seed, Stream::data, static_cast<uint32_t>(i));
    d.points.push_back(task.draw(rng, task.kind == PlaneKind::classes ? i % classes : 0, classes, noise));
  }
  return d;
}

}  // namespace pg::data

#include "data/plane.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>

namespace pg::data {
namespace {

constexpr uint64_t kSeed = 7;

PlaneData make(const PlaneTask& t, int samples, double noise = 0.1, double fraction = 0.7, int classes = 2, uint64_t seed = kSeed) {
  return make_plane_data(t, samples, classes, noise, fraction, seed);
}

bool same(const Point& a, const Point& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

class EveryTask : public testing::TestWithParam<const PlaneTask*> {};

TEST_P(EveryTask, LiesInThePlaneAndFillsIt) {
  for (double noise : {0.0, 0.1, 0.5}) {
    const PlaneData d = make(*GetParam(), 1000, noise);
    ASSERT_EQ(d.points.size(), 1000u);
    double lo = 0, hi = 0;
    for (const Point& p : d.points) {
      ASSERT_TRUE(std::fabs(p.x1) <= kExtent && std::fabs(p.x2) <= kExtent && std::isfinite(p.target));
      lo = std::min<double>(lo, p.x1);
      hi = std::max<double>(hi, p.x1);
    }
    EXPECT_LT(lo, -3.5);
    EXPECT_GT(hi, 3.5);
  }
}

TEST_P(EveryTask, ClassesAreBalancedOrValuesInRange) {
  const PlaneTask& t = *GetParam();
  if (t.kind != PlaneKind::classes) {
    EXPECT_EQ(t.max_classes, 0);
    double lo = 0, hi = 0;
    for (const Point& p : make(t, 1000, 0).points) {
      ASSERT_LE(std::fabs(p.target), 1.0f);
      lo = std::min<double>(lo, p.target);
      hi = std::max<double>(hi, p.target);
    }
    EXPECT_LT(lo, -0.7);
    EXPECT_GT(hi, 0.7);
    return;
  }
  for (int classes = 2; classes <= t.max_classes; ++classes) {
    std::vector<int> count(static_cast<size_t>(classes));
    for (const Point& p : make(t, 600, 0.1, 0.7, classes).points) ++count.at(static_cast<size_t>(p.target));
    for (int n : count) EXPECT_EQ(n, 600 / classes) << classes << " classes";
  }
}

TEST_P(EveryTask, IsAFunctionOfTheSeed) {
  const PlaneData a = make(*GetParam(), 200), b = make(*GetParam(), 200), c = make(*GetParam(), 200, 0.1, 0.7, 2, kSeed + 1);
  int moved = 0;
  for (size_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(same(a.points[i], b.points[i]));
    moved += !same(a.points[i], c.points[i]);
  }
  EXPECT_GT(moved, 190);
}

TEST_P(EveryTask, MoreSamplesKeepThePointsThereWere) {
  const auto key = [](const Point& p) { return std::pair(p.x1, p.target); };
  std::set<std::pair<float, float>> many;
  for (const Point& p : make(*GetParam(), 400).points) many.insert(key(p));
  for (const Point& p : make(*GetParam(), 300).points) EXPECT_TRUE(many.count(key(p)));
}

TEST_P(EveryTask, NoiseMovesAPointFurtherTheSameWay) {
  const PlaneTask& t = *GetParam();
  const PlaneData a = make(t, 300, 0), b = make(t, 300, 0.01), c = make(t, 300, 0.02);
  double moved = 0;
  for (size_t i = 0; i < a.points.size(); ++i) {
    const auto d = [&](auto f) {
      const double first = f(b.points[i]) - f(a.points[i]), second = f(c.points[i]) - f(a.points[i]);
      EXPECT_NEAR(second, 2 * first, 1e-5);
      moved = std::max(moved, std::fabs(first));
    };
    if (std::fabs(a.points[i].x1) > 5 || std::fabs(a.points[i].x2) > 5) continue;  // the border may hold it
    d([](const Point& p) { return static_cast<double>(p.x1); });
    d([](const Point& p) { return static_cast<double>(p.x2); });
    d([](const Point& p) { return static_cast<double>(p.target); });
  }
  EXPECT_GT(moved, 0.01);
  EXPECT_LT(moved, 0.2);
}

TEST_P(EveryTask, SplitsByFractionWithSomethingOnEitherSide) {
  const PlaneTask& t = *GetParam();
  for (int samples : {2, 3, 20, 501})
    for (double fraction : {0.0, 0.1, 0.5, 0.7, 1.0}) {
      const PlaneData d = make(t, samples, 0.1, fraction);
      EXPECT_EQ(d.n_train + d.n_test, samples);
      EXPECT_GE(d.n_train, 1);
      EXPECT_GE(d.n_test, 1);
      if (fraction > 0.05 && fraction < 0.95 && samples >= 20) {
        EXPECT_NEAR(d.n_train, samples * fraction, 0.51);
      }
    }
  // Where the line is drawn does not shuffle: a larger share keeps what a smaller one had.
  const PlaneData a = make(t, 100, 0.1, 0.3), b = make(t, 100, 0.1, 0.8);
  for (size_t i = 0; i < 100; ++i) EXPECT_TRUE(same(a.points[i], b.points[i]));
}

INSTANTIATE_TEST_SUITE_P(Plane, EveryTask, testing::ValuesIn([] {
                           std::vector<const PlaneTask*> all;
                           for (const PlaneTask& t : plane_tasks()) all.push_back(&t);
                           return all;
                         }()),
                         [](const auto& i) { return std::string(i.param->name); });

TEST(Plane, SplitIsSpreadOverTheClasses) {
  const PlaneData d = make(*find_plane_task("spiral"), 1000);
  int ones = 0;
  for (int i = 0; i < d.n_train; ++i) ones += d.points[static_cast<size_t>(i)].target == 1;
  EXPECT_NEAR(ones, d.n_train / 2, 40);
}

TEST(Plane, WithoutNoiseEachTaskIsWhatItsNameSays) {
  for (const Point& p : make(*find_plane_task("xor"), 500, 0).points) EXPECT_EQ(p.target == 1, p.x1 * p.x2 < 0);
  for (const Point& p : make(*find_plane_task("circle"), 500, 0, 0.7, 3).points) {
    const double r = std::hypot(p.x1, p.x2);
    EXPECT_EQ(static_cast<int>(r / 1.8), static_cast<int>(p.target));
  }
  for (const Point& p : make(*find_plane_task("plane"), 500, 0).points) EXPECT_NEAR(p.target, (p.x1 + p.x2) / 12, 1e-6);
  for (const Point& p : make(*find_plane_task("spiral"), 500, 0).points) {
    // Turned back along the arm, class 0 points up and class 1 down.
    const double t = std::hypot(p.x1, p.x2) / 5.5, angle = std::atan2(p.x1, p.x2) - 2.5 * 3.14159265358979 * t;
    EXPECT_NEAR(std::cos(angle), p.target == 0 ? 1 : -1, 1e-4);
  }
}

TEST(Plane, NamesAreReadOffTheTable) {
  EXPECT_EQ(plane_task_names(), "circle|xor|gaussian|spiral|moons|plane|bumps|curve");
  EXPECT_EQ(plane_task_names(true), "circle|gaussian|spiral");
  EXPECT_EQ(find_plane_task("digits"), nullptr);
}

}  // namespace
}  // namespace pg::data

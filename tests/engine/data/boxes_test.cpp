#include "data/boxes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tensor/rng.h"

namespace pg::data {
namespace {

TEST(Boxes, IntersectionOverUnionByHand) {
  const Box a{0, 0, 4, 4};
  EXPECT_EQ(iou(a, a), 1);
  EXPECT_EQ(iou(a, {4, 0, 4, 4}), 0);            // side by side
  EXPECT_EQ(iou(a, {2, 0, 4, 4}), 8.0 / 24);     // half of each
  EXPECT_EQ(iou(a, {1, 1, 2, 2}), 4.0 / 16);     // one within the other
  EXPECT_EQ(iou(a, {10, 10, 1, 1}), 0);
  EXPECT_EQ(iou({1, 1, 0, 0}, {1, 1, 0, 0}), 0);  // no union
  EXPECT_EQ(intersection(a, {-2, -2, 3, 7}), 4);
}

/// Unit squares that lie in one, in both.
TEST(Boxes, IntersectionOverUnionIsACountOfSquares) {
  Rng rng(1, Stream::data);
  for (int k = 0; k < 2000; ++k) {
    const auto draw = [&] { return Box{static_cast<float>(rng.below(12)), static_cast<float>(rng.below(12)), static_cast<float>(rng.below(9)), static_cast<float>(rng.below(9))}; };
    const Box a = draw(), b = draw();
    int both = 0, either = 0;
    for (int y = 0; y < 24; ++y)
      for (int x = 0; x < 24; ++x) {
        const auto in = [&](const Box& c) { return x >= c.x && x < c.x + c.w && y >= c.y && y < c.y + c.h; };
        both += in(a) && in(b);
        either += in(a) || in(b);
      }
    ASSERT_EQ(intersection(a, b), both);
    ASSERT_DOUBLE_EQ(iou(a, b), either ? static_cast<double>(both) / either : 0);
    ASSERT_EQ(iou(a, b), iou(b, a));
  }
}

/// Takes the best that is left until none is; slow and without an order.
std::vector<int> suppressed_by(const std::vector<Detection>& all, double threshold) {
  std::vector<int> by(all.size(), -2);
  for (;;) {
    int best = -1;
    for (size_t i = 0; i < all.size(); ++i)
      if (by[i] == -2 && (best < 0 || all[i].score > all[static_cast<size_t>(best)].score)) best = static_cast<int>(i);
    if (best < 0) return by;
    by[static_cast<size_t>(best)] = -1;
    for (size_t i = 0; i < all.size(); ++i)
      if (by[i] == -2 && all[i].cls == all[static_cast<size_t>(best)].cls && iou(all[i].box, all[static_cast<size_t>(best)].box) > threshold) by[i] = best;
  }
}

std::vector<Detection> draw_detections(Rng& rng, int n, int scenes, int classes) {
  std::vector<Detection> all;
  for (int i = 0; i < n; ++i)
    all.push_back({static_cast<int>(rng.below(static_cast<uint32_t>(scenes))), i, static_cast<int>(rng.below(static_cast<uint32_t>(classes))), static_cast<float>(rng.below(20)) / 20,  // scores tie
                   {static_cast<float>(rng.uniform(0, 20)), static_cast<float>(rng.uniform(0, 20)), static_cast<float>(rng.uniform(4, 14)), static_cast<float>(rng.uniform(4, 14))}});
  std::stable_sort(all.begin(), all.end(), [](const Detection& a, const Detection& b) { return a.scene < b.scene; });
  return all;
}

TEST(Boxes, SuppressionKeepsTheBestAndWhatItDoesNotOverlap) {
  std::vector<int> order;
  for (const double threshold : {0.0, 0.2, 0.5, 0.8, 1.0})
    for (int seed = 0; seed < 60; ++seed) {
      Rng rng(static_cast<uint64_t>(seed), Stream::data);
      std::vector<Detection> all = draw_detections(rng, 1 + static_cast<int>(rng.below(24)), 1, 3);
      const std::vector<int> expected = suppressed_by(all, threshold);
      suppress(all, threshold, order);
      for (size_t i = 0; i < all.size(); ++i) {
        ASSERT_EQ(all[i].by, expected[i]) << "threshold " << threshold << " seed " << seed << " box " << i;
        if (all[i].by >= 0) {
          ASSERT_FLOAT_EQ(all[i].overlap, static_cast<float>(iou(all[i].box, all[static_cast<size_t>(all[i].by)].box)));
        }
      }
      std::vector<int> again;
      std::vector<Detection> kept;
      for (const Detection& d : all)
        if (d.by < 0) kept.push_back(d);
      suppress(kept, threshold, again);
      for (const Detection& d : kept) ASSERT_LT(d.by, 0) << "what is left suppresses nothing";
    }
}

struct Scored {
  double map;
  std::vector<ClassScore> scores;
  std::vector<Ranked> ranking;
};
Scored score(const std::vector<Truth>& truths, const std::vector<Detection>& kept, int classes, double least = 0.5) {
  Scored s;
  s.map = average_precision(truths, kept, classes, least, s.scores, s.ranking);
  return s;
}
const Box kA{0, 0, 10, 10}, kB{20, 20, 10, 10}, kNowhere{40, 40, 5, 5};
Detection found(float confidence, Box box, int cls = 0, int scene = 0) { return {scene, 0, cls, confidence, box}; }

TEST(AveragePrecision, ByHand) {
  const std::vector<Truth> two = {{0, 0, kA}, {0, 0, kB}};
  EXPECT_EQ(score(two, {found(0.9f, kA), found(0.8f, kB)}, 1).map, 1);
  EXPECT_EQ(score(two, {}, 1).map, 0);
  EXPECT_EQ(score(two, {found(0.9f, kA)}, 1).map, 0.5);                                              // half is never found
  EXPECT_EQ(score(two, {found(0.9f, kNowhere), found(0.8f, kA), found(0.7f, kB)}, 1).map, 2.0 / 3);  // the envelope at the end is 2/3 throughout
  EXPECT_EQ(score(two, {found(0.9f, kA), found(0.8f, kNowhere), found(0.7f, kB)}, 1).map, 0.5 + 0.5 * 2 / 3);
  EXPECT_EQ(score(two, {found(0.9f, kA), found(0.8f, kA), found(0.7f, kB)}, 1).map, 0.5 + 0.5 * 2 / 3);  // a double is wrong
  // Who overlaps most a truth that is taken is wrong, though another truth would be free.
  const std::vector<Truth> near = {{0, 0, kA}, {0, 0, {2, 0, 10, 10}}};
  EXPECT_EQ(score(near, {found(0.9f, kA), found(0.8f, {0.5f, 0, 10, 10})}, 1).map, 0.5);
  // Exactly at the limit counts; of another class or scene nothing does.
  EXPECT_EQ(score({{0, 0, {0, 0, 10, 10}}}, {found(0.5f, {0, 0, 10, 5})}, 1).map, 1);
  EXPECT_EQ(score({{0, 0, kA}}, {found(0.9f, kA, 1)}, 2).map, 0);
  EXPECT_EQ(score({{1, 0, kA}}, {found(0.9f, kA, 0, 0)}, 1).map, 0);
  // The mean is over the classes that occur.
  const Scored s = score({{0, 0, kA}, {0, 2, kB}}, {found(0.9f, kA, 0), found(0.9f, kA, 1)}, 3);
  EXPECT_EQ(s.map, 0.5);
  EXPECT_TRUE(std::isnan(s.scores[1].ap));
  EXPECT_EQ(s.scores[1].detections, 1);
  EXPECT_EQ(score({}, {}, 2).map, 0);
}

/// AP of a class by another way: with n truths, the mean over k = 1 … n of the best precision among the beginnings of the ranking that
/// hold at least k right ones.
double reference_ap(const std::vector<Truth>& truths, const std::vector<Detection>& kept, int cls, double least) {
  std::vector<Detection> mine;
  for (const Detection& d : kept)
    if (d.cls == cls) mine.push_back(d);
  std::stable_sort(mine.begin(), mine.end(), [](const Detection& a, const Detection& b) { return a.score > b.score; });
  std::set<size_t> taken;
  std::vector<int> right;  // up to each place
  for (const Detection& d : mine) {
    int best = -1;
    for (size_t t = 0; t < truths.size(); ++t)
      if (truths[t].scene == d.scene && truths[t].cls == cls && (best < 0 || iou(truths[t].box, d.box) > iou(truths[static_cast<size_t>(best)].box, d.box))) best = static_cast<int>(t);
    const bool hit = best >= 0 && iou(truths[static_cast<size_t>(best)].box, d.box) >= least && taken.insert(static_cast<size_t>(best)).second;
    right.push_back((right.empty() ? 0 : right.back()) + hit);
  }
  double sum = 0;
  int n = 0;
  for (const Truth& t : truths) n += t.cls == cls;
  for (int k = 1; k <= n; ++k) {
    double best = 0;
    for (size_t i = 0; i < right.size(); ++i)
      if (right[i] >= k) best = std::max(best, static_cast<double>(right[i]) / static_cast<double>(i + 1));
    sum += best;
  }
  return sum / n;
}

TEST(AveragePrecision, AgreesWithAnotherWayToComputeIt) {
  for (int seed = 0; seed < 200; ++seed) {
    Rng rng(static_cast<uint64_t>(seed), Stream::data);
    std::vector<Truth> truths;
    for (const Detection& d : draw_detections(rng, 12, 4, 3)) truths.push_back({d.scene, d.cls, d.box});
    std::vector<Detection> kept = draw_detections(rng, 30, 4, 3);
    for (size_t i = 0; i < kept.size(); i += 2) {  // half of them near a truth
      const Truth& t = truths[rng.below(static_cast<uint32_t>(truths.size()))];
      kept[i].scene = t.scene, kept[i].cls = t.cls, kept[i].box = t.box;
      kept[i].box.x += static_cast<float>(rng.uniform(-4, 4));
    }
    std::stable_sort(kept.begin(), kept.end(), [](const Detection& a, const Detection& b) { return a.scene < b.scene; });
    const Scored s = score(truths, kept, 3, 0.4);
    double sum = 0;
    int n = 0;
    for (int c = 0; c < 3; ++c) {
      if (!s.scores[static_cast<size_t>(c)].truths) continue;
      const double expected = reference_ap(truths, kept, c, 0.4);
      ASSERT_NEAR(s.scores[static_cast<size_t>(c)].ap, expected, 1e-12) << "seed " << seed << " class " << c;
      sum += expected, ++n;
    }
    ASSERT_NEAR(s.map, sum / n, 1e-12);
    for (const Ranked& r : s.ranking) ASSERT_GE(r.envelope, r.precision);
  }
}

}  // namespace
}  // namespace pg::data

#include "data/scenes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/fake_digits.h"

namespace pg::data {
namespace {

using Picture = std::vector<float>;
struct Drawn {
  Picture pixels = Picture(kSceneSide * kSceneSide);
  std::vector<Truth> objects;
};
Drawn draw(const Scenes& scenes, bool held_out, uint32_t index) {
  Drawn d;
  Truth objects[kMaxObjects];
  const int n = scenes.draw(held_out, index, d.pixels.data(), objects);
  d.objects.assign(objects, objects + n);
  return d;
}
bool same(const Drawn& a, const Drawn& b) {
  return std::memcmp(a.pixels.data(), b.pixels.data(), a.pixels.size() * sizeof(float)) == 0 && a.objects.size() == b.objects.size() &&
         (a.objects.empty() || std::memcmp(a.objects.data(), b.objects.data(), a.objects.size() * sizeof(Truth)) == 0);
}
Digits digits() {
  const auto bytes = testing_data::fake_digits(200, 100);
  return parse_digits(bytes.data(), bytes.size());
}

std::vector<SceneOptions> all_options() {
  std::vector<SceneOptions> all;
  for (const auto& [d, s] : {std::pair{10, 0}, {0, 5}, {5, 5}})
    for (const int most : {1, 3, kMaxObjects})
      for (const auto& [least, largest] : {std::pair{5, 5}, {14, 24}, {kSceneSide, kSceneSide}, {5, kSceneSide}}) {
        SceneOptions o;
        o.digits = d, o.shapes = s, o.max_objects = most, o.min_size = least, o.max_size = largest, o.overlap = most == 3 ? 0.5 : 0;
        all.push_back(o);
      }
  return all;
}

TEST(Scenes, AreAFunctionOfSeedSplitAndNumber) {
  const Digits d = digits();
  for (const SceneOptions& o : all_options()) {
    const Scenes a(o, &d, 1), b(o, &d, 1), c(o, &d, 2);
    for (uint32_t i : {0u, 1u, 77u}) {
      draw(b, false, i + 5);  // what was drawn before does not matter
      EXPECT_TRUE(same(draw(a, false, i), draw(b, false, i)));
      EXPECT_FALSE(same(draw(a, false, i), draw(a, true, i)));
      EXPECT_FALSE(same(draw(a, false, i), draw(a, false, i + 1)));
      EXPECT_FALSE(same(draw(a, false, i), draw(c, false, i)));
    }
  }
}

TEST(Scenes, KeepWhatTheOptionsSay) {
  const Digits d = digits();
  for (const SceneOptions& o : all_options()) {
    const Scenes scenes(o, &d, 3);
    for (uint32_t i = 0; i < 40; ++i) {
      const Drawn s = draw(scenes, i % 2, i);
      ASSERT_GE(s.objects.size(), 1u);
      ASSERT_LE(s.objects.size(), static_cast<size_t>(o.max_objects));
      for (const float v : s.pixels) ASSERT_TRUE(v >= 0 && v <= 1);
      for (const Truth& t : s.objects) {
        ASSERT_TRUE(t.cls >= 0 && t.cls < scenes.classes());
        const Box& b = t.box;
        ASSERT_TRUE(b.x >= 0 && b.y >= 0 && b.w >= 2 && b.h >= 2 && b.x + b.w <= kSceneSide && b.y + b.h <= kSceneSide);
        const float longer = std::max(b.w, b.h);
        ASSERT_TRUE(longer >= static_cast<float>(o.min_size) && longer <= static_cast<float>(o.max_size)) << longer;
        for (const Truth& other : s.objects) {
          if (&other == &t) continue;
          ASSERT_LE(iou(b, other.box), o.overlap);
        }
      }
    }
  }
}

/// Without clutter and noise all ink is in the boxes, and a shape reaches all four sides of its box.
TEST(Scenes, ABoxHoldsItsObject) {
  const Digits d = digits();
  for (SceneOptions o : all_options()) {
    o.clutter = 0, o.noise = 0;
    const Scenes scenes(o, &d, 4);
    for (uint32_t i = 0; i < 20; ++i) {
      const Drawn s = draw(scenes, false, i);
      for (int p = 0; p < kSceneSide * kSceneSide; ++p) {
        if (s.pixels[static_cast<size_t>(p)] == 0) continue;
        const float x = static_cast<float>(p % kSceneSide), y = static_cast<float>(p / kSceneSide);
        ASSERT_TRUE(std::any_of(s.objects.begin(), s.objects.end(), [&](const Truth& t) { return x >= t.box.x && x < t.box.x + t.box.w && y >= t.box.y && y < t.box.y + t.box.h; }));
      }
      if (o.digits || s.objects.size() > 1) continue;
      const Box& b = s.objects[0].box;
      const auto ink = [&](int x0, int y0, int x1, int y1) {
        float most = 0;
        for (int y = y0; y < y1; ++y)
          for (int x = x0; x < x1; ++x) most = std::max(most, s.pixels[static_cast<size_t>(y * kSceneSide + x)]);
        return most;
      };
      const int l = static_cast<int>(b.x), t = static_cast<int>(b.y), r = l + static_cast<int>(b.w), bottom = t + static_cast<int>(b.h);
      for (const float side : {ink(l, t, l + 1, bottom), ink(r - 1, t, r, bottom), ink(l, t, r, t + 1), ink(l, bottom - 1, r, bottom)}) ASSERT_GT(side, 0) << scenes.class_name(s.objects[0].cls);
    }
  }
}

/// Training pictures are upright bars, held-out ones lie: the boxes tell which were used.
TEST(Scenes, HeldOutScenesAreOfHeldOutPictures) {
  Digits d;
  d.n_train = d.n_test = 4;
  d.rows = d.cols = 12;
  for (int i = 0; i < 8; ++i) {
    d.labels.push_back(0);
    for (int p = 0; p < 144; ++p) d.pixels.push_back(i < 4 ? (p % 12 == 6 ? 255 : 0) : (p / 12 == 6 ? 255 : 0));
  }
  SceneOptions o;
  o.digits = 1, o.shapes = 0;
  const Scenes scenes(o, &d, 1);
  for (uint32_t i = 0; i < 50; ++i) {
    for (const Truth& t : draw(scenes, false, i).objects) EXPECT_LT(t.box.w, t.box.h);
    for (const Truth& t : draw(scenes, true, i).objects) EXPECT_GT(t.box.w, t.box.h);
  }
  // Of a class without pictures nothing is drawn.
  o.digits = 2;
  const Scenes missing(o, &d, 1);
  for (uint32_t i = 0; i < 50; ++i)
    for (const Truth& t : draw(missing, false, i).objects) EXPECT_EQ(t.cls, 0);
}

}  // namespace
}  // namespace pg::data

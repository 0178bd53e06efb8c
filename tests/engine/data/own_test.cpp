#include "data/own.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/own_pack.h"
#include "graph/params.h"

namespace pg {
namespace {

using testing_data::own_pack;
using testing_data::own_table;

data::Own parse(const std::vector<uint8_t>& bytes) { return data::parse_own(bytes.data(), bytes.size()); }

TEST(OwnData, IsReadAsItWasPacked) {
  const data::Own d = parse(own_table(30, 4, 3));
  EXPECT_EQ(d.n, 30);
  EXPECT_EQ(d.width, 4);
  EXPECT_EQ(d.classes(), 3);
  EXPECT_EQ(d.targets[4], 1);
  EXPECT_FALSE(d.drawn());
  EXPECT_TRUE(parse(own_table(30, 2, 0)).drawn());
  const data::Own p = parse(testing_data::own_pictures(9));
  EXPECT_EQ(p.rows, 4);
  EXPECT_EQ(p.width, 16);
}

TEST(OwnData, SplitStandardisesByTheTrainingExamplesAndLosesNone) {
  for (int width : {1, 2, 5})
    for (int classes : {0, 3}) {
      const data::Own before = parse(own_table(60, width, classes));
      data::Own d = before;
      d.split(0.7, 3);
      EXPECT_EQ(d.n_train, 42);
      const double wanted = width == 2 ? 2 : 1;
      for (int c = 0; c < width; ++c) {
        double mean = 0, spread = 0;
        const auto at = [&](int i) { return static_cast<double>(d.values[static_cast<size_t>(i * width + c)]); };
        for (int i = 0; i < d.n_train; ++i) mean += at(i) / d.n_train;
        for (int i = 0; i < d.n_train; ++i) spread += (at(i) - mean) * (at(i) - mean) / d.n_train;
        EXPECT_NEAR(mean, 0, 1e-4);
        EXPECT_NEAR(std::sqrt(spread), wanted, 1e-4);
      }
      // Back to the columns' own numbers the rows are the same ones, in another order.
      std::vector<double> sums[2];
      for (int i = 0; i < d.n; ++i) {
        double a = 0, b = 0;
        for (int c = 0; c < width; ++c) {
          const size_t column = static_cast<size_t>(c);
          a += static_cast<double>(before.values[static_cast<size_t>(i * width + c)]);
          b += static_cast<double>(d.values[static_cast<size_t>(i * width + c)]) * d.header["sd"][column].get<double>() + d.header["mean"][column].get<double>();
        }
        sums[0].push_back(a);
        sums[1].push_back(b);
      }
      for (auto& s : sums) std::sort(s.begin(), s.end());
      for (size_t i = 0; i < sums[0].size(); ++i) EXPECT_NEAR(sums[0][i], sums[1][i], 1e-2);
      data::Own again = before, other = before;
      again.split(0.7, 3);
      other.split(0.7, 4);
      EXPECT_EQ(again.values, d.values);
      EXPECT_NE(other.values, d.values);
      for (float t : d.targets) EXPECT_TRUE(!classes || t == std::floor(t));
    }
}

TEST(OwnData, AColumnWithoutSpreadIsOnlyShifted) {
  data::Own d = parse(own_pack({{"n", 4}, {"shape", {1}}, {"features", {"a"}}, {"classes", {"p", "q"}}, {"target", "t"}}, {5, 5, 5, 5, 0, 1, 0, 1}));
  d.split(0.5, 1);
  for (float v : d.values) EXPECT_EQ(v, 0);
}

TEST(OwnData, WhatIsDamagedIsRefused) {
  const Json good = {{"n", 2}, {"shape", {2}}, {"features", {"a", "b"}}, {"classes", {"p", "q"}}, {"target", "t"}};
  const std::vector<float> numbers = {1, 2, 3, 4, 0, 1};
  EXPECT_NO_THROW(parse(own_pack(good, numbers)));
  const auto refused = [](const std::vector<uint8_t>& bytes) {
    try {
      parse(bytes);
    } catch (const Error& e) {
      return e.issue.code == "bad_asset" && e.issue.path == "own";
    }
    return false;
  };
  const auto whole = own_pack(good, numbers);
  for (size_t cut = 0; cut < whole.size(); ++cut) EXPECT_TRUE(refused({whole.begin(), whole.begin() + static_cast<int64_t>(cut)})) << cut;
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const auto& bad : std::vector<std::vector<float>>{{nan, 2, 3, 4, 0, 1}, {1, inf, 3, 4, 0, 1}, {1, 2, 3, 4, 0, 2}, {1, 2, 3, 4, 0, -1}, {1, 2, 3, 4, 0, 0.5}, {1, 2, 3, 4, 0, nan}, {1, 2, 3, 4, 0, 1, 1}})
    EXPECT_TRUE(refused(own_pack(good, bad)));
  const auto changed = [&](const char* key, Json value) {
    Json h = good;
    h[key] = std::move(value);
    return own_pack(h, numbers);
  };
  for (const Json& v : {Json(nullptr), Json(1), Json(1e9), Json(-2), Json("2"), Json(2.5)}) EXPECT_TRUE(refused(changed("n", v))) << v;
  for (const Json& v : {Json(nullptr), Json(2.5), Json::array(), Json{0}, Json{1, 2}, Json{1, 1, 2}, Json{100000}, Json{4096, 4096}, Json("2")}) EXPECT_TRUE(refused(changed("shape", v))) << v;
  for (const Json& v : {Json(nullptr), Json{"a"}, Json{"a", 1}, Json("ab")}) EXPECT_TRUE(refused(changed("features", v))) << v;
  for (const Json& v : {Json(nullptr), Json{"a"}, Json(std::vector<std::string>(11, "x")), Json{"a", nullptr}}) EXPECT_TRUE(refused(changed("classes", v))) << v;
  EXPECT_TRUE(refused(changed("target", 3)));
  Json picture = {{"n", 2}, {"shape", {1, 2}}, {"features", Json::array()}, {"classes", {"p", "q"}}, {"target", "t"}};
  EXPECT_TRUE(refused(own_pack(picture, numbers)));  // not from 0 to 1
  EXPECT_FALSE(refused(own_pack(picture, {0, 1, 0.5, 0.25, 0, 1})));
}

}  // namespace
}  // namespace pg

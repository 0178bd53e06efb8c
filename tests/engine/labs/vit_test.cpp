#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "data/fake_digits.h"
#include "labs/helpers.h"
#include "labs/lab.h"

namespace pg {
namespace {

using testing_labs::metric, testing_labs::same, testing_labs::parameters, testing_labs::refusal;

void provide() {
  provide_asset("digits", testing_data::fake_digits(200, 100, 28, 28));
  provide_asset("clothes", testing_data::fake_digits(150, 50, 28, 28));
}

Json small(const Json& more = Json::object()) {
  Json p = {{"d_model", 16}, {"nhead", 2}, {"num_layers", 2}, {"dim_feedforward", 24}, {"batch_size", 16}, {"lr", 0.005}};
  p.update(more);
  return p;
}
std::unique_ptr<Lab> make(const Json& more = Json::object()) {
  provide();
  auto lab = Lab::create("vit", small(more));
  EXPECT_TRUE(lab->corrections().empty()) << to_json(lab->corrections()).dump();
  return lab;
}

const Json kSettings[] = {
    {{"patch_size", "4"}},
    {{"patch_size", "14"}, {"pooling", "mean"}},
    {{"positional", "none"}, {"order", "random"}},
    {{"positional", "sinusoidal"}, {"order", "fixed"}, {"norm_first", false}},
    {{"task", "clothes"}, {"shift", 2}, {"dropout", 0.2}, {"label_smoothing", 0.1}},
    {{"weight_init", "xavier_uniform"}, {"optimizer", "sgd"}, {"lr", 0.05}, {"cnn", false}},
};

TEST(VitLab, LearnsWithEverySetting) {
  for (const Json& more : kSettings) {
    SCOPED_TRACE(more.dump());
    auto lab = make(more);
    const double before = metric(*lab, "test.loss");
    EXPECT_NEAR(before, std::log(10.0), 1);
    lab->step(120);
    EXPECT_EQ(lab->state(), Lab::State::ready);
    EXPECT_LT(metric(*lab, "train.loss"), 0.95 * before);
    EXPECT_EQ(std::isnan(metric(*lab, "cnn.accuracy")), more.contains("cnn"));
  }
}

TEST(VitLab, TheSameSettingsGiveTheSameBits) {
  for (const Json& more : kSettings) {
    SCOPED_TRACE(more.dump());
    auto one = make(more), other = make(more);
    one->step(12);
    other->step(5);
    const auto kept = other->save();
    other->step(3);
    other->metrics();
    other->read("attention", {{"example", 3}});
    other->load(kept.data(), kept.size());
    other->step(7);
    EXPECT_TRUE(same(parameters(*one), parameters(*other)));
  }
}

TEST(VitLab, TheCnnBesideChangesNothing) {
  auto with = make(), without = make({{"cnn", false}});
  with->step(10);
  without->step(10);
  EXPECT_TRUE(same(parameters(*with), parameters(*without)));
}

TEST(VitLab, TheCnnHasAboutAsManyParametersAndMultiplyAdds) {
  for (const Json& more : {Json{{"d_model", 48}, {"nhead", 4}, {"dim_feedforward", 96}}, Json{{"d_model", 16}, {"num_layers", 1}}, Json{{"d_model", 64}, {"dim_feedforward", 256}, {"num_layers", 3}}}) {
    auto lab = make(more);
    const Json info = lab->query("info", {});
    const double ratio = info["cnn"]["parameters"].get<double>() / info["vit"]["parameters"].get<double>();
    EXPECT_GT(ratio, 0.85) << info.dump();
    EXPECT_LT(ratio, 1.15);
    const double work = info["cnn"]["multiply_adds"].get<double>() / info["vit"]["multiply_adds"].get<double>();
    EXPECT_GT(work, 0.4);
    EXPECT_LT(work, 2.5);
  }
}

/// A linear layer makes rows × out sums of in products; attention 2·T²·d of them, and here counts what a softmax does as 2.5 a weight.
TEST(VitLab, MultiplyAddsAreCounted) {
  auto lab = make({{"d_model", 16}, {"num_layers", 1}});
  const double t = 17, d = 16, ff = 24;
  EXPECT_DOUBLE_EQ(lab->query("info", {})["vit"]["multiply_adds"].get<double>(), 16 * 49 * d + t * 4 * d * d + t * 2 * d * ff + 2 * t * t * d + 2.5 * 2 * t * t + d * 10);
}

/// A picture is made of its patches, whatever their size and order; one order is for all, or each has its own.
TEST(VitLab, PatchesMakeThePicture) {
  for (const char* patch : {"4", "7", "14"}) {
    std::vector<std::vector<float>> shown;
    for (const char* order : {"picture", "fixed", "random"}) {
      auto lab = make({{"patch_size", patch}, {"order", order}});
      const int p = std::stoi(patch), grid = 28 / p;
      std::vector<std::multiset<std::vector<float>>> bags;
      for (int example : {2, 5}) {
        const TensorOut picture = lab->read("picture", {{"example", example}});
        ASSERT_EQ(picture.shape, (std::vector<int64_t>{28, 28}));
        shown.push_back(picture.values);
        std::multiset<std::vector<float>> bag;
        // What the network reads is the picture, patch by patch and row by row.
        for (int t = 0; t < grid * grid; ++t) {
          std::vector<float> pixels;
          for (int i = 0; i < p * p; ++i) {
            pixels.push_back(picture.values[static_cast<size_t>((t / grid * p + i / p) * 28 + t % grid * p + i % p)]);
            if (i % 5 == 0) {
              const Json e = lab->query("explain", {{"value", "input"}, {"index", {t, i}}, {"example", example}});
              EXPECT_EQ(e["result"].get<float>(), pixels.back());
            }
          }
          bag.insert(pixels);
        }
        bags.push_back(bag);
      }
      if (std::string_view(order) != "picture") {
        auto whole = make({{"patch_size", patch}});
        const auto plain = whole->read("picture", {{"example", 2}}).values;
        EXPECT_FALSE(same(plain, shown[shown.size() - 2])) << order;
        auto sorted = plain, moved = shown[shown.size() - 2];
        std::sort(sorted.begin(), sorted.end());
        std::sort(moved.begin(), moved.end());
        EXPECT_TRUE(same(sorted, moved));
      }
      const TensorOut both = lab->read("pictures", {{"examples", {2, 5}}});
      EXPECT_EQ(both.shape, (std::vector<int64_t>{2, 28, 28}));
      EXPECT_TRUE(same(std::vector<float>(both.values.begin() + 784, both.values.end()), shown.back()));
    }
  }
}

/// Attention of a set: without positions the answer to a picture whose patches are shuffled is the same but for rounding.
TEST(VitLab, WithoutPositionsTheOrderMakesNoDifference) {
  for (const char* pooling : {"class_token", "mean"})
    for (const char* positional : {"none", "learned"}) {
      auto ordered = make({{"positional", positional}, {"pooling", pooling}, {"patch_size", "4"}}), shuffled = make({{"positional", positional}, {"pooling", pooling}, {"patch_size", "4"}, {"order", "random"}});
      ordered->step(30);
      double most = 0;
      for (int example : {0, 7, 20}) {
        const TensorOut plain = ordered->read("picture", {{"example", example}});
        const TensorOut mixed = shuffled->read("picture", {{"example", example}});
        const auto a = ordered->read("probs", {{"x", plain.values}}).values, b = ordered->read("probs", {{"x", mixed.values}}).values;
        for (size_t c = 0; c < 10; ++c) most = std::max(most, std::fabs(static_cast<double>(a[c]) - static_cast<double>(b[c])));
      }
      if (std::string_view(positional) == "none") {
        EXPECT_LT(most, 1e-4);
      } else {
        EXPECT_GT(most, 1e-4);
      }
    }
}

TEST(VitLab, AttentionAddsUpAndOpens) {
  for (const char* pooling : {"class_token", "mean"}) {
    auto lab = make({{"pooling", pooling}});
    lab->step(15);
    const Json info = lab->query("info", {});
    const int n = static_cast<int>(info["tokens"].size());
    EXPECT_EQ(n, std::string_view(pooling) == "mean" ? 16 : 17);
    EXPECT_EQ(info["tokens"][0], std::string_view(pooling) == "mean" ? "1·1" : "CLS");
    EXPECT_EQ(info["tokens"].back(), "4·4");
    const TensorOut all = lab->read("attention", {{"example", 4}});
    ASSERT_EQ(all.shape, (std::vector<int64_t>{2, 2, n, n}));
    for (size_t r = 0; r < all.values.size() / static_cast<size_t>(n); ++r) {
      double sum = 0;
      for (int c = 0; c < n; ++c) sum += static_cast<double>(all.values[r * static_cast<size_t>(n) + static_cast<size_t>(c)]);
      EXPECT_NEAR(sum, 1, 1e-5);
    }
    for (int layer : {0, 1}) {
      const Json e = lab->query("explain", {{"value", info["attention"][layer]}, {"index", {1, 2, 3}}, {"example", 4}});
      EXPECT_FLOAT_EQ(e["result"].get<float>(), all.values[static_cast<size_t>(((layer * 2 + 1) * n + 2) * n + 3)]);
      ASSERT_EQ(e["terms"].size(), static_cast<size_t>(n));
      EXPECT_EQ(e["terms"][0]["label"], info["tokens"][0]);
    }
    // Probabilities of both networks, each adding up to 1.
    const TensorOut probs = lab->read("probs", {{"example", 4}});
    for (int m : {0, 1}) {
      double sum = 0;
      for (int c = 0; c < 10; ++c) sum += static_cast<double>(probs.values[static_cast<size_t>(m * 10 + c)]);
      EXPECT_NEAR(sum, 1, 1e-5);
    }
  }
}

TEST(VitLab, PositionsAreThoseThatAreAdded) {
  auto learned = make(), sines = make({{"positional", "sinusoidal"}}), none = make({{"positional", "none"}});
  EXPECT_EQ(learned->read("positions", {}).shape, (std::vector<int64_t>{17, 16}));
  EXPECT_TRUE(same(learned->read("positions", {}).values, learned->read("param", {{"name", "positions.weight"}}).values));
  EXPECT_FLOAT_EQ(sines->read("positions", {}).values[16], std::sin(1.0f));
  EXPECT_EQ(refusal([&] { none->read("positions", {}); }).path, "name");
}

TEST(VitLab, AnswersAreThoseOfTheTestSet) {
  auto lab = make();
  lab->step(60);
  const TensorOut labels = lab->read("labels", {}), confusion = lab->read("confusion", {});
  ASSERT_EQ(labels.shape, (std::vector<int64_t>{100, 2}));
  int right = 0, total = 0, diagonal = 0;
  for (int i = 0; i < 100; ++i) {
    right += labels.integers[static_cast<size_t>(2 * i)] == labels.integers[static_cast<size_t>(2 * i + 1)];
    const auto p = lab->read("probs", {{"example", i}}).values;
    if (i % 9 == 0) {
      EXPECT_EQ(std::max_element(p.begin(), p.begin() + 10) - p.begin(), labels.integers[static_cast<size_t>(2 * i + 1)]);
    }
  }
  for (int r = 0; r < 10; ++r)
    for (int c = 0; c < 10; ++c) {
      total += confusion.integers[static_cast<size_t>(r * 10 + c)];
      if (r == c) diagonal += confusion.integers[static_cast<size_t>(r * 10 + c)];
    }
  EXPECT_EQ(total, 100);
  EXPECT_EQ(diagonal, right);
  EXPECT_NEAR(metric(*lab, "test.accuracy"), right / 100.0, 1e-9);
}

/// Pictures are moved in training alone, and every step moves them another way.
TEST(VitLab, ShiftsInTrainingAlone) {
  auto still = make(), moved = make({{"shift", 2}});
  EXPECT_TRUE(same(still->read("picture", {{"example", 1}}).values, moved->read("picture", {{"example", 1}}).values));
  EXPECT_EQ(metric(*still, "test.loss"), metric(*moved, "test.loss"));
  still->step(1);
  moved->step(1);
  EXPECT_FALSE(same(parameters(*still), parameters(*moved)));
}

TEST(VitLab, LiveSettingsReachEveryDropoutAndTheLoss) {
  auto plain = make(), turned = make({{"dropout", 0.5}, {"label_smoothing", 0.3}});
  EXPECT_STREQ(turned->set({{"dropout", 0}, {"label_smoothing", 0}}), "live");
  plain->step(6);
  turned->step(6);
  EXPECT_TRUE(same(parameters(*plain), parameters(*turned)));
  auto dropped = make({{"dropout", 0.5}});
  dropped->step(6);
  EXPECT_FALSE(same(parameters(*plain), parameters(*dropped)));
}

TEST(VitLab, SettingsThatCannotBeAreCorrected) {
  provide();
  auto lab = Lab::create("vit", {{"d_model", 40}, {"nhead", 7}});
  ASSERT_EQ(lab->corrections().size(), 1u);
  EXPECT_EQ(lab->corrections()[0].path, "nhead");
  EXPECT_EQ(lab->params().integer("nhead"), 5);
}

TEST(VitLab, MalformedQuestionsAreRefused) {
  auto lab = make();
  EXPECT_EQ(refusal([&] { lab->read("attention", {{"example", 100}}); }).path, "example");
  EXPECT_EQ(refusal([&] { lab->read("attention", {{"split", "other"}}); }).path, "split");
  EXPECT_EQ(refusal([&] { lab->read("picture", {{"x", {1, 2}}}); }).path, "x");
  EXPECT_EQ(refusal([&] { lab->read("picture", {{"x", std::vector<double>(784, 2.0)}}); }).path, "x");
  EXPECT_EQ(refusal([&] { lab->read("pictures", {}); }).path, "examples");
  EXPECT_EQ(refusal([&] { lab->read("pictures", {{"examples", {1, 100}}}); }).path, "examples");
  EXPECT_EQ(refusal([&] { lab->read("pictures", {{"examples", {"a"}}}); }).path, "examples");
  EXPECT_EQ(refusal([&] { lab->read("nothing", {}); }).path, "name");
  EXPECT_EQ(refusal([&] { lab->query("explain", {{"value", "nothing"}}); }).path, "name");
  EXPECT_EQ(refusal([&] { lab->query("explain", {{"value", "head"}, {"index", {99}}}); }).path, "index");
  EXPECT_EQ(refusal([&] { lab->query("explain", {{"value", "head"}}); }).path, "index");
  EXPECT_EQ(refusal([&] { lab->query("explain", {{"value", "loss"}, {"index", {0}}, {"x", std::vector<double>(784, 0.5)}}); }).path, "value");
  EXPECT_EQ(refusal([&] { lab->query("weight", {{"name", "head"}, {"index", {0, 0}}}); }).path, "name");
  EXPECT_EQ(refusal([&] { lab->query("weight", {{"name", "head.weight"}, {"index", {0, 99}}}); }).path, "index");
  provide_asset("digits", {1, 2, 3});
  EXPECT_EQ(refusal([&] { Lab::create("vit", small({{"samples", 150}})); }).code, "bad_asset");
  provide();
}

}  // namespace
}  // namespace pg

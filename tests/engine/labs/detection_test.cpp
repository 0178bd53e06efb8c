#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "data/boxes.h"
#include "data/fake_digits.h"
#include "kernels/testing.h"
#include "labs/helpers.h"
#include "labs/lab.h"

namespace pg {
namespace {

using testing_labs::same, testing_labs::parameters, testing_labs::refusal;

constexpr int kSide = 48, kTest = 160;

void provide_digits() { provide_asset("digits", testing_data::fake_digits(200, 100, 20, 20)); }

Json with(Json base, const Json& more) {
  base.update(more);
  return base;
}

/// Small enough to be trained in a test, and everything that a step can hold.
const Json kSmall = {{"task", "shapes"}, {"classes", 3}, {"out_channels", {4, 8, 8}}, {"batch_size", 8}};
const Json kVaried[] = {
    kSmall,
    {{"task", "digits"}, {"out_channels", {4, 4, 6, 6}}, {"batch_size", 4}, {"downsample", "stride"}, {"grid", "3"}, {"dropout", 0.2}, {"samples", 30}, {"lambda_box", 2}, {"optimizer", "sgd"}, {"lr", 0.01}},
    {{"task", "both"}, {"classes", 7}, {"out_channels", {4, 6}}, {"grid", "12"}, {"batch_norm", false}, {"kernel_size", 5}, {"activation", "tanh"}, {"batch_size", 4}, {"max_objects", 6}, {"overlap", 0.4}, {"clutter", 5}},
};

std::unique_ptr<Lab> make(const Json& params = kSmall) {
  provide_digits();
  auto lab = Lab::create("detection", params);
  EXPECT_TRUE(lab->corrections().empty()) << to_json(lab->corrections()).dump();
  return lab;
}

void look_at_everything(Lab& lab) {
  lab.metrics();
  for (const char* split : {"train", "test"}) {
    lab.read("scenes", {{"split", split}, {"from", 3}, {"count", 5}});
    lab.read("truth", {{"split", split}, {"from", 3}, {"count", 5}});
    lab.read("boxes", {{"split", split}, {"from", 3}, {"count", 5}});
    lab.read("cells", {{"split", split}, {"index", 2}});
    lab.query("explain", {{"split", split}, {"example", 2}, {"value", "confidence"}, {"index", {1, 1}}});
  }
  lab.read("ap", {});
  lab.read("ranking", {});
  lab.read("signals", {});
  lab.query("info", {});
}

TEST(DetectionLab, TheSameSeedGivesTheSameBits) {
  testing::Hash hash;
  for (const Json& params : kVaried) {
    auto a = make(params), b = make(params), c = make(with(params, {{"seed", 2}}));
    ASSERT_EQ(a->step(12), 12);
    for (int i = 0; i < 12; ++i) {  // neither slices nor looking matter
      ASSERT_EQ(b->step(1), 1);
      if (i % 4 == 0) look_at_everything(*b);
    }
    c->step(12);
    EXPECT_TRUE(same(parameters(*a), parameters(*b))) << params;
    EXPECT_TRUE(same(a->history(), b->history())) << params;
    EXPECT_FALSE(same(parameters(*a), parameters(*c))) << params;
    hash.add(parameters(*a)).add(a->history()).add(a->read("scenes", {{"count", 20}}).values).add(a->read("truth", {{"count", 20}}).values).add(a->read("boxes", {{"count", 20}}).values);
  }
  EXPECT_EQ(hash.value(), 18027573108557261788ull);
}

TEST(DetectionLab, ASavedRunGoesOnAsIfNothingHadBeen) {
  for (const Json& params : kVaried) {
    auto a = make(params), b = make(params);
    a->step(7);
    const auto bytes = a->save();
    a->step(6);
    b->step(3);
    b->load(bytes.data(), bytes.size());
    b->step(6);
    EXPECT_TRUE(same(parameters(*a), parameters(*b))) << params;
    EXPECT_EQ(a->metrics(), b->metrics());
  }
}

TEST(DetectionLab, ThePartsAddUpToTheLoss) {
  for (const Json& params : kVaried) {
    auto lab = make(params);
    lab->step(5);
    const auto m = lab->metrics();
    EXPECT_NEAR(m[2] + m[3] + m[4] + m[5], m[1], 1e-9);
    for (int i = 0; i < 6; ++i) EXPECT_GT(m[static_cast<size_t>(i)], 0);
    // The parts are weighed when they are told: without the boxes' weight their part is nothing, the others stay.
    EXPECT_STREQ(lab->set({{"lambda_box", 0}}), "live");
    const auto n = lab->metrics();
    EXPECT_EQ(n[4], 0);
    EXPECT_EQ(n[5], m[5]);
  }
}

/// Of all held-out scenes, the rows of a table whose first column is the scene.
std::vector<std::vector<float>> rows_of(Lab& lab, const std::string& name, const std::string& split = "test", int n = kTest) {
  std::vector<std::vector<float>> rows;
  for (int from = 0; from < n; from += 20) {
    const TensorOut t = lab.read(name, {{"split", split}, {"from", from}, {"count", 20}});
    const size_t width = static_cast<size_t>(t.shape[1]);
    for (size_t i = 0; i < t.values.size(); i += width) {
      rows.emplace_back(t.values.begin() + static_cast<long>(i), t.values.begin() + static_cast<long>(i + width));
      rows.back()[0] += static_cast<float>(from);
    }
  }
  return rows;
}

/// The loss once more, from what the cells say and the truth: as the YOLO paper writes it, over the number of objects.
TEST(DetectionLab, TheLossIsThatOfTheCellsAndTheTruth) {
  auto lab = make({{"task", "shapes"}, {"classes", 4}, {"out_channels", {4, 8, 8}}, {"batch_size", 8}, {"max_objects", 6}, {"overlap", 0.6}});
  lab->step(20);
  const int grid = 6, plane = 36;
  std::map<int, std::vector<std::vector<float>>> truths;
  for (auto& t : rows_of(*lab, "truth")) truths[static_cast<int>(t[0])].push_back(t);
  double obj = 0, noobj = 0, box = 0, cls = 0, n = 0;
  int missed = 0;
  for (int scene = 0; scene < kTest; ++scene) {
    const TensorOut cells = lab->read("cells", {{"index", scene}});
    const auto at = [&](int channel, int cell) { return static_cast<double>(cells.values[static_cast<size_t>(channel * plane + cell)]); };
    std::map<int, std::vector<float>> of_cell;
    for (const auto& t : truths[scene]) {
      const int cell = static_cast<int>((t[3] + t[5] / 2) / 8) * grid + static_cast<int>((t[2] + t[4] / 2) / 8);
      missed += !of_cell.emplace(cell, t).second;
    }
    for (int cell = 0; cell < plane; ++cell) {
      const auto t = of_cell.find(cell);
      if (t == of_cell.end()) {
        noobj -= std::log(1 - at(0, cell));
        continue;
      }
      n += 1;
      obj -= std::log(at(0, cell));
      cls -= std::log(at(5 + static_cast<int>(t->second[1]), cell));
      const double w = at(3, cell), h = at(4, cell), x = at(1, cell) + w / 2, y = at(2, cell) + h / 2;
      box += std::pow((x - (t->second[2] + t->second[4] / 2)) / 8, 2) + std::pow((y - (t->second[3] + t->second[5] / 2)) / 8, 2);
      box += std::pow(std::sqrt(w / kSide) - std::sqrt(t->second[4] / kSide), 2) + std::pow(std::sqrt(h / kSide) - std::sqrt(t->second[5] / kSide), 2);
    }
  }
  const auto m = lab->metrics();
  EXPECT_NEAR(m[2], obj / n, 1e-4);
  EXPECT_NEAR(m[3], 0.5 * noobj / n, 1e-4);
  EXPECT_NEAR(m[4], 5 * box / n, 1e-4);
  EXPECT_NEAR(m[5], cls / n, 1e-4);
  EXPECT_EQ(lab->query("info", {})["missed"], missed);
  EXPECT_GT(missed, 0);
}

/// mAP from what the lab shows: its boxes suppressed and ranked once more from the cells.
double map_of(Lab& lab, double score_thresh, double nms_thresh) {
  const Json info = lab.query("info", {});
  const int grid = info["grid"], plane = grid * grid, classes = static_cast<int>(info["classes"].size());
  std::vector<data::Truth> truths;
  for (const auto& t : rows_of(lab, "truth")) truths.push_back({static_cast<int>(t[0]), static_cast<int>(t[1]), {t[2], t[3], t[4], t[5]}});
  std::vector<data::Detection> kept;
  std::vector<int> order;
  for (int scene = 0; scene < kTest; ++scene) {
    const TensorOut c = lab.read("cells", {{"index", scene}});
    std::vector<data::Detection> all;
    for (int cell = 0; cell < plane; ++cell) {
      const auto at = [&](int channel) { return c.values[static_cast<size_t>(channel * plane + cell)]; };
      int best = 0;
      for (int k = 1; k < classes; ++k)
        if (at(5 + k) > at(5 + best)) best = k;
      const float score = at(0) * at(5 + best);
      if (score >= score_thresh) all.push_back({scene, cell, best, score, {at(1), at(2), at(3), at(4)}});
    }
    data::suppress(all, nms_thresh, order);
    for (const auto& d : all)
      if (d.by < 0) kept.push_back(d);
  }
  std::vector<data::ClassScore> scores;
  std::vector<data::Ranked> ranking;
  return data::average_precision(truths, kept, classes, 0.5, scores, ranking);
}

TEST(DetectionLab, ThresholdsActWithoutTraining) {
  auto lab = make(), plain = make();
  lab->step(150);
  plain->step(150);
  const auto before = parameters(*lab);
  std::map<double, double> maps;
  for (const double score : {0.05, 0.3, 0.6})
    for (const double nms : {0.0, 0.4, 1.0}) {
      EXPECT_STRNE(lab->set({{"score_thresh", score}, {"nms_thresh", nms}}), "rebuild");
      const auto m = lab->metrics();
      EXPECT_NEAR(m[6], map_of(*lab, score, nms), 1e-12) << score << " " << nms;
      if (nms == 0.4) maps[score] = m[6];
      size_t kept = 0;
      for (const auto& row : rows_of(*lab, "boxes")) {
        EXPECT_GE(row[3], score);
        EXPECT_TRUE(row[8] < 0 || row[9] > nms);
        kept += row[8] < 0;
      }
      size_t ranked = 0;
      const TensorOut ap = lab->read("ap", {});
      for (size_t i = 0; i < ap.values.size(); i += 4) ranked += static_cast<size_t>(ap.values[i + 2]);
      EXPECT_EQ(ranked, kept);
      EXPECT_EQ(lab->read("ranking", {}).shape[0], static_cast<int64_t>(kept));
    }
  EXPECT_GT(maps[0.05], maps[0.6]) << "what is not reported is not found";
  EXPECT_TRUE(same(before, parameters(*lab)));
  lab->step(10);
  plain->step(10);
  EXPECT_TRUE(same(parameters(*plain), parameters(*lab)));
  EXPECT_EQ(lab->steps(), plain->steps());
}

TEST(DetectionLab, LearnsToFindShapes) {
  for (const int seed : {1, 2}) {
    auto lab = make({{"task", "shapes"}, {"classes", 3}, {"out_channels", {8, 8, 16}}, {"lr", 0.005}, {"batch_size", 8}, {"seed", seed}});
    EXPECT_LT(lab->metrics()[6], 0.05);
    lab->step(400);
    EXPECT_GT(lab->metrics()[6], 0.6);
  }
}

TEST(DetectionLab, EveryNumberOfACellOpensDownToThePixels) {
  for (const Json& params : kVaried) {
    auto lab = make(params);
    lab->step(8);
    const Json info = lab->query("info", {});
    const int grid = info["grid"], plane = grid * grid, classes = static_cast<int>(info["classes"].size());
    const TensorOut cells = lab->read("cells", {{"index", 4}});
    const auto explain = [&](const std::string& value, const Json& index) { return lab->query("explain", {{"value", value}, {"index", index}, {"split", "test"}, {"example", 4}}); };
    const auto sum = [](const Json& e) {
      double s = e.contains("bias") ? e["bias"]["value"].get<double>() : 0;
      for (const Json& t : e["terms"]) s += t["a"].get<double>() * t["b"].get<double>();
      return s;
    };
    for (const int cell : {0, plane / 2, plane - 1}) {
      const int row = cell / grid, col = cell % grid;
      const auto at = [&](int channel) { return static_cast<double>(cells.values[static_cast<size_t>(channel * plane + cell)]); };
      const Json confidence = explain("confidence", {row, col});
      EXPECT_EQ(confidence["fn"], "sigmoid");
      EXPECT_NEAR(confidence["result"], at(0), 1e-6);
      EXPECT_NEAR(sum(confidence), confidence["z"], 1e-4);
      EXPECT_NEAR(1 / (1 + std::exp(-confidence["z"].get<double>())), at(0), 1e-6);
      const Json x = explain("place", {0, row, col}), w = explain("place", {2, row, col});
      EXPECT_NEAR((col + x["result"].get<double>()) * kSide / grid - at(3) / 2, at(1), 1e-3);
      EXPECT_NEAR(std::pow(w["result"].get<double>(), 2) * kSide, at(3), 1e-3);
      double total = 0, best = 0;
      for (int k = 0; k < classes; ++k) {
        const Json p = explain("probability", {k, row, col});
        EXPECT_NEAR(p["result"], at(5 + k), 1e-6);
        EXPECT_EQ(p["terms"].size(), static_cast<size_t>(classes));
        total += p["result"].get<double>();
        best = std::max(best, p["result"].get<double>());
      }
      EXPECT_NEAR(total, 1, 1e-9);
      EXPECT_NEAR(explain("score", {row, col})["result"], at(0) * best, 1e-6);
      // Down to the pixels: what the first term is made of, again and again.
      Json e = explain("head", {0, row, col});
      int depth = 0;
      while (e["value"] != "input") {
        ASSERT_LT(++depth, 40);
        Json next;
        if (e.contains("z_ref")) next = e["z_ref"];  // of a norm, the number that is normalized
        for (const Json& t : e["terms"])
          if (next.is_null() && t["a_ref"].is_object()) next = t["a_ref"];
        ASSERT_TRUE(next.is_object()) << e.dump();
        e = explain(next["value"], next["index"]);
      }
    }
    const Json weight = lab->query("weight", {{"name", "conv1.weight"}, {"index", {0, 0, 1, 1}}});
    EXPECT_EQ(weight["kind"], "update");
    EXPECT_NEAR(weight["before"].get<double>() + weight["update"].get<double>(), weight["result"], 1e-6);
  }
}

TEST(DetectionLab, IouIsTheEngines) {
  auto lab = make();
  const TensorOut t = lab->read("iou", {{"a", {0, 0, 4, 4}}, {"b", {2, 0, 4, 4}}});
  EXPECT_EQ(t.values, (std::vector<float>{8, 24, 8.0f / 24}));
}

TEST(DetectionLab, WhatCannotBeTogetherIsCorrectedAndSaid) {
  const auto corrected = [](const Json& params, const std::string& key) {
    provide_digits();
    auto lab = Lab::create("detection", params);
    EXPECT_EQ(lab->corrections().size(), 1u) << params;
    EXPECT_EQ(lab->corrections()[0].path, key);
    EXPECT_EQ(lab->corrections()[0].code, "conflict");
    lab->step(1);
    return lab->params().json()[key];
  };
  EXPECT_EQ(corrected(with(kSmall, {{"classes", 9}}), "classes"), 5);
  EXPECT_EQ(corrected(with(kSmall, {{"min_size", 30}}), "min_size"), 26);
  EXPECT_EQ(corrected(with(kSmall, {{"kernel_size", 4}}), "kernel_size"), 5);
  EXPECT_EQ(corrected(with(kSmall, {{"grid", "3"}}), "out_channels"), (Json{4, 8, 8, 8}));
  EXPECT_EQ(corrected(with(kSmall, {{"out_channels", {6}}}), "out_channels"), (Json{6, 6, 6}));
}

TEST(DetectionLab, DigitsMustBeProvidedAndShapesNeedThem) {
  provide_asset("digits", {1, 2, 3});
  EXPECT_EQ(refusal([] { Lab::create("detection", {{"task", "digits"}}); }).code, "bad_asset");
  EXPECT_EQ(Lab::create("detection", kSmall)->steps(), 0);
}

TEST(DetectionLab, MalformedArgumentsAreErrors) {
  auto lab = make();
  lab->step(2);
  const auto read = [&](const char* name, const Json& args) { return refusal([&] { lab->read(name, args); }); };
  for (const char* name : {"scenes", "truth", "boxes"}) {
    EXPECT_EQ(read(name, {{"split", "all"}}).path, "split");
    EXPECT_EQ(read(name, {{"split", 3}}).path, "split");
    EXPECT_EQ(read(name, {{"from", -1}}).path, "from");
    EXPECT_EQ(read(name, {{"from", 160}}).path, "from");
    EXPECT_EQ(read(name, {{"from", 1.5}}).path, "from");
    EXPECT_EQ(read(name, {{"from", 159}, {"count", 2}}).path, "from");
    EXPECT_EQ(read(name, {{"count", 0}}).path, "count");
    EXPECT_EQ(read(name, {{"count", 65}}).path, "count");
    EXPECT_EQ(read(name, {{"split", "train"}, {"count", 64}}).path, "count");
  }
  EXPECT_EQ(read("cells", {{"index", 160}}).path, "index");
  for (const Json& bad : {Json(nullptr), Json("box"), Json{1, 2, 3}, Json{1, 2, 3, "4"}, Json{0, 0, -1, 2}, Json{0, 0, 1, 5000}}) {
    EXPECT_EQ(read("iou", {{"a", bad}, {"b", {0, 0, 1, 1}}}).path, "a") << bad;
    EXPECT_EQ(read("iou", {{"a", {0, 0, 1, 1}}, {"b", bad}}).path, "b") << bad;
  }
  EXPECT_EQ(read("nothing", {}).code, "unknown_name");
}

TEST(DetectionLab, MalformedQuestionsAreErrors) {
  auto lab = make();
  const auto query = [&](const Json& args) { return refusal([&] { lab->query("explain", args); }); };
  EXPECT_EQ(query({}).path, "value");
  EXPECT_EQ(query({{"value", "nothing"}, {"index", {0}}}).code, "unknown_name");
  for (const Json& bad : {Json(nullptr), Json{1}, Json{6, 0}, Json{0, -1}, Json{0, 0.5}, Json{0, 0, 0}}) EXPECT_EQ(query({{"value", "confidence"}, {"index", bad}}).code, "bad_index") << bad;
  for (const Json& bad : {Json(nullptr), Json{0, 0}, Json{3, 0, 0}, Json{0, 0, 6}}) EXPECT_EQ(query({{"value", "probability"}, {"index", bad}}).code, "bad_index") << bad;
  EXPECT_EQ(query({{"value", "place"}, {"index", {4, 0, 0}}}).code, "bad_index");
  EXPECT_EQ(query({{"value", "head"}, {"index", {8, 0, 0}}}).code, "bad_index");
  EXPECT_EQ(query({{"value", "confidence"}, {"index", {0, 0}}, {"example", 160}}).path, "example");
  EXPECT_EQ(refusal([&] { lab->query("weight", {{"name", "head"}, {"index", {0, 0, 0}}}); }).path, "name");
  EXPECT_EQ(refusal([&] { lab->query("weight", {{"name", "head.bias"}, {"index", {8}}}); }).code, "bad_index");
  EXPECT_EQ(refusal([&] { lab->query("nothing", {}); }).code, "unknown_name");
}

/// With so large a rate the numbers overflow: the run says so, and goes back.
TEST(DetectionLab, DivergenceIsAState) {
  auto lab = make(with(kSmall, {{"batch_norm", false}, {"optimizer", "sgd"}, {"lr", 10}, {"activation", "linear"}}));
  lab->step(500);
  ASSERT_EQ(lab->state(), Lab::State::diverged);
  lab->metrics();
  lab->read("boxes", {{"count", 20}});
  lab->read("cells", {{"index", 0}});
  lab->act("back_to_good", {});
  EXPECT_EQ(lab->state(), Lab::State::ready);
  for (const double m : lab->metrics()) EXPECT_TRUE(std::isfinite(m));
}

}  // namespace
}  // namespace pg

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "data/fake_digits.h"
#include "data/own_pack.h"
#include "kernels/testing.h"
#include "labs/helpers.h"
#include "labs/lab.h"

namespace pg {
namespace {

using testing_labs::same, testing_labs::parameters, testing_labs::refusal;

std::unique_ptr<Lab> make(const Json& params = Json::object()) {
  auto lab = Lab::create("cnn", params);
  EXPECT_TRUE(lab->corrections().empty()) << to_json(lab->corrections()).dump();
  return lab;
}

Json with(Json base, const Json& more) {
  base.update(more);
  return base;
}

void provide() {
  provide_asset("digits", testing_data::fake_digits(200, 100));
  provide_asset("clothes", testing_data::fake_digits(150, 50));
  Json header = {{"n", 40}, {"shape", {10, 8}}, {"features", Json::array()}, {"classes", {"left", "right"}}, {"target", ""}};
  std::vector<float> numbers, targets;
  for (int i = 0; i < 40; ++i) {
    for (int p = 0; p < 80; ++p) numbers.push_back(p % 8 == (i % 2 ? 6 : 1) ? 1.0f : 0.0f);
    targets.push_back(static_cast<float>(i % 2));
  }
  numbers.insert(numbers.end(), targets.begin(), targets.end());
  provide_asset("own", testing_data::own_pack(header, numbers));
}

const Json& layer(const Json& info, const std::string& name) {
  for (const Json& l : info["layers"])
    if (l["name"] == name) return l;
  ADD_FAILURE() << name;
  return info["layers"][0];
}

/// Small, so that 30 steps are quick; between them whatever can go on inside one.
const Json kVaried[] = {
    {{"samples", 200}, {"out_channels", {3, 4}}},
    {{"samples", 200}, {"label", "stripes"}, {"out_channels", {4}}, {"kernel_size", 5}, {"padding", "valid"}, {"pool", "average"}, {"dense", {6}}, {"dropout", 0.3}, {"batch_norm", true}},
    {{"task", "digits"}, {"out_channels", {4}}, {"stride", 2}, {"padding", "explicit"}, {"padding_size", 2}, {"pool", "none"}, {"optimizer", "sgd"}, {"activation", "tanh"}, {"l2", 0.01}},
    {{"task", "clothes"}, {"out_channels", {3, 3}}, {"padding", "full"}, {"kernel_size", 2}, {"mlp", false}, {"activation", "linear"}, {"weight_init", "orthogonal"}},
    {{"task", "own"}, {"out_channels", {3}}, {"batch_size", 7}, {"batch_norm", true}, {"dense", {5, 4}}},
};

TEST(CnnLab, TheSameSeedGivesTheSameBits) {
  provide();
  for (const Json& params : kVaried) {
    auto a = make(params), b = make(params), c = make(with(params, {{"seed", 2}}));
    ASSERT_EQ(a->step(30), 30);
    for (int i = 0; i < 30; ++i) ASSERT_EQ(b->step(1), 1);
    c->step(30);
    EXPECT_TRUE(same(parameters(*a), parameters(*b))) << params;
    EXPECT_TRUE(same(a->history(), b->history())) << params;
    EXPECT_TRUE(same(a->metrics(), b->metrics())) << params;
    EXPECT_FALSE(same(parameters(*a), parameters(*c))) << params;
  }
}

TEST(CnnLab, TheBitsAreTheSameOnEveryPlatform) {
  provide();
  testing::Hash hash;
  for (const Json& params : kVaried) {
    auto lab = make(params);
    lab->step(30);
    hash.add(parameters(*lab)).add(lab->history()).add(lab->read("maps", {}).values);
    hash.add(lab->read("excite", {{"layer", "conv1"}, {"unit", 1}}).values).add(lab->read("moved", {{"degrees", 20}, {"n", 5}}).values);
  }
  EXPECT_EQ(hash.value(), 3887235100865216051ull);
}

TEST(CnnLab, WatchingDoesNotChangeTheRun) {
  provide();
  for (const Json& params : kVaried) {
    auto a = make(params), b = make(params);
    for (int i = 0; i < 10; ++i) {
      a->step(1);
      b->step(1);
      for (const char* name : {"maps", "picture", "labels", "confusion", "saliency", "signals"}) b->read(name, Json::object());
      b->read("occlusion", {{"example", i % 5}, {"size", 5}});
      b->read("excite", {{"layer", "out"}, {"unit", 1}, {"steps", 3}});
      b->read("moved", {{"dx", 2}, {"n", 5}});
      b->query("explain", {{"value", "conv1"}, {"index", {0, 1, 1}}});
      b->query("weight", {{"name", "conv1.weight"}, {"index", {0, 0, 0, 0}}});
      b->act("hold", Json::object());
    }
    EXPECT_TRUE(same(parameters(*a), parameters(*b))) << params;
    EXPECT_TRUE(same(a->metrics(), b->metrics())) << params;
  }
}

TEST(CnnLab, SavedAndLoadedItContinuesOnTheSameBits) {
  provide();
  for (const Json& params : kVaried) {
    auto a = make(params), b = make(params);
    a->step(11);
    const auto saved = a->save();
    a->step(20);
    b->load(saved.data(), saved.size());
    b->step(20);
    EXPECT_TRUE(same(parameters(*a), parameters(*b))) << params;
    EXPECT_TRUE(same(a->metrics(), b->metrics())) << params;
  }
}

TEST(CnnLab, LiveParametersActOnBothModels) {
  const Json params = {{"samples", 200}, {"dense", {32}}};
  auto a = make(params), b = make(params);
  a->step(5);
  b->step(5);
  ASSERT_STREQ(b->set({{"lr", 0.05}}), "live");
  ASSERT_STREQ(b->set({{"dropout", 0.5}}), "live");
  a->step(20);
  b->step(20);
  EXPECT_FALSE(same(parameters(*a), parameters(*b)));
  // The MLP's state comes last.
  const auto of_mlp = [](Lab& lab) {
    const auto all = lab.save();
    return std::vector<uint8_t>(all.end() - static_cast<int64_t>(all.size()) / 3, all.end());
  };
  EXPECT_FALSE(same(of_mlp(*a), of_mlp(*b)));
}

TEST(CnnLab, TheMlpBesideIsOfLikeSizeAndLeavesTheNetworkAlone) {
  for (const Json& dense : {Json::array(), Json::array({64})}) {
    auto with_mlp = make({{"samples", 200}, {"dense", dense}}), without = make({{"samples", 200}, {"dense", dense}, {"mlp", false}});
    const Json info = with_mlp->query("info", {});
    const double mine = info["parameters"], its = info["mlp"]["parameters"], unit = 24 * 24 * 3 + 5;
    EXPECT_LE(std::abs(mine - its), unit / 2 + 1);
    with_mlp->step(20);
    without->step(20);
    EXPECT_TRUE(same(parameters(*with_mlp), parameters(*without)));
    EXPECT_FALSE(std::isnan(with_mlp->metrics()[4]));
    EXPECT_TRUE(std::isnan(without->metrics()[4]));
    EXPECT_TRUE(without->query("info", {})["mlp"].is_null());
  }
}

TEST(CnnLab, ParametersAndMultiplyAddsAreThoseOfThePlan) {
  provide();
  for (const Json& params : kVaried) {
    auto lab = make(params);
    const Json info = lab->query("info", {});
    int64_t parameters_of_layers = 0;
    for (const Json& l : info["layers"]) parameters_of_layers += l["parameters"].get<int64_t>();
    EXPECT_EQ(parameters_of_layers, info["parameters"].get<int64_t>()) << params;
  }
  // By hand: 3 filters of 3×3 over 3 channels at 24×24 places, 4 of 3×3 over 3 maps at 12×12, 4·6·6 numbers for 4 classes.
  const Json info = make({{"out_channels", {3, 4}}})->query("info", {});
  EXPECT_EQ(info["multiply_adds"], 3 * 24 * 24 * 27 + 4 * 12 * 12 * 27 + 4 * 6 * 6 * 4);
  EXPECT_EQ(info["parameters"], 3 * 27 + 3 + 4 * 27 + 4 + 144 * 4 + 4);
}

TEST(CnnLab, LearnsToTellShapesApart) {
  auto lab = make();
  lab->step(250);
  EXPECT_GT(lab->metrics()[3], 0.8);
}

// --- feature maps ---

TEST(CnnLab, ACellOfAFeatureMapIsTheSumThatItsExplanationTells) {
  provide();
  for (const Json& params : kVaried) {
    auto lab = make(params);
    lab->step(10);
    const Json info = lab->query("info", {});
    const TensorOut maps = lab->read("maps", {{"example", 3}});
    EXPECT_EQ(maps.values.size(), info["numbers"].get<size_t>() + info["classes"].size());
    for (const Json& l : info["layers"]) {
      const int c = l["channels"].get<int>() - 1, rows = l["rows"], cols = l["cols"], y = rows / 2, x = cols / 3;
      const std::string kind = l["kind"];
      const Json index = rows * cols > 1 || !l["window"].is_null() || kind == "norm" || kind == "act" ? Json{c, y, x} : Json{c};
      const Json e = lab->query("explain", {{"example", 3}, {"value", l["name"]}, {"index", index}});
      const float cell = maps.values[l["offset"].get<size_t>() + static_cast<size_t>((c * rows + y) * cols + x)];
      EXPECT_EQ(e["result"].get<float>(), cell) << l;
      if (e["kind"] != "affine") continue;
      double sum = e.contains("bias") ? e["bias"]["value"].get<double>() : 0;
      for (const Json& t : e["terms"]) {
        sum += t["a"].get<double>() * t["b"].get<double>();
        const std::string of = t["a_ref"]["value"];
        EXPECT_TRUE(of == "input" || std::any_of(info["layers"].begin(), info["layers"].end(), [&](const Json& other) { return other["name"] == of; })) << of;
      }
      EXPECT_NEAR(sum, static_cast<double>(cell), 1e-4 * (1 + std::abs(sum))) << l;
    }
    double sum = 0;
    for (size_t i = info["numbers"]; i < maps.values.size(); ++i) sum += static_cast<double>(maps.values[i]);
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

TEST(CnnLab, PixelsOfOnesOwnAreReadAsATestPictureIs) {
  provide();
  for (const Json& params : kVaried) {
    auto lab = make(params);
    const TensorOut picture = lab->read("picture", {{"split", "test"}, {"example", 4}});
    Json x = picture.values;
    EXPECT_TRUE(same(lab->read("maps", {{"x", x}}).values, lab->read("maps", {{"example", 4}}).values));
    EXPECT_FALSE(same(lab->read("maps", {{"x", x}}).values, lab->read("maps", {{"split", "train"}, {"example", 4}}).values));
  }
}

// --- receptive fields ---

/// Which pixels move a unit, by moving each: the smallest rectangle around them.
std::vector<int32_t> field_by_hand(Lab& lab, const Json& info, const Json& l, int row, int col) {
  std::vector<float> x = lab.read("picture", {{"example", 2}}).values;
  const int h = info["rows"], w = info["cols"];
  const size_t at = l["offset"].get<size_t>() + static_cast<size_t>(row * l["cols"].get<int>() + col);
  const float before = lab.read("maps", {{"x", x}}).values[at];
  std::vector<int32_t> box = {h, w, -1, -1};
  for (int y = 0; y < h; ++y)
    for (int c = 0; c < w; ++c) {
      float& pixel = x[static_cast<size_t>(y * w + c)];
      const float was = pixel;
      pixel = was > 0.5f ? 0.0f : 1.0f;
      if (lab.read("maps", {{"x", x}}).values[at] != before) box = {std::min(box[0], y), std::min(box[1], c), std::max(box[2], y), std::max(box[3], c)};
      pixel = was;
    }
  return box;
}

TEST(CnnLab, AReceptiveFieldIsWhatMovesTheUnit) {
  provide();
  // Means and smooth activations: every pixel that reaches a unit moves it.
  const Json plain = {{"task", "own"}, {"pool", "average"}, {"activation", "tanh"}, {"mlp", false}, {"weight_init", "kaiming_normal"}};
  for (const Json& more : {Json{{"out_channels", {2, 2}}}, Json{{"out_channels", {2, 2}}, {"kernel_size", 2}, {"padding", "valid"}, {"pool_size", 1}}, Json{{"out_channels", {2}}, {"kernel_size", 4}, {"stride", 2}, {"padding", "full"}},
                           Json{{"out_channels", {2, 2}}, {"kernel_size", 4}, {"pool", "none"}}, Json{{"out_channels", {2}}, {"kernel_size", 3}, {"stride", 3}, {"padding", "explicit"}, {"padding_size", 2}}, Json{{"out_channels", {2, 2}}, {"batch_norm", true}}}) {
    auto lab = make(with(plain, more));
    const Json info = lab->query("info", {});
    for (const Json& l : info["layers"]) {
      const int rows = l["rows"], cols = l["cols"];
      for (const auto& [row, col] : {std::pair{0, 0}, std::pair{rows / 2, cols / 2}, std::pair{rows - 1, cols - 1}})
        EXPECT_EQ(lab->read("field", {{"layer", l["name"]}, {"row", row}, {"col", col}}).integers, field_by_hand(*lab, info, l, row, col)) << more << l << row << " " << col;
    }
  }
}

// --- what excites, what counts ---

TEST(CnnLab, ActivationMaximisationIncreasesTheActivationInsideTheField) {
  auto lab = make();
  lab->step(60);
  const Json info = lab->query("info", {});
  for (const char* name : {"conv1", "conv2", "out"}) {
    const Json& l = layer(info, name);
    for (int unit = 0; unit < 3; ++unit) {
      const TensorOut e = lab->read("excite", {{"layer", name}, {"unit", unit}}), longer = lab->read("excite", {{"layer", name}, {"unit", unit}, {"steps", 60}});
      EXPECT_GT(e.values[1], e.values[0]) << name << unit;
      EXPECT_GE(longer.values[1], e.values[1]) << name << unit;
      const int rows = l["rows"], cols = l["cols"];
      const TensorOut field = lab->read("field", {{"layer", name}, {"row", rows / 2}, {"col", cols / 2}});
      for (size_t i = 0; i < 4; ++i) EXPECT_EQ(e.values[2 + i], static_cast<float>(field.integers[i]));
      EXPECT_EQ(e.values.size(), static_cast<size_t>(6 + 3 * (field.integers[2] - field.integers[0] + 1) * (field.integers[3] - field.integers[1] + 1)));
      for (size_t i = 6; i < e.values.size(); ++i) ASSERT_TRUE(e.values[i] >= 0 && e.values[i] <= 1);
    }
  }
}

TEST(CnnLab, TheSaliencyIsTheSlopeOfTheScore) {
  auto lab = make({{"activation", "tanh"}, {"pool", "average"}});
  lab->step(30);
  const Json info = lab->query("info", {});
  const size_t score = layer(info, "out")["offset"].get<size_t>() + 2;
  const TensorOut slope = lab->read("saliency", {{"example", 1}, {"class", 2}});
  std::vector<float> x = lab->read("picture", {{"example", 1}}).values;
  ASSERT_EQ(slope.values.size(), x.size());
  for (size_t i = 100; i < x.size(); i += 211) {
    const float h = x[i] > 0.5f ? -0.02f : 0.02f, was = x[i];
    const float before = lab->read("maps", {{"x", x}}).values[score];
    x[i] = was + h;
    const float after = lab->read("maps", {{"x", x}}).values[score];
    x[i] = was;
    EXPECT_NEAR((after - before) / h, slope.values[i], 0.01 + 0.05 * std::abs(static_cast<double>(slope.values[i]))) << i;
  }
}

TEST(CnnLab, OcclusionTellsWhatIsLostWhereThePictureIsCovered) {
  auto lab = make();
  lab->step(60);
  const Json info = lab->query("info", {});
  const size_t p = info["numbers"].get<size_t>() + 1;
  std::vector<float> x = lab->read("picture", {{"example", 5}}).values;
  const float whole = lab->read("maps", {{"x", x}}).values[p];
  const TensorOut lost = lab->read("occlusion", {{"example", 5}, {"class", 1}, {"size", 6}, {"stride", 2}});
  EXPECT_EQ(lost.shape, (std::vector<int64_t>{10, 10}));
  for (int c = 0; c < 3; ++c) {
    double mean = 0;
    for (int i = 0; i < 576; ++i) mean += static_cast<double>(x[static_cast<size_t>(c * 576 + i)]) / 576;
    for (int row = 8; row < 14; ++row)
      for (int col = 6; col < 12; ++col) x[static_cast<size_t>((c * 24 + row) * 24 + col)] = static_cast<float>(mean);
  }
  EXPECT_NEAR(lost.values[4 * 10 + 3], whole - lab->read("maps", {{"x", x}}).values[p], 1e-5);
}

TEST(CnnLab, MovedPicturesAreTheTestPicturesMoved) {
  auto lab = make();
  lab->step(120);
  const std::vector<double> metrics = lab->metrics();
  const TensorOut still = lab->read("moved", Json::object());
  EXPECT_FLOAT_EQ(still.values[0], static_cast<float>(metrics[3]));
  EXPECT_FLOAT_EQ(still.values[1], static_cast<float>(metrics[4]));
  // By hand: ten pictures shifted by two to the right.
  const TensorOut labels = lab->read("labels", Json::object());
  const Json info = lab->query("info", {});
  int right = 0;
  for (int i = 0; i < 10; ++i) {
    const std::vector<float> from = lab->read("picture", {{"example", i}}).values;
    std::vector<float> x = from;
    for (size_t k = 0; k < x.size(); ++k) x[k] = from[k % 24 < 2 ? k - k % 24 : k - 2];
    const std::vector<float> maps = lab->read("maps", {{"x", x}}).values;
    const auto p = maps.begin() + info["numbers"].get<int64_t>();
    right += std::max_element(p, maps.end()) - p == labels.integers[static_cast<size_t>(2 * i)];
  }
  EXPECT_FLOAT_EQ(lab->read("moved", {{"dx", 2}, {"n", 10}}).values[0], static_cast<float>(right) / 10);
  // Out of the picture there is nothing to tell apart by: all are given one class of four.
  EXPECT_LT(lab->read("moved", {{"dx", 24}, {"n", 200}}).values[0], 0.45f);
}

TEST(CnnLab, TheConfusionMatrixCountsTheLabels) {
  auto lab = make();
  lab->step(40);
  const TensorOut labels = lab->read("labels", Json::object()), confusion = lab->read("confusion", Json::object());
  std::vector<int32_t> count(16);
  for (size_t i = 0; i < labels.integers.size(); i += 2) ++count[static_cast<size_t>(4 * labels.integers[i] + labels.integers[i + 1])];
  EXPECT_EQ(confusion.integers, count);
  EXPECT_NEAR((count[0] + count[5] + count[10] + count[15]) / 500.0, lab->metrics()[3], 1e-12);
}

// --- what cannot be ---

TEST(CnnLab, AnImpossibleNetworkNamesItsLayerAndKeepsWhatIsBeforeIt) {
  struct Case {
    Json params;
    const char* layer;
    const char* path;
    size_t whole;  // layers before it
  };
  const Case cases[] = {
      {{{"out_channels", {4, 4}}, {"kernel_size", 11}, {"padding", "valid"}}, "conv2", "layers[3]", 3},  // 24 → 14 → 7
      {{{"out_channels", {4, 4, 4, 4}}, {"padding", "valid"}}, "conv4", "layers[9]", 9},  // 24 → 22 → 11 → 9 → 4 → 2 → 1
      {{{"stride", 2}}, "conv1", "layers[0].stride", 0},
      {{{"out_channels", {4, 4}}, {"pool_size", 6}, {"kernel_size", 3}}, "pool2", "layers[5]", 5},  // 24 → 4, and 6 do not fit
  };
  for (const Case& c : cases) {
    auto lab = make(c.params);
    const Json info = lab->query("info", {});
    ASSERT_FALSE(info["broken"].is_null()) << c.params;
    EXPECT_EQ(info["broken"]["layer"], c.layer) << c.params;
    EXPECT_EQ(info["broken"]["path"], c.path) << c.params;
    EXPECT_FALSE(info["broken"]["rule"].get<std::string>().empty());
    EXPECT_EQ(info["layers"].size(), c.whole + 1) << c.params;
    if (c.whole) {
      EXPECT_GT(info["layers"][c.whole - 1]["rows"], 0);
    }
    EXPECT_EQ(lab->step(5), 0);
    EXPECT_EQ(lab->status()["trainable"], false);
    EXPECT_TRUE(std::isnan(lab->metrics()[3]));
    EXPECT_EQ(refusal([&] { lab->read("maps", Json::object()); }).code, "unknown_name");
    EXPECT_EQ(refusal([&] { lab->query("explain", {{"value", "conv1"}, {"index", {0, 0, 0}}}); }).code, "unknown_name");
    // And back again.
    EXPECT_STREQ(lab->set({{"out_channels", {4}}, {"kernel_size", 3}, {"stride", 1}, {"padding", "same"}, {"pool_size", 2}}), "rebuild");
    EXPECT_EQ(lab->step(2), 2);
  }
}

TEST(CnnLab, EveryMalformedArgumentIsRefusedByName) {
  auto lab = make({{"samples", 200}});
  const auto read = [&](const char* name, const Json& args) { return refusal([&] { lab->read(name, args); }); };
  EXPECT_EQ(read("maps", {{"example", 500}}).path, "example");
  EXPECT_EQ(read("maps", {{"split", "none"}}).path, "split");
  EXPECT_EQ(read("maps", {{"x", {1, 2}}}).path, "x");
  EXPECT_EQ(read("maps", {{"x", Json(std::vector<double>(1728, 2.0))}}).path, "x");
  EXPECT_EQ(read("maps", {{"x", Json(std::vector<std::string>(1728, "a"))}}).path, "x");
  EXPECT_EQ(read("field", {{"layer", "conv9"}}).path, "layer");
  EXPECT_EQ(read("field", {{"layer", 3}}).path, "layer");
  EXPECT_EQ(read("field", {{"layer", "conv1"}, {"row", 24}}).path, "row");
  EXPECT_EQ(read("excite", {{"layer", "conv1"}, {"unit", 8}}).path, "unit");
  EXPECT_EQ(read("excite", {{"layer", "conv1"}, {"steps", 1000}}).path, "steps");
  EXPECT_EQ(read("occlusion", {{"size", 0}}).path, "size");
  EXPECT_EQ(read("occlusion", {{"stride", 9}}).path, "stride");
  EXPECT_EQ(read("saliency", {{"class", 4}}).path, "class");
  EXPECT_EQ(read("moved", {{"dx", 25}}).path, "dx");
  EXPECT_EQ(read("moved", {{"degrees", "many"}}).path, "degrees");
  EXPECT_EQ(read("moved", {{"n", 501}}).path, "n");
  EXPECT_EQ(read("nothing", {}).code, "unknown_name");
  const auto query = [&](const char* name, const Json& args) { return refusal([&] { lab->query(name, args); }); };
  EXPECT_EQ(query("explain", {{"value", "conv1"}, {"index", {8, 0, 0}}}).path, "index");
  EXPECT_EQ(query("explain", {{"value", "nothing"}, {"index", {0}}}).path, "name");
  EXPECT_EQ(query("explain", {{"value", "loss"}, {"index", {0}}, {"x", Json(std::vector<double>(1728, 0.5))}}).path, "value");
  EXPECT_EQ(query("weight", {{"name", "conv1"}, {"index", {0}}}).path, "name");
  EXPECT_EQ(query("weight", {{"name", "conv1.weight"}, {"index", {0}}}).path, "index");
}

TEST(CnnLab, ATableIsNoPicture) {
  provide_asset("own", testing_data::own_table(40, 3, 2));
  EXPECT_EQ(refusal([] { Lab::create("cnn", {{"task", "own"}}); }).code, "bad_asset");
  provide_asset("clothes", {1, 2, 3});
  EXPECT_EQ(refusal([] { Lab::create("cnn", {{"task", "clothes"}}); }).path, "clothes");
}

// --- sizes against PyTorch ---

TEST(CnnSizes, EqualPyTorchsForTwoThousandLayersPossibleAndNot) {
  const Json rows = Json::parse(std::ifstream(PLAYGRAD_TEST_DATA "/golden/sizes.json"));
  ASSERT_EQ(rows.size(), 2000u);
  int refused = 0;
  for (const Json& row : rows) {
    const auto n = row.get<std::vector<int>>();
    static const char* const kTypes[] = {"conv2d", "max_pool2d", "avg_pool2d"};
    Json l = {{"type", kTypes[n[0]]}, {"kernel_size", {n[3], n[4]}}, {"stride", {n[5], n[6]}}};
    if (n[7] < 0) l["padding"] = n[7] == -1 ? "same" : "valid";
    else l["padding"] = {n[7], n[8]};
    if (n[0] == 0) l["out_channels"] = 1;
    if (n[0] != 2) l["dilation"] = {n[9], n[10]};
    if (n[0] != 0) l["ceil_mode"] = n[11] != 0;
    std::vector<Issue> issues;
    const CompiledModel m = compile({{"input", {{"shape", {1, n[1], n[2]}}}}, {"layers", {l}}}, issues, 1);
    if (n[12] == 0) {
      ++refused;
      EXPECT_FALSE(issues.empty()) << row;
      continue;
    }
    ASSERT_TRUE(issues.empty()) << row << to_json(issues).dump();
    const Shape& s = m.plan->graph.values[static_cast<size_t>(m.plan->graph.output)].type.shape;
    EXPECT_EQ(s[2], n[12]) << row;
    EXPECT_EQ(s[3], n[13]) << row;
  }
  EXPECT_GT(refused, 300);
  EXPECT_LT(refused, 1000);
}

}  // namespace
}  // namespace pg

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "labs/lab.h"

namespace {

using namespace pg;

std::unique_ptr<Lab> make(const Json& params) { return Lab::create("attention", params); }
Json info(Lab& lab) { return lab.query("info", Json::object()); }
TensorOut read(Lab& lab, const std::string& name, int layer = 0, bool off = false) { return lab.read(name, {{"layer", layer}, {"off", off}}); }

enum Metric { train_loss, train_accuracy, test_loss, test_accuracy, off_loss, off_accuracy, right_key_weight };

double number(const Json& j) {
  if (j.is_number()) return j.get<double>();
  return j == "-Infinity" ? -INFINITY : j == "Infinity" ? INFINITY : NAN;
}

uint64_t fnv(const std::vector<uint8_t>& bytes) {
  uint64_t h = 14695981039346656037ull;
  for (uint8_t b : bytes) h = (h ^ b) * 1099511628211ull;
  return h;
}

/// What an explanation's parts come to.
double total(const Json& e) {
  const std::string kind = e["kind"];
  double sum = e.contains("bias") ? number(e["bias"]["value"]) : 0;
  for (const Json& t : e["terms"]) sum += number(t["a"]) * number(t["b"]);
  if (kind == "softmax") {
    const double max = number(e["constants"]["max"]), all = number(e["constants"]["sum"]);
    return std::exp(number(e["z"]) - max) / all;
  }
  return sum;
}

constexpr const char* kStages[] = {"x", "q", "k", "v", "scores", "scaled", "weights", "heads", "out"};

/// Every stage: the parts make the whole, the whole is what `read` gives, and every reference leads to its number.
void check_explanations(Lab& lab, bool off = false) {
  const Json about = info(lab);
  for (int layer = 0; layer < about["n_layers"].get<int>(); ++layer)
    for (const char* stage : kStages) {
      const TensorOut all = read(lab, stage, layer, off);
      const int64_t n = static_cast<int64_t>(all.values.size()), cols = all.shape.back(), rows = all.shape[all.shape.size() - 2];
      for (int64_t flat = 0; flat < n; flat += n / 5 + 1) {
        Json args = {{"stage", stage}, {"layer", layer}, {"row", flat / cols % rows}, {"col", flat % cols}, {"off", off}};
        if (all.shape.size() == 3) args["head"] = flat / cols / rows;
        const Json e = lab.query("explain", args);
        const double result = number(e["result"]), value = all.values[static_cast<size_t>(flat)];
        SCOPED_TRACE(e.dump());
        EXPECT_EQ(e["value"], stage);
        EXPECT_EQ(e["layer"], layer);
        EXPECT_EQ(e["shape"].get<std::vector<int64_t>>(), all.shape);
        if (std::isinf(value)) {
          EXPECT_EQ(result, value);
          EXPECT_TRUE(e["masked"]);
        } else {
          EXPECT_FLOAT_EQ(result, value);
          if (e["kind"] != "layer_norm") {
            EXPECT_NEAR(total(e), result, 1e-5 * std::max(1.0, std::fabs(result)));
          }
        }
        for (const Json& t : e["terms"])
          for (const auto& [ref, side] : {std::pair{"a_ref", "a"}, std::pair{"b_ref", "b"}}) {
            if (t[ref].is_null() || (e["kind"] == "embedding" && std::string(ref) == "b_ref")) continue;
            Json step = t[ref];
            step["off"] = off;
            const Json down = lab.query("explain", step);
            EXPECT_EQ(down["value"], t[ref]["value"]);
            EXPECT_EQ(down["index"], t[ref]["index"]);
            const double given = number(t[side]), found = number(down["result"]);
            if (std::isinf(given)) {
              EXPECT_EQ(found, given);
            } else {
              EXPECT_NEAR(found, given, 1e-6 * std::max(1.0, std::fabs(given)));
            }
          }
        EXPECT_LE(e["used_by"].size(), 16u);
        for (size_t u = 0; u < e["used_by"].size(); u += 5) {
          Json step = e["used_by"][u];
          step["off"] = off;
          const Json up = lab.query("explain", step);
          EXPECT_EQ(up["value"], step["value"]);
        }
      }
    }
}

// --- the sentence ---

TEST(AttentionSentence, TokensOfTheReadersText) {
  auto lab = make({{"sentence", "고양이가 매트 위에 앉았다."}});
  Json i = info(*lab);
  EXPECT_EQ(i["tokens"], Json({"고양이가", "매트", "위에", "앉았다", "."}));
  EXPECT_FALSE(i["truncated"]);
  EXPECT_FALSE(i["trains"]);
  EXPECT_EQ(lab->step(10), 0);
  EXPECT_FALSE(lab->status()["trainable"]);
  for (double m : lab->metrics()) EXPECT_TRUE(std::isnan(m));
  EXPECT_STREQ(lab->set({{"units", "character"}}), "rebuild");
  EXPECT_EQ(info(*lab)["tokens"].size(), 12u);
  lab->set({{"sentence", "a b a"}, {"units", "word"}});
  EXPECT_EQ(info(*lab)["labels"], Json({"a", "b", "a (2)"}));
}

TEST(AttentionSentence, EmptyTextShowsTheDefault) {
  for (const char* s : {"", " \n ", "\u200E"}) EXPECT_EQ(info(*make({{"sentence", s}}))["tokens"], info(*make(Json::object()))["tokens"]);
}

TEST(AttentionSentence, LongTextIsCutAndSaid) {
  std::string s;
  for (int i = 0; i < 90; ++i) s += "나무" + std::to_string(i) + " ";
  auto lab = make({{"sentence", s}});
  EXPECT_EQ(info(*lab)["tokens"].size(), 64u);
  EXPECT_TRUE(info(*lab)["truncated"]);
  EXPECT_EQ(info(*lab)["rest"].get<std::string>().substr(0, 9), "나무64 ");
  EXPECT_TRUE(lab->corrections().empty());
  while (s.size() < 100 * 1024) s += s;
  lab = make({{"sentence", s}});
  ASSERT_EQ(lab->corrections().size(), 1u);
  EXPECT_EQ(lab->corrections()[0].path, "sentence");
  EXPECT_LE(lab->params().text("sentence").size(), 1000u);
  EXPECT_EQ(info(*lab)["tokens"].size(), 64u);
}

TEST(AttentionSentence, BytesThatAreNotUtf8AreReplacedAndSaid) {
  auto lab = make({{"sentence", "cat \xFF\xC3 dog"}});
  ASSERT_EQ(lab->corrections().size(), 1u);
  EXPECT_EQ(lab->corrections()[0].path, "sentence");
  EXPECT_EQ(info(*lab)["tokens"], Json({"cat", "\uFFFD\uFFFD", "dog"}));
  EXPECT_NO_THROW(lab->save());
  make({{"sentence", std::string(5000, '\xFF')}});
}

TEST(AttentionSentence, ContradictionsAreCorrectedAndSaid) {
  auto lab = make({{"d_model", 20}, {"nhead", 8}, {"positional", "learned"}});
  EXPECT_EQ(lab->params().integer("nhead"), 5);
  EXPECT_EQ(lab->params().text("positional"), "sinusoidal");
  ASSERT_EQ(lab->corrections().size(), 2u);
  EXPECT_EQ(lab->corrections()[0].path, "nhead");
  EXPECT_EQ(lab->corrections()[0].used, "5");
  EXPECT_EQ(lab->corrections()[1].path, "positional");
  for (int d = 4; d <= 64; ++d)
    for (int h = 1; h <= 8; ++h) ASSERT_EQ(d % make({{"sentence", "a b"}, {"d_model", d}, {"nhead", h}})->params().integer("nhead"), 0);
}

TEST(AttentionSentence, ShapesAreAsInfoSays) {
  auto lab = make({{"d_model", 24}, {"nhead", 3}});
  const Json i = info(*lab);
  const int64_t t = static_cast<int64_t>(i["tokens"].size());
  for (const Json& s : i["stages"]) {
    const TensorOut out = read(*lab, s["name"]);
    EXPECT_EQ(out.shape, s["shape"].get<std::vector<int64_t>>());
    int64_t n = 1;
    for (int64_t d : out.shape) n *= d;
    EXPECT_EQ(static_cast<int64_t>(out.values.size()), n);
  }
  EXPECT_EQ(read(*lab, "q").shape, (std::vector<int64_t>{3, t, 8}));
  EXPECT_EQ(read(*lab, "w_k").shape, (std::vector<int64_t>{24, 24}));
  EXPECT_NEAR(i["scale"], 1 / std::sqrt(8.0), 1e-12);
}

TEST(AttentionSentence, ExplanationsSumToTheResults) {
  for (const char* projection : {"random", "identity"})
    for (const char* positional : {"none", "sinusoidal"}) {
      const bool causal = std::string(positional) == "none";
      auto lab = make({{"sentence", "the cat saw the cats 고양이"}, {"d_model", 8}, {"nhead", 2}, {"projection", projection}, {"positional", positional}, {"causal", causal}, {"temperature", 0.7}});
      check_explanations(*lab);
    }
}

/// A window, the causal mask and padding each hide what they should, together and live; what is left adds up to 1, and opens.
TEST(AttentionSentence, MasksAddUp) {
  for (const int window : {0, 1, 3})
    for (const bool causal : {false, true})
      for (const int padding : {0, 2}) {
        auto lab = make({{"sentence", "one two three four five six"}, {"pad_tokens", padding}, {"d_model", 8}});
        EXPECT_STREQ(lab->set({{"window", window}, {"causal", causal}}), window || causal ? "live" : "none");
        const Json about = info(*lab);
        const int n = 6 + padding;
        ASSERT_EQ(about["tokens"].size(), static_cast<size_t>(n));
        EXPECT_EQ(about["window"], window);
        EXPECT_EQ(about["pad_tokens"], padding);
        EXPECT_EQ(about["labels"].back(), padding ? "[pad] (2)" : "six");
        const TensorOut weights = read(*lab, "weights"), scaled = read(*lab, "scaled");
        for (int r = 0; r < n; ++r) {
          double sum = 0;
          bool any = false;
          for (int c = 0; c < n; ++c) {
            const bool seen = !(causal && c > r) && !(window > 0 && std::abs(r - c) > window) && c < 6;
            const size_t at = static_cast<size_t>(r * n + c);
            any = any || seen;
            sum += static_cast<double>(weights.values[at]);
            EXPECT_EQ(weights.values[at] > 0, seen) << r << " " << c;
            EXPECT_EQ(std::isinf(scaled.values[at]), !seen);
          }
          EXPECT_NEAR(sum, any ? 1 : 0, 1e-5);
        }
        if (window != 1) check_explanations(*lab);  // a filler that sees nobody has no softmax to open
      }
  // The window may not reach further than the mask: the words' weights are those without fillers.
  const auto plain = read(*make({{"sentence", "one two three"}}), "weights"), padded = read(*make({{"sentence", "one two three"}, {"pad_tokens", 4}}), "weights");
  for (int r = 0; r < 3; ++r)
    for (int c = 0; c < 3; ++c) EXPECT_FLOAT_EQ(plain.values[static_cast<size_t>(r * 3 + c)], padded.values[static_cast<size_t>(r * 7 + c)]);
  EXPECT_EQ(info(*make({{"sentence", std::string(900, 'a') + " b"}, {"units", "character"}, {"pad_tokens", 8}}))["tokens"].size(), 64u);
}

TEST(AttentionSentence, ATokenOpensToTheLettersItIsMadeOf) {
  auto lab = make({{"sentence", "고양이"}, {"positional", "sinusoidal"}});
  const Json e = lab->query("explain", {{"stage", "x"}, {"row", 0}, {"col", 3}});
  EXPECT_EQ(e["kind"], "add");
  ASSERT_EQ(e["terms"].size(), 2u);
  EXPECT_EQ(e["terms"][0]["a_ref"]["value"], "input");
  EXPECT_EQ(e["terms"][1]["a_ref"]["value"], "positional.pe");
  const Json letters = lab->query("explain", e["terms"][0]["a_ref"]);
  EXPECT_EQ(letters["terms"][0]["label"], "고");
  EXPECT_NEAR(total(letters), number(e["terms"][0]["a"]), 1e-5);
}

TEST(AttentionSentence, RowsOfWeightsAreShares) {
  auto lab = make({{"nhead", 4}});
  const TensorOut w = read(*lab, "weights");
  const size_t t = static_cast<size_t>(w.shape[2]);
  for (size_t row = 0; row < w.values.size() / t; ++row) {
    double sum = 0;
    for (size_t j = 0; j < t; ++j) sum += w.values[row * t + j];
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

TEST(AttentionSentence, CausalMaskLeavesNothingAhead) {
  auto lab = make({{"nhead", 2}});
  EXPECT_STREQ(lab->set({{"causal", true}}), "live");
  const TensorOut w = read(*lab, "weights"), s = read(*lab, "scaled");
  const size_t t = static_cast<size_t>(w.shape[2]);
  for (size_t i = 0; i < w.values.size(); ++i) {
    if (i % t > i / t % t) {
      EXPECT_EQ(w.values[i], 0);
      EXPECT_EQ(s.values[i], -INFINITY);
    } else {
      EXPECT_GT(w.values[i], 0);
      EXPECT_TRUE(std::isfinite(s.values[i]));
    }
  }
  EXPECT_STREQ(lab->set({{"causal", false}}), "live");
  EXPECT_GT(read(*lab, "weights").values[1], 0);
}

double decisiveness(Lab& lab) {  // mean of the largest weight of every row
  const TensorOut w = read(lab, "weights");
  const size_t t = static_cast<size_t>(w.shape[2]), rows = w.values.size() / t;
  double sum = 0;
  for (size_t r = 0; r < rows; ++r) sum += *std::max_element(w.values.begin() + static_cast<std::ptrdiff_t>(r * t), w.values.begin() + static_cast<std::ptrdiff_t>((r + 1) * t));
  return sum / static_cast<double>(rows);
}

TEST(AttentionSentence, TemperatureAndScalingMakeRowsDecisiveOrEven) {
  auto lab = make({{"d_model", 64}});
  const double t = static_cast<double>(info(*lab)["tokens"].size()), normal = decisiveness(*lab);
  lab->set({{"temperature", 0.05}});
  EXPECT_GT(decisiveness(*lab), 0.9);
  EXPECT_NEAR(info(*lab)["scale"], 1 / 8.0 / 0.05, 1e-12);
  lab->set({{"temperature", 20}});
  EXPECT_LT(decisiveness(*lab), 1.3 / t);
  lab->set({{"temperature", 1}, {"scaled", false}});
  EXPECT_GT(decisiveness(*lab), 0.8);
  EXPECT_GT(decisiveness(*lab), normal + 0.2);
  EXPECT_EQ(info(*lab)["scale"], 1.0);
  lab->set({{"scaled", true}});
  EXPECT_EQ(decisiveness(*lab), normal);  // live changes leave nothing behind
}

TEST(AttentionSentence, LiveSettingsGiveWhatAFreshLabGives) {
  const Json changed = {{"temperature", 0.3}, {"scaled", false}, {"causal", true}};
  auto live = make({{"nhead", 2}}), fresh = make({{"nhead", 2}, {"temperature", 0.3}, {"scaled", false}, {"causal", true}});
  EXPECT_STREQ(live->set(changed), "live");
  for (const char* s : kStages) EXPECT_EQ(read(*live, s).values, read(*fresh, s).values) << s;
}

TEST(AttentionSentence, WithoutProjectionsScoresAreSimilarities) {
  auto lab = make({{"sentence", "고양이가 매트 고양이는 나무"}, {"d_model", 64}, {"projection", "identity"}, {"positional", "none"}});
  const TensorOut s = read(*lab, "scores"), x = read(*lab, "x"), q = read(*lab, "q"), v = read(*lab, "v");
  EXPECT_EQ(x.values, q.values);
  EXPECT_EQ(x.values, v.values);
  EXPECT_EQ(read(*lab, "heads").values, read(*lab, "out").values);
  const auto at = [&](size_t i, size_t j) { return s.values[i * 4 + j]; };
  for (size_t i = 0; i < 4; ++i)
    for (size_t j = 0; j < 4; ++j) {
      EXPECT_NEAR(at(i, j), at(j, i), 1e-4);
      if (i != j) {
        EXPECT_GT(at(i, i), at(i, j));
      }
    }
  EXPECT_GT(at(0, 2), at(0, 1));  // words that share letters
  EXPECT_GT(at(0, 2), at(0, 3));
}

TEST(AttentionSentence, WithoutPositionsOrderDoesNotMatter) {
  const auto out_of = [](const char* sentence, const char* positional) {
    auto lab = make({{"sentence", sentence}, {"positional", positional}});
    const Json tokens = info(*lab)["tokens"];
    const TensorOut out = read(*lab, "out");
    const size_t d = static_cast<size_t>(out.shape[1]);
    size_t row = 0;
    while (tokens[row] != "dog") ++row;
    return std::vector<float>(out.values.begin() + static_cast<std::ptrdiff_t>(row * d), out.values.begin() + static_cast<std::ptrdiff_t>((row + 1) * d));
  };
  const auto a = out_of("dog bites man", "none"), b = out_of("man bites dog", "none"), c = out_of("dog bites man", "sinusoidal"), d = out_of("man bites dog", "sinusoidal");
  double same = 0, other = 0;
  for (size_t i = 0; i < a.size(); ++i) same = std::max(same, std::fabs(double(a[i]) - b[i])), other = std::max(other, std::fabs(double(c[i]) - d[i]));
  EXPECT_LT(same, 1e-5);
  EXPECT_GT(other, 0.1);
}

TEST(AttentionSentence, TheSeedMakesTheProjectionsAndNothingElse) {
  auto a = make({{"seed", 1}}), b = make({{"seed", 2}});
  EXPECT_EQ(read(*a, "x").values, read(*b, "x").values);
  EXPECT_NE(read(*a, "q").values, read(*b, "q").values);
}

TEST(AttentionSentence, SameBitsEverywhere) {
  auto lab = make({{"sentence", "고양이가 cat 😀 it's."}, {"nhead", 4}, {"temperature", 0.8}, {"causal", true}});
  std::vector<uint8_t> bytes;
  for (const char* s : kStages) {
    const TensorOut t = read(*lab, s);
    const size_t at = bytes.size();
    bytes.resize(at + t.values.size() * sizeof(float));
    std::memcpy(bytes.data() + at, t.values.data(), t.values.size() * sizeof(float));
  }
  EXPECT_EQ(fnv(bytes), 1934010525305095702u);  // as made natively; WebAssembly must agree
}

// --- bad arguments ---

TEST(AttentionLab, BadArgumentsAreErrors) {
  for (const char* task : {"sentence", "lookup"}) {
    auto lab = make({{"task", task}});
    const auto refused = [&](auto f) {
      try {
        f();
        ADD_FAILURE() << "accepted";
      } catch (const Error& e) {
        EXPECT_FALSE(e.issue.code.empty());
        EXPECT_FALSE(e.issue.path.empty());
        EXPECT_FALSE(e.issue.rule.empty());
      }
    };
    const Json bad_args[] = {nullptr, 3, Json::array(), Json::object(), {{"stage", 5}}, {{"stage", "nothing"}}, {{"stage", "q"}, {"row", -1}}, {{"stage", "q"}, {"row", 1000}}, {{"stage", "q"}, {"col", 1e300}},
                             {{"stage", "q"}, {"head", "0"}}, {{"stage", "x"}, {"layer", 7}}, {{"stage", "x"}, {"index", {1}}}, {{"stage", "x"}, {"index", "0"}}, {{"stage", "q"}, {"index", {0, 0, 0, 0}}},
                             {{"stage", "x"}, {"off", 1}}, {{"value", "input"}}, {{"value", "input"}, {"index", {99, 0}}}, {{"value", "x"}, {"index", {nullptr, 0}}}};
    for (const Json& args : bad_args) refused([&] { lab->query("explain", args); });
    for (const Json& args : {Json{{"layer", 1}}, Json{{"layer", -1}}, Json{{"layer", "0"}}, Json{{"off", "yes"}}}) refused([&] { lab->read("weights", args); });
    refused([&] { lab->read("nothing", Json::object()); });
    refused([&] { lab->query("nothing", Json::object()); });
    refused([&] { lab->act("nothing", Json::object()); });
    for (const Json& args : {Json{{"index", -1}}, Json{{"index", 128}}, Json{{"index", 0.5}}}) refused([&] { lab->act("set_example", args); });
    const uint8_t junk[100] = {};
    refused([&] { lab->load(junk, sizeof junk); });
  }
  auto sentence = make(Json::object());
  EXPECT_THROW(sentence->act("next_example", Json::object()), Error);
  EXPECT_THROW(sentence->read("weights", {{"off", true}}), Error);
  EXPECT_NO_THROW(make({{"task", 3}, {"length", "x"}, {"lr", nullptr}, {"unknown", 1}, {"temperature", -1}, {"nhead", 1e9}}));
}

// --- training ---

TEST(AttentionTraining, InfoOfAnExample) {
  auto lab = make({{"task", "lookup"}, {"length", 4}});
  const Json i = info(*lab);
  EXPECT_EQ(i["tokens"].size(), 6u);
  EXPECT_EQ(i["classes"].size(), 8u);
  for (size_t p = 0; p < 6; ++p) {
    const bool asked = i["tokens"][p].get<std::string>().back() == '?';
    EXPECT_EQ(i["targets"][p].is_string(), asked);
    EXPECT_EQ(i["right_keys"][p].get<int>() >= 0, asked);
    for (const Json& of : {i, i["off"]}) {
      EXPECT_EQ(of["predictions"][p].is_string(), asked);
      EXPECT_EQ(of["correct"][p].is_boolean(), asked);
      if (!asked) continue;
      double sum = 0;
      for (const Json& x : of["probabilities"][p]) sum += x.get<double>();
      EXPECT_NEAR(sum, 1, 1e-5);
    }
  }
  EXPECT_EQ(i["example"]["index"], 0);
  EXPECT_EQ(lab->act("next_example", Json::object())["index"], 1);
  EXPECT_NE(info(*lab)["tokens"], i["tokens"]);
  EXPECT_EQ(lab->act("set_example", {{"index", 0}})["index"], 0);
  EXPECT_EQ(info(*lab)["tokens"], i["tokens"]);
}

TEST(AttentionTraining, ExplanationsSumToTheResultsInEveryLayer) {
  auto lab = make({{"task", "brackets"}, {"length", 3}, {"num_layers", 2}, {"dim_feedforward", 8}, {"d_model", 8}, {"nhead", 2}, {"positional", "learned"}, {"causal", true}});
  lab->step(5);
  check_explanations(*lab);
  check_explanations(*lab, true);
  auto none = make({{"task", "lookup"}, {"length", 3}, {"d_model", 8}, {"positional", "none"}});
  none->step(5);
  check_explanations(*none);
}

TEST(AttentionTraining, TheTwinSeesOnlyItselfAndStartsTheSame) {
  auto lab = make({{"task", "lookup"}, {"length", 3}});
  for (const char* name : {"embedding.weight", "layers.0.self_attn.in_proj_weight", "output.weight"})
    for (int i = 0; i < 5; ++i) {
      const Json at = {{"value", name}, {"index", {i, i}}}, off = {{"value", name}, {"index", {i, i}}, {"off", true}};
      EXPECT_EQ(lab->query("explain", at)["result"], lab->query("explain", off)["result"]);
    }
  lab->step(20);
  for (const bool causal : {false, true}) {
    lab->set({{"causal", causal}});
    const TensorOut w = read(*lab, "weights", 0, true);
    const size_t t = static_cast<size_t>(w.shape[2]);
    for (size_t i = 0; i < w.values.size(); ++i) EXPECT_EQ(w.values[i], i % t == i / t % t ? 1.0f : 0.0f);
  }
}

TEST(AttentionTraining, MetricsAreWhatTheExamplesShow) {
  auto lab = make({{"task", "lookup"}, {"length", 3}, {"d_model", 16}});
  lab->step(60);
  const std::vector<double> m = lab->metrics();
  int asked = 0, right = 0, off_right = 0;
  double weight = 0;
  for (int e = 0; e < info(*lab)["example"]["count"].get<int>(); ++e) {
    lab->act("set_example", {{"index", e}});
    const Json i = info(*lab);
    const TensorOut w = read(*lab, "weights");
    for (size_t p = 0; p < i["tokens"].size(); ++p) {
      if (!i["correct"][p].is_boolean()) continue;
      ++asked;
      right += i["correct"][p].get<bool>();
      off_right += i["off"]["correct"][p].get<bool>();
      weight += w.values[p * i["tokens"].size() + i["right_keys"][p].get<size_t>()];
    }
  }
  EXPECT_NEAR(m[test_accuracy], right / static_cast<double>(asked), 1e-12);
  EXPECT_NEAR(m[off_accuracy], off_right / static_cast<double>(asked), 1e-12);
  EXPECT_NEAR(m[right_key_weight], weight / asked, 1e-6);
  EXPECT_GT(m[train_loss], 0);
}

TEST(AttentionTraining, LookupLearnsWhereToLookWithTheDefaults) {
  for (const int seed : {1, 2}) {
    auto lab = make({{"task", "lookup"}, {"seed", seed}});
    EXPECT_LT(lab->metrics()[test_accuracy], 0.3);
    lab->step(250);
    const std::vector<double> m = lab->metrics();
    EXPECT_GE(m[test_accuracy], 0.99);
    EXPECT_GE(m[right_key_weight], 0.9);
    EXPECT_LT(m[off_accuracy], 0.3);
    EXPECT_EQ(lab->status()["state"], "ready");
  }
}

TEST(AttentionTraining, ReversingNeedsPositions) {
  auto with = make({{"task", "reverse"}, {"length", 3}, {"d_model", 16}}), without = make({{"task", "reverse"}, {"length", 3}, {"d_model", 16}, {"positional", "none"}});
  with->step(250);
  without->step(250);
  EXPECT_GE(with->metrics()[test_accuracy], 0.99);
  EXPECT_LT(without->metrics()[test_accuracy], 0.7);
  EXPECT_LT(with->metrics()[off_accuracy], 0.3);
}

TEST(AttentionTraining, LiveSettingsActOnTheRunningModel) {
  auto lab = make({{"task", "lookup"}, {"length", 3}, {"d_model", 16}});
  lab->step(300);
  const double before = lab->metrics()[right_key_weight];
  EXPECT_STREQ(lab->set({{"temperature", 20}}), "live");
  EXPECT_LT(lab->metrics()[right_key_weight], before - 0.3);
  EXPECT_STREQ(lab->set({{"temperature", 1}}), "live");
  EXPECT_EQ(lab->metrics()[right_key_weight], before);
  EXPECT_STREQ(lab->set({{"lr", 0.001}, {"optimizer", "sgd"}, {"momentum", 0.5}}), "live");
  EXPECT_EQ(lab->step(10), 10);
  EXPECT_EQ(lab->status()["step"], 310);
}

TEST(AttentionTraining, GoingBackWorksAcrossOptimizers) {
  auto lab = make({{"task", "copy"}, {"length", 3}, {"d_model", 8}, {"optimizer", "sgd"}});
  lab->step(3);
  const double before = lab->metrics()[test_loss];
  lab->set({{"optimizer", "adam"}, {"lr", 10}});
  lab->step(40);
  EXPECT_NE(lab->metrics()[test_loss], before);
  lab->act("back_to_good", Json::object());
  EXPECT_EQ(lab->status()["step"], 3);
  EXPECT_EQ(lab->metrics()[test_loss], before);
}

TEST(AttentionTraining, TwoRunsAreOneAndTheSameEverywhere) {
  for (const auto& [params, expected] : {std::pair{Json{{"task", "lookup"}, {"length", 4}, {"d_model", 16}, {"nhead", 2}}, 8732283652520792717ull},
                                         std::pair{Json{{"task", "brackets"}, {"length", 4}, {"d_model", 16}, {"num_layers", 2}, {"dim_feedforward", 16}, {"positional", "learned"}, {"causal", true}}, 1253674599247077329ull}}) {
    auto a = make(params), b = make(params);
    EXPECT_EQ(a->step(100), 100);
    for (int i = 0; i < 100; ++i) {
      b->step(1);
      if (i % 30 == 0) b->metrics(), b->act("next_example", Json::object()), info(*b);  // looking changes nothing
    }
    EXPECT_EQ(a->save(), b->save());
    EXPECT_EQ(std::memcmp(a->history().data(), b->history().data(), a->history().size() * sizeof(double)), 0);
    EXPECT_EQ(fnv(a->save()), expected);  // as made natively; WebAssembly must agree
    a->reset();
    a->step(100);
    EXPECT_EQ(a->save(), b->save());
  }
}

TEST(AttentionTraining, ARestoredRunGoesOnBitForBit) {
  const Json params = {{"task", "lookup"}, {"length", 4}, {"d_model", 16}};
  auto a = make(params), b = make(params);
  a->step(40);
  const std::vector<uint8_t> saved = a->save();
  b->step(7);
  b->load(saved.data(), saved.size());
  EXPECT_EQ(b->metrics(), a->metrics());
  EXPECT_EQ(read(*b, "weights").values, read(*a, "weights").values);
  a->step(60);
  b->step(60);
  EXPECT_EQ(a->save(), b->save());
  EXPECT_EQ(a->metrics(), b->metrics());
  auto other = make({{"task", "lookup"}, {"length", 5}, {"d_model", 16}});
  EXPECT_THROW(other->load(saved.data(), saved.size()), Error);
  for (size_t cut : {size_t{0}, size_t{10}, sizeof(int64_t) * 5, saved.size() - 1}) EXPECT_THROW(b->load(saved.data(), cut), Error);
  EXPECT_EQ(a->save(), b->save());
}

/// Models with other numbers of heads learn beside the run: the same parameters in number, the same batches, and the run is as it was.
TEST(AttentionTraining, HeadsAreCompared) {
  const Json params = {{"task", "reverse"}, {"length", 4}, {"d_model", 16}, {"nhead", 2}};
  auto lab = make(params), alone = make(params);
  for (const int heads : {1, 2, 4, 8}) {
    EXPECT_EQ(lab->act("compare", {{"heads", heads}, {"steps", 0}})["steps"], 0);
    EXPECT_EQ(lab->act("compare", {{"heads", heads}, {"steps", 20}})["steps"], 20);
  }
  const TensorOut table = lab->read("compared", Json::object());
  ASSERT_EQ(table.shape, (std::vector<int64_t>{4, 5}));
  for (int row = 0; row < 4; ++row) {
    EXPECT_EQ(table.values[static_cast<size_t>(5 * row)], 1 << row);
    EXPECT_EQ(table.values[static_cast<size_t>(5 * row + 1)], 20);
    EXPECT_EQ(table.values[static_cast<size_t>(5 * row + 2)], table.values[2]);
  }
  lab->step(20);
  alone->step(20);
  const auto with = lab->metrics(), without = alone->metrics();
  for (size_t i = 0; i < with.size(); ++i) EXPECT_EQ(with[i], without[i]);
  // The one with as many heads is the run itself.
  EXPECT_FLOAT_EQ(table.values[5 + 3], static_cast<float>(with[test_loss]));
  EXPECT_FLOAT_EQ(table.values[5 + 4], static_cast<float>(with[test_accuracy]));
  lab->set({{"lr", 0.02}});
  EXPECT_EQ(lab->read("compared", Json::object()).shape[0], 0) << "other settings, other models";
  for (const Json& bad : {Json{{"heads", 3}}, Json{{"heads", 0}}, Json{{"heads", 9}}, Json{{"heads", 2}, {"steps", -1}}, Json{{"heads", "two"}}}) EXPECT_THROW(lab->act("compare", bad), Error);
  EXPECT_THROW(make({{"sentence", "a b"}})->act("compare", {{"heads", 2}}), Error);
}

}  // namespace

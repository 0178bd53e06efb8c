#include "data/translation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "labs/helpers.h"
#include "labs/lab.h"

namespace pg {
namespace {

using testing_labs::metric;

Json small(Json more = Json::object()) {
  Json p = {{"d_model", 16}, {"nhead", 2}, {"dim_feedforward", 32}, {"sentences", 400}, {"lr", 0.01}};
  p.update(more);
  return p;
}
std::unique_ptr<Lab> make(Json more = Json::object()) { return Lab::create("translation", small(std::move(more))); }

Json translation(Lab& lab) { return lab.query("translation", Json::object()); }

TEST(TranslationLab, Learns) {
  for (const char* task : {"ko_en", "en_ko"}) {
    auto lab = make({{"task", task}});
    const double before = metric(*lab, "test.loss");
    EXPECT_NEAR(before, std::log(95.0), 1.5);
    lab->step(60);
    EXPECT_LT(metric(*lab, "test.loss"), 0.5 * before);
  }
}

TEST(TranslationLab, OnePassTellsWhetherTheGreedyDecoderIsRight) {
  auto lab = make();
  lab->step(150);
  int exact = 0, wrong_and_ended = 0;
  for (int i = 0; i < 384; ++i) {
    lab->act("show", {{"example", i}});
    const Json t = translation(*lab);
    exact += t["exact"].get<bool>();
    wrong_and_ended += !t["exact"].get<bool>() && t["beams"][0]["ended"].get<bool>();
  }
  EXPECT_EQ(exact, std::lround(384 * metric(*lab, "test.exact_match")));
  EXPECT_GT(exact, 0);  // or nothing was compared
  EXPECT_GT(wrong_and_ended, 0);
}

TEST(TranslationLab, ProbabilitiesOfTheStepsMakeTheSentences) {
  auto lab = make({{"beam_width", 4}});
  lab->step(40);
  for (int i = 0; i < 6; ++i) {
    lab->act("show", {{"example", i}});
    const Json t = translation(*lab);
    ASSERT_LE(t["beams"].size(), 4u);
    double sum = 0, last = 1e9;
    for (const Json& s : t["steps"]) {
      sum += std::log(s["probability"].get<double>());
      double before = 2;
      for (const Json& c : s["candidates"]) {
        EXPECT_LE(c["probability"], before);
        before = c["probability"].get<double>();
      }
      EXPECT_EQ(s["candidates"].size(), 10u);
    }
    EXPECT_NEAR(sum, t["beams"][0]["log_probability"].get<double>(), 1e-3);
    for (const Json& b : t["beams"]) {
      EXPECT_LE(b["score"].get<double>(), last);
      last = b["score"].get<double>();
      const double length = static_cast<double>(b["tokens"].size()) + (b["ended"].get<bool>() ? 1 : 0);
      EXPECT_NEAR(b["score"].get<double>(), b["log_probability"].get<double>() / length, 1e-9);
    }
    EXPECT_EQ(t["trace"][0], Json::array({Json::array()}));
    for (const Json& row : t["trace"]) EXPECT_LE(row.size(), 4u);
  }
}

TEST(TranslationLab, AttentionIsOfTheTokensThereAre) {
  auto lab = make({{"num_encoder_layers", 2}});
  lab->step(20);
  const Json t = translation(*lab);
  const size_t from = t["source_tokens"].size(), to = t["read_tokens"].size();
  EXPECT_EQ(t["source_tokens"].back(), "</s>");
  EXPECT_EQ(t["read_tokens"].front(), "<s>");
  EXPECT_EQ(to, t["steps"].size());
  for (const auto& [name, rows, cols] : {std::tuple{"encoder", from, from}, std::tuple{"decoder", to, to}, std::tuple{"cross", to, from}}) {
    const TensorOut w = lab->read(name, Json::object());
    ASSERT_EQ(w.shape, (std::vector<int64_t>{2, static_cast<int64_t>(rows), static_cast<int64_t>(cols)}));
    for (size_t r = 0; r < 2 * rows; ++r) {
      double sum = 0;
      for (size_t c = 0; c < cols; ++c) {
        const float x = w.values[r * cols + c];
        sum += x;
        if (std::string_view(name) == "decoder" && c > r % rows) {
          EXPECT_EQ(x, 0);
        }
      }
      EXPECT_NEAR(sum, 1, 1e-5) << name;
    }
    const Json info = lab->query("info", Json::object());
    const Json e = lab->query("explain", {{"value", info["attention"][name][0]}, {"index", {1, rows - 1, 0}}});
    EXPECT_FLOAT_EQ(e["result"].get<float>(), w.values[(2 * rows - 1) * cols]);
    EXPECT_EQ(e["terms"][0]["label"], std::string_view(name) == "decoder" ? "<s>" : t["source_tokens"][0].get<std::string>());
  }
  EXPECT_EQ(lab->read("encoder", {{"layer", 1}}).shape[0], 2);
}

TEST(TranslationLab, TheStreamIsReadOffStageByStage) {
  for (const bool norm_first : {true, false}) {
    auto lab = make({{"norm_first", norm_first}, {"num_decoder_layers", 2}, {"num_encoder_layers", 2}});
    lab->step(40);
    const Json t = translation(*lab), streams = lab->query("info", Json::object())["stream"];
    ASSERT_EQ(streams["encoder"].size(), 5u);
    ASSERT_EQ(streams["decoder"].size(), 7u);
    ASSERT_EQ(t["lens"].size(), 7u);
    const size_t tokens = t["read_tokens"].size();
    for (const Json& row : t["lens"]) ASSERT_EQ(row.size(), tokens);
    // What the last stage says is what is written: the norm and the head behind it are the model's own.
    for (size_t i = 0; i < t["steps"].size(); ++i) {
      const Json &best = t["steps"][i]["candidates"][0], &lens = t["lens"][6][i];
      EXPECT_EQ(lens["token"], best["token"]);
      EXPECT_NEAR(lens["probability"].get<double>(), best["probability"].get<double>(), 1e-5);
    }
    // And the numbers are those that open.
    for (const int stage : {0, 3, 6}) {
      const TensorOut x = lab->read("stream", {{"stage", stage}});
      ASSERT_EQ(x.shape, (std::vector<int64_t>{static_cast<int64_t>(tokens), 16}));
      const Json e = lab->query("explain", {{"value", streams["decoder"][static_cast<size_t>(stage)]}, {"index", {1, 5}}});
      EXPECT_FLOAT_EQ(e["result"].get<float>(), x.values[16 + 5]);
    }
    EXPECT_EQ(lab->read("stream", {{"encoder", 1}, {"stage", 4}}).shape[0], static_cast<int64_t>(t["source_tokens"].size()));
    EXPECT_THROW(lab->read("stream", {{"encoder", 1}, {"stage", 5}}), Error);
  }
}

TEST(TranslationLab, DecodingChangesNothingOfTheTraining) {
  auto plain = make(), looked = make({{"dropout", 0.1}});
  looked->set({{"dropout", 0}});
  for (int i = 0; i < 5; ++i) {
    plain->step(3);
    looked->set({{"beam_width", 1 + i}});
    looked->step(3);
    translation(*looked);
    looked->act("show", {{"example", i}});
    looked->read("cross", Json::object());
    EXPECT_EQ(plain->metrics(), looked->metrics());
  }
  EXPECT_EQ(plain->history(), looked->history());
}

TEST(TranslationLab, DropoutAndSmoothingActAtOnce) {
  for (const Json& change : {Json{{"dropout", 0.3}}, Json{{"label_smoothing", 0.2}}}) {
    auto a = make(), b = make();
    a->step(2);
    b->step(2);
    EXPECT_STREQ(b->set(change), "live");
    a->step(1);
    b->step(1);
    EXPECT_NE(a->metrics()[0], b->metrics()[0]);
    auto c = make(change);
    EXPECT_NE(make()->metrics()[0], 0);
    c->step(1);
  }
}

TEST(TranslationLab, SentencesOfOnesOwn) {
  auto lab = make();
  EXPECT_TRUE(lab->act("show", {{"text", "나는 사과를 먹는다."}})["unknown"].empty());
  Json t = translation(*lab);
  EXPECT_EQ(t["source_tokens"], Json({"나", "-는", "사과", "-를", "먹는다", "</s>"}));
  EXPECT_TRUE(t["exact"].is_null());
  EXPECT_TRUE(t["reference"].is_null());
  EXPECT_EQ(lab->act("show", {{"text", "나는 피자를 <img src=x> 먹는다."}})["unknown"], Json({"피자를", "<img", "src=x>"}));
  EXPECT_EQ(translation(*lab)["source"], "나는 사과를 먹는다.");
  const std::string longest = "이 학생은 내일 집에서 그 작은 책을 찾지 않을 것이다";
  EXPECT_TRUE(lab->act("show", {{"text", longest}})["unknown"].empty());
  translation(*lab);
  const auto refused = [&](const Json& args, const char* path) {
    try {
      lab->act("show", args);
      ADD_FAILURE() << args;
    } catch (const Error& e) {
      EXPECT_EQ(e.issue.path, path);
    }
  };
  refused({{"text", ""}}, "text");
  refused({{"text", 5}}, "text");
  refused({{"text", std::string(401, 'a')}}, "text");
  refused({{"text", longest + " " + longest}}, "text");
  refused({{"example", -1}}, "example");
  refused({{"example", 384}}, "example");
  EXPECT_THROW(lab->read("cross", {{"layer", 1}}), Error);
  EXPECT_THROW(lab->query("explain", {{"value", "loss"}, {"index", Json::array()}}), Error);
  EXPECT_THROW(lab->query("explain", {{"value", "nothing"}}), Error);
}

TEST(TranslationLab, HeadsDivideTheWidth) {
  auto lab = make({{"d_model", 24}, {"nhead", 5}});
  EXPECT_EQ(lab->params().integer("nhead"), 4);
  ASSERT_EQ(lab->corrections().size(), 1u);
  EXPECT_EQ(lab->query("info", Json::object())["nhead"], 4);
}

/// The corpus is kept while it may be; whatever changes, the lab is as one that was made so.
TEST(TranslationLab, AfterEveryChangeTheCorpusIsThatOfANewLab) {
  auto lab = make();
  Json now = Json::object();
  for (const Json& change : {Json{{"d_model", 8}}, Json{{"seed", 9}}, Json{{"sentences", 300}}, Json{{"task", "en_ko"}}, Json{{"seed", 1}}}) {
    now.update(change);
    lab->set(change);
    auto other = make(now);
    lab->step(2);
    other->step(2);
    EXPECT_EQ(lab->save(), other->save()) << change;
    EXPECT_EQ(metric(*lab, "test.loss"), metric(*other, "test.loss")) << change;
  }
}

TEST(TranslationLab, ARunGoesOnFromWhereItWasSaved) {
  auto a = make({{"dropout", 0.2}}), b = make({{"dropout", 0.2}});
  a->step(7);
  const auto bytes = a->save();
  a->step(5);
  b->load(bytes.data(), bytes.size());
  b->step(5);
  EXPECT_EQ(a->save(), b->save());
}

}  // namespace
}  // namespace pg

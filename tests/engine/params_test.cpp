#include <gtest/gtest.h>

#include "graph/params.h"

namespace pg {
namespace {

constexpr ParamDef kTable[] = {
    {.key = "lr", .def = 0.1, .min = 0.001, .max = 10, .scale = Scale::log, .apply = Apply::live},
    {.key = "units", .kind = Kind::integer, .def = 4, .min = 1, .max = 8},
    {.key = "on", .kind = Kind::boolean, .def = 1},
    {.key = "act", .kind = Kind::choice, .choices = "relu|tanh", .text = "tanh"},
    {.key = "features", .kind = Kind::choices, .min = 1, .choices = "a|b|c", .text = "a|b"},
    {.key = "hidden", .kind = Kind::integers, .min = 1, .max = 9, .text = "8|8", .min_length = 0, .max_length = 3},
    {.key = "betas", .kind = Kind::reals, .min = 0, .max = 1, .text = "0.9|0.5", .min_length = 2, .max_length = 2},
    {.key = "padding", .kind = Kind::integers, .min = 0, .max = 9, .text = "0", .min_length = 1, .max_length = 2, .words = "same|valid"},
    {.key = "note", .kind = Kind::text, .text = "hi", .max_length = 7},
    {.key = "acts", .kind = Kind::names, .choices = "relu|tanh", .max_length = 3, .like = "act", .per = "hidden"},
};

struct Mistake {
  const char* given;
  const char* code;  // "" where none
  const char* used;  // the whole value afterwards, as JSON
};

void expect(const char* key, const std::vector<Mistake>& rows) {
  for (const Mistake& m : rows) {
    std::vector<Issue> issues;
    Json object = Json::object();
    object[key] = Json::parse(m.given);
    const Params p = Params::read(kTable, object, "p", issues);
    EXPECT_EQ(p.json()[key].dump(), m.used) << key << " given " << m.given;
    if (*m.code) {
      ASSERT_EQ(issues.size(), 1u) << key << " given " << m.given;
      EXPECT_EQ(issues[0].code, m.code) << key << " given " << m.given;
      EXPECT_EQ(issues[0].path, std::string("p.") + key);
      EXPECT_EQ(issues[0].used, m.used);
      EXPECT_FALSE(issues[0].rule.empty());
    } else {
      EXPECT_TRUE(issues.empty()) << key << " given " << m.given << ": " << issues[0].message;
    }
  }
}

TEST(Params, DefaultsComeFromTheTable) {
  const Params p(kTable);
  EXPECT_EQ(p.json().dump(), R"({"lr":0.1,"units":4,"on":true,"act":"tanh","features":["a","b"],"hidden":[8,8],"betas":[0.9,0.5],"padding":[0],"note":"hi","acts":[]})");
}

TEST(Params, EveryKindIsCheckedAndCorrected) {
  expect("lr", {{"0.5", "", "0.5"}, {"100", "out_of_range", "10.0"}, {"-1", "out_of_range", "0.001"}, {"\"x\"", "wrong_type", "0.1"}, {"null", "wrong_type", "0.1"}});
  expect("units", {{"8", "", "8"}, {"3.4", "out_of_range", "3"}, {"99", "out_of_range", "8"}, {"true", "wrong_type", "4"}});
  expect("on", {{"false", "", "false"}, {"0", "wrong_type", "true"}});
  expect("act", {{"\"relu\"", "", "\"relu\""}, {"\"gelu\"", "unknown_choice", "\"tanh\""}, {"3", "wrong_type", "\"tanh\""}});
  expect("features", {{R"(["c","a"])", "", R"(["a","c"])"}, {R"(["c","z"])", "unknown_choice", R"(["c"])"}, {"[]", "out_of_range", R"(["a","b"])"}, {R"(["a","a"])", "unknown_choice", R"(["a"])"}, {"7", "wrong_type", R"(["a","b"])"}});
  expect("hidden", {{"[]", "", "[]"}, {"[3,4,5]", "", "[3,4,5]"}, {"[3,4,5,6]", "out_of_range", "[3,4,5]"}, {"[0]", "out_of_range", "[1]"}, {R"([3,"x"])", "wrong_type", "[3]"}, {"7", "", "[7]"}, {"70", "out_of_range", "[9]"}, {"\"same\"", "wrong_type", "[8,8]"}});
  expect("padding", {{"2", "", "[2]"}, {"[1,2]", "", "[1,2]"}, {"\"same\"", "", "\"same\""}, {"\"full\"", "unknown_choice", "[0]"}, {"[]", "out_of_range", "[0]"}, {"true", "wrong_type", "[0]"}, {"[\"same\"]", "out_of_range", "[0]"}});
  expect("betas", {{"[0.5,0.25]", "", "[0.5,0.25]"}, {"[0.5]", "out_of_range", "[0.9,0.5]"}, {"[0.5,2]", "out_of_range", "[0.5,1.0]"}});
  expect("acts", {{R"(["","tanh","tanh"])", "", R"(["","tanh","tanh"])"}, {R"(["relu","",""])", "", R"(["relu"])"}, {"[]", "", "[]"}, {R"(["gelu","relu"])", "unknown_choice", R"(["","relu"])"},
                  {R"([3,"relu"])", "unknown_choice", R"(["","relu"])"}, {R"(["relu","","","tanh"])", "out_of_range", R"(["relu"])"}, {"\"relu\"", "wrong_type", "[]"}});
  expect("note", {{"\"abc\"", "", "\"abc\""}, {R"("abcdefghi")", "out_of_range", R"("abcdefg")"}});
}

TEST(Params, AWordStandsForNumbers) {
  std::vector<Issue> issues;
  const Params word = Params::read(kTable, {{"padding", "same"}}, "", issues), number = Params::read(kTable, {{"padding", 3}}, "", issues);
  EXPECT_TRUE(word.has_word("padding", "same"));
  EXPECT_FALSE(word.has_word("padding", "valid"));
  EXPECT_TRUE(word.integers("padding").empty());
  EXPECT_FALSE(number.has_word("padding", "same"));
  EXPECT_EQ(number.integers("padding"), std::vector<int>{3});
  static constexpr ParamDef row = {.key = "padding", .kind = Kind::integers, .text = "same", .max_length = 2, .words = "same|valid"};
  EXPECT_EQ(schema_row(row)["words"], Json::array({"same", "valid"}));
  EXPECT_EQ(schema_row(row)["default"], "same");
}

TEST(Params, TextIsCutBetweenCharacters) {
  std::vector<Issue> issues;
  const Params p = Params::read(kTable, {{"note", "가나다"}}, "", issues);  // nine bytes of UTF-8, seven allowed
  EXPECT_EQ(p.text("note"), "가나");
  EXPECT_EQ(issues.size(), 1u);
}

TEST(Params, UnknownKeysAndNonObjectsAreNamed) {
  std::vector<Issue> issues;
  Params::read(kTable, {{"lrr", 1}}, "optimizer", issues);
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].code, "unknown_key");
  EXPECT_EQ(issues[0].path, "optimizer.lrr");
  issues.clear();
  Params::read(kTable, Json::array(), "optimizer", issues);
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].code, "wrong_type");
}

TEST(Params, MergeTellsWhatChanged) {
  Params p(kTable);
  std::vector<Issue> issues;
  const auto changed = p.merge({{"lr", 0.1}, {"units", 5}}, "", issues);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_STREQ(changed[0]->key, "units");
}

TEST(Params, RequiredIsMissedOnlyInSpecs) {
  static constexpr ParamDef table[] = {{.key = "out_features", .kind = Kind::integer, .min = 1, .max = 9, .required = true}};
  std::vector<Issue> issues;
  Params::read(table, Json::object(), "layers[0]", issues);
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].code, "missing");
  EXPECT_EQ(issues[0].path, "layers[0].out_features");
}

TEST(Params, SchemaRowsCarryWhatReadersNeed) {
  const Json row = schema_row(kTable[0]);
  EXPECT_EQ(row["key"], "lr");
  EXPECT_EQ(row["kind"], "real");
  EXPECT_EQ(row["default"], 0.1);
  EXPECT_EQ(row["min"], 0.001);
  EXPECT_EQ(row["max"], 10.0);
  EXPECT_EQ(row["scale"], "log");
  EXPECT_EQ(row["apply"], "live");
}

}  // namespace
}  // namespace pg

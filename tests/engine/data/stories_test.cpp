#include "data/stories.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pg::data {
namespace {

bool has_any(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return text.find(w) != std::string::npos; });
}

TEST(Stories, EveryBeginningIsDifferentInBothLanguages) {
  const int64_t n = beginnings_in_grammar();
  EXPECT_GT(n, 10000);
  for (bool korean : {false, true}) {
    std::set<std::string> seen;
    int good = 0;
    for (int64_t i = 0; i < n; ++i) {
      const Story s = make_beginning(korean, i);
      EXPECT_TRUE(seen.insert(s.text).second) << s.text;
      EXPECT_EQ(s.text.back(), '.');
      EXPECT_EQ(s.text.find("  "), std::string::npos) << s.text;
      good += s.good;
    }
    EXPECT_EQ(good, n / 2);
  }
}

TEST(Stories, TheEndFitsTheBeginningAndNeverStandsInTheLabelledSentences) {
  for (bool korean : {false, true}) {
    const Stories s = make_stories(korean, 3, 500, 50, 40, 60);
    const auto glad = [&](const std::string& t) { return korean ? has_any(t, {"기뻤다", "행복했다", "즐거웠다", "뿌듯했다", "신났다", "만족했다"}) : has_any(t, {" glad.", " happy.", " cheerful.", " proud.", " excited.", " pleased."}); };
    const auto sad = [&](const std::string& t) { return korean ? has_any(t, {"슬펐다", "속상했다", "우울했다", "괴로웠다", "화났다", "실망했다"}) : has_any(t, {" sad.", " upset.", " gloomy.", " miserable.", " angry.", " disappointed."}); };
    for (const auto* part : {&s.train, &s.test})
      for (const Story& one : *part) {
        EXPECT_EQ(glad(one.text), one.good) << one.text;
        EXPECT_EQ(sad(one.text), !one.good) << one.text;
      }
    for (const auto* part : {&s.labelled, &s.labelled_test})
      for (size_t i = 0; i < part->size(); ++i) {
        EXPECT_FALSE(glad((*part)[i].text) || sad((*part)[i].text)) << (*part)[i].text;
        EXPECT_EQ((*part)[i].good, i % 2 == 0);  // as many of each
      }
  }
}

TEST(Stories, WhatIsTestedIsNowhereElse) {
  for (bool korean : {false, true}) {
    const Stories s = make_stories(korean, 5, 4000, 300, 200, 256), other = make_stories(korean, 5, 100, 300, 10, 256);
    std::set<std::string> whole;
    for (const auto* part : {&s.test, &s.train})
      for (const Story& one : *part) EXPECT_TRUE(whole.insert(one.text).second) << one.text;
    std::set<std::string> tested;
    for (const Story& one : s.labelled_test) EXPECT_TRUE(tested.insert(one.text).second);
    const auto begins = [&](const std::string& text) { return tested.count(text.substr(0, text.find('.') + 1)) > 0; };
    for (const auto* part : {&s.train, &s.test, &s.labelled})
      for (const Story& one : *part) EXPECT_FALSE(begins(one.text)) << one.text;
    for (size_t i = 0; i < 300; ++i) EXPECT_EQ(s.test[i].text, other.test[i].text);
    for (size_t i = 0; i < 256; ++i) EXPECT_EQ(s.labelled_test[i].text, other.labelled_test[i].text);
    EXPECT_NE(make_stories(korean, 6, 10, 10, 2, 2).train[0].text, s.train[0].text);
  }
}

TEST(Stories, ParticlesAreSetRight) {
  std::set<std::string> words;
  for (int64_t i = 0; i < beginnings_in_grammar(); ++i) {
    const std::string text = make_beginning(true, i).text;
    words.insert(text.substr(0, text.find(' ')));
    for (const char* wrong : {"열쇠을", "지갑를", "톰는", "벤는", "미나은", "친구과", "짝꿍와"}) ASSERT_EQ(text.find(wrong), std::string::npos) << text;
  }
  EXPECT_TRUE(words.count("톰은"));
  EXPECT_TRUE(words.count("미나는"));
}

}  // namespace
}  // namespace pg::data

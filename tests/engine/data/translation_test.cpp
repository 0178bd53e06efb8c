#include "data/translation.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace pg::data {
namespace {

TEST(Translation, EveryPairIsDifferentInBothLanguages) {
  std::set<Sentence> ko, en;
  const int64_t n = pairs_in_grammar();
  EXPECT_GT(n, 500000);
  for (int64_t i = 0; i < n; i += 37) {
    const Pair p = make_pair(i);
    EXPECT_TRUE(ko.insert(p.ko).second) << written(Language::ko, p.ko);
    EXPECT_TRUE(en.insert(p.en).second) << written(Language::en, p.en);
    EXPECT_LE(p.ko.size(), static_cast<size_t>(kLongestSentence));
    EXPECT_LE(p.en.size(), static_cast<size_t>(kLongestSentence));
    for (int32_t id : p.ko) ASSERT_GT(id, kEnd) << written(Language::en, p.en);
    for (int32_t id : p.en) ASSERT_GT(id, kEnd) << written(Language::ko, p.ko);
  }
}

TEST(Translation, WhatIsWrittenIsReadAgain) {
  for (int64_t i = 0; i < pairs_in_grammar(); i += 1013) {
    const Pair p = make_pair(i);
    for (Language l : {Language::ko, Language::en}) {
      const Read r = read_sentence(l, written(l, p.of(l)));
      EXPECT_EQ(r.sentence, p.of(l)) << written(l, p.of(l));
      EXPECT_TRUE(r.unknown.empty());
    }
  }
}

TEST(Translation, WordsThatAreNotKnownAreNamed) {
  const Read r = read_sentence(Language::en, "I eat <b>pizza</b> at HOME!!");
  EXPECT_EQ(r.unknown, std::vector<std::string>{"<b>pizza</b>"});
  EXPECT_EQ(written(Language::en, r.sentence), "I eat at home.");
  EXPECT_EQ(read_sentence(Language::ko, "나는 피자를 먹는다").unknown, std::vector<std::string>{"피자를"});
  EXPECT_TRUE(read_sentence(Language::ko, " \n ").sentence.empty());
  EXPECT_EQ(read_sentence(Language::en, "<pad> </s> -는").unknown.size(), 3u);
  EXPECT_EQ(read_sentence(Language::ko, "\xff\xfe").unknown.size(), 1u);
}

TEST(Translation, ParticlesAreSetRight) {
  EXPECT_EQ(written(Language::ko, read_sentence(Language::ko, "나은 빵를 먹었다").sentence), "나는 빵을 먹었다.");
}

TEST(Translation, ACorpusHasNoSentenceTwice) {
  const Corpus c = make_corpus(3, 4000, 300), other = make_corpus(3, 500, 300);
  std::set<Sentence> seen;
  for (const auto* part : {&c.test, &c.train})
    for (const Pair& p : *part) EXPECT_TRUE(seen.insert(p.ko).second);
  EXPECT_EQ(seen.size(), 4300u);
  for (size_t i = 0; i < 300; ++i) EXPECT_EQ(c.test[i].en, other.test[i].en);
  EXPECT_NE(make_corpus(4, 10, 10).train[0].ko, c.train[0].ko);
}

}  // namespace
}  // namespace pg::data

#include "data/vocabulary.h"

#include <gtest/gtest.h>

#include "data/masking.h"
#include "data/stories.h"
#include "data/text.h"
#include "data/tokens.h"
#include "graph/params.h"

namespace pg::data {
namespace {

std::string joined(const Vocabulary& v, const std::vector<int32_t>& ids) {
  std::string out;
  for (int32_t id : ids) out += v.texts()[static_cast<size_t>(id)];
  return out;
}
std::vector<std::string> texts_of(const Vocabulary& v, const std::vector<int32_t>& ids) {
  std::vector<std::string> out;
  for (int32_t id : ids) out.push_back(v.texts()[static_cast<size_t>(id)]);
  return out;
}
std::vector<std::string> stories(bool korean, int n = 200) {
  std::vector<std::string> out;
  for (const Story& s : make_stories(korean, 1, n, 1, 2, 2).train) out.push_back(s.text);
  return out;
}

TEST(Vocabulary, WordsAndCharactersTheMostFrequentFirst) {
  const Vocabulary words({"b b a, c", "b a"}, Tokenizer::word, 100);
  EXPECT_EQ(words.texts(), (std::vector<std::string>{"<pad>", "</s>", "<unk>", "<mask>", "b", "a", ",", "c"}));
  std::vector<std::string> unknown;
  EXPECT_EQ(words.encode("a z b z", &unknown), (std::vector<int32_t>{5, kUnknown, 4, kUnknown}));
  EXPECT_EQ(unknown, std::vector<std::string>{"z"});
  const Vocabulary letters({"abba b"}, Tokenizer::character, 100);
  EXPECT_EQ(texts_of(letters, letters.encode(" ab  a\n")), (std::vector<std::string>{"a", "b", " ", "a"}));
  const Vocabulary few({"b b a, c", "b a"}, Tokenizer::word, 6);
  EXPECT_EQ(few.size(), 6);
  EXPECT_EQ(few.encode("c"), std::vector<int32_t>{kUnknown});
}

/// Byte pairs as they are told: count all, join the most frequent, begin again.
std::vector<std::string> slow_pairs(const std::vector<std::string>& words, const std::vector<std::string>& letters, size_t size) {
  std::vector<std::vector<std::string>> split;
  for (const std::string& w : words) {
    std::vector<std::string> s = {" "};
    for (char c : w) s.emplace_back(1, c);
    split.push_back(s);
  }
  std::vector<std::string> all = letters;
  while (all.size() < size) {
    std::map<std::pair<size_t, size_t>, int> counts;  // by the order in which they came: of equals the earlier
    const auto place = [&](const std::string& s) { return static_cast<size_t>(std::find(all.begin(), all.end(), s) - all.begin()); };
    for (const auto& s : split)
      for (size_t i = 0; i + 1 < s.size(); ++i) ++counts[{place(s[i]), place(s[i + 1])}];
    std::pair<size_t, size_t> best;
    int most = 1;
    for (const auto& [pair, n] : counts)
      if (n > most) most = n, best = pair;
    if (most < 2) break;
    const std::string a = all[best.first], b = all[best.second];
    for (auto& s : split) {
      std::vector<std::string> next;
      for (size_t i = 0; i < s.size(); ++i)
        if (i + 1 < s.size() && s[i] == a && s[i + 1] == b) next.push_back(a + b), ++i;
        else next.push_back(s[i]);
      s = next;
    }
    all.push_back(a + b);
  }
  return all;
}

TEST(Vocabulary, BytePairsAreThoseOfTheSlowWay) {
  std::vector<std::string> few = {"low", "low", "lower", "newest", "newest", "widest", "aaaa", "aaa", "new", "slow", "lowest"}, many;
  Rng rng(1, Stream::text);
  for (int i = 0; i < 400; ++i) {
    std::string word;
    for (uint32_t n = 1 + rng.below(9); n > 0; --n) word += static_cast<char>('a' + rng.below(1 + rng.below(6)));
    many.push_back(word);
  }
  for (const auto& words : {few, many}) {
    std::string text;
    for (const std::string& w : words) text += (text.empty() ? "" : " ") + w;
    const Vocabulary letters({text}, Tokenizer::character, 1000);
    for (int size : {20, 25, 30, 60, 300}) {
      const Vocabulary v({text}, Tokenizer::bpe, size);
      EXPECT_EQ(v.texts(), slow_pairs(words, letters.texts(), static_cast<size_t>(size))) << size;
    }
  }
}

TEST(Vocabulary, NothingIsLostInBytePairsAndCharacters) {
  for (bool korean : {false, true}) {
    const auto pieces = stories(korean);
    const Vocabulary letters(pieces, Tokenizer::character, 2000), pairs(pieces, Tokenizer::bpe, 600);
    size_t long_way = 0, short_way = 0;
    for (const std::string& piece : pieces) {
      EXPECT_EQ(joined(letters, letters.encode(piece)), piece);
      EXPECT_EQ(joined(pairs, pairs.encode(piece)), " " + piece);
      long_way += letters.encode(piece).size();
      short_way += pairs.encode(piece).size();
    }
    EXPECT_LT(2 * short_way, long_way);
  }
}

TEST(Vocabulary, HostileTextsEndAndAreCutToSize) {
  std::string noise;
  Rng rng(1, Stream::text);
  for (int i = 0; i < 1 << 20; ++i) noise += static_cast<char>(rng.below(256));
  std::string spaced = noise;
  for (size_t i = 0; i < spaced.size(); i += 5) spaced[i] = ' ';
  const std::string texts[] = {std::string(1 << 20, 'a'), noise, spaced, std::string(1 << 20, '\0') + "a", "<script>alert(1)</script> &amp; " + std::string(5000, '<'),
                               "👩‍👩‍👧‍👦 🏳️‍🌈 안녕 שלום مرحبا", "\xff\xfe\xc0\x80", "", "a"};
  for (const std::string& text : texts)
    for (Tokenizer tokenizer : {Tokenizer::word, Tokenizer::character, Tokenizer::bpe}) {
      std::vector<std::string> pieces;
      for (size_t i = 0; i < text.size(); i += 500) pieces.push_back(valid_utf8(text.substr(i, 500)));
      const Vocabulary v(pieces, tokenizer, 500);
      EXPECT_LE(v.size(), 500);
      for (const std::string& piece : pieces)
        for (int32_t id : v.encode(piece)) ASSERT_LT(id, v.size());
    }
  EXPECT_TRUE(Vocabulary({}, Tokenizer::bpe, 100).encode("").empty());
}

// --- the reader's own text ---

std::vector<std::string> pieces(const std::string& text) { return text_pieces(reinterpret_cast<const uint8_t*>(text.data()), text.size()); }
std::string repeated(const std::string& text, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += text;
  return out;
}

TEST(OwnText, IsCutIntoLinesAndSentences) {
  const std::string sentence = "This is a sentence that is surely long enough to be one whole piece of its own in here. ";
  EXPECT_EQ(pieces(repeated(sentence, 5)).size(), 5u);
  const auto lines = pieces(repeated("short line\r\n\r\n", 40));
  EXPECT_EQ(lines.size(), 40u);
  EXPECT_EQ(lines[0], "short line");
  for (const std::string& p : pieces(std::string(1 << 20, 'x'))) EXPECT_LE(p.size(), 180u);
  for (const std::string& p : pieces(repeated("word ", 10000))) EXPECT_LE(p.size(), 260u);
}

TEST(OwnText, WhatIsTooLittleOrTooMuchIsSaid) {
  const auto refused = [](const std::string& text, const char* rule, const char* value) {
    try {
      pieces(text);
      ADD_FAILURE() << rule;
    } catch (const Error& e) {
      EXPECT_EQ(e.issue.code, "bad_asset");
      EXPECT_EQ(e.issue.path, "own");
      EXPECT_NE(e.issue.rule.find(rule), std::string::npos) << e.issue.rule;
      EXPECT_EQ(e.issue.value, value);
    }
  };
  refused("", "at least 200 characters", "0 characters");
  refused("a", "at least 200 characters", "1 characters");
  refused(std::string(5000, '\0'), "at least 200 characters", "0 characters");
  refused(repeated(" \n\t", 5000), "at least 200 characters", "0 characters");
  refused(std::string((1 << 20) + 1, 'a'), "at most 1048576 bytes", "1048577 bytes");
  EXPECT_NO_THROW(pieces(std::string(200, 'a')));
  EXPECT_NO_THROW(pieces(repeated("\xff", 300)));
  EXPECT_NO_THROW(pieces(repeated("👩‍👩‍👧 שלום ", 60)));
}

TEST(OwnText, ATenthIsForTestingAndNoPartIsEmpty) {
  std::vector<std::string> many;
  for (int i = 0; i < 2000; ++i) many.push_back(std::to_string(i));
  const TextParts parts = split_pieces(many, 1), again = split_pieces(many, 1), other = split_pieces(many, 2);
  EXPECT_NEAR(static_cast<double>(parts.test.size()), 200, 50);
  EXPECT_EQ(parts.train.size() + parts.test.size(), 2000u);
  EXPECT_EQ(parts.test, again.test);
  EXPECT_NE(parts.test, other.test);
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const TextParts two = split_pieces({"a", "b"}, seed);
    EXPECT_EQ(two.train.size(), 1u);
    EXPECT_EQ(two.test.size(), 1u);
  }
}

// --- masks ---

TEST(Masking, EightyTenTen) {
  const int words = 50;
  int64_t chosen = 0, hidden = 0, other = 0, all = 0;
  for (uint32_t example = 0; example < 400; ++example) {
    std::vector<int32_t> tokens(64), targets(64);
    for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = i % 8 == 0 ? kStop : kFirstToken + static_cast<int32_t>(i) % 20;
    const std::vector<int32_t> before = tokens;
    mask_tokens(tokens, targets, 0.15, words, Rng(1, Stream::text, 7, example));
    std::vector<int32_t> again = before, same(64);
    mask_tokens(again, same, 0.15, words, Rng(1, Stream::text, 7, example));
    EXPECT_EQ(tokens, again);
    EXPECT_EQ(targets, same);
    for (size_t i = 0; i < tokens.size(); ++i) {
      all += before[i] != kStop;
      if (targets[i] == kPadding) {
        EXPECT_EQ(tokens[i], before[i]);
        continue;
      }
      EXPECT_NE(before[i], kStop);
      EXPECT_EQ(targets[i], before[i]);
      ++chosen;
      hidden += tokens[i] == kMask;
      other += tokens[i] != kMask && tokens[i] != before[i];
    }
  }
  const double n = static_cast<double>(chosen);
  EXPECT_NEAR(n / static_cast<double>(all), 0.15, 0.01);
  EXPECT_NEAR(static_cast<double>(hidden) / n, 0.8, 0.02);
  EXPECT_NEAR(static_cast<double>(other) / n, 0.1, 0.02);
}

TEST(Masking, AtLeastOneWhereThereIsAny) {
  for (uint32_t example = 0; example < 100; ++example) {
    std::vector<int32_t> tokens = {kStop, 5, kStop}, targets(3);
    mask_tokens(tokens, targets, 0.01, 10, Rng(1, Stream::text, 0, example));
    EXPECT_EQ(targets, (std::vector<int32_t>{kPadding, 5, kPadding}));
  }
  std::vector<int32_t> none = {kStop, kStop}, targets(2);
  mask_tokens(none, targets, 0.9, 10, Rng(1, Stream::text));
  EXPECT_EQ(none, (std::vector<int32_t>{kStop, kStop}));
}

}  // namespace
}  // namespace pg::data

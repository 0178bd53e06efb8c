#include "data/tokens.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace {

using namespace pg::data;
using Words = std::vector<std::string>;

Words words(std::string_view s) { return tokenize(s, Units::word, 64).tokens; }
Words characters(std::string_view s) { return tokenize(s, Units::character, 64).tokens; }

double cosine(const std::string& a, const std::string& b, int d) {
  std::vector<float> x(static_cast<size_t>(d)), y(static_cast<size_t>(d));
  token_vector(a, d, x.data());
  token_vector(b, d, y.data());
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) xy += double(x[i]) * y[i], xx += double(x[i]) * x[i], yy += double(y[i]) * y[i];
  return xy / std::sqrt(xx * yy);
}

bool is_utf8(const std::string& s) { return valid_utf8(s) == s; }

TEST(Tokens, WordsArePutApartAtSpacesAndPunctuation) {
  EXPECT_EQ(words("The cat, it sat."), (Words{"The", "cat", ",", "it", "sat", "."}));
  EXPECT_EQ(words("  (a)\t\"b\"\r\n"), (Words{"(", "a", ")", "\"", "b", "\""}));
  EXPECT_EQ(words("wait..."), (Words{"wait", ".", ".", "."}));
  EXPECT_EQ(words("¿Qué?"), (Words{"¿", "Qué", "?"}));
}

TEST(Tokens, MarksInsideAWordStay) {
  EXPECT_EQ(words("don't well-known 3.14 1,000"), (Words{"don't", "well-known", "3.14", "1,000"}));
  EXPECT_EQ(words("it’s"), (Words{"it’s"}));
  EXPECT_EQ(words("'tis dogs' end-"), (Words{"'", "tis", "dogs", "'", "end", "-"}));
  EXPECT_EQ(words("a.b 3."), (Words{"a", ".", "b", "3", "."}));
}

TEST(Tokens, Korean) {
  EXPECT_EQ(words("고양이가 매트 위에 앉았다."), (Words{"고양이가", "매트", "위에", "앉았다", "."}));
  EXPECT_EQ(characters("고양이 앉다"), (Words{"고", "양", "이", "앉", "다"}));
  EXPECT_EQ(words("「말」、그리고。"), (Words{"「", "말", "」", "、", "그리고", "。"}));
}

TEST(Tokens, JamoBecomeTheSyllableTheySpell) {
  // 한글, decomposed as some systems write it.
  const std::string jamo = "\u1112\u1161\u11AB\u1100\u1173\u11AF";
  EXPECT_EQ(characters(jamo), (Words{"한", "글"}));
  EXPECT_EQ(words(jamo), (Words{"한글"}));
  EXPECT_EQ(characters("\uAC00\u11A8"), (Words{"각"}));  // a syllable without an end, then its end
}

TEST(Tokens, WhatAReaderTakesForOneCharacterStaysWhole) {
  EXPECT_EQ(characters("e\u0301a"), (Words{"e\u0301", "a"}));                        // accent after its letter
  EXPECT_EQ(characters("👩‍🚀!"), (Words{"👩‍🚀", "!"}));                                  // joined
  EXPECT_EQ(characters("👍🏽👍"), (Words{"👍🏽", "👍"}));                                // skin tone
  EXPECT_EQ(characters("🇰🇷🇬🇧"), (Words{"🇰🇷", "🇬🇧"}));                                // flags
  EXPECT_EQ(words("cat😀dog ❤️"), (Words{"cat", "😀", "dog", "❤️"}));
  EXPECT_EQ(characters("\u0301"), (Words{"\u0301"}));                                // nothing to hang on
}

TEST(Tokens, EmptyAndInvisible) {
  for (const char* s : {"", "   ", "\t\n", "\u3000\u00A0", "\uFEFF\u200E"}) {
    EXPECT_TRUE(words(s).empty());
    EXPECT_TRUE(characters(s).empty());
  }
  EXPECT_EQ(words(std::string_view("a\0b", 3)), (Words{"a", "b"}));
}

TEST(Tokens, BytesThatAreNotUtf8) {
  EXPECT_EQ(valid_utf8("a\xFF"), "a\uFFFD");
  EXPECT_EQ(valid_utf8("\xC3"), "\uFFFD");                        // cut off
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\uFFFD\uFFFD");              // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");    // a surrogate
  EXPECT_EQ(valid_utf8("\xF5\x80\x80\x80").size(), 12u);          // beyond U+10FFFF
  EXPECT_EQ(valid_utf8("고\xEA\xB3"), "고\uFFFD\uFFFD");
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::string s = {static_cast<char>(first), static_cast<char>(second), 'x'};
      for (const Units u : {Units::word, Units::character})
        for (const std::string& t : tokenize(s, u, 64).tokens) ASSERT_TRUE(is_utf8(t)) << first << ' ' << second;
    }
}

TEST(Tokens, LongTextIsCutAndSaid) {
  std::string s;
  for (int i = 0; s.size() < 100 * 1024; ++i) s += "가나다" + std::to_string(i) + " ";
  const Tokens t = tokenize(s, Units::word, 64);
  ASSERT_EQ(t.tokens.size(), 64u);
  EXPECT_EQ(t.tokens.back(), "가나다63");
  EXPECT_TRUE(t.truncated);
  EXPECT_EQ(t.rest.substr(0, std::strlen("가나다64 ")), "가나다64 ");
  EXPECT_LE(t.rest.size(), 64u);
  EXPECT_TRUE(is_utf8(t.rest));

  const std::string one(100 * 1024, 'a');  // one word
  EXPECT_EQ(tokenize(one, Units::word, 64).tokens.size(), 1u);
  EXPECT_FALSE(tokenize(one, Units::word, 64).truncated);
  EXPECT_TRUE(tokenize(one, Units::character, 64).truncated);
  std::string accents = "a";
  for (int i = 0; i < 5000; ++i) accents += "\u0301";
  for (const std::string& c : tokenize(accents, Units::character, 64).tokens) EXPECT_LE(c.size(), 40u);
}

TEST(Tokens, ExactlyFullIsNotTruncated) {
  EXPECT_FALSE(tokenize("a b c", Units::word, 3).truncated);
  EXPECT_FALSE(tokenize("a b c  ", Units::word, 3).truncated);
  EXPECT_TRUE(tokenize("a b c d", Units::word, 3).truncated);
  EXPECT_TRUE(tokenize("a b c.", Units::word, 3).truncated);
  EXPECT_EQ(tokenize("a b c.", Units::word, 3).rest, ".");
}

TEST(Ngrams, Pieces) {
  EXPECT_EQ(ngrams("고양이"), (Words{"고", "양", "이", "고양", "양이", "‹고양이›"}));
  EXPECT_EQ(ngrams("Cat"), (Words{"‹c", "ca", "at", "t›", "‹ca", "cat", "at›", "‹cat›"}));
  EXPECT_EQ(ngrams("a"), (Words{"‹a", "a›", "‹a›"}));
  EXPECT_FALSE(ngrams("").empty());
}

TEST(Ngrams, WordsThatShareLettersAreSimilar) {
  const int d = 64;
  const std::pair<const char*, const char*> kin[] = {{"고양이가", "고양이는"}, {"학교에서", "학교에"}, {"먹었다", "먹었고"}, {"walking", "walked"}, {"cat", "cats"}, {"learner", "learning"}};
  const std::pair<const char*, const char*> strangers[] = {{"고양이가", "매트"}, {"학교에서", "먹었다"}, {"walking", "cat"}, {"table", "고양이"}, {"because", "mat"}, {".", "sun"}};
  double least = 1, most = -1;
  for (const auto& [a, b] : kin) least = std::min(least, cosine(a, b, d));
  for (const auto& [a, b] : strangers) most = std::max(most, cosine(a, b, d));
  EXPECT_GT(least, 0.35);
  EXPECT_LT(most, 0.35);
  EXPECT_GT(least, most);
  EXPECT_NEAR(cosine("The", "the", d), 1, 1e-6);
}

TEST(Ngrams, VectorsHaveUnitMeanSquareAndAreTheSumOfTheirPieces) {
  for (const int d : {4, 16, 64}) {
    for (const char* token : {"고양이가", "cat", ".", "😀", ""}) {
      std::vector<float> v(static_cast<size_t>(d));
      const double factor = token_vector(token, d, v.data());
      double squares = 0;
      for (float x : v) squares += double(x) * x;
      EXPECT_NEAR(squares / d, 1, 1e-5) << token;
      std::vector<double> gram(static_cast<size_t>(d)), sum(static_cast<size_t>(d));
      for (const std::string& g : ngrams(token)) {
        ngram_vector(g, d, gram.data());
        for (size_t i = 0; i < sum.size(); ++i) sum[i] += factor * gram[i];
      }
      for (size_t i = 0; i < sum.size(); ++i) EXPECT_NEAR(sum[i], v[i], 1e-6);
    }
  }
}

TEST(Ngrams, SameBitsEverywhere) {
  uint64_t h = 14695981039346656037ull;
  for (const char* token : {"고양이가", "cat", "Ünïcode", "😀", "3.14"}) {
    float v[64];
    token_vector(token, 64, v);
    for (float x : v) {
      uint32_t bits;
      std::memcpy(&bits, &x, sizeof bits);
      h = (h ^ bits) * 1099511628211ull;
    }
  }
  EXPECT_EQ(h, 1229809730168708303u);  // as made natively; WebAssembly must agree
}

}  // namespace

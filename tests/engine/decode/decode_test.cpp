#include "decode/decode.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace pg::decode {
namespace {

constexpr int kWords = 5;
constexpr int32_t kEnd = 0;

/// Log probabilities of a made-up language: whatever the prefix, always the same for it.
std::vector<float> row_of(const std::vector<int32_t>& prefix, uint64_t seed) {
  uint32_t h = 17;
  for (int32_t t : prefix) h = h * 31 + static_cast<uint32_t>(t) + 1;
  Rng rng(seed, Stream::explore, h, static_cast<uint32_t>(prefix.size()));
  std::vector<float> logits(kWords), p(kWords);
  for (float& x : logits) x = static_cast<float>(2 * rng.normal());
  softmax(logits, p);
  for (float& x : p) x = std::log(x);
  return p;
}
Next language(uint64_t seed, int* calls = nullptr) {
  return [=](const std::vector<std::vector<int32_t>>& prefixes, std::vector<float>& out) {
    out.clear();
    for (const auto& prefix : prefixes) {
      const auto row = row_of(prefix, seed);
      out.insert(out.end(), row.begin(), row.end());
    }
    if (calls) ++*calls;
    return true;
  };
}

/// Every hypothesis there is.
void all_of(uint64_t seed, int max_length, Hypothesis h, std::vector<Hypothesis>& out) {
  if (static_cast<int>(h.tokens.size()) == max_length) {
    out.push_back(h);
    return;
  }
  const auto row = row_of(h.tokens, seed);
  for (int32_t id = 0; id < kWords; ++id) {
    Hypothesis next = h;
    next.log_probability += row[static_cast<size_t>(id)];
    if (id == kEnd) {
      next.ended = true;
      out.push_back(next);
    } else {
      next.tokens.push_back(id);
      all_of(seed, max_length, next, out);
    }
  }
}

TEST(Decode, AWideBeamFindsTheBestOfAll) {
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (double penalty : {0.0, 0.7, 1.0}) {
      std::vector<Hypothesis> all;
      all_of(seed, 4, {}, all);
      const auto best = std::max_element(all.begin(), all.end(), [&](const auto& a, const auto& b) { return a.score(penalty) < b.score(penalty); });
      const auto found = beam_search(1000, 4, kEnd, penalty, language(seed));
      EXPECT_EQ(found[0].tokens, best->tokens);
      EXPECT_EQ(found[0].log_probability, best->log_probability);
      EXPECT_EQ(found.size(), all.size());
    }
}

/// Beam search as it is told, without a word about when it may be over.
std::vector<Hypothesis> slow_beam(int width, int max_length, double penalty, uint64_t seed) {
  std::vector<Hypothesis> open = {{}}, done;
  for (int length = 0; length < max_length; ++length) {
    std::vector<Hypothesis> grown;
    for (const Hypothesis& h : open) {
      const auto row = row_of(h.tokens, seed);
      std::multimap<double, int32_t, std::greater<>> by;
      for (int32_t id = 0; id < kWords; ++id) by.emplace(row[static_cast<size_t>(id)], id);
      int n = 0;
      for (const auto& [p, id] : by) {
        if (n++ > width) break;
        Hypothesis next = h;
        next.log_probability += p;
        if (id == kEnd) next.ended = true, done.push_back(next);
        else next.tokens.push_back(id), grown.push_back(next);
      }
    }
    const auto keep = [&](std::vector<Hypothesis>& h) {
      std::stable_sort(h.begin(), h.end(), [&](const auto& a, const auto& b) { return a.score(penalty) > b.score(penalty); });
      if (static_cast<int>(h.size()) > width) h.resize(static_cast<size_t>(width));
    };
    keep(grown);
    keep(done);
    open = grown;
  }
  done.insert(done.end(), open.begin(), open.end());
  std::stable_sort(done.begin(), done.end(), [&](const auto& a, const auto& b) { return a.score(penalty) > b.score(penalty); });
  if (static_cast<int>(done.size()) > width) done.resize(static_cast<size_t>(width));
  return done;
}

TEST(Decode, ItEndsEarlyWithoutLosingAnything) {
  int fewer = 0;
  for (uint64_t seed = 0; seed < 40; ++seed)
    for (int width : {1, 2, 3, 4})
      for (double penalty : {0.0, 0.6, 1.0}) {
        int calls = 0;
        const auto fast = beam_search(width, 8, kEnd, penalty, language(seed, &calls)), slow = slow_beam(width, 8, penalty, seed);
        ASSERT_EQ(fast.size(), slow.size());
        for (size_t i = 0; i < fast.size(); ++i) EXPECT_EQ(fast[i].tokens, slow[i].tokens) << seed << " " << width << " " << penalty;
        fewer += calls < 8;
      }
  EXPECT_GT(fewer, 100);
}

TEST(Decode, AWidthOfOneIsGreedy) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<int32_t> greedy;
    for (int i = 0; i < 6; ++i) {
      const auto row = row_of(greedy, seed);
      const int32_t id = static_cast<int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
      if (id == kEnd) break;
      greedy.push_back(id);
    }
    // Two are looked at a step, so that an end which is only second is kept too; the best going on is the greedy one.
    std::vector<std::vector<int32_t>> asked;
    beam_search(1, 6, kEnd, 1, [&](const auto& prefixes, auto& out) {
      asked.push_back(prefixes[0]);
      return language(seed)(prefixes, out);
    });
    for (const auto& prefix : asked) {
      const size_t n = std::min(prefix.size(), greedy.size());
      EXPECT_TRUE(std::equal(prefix.begin(), prefix.begin() + static_cast<std::ptrdiff_t>(n), greedy.begin()));
    }
  }
}

TEST(Decode, ItStopsWhenToldAndAtTheLength) {
  int calls = 0;
  const auto cut = beam_search(3, 100, kEnd, 1, [&](const auto& prefixes, auto& out) {
    out.assign(prefixes.size() * kWords, -1.0f);
    for (size_t i = 0; i < prefixes.size(); ++i) out[i * kWords + kEnd] = -50;
    return ++calls < 5;
  });
  ASSERT_EQ(cut.size(), 3u);
  EXPECT_EQ(cut[0].tokens.size(), 4u);
  EXPECT_FALSE(cut[0].ended);
  const auto none = beam_search(2, 0, kEnd, 1, language(1));
  ASSERT_EQ(none.size(), 1u);
  EXPECT_TRUE(none[0].tokens.empty());
}

TEST(Decode, SamplingIsCutAsItSays) {
  const std::vector<float> logits = {2, 1, 0, 1, -1};
  std::vector<float> p(5), q(5);
  softmax(logits, p);
  distribution(logits, {}, q);
  EXPECT_EQ(p, q);
  distribution(logits, {.temperature = 0}, q);
  EXPECT_EQ(q, (std::vector<float>{1, 0, 0, 0, 0}));
  distribution(logits, {.top_k = 2}, q);  // of the equals, the one with the smaller id
  EXPECT_NEAR(q[0], p[0] / (p[0] + p[1]), 1e-6);
  EXPECT_EQ(q[3], 0);
  distribution(logits, {.top_p = 0.6}, q);  // 0.57 is not enough
  EXPECT_GT(q[1], 0);
  EXPECT_EQ(q[3], 0);
  distribution(logits, {.top_p = 1e-9}, q);
  EXPECT_EQ(q[0], 1);
  distribution(logits, {.temperature = 0.5}, q);
  EXPECT_NEAR(q[0] / q[1], std::exp(2.0), 1e-4);
  float sum = 0;
  distribution(logits, {.temperature = 3, .top_k = 4, .top_p = 0.9}, q);
  for (float x : q) sum += x;
  EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(Decode, DrawsComeAsOftenAsTheyShould) {
  const std::vector<float> p = {0.5f, 0.0f, 0.2f, 0.3f};
  std::vector<int> count(4);
  Rng rng(5, Stream::explore);
  for (int i = 0; i < 20000; ++i) ++count[static_cast<size_t>(draw(p, rng))];
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(count[i] / 20000.0, p[i], 0.01);
  EXPECT_EQ(count[1], 0);
  Rng a(9, Stream::explore), b(9, Stream::explore);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(draw(p, a), draw(p, b));
  Rng c(1, Stream::explore);
  EXPECT_EQ(draw(std::vector<float>{0, 0, 0.4f}, c), 2);  // less than 1 in all, by rounding
}

TEST(Decode, TheMostProbableInOrder) {
  const std::vector<float> p = {0.1f, 0.4f, 0.1f, 0.4f};
  const auto top = most_probable(p, 3);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].id, 1);
  EXPECT_EQ(top[1].id, 3);
  EXPECT_EQ(top[2].id, 0);
  EXPECT_EQ(most_probable(p, 99).size(), 4u);
  EXPECT_TRUE(most_probable(p, 0).empty());
}

}  // namespace
}  // namespace pg::decode

#include "data/sequences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace {

using namespace pg::data;

struct Example {
  std::vector<int32_t> ids, targets, right;
};

Example draw(const SequenceTask& t, uint64_t seed, Split split, uint32_t step, uint32_t index) {
  const size_t n = static_cast<size_t>(t.tokens);
  Example e{std::vector<int32_t>(n), std::vector<int32_t>(n), std::vector<int32_t>(n)};
  draw_sequence(t, seed, split, step, index, e.ids.data(), e.targets.data(), e.right.data());
  return e;
}

/// Solves an example from what is written for its tokens, as a reader would, without the generator's arithmetic.
void solve(const SequenceTask& t, const std::vector<std::string>& text, std::vector<std::string>& answers, std::vector<int>& right) {
  const size_t n = text.size();
  answers.assign(n, "");
  right.assign(n, -1);
  switch (t.kind) {
    case SequenceKind::lookup:
      for (size_t i = 0; i < n; ++i) {
        if (text[i].back() != '?') continue;
        for (size_t j = 0; j < n; ++j)
          if (j != i && text[j].back() != '?' && text[j].front() == text[i].front()) {
            EXPECT_EQ(right[i], -1) << "a key must occur once";
            right[i] = static_cast<int>(j);
            answers[i] = text[j].substr(1);
          }
      }
      break;
    case SequenceKind::copy:
    case SequenceKind::reverse: {
      const size_t slots = static_cast<size_t>(std::count(text.begin(), text.end(), "_"));
      for (size_t s = 0; s < slots; ++s) {
        const size_t from = t.kind == SequenceKind::copy ? s : slots - 1 - s;
        answers[n - slots + s] = text[from];
        right[n - slots + s] = static_cast<int>(from);
      }
      break;
    }
    case SequenceKind::brackets: {
      // Every · takes back the last bracket that is still open: strike out pairs until nothing is left.
      std::vector<bool> gone(n, false);
      for (size_t i = 0; i < n; ++i) {
        if (text[i] != "·") continue;
        size_t j = i;
        do --j;
        while (gone[j]);
        gone[i] = gone[j] = true;
        right[i] = static_cast<int>(j);
        answers[i] = text[j] == "(" ? ")" : text[j] == "[" ? "]" : "}";
      }
      EXPECT_EQ(std::count(gone.begin(), gone.end(), false), 0);
      break;
    }
  }
}

constexpr SequenceKind kKinds[] = {SequenceKind::lookup, SequenceKind::copy, SequenceKind::reverse, SequenceKind::brackets};

TEST(Sequences, AnswersAreRightByAnIndependentSolver) {
  for (const SequenceKind kind : kKinds)
    for (int length = SequenceTask::kShortest; length <= SequenceTask::kLongest; ++length) {
      const SequenceTask t = sequence_task(kind, length);
      for (uint32_t i = 0; i < 200; ++i) {
        const Split split = i % 2 ? Split::test : Split::train;
        const Example e = draw(t, 7, split, i, i);
        std::vector<std::string> text, answers;
        std::vector<int> right;
        for (int32_t id : e.ids) {
          ASSERT_GE(id, 0);
          ASSERT_LT(id, t.vocab_size);
          text.push_back(token_text(t, id));
        }
        solve(t, text, answers, right);
        int asked = 0;
        for (size_t p = 0; p < text.size(); ++p) {
          ASSERT_EQ(e.right[p], right[p]);
          if (right[p] < 0) {
            ASSERT_EQ(e.targets[p], kNothingAsked);
            continue;
          }
          ++asked;
          ASSERT_GE(e.targets[p], 0);
          ASSERT_LT(e.targets[p], t.classes);
          ASSERT_EQ(class_text(t, e.targets[p]), answers[p]);
          ASSERT_LT(right[p], static_cast<int>(p)) << "the answer has been seen, so that a causal mask leaves the task solvable";
        }
        ASSERT_EQ(asked, t.asked);
      }
    }
}

TEST(Sequences, TokensAndAnswersHaveNamesOfTheirOwn) {
  for (const SequenceKind kind : kKinds) {
    const SequenceTask t = sequence_task(kind, 8);
    std::set<std::string> tokens, classes;
    for (int i = 0; i < t.vocab_size; ++i) tokens.insert(token_text(t, i));
    for (int i = 0; i < t.classes; ++i) classes.insert(class_text(t, i));
    EXPECT_EQ(tokens.size(), static_cast<size_t>(t.vocab_size));
    EXPECT_EQ(classes.size(), static_cast<size_t>(t.classes));
  }
}

TEST(Sequences, NoTestSequenceIsEverTrained) {
  for (const SequenceKind kind : kKinds)
    for (const int length : {3, 6, 10}) {
      const SequenceTask t = sequence_task(kind, length);
      std::set<std::vector<int32_t>> held_out;
      for (uint32_t i = 0; i < 128; ++i) held_out.insert(draw(t, 1, Split::test, 0, i).ids);
      EXPECT_GT(held_out.size(), length == 3 ? 8u : 100u);
      for (uint32_t step = 0; step < 200; ++step)
        for (uint32_t i = 0; i < 32; ++i) {
          const Example e = draw(t, 1, Split::train, step, i);
          ASSERT_EQ(split_of(t, e.ids.data()), Split::train);
          ASSERT_EQ(held_out.count(e.ids), 0u);
        }
    }
}

TEST(Sequences, AnswersAreSpreadEvenly) {
  for (const SequenceKind kind : kKinds) {
    const SequenceTask t = sequence_task(kind, 6);
    std::map<int32_t, int> count;
    int total = 0;
    for (uint32_t i = 0; i < 4000; ++i)
      for (int32_t answer : draw(t, 3, Split::train, i, 0).targets)
        if (answer != kNothingAsked) ++count[answer], ++total;
    for (int c = 0; c < t.classes; ++c) EXPECT_NEAR(count[c] / static_cast<double>(total), 1.0 / t.classes, 0.02);
  }
}

TEST(Sequences, BracketsNest) {
  const SequenceTask t = sequence_task(SequenceKind::brackets, 6);
  int deepest = 0, neighbours = 0, closers = 0;
  for (uint32_t i = 0; i < 500; ++i) {
    const Example e = draw(t, 1, Split::train, i, 0);
    for (size_t p = 0; p < e.right.size(); ++p)
      if (e.right[p] >= 0) {
        ++closers;
        neighbours += e.right[p] == static_cast<int>(p) - 1;
        deepest = std::max(deepest, static_cast<int>(p) - e.right[p]);
      }
  }
  EXPECT_GE(deepest, 9);                       // some partners are far away
  EXPECT_LT(neighbours, closers * 3 / 4);      // and looking one to the left is not enough
}

TEST(Sequences, SameDrawsEverywhere) {
  uint64_t h = 14695981039346656037ull;
  for (const SequenceKind kind : kKinds) {
    const SequenceTask t = sequence_task(kind, 6);
    for (uint32_t i = 0; i < 100; ++i) {
      const Example e = draw(t, 42, i % 3 ? Split::train : Split::test, i, i + 1), again = draw(t, 42, i % 3 ? Split::train : Split::test, i, i + 1);
      ASSERT_EQ(e.ids, again.ids);
      for (int32_t id : e.ids) h = (h ^ static_cast<uint32_t>(id)) * 1099511628211ull;
    }
  }
  EXPECT_EQ(h, 16693937871845947032u);  // as made natively; WebAssembly must agree
}

}  // namespace

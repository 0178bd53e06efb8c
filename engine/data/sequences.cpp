#include "data/sequences.h"

#include <algorithm>
#include <array>

namespace pg::data {

namespace {

constexpr int kValues = 8;        // lookup: digits 1 .. 8
constexpr int kLetters = 8;       // copy, reverse: a .. h
constexpr int kBrackets = 3;
constexpr const char* kOpening[kBrackets] = {"(", "[", "{"};
constexpr const char* kClosing[kBrackets] = {")", "]", "}"};
constexpr int kTestShare = 8;     // one sequence in so many is held out
constexpr int kMaxTries = 4096;   // (7/8)^4096: never, unless a task had hardly any sequences
/// Steps of training stay below; the draws of the test set begin here.
constexpr uint32_t kTestRegion = 0x80000000u;

/// Keys of lookup: some more than a sequence has, so that which ones occur differs too.
int keys(const SequenceTask& t) { return t.length + 2; }

std::string letter(int i) { return std::string(1, static_cast<char>('a' + i)); }
char digit(int i) { return static_cast<char>('1' + i); }

void draw_lookup(const SequenceTask& t, Rng& rng, int32_t* tokens, int32_t* targets, int32_t* right) {
  std::array<int32_t, SequenceTask::kLongest + 2> order;
  const int n = keys(t);
  for (int i = 0; i < n; ++i) order[static_cast<size_t>(i)] = i;
  rng.shuffle(order.data(), static_cast<uint32_t>(n));
  for (int i = 0; i < t.length; ++i) tokens[i] = order[static_cast<size_t>(i)] * kValues + static_cast<int32_t>(rng.below(kValues));
  std::array<int32_t, SequenceTask::kLongest> asked;
  for (int i = 0; i < t.length; ++i) asked[static_cast<size_t>(i)] = i;
  rng.shuffle(asked.data(), static_cast<uint32_t>(t.length));
  for (int q = 0; q < t.asked; ++q) {
    const int32_t at = asked[static_cast<size_t>(q)];
    tokens[t.length + q] = n * kValues + tokens[at] / kValues;
    targets[t.length + q] = tokens[at] % kValues;
    right[t.length + q] = at;
  }
}

void draw_letters(const SequenceTask& t, Rng& rng, int32_t* tokens, int32_t* targets, int32_t* right) {
  for (int i = 0; i < t.length; ++i) tokens[i] = static_cast<int32_t>(rng.below(kLetters));
  for (int i = 0; i < t.length; ++i) {
    const int from = t.kind == SequenceKind::copy ? i : t.length - 1 - i;
    tokens[t.length + i] = kLetters;
    targets[t.length + i] = tokens[from];
    right[t.length + i] = from;
  }
}

void draw_brackets(const SequenceTask& t, Rng& rng, int32_t* tokens, int32_t* targets, int32_t* right) {
  std::array<int32_t, SequenceTask::kLongest> open;
  int depth = 0, opened = 0;
  for (int i = 0; i < t.tokens; ++i) {
    // Two draws a position, whether they are needed or not: the count of draws does not depend on the outcome.
    const bool up = rng.below(2) == 0;
    const int32_t kind = static_cast<int32_t>(rng.below(kBrackets));
    if (opened < t.length && (depth == 0 || up)) {
      open[static_cast<size_t>(depth++)] = i;
      tokens[i] = kind;
      ++opened;
    } else {
      const int32_t partner = open[static_cast<size_t>(--depth)];
      tokens[i] = kBrackets;
      targets[i] = tokens[partner];
      right[i] = partner;
    }
  }
}

}  // namespace

SequenceTask sequence_task(SequenceKind kind, int length) {
  length = std::min(std::max(length, SequenceTask::kShortest), SequenceTask::kLongest);
  SequenceTask t{kind, length, 2 * length, length, 0, 0};
  switch (kind) {
    case SequenceKind::lookup:
      t.asked = (length + 1) / 2;
      t.tokens = length + t.asked;
      t.vocab_size = keys(t) * (kValues + 1);
      t.classes = kValues;
      break;
    case SequenceKind::copy:
    case SequenceKind::reverse:
      t.vocab_size = kLetters + 1;
      t.classes = kLetters;
      break;
    case SequenceKind::brackets:
      t.vocab_size = kBrackets + 1;
      t.classes = kBrackets;
      break;
  }
  return t;
}

std::string token_text(const SequenceTask& t, int32_t id) {
  switch (t.kind) {
    case SequenceKind::lookup: {
      const bool asks = id >= keys(t) * kValues;
      std::string text = letter(asks ? id - keys(t) * kValues : id / kValues);
      text.push_back(asks ? '?' : digit(id % kValues));
      return text;
    }
    case SequenceKind::copy:
    case SequenceKind::reverse: return id < kLetters ? letter(id) : "_";
    case SequenceKind::brackets: return id < kBrackets ? kOpening[id] : "·";
  }
  return "";
}

std::string class_text(const SequenceTask& t, int32_t answer) {
  switch (t.kind) {
    case SequenceKind::lookup: return std::string(1, digit(answer));
    case SequenceKind::copy:
    case SequenceKind::reverse: return letter(answer);
    case SequenceKind::brackets: return kClosing[answer];
  }
  return "";
}

Split split_of(const SequenceTask& t, const int32_t* tokens) {
  uint64_t h = 14695981039346656037ull;  // FNV-1a; its high bits are the well mixed ones
  for (int i = 0; i < t.tokens; ++i) h = (h ^ static_cast<uint32_t>(tokens[i])) * 1099511628211ull;
  h ^= h >> 32;
  h *= 0x9E3779B97F4A7C15ull;
  return (h >> 32) % kTestShare == 0 ? Split::test : Split::train;
}

void draw_sequence(const SequenceTask& t, uint64_t seed, Split split, uint32_t step, uint32_t index, int32_t* tokens, int32_t* targets, int32_t* right_keys) {
  Rng rng(seed, Stream::data, split == Split::test ? kTestRegion : step % kTestRegion, index);
  std::array<int32_t, 2 * SequenceTask::kLongest> unused;
  int32_t* right = right_keys ? right_keys : unused.data();
  for (int tries = 0; tries < kMaxTries; ++tries) {
    for (int i = 0; i < t.tokens; ++i) {
      targets[i] = kNothingAsked;
      right[i] = -1;
    }
    switch (t.kind) {
      case SequenceKind::lookup: draw_lookup(t, rng, tokens, targets, right); break;
      case SequenceKind::copy:
      case SequenceKind::reverse: draw_letters(t, rng, tokens, targets, right); break;
      case SequenceKind::brackets: draw_brackets(t, rng, tokens, targets, right); break;
    }
    if (split_of(t, tokens) == split) return;
  }
}

}  // namespace pg::data

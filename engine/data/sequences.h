// Small tasks on sequences in which attention has something to find. Examples are drawn on the fly, each from its own
// place in the generator's counter space; every question knows the position that holds its answer.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tensor/rng.h"

namespace pg::data {

enum class SequenceKind : uint8_t {
  lookup,   // a5 c2 b7 | c? a? : which value stands with the key?
  copy,     // c a d | _ _ _ -> c a d
  reverse,  // c a d | _ _ _ -> d a c
  brackets  // ( [ · { · · : which kind does each · close?
};

/// Target of a position at which nothing is asked.
inline constexpr int32_t kNothingAsked = -100;

struct SequenceTask {
  SequenceKind kind;
  int length;      // pairs (lookup, brackets) or letters (copy, reverse); kShortest .. kLongest
  int tokens;      // positions in a sequence
  int asked;       // positions with a target, in every sequence
  int vocab_size;  // different tokens
  int classes;     // different answers

  static constexpr int kShortest = 3, kLongest = 10;
};

SequenceTask sequence_task(SequenceKind kind, int length);

/// What is written for a token and for an answer.
std::string token_text(const SequenceTask& task, int32_t id);
std::string class_text(const SequenceTask& task, int32_t answer);

/// Training and test never share a sequence: which of the two a sequence belongs to is a hash of its tokens (one in
/// eight is for the test), and a draw that falls on the other side is drawn again.
enum class Split : uint8_t { train, test };
Split split_of(const SequenceTask& task, const int32_t* tokens);

/// Example `index` of step `step` (of the test set: step 0). tokens, targets and right_keys have `task.tokens` places;
/// right_keys (may be null) gets the position that holds the answer, -1 where nothing is asked. Allocates nothing.
void draw_sequence(const SequenceTask& task, uint64_t seed, Split split, uint32_t step, uint32_t index, int32_t* tokens, int32_t* targets, int32_t* right_keys);

}  // namespace pg::data

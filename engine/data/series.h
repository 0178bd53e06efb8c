// Sequences for recurrent networks: waves to go on with, puzzles whose answer lies far back, words to spell, sentences whose
// negation turns their meaning. Examples are drawn on the fly, each from its own place in the generator's counter space; training
// and test never share a sequence of tokens (data/sequences.h).
#pragma once
#include <string>
#include <vector>

#include "data/sequences.h"

namespace pg::data {

enum class SeriesKind : uint8_t {
  sine,      // a wave of unknown period: what comes next?
  waves,     // the sum of a quick and a slow one
  order,     // two of X, Y among other letters: which came first, which second?
  adding,    // numbers, two of them marked: their sum (Hochreiter & Schmidhuber 1997)
  parity,    // is the number of ones so far odd?
  brackets,  // is it balanced?
  names,     // letter by letter: what comes next?
  sentiment  // is it praise? Negation turns it round
};

struct SeriesTask {
  SeriesKind kind;
  int steps = 0;
  int distance = 0;       // order, adding: the last so many steps tell nothing
  double noise = 0;       // sine, waves
  int width = 0;          // numbers a step; 0: a token
  int classes = 0;        // 0: a number is predicted
  bool every_step = false;  // a target at every step, else one at the end
  std::vector<std::string> vocabulary;  // of tokens

  // names: the words as tokens. sentiment: of each part of a sentence one option, with its sign.
  struct Option {
    std::vector<int32_t> tokens;
    int sign = 1;
  };
  std::vector<std::vector<Option>> parts;

  int vocab_size() const { return static_cast<int>(vocabulary.size()); }
};

inline constexpr int kShortestSeries = 4, kLongestSeries = 100;

/// `length` is used where the task has none of its own (names, sentiment). Brackets need an even one: one less where it is odd.
SeriesTask series_task(SeriesKind kind, int length, int distance, double noise, bool korean);

/// Where an example goes; what the task does not have may be null. `fact`: at every step something that the answer depends on and
/// the input does not show, for asking what a hidden state knows: the period (sine), the slow wave alone (waves), which of X and Y came
/// first (order: 1, −1, 0 before), the sum so far (adding), the parity so far, how many brackets are open, how many letters have
/// come (names), and the sign of what has been said so far (sentiment).
struct Series {
  float* x = nullptr;          // [steps, width]
  int32_t* tokens = nullptr;   // [steps]
  float* y = nullptr;          // [steps] or [1]
  int32_t* labels = nullptr;   // [steps] or [1]; kNothingAsked
  float* fact = nullptr;       // [steps]
};

/// Example `index` of step `step` (of the test set: step 0). Allocates nothing.
void draw_series(const SeriesTask& task, uint64_t seed, Split split, uint32_t step, uint32_t index, const Series& out);

}  // namespace pg::data

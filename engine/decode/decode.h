// From scores of the next token to text: greedy, beam search, and sampling with temperature, top-k and top-p. Knows no model; who calls gives
// the scores. The same draws of the generator give the same tokens everywhere.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tensor/rng.h"

namespace pg::decode {

struct Candidate {
  int32_t id = 0;
  float probability = 0;
};

/// softmax(logits) into p, of the same size.
void softmax(std::span<const float> logits, std::span<float> p);

/// The k most probable tokens, the most probable first; of equals the one with the smaller id.
std::vector<Candidate> most_probable(std::span<const float> p, int k);

struct Sampling {
  double temperature = 1;  // > 0: logits are divided by it; 0: the most probable token alone
  int top_k = 0;           // only so many may be drawn (Fan et al. 2018); 0: all
  double top_p = 1;        // only the fewest whose probabilities, after top_k, add up to it (Holtzman et al. 2020)
};
/// What is drawn from: probabilities of all tokens, 0 where none may be.
void distribution(std::span<const float> logits, const Sampling& s, std::span<float> p);
/// One draw of a distribution.
int32_t draw(std::span<const float> p, Rng& rng);

struct Hypothesis {
  std::vector<int32_t> tokens;  // the end mark is not among them
  double log_probability = 0;   // sum of its tokens' and, where it ended, of the end's
  bool ended = false;           // by the end mark, not by the length
  /// What beam search ranks by: the log probability divided by length^penalty, the end mark counted.
  double score(double length_penalty) const;
};

/// Writes the log probabilities of the next token of each prefix, row by row, [prefixes, vocabulary]. False: stop now.
using Next = std::function<bool(const std::vector<std::vector<int32_t>>& prefixes, std::vector<float>& log_probabilities)>;

/// Beam search of that width (1: greedy), the best first, at most `width` of them. A hypothesis ends with `end` or with max_length tokens. When `next`
/// stops it, what was found so far is returned. The search is over when as many have ended and no open one can pass the worst of them.
std::vector<Hypothesis> beam_search(int width, int max_length, int32_t end, double length_penalty, const Next& next);

}  // namespace pg::decode

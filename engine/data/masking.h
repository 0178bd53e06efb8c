// The task of BERT (Devlin et al. 2019, §3.1): some tokens of a text are to be guessed from all the others.
#pragma once
#include <span>

#include "data/vocabulary.h"
#include "tensor/rng.h"

namespace pg::data {

/// Chooses each token with that probability, at least one, the ends of pieces never. Of the chosen ones 80 % become the mask, 10 % a token at random, 10 % stay as they
/// are; what they were is the target, everywhere else the target is kPadding. The number of draws depends on the length alone.
inline void mask_tokens(std::span<int32_t> tokens, std::span<int32_t> targets, double rate, int vocabulary, Rng rng) {
  const auto choose = [&](size_t i, double how, uint32_t other) {
    targets[i] = tokens[i];
    if (how < 0.8) tokens[i] = kMask;
    else if (how < 0.9) tokens[i] = static_cast<int32_t>(other);
  };
  bool any = false;
  const size_t least = rng.below(static_cast<uint32_t>(tokens.size()));
  for (size_t i = 0; i < tokens.size(); ++i) {
    const double which = rng.uniform(), how = rng.uniform();
    const uint32_t other = kFirstToken + rng.below(static_cast<uint32_t>(vocabulary - kFirstToken));
    targets[i] = kPadding;
    if (tokens[i] < kUnknown || which >= rate) continue;
    choose(i, how, other);
    any = true;
  }
  for (size_t k = 0; k < tokens.size() && !any; ++k) {
    const size_t i = (least + k) % tokens.size();
    if (tokens[i] < kUnknown) continue;
    choose(i, 0, 0);
    any = true;
  }
}

}  // namespace pg::data

// The order of examples: every epoch a new permutation that depends on (seed, epoch) alone, so that a run continued from
// a checkpoint sees the same batches.
#pragma once
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "tensor/rng.h"

namespace pg::data {

class Batches {
 public:
  Batches() = default;
  /// n ≥ 1 examples in batches of 1 .. n; the last batch of an epoch may be smaller.
  Batches(int n, int batch, uint64_t seed) : order_(static_cast<size_t>(n)), batch_(batch), seed_(seed) {}

  int per_epoch() const { return (static_cast<int>(order_.size()) + batch_ - 1) / batch_; }

  /// The examples of step `step` (from 0). Valid until the next call; allocates nothing.
  std::pair<const int32_t*, int> at(int64_t step) {
    const int64_t epoch = step / per_epoch();
    if (epoch != epoch_) {
      std::iota(order_.begin(), order_.end(), 0);
      Rng(seed_, Stream::shuffle, static_cast<uint32_t>(epoch), static_cast<uint32_t>(epoch >> 32)).shuffle(order_.data(), static_cast<uint32_t>(order_.size()));
      epoch_ = epoch;
    }
    const int begin = static_cast<int>(step - epoch * per_epoch()) * batch_;
    return {order_.data() + begin, std::min(batch_, static_cast<int>(order_.size()) - begin)};
  }

 private:
  std::vector<int32_t> order_;
  int batch_ = 1;
  uint64_t seed_ = 0;
  int64_t epoch_ = -1;
};

}  // namespace pg::data

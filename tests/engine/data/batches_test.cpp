#include "data/batches.h"

#include <gtest/gtest.h>

#include <set>

namespace pg::data {
namespace {

std::vector<int> epoch_of(Batches& b, int64_t epoch) {
  std::vector<int> all;
  for (int s = 0; s < b.per_epoch(); ++s) {
    const auto [examples, n] = b.at(epoch * b.per_epoch() + s);
    all.insert(all.end(), examples, examples + n);
  }
  return all;
}

TEST(Batches, EveryEpochIsAPermutationAndTheLastBatchIsWhatIsLeft) {
  for (int n : {1, 2, 9, 10, 11, 100})
    for (int batch : {1, 3, 10, 100}) {
      if (batch > n) continue;
      Batches b(n, batch, 5);
      EXPECT_EQ(b.per_epoch(), (n + batch - 1) / batch);
      for (int epoch = 0; epoch < 3; ++epoch) {
        const std::vector<int> all = epoch_of(b, epoch);
        ASSERT_EQ(all.size(), static_cast<size_t>(n));
        EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), static_cast<size_t>(n));
        EXPECT_EQ(*std::min_element(all.begin(), all.end()), 0);
      }
    }
}

TEST(Batches, OrderDependsOnSeedAndEpochAlone) {
  Batches a(50, 7, 1), b(50, 7, 1), other(50, 7, 2);
  EXPECT_NE(epoch_of(a, 0), epoch_of(a, 1));
  EXPECT_EQ(epoch_of(a, 1), epoch_of(b, 1));  // b never saw epoch 0
  EXPECT_EQ(epoch_of(a, 0), epoch_of(b, 0));  // and goes back
  EXPECT_NE(epoch_of(a, 0), epoch_of(other, 0));
}

TEST(Batches, AStepFarAwayIsReachedAtOnce) {
  Batches b(50, 7, 1);
  const auto [examples, n] = b.at(int64_t{40} * 1000 * 1000 * 1000);
  EXPECT_EQ(n, 7);
  for (int i = 0; i < n; ++i) EXPECT_TRUE(examples[i] >= 0 && examples[i] < 50);
}

}  // namespace
}  // namespace pg::data

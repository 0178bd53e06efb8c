#include "kernels/attention.h"

#include "kernels/reference/attention.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
using pg::kernels::Mask;
namespace k = pg::kernels;
namespace ref = pg::reference;

// One head whose q, k and v are windows of one wider matrix, as a model holds them.
template <class T>
struct Head {
  int tq, tk, dk, dv, ld;
  T scale;
  Mask mask;
  std::vector<T> packed_q, packed_kv, dout;
  std::vector<uint8_t> padding;
  std::vector<T> keep;  // dropout's factors; empty: none
  int window = 0;

  Head(int queries, int keys, int dim, int value_dim, Mask m, bool padded, uint64_t seed)
      : tq(queries), tk(keys), dk(dim), dv(value_dim), ld(2 * dim + value_dim + 3), scale(T(0.6)), mask(m) {
    Random random(seed);
    packed_q = random.values<T>(tq * ld, 2.0);
    packed_kv = random.values<T>(tk * ld, 2.0);
    dout = random.values<T>(tq * (dv + 1));
    if (padded)
      for (int j = 0; j < tk; ++j) padding.push_back(j % 3 == 1);
  }
  struct Outputs {
    std::vector<T> scores, weights, out, dq, dkv, dscores;
  };
  Outputs run(bool fast, bool keep_scores = true, bool keep_weights = true) const {
    const size_t area = static_cast<size_t>(tq * tk), workspace_size = k::attention_workspace(tq, tk, dk, dv);
    Outputs o{std::vector<T>(area), std::vector<T>(area), std::vector<T>(dout.size(), T(3)), packed_q, packed_kv, {}};
    for (std::vector<T>* v : {&o.scores, &o.weights, &o.dq, &o.dkv}) v->reserve(1);  // see Random::values
    std::vector<T> workspace(workspace_size + 8, T(77));
    const T *q = packed_q.data() + 1, *kk = packed_kv.data() + 1 + dk, *v = packed_kv.data() + 1 + 2 * dk;
    T *dq = o.dq.data() + 1, *dkk = o.dkv.data() + 1 + dk, *dv_out = o.dkv.data() + 1 + 2 * dk;
    const uint8_t* pad = padding.empty() ? nullptr : padding.data();
    const T* factors = keep.empty() ? nullptr : keep.data();
    if (fast) {
      k::attention_forward(tq, tk, dk, dv, q, ld, kk, ld, v, ld, scale, mask, pad, keep_scores ? o.scores.data() : nullptr,
                           keep_weights ? o.weights.data() : nullptr, o.out.data(), dv + 1, workspace.data(), factors, window);
      k::attention_backward(tq, tk, dk, dv, q, ld, kk, ld, v, ld, scale, o.weights.data(), dout.data(), dv + 1, dq,
                            ld, dkk, ld, dv_out, ld, workspace.data(), factors);
    } else {
      ref::attention_forward(tq, tk, dk, dv, q, ld, kk, ld, v, ld, scale, mask, pad, o.scores.data(),
                             o.weights.data(), o.out.data(), dv + 1, workspace.data(), factors, window);
      ref::attention_backward(tq, tk, dk, dv, q, ld, kk, ld, v, ld, scale, o.weights.data(), dout.data(), dv + 1, dq,
                              ld, dkk, ld, dv_out, ld, workspace.data(), factors);
    }
    for (size_t i = workspace_size; i < workspace.size(); ++i) EXPECT_EQ(workspace[i], T(77)) << "workspace";
    o.dscores.assign(workspace.begin(), workspace.begin() + static_cast<ptrdiff_t>(area));
    return o;
  }
  void drop() {
    for (int i = 0; i < tq * tk; ++i) keep.push_back(i * 7 % 5 < 2 ? T(0) : T(1.75));
  }
  bool visible(int i, int j) const {
    if (!padding.empty() && padding[static_cast<size_t>(j)]) return false;
    if (window > 0 && std::abs(i - j) > window) return false;
    return mask == Mask::none || (mask == Mask::causal ? j <= i : j == i);
  }
};

template <class T>
class Attention : public ::testing::Test {};
TYPED_TEST_SUITE(Attention, Scalars);

constexpr Mask kMasks[] = {Mask::none, Mask::causal, Mask::diagonal};

TYPED_TEST(Attention, IsTheReferenceForEverySizeAndMask) {
  using T = TypeParam;
  const int sizes[][4] = {{1, 1, 1, 1}, {2, 3, 1, 2}, {3, 2, 4, 4},   {5, 5, 8, 8},    {7, 9, 5, 3},
                          {8, 8, 4, 8}, {16, 16, 8, 8}, {64, 64, 16, 16}, {65, 63, 2, 1}, {0, 4, 2, 2},
                          {33, 255, 3, 9}, {32, 256, 4, 4}, {29, 257, 5, 2}, {9, 1100, 2, 3}};
  uint64_t seed = 0;
  for (const auto& s : sizes)
    for (Mask mask : kMasks)
      for (int options : {0, 1, 2, 3}) {
        Head<T> head(s[0], s[1], s[2], s[3], mask, (options & 1) != 0, ++seed);
        if (options & 2) head.drop();
        if (seed % 3 == 0) head.window = 1 + static_cast<int>(seed) % 5;
        const auto got = head.run(true), want = head.run(false);
        const double eps = (16 + std::max(s[1], s[2])) * kEps<T>;
        EXPECT_TRUE(close(got.scores, want.scores, 8 * eps)) << seed;
        EXPECT_TRUE(close(got.weights, want.weights, 8 * eps)) << seed;
        EXPECT_TRUE(close(got.out, want.out, 8 * eps)) << seed;  // the column beyond dv is not written
        EXPECT_TRUE(close(got.dscores, want.dscores, 32 * eps)) << seed;
        EXPECT_TRUE(close(got.dq, want.dq, 64 * eps)) << seed;
        EXPECT_TRUE(close(got.dkv, want.dkv, 64 * eps)) << seed;
      }
}

// Sizes around the blocks of queries: 8192 cells, four rows at least.
TYPED_TEST(Attention, WhatNobodyKeepsChangesNothing) {
  using T = TypeParam;
  const int sizes[][4] = {{1, 1, 1, 1}, {7, 9, 5, 3}, {128, 64, 16, 16}, {129, 64, 4, 3}, {33, 255, 3, 9}, {65, 256, 4, 4}, {9, 2100, 2, 3}};
  uint64_t seed = 900;
  for (const auto& s : sizes)
    for (Mask mask : kMasks)
      for (int options : {0, 1, 2, 3}) {
        Head<T> head(s[0], s[1], s[2], s[3], mask, (options & 1) != 0, ++seed);
        if (options & 2) head.drop();
        const auto all = head.run(true), no_scores = head.run(true, false), nothing = head.run(true, false, false);
        EXPECT_TRUE(same_bits(all.out, no_scores.out)) << seed;
        EXPECT_TRUE(same_bits(all.weights, no_scores.weights)) << seed;
        EXPECT_TRUE(same_bits(all.out, nothing.out)) << seed;
      }
}

TYPED_TEST(Attention, MaskedWeightsAndTheirGradientsAreExactlyZero) {
  using T = TypeParam;
  for (Mask mask : kMasks)
    for (int options : {0, 1, 2, 3}) {
      Head<T> head(9, 9, 4, 4, mask, (options & 1) != 0, 77);
      if (options & 2) head.window = 2;
      const auto o = head.run(true);
      for (int i = 0; i < 9; ++i) {
        double sum = 0;
        bool any = false;
        for (int j = 0; j < 9; ++j) {
          const size_t at = static_cast<size_t>(i * 9 + j);
          sum += static_cast<double>(o.weights[at]);
          any = any || head.visible(i, j);
          if (head.visible(i, j)) continue;
          EXPECT_EQ(o.weights[at], T(0));
          EXPECT_EQ(o.dscores[at], T(0));
          EXPECT_NE(o.scores[at], T(0)) << "raw scores are kept under the mask";
        }
        EXPECT_NEAR(sum, any ? 1.0 : 0.0, 8 * kEps<T>);
        for (int c = 0; c < 4 && !any; ++c) EXPECT_EQ(o.out[static_cast<size_t>(i * 5 + c)], T(0));
      }
    }
}

TYPED_TEST(Attention, NanInOneQueryStaysInItsRow) {
  using T = TypeParam;
  Head<T> head(6, 6, 4, 4, Mask::none, false, 3);
  head.packed_q[static_cast<size_t>(2 * head.ld + 1 + 3)] = kNan<T>;
  const auto o = head.run(true);
  for (int i = 0; i < 6; ++i)
    for (int c = 0; c < 4; ++c) EXPECT_EQ(std::isnan(o.out[static_cast<size_t>(i * 5 + c)]), i == 2);
}

template <class T>
uint64_t hash() {
  Hash h;
  uint64_t seed = 500;
  for (Mask mask : kMasks)
    for (bool padded : {false, true})
      for (int t : {5, 16, 33}) {
        const auto o = Head<T>(t, t, 8, 6, mask, padded, ++seed).run(true);
        h.add(o.scores).add(o.weights).add(o.out).add(o.dq).add(o.dkv).add(o.dscores);
      }
  return h.value();
}

TEST(AttentionBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0x118c5a35a20bc51eu);
  EXPECT_EQ(hash<double>(), 0xe8fc64e1f7f69fbcu);
}

}  // namespace

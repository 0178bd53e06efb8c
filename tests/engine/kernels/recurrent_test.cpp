#include "kernels/recurrent.h"

#include "kernels/gemm.h"
#include "kernels/reference/recurrent.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
using pg::kernels::Cell;
namespace k = pg::kernels;
namespace ref = pg::reference;

constexpr Cell kCells[] = {Cell::rnn_tanh, Cell::rnn_relu, Cell::lstm, Cell::gru};

template <class T>
class RecurrentKernel : public ::testing::Test {};
TYPED_TEST_SUITE(RecurrentKernel, Scalars);

/// Everything that a pass reads and writes.
template <class T>
struct Memory {
  std::vector<T> x, w_ih, w_hh, b_ih, b_hh, h0, c0, h, gates, cells, kept, workspace, dh;
  std::vector<T> dx, dw_ih, dw_hh, db_ih, db_hh, dh0, dc0;
  k::Recurrent<T> r;
  k::RecurrentGradients<T> d;

  Memory(Cell cell, k::RecurrentSizes s, bool reverse, bool bias, bool states) {
    Random random(static_cast<uint64_t>(s.hidden * 31 + s.steps));
    const int wide = k::recurrent_gates(cell) * s.hidden, rows = s.batch * s.steps;
    const double small = 1 / std::sqrt(static_cast<double>(s.hidden));
    x = random.values<T>(rows * s.inputs);
    w_ih = random.values<T>(wide * s.inputs, small), w_hh = random.values<T>(wide * s.hidden, small);
    b_ih = random.values<T>(wide, small), b_hh = random.values<T>(wide, small);
    h0 = random.values<T>(s.batch * s.hidden), c0 = random.values<T>(s.batch * s.hidden);
    dh = random.values<T>(rows * s.hidden);
    for (auto* v : {&h, &cells, &kept}) v->assign(static_cast<size_t>(rows * s.hidden), kNan<T>);
    gates.assign(static_cast<size_t>(rows * wide), kNan<T>);
    workspace.assign(static_cast<size_t>(k::recurrent_workspace(cell, s.batch, s.steps, s.inputs, s.hidden)), kNan<T>);
    // Gradients start at what must be added to.
    dx = x, dw_ih = w_ih, dw_hh = w_hh, db_ih = b_ih, db_hh = b_hh, dh0 = h0, dc0 = c0;
    const bool plain = cell == Cell::rnn_tanh || cell == Cell::rnn_relu;
    r = {cell, s, reverse, x.data(), w_ih.data(), w_hh.data(), bias ? b_ih.data() : nullptr, bias ? b_hh.data() : nullptr, states ? h0.data() : nullptr,
         states && cell == Cell::lstm ? c0.data() : nullptr, h.data(), plain ? nullptr : gates.data(), cell == Cell::lstm ? cells.data() : nullptr, plain ? nullptr : kept.data(), workspace.data()};
    d = {dx.data(), dw_ih.data(), dw_hh.data(), bias ? db_ih.data() : nullptr, bias ? db_hh.data() : nullptr, states ? dh0.data() : nullptr, r.c0 ? dc0.data() : nullptr};
  }
};

TYPED_TEST(RecurrentKernel, IsTheReferenceForwardAndBack) {
  using T = TypeParam;
  for (Cell cell : kCells)
    for (k::RecurrentSizes s : {k::RecurrentSizes{1, 1, 1, 1}, {2, 3, 4, 3}, {3, 5, 2, 8}, {5, 4, 7, 13}, {2, 6, 3, 33}})
      for (int options = 0; options < 8; ++options) {
        Memory<T> got(cell, s, options & 1, options & 2, options & 4), want(cell, s, options & 1, options & 2, options & 4);
        k::recurrent_forward(got.r);
        ref::recurrent_forward(want.r);
        const double bound = 64 * kEps<T>;
        const std::string label = "cell " + std::to_string(static_cast<int>(cell)) + ", options " + std::to_string(options) + ", hidden " + std::to_string(s.hidden);
        EXPECT_TRUE(close(got.h, want.h, bound)) << label;
        EXPECT_TRUE(close(got.gates, want.gates, bound)) << label;
        EXPECT_TRUE(close(got.cells, want.cells, bound)) << label;
        EXPECT_TRUE(close(got.kept, want.kept, bound)) << label;
        k::recurrent_backward(got.r, got.dh.data(), got.d);
        ref::recurrent_backward(want.r, want.dh.data(), want.d);
        EXPECT_TRUE(close(got.dx, want.dx, 4 * bound)) << label;
        EXPECT_TRUE(close(got.dw_ih, want.dw_ih, 4 * bound)) << label;
        EXPECT_TRUE(close(got.dw_hh, want.dw_hh, 4 * bound)) << label;
        EXPECT_TRUE(close(got.db_ih, want.db_ih, 4 * bound)) << label;
        EXPECT_TRUE(close(got.db_hh, want.db_hh, 4 * bound)) << label;
        EXPECT_TRUE(close(got.dh0, want.dh0, 4 * bound)) << label;
        EXPECT_TRUE(close(got.dc0, want.dc0, 4 * bound)) << label;
      }
}

TYPED_TEST(RecurrentKernel, TruncatedItIsStretchesWhoseFirstStateIsGiven) {
  using T = TypeParam;
  constexpr int steps = 7, inputs = 3, n = 5, stretch = 3;
  for (Cell cell : kCells) {
    Memory<T> whole(cell, {1, steps, inputs, n}, false, true, true);
    whole.r.truncate = stretch;
    k::recurrent_forward(whole.r);
    k::recurrent_backward(whole.r, whole.dh.data(), whole.d);
    std::vector<T> dw = whole.w_hh, dx;
    for (int from = 0; from < steps; from += stretch) {
      Memory<T> part(cell, {1, std::min(stretch, steps - from), inputs, n}, false, true, true);
      const auto take = [](std::vector<T>& to, const std::vector<T>& of, int begin) { std::copy_n(of.begin() + begin, to.size(), to.begin()); };
      for (auto [to, of] : {std::pair{&part.w_ih, &whole.w_ih}, {&part.w_hh, &whole.w_hh}, {&part.b_ih, &whole.b_ih}, {&part.b_hh, &whole.b_hh}}) *to = *of;
      take(part.x, whole.x, from * inputs);
      take(part.dh, whole.dh, from * n);
      take(part.h0, from ? whole.h : whole.h0, from ? (from - 1) * n : 0);
      if (part.r.c0) take(part.c0, from ? whole.cells : whole.c0, from ? (from - 1) * n : 0);
      std::fill(part.dx.begin(), part.dx.end(), T(0));
      std::fill(part.dw_hh.begin(), part.dw_hh.end(), T(0));
      k::recurrent_forward(part.r);
      k::recurrent_backward(part.r, part.dh.data(), part.d);
      for (size_t i = 0; i < dw.size(); ++i) dw[i] += part.dw_hh[i];
      dx.insert(dx.end(), part.dx.begin(), part.dx.end());
    }
    for (size_t i = 0; i < dx.size(); ++i) dx[i] += whole.x[i];  // they are added to what is there
    EXPECT_TRUE(close(whole.dw_hh, dw, 256 * kEps<T>));
    EXPECT_TRUE(close(whole.dx, dx, 256 * kEps<T>));
  }
}

TYPED_TEST(RecurrentKernel, AnExampleDoesNotDependOnItsBatch) {
  using T = TypeParam;
  for (Cell cell : kCells) {
    Memory<T> all(cell, {9, 4, 3, 6}, false, true, false), one(cell, {9, 4, 3, 6}, false, true, false);
    one.r.size.batch = 2;
    k::recurrent_forward(all.r);
    k::recurrent_forward(one.r);
    EXPECT_TRUE(same_bits(std::vector<T>(all.h.begin(), all.h.begin() + 2 * 24), std::vector<T>(one.h.begin(), one.h.begin() + 2 * 24)));
  }
}

TYPED_TEST(RecurrentKernel, APackedProductHasTheBitsOfThePlainOne) {
  using T = TypeParam;
  for (int m : {1, 3, 5, 67})
    for (int n : {1, 4, 7, 9, 270})
      for (int depth : {1, 5, 19})
        for (bool trans : {false, true}) {
          Random random(static_cast<uint64_t>(m + n + depth));
          const std::vector<T> a = random.values<T>(m * depth), b = random.values<T>(n * depth), start = random.values<T>(m * n);
          std::vector<T> packed(k::gemm_packed_size(n, depth)), work(k::gemm_workspace(m, n, depth));
          k::gemm_pack<T>(trans, n, depth, b.data(), trans ? depth : n, packed.data());
          for (T beta : {T(0), T(1)}) {
            std::vector<T> got = start, want = start;
            k::gemm_packed<T>(m, n, depth, a.data(), depth, packed.data(), nullptr, beta, got.data(), n);
            k::gemm<T>(false, trans, m, n, depth, 1, a.data(), depth, b.data(), trans ? depth : n, beta, want.data(), n, work.data());
            EXPECT_TRUE(same_bits(got, want)) << m << " " << n << " " << depth << " " << trans;
          }
          // A bias in every row: C = 1 · C with it written there before.
          std::vector<T> plain = start, packed_too = start, want = start;
          const std::vector<T> bias(start.begin(), start.begin() + n);
          for (int i = 0; i < m; ++i) std::copy(bias.begin(), bias.end(), want.begin() + i * n);
          k::gemm<T>(false, trans, m, n, depth, 1, a.data(), depth, b.data(), trans ? depth : n, 1, want.data(), n, work.data());
          k::gemm_bias<T>(trans, m, n, depth, a.data(), depth, b.data(), trans ? depth : n, bias.data(), plain.data(), n, work.data());
          k::gemm_packed<T>(m, n, depth, a.data(), depth, packed.data(), bias.data(), 0, packed_too.data(), n);
          EXPECT_TRUE(same_bits(plain, want) && same_bits(packed_too, want)) << m << " " << n << " " << depth << " " << trans;
        }
}

template <class T>
uint64_t hash() {
  Hash h;
  for (Cell cell : kCells) {
    Memory<T> m(cell, {5, 7, 6, 19}, cell == Cell::gru, true, true);
    k::recurrent_forward(m.r);
    k::recurrent_backward(m.r, m.dh.data(), m.d);
    h.add(m.h).add(m.gates).add(m.cells).add(m.dx).add(m.dw_ih).add(m.dw_hh).add(m.db_ih).add(m.db_hh).add(m.dh0).add(m.dc0);
  }
  return h.value();
}

TEST(RecurrentBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0x319a91bf191eb01au);
  EXPECT_EQ(hash<double>(), 0xcb5b9a67000e2afbu);
}

}  // namespace

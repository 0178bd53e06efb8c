// How fast the kernels are, natively (Google Benchmark). GEMM reports FLOP/s, the flat loops items (elements)/s.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "kernels/attention.h"
#include "kernels/conv.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/math.h"
#include "kernels/optim.h"
#include "kernels/softmax.h"

namespace {

namespace k = pg::kernels;

std::vector<float> values(size_t n, float range = 1.0f) {
  std::vector<float> v(n);
  for (size_t i = 0; i < n; ++i) v[i] = range * (static_cast<float>(i * 37 % 101) / 50.0f - 1.0f);
  return v;
}

// m, n, k, transpositions (1: A, 2: B)
void gemm(benchmark::State& state) {
  const int m = static_cast<int>(state.range(0)), n = static_cast<int>(state.range(1)),
            depth = static_cast<int>(state.range(2));
  const bool ta = (state.range(3) & 1) != 0, tb = (state.range(3) & 2) != 0;
  const auto a = values(static_cast<size_t>(m) * static_cast<size_t>(depth)),
             b = values(static_cast<size_t>(n) * static_cast<size_t>(depth));
  std::vector<float> c(static_cast<size_t>(m) * static_cast<size_t>(n)), workspace(k::gemm_workspace(m, n, depth));
  for (auto _ : state) {
    k::gemm(ta, tb, m, n, depth, 1.0f, a.data(), ta ? m : depth, b.data(), tb ? depth : n, 0.0f, c.data(), n,
            workspace.data());
    benchmark::DoNotOptimize(c.data());
    benchmark::ClobberMemory();
  }
  state.counters["FLOP/s"] =
      benchmark::Counter(2.0 * m * n * depth, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(gemm)->ArgsProduct({{64}, {64}, {64}, {0, 1, 2, 3}});
BENCHMARK(gemm)->ArgsProduct({{128}, {128}, {128}, {0, 1, 2, 3}});
BENCHMARK(gemm)->ArgsProduct({{256}, {256}, {256}, {0, 1, 2, 3}});
BENCHMARK(gemm)->ArgsProduct({{512}, {512}, {512}, {0, 1, 2, 3}});
// A small network: 10 examples, 2 inputs, 8 hidden units, 1 output, forward (x·Wᵀ) and backward.
BENCHMARK(gemm)->Args({10, 8, 2, 2})->Args({10, 8, 8, 2})->Args({10, 1, 8, 2});
BENCHMARK(gemm)->Args({10, 8, 1, 0})->Args({10, 8, 8, 0})->Args({8, 8, 10, 1})->Args({1, 8, 10, 1});
// Digits: a batch of 32 through 784 → 128.
BENCHMARK(gemm)->Args({32, 128, 784, 2})->Args({128, 784, 32, 1});

// channels, height and width, output channels, kernel, padding; pass 0: forward, 1: gradient of x, 2: of the weights. Batch 32.
void conv(benchmark::State& state) {
  const auto at = [&](int i) { return static_cast<int>(state.range(i)); };
  const int out = at(1) + 2 * at(4) - at(3) + 1, batch = 32;
  const k::Conv c{at(0), at(1), at(1), at(2), out, out, at(3), at(3), 1, 1, at(4), at(4), 1, 1, 1};
  auto x = values(static_cast<size_t>(batch * at(0) * at(1) * at(1))), w = values(static_cast<size_t>(at(0) * at(2) * at(3) * at(3))),
       y = values(static_cast<size_t>(batch * at(2) * out * out));
  std::vector<float> workspace(static_cast<size_t>(k::conv_workspace(c)));
  for (auto _ : state) {
    if (at(5) == 0) k::conv_forward<float>(c, batch, x.data(), w.data(), true, nullptr, y.data(), workspace.data());
    if (at(5) == 1) k::conv_input_gradient<float>(c, batch, y.data(), w.data(), true, nullptr, x.data(), workspace.data());
    if (at(5) == 2) k::conv_weight_gradient<float>(c, batch, x.data(), y.data(), w.data(), workspace.data());
    benchmark::ClobberMemory();
    if (at(5) == 2) std::fill(w.begin(), w.end(), 0.1f);
  }
  state.counters["FLOP/s"] = benchmark::Counter(2.0 * batch * at(0) * at(2) * at(3) * at(3) * out * out, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(conv)->ArgsProduct({{1}, {28}, {8}, {5}, {0}, {0, 1, 2}});
BENCHMARK(conv)->ArgsProduct({{8}, {12, 14}, {16}, {5}, {0}, {0, 1, 2}});
BENCHMARK(conv)->ArgsProduct({{16}, {16}, {32}, {3}, {1}, {0, 1, 2}});

template <void (*F)(int64_t, const float*, float*)>
void vector_function(benchmark::State& state) {
  const auto x = values(1024, 6.0f);
  std::vector<float> y(x.size());
  for (auto _ : state) {
    F(1024, x.data(), y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 1024);
}
BENCHMARK(vector_function<k::vexp<float>>)->Name("vexp");
BENCHMARK(vector_function<k::vlog<float>>)->Name("vlog");
BENCHMARK(vector_function<k::vtanh<float>>)->Name("vtanh");
BENCHMARK(vector_function<k::vsigmoid<float>>)->Name("vsigmoid");
BENCHMARK(vector_function<k::verf<float>>)->Name("verf");

void softmax(benchmark::State& state) {
  const int cols = static_cast<int>(state.range(0));
  const auto x = values(static_cast<size_t>(32 * cols), 5.0f);
  std::vector<float> y(x.size());
  for (auto _ : state) {
    k::softmax_rows(32, cols, x.data(), cols, y.data(), cols);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 32 * cols);
}
BENCHMARK(softmax)->Arg(3)->Arg(10)->Arg(64);

void attention(benchmark::State& state) {
  const int t = static_cast<int>(state.range(0)), d = static_cast<int>(state.range(1));
  const auto q = values(static_cast<size_t>(t * d)), key = values(q.size(), 0.7f), v = values(q.size(), 0.3f);
  std::vector<float> scores(static_cast<size_t>(t * t)), weights(scores), out(q.size()), dq(q), dk(q), dv(q),
      workspace(k::attention_workspace(t, t, d, d));
  for (auto _ : state) {
    k::attention_forward(t, t, d, d, q.data(), d, key.data(), d, v.data(), d, 0.3f, k::Mask::none, nullptr,
                         scores.data(), weights.data(), out.data(), d, workspace.data());
    k::attention_backward(t, t, d, d, q.data(), d, key.data(), d, v.data(), d, 0.3f, weights.data(), out.data(), d,
                          dq.data(), d, dk.data(), d, dv.data(), d, workspace.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(attention)->Args({8, 8})->Args({16, 16})->Args({64, 16});

void adam(benchmark::State& state) {
  auto p = values(4096);
  const auto g = values(4096, 0.1f);
  std::vector<float> m(p.size()), v(p.size());
  int64_t t = 0;
  for (auto _ : state)
    k::adam_step(4096, p.data(), g.data(), m.data(), v.data(), 1e-3, 0.9, 0.999, 1e-8, 0.0, false, ++t);
  state.SetItemsProcessed(state.iterations() * 4096);
}
BENCHMARK(adam);

void finite(benchmark::State& state) {
  const auto x = values(4096);
  for (auto _ : state) benchmark::DoNotOptimize(k::all_finite(4096, x.data()));
  state.SetItemsProcessed(state.iterations() * 4096);
}
BENCHMARK(finite);

}  // namespace

BENCHMARK_MAIN();

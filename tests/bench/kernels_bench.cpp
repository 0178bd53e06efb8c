// How fast the kernels are, natively (Google Benchmark). Each reports
//   GFLOP/s     additions and multiplications (divisions, roots, maxima count as one each) of the formula, not of the tricks
//   GB/s        every operand read once, every result written once
//   of_ceiling  GFLOP/s as a share of a loop of multiplications and additions that touches nothing but registers, measured in
//               this same run: what no kernel without fused multiply-add can pass
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <vector>

#include "kernels/attention.h"
#include "kernels/batch_norm.h"
#include "kernels/conv.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/math.h"
#include "kernels/norm.h"
#include "kernels/optim.h"
#include "kernels/pool.h"
#include "kernels/recurrent.h"
#include "kernels/simd.h"
#include "kernels/softmax.h"

namespace {

namespace k = pg::kernels;
using Floats = std::vector<float>;

Floats values(int64_t n, float range = 1.0f) {
  Floats v(static_cast<size_t>(n));
  for (size_t i = 0; i < v.size(); ++i) v[i] = range * (static_cast<float>(i * 37 % 101) / 50.0f - 1.0f);
  return v;
}
Floats zeros(int64_t n) { return Floats(static_cast<size_t>(n)); }

// Processor time: what others do meanwhile is not ours.
double now() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// FLOP/s of twelve chains of a product and a sum: enough for the longest latency, and they fit sixteen registers.
double measure_ceiling(int repeats) {
  using namespace pg::simd;
  constexpr int kChains = 12, kRounds = 400000;
  float factor = 0.999f, summand = 0.001f;
  benchmark::DoNotOptimize(factor);
  benchmark::DoNotOptimize(summand);
  const f32x4 a = splat(factor), b = splat(summand);
  double best = 0.0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    f32x4 chain[kChains];
    for (int c = 0; c < kChains; ++c) chain[c] = splat(static_cast<float>(c));
    const double start = now();
    for (int i = 0; i < kRounds; ++i)
#pragma GCC unroll 12
      for (int c = 0; c < kChains; ++c) chain[c] = chain[c] * a + b;
    f32x4 sum = chain[0];
    for (int c = 1; c < kChains; ++c) sum = sum + chain[c];
    float result = sum_lanes(sum);
    benchmark::DoNotOptimize(result);
    best = std::max(best, 8.0 * kChains * kRounds / (now() - start));
  }
  return best;
}
// The best that was seen: each look is short, and the machine may be somebody else's for a moment.
double ceiling() {
  static double best = measure_ceiling(200);
  best = std::max(best, measure_ceiling(3));
  return best;
}

// Runs `body`, which does so much each time. What it writes is taken as read.
template <class F>
void run(benchmark::State& state, double flops, double bytes, F body) {
  const double start = now();
  for (auto _ : state) {
    body();
    benchmark::ClobberMemory();
  }
  const double rate = static_cast<double>(state.iterations()) / (now() - start);
  state.counters["GFLOP/s"] = flops * rate / 1e9;
  state.counters["GB/s"] = bytes * rate / 1e9;
  state.counters["of_ceiling"] = flops * rate / ceiling();
}
constexpr double kFloat = sizeof(float);

void register_only(benchmark::State& state) {
  for (auto _ : state) state.counters["GFLOP/s"] = ceiling() / 1e9;
  state.counters["of_ceiling"] = 1.0;
}
BENCHMARK(register_only)->Iterations(1)->Unit(benchmark::kMillisecond);

// --- products ---------------------------------------------------------------------------------------------

void gemm(benchmark::State& state) {
  const int m = static_cast<int>(state.range(0)), n = static_cast<int>(state.range(1)), depth = static_cast<int>(state.range(2));
  const bool ta = (state.range(3) & 1) != 0, tb = (state.range(3) & 2) != 0;
  const double sm = m, sn = n, sk = depth;
  const Floats a = values(int64_t{m} * depth), b = values(int64_t{n} * depth);
  Floats c = zeros(int64_t{m} * n), workspace = zeros(k::gemm_workspace(m, n, depth));
  run(state, 2.0 * sm * sn * sk, kFloat * (sm * sk + sn * sk + sm * sn), [&] {
    k::gemm(ta, tb, m, n, depth, 1.0f, a.data(), ta ? m : depth, b.data(), tb ? depth : n, 0.0f, c.data(), n, workspace.data());
  });
}
// transposed: bit 0 A, bit 1 B
void square_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"m", "n", "k", "transposed"});
  for (int n : {8, 16, 32, 64, 128, 256, 512})
    for (int t : {0, 1, 2, 3}) b->Args({n, n, n, t});
}
BENCHMARK(gemm)->Apply(square_sizes);
// The layers of a small network (batch 10, 2-8-8-1), of digits (batch 32, 784-128-10) and of a Transformer (1024 rows): forward x·Wᵀ,
// gradient of x dy·W, of the weight dyᵀ·x.
void layer_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"m", "n", "k", "transposed"});
  for (const auto& [batch, in, out] : {std::array{10, 2, 8}, {10, 8, 8}, {10, 8, 1}, {32, 784, 128}, {32, 128, 10}, {1024, 64, 192}, {1024, 256, 64}})
    b->Args({batch, out, in, 2})->Args({batch, in, out, 0})->Args({out, in, batch, 1});
}
BENCHMARK(gemm)->Name("gemm_layer")->Apply(layer_sizes);

// --- convolution and pools --------------------------------------------------------------------------------

enum Pass { forward, input_gradient, weight_gradient };

// Batch 32; groups 0: as many as channels (depthwise)
void conv(benchmark::State& state) {
  const auto at = [&](int i) { return static_cast<int>(state.range(i)); };
  const int channels = at(0), size = at(1), outputs = at(2), kernel = at(3), pad = at(4), groups = at(5) == 0 ? channels : at(5), batch = 32;
  const int out = size + 2 * pad - kernel + 1;
  const k::Conv c{channels, size, size, outputs, out, out, kernel, kernel, 1, 1, pad, pad, 1, 1, groups};
  Floats x = values(int64_t{batch} * channels * size * size), w = values(int64_t{channels} / groups * outputs * kernel * kernel),
         y = values(int64_t{batch} * outputs * out * out), workspace = zeros(static_cast<int64_t>(k::conv_workspace(c)));
  const double flops = 2.0 * batch * (channels / groups) * outputs * kernel * kernel * out * out;
  run(state, flops, kFloat * static_cast<double>(x.size() + w.size() + y.size()), [&] {
    switch (at(6)) {
      case forward: k::conv_forward<float>(c, batch, x.data(), w.data(), true, nullptr, y.data(), workspace.data()); break;
      case input_gradient: k::conv_input_gradient<float>(c, batch, y.data(), w.data(), true, nullptr, x.data(), workspace.data()); break;
      default: k::conv_weight_gradient<float>(c, batch, x.data(), y.data(), w.data(), workspace.data());
    }
  });
}
void conv_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"c", "size", "out", "kernel", "pad", "groups", "pass"});
  for (int pass : {forward, input_gradient, weight_gradient}) {
    b->Args({1, 28, 8, 5, 2, 1, pass})->Args({8, 14, 16, 5, 2, 1, pass})->Args({16, 16, 32, 3, 1, 1, pass});
    b->Args({32, 14, 32, 1, 0, 1, pass})->Args({32, 14, 32, 3, 1, 0, pass});
  }
}
BENCHMARK(conv)->Apply(conv_sizes);

// Batch 32 of 8 planes of 28 × 28 (or as given)
void max_pool(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0)), kernel = static_cast<int>(state.range(1)), out = size / kernel, planes = 32 * 8;
  const bool back = state.range(2) != 0;
  const k::Pool p{size, size, out, out, kernel, kernel, kernel, kernel, 0, 0, 1, 1, false, false};
  Floats x = values(int64_t{planes} * size * size), y = values(int64_t{planes} * out * out), place = y;
  k::max_pool_forward(p, planes, x.data(), y.data(), place.data());
  const double pixels = static_cast<double>(y.size());
  run(state, pixels * (back ? 1 : kernel * kernel), kFloat * (static_cast<double>(x.size()) + 2 * pixels), [&] {
    if (back) k::max_pool_backward(p, planes, y.data(), place.data(), x.data());
    else k::max_pool_forward(p, planes, x.data(), y.data(), place.data());
  });
}
BENCHMARK(max_pool)->ArgNames({"size", "kernel", "backward"})->ArgsProduct({{28}, {2}, {0, 1}})->ArgsProduct({{14}, {3}, {0, 1}});

void avg_pool(benchmark::State& state) {
  const int size = 28, kernel = 2, out = size / kernel, planes = 32 * 8;
  const bool back = state.range(0) != 0;
  const k::Pool p{size, size, out, out, kernel, kernel, kernel, kernel, 0, 0, 1, 1, false, false};
  Floats x = values(int64_t{planes} * size * size), y = values(int64_t{planes} * out * out);
  run(state, static_cast<double>(x.size()), kFloat * static_cast<double>(x.size() + y.size()), [&] {
    if (back) k::avg_pool_backward(p, planes, y.data(), x.data());
    else k::avg_pool_forward(p, planes, x.data(), y.data());
  });
}
BENCHMARK(avg_pool)->ArgName("backward")->Arg(0)->Arg(1);

// --- normalisation and softmax ----------------------------------------------------------------------------

// Batch 32. Forward is the statistics and their use, as in training.
void batch_norm(benchmark::State& state) {
  const int channels = static_cast<int>(state.range(0)), pixels = static_cast<int>(state.range(1)), batch = 32;
  const bool back = state.range(2) != 0;
  const int64_t n = int64_t{batch} * channels * pixels;
  const Floats x = values(n), dy = values(n, 0.1f), gamma = values(channels), beta = values(channels);
  Floats y = zeros(n), dx = zeros(n), mean = zeros(channels), var = zeros(channels), rstd(static_cast<size_t>(channels), 1.5f), dgamma = zeros(channels), dbeta = zeros(channels),
         workspace = zeros(3 * channels);
  const double elements = static_cast<double>(n);
  run(state, elements * (back ? 11 : 8), kFloat * elements * (back ? 4 : 3), [&] {
    if (back) {
      k::batch_norm_backward(batch, channels, pixels, x.data(), mean.data(), rstd.data(), gamma.data(), dy.data(), true, dx.data(), dgamma.data(), dbeta.data(), workspace.data());
    } else {
      k::channel_statistics(batch, channels, pixels, x.data(), mean.data(), var.data());
      k::batch_norm_forward(batch, channels, pixels, x.data(), mean.data(), rstd.data(), gamma.data(), beta.data(), y.data());
    }
  });
}
BENCHMARK(batch_norm)->ArgNames({"channels", "pixels", "backward"})->ArgsProduct({{8}, {784}, {0, 1}})->ArgsProduct({{128}, {1}, {0, 1}});

void layer_norm(benchmark::State& state) {
  const int rows = static_cast<int>(state.range(0)), cols = static_cast<int>(state.range(1));
  const bool back = state.range(2) != 0;
  const int64_t n = int64_t{rows} * cols;
  const Floats x = values(n), dy = values(n, 0.1f), gamma = values(cols), beta = values(cols);
  Floats y = zeros(n), dx = zeros(n), mean = zeros(rows), rstd = zeros(rows), dgamma = zeros(cols), dbeta = zeros(cols);
  k::layer_norm_forward(rows, cols, x.data(), gamma.data(), beta.data(), 1e-5f, y.data(), mean.data(), rstd.data());
  const double elements = static_cast<double>(n);
  run(state, elements * (back ? 13 : 8), kFloat * elements * (back ? 4 : 2), [&] {
    if (back) k::layer_norm_backward(rows, cols, x.data(), gamma.data(), mean.data(), rstd.data(), dy.data(), dx.data(), dgamma.data(), dbeta.data());
    else k::layer_norm_forward(rows, cols, x.data(), gamma.data(), beta.data(), 1e-5f, y.data(), mean.data(), rstd.data());
  });
}
BENCHMARK(layer_norm)->ArgNames({"rows", "cols", "backward"})->ArgsProduct({{1024}, {64}, {0, 1}})->ArgsProduct({{64}, {16}, {0, 1}});

// Of one element, as math_simd.h computes it.
constexpr int kExp = 21, kLog = 26, kTanh = 37, kSigmoid = 23, kErf = 49, kGelu = kErf + 4, kSoftmax = kExp + 4;

void softmax(benchmark::State& state) {
  const int rows = 32, cols = static_cast<int>(state.range(0));
  const bool back = state.range(1) != 0;
  const Floats x = values(int64_t{rows} * cols, 5.0f), dy = values(int64_t{rows} * cols);
  Floats y(x.size()), dx(x.size());
  k::softmax_rows(rows, cols, x.data(), cols, y.data(), cols);
  const double elements = static_cast<double>(x.size());
  run(state, elements * (back ? 5 : kSoftmax), kFloat * elements * (back ? 4 : 2), [&] {
    if (back) k::softmax_backward_rows(rows, cols, y.data(), dy.data(), dx.data());
    else k::softmax_rows(rows, cols, x.data(), cols, y.data(), cols);
  });
}
BENCHMARK(softmax)->ArgNames({"cols", "backward"})->ArgsProduct({{3, 10, 64, 256}, {0, 1}});

void cross_entropy(benchmark::State& state) {
  const int rows = static_cast<int>(state.range(0)), cols = static_cast<int>(state.range(1));
  const Floats logits = values(int64_t{rows} * cols, 5.0f);
  std::vector<int32_t> target(static_cast<size_t>(rows));
  for (int r = 0; r < rows; ++r) target[static_cast<size_t>(r)] = r % cols;
  Floats losses = zeros(rows), probs(logits.size()), dlogits(logits.size());
  const double elements = static_cast<double>(logits.size());
  run(state, elements * (kSoftmax + 2) + rows * kLog, kFloat * elements * 5, [&] {
    k::cross_entropy_rows(rows, cols, logits.data(), target.data(), -100, losses.data(), probs.data());
    k::cross_entropy_backward_rows(rows, cols, probs.data(), target.data(), -100, 0.03f, dlogits.data());
  });
}
BENCHMARK(cross_entropy)->ArgNames({"rows", "cols"})->Args({32, 10})->Args({1024, 64});

// --- attention and recurrent cells ------------------------------------------------------------------------

// One head of one example.
void attention(benchmark::State& state) {
  const int t = static_cast<int>(state.range(0)), d = static_cast<int>(state.range(1));
  const bool back = state.range(2) != 0;
  const Floats q = values(int64_t{t} * d), key = values(int64_t{t} * d, 0.7f), v = values(int64_t{t} * d, 0.3f);
  Floats scores = zeros(int64_t{t} * t), weights = scores, out(q.size()), dq(q.size()), dk(q.size()), dv(q.size()), workspace = zeros(k::attention_workspace(t, t, d, d));
  const auto ahead = [&] {
    k::attention_forward(t, t, d, d, q.data(), d, key.data(), d, v.data(), d, 0.3f, k::Mask::none, nullptr, scores.data(), weights.data(), out.data(), d, workspace.data());
  };
  ahead();
  const double pairs = static_cast<double>(t) * t, rows = static_cast<double>(t) * d;
  run(state, pairs * (back ? 8.0 * d + 5 : 4.0 * d + 1 + kSoftmax), kFloat * (back ? 7 * rows + pairs : 4 * rows + 2 * pairs), [&] {
    if (!back) return ahead();
    k::attention_backward(t, t, d, d, q.data(), d, key.data(), d, v.data(), d, 0.3f, weights.data(), out.data(), d, dq.data(), d, dk.data(), d, dv.data(), d, workspace.data());
  });
}
BENCHMARK(attention)->ArgNames({"t", "d", "backward"})->ArgsProduct({{8}, {8}, {0, 1}})->ArgsProduct({{16, 64, 256}, {16}, {0, 1}});

// A whole sequence; the time of a step is this divided by `steps`.
template <k::Cell kCell>
void recurrent(benchmark::State& state) {
  const int batch = static_cast<int>(state.range(0)), steps = static_cast<int>(state.range(1)), inputs = static_cast<int>(state.range(2)), hidden = static_cast<int>(state.range(3));
  const bool back = state.range(4) != 0;
  const int64_t g = k::recurrent_gates(kCell), rows = int64_t{batch} * steps;
  const Floats x = values(rows * inputs), w_ih = values(g * hidden * inputs, 0.1f), w_hh = values(g * hidden * hidden, 0.1f), b_ih = values(g * hidden), b_hh = values(g * hidden), dh = values(rows * hidden, 0.1f);
  Floats h = zeros(rows * hidden), gates = zeros(rows * g * hidden), cells(h.size()), kept(h.size()), workspace = zeros(k::recurrent_workspace(kCell, batch, steps, inputs, hidden));
  Floats dx(x.size()), dw_ih(w_ih.size()), dw_hh(w_hh.size()), db_ih(b_ih.size()), db_hh(b_hh.size());
  const k::Recurrent<float> r{kCell, {batch, steps, inputs, hidden}, false, x.data(), w_ih.data(), w_hh.data(), b_ih.data(), b_hh.data(), nullptr, nullptr,
                              h.data(), gates.data(), cells.data(), kept.data(), workspace.data()};
  k::recurrent_forward(r);
  const double products = 2.0 * static_cast<double>(rows * g * hidden) * (inputs + hidden), elements = static_cast<double>(rows * hidden);
  const double functions = kCell == k::Cell::lstm ? 3 * kSigmoid + 2 * kTanh + 12 : kCell == k::Cell::gru ? 2 * kSigmoid + kTanh + 11 : kTanh + 2;
  const double weights = static_cast<double>(w_ih.size() + w_hh.size());
  const double kept_values = elements * (static_cast<double>(g) + (kCell == k::Cell::rnn_tanh ? 0 : 2));
  run(state, back ? 2 * products + elements * 5.0 * static_cast<double>(g) : products + elements * functions,
      kFloat * ((back ? 2 : 1) * (static_cast<double>(x.size()) + elements + weights) + kept_values), [&] {
        if (back) k::recurrent_backward(r, dh.data(), k::RecurrentGradients<float>{dx.data(), dw_ih.data(), dw_hh.data(), db_ih.data(), db_hh.data(), nullptr, nullptr});
        else k::recurrent_forward(r);
      });
}
void sequence_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "steps", "in", "hidden", "backward"});
  for (int back : {0, 1}) b->Args({32, 32, 32, 64, back})->Args({32, 1, 32, 64, back})->Args({1, 32, 8, 16, back});
}
BENCHMARK(recurrent<k::Cell::lstm>)->Name("lstm")->Apply(sequence_sizes);
BENCHMARK(recurrent<k::Cell::gru>)->Name("gru")->Apply(sequence_sizes);
BENCHMARK(recurrent<k::Cell::rnn_tanh>)->Name("rnn")->Apply(sequence_sizes);

// --- flat loops: in the first cache, and far beyond the last ----------------------------------------------

void flat_sizes(benchmark::internal::Benchmark* b) { b->ArgName("n")->Arg(1024)->Arg(4 << 20); }

template <void (*F)(int64_t, const float*, float*), int kFlops>
void vector_function(benchmark::State& state) {
  const int64_t n = state.range(0);
  const Floats x = values(n, 6.0f);
  Floats y(x.size());
  const double elements = static_cast<double>(n);
  run(state, kFlops * elements, 2 * kFloat * elements, [&] { F(n, x.data(), y.data()); });
}
BENCHMARK(vector_function<k::vexp<float>, kExp>)->Name("exp")->Apply(flat_sizes);
BENCHMARK(vector_function<k::vlog<float>, kLog>)->Name("log")->Apply(flat_sizes);
BENCHMARK(vector_function<k::vtanh<float>, kTanh>)->Name("tanh")->Apply(flat_sizes);
BENCHMARK(vector_function<k::vsigmoid<float>, kSigmoid>)->Name("sigmoid")->Apply(flat_sizes);
BENCHMARK(vector_function<k::verf<float>, kErf>)->Name("erf")->Apply(flat_sizes);

template <k::Act kAct, int kFlops, int kBackFlops>
void activation(benchmark::State& state) {
  const int64_t n = state.range(0);
  const bool back = state.range(1) != 0;
  const Floats x = values(n, 6.0f), dy = values(n);
  Floats y(x.size()), dx(x.size());
  k::act_forward(kAct, 0.0f, n, x.data(), y.data());
  const double elements = static_cast<double>(n);
  run(state, elements * (back ? kBackFlops : kFlops), kFloat * elements * (back ? 4 : 2), [&] {
    if (back) k::act_backward(kAct, 0.0f, n, x.data(), y.data(), dy.data(), dx.data());
    else k::act_forward(kAct, 0.0f, n, x.data(), y.data());
  });
}
void activation_sizes(benchmark::internal::Benchmark* b) { b->ArgNames({"n", "backward"})->ArgsProduct({{1024, 4 << 20}, {0, 1}}); }
BENCHMARK(activation<k::Act::relu, 1, 2>)->Name("relu")->Apply(activation_sizes);
BENCHMARK(activation<k::Act::tanh, kTanh, 4>)->Name("tanh_op")->Apply(activation_sizes);
BENCHMARK(activation<k::Act::gelu, kGelu, kGelu + kExp + 6>)->Name("gelu")->Apply(activation_sizes);

void adam(benchmark::State& state) {
  const int64_t n = state.range(0);
  Floats p = values(n), m = zeros(n), v = zeros(n);
  const Floats g = values(n, 0.1f);
  int64_t t = 0;
  const double elements = static_cast<double>(n);
  run(state, 13 * elements, 7 * kFloat * elements, [&] { k::adam_step(n, p.data(), g.data(), m.data(), v.data(), 1e-3, 0.9, 0.999, 1e-8, 0.0, false, ++t); });
}
BENCHMARK(adam)->Apply(flat_sizes);

void sgd(benchmark::State& state) {
  const int64_t n = state.range(0);
  const bool momentum = state.range(1) != 0;
  Floats p = values(n), buffer = zeros(n);
  const Floats g = values(n, 1e-9f);
  const double elements = static_cast<double>(n);
  run(state, (momentum ? 4 : 2) * elements, (momentum ? 5 : 3) * kFloat * elements, [&] {
    k::sgd_step(n, p.data(), g.data(), momentum ? buffer.data() : nullptr, 1e-3, momentum ? 0.9 : 0.0, 0.0, false, 0.0, false);
  });
}
BENCHMARK(sgd)->ArgNames({"n", "momentum"})->ArgsProduct({{1024, 4 << 20}, {0, 1}});

void finite(benchmark::State& state) {
  const int64_t n = state.range(0);
  const Floats x = values(n);
  const double elements = static_cast<double>(n);
  run(state, 0.0, kFloat * elements, [&] { benchmark::DoNotOptimize(k::all_finite(n, x.data())); });
}
BENCHMARK(finite)->Apply(flat_sizes);

// The gradient of a bias: the sum of the rows.
void bias(benchmark::State& state) {
  const int rows = static_cast<int>(state.range(0)), cols = static_cast<int>(state.range(1));
  const Floats dy = values(int64_t{rows} * cols);
  Floats db = zeros(cols);
  const double elements = static_cast<double>(dy.size());
  run(state, elements, kFloat * elements, [&] { k::sum_rows(rows, cols, dy.data(), db.data()); });
}
BENCHMARK(bias)->ArgNames({"rows", "cols"})->Args({10, 8})->Args({32, 128})->Args({1024, 256});

}  // namespace

BENCHMARK_MAIN();

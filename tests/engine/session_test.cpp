#include "graph/session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <new>

namespace {
/// Counts what the program allocates, so that a step can be shown to allocate nothing.
long allocations = 0;
}  // namespace

#if !defined(PLAYGRAD_SANITIZED)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // both sides are replaced here
#endif
void* operator new(size_t n) {
  ++allocations;
  if (void* p = std::malloc(n ? n : 1)) return p;
  throw std::bad_alloc();
}
void* operator new(size_t n, std::align_val_t align) {
  ++allocations;
  const size_t a = static_cast<size_t>(align);
  if (void* p = std::aligned_alloc(a, (n + a - 1) / a * a + a)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, size_t, std::align_val_t) noexcept { std::free(p); }
#endif

namespace pg {
namespace {

const char* const kMlp = R"({"seed":3,"batch_size":16,"input":{"shape":[4]},"layers":[
    {"type":"linear","out_features":8},{"type":"tanh"},{"type":"dropout","p":0.3},{"type":"linear","out_features":3}],
    "loss":{"type":"cross_entropy"},"optimizer":{"type":"adam","lr":0.01}})";

const char* const kTransformer = R"({"seed":5,"batch_size":4,"input":{"tokens":6,"vocab_size":9},"layers":[
    {"type":"embedding","num_embeddings":9,"embedding_dim":8},{"type":"positional_encoding","name":"x"},
    {"type":"layer_norm"},{"type":"multihead_attention","num_heads":2,"causal":true},{"type":"add","name":"r","inputs":["x","3"]},
    {"type":"linear","out_features":16},{"type":"gelu"},{"type":"linear","out_features":8},{"type":"add","inputs":["r","7"]},{"type":"linear","out_features":9}],
    "loss":{"type":"cross_entropy"},"optimizer":{"type":"sgd","lr":0.1,"momentum":0.9},"regularization":{"l1":0.0001,"l2":0.001}})";

CompiledModel compiled(const std::string& text, int batch = 0) {
  std::vector<Issue> issues;
  CompiledModel m = compile(Json::parse(text), issues, batch);
  EXPECT_TRUE(issues.empty()) << issues[0].message;
  return m;
}

template <class T>
void fill_mlp(Session<T>& s, int step, int n) {
  Rng rng(1, Stream::data, static_cast<uint32_t>(step));
  s.set_batch(n);
  for (int i = 0; i < n * 4; ++i) s.values_in(0)[i] = static_cast<T>(rng.normal());
  for (int i = 0; i < n; ++i) s.ids_in(1)[i] = static_cast<int32_t>(rng.below(3));
}

template <class T>
void fill_tokens(Session<T>& s, int step) {
  Rng rng(1, Stream::data, static_cast<uint32_t>(step));
  for (int i = 0; i < 24; ++i) s.ids_in(0)[i] = static_cast<int32_t>(rng.below(9));
  for (int i = 0; i < 24; ++i) s.ids_in(1)[i] = static_cast<int32_t>(rng.below(9));
}

uint64_t hash_bits(const float* x, int64_t n, uint64_t h = 14695981039346656037ull) {
  for (int64_t i = 0; i < n; ++i) {
    uint32_t bits;
    std::memcpy(&bits, x + i, sizeof bits);
    for (int b = 0; b < 4; ++b) h = (h ^ ((bits >> (8 * b)) & 255)) * 1099511628211ull;
  }
  return h;
}

uint64_t parameters_hash(const Session<float>& s) {
  uint64_t h = 14695981039346656037ull;
  for (size_t i = 0; i < s.graph().values.size(); ++i)
    if (s.graph().values[i].kind == ValueKind::parameter) h = hash_bits(s.data(static_cast<int>(i)), s.shape(static_cast<int>(i)).numel(), h);
  return h;
}

constexpr uint64_t kMlpBits = 7043405785767002851ull, kTransformerBits = 17277906846843426636ull;

uint64_t train_mlp(int steps) {
  Session<float> s(compiled(kMlp), Session<float>::Use::train);
  for (int k = 0; k < steps; ++k) {
    fill_mlp(s, k, k % 3 == 2 ? 7 : 16);  // a short batch now and then
    EXPECT_TRUE(s.train_step());
  }
  return parameters_hash(s);
}

uint64_t train_transformer(int steps) {
  Session<float> s(compiled(kTransformer), Session<float>::Use::train);
  for (int k = 0; k < steps; ++k) {
    fill_tokens(s, k);
    EXPECT_TRUE(s.train_step());
  }
  return parameters_hash(s);
}

TEST(Session, TwoRunsAreTheSameToTheLastBit) {
  EXPECT_EQ(train_mlp(100), train_mlp(100));
  EXPECT_EQ(train_transformer(50), train_transformer(50));
}

TEST(Session, TheBitsAreTheSameOnEveryPlatform) {
  // One constant for g++, clang++, sanitizers and WebAssembly: a build that differs in one bit fails here.
  EXPECT_EQ(train_mlp(100), kMlpBits);
  EXPECT_EQ(train_transformer(50), kTransformerBits);
}

TEST(Session, WholeModelGradientsAgreeWithCentralDifferences) {
  for (const char* spec : {kMlp, kTransformer}) {
    Session<double> s(compiled(spec), Session<double>::Use::train);
    const bool tokens = spec == kTransformer;
    if (tokens) fill_tokens(s, 0);
    else fill_mlp(s, 0, 16);
    s.forward(true);
    s.backward();
    for (size_t i = 0; i < s.graph().values.size(); ++i) {
      if (s.graph().values[i].kind != ValueKind::parameter) continue;
      const int v = static_cast<int>(i);
      const int64_t n = s.shape(v).numel();
      for (int64_t k = 0; k < n; k += std::max<int64_t>(1, n / 7)) {
        double& w = s.data(v)[k];
        const double at = w, h = 1e-3, analytic = s.gradient(v)[k];
        double f[4];
        const double offsets[4] = {-2, -1, 1, 2};
        for (int j = 0; j < 4; ++j) {
          w = at + offsets[j] * h;
          s.forward(true);
          f[j] = s.loss();
        }
        w = at;
        const double numeric = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h);
        ASSERT_LE(std::fabs(numeric - analytic) / std::max({std::fabs(numeric), std::fabs(analytic), 1e-4}), 1e-6) << s.graph().values[i].name << " element " << k;
      }
    }
  }
}

TEST(Session, AStepAllocatesNothing) {
#if defined(PLAYGRAD_SANITIZED)
  GTEST_SKIP() << "the sanitizer has its own allocator";
#endif
  Session<float> a(compiled(kMlp), Session<float>::Use::train), b(compiled(kTransformer), Session<float>::Use::train);
  fill_mlp(a, 0, 16);
  fill_tokens(b, 0);
  const long before = allocations;
  for (int k = 0; k < 20; ++k) {
    a.train_step();
    b.train_step();
  }
  EXPECT_EQ(allocations, before);
}

TEST(Session, SavedAndLoadedItContinuesOnTheSameBits) {
  Session<float> whole(compiled(kMlp), Session<float>::Use::train), parts(compiled(kMlp), Session<float>::Use::train);
  std::vector<uint8_t> saved;
  for (int k = 0; k < 60; ++k) {
    fill_mlp(whole, k, 16);
    whole.train_step();
    if (k == 29) {
      saved.resize(whole.state_size());
      whole.save_to(saved.data());
    }
  }
  ASSERT_TRUE(parts.load(saved.data(), saved.size()));
  EXPECT_EQ(parts.step(), 30);
  for (int k = 30; k < 60; ++k) {
    fill_mlp(parts, k, 16);
    parts.train_step();
  }
  EXPECT_EQ(parameters_hash(whole), parameters_hash(parts));
}

TEST(Session, StateOfAnotherModelOrCutShortIsRefusedAndChangesNothing) {
  Session<float> a(compiled(kMlp), Session<float>::Use::train), b(compiled(kTransformer), Session<float>::Use::train);
  std::vector<uint8_t> of_b(b.state_size()), of_a(a.state_size());
  b.save_to(of_b.data());
  a.save_to(of_a.data());
  const uint64_t before = parameters_hash(a);
  EXPECT_FALSE(a.load(of_b.data(), of_b.size()));
  for (size_t n = 0; n < of_a.size(); n += 13) EXPECT_FALSE(a.load(of_a.data(), n));
  of_a[0] ^= 1;
  EXPECT_FALSE(a.load(of_a.data(), of_a.size()));
  EXPECT_EQ(parameters_hash(a), before);
}

TEST(Session, DivergenceNamesTheFirstBrokenValueAndEndsTheRun) {
  // Squares of squares: the loss overflows first, in the forward pass.
  Session<float> s(compiled(R"({"batch_size":1,"input":{"shape":[1]},"layers":[{"type":"linear","out_features":1,"bias":false}],"loss":{"type":"mse"},"optimizer":{"type":"sgd","lr":1000}})"),
                   Session<float>::Use::train);
  s.values_in(0)[0] = 1;
  s.values_in(1)[0] = 5;
  int steps = 0;
  while (steps < 1000 && s.train_step()) ++steps;
  ASSERT_TRUE(s.divergence().has_value());
  EXPECT_EQ(s.divergence()->value, "loss");
  EXPECT_EQ(s.divergence()->kind, "activation");
  EXPECT_EQ(s.divergence()->step, s.step() + 1);
  EXPECT_FALSE(std::isfinite(s.divergence()->found));
  EXPECT_EQ(steps, s.step());
  EXPECT_FALSE(s.train_step());
  EXPECT_EQ(steps, s.step());
}

TEST(Session, DivergenceInAParameterIsNamed) {
  Session<float> s(compiled(R"({"batch_size":1,"input":{"shape":[1]},"layers":[{"type":"linear","out_features":1,"bias":false,"init":{"type":"constant","value":1}}],"loss":{"type":"mse"},"optimizer":{"type":"sgd","lr":1000000}})"),
                   Session<float>::Use::train);
  s.values_in(0)[0] = 1e17f;
  s.values_in(1)[0] = 0;
  EXPECT_FALSE(s.train_step());
  ASSERT_TRUE(s.divergence().has_value());
  EXPECT_EQ(s.divergence()->value, "0.weight");
  EXPECT_EQ(s.divergence()->kind, "parameter");
  EXPECT_EQ(s.divergence()->step, 1);
  EXPECT_EQ(s.step(), 0);
}

TEST(Session, DivergenceInTheRunningStatisticsIsNamed) {
  // Their channel is far apart, but what leaves the layer is as tame as ever.
  Session<float> s(compiled(R"({"batch_size":2,"input":{"shape":[1]},"layers":[{"type":"batch_norm1d"}],"loss":{"type":"mse"}})"), Session<float>::Use::train);
  s.values_in(0)[0] = 1e25f;
  s.values_in(0)[1] = -1e25f;
  EXPECT_FALSE(s.train_step());
  EXPECT_TRUE(std::isfinite(s.loss()));
  ASSERT_TRUE(s.divergence().has_value());
  EXPECT_EQ(s.divergence()->value, "0.running_var");
  EXPECT_EQ(s.divergence()->kind, "buffer");
}

TEST(Session, WhereNothingTrainsAStepChangesNothing) {
  for (const char* layers : {R"([])", R"([{"type":"relu"}])", R"([{"type":"linear","out_features":2,"frozen":true},{"type":"tanh"}])"}) {
    Session<float> s(compiled(R"({"batch_size":2,"input":{"shape":[2]},"loss":{"type":"mse"},"regularization":{"l2":1},"gradient_clipping":{"max_norm":1},"layers":)" + std::string(layers) + "}"),
                     Session<float>::Use::train);
    const uint64_t before = parameters_hash(s);
    s.values_in(0)[0] = 3;
    EXPECT_TRUE(s.train_step()) << layers;
    EXPECT_GT(s.loss(), 0) << layers;
    EXPECT_EQ(parameters_hash(s), before) << layers;
  }
}

TEST(Session, NaNInTheDataIsFoundWhereItFirstShows) {
  Session<float> s(compiled(kMlp), Session<float>::Use::train);
  fill_mlp(s, 0, 16);
  s.values_in(0)[5] = NAN;
  EXPECT_FALSE(s.train_step());
  ASSERT_TRUE(s.divergence().has_value());
  EXPECT_EQ(s.divergence()->value, "0");
  EXPECT_EQ(s.divergence()->index[0], 1);
}

TEST(Session, ASecondPlanSharesTheParameters) {
  Session<float> train(compiled(kMlp), Session<float>::Use::train);
  Session<float> infer(compiled(kMlp, 64), Session<float>::Use::infer, &train);
  fill_mlp(train, 0, 16);
  train.train_step();
  fill_mlp(train, 1, 16);
  fill_mlp(infer, 1, 16);
  train.forward(false);
  infer.forward(false);
  const int out = train.graph().output;
  for (int64_t i = 0; i < train.shape(out).numel(); ++i) EXPECT_EQ(train.data(out)[i], infer.data(out)[i]);
}

TEST(Session, ARowDoesNotDependOnItsBatch) {
  Session<float> s(compiled(kMlp, 64), Session<float>::Use::infer);
  fill_mlp(s, 0, 64);
  s.forward(false);
  const int out = s.graph().output;
  const std::vector<float> all(s.data(out), s.data(out) + s.shape(out).numel());
  for (int n : {1, 2, 5, 33}) {
    fill_mlp(s, 0, 64);
    s.set_batch(n);
    s.forward(false);
    for (int i = 0; i < n * 3; ++i) EXPECT_EQ(s.data(out)[i], all[static_cast<size_t>(i)]) << "batch of " << n;
  }
}

TEST(Session, DropoutIsOffInEvaluationAndAFunctionOfTheStep) {
  Session<float> s(compiled(kMlp), Session<float>::Use::train);
  fill_mlp(s, 0, 16);
  const int v = s.graph().find("2");
  s.forward(false);
  const uint64_t off = hash_bits(s.data(v), s.shape(v).numel()), before = hash_bits(s.data(s.graph().find("1")), s.shape(v).numel());
  EXPECT_EQ(off, before);
  s.forward(true);
  const uint64_t first = hash_bits(s.data(v), s.shape(v).numel());
  EXPECT_NE(first, off);
  s.forward(true);
  EXPECT_EQ(hash_bits(s.data(v), s.shape(v).numel()), first);
  s.train_step();
  fill_mlp(s, 0, 16);
  s.forward(true);
  EXPECT_NE(hash_bits(s.data(v), s.shape(v).numel()), first);
}

TEST(Session, PenaltiesReachWeightsOnly) {
  const std::string spec = R"({"seed":1,"batch_size":1,"input":{"shape":[2]},"layers":[{"type":"linear","out_features":2,"init":"zeros"}],"loss":{"type":"mse"},"optimizer":{"type":"sgd","lr":1},"regularization":{"l1":0.25,"l2":0.5}})";
  Session<float> s(compiled(spec), Session<float>::Use::train);
  const int w = s.graph().find("0.weight"), b = s.graph().find("0.bias");
  const float start[4] = {2, -4, 0, 1};
  std::copy(start, start + 4, s.data(w));
  s.data(b)[0] = s.data(b)[1] = 3;
  s.values_in(0)[0] = s.values_in(0)[1] = 0;
  s.values_in(1)[0] = s.values_in(1)[1] = 3;  // bias alone predicts it: no gradient from the data
  ASSERT_TRUE(s.train_step());
  EXPECT_FLOAT_EQ(s.data(w)[0], 2 - 0.25f - 0.5f * 2);
  EXPECT_FLOAT_EQ(s.data(w)[1], -4 + 0.25f + 0.5f * 4);
  EXPECT_FLOAT_EQ(s.data(w)[2], 0);
  EXPECT_FLOAT_EQ(s.data(b)[0], 3);
  EXPECT_NEAR(s.penalty(), 0.25 * 7 + 0.25 * (4 + 16 + 1), 1e-6);
}

TEST(Session, TheUpdateExplainedIsTheUpdateMade) {
  for (const char* optimizer : {R"({"type":"sgd","lr":0.1})", R"({"type":"sgd","lr":0.1,"momentum":0.9})", R"({"type":"sgd","lr":0.1,"momentum":0.9,"nesterov":true,"weight_decay":0.1})",
                                R"({"type":"sgd","lr":0.1,"weight_decay":0.1})", R"({"type":"adam","lr":0.01})", R"({"type":"adamw","lr":0.01,"weight_decay":0.3})",
                                R"({"type":"rmsprop","lr":0.01,"weight_decay":0.1})", R"({"type":"rmsprop","lr":0.01,"centered":true})", R"({"type":"rmsprop","lr":0.01,"momentum":0.9,"weight_decay":0.1})",
                                R"({"type":"adagrad","lr":0.05,"weight_decay":0.1,"lr_decay":0.1})", R"({"type":"adagrad","initial_accumulator_value":0.2})"}) {
    Json spec = Json::parse(kMlp);
    spec["optimizer"] = Json::parse(optimizer);
    spec["regularization"] = {{"l1", 0.01}, {"l2", 0.02}};
    Session<float> s(compiled(spec.dump()), Session<float>::Use::train);
    const int w = s.graph().find("0.weight");
    for (int k = 0; k < 5; ++k) {
      const float before = s.data(w)[3];
      fill_mlp(s, k, 16);
      s.train_step();
      const auto u = s.explain_update(w, 3);
      EXPECT_NEAR(u.before, before, 2e-6) << optimizer;
      EXPECT_NEAR(u.change, s.data(w)[3] - before, 2e-6) << optimizer;
      EXPECT_NEAR(u.penalty_l1, 0.01 * (before > 0 ? 1 : -1), 1e-9) << optimizer;
      EXPECT_NEAR(u.penalty_l2, 0.02 * before, 1e-6) << optimizer;
    }
  }
}

TEST(Session, AParameterKeepsItsStartWhenOtherLayersChange) {
  Json other = Json::parse(kMlp);
  other["layers"][3]["out_features"] = 5;
  Session<float> a(compiled(kMlp), Session<float>::Use::train), b(compiled(other.dump()), Session<float>::Use::train);
  const int w = a.graph().find("0.weight");
  EXPECT_EQ(hash_bits(a.data(w), 32), hash_bits(b.data(b.graph().find("0.weight")), 32));
}

TEST(Session, InitialisersHaveTheirDistribution) {
  struct Row {
    const char* init;
    double std, bound;  // bound 0: none
  };
  const double fan_in = 200, fan_out = 100;
  for (const Row& r : {Row{R"("xavier_uniform")", std::sqrt(2 / (fan_in + fan_out)), std::sqrt(6 / (fan_in + fan_out))}, Row{R"("xavier_normal")", std::sqrt(2 / (fan_in + fan_out)), 0},
                       Row{R"({"type":"kaiming_uniform","nonlinearity":"relu"})", std::sqrt(2 / fan_in), std::sqrt(6 / fan_in)}, Row{R"({"type":"kaiming_normal","nonlinearity":"relu"})", std::sqrt(2 / fan_in), 0},
                       Row{R"({"type":"kaiming_normal","mode":"fan_out","nonlinearity":"relu"})", std::sqrt(2 / fan_out), 0}, Row{R"({"type":"normal","std":0.5})", 0.5, 0},
                       Row{R"({"type":"uniform","a":-1,"b":1})", 1 / std::sqrt(3.0), 1}, Row{R"("zeros")", 0, 1e-30}}) {
    Session<float> s(compiled(std::string(R"({"seed":1,"input":{"shape":[200]},"layers":[{"type":"linear","out_features":100,"init":)") + r.init + "}]}"), Session<float>::Use::infer);
    const float* w = s.data(s.graph().find("0.weight"));
    double sum = 0, squares = 0, most = 0;
    for (int i = 0; i < 20000; ++i) {
      sum += w[i];
      squares += static_cast<double>(w[i]) * w[i];
      most = std::max(most, std::fabs(static_cast<double>(w[i])));
    }
    EXPECT_NEAR(sum / 20000, 0, r.std * 0.03 + 1e-12) << r.init;
    EXPECT_NEAR(std::sqrt(squares / 20000), r.std, r.std * 0.03 + 1e-12) << r.init;
    if (r.bound > 0) {
      EXPECT_LE(most, r.bound) << r.init;
      EXPECT_GE(most, r.bound * 0.99 - 1e-29) << r.init;
    }
  }
}

TEST(Session, PositionsAreTheSinesOfThePaper) {
  Session<float> s(compiled(R"({"input":{"shape":[50,16]},"layers":[{"type":"positional_encoding"}]})"), Session<float>::Use::infer);
  const float* pe = s.data(s.graph().find("0.pe"));
  for (int pos = 0; pos < 50; ++pos)
    for (int c = 0; c < 16; ++c) {
      const double angle = pos / std::pow(10000.0, (c - c % 2) / 16.0);
      EXPECT_NEAR(pe[pos * 16 + c], c % 2 ? std::cos(angle) : std::sin(angle), 1e-6);
    }
}

}  // namespace
}  // namespace pg

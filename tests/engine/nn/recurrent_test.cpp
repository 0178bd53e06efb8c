// rnn, lstm and gru as specs see them: shapes, names, initial values, and what they refuse.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "graph/session.h"

namespace pg {
namespace {

std::string spec_of(const std::string& layers, const std::string& rest = "") {
  return R"({"batch_size":3,"input":{"shape":[5,4]},"layers":[)" + layers + "]" + rest + "}";
}

std::set<std::string> paths(const std::string& layers) {
  std::set<std::string> out;
  for (const Issue& i : validate(spec_of(layers))) out.insert(i.code + " " + i.path);
  return out;
}

Session<float> session(const std::string& layers, Session<float>::Use use = Session<float>::Use::infer, const std::string& rest = "") {
  std::vector<Issue> issues;
  CompiledModel m = compile(Json::parse(spec_of(layers, rest)), issues);
  EXPECT_TRUE(issues.empty()) << issues[0].message;
  return Session<float>(m, use);
}

std::string shape(const Session<float>& s, const char* name) {
  const int v = s.graph().find(name);
  return v < 0 ? "none" : s.shape(v).str();
}

TEST(RecurrentLayers, ParametersAndValuesHaveTheirNamesAndShapes) {
  const auto s = session(R"({"type":"lstm","hidden_size":6,"num_layers":2,"bidirectional":true,"dropout":0.5,"name":"a"})");
  EXPECT_EQ(shape(s, "a"), "[3, 5, 12]");
  EXPECT_EQ(shape(s, "a.l0"), "[3, 5, 6]");
  EXPECT_EQ(shape(s, "a.l1_reverse.gates"), "[3, 5, 24]");
  EXPECT_EQ(shape(s, "a.l1_reverse.cell"), "[3, 5, 6]");
  EXPECT_EQ(shape(s, "a.l0_dropout"), "[3, 5, 12]");
  EXPECT_EQ(shape(s, "a.weight_ih_l0"), "[24, 4]");
  EXPECT_EQ(shape(s, "a.weight_ih_l1_reverse"), "[24, 12]");
  EXPECT_EQ(shape(s, "a.weight_hh_l0_reverse"), "[24, 6]");
  EXPECT_EQ(shape(s, "a.bias_hh_l1"), "[24]");
  const auto gru = session(R"({"type":"gru","input_size":4,"hidden_size":6,"bias":false,"output":"last","bidirectional":true})");
  EXPECT_EQ(shape(gru, "0"), "[3, 12]");
  EXPECT_EQ(shape(gru, "0.l0.gates"), "[3, 5, 18]");
  EXPECT_EQ(shape(gru, "0.bias_ih_l0"), "none");
  const auto rnn = session(R"({"type":"rnn","hidden_size":6,"nonlinearity":"relu"})");
  EXPECT_EQ(shape(rnn, "0"), "[3, 5, 6]");
  EXPECT_EQ(shape(rnn, "0.l0"), "[3, 5, 6]");
}

TEST(RecurrentLayers, EveryParameterStartsUniformBelowTheRootOfTheHiddenSize) {
  const auto s = session(R"({"type":"gru","hidden_size":16})");
  for (const char* name : {"0.weight_ih_l0", "0.weight_hh_l0", "0.bias_ih_l0", "0.bias_hh_l0"}) {
    const int v = s.graph().find(name);
    double most = 0;
    for (int64_t i = 0; i < s.shape(v).numel(); ++i) most = std::max(most, std::fabs(static_cast<double>(s.data(v)[i])));
    EXPECT_LE(most, 0.25) << name;
    EXPECT_GE(most, 0.2) << name;
  }
}

TEST(RecurrentLayers, TheLastOutputIsTheEndOfEachDirection) {
  auto all = session(R"({"type":"lstm","hidden_size":3,"bidirectional":true})"), last = session(R"({"type":"lstm","hidden_size":3,"bidirectional":true,"output":"last"})");
  for (auto* s : {&all, &last}) {
    for (int i = 0; i < 60; ++i) s->values_in(0)[i] = static_cast<float>(i % 7 - 3);
    s->forward(false);
  }
  const float *h = all.data(all.graph().output), *y = last.data(last.graph().output);
  for (int b = 0; b < 3; ++b)
    for (int u = 0; u < 6; ++u) EXPECT_EQ(y[b * 6 + u], h[(b * 5 + (u < 3 ? 4 : 0)) * 6 + u]);
}

TEST(RecurrentLayers, TrainingLowersTheLossOfABatch) {
  for (const char* type : {"rnn", "lstm", "gru"}) {
    auto s = session(std::string(R"({"type":")") + type + R"(","hidden_size":8,"num_layers":2,"output":"last"},{"type":"linear","out_features":2})", Session<float>::Use::train,
                     R"(,"loss":{"type":"cross_entropy"},"optimizer":{"type":"adamw","lr":0.02})");
    for (int i = 0; i < 60; ++i) s.values_in(0)[i] = static_cast<float>(i % 11 - 5) / 5;
    for (int i = 0; i < 3; ++i) s.ids_in(1)[i] = i % 2;
    ASSERT_TRUE(s.train_step());
    const double first = s.loss();
    for (int k = 0; k < 60; ++k) ASSERT_TRUE(s.train_step());
    EXPECT_LT(s.loss(), 0.1 * first) << type;
  }
}

TEST(RecurrentLayers, MistakesAreNamed) {
  using Set = std::set<std::string>;
  EXPECT_EQ(paths(R"({"type":"lstm"})"), (Set{"missing layers[0].hidden_size"}));
  EXPECT_EQ(paths(R"({"type":"lstm","hidden_size":3,"input_size":5})"), (Set{"bad_shape layers[0].input_size"}));
  EXPECT_EQ(paths(R"({"type":"flatten"},{"type":"gru","hidden_size":3})"), (Set{"bad_shape layers[1]"}));
  EXPECT_EQ(paths(R"({"type":"rnn","hidden_size":3,"num_layers":17})"), (Set{"out_of_range layers[0].num_layers"}));
  EXPECT_EQ(paths(R"({"type":"lstm","hidden_size":65536,"num_layers":16,"bidirectional":true})"), (Set{"too_large layers[0]"}));
  const std::string state = R"({"type":"flatten"},{"type":"linear","out_features":3,"name":"h"},)";
  EXPECT_EQ(paths(state + R"({"type":"gru","hidden_size":3,"inputs":["input","h"]})"), Set{});
  EXPECT_EQ(paths(state + R"({"type":"lstm","hidden_size":3,"inputs":["input","h","h"]})"), Set{});
  EXPECT_EQ(paths(state + R"({"type":"lstm","hidden_size":3,"inputs":["input","h"]})"), (Set{"bad_inputs layers[2].inputs"}));
  EXPECT_EQ(paths(state + R"({"type":"gru","hidden_size":3,"num_layers":2,"inputs":["input","h"]})"), (Set{"bad_inputs layers[2].inputs"}));
  EXPECT_EQ(paths(state + R"({"type":"gru","hidden_size":4,"inputs":["input","h"]})"), (Set{"bad_shape layers[2]"}));
}

TEST(NormAndEmbeddingLayers, TakeWhatPyTorchTakes) {
  using Set = std::set<std::string>;
  const auto two = session(R"({"type":"layer_norm","normalized_shape":[5,4]})");
  EXPECT_EQ(shape(two, "0.weight"), "[5, 4]");
  EXPECT_EQ(shape(two, "0.bias"), "[5, 4]");
  EXPECT_EQ(shape(session(R"({"type":"layer_norm","bias":false})"), "0.bias"), "none");
  EXPECT_EQ(shape(session(R"({"type":"layer_norm","elementwise_affine":false})"), "0.weight"), "none");
  EXPECT_EQ(paths(R"({"type":"layer_norm","normalized_shape":[4,4]})"), (Set{"bad_shape layers[0].normalized_shape"}));
  EXPECT_EQ(paths(R"({"type":"layer_norm","normalized_shape":[3,5,4]})"), (Set{"bad_shape layers[0].normalized_shape"}));

  const std::string tokens = R"({"batch_size":2,"input":{"tokens":3,"vocab_size":4},"layers":[{"type":"embedding","embedding_dim":3,)";
  std::vector<Issue> issues;
  Session<float> s(compile(Json::parse(tokens + R"("num_embeddings":6,"padding_idx":2}]})"), issues), Session<float>::Use::infer);
  ASSERT_TRUE(issues.empty());
  const float* w = s.data(s.graph().find("0.weight"));
  for (int i = 0; i < 18; ++i) EXPECT_EQ(w[i] == 0, i / 3 == 2) << i;
  const auto mistakes = validate(tokens + R"("num_embeddings":6,"padding_idx":6}]})");
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_EQ(mistakes[0].path, "layers[0].padding_idx");
}

}  // namespace
}  // namespace pg

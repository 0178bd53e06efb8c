// Whole models against PyTorch's (tests/golden/make_golden.py): the losses of a training, step by step, from the
// same initial parameters; their gradients and where they end.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "graph/session.h"

namespace pg {
namespace {

const Json& fixtures() {
  static const Json json = Json::parse(std::ifstream(PLAYGRAD_TEST_DATA "/golden/models.json"));
  return json;
}

// Double follows PyTorch's double closely (fixtures hold 12 digits); float drifts with every step.
template <class T>
constexpr double kBound = sizeof(T) == 8 ? 1e-9 : 2e-4;

template <class T>
class Golden : public ::testing::Test {
 protected:
  Session<T> session(const Json& spec) {
    std::vector<Issue> issues;
    CompiledModel model = compile(spec, issues);
    for (const Issue& i : issues) ADD_FAILURE() << i.path << ": " << i.message;
    return Session<T>(std::move(model), Session<T>::Use::train);
  }
  // PyTorch's parameters under our names.
  void set(Session<T>& s, const std::string& name, const Json& values) {
    const int v = s.graph().find(name);
    ASSERT_GE(v, 0) << name;
    ASSERT_EQ(s.shape(v).numel(), static_cast<int64_t>(values.size())) << name;
    for (size_t i = 0; i < values.size(); ++i) s.data(v)[i] = values[i].get<T>();
  }
  void expect_close(const T* got, const Json& want, const std::string& what) {
    ASSERT_NE(got, nullptr) << what;
    for (size_t i = 0; i < want.size(); ++i)
      ASSERT_NEAR(got[i], want[i].get<double>(), kBound<T> * std::max(1.0, std::fabs(want[i].get<double>())))
          << what << "[" << i << "]";
  }
};

using Scalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Golden, Scalars);

TYPED_TEST(Golden, MlpTrainsAsInPyTorch) {
  using T = TypeParam;
  ASSERT_EQ(fixtures()["mlp"].size(), 3u);
  for (const Json& g : fixtures()["mlp"]) {
    const std::string loss = g["loss"];
    const int n = g["n"];
    Json optimizer = g["options"];
    optimizer["type"] = g["optimizer"];
    const Json spec = {{"seed", 1},
                       {"batch_size", n},
                       {"input", {{"shape", {2}}}},
                       {"layers", Json::array({{{"type", "linear"}, {"out_features", 8}},
                                               {{"type", "tanh"}},
                                               {{"type", "linear"}, {"out_features", 6}},
                                               {{"type", "relu"}},
                                               {{"type", "linear"}, {"out_features", loss == "cross_entropy" ? 3 : 1}}})},
                       {"loss", {{"type", loss}}},
                       {"optimizer", optimizer}};
    Session<T> s = this->session(spec);
    s.set_batch(n);
    for (const auto& [name, values] : g["start"].items()) this->set(s, name, values);
    for (size_t step = 0; step < g["losses"].size(); ++step) {
      for (size_t i = 0; i < g["x"].size(); ++i) s.values_in(0)[i] = g["x"][i].template get<T>();
      for (size_t i = 0; i < g["target"].size(); ++i) {
        if (loss == "cross_entropy") s.ids_in(1)[i] = g["target"][i];
        else s.values_in(1)[i] = g["target"][i].template get<T>();
      }
      ASSERT_TRUE(s.train_step());
      ASSERT_NEAR(s.loss(), g["losses"][step].template get<double>(), kBound<T>) << loss << " step " << step;
    }
    for (const auto& [name, values] : g["end"].items()) this->expect_close(s.data(s.graph().find(name)), values, name);
  }
}

TYPED_TEST(Golden, TransformerBlockTrainsAsInPyTorch) {
  using T = TypeParam;
  const Json& g = fixtures()["transformer_block"];
  const Json spec = Json::parse(R"({"seed":1,"layers":[
      {"type":"embedding","name":"embedding","embedding_dim":8},
      {"type":"layer_norm","name":"norm1"},
      {"type":"multihead_attention","name":"attention","num_heads":2,"causal":true},
      {"type":"add","name":"r1","inputs":["embedding","attention"]},
      {"type":"layer_norm","name":"norm2"},
      {"type":"linear","name":"up","out_features":12},
      {"type":"gelu"},
      {"type":"linear","name":"down","out_features":8},
      {"type":"add","name":"r2","inputs":["r1","down"]},
      {"type":"linear","name":"head","out_features":5}],
      "loss":{"type":"cross_entropy"},"optimizer":{"type":"adam","lr":0.01}})");
  Json full = spec;
  full["batch_size"] = g["batch"];
  full["input"] = {{"tokens", g["tokens"]}, {"vocab_size", g["vocabulary"]}};
  full["layers"][0]["num_embeddings"] = g["vocabulary"];
  Session<T> s = this->session(full);
  s.set_batch(g["batch"]);
  for (const auto& [name, values] : g["start"].items()) this->set(s, name, values);
  for (size_t step = 0; step < g["losses"].size(); ++step) {
    for (size_t i = 0; i < g["ids"].size(); ++i) s.ids_in(0)[i] = g["ids"][i];
    for (size_t i = 0; i < g["target"].size(); ++i) s.ids_in(1)[i] = g["target"][i];
    s.forward(true);
    s.backward();
    if (step == 0)
      for (const auto& [name, values] : g["gradients"].items())
        this->expect_close(s.gradient(s.graph().find(name)), values, name);
    s.update();
    ASSERT_NEAR(s.loss(), g["losses"][step].template get<double>(), kBound<T>) << "step " << step;
  }
}

}  // namespace
}  // namespace pg

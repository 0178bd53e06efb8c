#include <gtest/gtest.h>

#include <set>

#include "graph/session.h"

namespace pg {
namespace {

std::set<std::string> paths(const std::string& spec) {
  std::set<std::string> out;
  for (const Issue& i : validate(spec)) out.insert(i.code + " " + i.path);
  return out;
}

TEST(Spec, TenMistakesGiveTenErrorsWithTheirPaths) {
  const auto issues = validate(R"({
    "seed": -1,
    "batch_size": "many",
    "colour": "red",
    "input": { "shape": [2] },
    "layers": [
      { "type": "linear", "out_features": 0 },
      { "type": "linaer", "out_features": 3 },
      { "type": "linear" },
      { "type": "dropout", "p": 2, "inputs": ["input"] },
      { "type": "add", "inputs": ["input", "nobody"] }
    ],
    "loss": { "type": "mean_squared" },
    "optimizer": { "type": "sgd", "lr": "fast" }
  })");
  std::set<std::string> got;
  for (const Issue& i : issues) {
    got.insert(i.code + " " + i.path);
    EXPECT_FALSE(i.rule.empty()) << i.path;
    EXPECT_FALSE(i.message.empty()) << i.path;
  }
  const std::set<std::string> want = {
      "out_of_range seed",           "wrong_type batch_size",  "unknown_key colour",     "out_of_range layers[0].out_features",
      "unknown_type layers[1].type", "missing layers[2].out_features", "out_of_range layers[3].p", "unknown_input layers[4].inputs[1]",
      "unknown_type loss.type",      "wrong_type optimizer.lr"};
  EXPECT_EQ(got, want);
  EXPECT_EQ(issues.size(), 10u);
}

TEST(Spec, OneMistakeIsNotBlamedOnWhatFollows) {
  EXPECT_EQ(paths(R"({"input":{"shape":[2]},"layers":[{"type":"nope"},{"type":"linear","out_features":3},{"type":"relu"}],"loss":{"type":"mse"}})"),
            (std::set<std::string>{"unknown_type layers[0].type"}));
}

TEST(Spec, ShapesThatDoNotFitAreNamed) {
  EXPECT_EQ(paths(R"({"input":{"shape":[2]},"layers":[{"type":"linear","in_features":3,"out_features":3}]})"), (std::set<std::string>{"bad_shape layers[0].in_features"}));
  EXPECT_EQ(paths(R"({"input":{"shape":[4,6]},"layers":[{"type":"multihead_attention","num_heads":4}]})"), (std::set<std::string>{"bad_shape layers[0].num_heads"}));
  EXPECT_EQ(paths(R"({"input":{"shape":[4,6]},"layers":[{"type":"reshape","shape":[5,5]}]})"), (std::set<std::string>{"bad_shape layers[0]"}));
  EXPECT_EQ(paths(R"({"input":{"tokens":4,"vocab_size":9},"layers":[{"type":"linear","out_features":3}]})"), (std::set<std::string>{"bad_inputs layers[0]"}));
  EXPECT_EQ(paths(R"({"input":{"shape":[4]},"layers":[{"type":"embedding","num_embeddings":3,"embedding_dim":2}]})"), (std::set<std::string>{"bad_inputs layers[0]"}));
}

TEST(Spec, NamesAreCheckedAndUnique) {
  EXPECT_EQ(paths(R"({"input":{"shape":[2]},"layers":[{"type":"relu","name":"a"},{"type":"relu","name":"a"},{"type":"relu","name":"<b>"},{"type":"relu","name":7}]})"),
            (std::set<std::string>{"duplicate_name layers[1].name", "bad_name layers[2].name", "bad_name layers[3].name"}));
}

TEST(Spec, NonsenseOfAnyKindIsAnswered) {
  for (const char* text : {"", "{", "null", "[]", "7", "\"x\"", "{}", R"({"layers":3})", R"({"input":3,"layers":[3,null,[],{"type":3}],"loss":[],"optimizer":null,"schedule":{},"regularization":[]})",
                           R"({"input":{"shape":[]},"layers":[]})", R"({"input":{"shape":["a"]},"layers":[]})", R"({"input":{"tokens":4},"layers":[]})"})
    EXPECT_FALSE(validate(text).empty()) << text;
}

TEST(Spec, AnEmptyTypeIsNoType) {
  EXPECT_EQ(paths(R"({"input":{"shape":[2]},"layers":[{"type":""},{"type":"linear","out_features":2,"init":{"type":""}}],"loss":{"type":""},"optimizer":{"type":""},"schedule":{"type":""}})"),
            (std::set<std::string>{"missing layers[0].type", "unknown_type layers[1].init.type", "missing loss.type", "missing optimizer.type", "missing schedule.type"}));
}

TEST(Spec, TooLargeAModelIsRefusedWithItsFigure) {
  const auto issues = validate(R"({"input":{"shape":[100000]},"layers":[{"type":"linear","out_features":100000}],"loss":{"type":"mse"}})");
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].code, "too_large");
  EXPECT_NE(issues[0].value.find("MiB"), std::string::npos);
  EXPECT_EQ(paths(R"({"input":{"shape":[1048576,1048576,1048576,1048576]},"layers":[]})"), (std::set<std::string>{"too_large input"}));
}

std::string repeated(const std::string& s, int n) {
  std::string out;
  while (n-- > 0) out += s;
  return out;
}

TEST(Spec, TextsMadeToKeepUsBusyAreRefusedAtOnce) {
  const std::set<std::string> no_json{"bad_json spec"};
  EXPECT_EQ(paths(repeated("[", 1000000)), no_json);
  EXPECT_EQ(paths(repeated("{\"a\":", 200000)), no_json);
  EXPECT_EQ(paths(repeated("[", 65) + repeated("]", 65)), no_json);
  EXPECT_EQ(paths(repeated("[", 64) + repeated("]", 64)), (std::set<std::string>{"wrong_type spec"}));
  EXPECT_EQ(paths("{" + repeated("\"a\":0,", 16384) + "\"a\":0}"), no_json);
  // Keys are counted in each object, not over all of them.
  EXPECT_FALSE(parse_json("[" + repeated("{\"a\":0,\"b\":[]},", 20000) + "0]").is_discarded());
  std::string layers;
  for (int i = 0; i < 256; ++i) {
    layers += std::string(i ? "," : "") + R"({"type":"relu")";
    for (int k = 0; k < 100; ++k) layers += ",\"k" + std::to_string(k) + "\":0";
    layers += "}";
  }
  EXPECT_LE(validate(R"({"input":{"shape":[2]},"layers":[)" + layers + "]}").size(), 400u);
}

TEST(Spec, ModelsMadeToKeepUsBusyAreRefusedAtOnce) {
  // Each part alone is in its range.
  const std::string stack = R"({"type":"transformer_encoder","num_layers":32,"nhead":2,"dim_feedforward":8})";
  EXPECT_EQ(paths(R"({"batch_size":1,"input":{"shape":[4,8]},"layers":[)" + repeated(stack + ",", 4) + stack + "]}"), std::set<std::string>{});
  const auto issues = validate(R"({"batch_size":1,"input":{"shape":[4,8]},"layers":[)" + repeated(stack + ",", 255) + stack + "]}");
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].code, "too_large");
  const auto orthogonal = [](const char* n, int layers) {
    const std::string one = std::string(R"({"type":"linear","init":"orthogonal","out_features":)") + n + "}";
    return std::string(R"({"batch_size":1,"input":{"shape":[)") + n + R"(]},"layers":[)" + repeated(one + ",", layers - 1) + one + "]}";
  };
  EXPECT_EQ(paths(orthogonal("512", 16)), std::set<std::string>{});
  EXPECT_EQ(paths(orthogonal("512", 17)), (std::set<std::string>{"too_large layers[16].init"}));
  EXPECT_EQ(paths(orthogonal("4096", 1)), (std::set<std::string>{"too_large layers[0].init"}));
  EXPECT_EQ(paths(R"({"batch_size":1,"input":{"shape":[1,2048,2048]},"layers":[{"type":"avg_pool2d","kernel_size":1024,"stride":1}]})"), (std::set<std::string>{"too_large spec"}));
  EXPECT_EQ(paths(R"({"batch_size":1,"input":{"shape":[2]},"layers":[{"type":"linear","out_features":2,"init":{"type":"xavier_uniform","gain":1e308}}]})"),
            (std::set<std::string>{"out_of_range layers[0].init.gain"}));
}

TEST(Spec, NoTwoValuesHaveOneName) {
  EXPECT_EQ(paths(R"({"input":{"shape":[2,4]},"layers":[{"type":"transformer_encoder_layer","name":"a","nhead":1,"dim_feedforward":4},{"type":"linear","name":"a.linear1","out_features":4}]})"),
            (std::set<std::string>{"duplicate_name spec"}));
  EXPECT_EQ(paths(R"({"input":{"shape":[2]},"layers":[{"type":"linear","name":"mse","out_features":2}],"loss":{"type":"mse","loss_weight":2}})"), (std::set<std::string>{"duplicate_name loss.name"}));
}

TEST(Spec, ALossIsNotAnInput) {
  const std::string model = R"({"batch_size":1,"input":{"shape":[2]},"layers":[{"type":"linear","out_features":2}],"loss":[{"type":"mse","name":"a"},{"type":"l1",)";
  EXPECT_EQ(paths(model + R"("inputs":["a"]}]})"), (std::set<std::string>{"unknown_input loss[1].inputs[0]"}));
  EXPECT_EQ(paths(model + R"("target":"a"}]})"), (std::set<std::string>{"unknown_input loss[1].target"}));
  EXPECT_EQ(paths(model + R"("target":"a.target"}]})"), (std::set<std::string>{"unknown_input loss[1].target"}));
}

TEST(Spec, InputsOutputsAndLossesByName) {
  const std::string layers = R"("layers":[{"type":"linear","name":"a","out_features":2,"inputs":["x"]},{"type":"linear","name":"b","out_features":2,"inputs":["z"]},{"type":"add","name":"c","inputs":["a","b"]}])";
  const std::string inputs = R"("inputs":{"x":{"shape":[2]},"z":{"shape":[3]}})";
  EXPECT_EQ(paths("{" + inputs + "," + layers + R"(,"output":"a","loss":[{"type":"mse","inputs":["c"],"target":"x"},{"type":"l1","name":"second","loss_weight":0.5}]})"), std::set<std::string>{});
  EXPECT_EQ(paths("{" + inputs + "," + layers + R"(,"output":"d"})"), (std::set<std::string>{"unknown_input output"}));
  EXPECT_EQ(paths("{" + inputs + "," + layers + R"(,"loss":[{"type":"mse"},{"type":"mse"}]})"), (std::set<std::string>{"duplicate_name loss[1].name"}));
  EXPECT_EQ(paths("{" + inputs + "," + layers + R"(,"loss":{"type":"mse","target":"z"}})"), (std::set<std::string>{"bad_shape loss"}));
  EXPECT_EQ(paths("{" + inputs + "," + layers + R"(,"loss":{"type":"kl"}})"), (std::set<std::string>{"bad_inputs loss.inputs"}));
  EXPECT_EQ(paths("{" + inputs + R"(,"input":{"shape":[2]},)" + layers + "}"), (std::set<std::string>{"unknown_key input"}));
  EXPECT_EQ(paths(R"({"inputs":{"<b>":{"shape":[2]},"target":{"shape":[2]}},"layers":[]})"), (std::set<std::string>{"bad_name inputs.<b>", "bad_name inputs.target"}));
  EXPECT_EQ(paths(R"({"input":{"shape":[2]},"nodes":[{"type":"relu"}]})"), (std::set<std::string>{"missing nodes[0].inputs"}));
  EXPECT_EQ(paths(R"({"inputs":{"a":{"shape":[2]},"b":{"shape":[2]}},"nodes":[],"output":"b"})"), (std::set<std::string>{}));
}

TEST(Spec, SharedAndFrozenPartsAreChecked) {
  const auto with = [](const char* more) { return std::string(R"({"input":{"shape":[3]},"layers":[{"type":"linear","name":"a","out_features":3},{"type":"linear","out_features":3,)") + more + "}]}"; };
  EXPECT_EQ(paths(with(R"("share":"a")")), std::set<std::string>{});
  EXPECT_EQ(paths(with(R"("share":"b")")), (std::set<std::string>{"unknown_input layers[1].share"}));
  EXPECT_EQ(paths(with(R"("share":"d/a")")), (std::set<std::string>{"unknown_input layers[1].share"}));
  EXPECT_EQ(paths(with(R"("share":7,"frozen":1)")), (std::set<std::string>{"wrong_type layers[1].share", "wrong_type layers[1].frozen"}));
  EXPECT_EQ(paths(R"({"input":{"shape":[3]},"layers":[{"type":"linear","name":"a","out_features":4},{"type":"linear","out_features":3,"share":"a"}]})"), (std::set<std::string>{"bad_shape layers[1].share"}));
}

TEST(Spec, SomeParametersOfALayerCanBeFrozen) {
  const auto with = [](const char* frozen) {
    return std::string(R"({"input":{"shape":[4,3]},"layers":[{"type":"lstm","name":"a","hidden_size":2,"frozen":)") + frozen + R"(},{"type":"linear","out_features":1}],"loss":{"type":"mse"}})";
  };
  std::vector<Issue> issues;
  const CompiledModel m = compile(Json::parse(with(R"(["bias_hh_l0","weight_hh_l0"])")), issues);
  ASSERT_TRUE(issues.empty()) << issues[0].message;
  std::set<std::string> frozen;
  for (size_t i = 0; i < m.plan->graph.values.size(); ++i) {
    const Value& v = m.plan->graph.values[i];
    if (v.kind == ValueKind::parameter && !m.plan->places[i].needs_grad) frozen.insert(v.name);
  }
  EXPECT_EQ(frozen, (std::set<std::string>{"a.bias_hh_l0", "a.weight_hh_l0"}));
  EXPECT_EQ(paths(with("[]")), std::set<std::string>{});
  EXPECT_EQ(paths(with(R"(["weight_hh_l0","a.bias_hh_l0","bias"])")), (std::set<std::string>{"unknown_name layers[0].frozen"}));
  EXPECT_EQ(paths(with("[3]")), (std::set<std::string>{"wrong_type layers[0].frozen"}));
  EXPECT_EQ(paths(with(R"("bias")")), (std::set<std::string>{"wrong_type layers[0].frozen"}));
}

TEST(Spec, ParametersAreNamedAsInPyTorch) {
  std::vector<Issue> issues;
  const CompiledModel m = compile(Json::parse(R"({"input":{"tokens":5,"vocab_size":7},"layers":[
      {"type":"embedding","num_embeddings":7,"embedding_dim":6},{"type":"positional_encoding","kind":"learned"},
      {"type":"multihead_attention","num_heads":2},{"type":"layer_norm"},{"type":"linear","out_features":7}],"loss":{"type":"cross_entropy"}})"),
                                  issues);
  ASSERT_TRUE(issues.empty()) << issues[0].message;
  std::vector<std::string> names;
  for (const Value& v : m.plan->graph.values)
    if (v.kind == ValueKind::parameter) names.push_back(v.name + " " + v.type.shape.str());
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight [7, 6]", "1.weight [5, 6]", "2.in_proj_weight [18, 6]", "2.in_proj_bias [18]", "2.out_proj.weight [6, 6]", "2.out_proj.bias [6]", "3.weight [6]",
                                             "3.bias [6]", "4.weight [7, 6]", "4.bias [7]"}));
}

TEST(Spec, EveryLayerLossOptimizerAndInitIsInTheSchema) {
  const Json s = spec_schema();
  for (const char* layer : {"linear", "embedding", "layer_norm", "positional_encoding", "multihead_attention", "flatten", "reshape", "identity", "relu", "leaky_relu", "sigmoid", "tanh", "gelu", "softmax",
                            "add", "dropout", "mean", "conv1d", "conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "upsample", "batch_norm1d", "batch_norm2d",
                            "rnn", "lstm", "gru", "transformer_encoder_layer", "transformer_decoder_layer", "transformer", "elu", "silu", "softplus", "cat", "mul", "select", "reparameterize"})
    EXPECT_TRUE(s["layers"].contains(layer)) << layer;
  for (const char* loss : {"mse", "l1", "huber", "bce_with_logits", "cross_entropy", "kl", "detection"}) EXPECT_TRUE(s["losses"].contains(loss)) << loss;
  for (const char* schedule : {"constant", "step", "exponential", "cosine", "transformer"}) EXPECT_TRUE(s["schedules"].contains(schedule)) << schedule;
  EXPECT_EQ(s["optimizers"].size(), static_cast<size_t>(OptimizerId::count));
  for (const char* init : {"zeros", "constant", "uniform", "normal", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal"}) EXPECT_TRUE(s["inits"].contains(init)) << init;
}

}  // namespace
}  // namespace pg

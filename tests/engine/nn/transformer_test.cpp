// Attention and Transformer layers: names and shapes of what they declare, and what they refuse. Their numbers are
// compared with PyTorch's in parity_test.cpp.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "graph/session.h"
#include "nn/layer.h"

namespace pg {
namespace {

/// One layer by itself, its inputs [4, T, features] or ids [4, T].
struct Built {
  GraphBuilder graph{4};
  int value = -1;
  Issue issue;

  struct In {
    Shape per_example;
    bool ids = false;
  };
  Built(const char* type, const char* params, const std::vector<In>& inputs, const std::vector<int>& order, std::vector<int> refs = {}, const char* share = "") {
    graph.path = "layers[0]";
    std::vector<int> all, in;
    for (size_t i = 0; i < inputs.size(); ++i) all.push_back(graph.input("in" + std::to_string(i), inputs[i].per_example, inputs[i].ids ? DType::i32 : DType::f32));
    for (int i : order) in.push_back(all[static_cast<size_t>(i)]);
    for (int& r : refs)
      if (r >= 0) r = all[static_cast<size_t>(r)];
    value = build(type, params, "0", in, refs, share);
  }
  int build(const char* type, const char* params, const std::string& name, const std::vector<int>& in, const std::vector<int>& refs, const char* share) {
    const LayerDef* def = find_layer(type);
    std::vector<Issue> issues;
    const Params p = Params::read(def->params, Json::parse(params), "layers[0]", issues);
    EXPECT_TRUE(issues.empty()) << type << ": " << (issues.empty() ? "" : issues[0].message);
    LayerBuild b{graph, p, name, in, false, {}, refs, share, false, {}};
    try {
      return build_layer(*def, b);
    } catch (const Error& e) {
      issue = e.issue;
      return -1;
    }
  }
  std::map<std::string, std::string> parameters() const {
    std::map<std::string, std::string> out;
    for (const Value& v : graph.graph.values)
      if (v.kind == ValueKind::parameter) out[v.name] = v.type.shape.str();
    return out;
  }
  std::string shape(const char* name) const {
    const int v = graph.graph.find(name);
    return v < 0 ? "none" : graph.shape(v).str();
  }
};

const std::map<std::string, std::string> kAttention = {
    {"0.in_proj_weight", "[24, 8]"}, {"0.in_proj_bias", "[24]"}, {"0.out_proj.weight", "[8, 8]"}, {"0.out_proj.bias", "[8]"}};

TEST(MultiheadAttention, NamesEveryStepOfSelfAttention) {
  const Built b("multihead_attention", R"({"num_heads":2})", {{{5, 8}}}, {0});
  ASSERT_GE(b.value, 0) << b.issue.message;
  EXPECT_EQ(b.parameters(), kAttention);
  EXPECT_EQ(b.shape("0.qkv"), "[4, 5, 24]");
  EXPECT_EQ(b.shape("0.heads"), "[4, 5, 8]");
  EXPECT_EQ(b.shape("0.heads.scores"), "[4, 2, 5, 5]");
  EXPECT_EQ(b.shape("0.heads.weights"), "[4, 2, 5, 5]");
  EXPECT_EQ(b.shape("0"), "[4, 5, 8]");
}

TEST(MultiheadAttention, CrossAttentionTakesRowsOfTheSameMatrix) {
  const Built two("multihead_attention", R"({"num_heads":2})", {{{5, 8}}, {{3, 8}}}, {0, 1});
  ASSERT_GE(two.value, 0) << two.issue.message;
  EXPECT_EQ(two.parameters(), kAttention);
  EXPECT_EQ(two.shape("0.q"), "[4, 5, 8]");
  EXPECT_EQ(two.shape("0.kv"), "[4, 3, 16]");
  EXPECT_EQ(two.shape("0.heads.weights"), "[4, 2, 5, 3]");
  const Built three("multihead_attention", R"({"num_heads":2})", {{{5, 8}}, {{3, 8}}, {{3, 8}}}, {0, 1, 2});
  ASSERT_GE(three.value, 0) << three.issue.message;
  EXPECT_EQ(three.parameters(), kAttention);
  EXPECT_EQ(three.shape("0.k"), "[4, 3, 8]");
  EXPECT_EQ(three.shape("0.v"), "[4, 3, 8]");
  EXPECT_EQ(Built("multihead_attention", R"({"num_heads":2})", {{{5, 8}}}, {0, 0, 0}).shape("0.qkv"), "[4, 5, 24]");
}

TEST(MultiheadAttention, WhatDoesNotFitIsRefusedWithItsPlace) {
  struct Bad {
    const char* params;
    std::vector<Built::In> in;
    std::vector<int> order, refs;
    const char *path, *rule;
  };
  const std::vector<Bad> all = {
      {R"({"num_heads":3})", {{{5, 8}}}, {0}, {}, "layers[0].num_heads", "a divisor of the 8 features"},
      {R"({"num_heads":2,"embed_dim":9})", {{{5, 8}}}, {0}, {}, "layers[0].embed_dim", "8, which follows from the input"},
      {R"({"num_heads":2})", {{{8}}}, {0}, {}, "layers[0]", "an input of shape [batch, time, features]"},
      {R"({"num_heads":2})", {{{5, 8}}, {{5}, true}}, {0, 1}, {}, "layers[0]", "an input of shape [batch, time, features]"},
      {R"({"num_heads":2})", {{{5, 8}}, {{5, 6}}}, {0, 1}, {}, "layers[0].inputs", "all 8 features wide, as the first is"},
      {R"({"num_heads":2})", {{{5, 8}}, {{3, 8}}, {{4, 8}}}, {0, 1, 2}, {}, "layers[0]", "q, k and v of shape [batch, tokens, features], k and v of one length"},
      {R"({"num_heads":2})", {{{5, 8}}, {{4}, true}}, {0}, {1}, "layers[0]", "key_padding of shape [batch, tokens of k]"},
  };
  for (const Bad& bad : all) {
    const Built b("multihead_attention", bad.params, bad.in, bad.order, bad.refs);
    EXPECT_EQ(b.value, -1) << bad.rule;
    EXPECT_EQ(b.issue.path, bad.path);
    EXPECT_EQ(b.issue.rule, bad.rule);
  }
}

TEST(MultiheadAttention, MoreWeightsThanATensorMayHaveAreRefused) {
  EXPECT_EQ(Built("multihead_attention", R"({"num_heads":256})", {{{1 << 17, 256}}}, {0}).issue.code, "too_large");
  EXPECT_EQ(Built("multihead_attention", R"({"num_heads":256,"dropout":0.5})", {{{1 << 17, 256}}}, {0}).issue.code, "too_large");
}

/// PyTorch's state_dict of a layer, under a prefix.
std::map<std::string, std::string> layer_parameters(const std::string& at, bool decoder) {
  std::map<std::string, std::string> p = {{"linear1.weight", "[6, 8]"}, {"linear1.bias", "[6]"}, {"linear2.weight", "[8, 6]"}, {"linear2.bias", "[8]"}};
  for (const char* a : {"self_attn", "multihead_attn"}) {
    if (!decoder && *a == 'm') continue;
    for (const auto& [name, shape] : kAttention) p[a + name.substr(1)] = shape;
  }
  for (const char* n : {"norm1", "norm2", "norm3"}) {
    if (!decoder && n[4] == '3') continue;
    p[std::string(n) + ".weight"] = p[std::string(n) + ".bias"] = "[8]";
  }
  std::map<std::string, std::string> out;
  for (const auto& [name, shape] : p) out[at + name] = shape;
  return out;
}
void add_norm(std::map<std::string, std::string>& p, const std::string& at) { p[at + "norm.weight"] = p[at + "norm.bias"] = "[8]"; }

TEST(Transformer, ParametersAreNamedAsInPyTorch) {
  const std::vector<Built::In> both = {{{5, 8}}, {{3, 8}}};
  EXPECT_EQ(Built("transformer_encoder_layer", R"({"nhead":2,"dim_feedforward":6})", both, {0}).parameters(), layer_parameters("0.", false));
  EXPECT_EQ(Built("transformer_decoder_layer", R"({"nhead":2,"dim_feedforward":6})", both, {0, 1}).parameters(), layer_parameters("0.", true));
  for (bool norm : {true, false})
    for (bool decoder : {true, false}) {
      std::map<std::string, std::string> want = layer_parameters("0.layers.0.", decoder);
      want.merge(layer_parameters("0.layers.1.", decoder));
      if (norm) add_norm(want, "0.");
      const std::string params = std::string(R"({"nhead":2,"dim_feedforward":6,"num_layers":2,"norm":)") + (norm ? "true}" : "false}");
      const Built b(decoder ? "transformer_decoder" : "transformer_encoder", params.c_str(), both, decoder ? std::vector<int>{0, 1} : std::vector<int>{0});
      EXPECT_EQ(b.parameters(), want);
      EXPECT_EQ(b.shape("0"), "[4, 5, 8]");
    }
  std::map<std::string, std::string> want = layer_parameters("0.encoder.layers.0.", false);
  want.merge(layer_parameters("0.decoder.layers.0.", true));
  want.merge(layer_parameters("0.decoder.layers.1.", true));
  add_norm(want, "0.encoder.");
  add_norm(want, "0.decoder.");
  const Built whole("transformer", R"({"nhead":2,"dim_feedforward":6,"num_encoder_layers":1,"num_decoder_layers":2})", both, {0, 1});
  EXPECT_EQ(whole.parameters(), want);
  EXPECT_EQ(whole.shape("0"), "[4, 3, 8]");
  EXPECT_EQ(whole.shape("0.encoder"), "[4, 5, 8]");
  EXPECT_EQ(whole.shape("0.decoder.layers.1.multihead_attn.heads.weights"), "[4, 2, 3, 5]");
  for (const Value& v : whole.graph.graph.values)
    if (v.kind == ValueKind::parameter && v.type.shape.rank == 2) {
      EXPECT_EQ(v.init.type, Init::Type::xavier_uniform) << v.name;
    }
}

TEST(Transformer, EveryStepHasANameOfItsOwn) {
  const std::vector<Built::In> both = {{{5, 8}}, {{3, 8}}};
  for (const char* norm_first : {"true", "false"})
    for (const char* dropout : {"0", "0.1"}) {
      const std::string params = std::string(R"({"nhead":2,"dim_feedforward":6,"num_encoder_layers":2,"num_decoder_layers":2,"norm_first":)") + norm_first + R"(,"dropout":)" + dropout + "}";
      const Built b("transformer", params.c_str(), both, {0, 1});
      std::set<std::string> names;
      for (const Value& v : b.graph.graph.values) EXPECT_TRUE(names.insert(v.name).second) << v.name;
      for (const char* step : {"self_attn.qkv", "self_attn.heads.weights", "self_attn", "self_attn.sum", "norm1", "multihead_attn.q", "multihead_attn.kv", "multihead_attn",
                               "multihead_attn.sum", "norm2", "linear1", "activation", "linear2", ""})
        EXPECT_EQ(names.count(std::string("0.decoder.layers.1") + (*step ? "." : "") + step), 1u) << step;
      for (const char* drop : {"dropout", "dropout1", "dropout2", "dropout3"}) EXPECT_EQ(names.count(std::string("0.decoder.layers.0.") + drop), *dropout == '0' && !dropout[1] ? 0u : 1u);
    }
}

TEST(Transformer, WhatDoesNotFitIsRefusedWithItsPlace) {
  const Built heads("transformer_encoder_layer", R"({"nhead":3})", {{{5, 8}}}, {0});
  EXPECT_EQ(heads.issue.path, "layers[0].nhead");
  EXPECT_EQ(heads.issue.rule, "a divisor of the 8 features");
  const Built width("transformer", R"({"nhead":2})", {{{5, 8}}, {{5, 6}}}, {0, 1});
  EXPECT_EQ(width.value, -1);
  const Built memory("transformer_decoder_layer", R"({"nhead":2})", {{{5, 8}}, {{3, 6}}}, {0, 1});
  EXPECT_EQ(memory.issue.path, "layers[0].inputs");
  const Built d_model("transformer_encoder", R"({"nhead":2,"num_layers":1,"d_model":9})", {{{5, 8}}}, {0});
  EXPECT_EQ(d_model.issue.path, "layers[0].d_model");
}

TEST(Transformer, LayersShareTheirParameters) {
  Built b("transformer_encoder_layer", R"({"nhead":2,"dim_feedforward":6})", {{{5, 8}}}, {0});
  const auto before = b.parameters();
  EXPECT_GE(b.build("transformer_encoder_layer", R"({"nhead":2,"dim_feedforward":6})", "1", {b.value}, {}, "0"), 0) << b.issue.message;
  EXPECT_EQ(b.parameters(), before);
}

TEST(Transformer, ASpecTrains) {
  std::vector<Issue> issues;
  CompiledModel m = compile(Json::parse(R"({"seed":1,"batch_size":4,"input":{"tokens":6,"vocab_size":9},"layers":[
      {"type":"embedding","num_embeddings":9,"embedding_dim":8},{"type":"positional_encoding"},
      {"type":"transformer_encoder","num_layers":2,"nhead":2,"dim_feedforward":16,"causal":true,"norm_first":true,"activation":"gelu"},
      {"type":"linear","out_features":9}],"loss":{"type":"cross_entropy"},"optimizer":{"type":"adam","lr":0.01}})"), issues);
  ASSERT_TRUE(issues.empty()) << issues[0].message;
  Session<float> s(std::move(m), Session<float>::Use::train);
  double first = 0;
  for (int step = 0; step < 60; ++step) {
    for (int i = 0; i < 24; ++i) s.ids_in(0)[i] = i % 9, s.ids_in(1)[i] = (i + 1) % 9;
    ASSERT_TRUE(s.train_step());
    if (step == 0) first = s.loss();
  }
  EXPECT_LT(s.loss(), first / 4);
}

}  // namespace
}  // namespace pg

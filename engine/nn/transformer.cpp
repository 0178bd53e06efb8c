// torch.nn.TransformerEncoderLayer, TransformerDecoderLayer, TransformerEncoder, TransformerDecoder and Transformer
// (batch_first=True; Vaswani et al. 2017, §3; norm_first: Xiong et al. 2020). Shapes [B, T, d_model] throughout.
// Every step has a value of its own: NAME.layers.0.self_attn.heads.weights, NAME.layers.0.linear1, …
#include "nn/transformer.h"

#include <array>

namespace pg {

namespace {

std::string dotted(const std::string& a, const char* b) { return a.empty() ? b : a + "." + b; }

/// SUFFIX.weight and SUFFIX.bias of a linear inside the layer; the value is NAME.VALUE.
int project(LayerBuild& b, const std::string& suffix, const std::string& value, int x, int64_t out, bool with_bias, const Init& weight, const Init& bias) {
  std::vector<int> in = {x, b.weight(suffix + ".weight", {out, b.graph.shape(x).last()}, weight)};
  if (with_bias) in.push_back(b.bias(suffix + ".bias", out, bias));
  return b.graph.node(OpId::linear, b.named(value), in);
}

Init xavier_uniform() {
  Init i;
  i.type = Init::Type::xavier_uniform;
  i.a = 1;
  return i;
}

}  // namespace

int ref(const LayerBuild& b, size_t i) { return i < b.refs.size() ? b.refs[i] : -1; }

int attention(LayerBuild& b, const std::string& suffix, int q, int k, int v, const AttentionOptions& o, const char* num_heads_key) {
  const Shape shape = b.graph.shape(q);  // a copy: values are added below
  for (int x : {q, k, v}) {
    const Shape& s = b.graph.shape(x);
    if (b.graph.type(x).dtype != DType::f32 || s.rank != 3) fail("bad_shape", b.graph.path, "an input of shape [batch, time, features]", s.str());
    if (s[2] != shape[2]) fail("bad_shape", b.graph.path + ".inputs", "all " + std::to_string(shape[2]) + " features wide, as the first is", s.str());
  }
  const int64_t d = shape[2];
  if (d % o.num_heads != 0)
    fail("bad_shape", b.graph.path + "." + num_heads_key, "a divisor of the " + std::to_string(d) + " features", std::to_string(o.num_heads));
  const int weight = b.weight(dotted(suffix, "in_proj_weight"), {3 * d, d}, xavier_uniform());
  const int bias = o.bias ? b.bias(dotted(suffix, "in_proj_bias"), 3 * d, Init{}) : -1;
  // Rows [from, from + n)·d of the joint projection.
  const auto rows = [&](const char* name, int x, int64_t from, int64_t n) {
    std::vector<int> in = {x, weight};
    if (bias >= 0) in.push_back(bias);
    return b.graph.node(OpId::linear, b.named(dotted(suffix, name)), in,
                        {{"row_begin", static_cast<double>(from * d)}, {"rows", static_cast<double>(n * d)}});
  };
  std::vector<int> in;
  int64_t k_begin = 0, v_begin = 0;
  if (q == k && k == v) {
    in.assign(3, rows("qkv", q, 0, 3));
    k_begin = d;
    v_begin = 2 * d;
  } else if (k == v) {
    in.push_back(rows("q", q, 0, 1));
    in.insert(in.end(), 2, rows("kv", k, 1, 2));
    v_begin = d;
  } else {
    in = {rows("q", q, 0, 1), rows("k", k, 1, 1), rows("v", v, 2, 1)};
  }
  if (o.padding >= 0) in.push_back(o.padding);
  const int heads = b.graph.node(OpId::scaled_dot_product_attention, b.named(dotted(suffix, "heads")), in,
                                 {{"num_heads", static_cast<double>(o.num_heads)},
                                  {"embed_dim", static_cast<double>(d)},
                                  {"scale", o.scale},
                                  {"mask", static_cast<double>(o.mask)},
                                  {"k_begin", static_cast<double>(k_begin)},
                                  {"v_begin", static_cast<double>(v_begin)},
                                  {"padding_idx", static_cast<double>(o.padding_idx)},
                                  {"dropout", o.dropout},
                                  {"window", static_cast<double>(o.window)}});
  return project(b, dotted(suffix, "out_proj"), suffix, heads, d, o.bias, o.xavier ? xavier_uniform() : default_init(d), Init{});
}

namespace {

/// Builds one encoder, decoder or layer of them. A stack's layers have suffixes, a layer alone has none.
class Transformer {
 public:
  Transformer(LayerBuild& b, bool xavier) : b_(b), p_(b.params), xavier_(xavier) {
    o_.num_heads = p_.integer("nhead");
    o_.dropout = p_.number("dropout");
    o_.padding_idx = p_.integer("padding_idx");
    o_.xavier = xavier;
    b.expect("d_model", b.shape().last());
  }

  int encoder_layer(const std::string& at, int x, bool causal, int padding) {
    x = block(at, "self_attn", "dropout1", "norm1", false, x, [&](int h) { return attend(at, "self_attn", h, h, causal, padding); });
    return feed_forward(at, "dropout2", "norm2", x);
  }

  int decoder_layer(const std::string& at, int x, int memory, bool causal, int padding, int memory_padding) {
    x = block(at, "self_attn", "dropout1", "norm1", false, x, [&](int h) { return attend(at, "self_attn", h, h, causal, padding); });
    x = block(at, "multihead_attn", "dropout2", "norm2", false, x, [&](int h) { return attend(at, "multihead_attn", h, memory, false, memory_padding); });
    return feed_forward(at, "dropout3", "norm3", x);
  }

  /// `layer` takes the suffix of a layer and its input. `at` is the stack's suffix, `value` its value's; `norm`: it ends with a
  /// layer norm.
  template <class F>
  int stack(const std::string& at, const std::string& value, int x, int num_layers, bool norm, F layer) {
    for (int i = 0; i < num_layers; ++i) x = layer(dotted(at, "layers.") + std::to_string(i), x);
    if (norm) return this->norm(at, "norm", value, x);
    const Shape& s = b_.graph.shape(x);  // its last layer's value under its own name
    return b_.graph.node(OpId::reshape, b_.named(value), {x}, {{"d0", static_cast<double>(s[1])}, {"d1", static_cast<double>(s[2])}});
  }

 private:
  int norm(const std::string& at, const char* name, const std::string& value, int x) {
    const int64_t d = b_.graph.shape(x).last();
    Init one;
    one.type = Init::Type::constant;
    one.a = 1;
    const std::string suffix = dotted(at, name);
    const int gamma = b_.parameter(suffix + ".weight", {d}, one), beta = b_.parameter(suffix + ".bias", {d}, Init{});
    return b_.graph.node(OpId::layer_norm, b_.named(value), {x, gamma, beta}, {{"eps", p_.number("layer_norm_eps")}});
  }

  int dropout(const std::string& at, const char* name, int x) {
    if (o_.dropout <= 0) return x;
    return b_.graph.node(OpId::dropout, b_.named(dotted(at, name)), {x}, {{"p", o_.dropout}});
  }

  int attend(const std::string& at, const char* name, int q, int kv, bool causal, int padding) {
    AttentionOptions o = o_;
    o.mask = causal ? AttentionMask::causal : AttentionMask::none;
    o.padding = padding;
    return attention(b_, dotted(at, name), q, kv, kv, o, "nhead");
  }

  /// x + dropout(f(norm(x))), or norm(x + dropout(f(x))). The sum before a norm is named after what was added: self_attn.sum.
  /// `last`: the value is the layer's own.
  template <class F>
  int block(const std::string& at, const char* name, const char* drop, const char* norm_name, bool last, int x, F f) {
    const std::string sum = dotted(at, name) + ".sum";
    if (p_.flag("norm_first")) {
      const int y = dropout(at, drop, f(norm(at, norm_name, dotted(at, norm_name), x)));
      return b_.graph.node(OpId::add, b_.named(last ? at : sum), {x, y});
    }
    const int y = b_.graph.node(OpId::add, b_.named(sum), {x, dropout(at, drop, f(x))});
    return norm(at, norm_name, last ? at : dotted(at, norm_name), y);
  }

  int feed_forward(const std::string& at, const char* drop, const char* norm_name, int x) {
    return block(at, "linear2", drop, norm_name, true, x, [&](int h) {
      const int64_t d = b_.graph.shape(h).last();
      h = linear(at, "linear1", h, p_.integer("dim_feedforward"));
      h = b_.graph.node(p_.is("activation", "gelu") ? OpId::gelu : OpId::relu, b_.named(dotted(at, "activation")), {h});
      return linear(at, "linear2", dropout(at, "dropout", h), d);
    });
  }
  int linear(const std::string& at, const char* name, int x, int64_t out) {
    const Init otherwise = default_init(b_.graph.shape(x).last());
    return project(b_, dotted(at, name), dotted(at, name), x, out, true, xavier_ ? xavier_uniform() : otherwise, otherwise);
  }

  LayerBuild& b_;
  const Params& p_;
  bool xavier_;  // torch.nn.Transformer draws every matrix anew; the layers alone keep their modules' own starts
  AttentionOptions o_;
};

template <size_t N, size_t M>
constexpr std::array<ParamDef, N + M> join(const std::array<ParamDef, N>& a, const std::array<ParamDef, M>& b) {
  std::array<ParamDef, N + M> out{};
  for (size_t i = 0; i < N; ++i) out[i] = a[i];
  for (size_t i = 0; i < M; ++i) out[N + i] = b[i];
  return out;
}
constexpr ParamDef flag(const char* key, bool def) { return {.key = key, .kind = Kind::boolean, .def = def ? 1.0 : 0.0}; }
constexpr ParamDef layers(const char* key, double def, bool required) {
  return {.key = key, .kind = Kind::integer, .def = def, .min = 1, .max = 32, .required = required};
}

constexpr std::array<ParamDef, 8> kLayer = {{
    {.key = "d_model", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 16},
    {.key = "nhead", .kind = Kind::integer, .min = 1, .max = 256, .required = true},
    {.key = "dim_feedforward", .kind = Kind::integer, .def = 2048, .min = 1, .max = 1 << 18},
    {.key = "dropout", .def = 0.1, .min = 0, .max = 1},
    {.key = "activation", .kind = Kind::choice, .choices = "relu|gelu", .text = "relu"},
    {.key = "layer_norm_eps", .def = 1e-5, .min = 0, .max = 1},
    {.key = "norm_first", .kind = Kind::boolean, .def = 0},
    {.key = "padding_idx", .kind = Kind::integer, .def = -1, .min = -1, .max = 1 << 20},
}};
constexpr auto kEncoderLayer = join(kLayer, std::array<ParamDef, 1>{{flag("causal", false)}});
constexpr auto kDecoderLayer = join(kLayer, std::array<ParamDef, 1>{{flag("causal", true)}});  // the decoder's own tokens
constexpr std::array<ParamDef, 2> kStack = {{layers("num_layers", 1, true), flag("norm", true)}};
constexpr auto kEncoder = join(kEncoderLayer, kStack);
constexpr auto kDecoder = join(kDecoderLayer, kStack);
constexpr auto kTransformer = join(kDecoderLayer, std::array<ParamDef, 2>{{layers("num_encoder_layers", 6, false), layers("num_decoder_layers", 6, false)}});

constexpr const char* kEncoderRefs[] = {"src_key_padding_mask"};
constexpr const char* kDecoderRefs[] = {"tgt_key_padding_mask", "memory_key_padding_mask"};
constexpr const char* kTransformerRefs[] = {"src_key_padding_mask", "tgt_key_padding_mask", "memory_key_padding_mask"};

int build_encoder_layer(LayerBuild& b) { return Transformer(b, false).encoder_layer("", b.in[0], b.params.flag("causal"), ref(b, 0)); }

int build_decoder_layer(LayerBuild& b) { return Transformer(b, false).decoder_layer("", b.in[0], b.in[1], b.params.flag("causal"), ref(b, 0), ref(b, 1)); }

int build_encoder(LayerBuild& b) {
  Transformer t(b, false);
  return t.stack("", "", b.in[0], b.params.integer("num_layers"), b.params.flag("norm"),
                 [&](const std::string& at, int x) { return t.encoder_layer(at, x, b.params.flag("causal"), ref(b, 0)); });
}

int build_decoder(LayerBuild& b) {
  Transformer t(b, false);
  return t.stack("", "", b.in[0], b.params.integer("num_layers"), b.params.flag("norm"),
                 [&](const std::string& at, int x) { return t.decoder_layer(at, x, b.in[1], b.params.flag("causal"), ref(b, 0), ref(b, 1)); });
}

int build_transformer(LayerBuild& b) {
  Transformer t(b, true);
  const int memory = t.stack("encoder", "encoder", b.in[0], b.params.integer("num_encoder_layers"), true,
                             [&](const std::string& at, int x) { return t.encoder_layer(at, x, false, ref(b, 0)); });
  return t.stack("decoder", "", b.in[1], b.params.integer("num_decoder_layers"), true,
                 [&](const std::string& at, int x) { return t.decoder_layer(at, x, memory, b.params.flag("causal"), ref(b, 1), ref(b, 2)); });
}

}  // namespace

namespace layers {

const LayerDef transformer_encoder_layer = {"transformer_encoder_layer", kEncoderLayer, 1, 1, false, build_encoder_layer, kEncoderRefs};
const LayerDef transformer_decoder_layer = {"transformer_decoder_layer", kDecoderLayer, 2, 2, false, build_decoder_layer, kDecoderRefs};
const LayerDef transformer_encoder = {"transformer_encoder", kEncoder, 1, 1, false, build_encoder, kEncoderRefs};
const LayerDef transformer_decoder = {"transformer_decoder", kDecoder, 2, 2, false, build_decoder, kDecoderRefs};
const LayerDef transformer = {"transformer", kTransformer, 2, 2, false, build_transformer, kTransformerRefs};

}  // namespace layers
}  // namespace pg

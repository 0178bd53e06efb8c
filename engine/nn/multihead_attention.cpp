// torch.nn.MultiheadAttention(batch_first=True) on itself: x [B, T, embed_dim] -> the same shape; a second input
// [B, T] of ids masks keys (not 0: no query sees it). Named values: NAME.qkv [B, T, 3·d], NAME.heads [B, T, d] with
// NAME.heads.scores and NAME.heads.weights [B, H, T, T], NAME.
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "embed_dim", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 16},
    {.key = "num_heads", .kind = Kind::integer, .min = 1, .max = 256, .required = true},
    {.key = "bias", .kind = Kind::boolean, .def = 1},
    {.key = "causal", .kind = Kind::boolean, .def = 0},
    {.key = "diagonal", .kind = Kind::boolean, .def = 0},       // every token sees only itself: attention switched off
    {.key = "scale", .def = 0, .min = 0, .max = 1e6},           // factor of the scores; 0: 1/√(embed_dim/num_heads)
};

int build(LayerBuild& b) {
  const Shape x = b.shape();
  if (x.rank != 3) fail("bad_shape", b.graph.path, "an input of shape [batch, time, features]", x.str());
  const int64_t d = x[2], heads = b.params.integer("num_heads");
  b.expect("embed_dim", d);
  if (d % heads != 0) fail("bad_shape", b.graph.path + ".num_heads", "a divisor of the " + std::to_string(d) + " features", std::to_string(heads));
  Init xavier;
  xavier.type = Init::Type::xavier_uniform;
  xavier.a = 1;
  std::vector<int> in = {b.in[0], b.weight("in_proj_weight", {3 * d, d}, xavier)};
  if (b.params.flag("bias")) in.push_back(b.bias("in_proj_bias", 3 * d, Init{}));
  const int qkv = b.graph.node(OpId::linear, b.name + ".qkv", in);
  std::vector<int> attention = {qkv, qkv, qkv};
  if (b.in.size() > 1) attention.push_back(b.in[1]);
  const double mask = b.params.flag("diagonal") ? 2 : b.params.flag("causal") ? 1 : 0;
  const int out = b.graph.node(OpId::scaled_dot_product_attention, b.name + ".heads", attention,
                               {{"num_heads", static_cast<double>(heads)},
                                {"embed_dim", static_cast<double>(d)},
                                {"scale", b.params.number("scale")},
                                {"mask", mask},
                                {"k_begin", static_cast<double>(d)},
                                {"v_begin", static_cast<double>(2 * d)}});
  std::vector<int> projection = {out, b.weight("out_proj.weight", {d, d}, default_init(d))};
  if (b.params.flag("bias")) projection.push_back(b.bias("out_proj.bias", d, Init{}));
  return b.graph.node(OpId::linear, b.name, projection);
}

}  // namespace

const LayerDef multihead_attention = {"multihead_attention", kParams, 1, 2, false, build};

}  // namespace pg::layers

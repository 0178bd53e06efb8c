// torch.nn.MultiheadAttention(batch_first=True): [x] on itself, [q, kv] or [q, k, v], each [B, T, embed_dim] -> q's shape.
// key_padding_mask names ids [B, Tk] of keys that no query sees.
#include "nn/transformer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "embed_dim", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 16},
    {.key = "num_heads", .kind = Kind::integer, .min = 1, .max = 256, .required = true},
    {.key = "bias", .kind = Kind::boolean, .def = 1},
    {.key = "dropout", .def = 0, .min = 0, .max = 1},           // of the weights, in training
    {.key = "causal", .kind = Kind::boolean, .def = 0},
    {.key = "diagonal", .kind = Kind::boolean, .def = 0},       // every token sees only itself: attention switched off
    {.key = "window", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 20},  // how far away a key may be; 0: anywhere
    {.key = "scale", .def = 0, .min = 0, .max = 1e6},           // factor of the scores; 0: 1/√(embed_dim/num_heads)
    {.key = "padding_idx", .kind = Kind::integer, .def = -1, .min = -1, .max = 1 << 20},
};
constexpr const char* kRefs[] = {"key_padding_mask"};

int build(LayerBuild& b) {
  b.expect("embed_dim", b.shape().last());
  AttentionOptions o;
  o.num_heads = b.params.integer("num_heads");
  o.bias = b.params.flag("bias");
  o.dropout = b.params.number("dropout");
  o.mask = b.params.flag("diagonal") ? AttentionMask::diagonal : b.params.flag("causal") ? AttentionMask::causal : AttentionMask::none;
  o.window = b.params.integer("window");
  o.scale = b.params.number("scale");
  o.padding = ref(b, 0);
  o.padding_idx = b.params.integer("padding_idx");
  return attention(b, "", b.in[0], b.in[b.in.size() > 1 ? 1 : 0], b.in.back(), o, "num_heads");
}

}  // namespace

const LayerDef multihead_attention = {"multihead_attention", kParams, 1, 3, false, build, kRefs};

}  // namespace pg::layers

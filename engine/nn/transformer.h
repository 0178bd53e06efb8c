// What the attention and Transformer layers share.
#pragma once
#include "nn/layer.h"

namespace pg {

enum class AttentionMask : uint8_t { none, causal, diagonal };  // the op's attribute `mask`

struct AttentionOptions {
  int64_t num_heads = 1;
  bool bias = true;
  double dropout = 0;
  AttentionMask mask = AttentionMask::none;
  int window = 0;         // > 0: no query sees a key farther away
  double scale = 0;       // of the scores; 0: 1/√(d/num_heads)
  int padding = -1;       // value of ids [B, Tk], -1: no key is hidden
  int padding_idx = -1;   // hidden are keys with this id; -1: keys whose id is not 0
  bool xavier = false;    // out_proj too starts as xavier_uniform
};

/// torch.nn.MultiheadAttention(batch_first=True): q [B, Tq, d], k and v [B, Tk, d] -> [B, Tq, d], the value NAME.SUFFIX.
/// Parameters SUFFIX.in_proj_weight [3d, d], in_proj_bias, out_proj.weight, out_proj.bias. `num_heads_key` names the key at
/// fault. Named on the way: .qkv [B, T, 3d] where q, k and v are one; .q and .kv [B, Tk, 2d] where k and v are; else .q, .k and
/// .v; then .heads [B, Tq, d] with .heads.scores and .heads.weights [B, H, Tq, Tk].
int attention(LayerBuild& b, const std::string& suffix, int q, int k, int v, const AttentionOptions& o, const char* num_heads_key);

/// What a key of LayerDef::refs names; -1: not given.
int ref(const LayerBuild& b, size_t i);

}  // namespace pg

// Layers: functions that compose ops and declare parameters with their initialisers. They keep nothing.
#pragma once
#include "nn/init.h"

namespace pg {

/// What a layer is built from. A mistake is thrown as Error by GraphBuilder or by `fail`.
struct LayerBuild {
  GraphBuilder& graph;
  Params params;
  std::string name;             // of the layer's value, and what its parameters' names begin with
  std::vector<int> in;
  bool has_init = false;
  Init init;                    // of the weights, where the spec gives one
  std::vector<int> refs;        // what the keys of LayerDef::refs name, in their order; -1: not given
  std::string share;            // layer whose parameters this one uses ("enc", or "model/enc" of another model); empty: its own
  bool frozen = false;          // all its parameters keep their values
  std::vector<std::string> freezes;  // suffixes of those that do; parameter() takes out what it has met

  const Shape& shape() const { return graph.shape(in[0]); }
  /// A weight [fan_out, fan_in, receptive field…]: the spec's initialisation, or `otherwise`. L1 and L2 reach it.
  int weight(const std::string& suffix, Shape shape, Init otherwise);
  /// A bias: zeros under an explicit initialisation, else `otherwise`.
  int bias(const std::string& suffix, int64_t n, Init otherwise);
  /// A parameter that the spec's initialisation does not reach (a normalisation's scale and shift).
  int parameter(const std::string& suffix, Shape shape, Init init, bool regularized = false);
  /// A table that is not trained. `persistent`: part of the state_dict.
  int buffer(const std::string& suffix, Shape shape, Init init, bool persistent);
  /// torch.nn.Linear inside a composed layer: SUFFIX.weight [out, in] and SUFFIX.bias; the value is NAME.SUFFIX.
  int linear(const std::string& suffix, int x, int64_t out, bool with_bias = true);
  /// torch.nn.LayerNorm over the last dimension inside a composed layer.
  int layer_norm(const std::string& suffix, int x, double eps);
  /// The shared layer's parameter or buffer of that suffix, in this model or in another; -1 if it has none.
  int shared(const std::string& suffix);
  /// "NAME.SUFFIX", or NAME where the suffix is empty.
  std::string named(const std::string& suffix) const { return suffix.empty() ? name : name + "." + suffix; }
  /// A size that follows from the input and may be left out (0), but not contradict it.
  void expect(const char* key, int64_t actual) const;
};

struct LayerDef {
  const char* name;
  ParamTable params;
  int min_in, max_in;
  bool takes_ids;  // token ids instead of values
  int (*build)(LayerBuild&);  // gives the value that carries the layer's name; null: the op of the name is all
  std::span<const char* const> refs = {};  // keys that name an input of ids: "key_padding_mask"
};

/// Runs the layer's build, or wraps the op of its name.
int build_layer(const LayerDef& def, LayerBuild& b);

/// Those of layers.def; null where this module leaves one out.
std::span<const LayerDef* const> composed_layers();
/// Null if there is none of that name.
const LayerDef* find_layer(std::string_view name);
/// Name -> parameter rows, of all layers.
Json layer_schema();
std::string layer_names();

namespace layers {
#define PG_LAYER(NAME, FAMILY) extern const LayerDef NAME;
#include "nn/layers.def"
#undef PG_LAYER
}  // namespace layers

}  // namespace pg

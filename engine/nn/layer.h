// Layers: functions that compose ops and declare parameters with their initialisers. They keep nothing.
#pragma once
#include "nn/init.h"

namespace pg {

/// What a layer is built from. A mistake is thrown as Error by GraphBuilder or by `fail`.
struct LayerBuild {
  GraphBuilder& graph;
  const Params& params;
  const std::string& name;
  const std::vector<int>& in;
  bool has_init = false;
  Init init;  // of the weights, where the spec gives one

  const Shape& shape() const { return graph.shape(in[0]); }
  /// The weight [fan_out, fan_in]: the spec's initialisation, or `otherwise`.
  int weight(const std::string& suffix, Shape shape, Init otherwise);
  /// The bias: zeros under an explicit initialisation, else `otherwise`.
  int bias(const std::string& suffix, int64_t n, Init otherwise);
  /// A size that follows from the input and may be left out (0), but not contradict it.
  void expect(const char* key, int64_t actual) const;
};

struct LayerDef {
  const char* name;
  ParamTable params;
  int min_in, max_in;
  bool takes_ids;  // token ids instead of values
  int (*build)(LayerBuild&);  // gives the value that carries the layer's name; null: the op of the name is all
};

/// Runs the layer's build, or wraps the op of its name.
int build_layer(const LayerDef& def, LayerBuild& b);

/// Null if there is none of that name.
const LayerDef* find_layer(std::string_view name);
/// Name -> parameter rows, of all layers.
Json layer_schema();
std::string layer_names();

namespace layers {
#define PG_LAYER(NAME) extern const LayerDef NAME;
#include "nn/layers.def"
#undef PG_LAYER
}  // namespace layers

}  // namespace pg

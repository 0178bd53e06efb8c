#include "nn/layer.h"

namespace pg {

int LayerBuild::weight(const std::string& suffix, Shape shape, Init otherwise) {
  Init i = has_init ? init : otherwise;
  i.fan_out = shape[0];
  i.fan_in = shape[1];
  return graph.parameter(name + "." + suffix, shape, i, true);
}

int LayerBuild::bias(const std::string& suffix, int64_t n, Init otherwise) {
  return graph.parameter(name + "." + suffix, Shape{n}, has_init ? Init{} : otherwise, false);
}

void LayerBuild::expect(const char* key, int64_t actual) const {
  const int64_t given = params.integer(key);
  if (given != 0 && given != actual) fail("bad_shape", graph.path + "." + key, std::to_string(actual) + ", which follows from the input", std::to_string(given));
}

namespace {

/// Ops that are layers as they are: attributes become parameters, inputs become inputs.
struct OpLayers {
  std::vector<std::vector<ParamDef>> tables;
  std::vector<LayerDef> defs;
  std::vector<OpId> ids;
  OpLayers() {
    for (int i = 0; i < static_cast<int>(OpId::count); ++i) {
      const OpDef& op = op_def(static_cast<OpId>(i));
      if (op.role != Role::layer) continue;
      std::vector<ParamDef> rows;
      for (const AttrDef& a : op.attrs) {
        ParamDef d;
        d.key = a.name;
        d.def = a.def;
        d.min = a.min;
        d.max = a.max;
        rows.push_back(d);
      }
      tables.push_back(std::move(rows));
      ids.push_back(static_cast<OpId>(i));
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      const OpDef& op = op_def(ids[i]);
      defs.push_back({op.name, tables[i], op.min_in, op.max_in, false, nullptr});
    }
  }
};
const OpLayers& op_layers() {
  static const OpLayers all;
  return all;
}

const LayerDef* const kComposed[] = {
#define PG_LAYER(NAME) &layers::NAME,
#include "nn/layers.def"
#undef PG_LAYER
};

template <class F>
void each(F f) {
  for (const LayerDef* d : kComposed) f(*d);
  for (const LayerDef& d : op_layers().defs) f(d);
}

}  // namespace

const LayerDef* find_layer(std::string_view name) {
  const LayerDef* found = nullptr;
  each([&](const LayerDef& d) {
    if (name == d.name) found = &d;
  });
  return found;
}

Json layer_schema() {
  Json out = Json::object();
  each([&](const LayerDef& d) { out[d.name] = schema_rows(d.params); });
  return out;
}

std::string layer_names() {
  std::string s;
  each([&](const LayerDef& d) { s += (s.empty() ? "" : "|") + std::string(d.name); });
  return s;
}

int build_layer(const LayerDef& def, LayerBuild& b) {
  if (def.build) return def.build(b);
  const OpLayers& all = op_layers();
  const size_t i = static_cast<size_t>(&def - all.defs.data());
  const int value = b.graph.node(all.ids[i], b.name, b.in);
  size_t a = 0;
  for (const ParamDef& row : def.params) b.graph.graph.nodes.back().attr[a++] = b.params.number(row.key);
  return value;
}

}  // namespace pg

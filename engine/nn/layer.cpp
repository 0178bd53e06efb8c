#include "nn/layer.h"

namespace pg {

int LayerBuild::parameter(const std::string& suffix, Shape shape, Init init, bool regularized) {
  const bool keeps = std::erase(freezes, suffix) > 0 || frozen;
  if (share.empty()) {
    const int p = graph.parameter(name + "." + suffix, shape, init, regularized);
    graph.graph.values[static_cast<size_t>(p)].frozen = keeps;
    return p;
  }
  const int p = shared(suffix);
  if (p < 0 || graph.graph.values[static_cast<size_t>(p)].kind != ValueKind::parameter)
    fail("unknown_input", graph.path + ".share", "a layer with a parameter \"" + suffix + "\"", share);
  if (!(graph.shape(p) == shape)) fail("bad_shape", graph.path + ".share", "a layer whose " + suffix + " is " + shape.str(), graph.shape(p).str());
  if (!graph.graph.values[static_cast<size_t>(p)].of_model.empty()) graph.graph.values[static_cast<size_t>(p)].frozen = keeps;
  return p;
}

int LayerBuild::shared(const std::string& suffix) {
  const size_t slash = share.find('/');
  if (slash == std::string::npos) return graph.graph.find(share + "." + suffix);
  return graph.borrow(name + "." + suffix, share.substr(0, slash), share.substr(slash + 1) + "." + suffix);
}

int LayerBuild::weight(const std::string& suffix, Shape shape, Init otherwise) {
  Init i = has_init ? init : otherwise;
  int64_t receptive = 1;  // torch.nn.init._calculate_fan_in_and_fan_out
  for (int d = 2; d < shape.rank; ++d) receptive *= shape[d];
  i.fan_out = shape[0] * receptive;
  i.fan_in = shape[1] * receptive;
  i.zero_row = otherwise.zero_row;
  return parameter(suffix, shape, i, true);
}

int LayerBuild::bias(const std::string& suffix, int64_t n, Init otherwise) { return parameter(suffix, Shape{n}, has_init ? Init{} : otherwise); }

int LayerBuild::buffer(const std::string& suffix, Shape shape, Init init, bool persistent) {
  if (!share.empty()) {
    const int known = shared(suffix);
    if (known >= 0 && graph.graph.values[static_cast<size_t>(known)].kind == ValueKind::buffer && graph.shape(known) == shape) return known;
  }
  return graph.buffer(name + "." + suffix, shape, init, persistent);
}

int LayerBuild::linear(const std::string& suffix, int x, int64_t out, bool with_bias) {
  const int64_t in_features = graph.shape(x).last();
  std::vector<int> inputs = {x, weight(suffix + ".weight", {out, in_features}, default_init(in_features))};
  if (with_bias) inputs.push_back(bias(suffix + ".bias", out, default_init(in_features)));
  return graph.node(OpId::linear, named(suffix), inputs);
}

int LayerBuild::layer_norm(const std::string& suffix, int x, double eps) {
  const int64_t d = graph.shape(x).last();
  Init one;
  one.type = Init::Type::constant;
  one.a = 1;
  const int gamma = parameter(suffix + ".weight", {d}, one), beta = parameter(suffix + ".bias", {d}, Init{});
  return graph.node(OpId::layer_norm, named(suffix), {x, gamma, beta}, {{"eps", eps}});
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
      const OpDef* def = find_op(static_cast<OpId>(i));
      if (!def || def->role != Role::layer) continue;
      const OpDef& op = *def;
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

template <class F>
void each(F f) {
  for (const LayerDef* d : composed_layers())
    if (d) f(*d);
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
  each([&](const LayerDef& d) {
    Json rows = schema_rows(d.params);
    for (const char* ref : d.refs) rows.push_back({{"key", ref}, {"kind", "name"}});
    out[d.name] = std::move(rows);
  });
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
  std::vector<GraphBuilder::Attr> attrs;
  for (const ParamDef& row : def.params) attrs.push_back({row.key, b.params.number(row.key)});
  return b.graph.node(all.ids[i], b.name, b.in, attrs);
}

}  // namespace pg

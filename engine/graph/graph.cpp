#include "graph/graph.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace pg {

int Graph::find(std::string_view name) const {
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].name == name) return static_cast<int>(i);
  return -1;
}

void GraphBuilder::refuse_if_large(double elements, const std::string& what) const {
  if (elements <= static_cast<double>(kMaxElements)) return;
  char mib[32];
  std::snprintf(mib, sizeof mib, "%.4g MiB", elements * 4 / (1 << 20));
  fail("too_large", path, "a model of at most " + std::to_string(kMaxElements * 4 >> 20) + " MiB", what + " of " + mib);
}

int GraphBuilder::add(Value v) {
  if (graph.values.size() == kMaxValues) fail("too_large", path, "part of a model of at most " + std::to_string(kMaxValues) + " values", v.name);
  double n = 1;  // the product of the sizes may be beyond all integers
  for (int i = 0; i < v.type.shape.rank; ++i) n *= static_cast<double>(v.type.shape[i]);
  refuse_if_large(n, v.name + " " + v.type.shape.str());
  graph.values.push_back(std::move(v));
  return static_cast<int>(graph.values.size()) - 1;
}

int GraphBuilder::input(const std::string& name, Shape per_example, DType dtype) {
  Value v;
  v.name = name;
  v.kind = ValueKind::input;
  v.type.batched = true;
  v.type.dtype = dtype;
  v.type.shape.push(batch_);
  for (int i = 0; i < per_example.rank; ++i) v.type.shape.push(per_example[i]);
  const int id = add(std::move(v));
  graph.inputs.push_back(id);
  return id;
}

int GraphBuilder::parameter(const std::string& name, Shape shape, Init init, bool regularized) {
  Value v;
  v.name = name;
  v.kind = ValueKind::parameter;
  v.type.shape = shape;
  v.init = init;
  v.regularized = regularized;
  const int id = add(std::move(v));
  if (init.type == Init::Type::orthogonal) {
    const double rows = static_cast<double>(shape[0]), columns = static_cast<double>(shape.numel()) / rows;
    orthogonal_ += rows * columns * std::min(rows, columns);
    if (orthogonal_ > kMaxOrthogonal)
      fail("too_large", path + ".init", "orthogonal for matrices of at most 2^31 steps, rows·columns·min(rows, columns) added up over the model", shape.str());
  }
  return id;
}

int GraphBuilder::buffer(const std::string& name, Shape shape, Init init, bool persistent) {
  Value v;
  v.name = name;
  v.kind = ValueKind::buffer;
  v.type.shape = shape;
  v.init = init;
  v.persistent = persistent;
  return add(std::move(v));
}

int GraphBuilder::borrow(const std::string& name, const std::string& of_model, const std::string& of_name) {
  const auto model = others_ ? others_->find(of_model) : OtherModels::const_iterator{};
  if (!others_ || model == others_->end()) return -1;
  for (size_t i = 0; i < graph.values.size(); ++i)
    if (graph.values[i].of_model == of_model && graph.values[i].of_name == of_name) return static_cast<int>(i);
  const int there = model->second->find(of_name);
  if (there < 0) return -1;
  Value v = model->second->values[static_cast<size_t>(there)];
  if (v.kind != ValueKind::parameter && v.kind != ValueKind::buffer) return -1;
  v.name = name;
  v.of_model = of_model;
  v.of_name = of_name;
  v.frozen = false;
  return add(std::move(v));
}

int GraphBuilder::node(OpId op, const std::string& name, const std::vector<int>& in, const std::vector<Attr>& attrs) {
  const OpDef* found = find_op(op);
  if (!found) fail("internal", path, "an op of this module's families (labs/labs.def)", name);
  const OpDef& def = *found;
  Node n;
  n.op = op;
  n.name = name;
  n.in = in;
  for (size_t i = 0; i < def.attrs.size(); ++i) n.attr[i] = def.attrs[i].def;
  for (const Attr& a : attrs) {
    size_t i = 0;
    while (i < def.attrs.size() && std::strcmp(def.attrs[i].name, a.name) != 0) ++i;
    if (i == def.attrs.size()) fail("unknown_key", path, std::string("an attribute of the op ") + def.name, a.name);
    n.attr[i] = a.value;
  }
  const int n_in = static_cast<int>(in.size());
  if (n_in < def.min_in || n_in > def.max_in)
    fail("bad_inputs", path, std::to_string(def.min_in) + " to " + std::to_string(def.max_in) + " inputs for the op " + def.name, std::to_string(n_in));
  Infer infer;
  infer.n_in = n_in;
  infer.attr = n.attr;
  std::string given;
  int slot = 0;
  for (int v : in) {
    infer.in[static_cast<size_t>(slot++)] = type(v);
    given += (given.empty() ? "" : ", ") + type(v).shape.str();
  }
  def.infer(infer);
  if (!infer.rule.empty()) fail("bad_shape", path, infer.rule, given);
  refuse_if_large(static_cast<double>(infer.saved), "intermediates");
  refuse_if_large(static_cast<double>(infer.workspace), "a workspace");
  n.saved = infer.saved;
  n.workspace = infer.workspace;
  n.alias = infer.alias;
  n.flops = def.flops ? def.flops(infer) : 0;
  const int node_id = static_cast<int>(graph.nodes.size());
  for (int i = 0; i < infer.n_out; ++i) {
    Value v;
    const char* suffix = infer.out_suffix[static_cast<size_t>(i)];
    v.name = *suffix ? name + "." + suffix : name;
    v.type = infer.out[static_cast<size_t>(i)];
    v.node = node_id;
    v.slot = i;
    n.out.push_back(add(std::move(v)));
  }
  graph.nodes.push_back(std::move(n));
  return graph.nodes.back().out[0];
}

}  // namespace pg

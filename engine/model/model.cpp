#include "model/model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "io/safetensors.h"
#include "kernels/optim.h"

namespace pg {

namespace {

OtherModels graphs_of(const Model::Others& others) {
  OtherModels graphs;
  for (const auto& [name, m] : others) graphs[name] = &m->session().graph();
  return graphs;
}

CompiledModel compiled(const Json& spec, const Model::Others& others) {
  std::vector<Issue> issues;
  const OtherModels graphs = graphs_of(others);
  CompiledModel m = compile(spec, issues, 0, &graphs);
  if (!issues.empty()) throw Error{issues.front(), issues};
  return m;
}

std::map<std::string, Session<float>*> sessions_of(const Model::Others& others) {
  std::map<std::string, Session<float>*> sessions;
  for (const auto& [name, m] : others) sessions[name] = &m->session();
  return sessions;
}

Session<float> session_of(const Json& spec, const Model::Others& others) {
  CompiledModel m = compiled(spec, others);
  const bool trains = m.plan->graph.loss >= 0;
  return Session<float>(std::move(m), trains ? Session<float>::Use::train : Session<float>::Use::infer, sessions_of(others));
}

Json shape_json(const Shape& s, int from = 0) {
  Json out = Json::array();
  for (int d = from; d < s.rank; ++d) out.push_back(s[d]);
  return out;
}

bool is_state(const Value& v) { return v.kind == ValueKind::parameter || (v.kind == ValueKind::buffer && v.persistent); }

/// The place in the spec that a path like "layers[2].p" names; sections that are left out are made on the way.
Json& place_in(Json& spec, const std::string& path) {
  const bool sane = !path.empty() && path.size() <= 200;  // it could nest objects as deep as it is long
  const auto refuse = [&](const std::string& part) {
    fail("unknown_key", sane ? path : "path", "the path of a hyperparameter, such as \"optimizer.lr\" or \"layers[2].p\"", shown(Json(part)));
  };
  if (!sane) refuse(path);
  Json* at = &spec;
  size_t i = 0;
  while (i < path.size()) {
    if (path[i] == '[') {
      const size_t close = path.find(']', i);
      size_t index = 0;
      if (close == std::string::npos || close == i + 1 || close - i > 5) refuse(path.substr(i));
      for (size_t k = i + 1; k < close; ++k) {
        if (path[k] < '0' || path[k] > '9') refuse(path.substr(i));
        index = index * 10 + static_cast<size_t>(path[k] - '0');
      }
      if (!at->is_array() || index >= at->size()) refuse(path.substr(i));
      at = &(*at)[index];
      i = close + 1;
    } else {
      if (path[i] == '.') ++i;
      const size_t end = std::min(path.find_first_of(".[", i), path.size());
      if (end == i || !at->is_object()) refuse(path.substr(i));
      const std::string key = path.substr(i, end - i);
      if (!at->contains(key)) (*at)[key] = end < path.size() ? Json::object() : Json();
      at = &(*at)[key];
      i = end;
    }
  }
  return *at;
}

/// Whether two plans differ in nothing but the numbers that ops read at every pass.
bool same_structure(const Graph& a, const Graph& b) {
  if (a.values.size() != b.values.size() || a.nodes.size() != b.nodes.size() || a.output != b.output || a.loss != b.loss) return false;
  for (size_t i = 0; i < a.values.size(); ++i) {
    const Value &v = a.values[i], &w = b.values[i];
    if (v.name != w.name || v.of_model != w.of_model || v.of_name != w.of_name || v.kind != w.kind || !(v.type.shape == w.type.shape) || v.frozen != w.frozen || v.table != w.table ||
        v.ids_below != w.ids_below || v.ids_also != w.ids_also || v.requires_grad != w.requires_grad || v.init.type != w.init.type || v.init.a != w.init.a || v.init.b != w.init.b)
      return false;
  }
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    const Node &n = a.nodes[i], &m = b.nodes[i];
    if (n.op != m.op || n.in != m.in || n.saved != m.saved || n.workspace != m.workspace) return false;
  }
  return true;
}

}  // namespace

Model::Model(Json spec, const Others& others) : spec_(std::move(spec)), others_(others), session_(session_of(spec_, others_)) {}

std::unique_ptr<Model> Model::from_file(const uint8_t* bytes, size_t size, const Others& others) {
  const StoredModel file = read_safetensors(bytes, size);
  if (!file.metadata.contains("playgrad")) fail("bad_file", "file", "one that Playgrad saved, with the spec in its metadata (load weights alone into a model with model.load)", shown(file.metadata));
  Json spec = parse_json(file.metadata["playgrad"].get<std::string>());
  if (spec.is_discarded()) fail("bad_file", "file", "one with a spec in JSON in its metadata", shown(file.metadata["playgrad"]));
  auto model = std::make_unique<Model>(std::move(spec), others);
  model->take(file);
  return model;
}

Json Model::description() const {
  const Graph& g = session_.graph();
  Json inputs = Json::array(), parameters = Json::array(), buffers = Json::array(), losses = Json::array();
  for (size_t i = 0; i < g.inputs.size(); ++i) {
    const Value& v = g.values[static_cast<size_t>(g.inputs[i])];
    const bool target = static_cast<int>(i) >= g.targets_from;
    std::string name = v.name;
    if (const size_t dot = name.rfind(".target"); target && dot != std::string::npos) name = name.substr(0, dot);
    inputs.push_back({{"name", name}, {"target", target}, {"ids", v.type.dtype == DType::i32}, {"shape", shape_json(v.type.shape, 1)}});
  }
  for (const Value& v : g.values) {
    if (v.kind == ValueKind::parameter) parameters.push_back({{"name", v.name}, {"shape", shape_json(v.type.shape)}});
    if (v.kind == ValueKind::buffer && v.persistent) buffers.push_back({{"name", v.name}, {"shape", shape_json(v.type.shape)}});
  }
  const ValueType& output = g.values[static_cast<size_t>(g.output)].type;
  for (int l : g.losses) losses.push_back(g.values[static_cast<size_t>(l)].name);
  return {{"batch_size", session_.plan().batch_size}, {"inputs", inputs},
          {"output", {{"batched", output.batched}, {"shape", shape_json(output.shape, output.batched ? 1 : 0)}}}, {"losses", losses}, {"parameters", parameters}, {"buffers", buffers},
          {"bytes", session_.bytes()}, {"flops_forward", session_.plan().flops_forward}};
}

Batch::Batch(const Session<float>& session, bool targets) : targets_(targets) {
  const Graph& g = session.graph();
  int64_t values = 0, ids = 0;
  for (size_t i = 0; i < g.inputs.size() && (targets || static_cast<int>(i) < g.targets_from); ++i) {
    const ValueType& type = g.values[static_cast<size_t>(g.inputs[i])].type;
    int64_t& end = type.dtype == DType::i32 ? ids : values;
    places_.push_back({type.dtype == DType::i32, end, type.shape.numel() / type.shape[0]});
    end += align_up(type.shape.numel());
  }
  values_ = Buffer<float>(values);
  ids_ = Buffer<int32_t>(ids);
}

void* Model::numbers(int i) {
  const Graph& g = session_.graph();
  if (g.values[static_cast<size_t>(g.inputs[static_cast<size_t>(i)])].type.dtype == DType::i32) return session_.ids_in(i);
  return session_.values_in(i);
}

void Model::check_loss(Pass pass) const {
  if (pass != Pass::predict && session_.graph().loss < 0) fail("missing", "loss", "in the spec, to train or evaluate", "");
}

void Model::check_size(int n) const {
  const int most = session_.plan().batch_size;
  if (n < 1 || n > most) fail("out_of_range", "x", "a batch of 1 to " + std::to_string(most) + " examples", std::to_string(n));
}

void Model::check_input(int i, int n, const void* numbers) const {
  const Graph& g = session_.graph();
  const Value& value = g.values[static_cast<size_t>(g.inputs[static_cast<size_t>(i)])];
  const int64_t count = value.type.shape.numel() / value.type.shape[0] * n;
  const auto where = [&](int64_t at) {
    const std::string path = i >= g.targets_from ? "y" : "x";
    return (g.inputs.size() > 2 ? path + "." + value.name : path) + "[" + std::to_string(at) + "]";
  };
  if (value.type.dtype == DType::i32) {
    const int32_t* ids = static_cast<const int32_t*>(numbers);
    for (int64_t k = 0; k < count; ++k)
      if ((ids[k] < 0 || ids[k] >= value.ids_below) && ids[k] != value.ids_also)
        fail("out_of_range", where(k), "an id from 0 to " + std::to_string(value.ids_below - 1), std::to_string(ids[k]));
    return;
  }
  const float* values = static_cast<const float*>(numbers);
  if (const int64_t k = kernels::first_nonfinite<float>(count, values); k >= 0)
    fail("not_finite", where(k), "a finite number", std::isnan(values[k]) ? "NaN" : values[k] > 0 ? "Infinity" : "-Infinity");
}

void Model::check(Batch& batch, int n) {
  check_size(n);
  for (size_t i = 0; i < batch.places_.size(); ++i) check_input(static_cast<int>(i), n, batch.numbers(static_cast<int>(i)));
  batch.n_ = n;
}

double Model::run(Pass pass, int n) {
  const Graph& g = session_.graph();
  const int inputs = pass == Pass::predict ? g.targets_from : static_cast<int>(g.inputs.size());
  check_loss(pass);
  check_size(n);
  for (int i = 0; i < inputs; ++i) check_input(i, n, numbers(i));
  return over(pass, n);
}

double Model::run(Pass pass, Batch& batch) {
  const Graph& g = session_.graph();
  check_loss(pass);
  if (pass != Pass::predict && !batch.targets_ && g.targets_from < static_cast<int>(g.inputs.size())) fail("missing", "y", "in a batch to train or evaluate on", "");
  for (size_t i = 0; i < batch.places_.size(); ++i)
    std::memcpy(numbers(static_cast<int>(i)), batch.numbers(static_cast<int>(i)), static_cast<size_t>(4 * batch.places_[i].example * batch.n_));
  return over(pass, batch.n_);
}

double Model::over(Pass pass, int n) {
  session_.set_batch(n);
  switch (pass) {
    case Pass::train: session_.train_step(); break;
    case Pass::forward_backward:
      session_.forward(true);
      session_.backward();
      break;
    case Pass::evaluate: session_.forward(false); break;
    case Pass::predict: session_.forward(false, false); return 0;
  }
  return session_.loss();
}

void Model::set(const std::string& path, const Json& value) {
  Json spec = spec_;
  place_in(spec, path) = value;
  const CompiledModel next = compiled(spec, others_);
  if (!same_structure(session_.graph(), next.plan->graph) || next.seed != session_.seed() || next.plan->batch_size != session_.plan().batch_size)
    fail("needs_rebuild", path, "a hyperparameter of the running model; this change needs a new model", shown(value));
  session_.set_optimizer(next.optimizer, next.options);
  session_.set_schedule(next.schedule);
  session_.set_regularization(next.l1, next.l2);
  session_.set_clipping(next.max_norm, next.clip_value);
  session_.set_attrs(next.plan->graph);
  spec_ = std::move(spec);
}

int Model::value(const std::string& name) const {
  const int v = session_.graph().find(name);
  if (v < 0) fail("unknown_name", "name", "the name of a value (values() lists them)", shown(Json(name)));
  return v;
}

int Model::parameter(const std::string& name) const {
  const int v = session_.graph().find(name);
  if (v < 0 || !is_state(session_.graph().values[static_cast<size_t>(v)])) fail("unknown_name", "name", "the name of a parameter or buffer (parameters() and buffers() list them)", shown(Json(name)));
  return v;
}

void Model::set_parameter(int v, const float* from, int64_t n) {
  const Shape& shape = session_.shape(v);
  const std::string& name = session_.graph().values[static_cast<size_t>(v)].name;
  if (n != shape.numel()) fail("bad_shape", name, std::to_string(shape.numel()) + " numbers, for the shape " + shape.str(), std::to_string(n));
  if (const int64_t k = kernels::first_nonfinite<float>(n, from); k >= 0) fail("not_finite", name + "[" + std::to_string(k) + "]", "a finite number", std::isnan(from[k]) ? "NaN" : "infinity");
  std::copy_n(from, n, session_.data(v));
  session_.forgive();
}

Json Model::values() const {
  static const char* const kinds[] = {"input", "parameter", "buffer", "activation"};
  Json out = Json::array();
  for (size_t i = 0; i < session_.graph().values.size(); ++i) {
    const Value& v = session_.graph().values[i];
    out.push_back({{"name", v.name}, {"kind", kinds[static_cast<size_t>(v.kind)]}, {"shape", shape_json(session_.shape(static_cast<int>(i)))}});
  }
  return out;
}

Json Model::divergence() const {
  const auto& d = session_.divergence();
  if (!d) return Json();
  return {{"step", d->step}, {"value", d->value}, {"kind", d->kind}, {"index", d->index}, {"found", std::isnan(d->found) ? "NaN" : d->found > 0 ? "Infinity" : "-Infinity"}};
}

std::vector<uint8_t> Model::save(bool with_optimizer) const {
  StoredModel file;
  file.metadata = {{"format", "pt"},
                   {"playgrad", spec_.dump(-1, ' ', false, Json::error_handler_t::replace)},
                   {"step", std::to_string(session_.step())},
                   {"optimizer_steps", std::to_string(session_.optimizer_steps())}};
  const Graph& g = session_.graph();
  std::vector<int64_t> counters(g.values.size());
  for (size_t i = 0; i < g.values.size(); ++i) {
    const Value& v = g.values[i];
    if (!is_state(v)) continue;
    const float* data = session_.data(static_cast<int>(i));
    if (v.counter) {
      counters[i] = static_cast<int64_t>(std::clamp(data[0], 0.0f, 1e15f));
      file.tensors.push_back({v.name, "I64", Shape{}, reinterpret_cast<const uint8_t*>(&counters[i])});
    } else {
      file.tensors.push_back({v.name, "F32", v.type.shape, reinterpret_cast<const uint8_t*>(data)});
    }
  }
  if (with_optimizer && session_.optimizer_state_size())
    file.tensors.push_back({"optimizer.state", "F32", Shape{session_.optimizer_state_size()}, reinterpret_cast<const uint8_t*>(session_.optimizer_state())});
  return write_safetensors(file);
}

void Model::load(const uint8_t* bytes, size_t size) { take(read_safetensors(bytes, size)); }

/// All is checked before anything is taken.
void Model::take(const StoredModel& file) {
  const Graph& g = session_.graph();
  const auto refuse = [](std::string rule, std::string value) { fail("other_model", "file", std::move(rule), std::move(value)); };
  size_t known = 0;
  for (const Value& v : g.values) {
    if (!is_state(v)) continue;
    const StoredTensor* t = file.find(v.name);
    if (!t) refuse("of this model: it has a tensor \"" + v.name + "\"", "none of that name");
    ++known;
    const bool scalar = v.counter && t->shape.rank == 0;
    if (!scalar && !(t->shape == v.type.shape)) refuse("of this model: its \"" + v.name + "\" is " + v.type.shape.str(), t->shape.str());
    for (int64_t k = 0, n = v.type.shape.numel(); k < n; ++k)
      if (!std::isfinite(static_cast<float>(t->at(k)))) fail("not_finite", "file", "without NaN or infinity in \"" + v.name + "\"", std::to_string(t->at(k)));
  }
  const StoredTensor* state = file.find("optimizer.state");
  if (known + (state ? 1 : 0) != file.tensors.size()) {
    for (const StoredTensor& t : file.tensors)
      if (const int v = g.find(t.name); &t != state && (v < 0 || !is_state(g.values[static_cast<size_t>(v)]))) refuse("of this model, which has no such tensor", shown(Json(t.name)));
  }
  if (state && (state->dtype != "F32" || state->shape.rank != 1)) refuse("of this model: its optimizer's state is a list in F32", state->shape.str());
  for (size_t i = 0; i < g.values.size(); ++i) {
    if (!is_state(g.values[i])) continue;
    const StoredTensor* t = file.find(g.values[i].name);
    float* to = session_.data(static_cast<int>(i));
    for (int64_t k = 0, n = g.values[i].type.shape.numel(); k < n; ++k) to[k] = static_cast<float>(t->at(k));
  }
  const auto whole = [&](const char* key) -> int64_t {
    if (!file.metadata.contains(key)) return 0;
    int64_t n = 0;
    for (char c : file.metadata[key].get<std::string>()) {
      if (c < '0' || c > '9' || n > 1000000000000) return 0;
      n = n * 10 + (c - '0');
    }
    return n;
  };
  // Without the optimizer's state, training starts its bookkeeping anew.
  const bool resumes = state && state->shape.numel() == session_.optimizer_state_size();
  for (int64_t k = 0; k < session_.optimizer_state_size(); ++k) session_.optimizer_state()[k] = resumes ? static_cast<float>(state->at(k)) : 0;
  session_.set_steps(whole("step"), resumes || session_.optimizer_state_size() == 0 ? whole("optimizer_steps") : 0);
  session_.forgive();
}

std::vector<Issue> validate(const std::string& spec, const Model::Others& others) {
  const OtherModels graphs = graphs_of(others);
  return validate(spec, &graphs);
}

}  // namespace pg

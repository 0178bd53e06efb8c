#include "graph/spec.h"

#include <map>

#include "nn/layer.h"

namespace pg {

namespace {

constexpr ParamDef kModel[] = {
    {.key = "seed", .kind = Kind::integer, .def = 0, .min = 0, .max = 4294967295.0},
    {.key = "batch_size", .kind = Kind::integer, .def = 32, .min = 1, .max = 65536},
};
constexpr ParamDef kValues[] = {
    {.key = "shape", .kind = Kind::integers, .min = 1, .max = 1 << 20, .min_length = 1, .max_length = 4, .required = true},
};
constexpr ParamDef kTokens[] = {
    {.key = "tokens", .kind = Kind::integer, .min = 1, .max = 4096, .required = true},
    {.key = "vocab_size", .kind = Kind::integer, .min = 1, .max = 1 << 20, .required = true},
};
constexpr ParamDef kRegularization[] = {
    {.key = "l1", .def = 0, .min = 0, .max = 1e3, .apply = Apply::live},
    {.key = "l2", .def = 0, .min = 0, .max = 1e3, .apply = Apply::live},
};
constexpr const char* kSections[] = {"input", "layers", "loss", "optimizer", "schedule", "regularization"};
constexpr int kMaxLayers = 256;

/// The object without the keys that are read apart, so that the table's rows see only what is theirs.
Json without(Json object, std::initializer_list<const char*> keys) {
  for (const char* k : keys) object.erase(k);
  return object;
}

std::string type_of(const Json& given, const std::string& path, std::vector<Issue>& issues) {
  if (!given.is_object()) {
    issues.push_back(make_issue("wrong_type", path, "an object with a type", shown(given)));
    return "";
  }
  if (!given.contains("type")) {
    issues.push_back(make_issue("missing", path + ".type", "a name", ""));
    return "";
  }
  if (!given["type"].is_string()) {
    issues.push_back(make_issue("wrong_type", path + ".type", "a name", shown(given["type"])));
    return "";
  }
  return given["type"].get<std::string>();
}

bool good_name(const std::string& s) {
  if (s.empty() || s.size() > 40 || s == "input" || s == "target") return false;
  for (char c : s)
    if (!(c == '_' || c == '-' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  return true;
}

class Compiler {
 public:
  Compiler(const Json& spec, std::vector<Issue>& issues, int batch_size) : spec_(spec), issues_(issues), batch_(batch_size) {}

  CompiledModel run() {
    CompiledModel m;
    if (!spec_.is_object()) {
      issues_.push_back(make_issue("wrong_type", "spec", "an object", shown(spec_)));
      return m;
    }
    Json scalars = spec_;
    for (const char* k : kSections) scalars.erase(k);
    const Params p = Params::read(kModel, scalars, "", issues_);
    m.seed = static_cast<uint64_t>(p.number("seed"));
    const int batch = batch_ > 0 ? batch_ : p.integer("batch_size");
    GraphBuilder b(batch);
    int at = input(b, m);
    names_["input"] = at;
    at = layers(b, at);
    b.graph.output = at;
    if (spec_.contains("loss")) loss(b, at);
    optimizer(m);
    section("regularization", kRegularization, [&](const Params& r) {
      m.l1 = r.number("l1");
      m.l2 = r.number("l2");
    });
    if (spec_.contains("schedule")) {
      const std::string type = type_of(spec_["schedule"], "schedule", issues_);
      if (!type.empty() && type != "constant") issues_.push_back(make_issue("unknown_type", "schedule.type", "one of constant", shown(type)));
    }
    if (!issues_.empty()) return m;
    auto plan = std::make_shared<Plan>(make_plan(std::move(b.graph), batch));
    const int64_t bytes = plan_bytes(*plan, false, optimizer_def(m.optimizer).slots);
    if (bytes > kMemoryLimit) {
      issues_.push_back(make_issue("too_large", "spec", "a model of at most " + std::to_string(kMemoryLimit >> 20) + " MiB", std::to_string(bytes >> 20) + " MiB"));
      return m;
    }
    m.plan = std::move(plan);
    return m;
  }

 private:
  template <class F>
  void section(const char* key, ParamTable table, F use) {
    use(Params::read(table, spec_.contains(key) ? spec_[key] : Json::object(), key, issues_));
  }

  int input(GraphBuilder& b, CompiledModel& m) {
    if (!spec_.contains("input")) {
      issues_.push_back(make_issue("missing", "input", "an object with shape, or with tokens and vocab_size", ""));
      return -1;
    }
    const Json& in = spec_["input"];
    const size_t before = issues_.size();
    if (in.is_object() && in.contains("tokens")) {
      const Params p = Params::read(kTokens, in, "input", issues_);
      if (issues_.size() != before) return -1;
      m.vocab_size = p.integer("vocab_size");
      return b.input("input", Shape{p.integer("tokens")}, DType::i32);
    }
    const Params p = Params::read(kValues, in, "input", issues_);
    if (issues_.size() != before) return -1;
    Shape s;
    for (int d : p.integers("shape")) s.push(d);
    return b.input("input", s, DType::f32);
  }

  /// A value, or -1 where an earlier mistake left none: what hangs on it is skipped, not blamed.
  int layers(GraphBuilder& b, int at) {
    if (!spec_.contains("layers") || !spec_["layers"].is_array()) {
      issues_.push_back(make_issue(spec_.contains("layers") ? "wrong_type" : "missing", "layers", "a list of layers", spec_.contains("layers") ? shown(spec_["layers"]) : ""));
      return -1;
    }
    const Json& list = spec_["layers"];
    if (list.size() > kMaxLayers) {
      issues_.push_back(make_issue("too_large", "layers", "a list of at most " + std::to_string(kMaxLayers) + " layers", std::to_string(list.size())));
      return -1;
    }
    for (size_t i = 0; i < list.size(); ++i) at = layer(b, list[i], static_cast<int>(i), at);
    return at;
  }

  int layer(GraphBuilder& b, const Json& given, int index, int previous) {
    const std::string path = "layers[" + std::to_string(index) + "]";
    const size_t before = issues_.size();
    const std::string type = type_of(given, path, issues_);
    std::string name = std::to_string(index);
    if (type.empty()) return names_[name] = -1;
    if (given.contains("name")) {
      const Json& n = given["name"];
      if (!n.is_string() || !good_name(n.get<std::string>()))
        issues_.push_back(make_issue("bad_name", path + ".name", "1 to 40 letters, digits, '_', '-' or '.', not \"input\" or \"target\"", shown(n)));
      else
        name = n.get<std::string>();
    }
    if (names_.count(name)) issues_.push_back(make_issue("duplicate_name", path + ".name", "a name of its own", shown(name)));
    const LayerDef* def = find_layer(type);
    if (!def) {
      issues_.push_back(make_issue("unknown_type", path + ".type", "one of " + layer_names(), shown(type)));
      return names_[name] = -1;
    }
    const Params params = Params::read(def->params, without(given, {"type", "name", "inputs", "init"}), path, issues_);
    Init init;
    if (given.contains("init")) init = read_init(given["init"], path + ".init", issues_);
    std::vector<int> in;
    bool whole = true;
    if (given.contains("inputs")) {
      const Json& list = given["inputs"];
      if (!list.is_array()) {
        issues_.push_back(make_issue("wrong_type", path + ".inputs", "a list of names", shown(list)));
        whole = false;
      } else
        for (size_t i = 0; i < list.size(); ++i) {
          const auto known = list[i].is_string() ? names_.find(list[i].get<std::string>()) : names_.end();
          if (known == names_.end()) {
            issues_.push_back(make_issue("unknown_input", path + ".inputs[" + std::to_string(i) + "]", "the name of an earlier layer or \"input\"", shown(list[i])));
            whole = false;
          } else {
            in.push_back(known->second);
            whole = whole && known->second >= 0;
          }
        }
    } else {
      in.push_back(previous);
      whole = previous >= 0;
    }
    const int n_in = static_cast<int>(in.size());
    if (whole && (n_in < def->min_in || n_in > def->max_in)) {
      issues_.push_back(make_issue("bad_inputs", path + ".inputs",
                                   def->min_in == def->max_in ? "a list of " + std::to_string(def->min_in) : "a list of " + std::to_string(def->min_in) + " to " + std::to_string(def->max_in),
                                   std::to_string(n_in)));
      whole = false;
    }
    if (whole && (b.type(in[0]).dtype == DType::i32) != def->takes_ids) {
      issues_.push_back(make_issue("bad_inputs", path, def->takes_ids ? "fed with token ids" : "fed with values (put an embedding between)", def->takes_ids ? "values" : "token ids"));
      whole = false;
    }
    if (!whole || issues_.size() != before) return names_[name] = -1;
    b.path = path;
    LayerBuild build{b, params, name, in, given.contains("init"), init, {}, "", false};
    try {
      return names_[name] = build_layer(*def, build);
    } catch (const Error& e) {
      issues_.push_back(e.issue);
      return names_[name] = -1;
    }
  }

  void loss(GraphBuilder& b, int prediction) {
    const std::string type = type_of(spec_["loss"], "loss", issues_);
    if (type.empty()) return;
    std::string known;
    for (int i = 0; i < static_cast<int>(OpId::count); ++i) {
      const OpDef& op = op_def(static_cast<OpId>(i));
      if (op.role != Role::loss_of_values && op.role != Role::loss_of_ids) continue;
      known += (known.empty() ? "" : "|") + std::string(op.name);
      if (type != op.name) continue;
      std::vector<ParamDef> rows;
      for (const AttrDef& a : op.attrs) rows.push_back({.key = a.name, .def = a.def, .min = a.min, .max = a.max});
      const Params p = Params::read(rows, without(spec_["loss"], {"type"}), "loss", issues_);
      if (prediction < 0) return;
      if (b.type(prediction).dtype != DType::f32) {
        issues_.push_back(make_issue("bad_inputs", "loss", "given a prediction", "token ids"));
        return;
      }
      Shape s;  // of one example's target
      const Shape& y = b.shape(prediction);
      for (int d = 1; d < y.rank - (op.role == Role::loss_of_ids); ++d) s.push(y[d]);
      const int target = b.input("target", s, op.role == Role::loss_of_ids ? DType::i32 : DType::f32);
      std::vector<GraphBuilder::Attr> attrs;
      for (const ParamDef& d : rows) attrs.push_back({d.key, p.number(d.key)});
      b.path = "loss";
      try {
        b.graph.loss = b.node(static_cast<OpId>(i), "loss", {prediction, target}, attrs);
      } catch (const Error& e) {
        issues_.push_back(e.issue);
      }
      return;
    }
    issues_.push_back(make_issue("unknown_type", "loss.type", "one of " + known, shown(type)));
  }

  void optimizer(CompiledModel& m) {
    if (!spec_.contains("optimizer")) {
      m.options = options_of(Params(optimizer_def(m.optimizer).params));
      return;
    }
    const std::string type = type_of(spec_["optimizer"], "optimizer", issues_);
    if (type.empty()) return;
    const OptimizerId id = find_optimizer(type);
    if (id == OptimizerId::count) {
      issues_.push_back(make_issue("unknown_type", "optimizer.type", "one of " + optimizer_names(), shown(type)));
      return;
    }
    m.optimizer = id;
    m.options = options_of(Params::read(optimizer_def(id).params, without(spec_["optimizer"], {"type"}), "optimizer", issues_));
  }

  const Json& spec_;
  std::vector<Issue>& issues_;
  int batch_;
  std::map<std::string, int> names_;
};

}  // namespace

CompiledModel compile(const Json& spec, std::vector<Issue>& issues, int batch_size) { return Compiler(spec, issues, batch_size).run(); }

std::vector<Issue> validate(const std::string& text) {
  std::vector<Issue> issues;
  const Json spec = parse_json(text);
  if (spec.is_discarded()) {
    issues.push_back(make_issue("bad_json", "spec", "JSON", shown(Json(text))));
    return issues;
  }
  compile(spec, issues);
  return issues;
}

Json spec_schema() {
  Json losses = Json::object(), ops = Json::array();
  for (int i = 0; i < static_cast<int>(OpId::count); ++i) {
    const OpDef& op = op_def(static_cast<OpId>(i));
    ops.push_back(op.name);
    if (op.role != Role::loss_of_values && op.role != Role::loss_of_ids) continue;
    std::vector<ParamDef> rows;
    for (const AttrDef& a : op.attrs) rows.push_back({.key = a.name, .def = a.def, .min = a.min, .max = a.max});
    losses[op.name] = schema_rows(rows);
  }
  return {{"model", schema_rows(kModel)}, {"layers", layer_schema()},         {"losses", losses},
          {"optimizers", optimizer_schema()}, {"regularization", schema_rows(kRegularization)}, {"inits", init_schema()}, {"ops", ops}};
}

}  // namespace pg

#include "graph/spec.h"

#include <map>

#include "nn/layer.h"
#include "nn/loss.h"

namespace pg {

namespace {

constexpr ParamDef kModel[] = {
    {.key = "seed", .kind = Kind::integer, .def = 0, .min = 0, .max = 4294967295.0},
    {.key = "batch_size", .kind = Kind::integer, .def = 32, .min = 1, .max = 65536},
};
constexpr ParamDef kClipping[] = {
    {.key = "max_norm", .def = 0, .min = 0, .max = 1e6, .apply = Apply::live},
    {.key = "clip_value", .def = 0, .min = 0, .max = 1e6, .apply = Apply::live},
};
constexpr ParamDef kLossWeight[] = {{.key = "loss_weight", .def = 1, .min = -1e6, .max = 1e6, .apply = Apply::live}};
constexpr ParamDef kValues[] = {
    {.key = "shape", .kind = Kind::integers, .min = 1, .max = 1 << 20, .min_length = 1, .max_length = 4, .required = true},
    {.key = "requires_grad", .kind = Kind::boolean, .def = 0},
};
constexpr ParamDef kTokens[] = {
    {.key = "tokens", .kind = Kind::integer, .min = 1, .max = 4096, .required = true},
    {.key = "vocab_size", .kind = Kind::integer, .min = 1, .max = 1 << 20, .required = true},
};
constexpr ParamDef kRegularization[] = {
    {.key = "l1", .def = 0, .min = 0, .max = 1e3, .apply = Apply::live},
    {.key = "l2", .def = 0, .min = 0, .max = 1e3, .apply = Apply::live},
};
constexpr const char* kSections[] = {"input", "inputs", "layers", "nodes", "output", "loss", "optimizer", "schedule", "regularization", "gradient_clipping"};
constexpr int kMaxLayers = 256, kMaxInputs = 16, kMaxLosses = kMaxIn;
constexpr size_t kEnoughIssues = 256;  // of a spec with more mistakes, the layers that follow are not read
constexpr int kLossName = -2;          // in place of a value: nothing is computed from a loss

/// The object without the keys that are read apart, so that the table's rows see only what is theirs.
Json without(Json object, std::initializer_list<const char*> keys) {
  for (const char* k : keys) object.erase(k);
  return object;
}

/// Empty where an issue says why.
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
  std::string type = given["type"].get<std::string>();
  if (type.empty()) issues.push_back(make_issue("missing", path + ".type", "a name", shown(given["type"])));
  return type;
}

bool good_name(const std::string& s) {
  if (s.empty() || s.size() > 40 || s == "input" || s == "target" || s == "loss") return false;
  for (char c : s)
    if (!(c == '_' || c == '-' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  return true;
}

class Compiler {
 public:
  Compiler(const Json& spec, std::vector<Issue>& issues, int batch_size, const OtherModels* others)
      : spec_(spec), issues_(issues), batch_(batch_size), others_(others) {}

  CompiledModel run() {
    CompiledModel m;
    if (!spec_.is_object()) {
      report("wrong_type", "spec", "an object", shown(spec_));
      return m;
    }
    Json scalars = spec_;
    for (const char* k : kSections) scalars.erase(k);
    const Params p = Params::read(kModel, scalars, "", issues_);
    m.seed = static_cast<uint64_t>(p.number("seed"));
    const int batch = batch_ > 0 ? batch_ : p.integer("batch_size");
    GraphBuilder b(batch, others_);
    int at = inputs(b, m);
    b.graph.targets_from = static_cast<int>(b.graph.inputs.size());
    at = layers(b, at);
    if (spec_.contains("output")) at = find(b, spec_["output"], "output");
    // Several inputs and nothing made of them: none of them is the model's answer.
    if (at < 0 && issues_.empty()) report("missing", "output", "the name of a layer or of an input, where there is no layer", "");
    b.graph.output = at;
    if (spec_.contains("loss")) losses(b, at);
    optimizer(m);
    m.schedule = schedule();
    const Params r = Params::read(kRegularization, section("regularization"), "regularization", issues_);
    m.l1 = r.number("l1");
    m.l2 = r.number("l2");
    const Params c = Params::read(kClipping, section("gradient_clipping"), "gradient_clipping", issues_);
    m.max_norm = c.number("max_norm");
    m.clip_value = c.number("clip_value");
    if (issues_.empty()) unique_names(b.graph);
    if (!issues_.empty()) return m;
    auto plan = std::make_shared<Plan>(make_plan(std::move(b.graph), batch));
    const int64_t bytes = plan_bytes(*plan, false, optimizer_def(m.optimizer).slots);
    if (bytes > kMemoryLimit) {
      report("too_large", "spec", "a model of at most " + std::to_string(kMemoryLimit >> 20) + " MiB", std::to_string(bytes >> 20) + " MiB");
      return m;
    }
    if (plan->flops_forward > kMaxFlops) {
      report("too_large", "spec", "a model of at most 2^38 operations a forward pass", shown(Json(plan->flops_forward)));
      return m;
    }
    m.plan = std::move(plan);
    return m;
  }

 private:
  void report(const char* code, std::string path, std::string rule, std::string value) {
    issues_.push_back(make_issue(code, std::move(path), std::move(rule), std::move(value)));
  }

  Json section(const char* key) const { return spec_.contains(key) ? spec_[key] : Json::object(); }

  /// A name of the reader's own choice; false (and an issue) if it cannot be one.
  bool check_name(const Json& n, const std::string& path) {
    if (n.is_string() && good_name(n.get_ref<const std::string&>())) return true;
    report("bad_name", path, "1 to 40 letters, digits, '_', '-' or '.', not \"input\", \"target\" or \"loss\"", shown(n));
    return false;
  }

  /// Values are asked for, and parameters are kept in files, by name: "a.b" may be a layer's, or the "b" of the layer "a".
  void unique_names(const Graph& g) {
    std::map<std::string, int> seen;
    for (const Value& v : g.values)
      if (seen[v.name]++ == 1) report("duplicate_name", "spec", "a model whose values have names of their own", shown(Json(v.name)));
  }

  /// The first of the model's inputs, or -1.
  int inputs(GraphBuilder& b, CompiledModel& m) {
    if (!spec_.contains("inputs")) {
      if (!spec_.contains("input")) {
        report("missing", "input", "an object with shape, or with tokens and vocab_size", "");
        return -1;
      }
      return names_["input"] = input(b, m, spec_["input"], "input", "input");
    }
    const Json& given = spec_["inputs"];
    if (spec_.contains("input")) report("unknown_key", "input", "left out where there is \"inputs\"", shown(spec_["input"]));
    if (!given.is_object() || given.empty() || given.size() > static_cast<size_t>(kMaxInputs)) {
      report("wrong_type", "inputs", "an object of 1 to " + std::to_string(kMaxInputs) + " inputs by name", shown(given));
      return -1;
    }
    int first = -2;
    for (const auto& [name, one] : given.items()) {
      const std::string path = "inputs." + name;
      const int v = check_name(Json(name), path) ? input(b, m, one, path, name) : -1;
      names_[name] = v;
      if (first == -2) first = v;
    }
    return first;
  }

  int input(GraphBuilder& b, CompiledModel& m, const Json& in, const std::string& path, const std::string& name) {
    const size_t before = issues_.size();
    b.path = path;
    const bool tokens = in.is_object() && in.contains("tokens");
    const Params p = Params::read(tokens ? ParamTable(kTokens) : ParamTable(kValues), in, path, issues_);
    if (issues_.size() != before) return -1;
    Shape s;
    if (tokens) s.push(p.integer("tokens"));
    else
      for (int d : p.integers("shape")) s.push(d);
    try {
      const int v = b.input(name, s, tokens ? DType::i32 : DType::f32);
      Value& value = b.graph.values[static_cast<size_t>(v)];
      if (tokens) value.ids_below = p.integer("vocab_size");
      else value.requires_grad = p.flag("requires_grad");
      if (b.graph.inputs.size() == 1) m.vocab_size = static_cast<int>(value.ids_below);
      return v;
    } catch (const Error& e) {
      issues_.push_back(e.issue);
      return -1;
    }
  }

  /// The value that a name stands for: a layer's, an input's, or one on the way ("enc.layers.0.norm1"); -1, with an issue,
  /// if there is none, and -1 alone where an earlier mistake left none.
  int find(const GraphBuilder& b, const Json& name, const std::string& path) {
    if (name.is_string()) {
      const std::string& s = name.get_ref<const std::string&>();
      const auto known = names_.find(s);
      if (known != names_.end() && known->second != kLossName) return known->second;
      const int v = known == names_.end() ? b.graph.find(s) : -1;
      if (v >= 0 && b.graph.values[static_cast<size_t>(v)].kind == ValueKind::activation && b.graph.values[static_cast<size_t>(v)].slot == 0) return v;
    }
    report("unknown_input", path, "the name of an earlier layer or of an input", shown(name));
    return -1;
  }

  /// All of a list of names; false if one is missing.
  bool find_all(const GraphBuilder& b, const Json& list, const std::string& path, std::vector<int>& in) {
    if (!list.is_array() || list.size() > static_cast<size_t>(kMaxIn)) {
      report("wrong_type", path, "a list of at most " + std::to_string(kMaxIn) + " names", shown(list));
      return false;
    }
    bool whole = true;
    for (size_t i = 0; i < list.size(); ++i) {
      in.push_back(find(b, list[i], path + "[" + std::to_string(i) + "]"));
      whole = whole && in.back() >= 0;
    }
    return whole;
  }

  /// A value, or -1 where an earlier mistake left none: what hangs on it is skipped, not blamed.
  int layers(GraphBuilder& b, int at) {
    const bool nodes = spec_.contains("nodes");
    const char* key = nodes ? "nodes" : "layers";
    if (nodes && spec_.contains("layers")) report("unknown_key", "layers", "left out where there is \"nodes\"", shown(spec_["layers"]));
    if (!spec_.contains(key) || !spec_[key].is_array()) {
      report(spec_.contains(key) ? "wrong_type" : "missing", key, "a list of layers", spec_.contains(key) ? shown(spec_[key]) : "");
      return -1;
    }
    const Json& list = spec_[key];
    if (list.size() > kMaxLayers) {
      report("too_large", key, "a list of at most " + std::to_string(kMaxLayers) + " layers", std::to_string(list.size()));
      return -1;
    }
    for (size_t i = 0; i < list.size() && issues_.size() < kEnoughIssues; ++i) {
      const std::string path = std::string(key) + "[" + std::to_string(i) + "]";
      if (nodes && list[i].is_object() && !list[i].contains("inputs")) report("missing", path + ".inputs", "a list of names", "");
      at = layer(b, list[i], path, static_cast<int>(i), at);
    }
    return at;
  }

  int layer(GraphBuilder& b, const Json& given, const std::string& path, int index, int previous) {
    const size_t before = issues_.size();
    const std::string type = type_of(given, path, issues_);
    std::string name = std::to_string(index);
    if (type.empty()) return names_[name] = -1;
    if (given.contains("name") && check_name(given["name"], path + ".name")) name = given["name"].get<std::string>();
    if (names_.count(name)) report("duplicate_name", path + ".name", "a name of its own", shown(name));
    const LayerDef* def = find_layer(type);
    if (!def) {
      report("unknown_type", path + ".type", "one of " + layer_names(), shown(type));
      return names_[name] = -1;
    }
    Json own = without(given, {"type", "name", "inputs", "init", "share", "frozen"});
    LayerBuild build{b, {}, name, {}, given.contains("init"), {}, {}, "", false, {}};
    bool whole = true;
    for (const char* ref : def->refs) {
      int v = -1;
      if (own.contains(ref)) {
        v = find(b, own[ref], path + "." + ref);
        whole = whole && v >= 0;
        if (v >= 0 && b.type(v).dtype != DType::i32) report("bad_inputs", path + "." + ref, "the name of an input of ids", shown(own[ref]));
        own.erase(ref);
      }
      build.refs.push_back(v);
    }
    build.params = Params::read(def->params, own, path, issues_);
    if (build.has_init) build.init = read_init(given["init"], path + ".init", issues_);
    if (given.contains("frozen")) {
      const Json& f = given["frozen"];
      bool names = f.is_array();
      for (size_t i = 0; names && i < f.size(); ++i) {
        names = f[i].is_string();
        if (names) build.freezes.push_back(f[i].get<std::string>());
      }
      if (f.is_boolean()) build.frozen = f.get<bool>();
      else if (!names) report("wrong_type", path + ".frozen", "true, false, or a list of the names of its parameters (\"weight\")", shown(f));
    }
    if (given.contains("share")) {
      const Json& s = given["share"];
      if (s.is_string() && !s.get_ref<const std::string&>().empty()) build.share = s.get<std::string>();
      else report("wrong_type", path + ".share", "the name of a layer", shown(s));
    }
    if (given.contains("inputs")) {
      whole = find_all(b, given["inputs"], path + ".inputs", build.in) && whole;
    } else {
      build.in.push_back(previous);
      whole = whole && previous >= 0;
    }
    const int n_in = static_cast<int>(build.in.size());
    if (whole && (n_in < def->min_in || n_in > def->max_in)) {
      report("bad_inputs", path + ".inputs",
             def->min_in == def->max_in ? "a list of " + std::to_string(def->min_in) : "a list of " + std::to_string(def->min_in) + " to " + std::to_string(def->max_in),
             std::to_string(n_in));
      whole = false;
    }
    if (whole)
      for (int v : build.in)
        if ((b.type(v).dtype == DType::i32) != def->takes_ids) {
          report("bad_inputs", path, def->takes_ids ? "fed with token ids" : "fed with values (put an embedding between)", def->takes_ids ? "values" : "token ids");
          whole = false;
          break;
        }
    if (!whole || issues_.size() != before) return names_[name] = -1;
    b.path = path;
    try {
      const int v = build_layer(*def, build);
      for (const std::string& unknown : build.freezes) report("unknown_name", path + ".frozen", "the name of a parameter of this layer, without the layer's (\"weight\")", shown(Json(unknown)));
      return names_[name] = v;
    } catch (const Error& e) {
      issues_.push_back(e.issue);
      return names_[name] = -1;
    }
  }

  /// One loss, or several that are added up under their weights.
  void losses(GraphBuilder& b, int output) {
    const Json& given = spec_["loss"];
    const bool list = given.is_array();
    if (list && (given.empty() || given.size() > static_cast<size_t>(kMaxLosses))) {
      report("wrong_type", "loss", "a loss, or a list of 1 to " + std::to_string(kMaxLosses), shown(given));
      return;
    }
    const size_t first = b.graph.nodes.size(), count = list ? given.size() : 1;
    std::vector<double> weights(count, 1.0);
    bool plain = !list;
    for (size_t i = 0; i < count; ++i) {
      const Json& one = list ? given[i] : given;
      const std::string path = list ? "loss[" + std::to_string(i) + "]" : "loss";
      const std::string type = type_of(one, path, issues_);
      if (type.empty()) continue;
      std::string name = list ? type : "loss";
      if (one.contains("name") && check_name(one["name"], path + ".name") && list) name = one["name"].get<std::string>();
      if (one.contains("loss_weight")) {
        weights[i] = Params::read(kLossWeight, {{"loss_weight", one["loss_weight"]}}, path, issues_).number("loss_weight");
        plain = false;
      }
      if (!plain && !list) name = type;
      if (names_.count(name)) report("duplicate_name", path + ".name", "a name of its own", shown(name));
      names_[name] = kLossName;
      const int v = loss(b, one, path, type, name, list ? name + ".target" : "target", output);
      if (v >= 0) b.graph.losses.push_back(v);
    }
    if (b.graph.losses.size() != count || !issues_.empty()) return;
    if (plain) {
      b.graph.loss = b.graph.losses[0];
    } else {
      static const char* const names[] = {"w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"};
      std::vector<GraphBuilder::Attr> attrs;
      for (double w : weights) attrs.push_back({names[attrs.size()], w});
      b.path = "loss";
      b.graph.loss = b.node(OpId::weighted_sum, "loss", b.graph.losses, attrs);
    }
    for (size_t n = first; n < b.graph.nodes.size(); ++n) b.graph.nodes[n].loss = true;
  }

  int loss(GraphBuilder& b, const Json& given, const std::string& path, const std::string& type, const std::string& name, const std::string& target, int output) {
    const LossDef* def = find_loss(type);
    if (!def) {
      report("unknown_type", path + ".type", "one of " + loss_names(), shown(type));
      return -1;
    }
    const size_t before = issues_.size();
    const Params p = Params::read(def->params, without(given, {"type", "name", "inputs", "target", "loss_weight"}), path, issues_);
    std::vector<int> in;
    if (given.contains("inputs")) {
      if (!find_all(b, given["inputs"], path + ".inputs", in)) return -1;
    } else if (output >= 0) {
      in.push_back(output);
    } else {
      return -1;
    }
    if (static_cast<int>(in.size()) != def->predictions) report("bad_inputs", path + ".inputs", "a list of " + std::to_string(def->predictions), std::to_string(in.size()));
    for (int v : in)
      if (b.type(v).dtype != DType::f32) report("bad_inputs", path, "given a prediction", "token ids");
    if (issues_.size() != before) return -1;
    b.path = path;
    try {
      if (def->target != LossDef::Target::none) {
        const bool ids = def->target == LossDef::Target::ids;
        int t = given.contains("target") ? find(b, given["target"], path + ".target") : b.input(target, target_shape(*def, b.shape(in[0])), ids ? DType::i32 : DType::f32);
        if (t < 0) return -1;
        Value& v = b.graph.values[static_cast<size_t>(t)];
        if (ids) {
          const int64_t classes = b.shape(in[0]).last(), also = static_cast<int64_t>(p.number("ignore_index"));
          if (!given.contains("target")) {
            v.ids_below = classes;
            v.ids_also = also;
          } else if (v.ids_below > classes) {
            fail("bad_shape", path + ".target", "ids below " + std::to_string(classes) + ", the classes of the prediction", std::to_string(v.ids_below));
          }
        }
        in.push_back(t);
      } else if (given.contains("target")) {
        fail("unknown_key", path + ".target", "left out: this loss has no target", shown(given["target"]));
      }
      return build_loss(*def, b, p, name, in);
    } catch (const Error& e) {
      issues_.push_back(e.issue);
      return -1;
    }
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
      report("unknown_type", "optimizer.type", "one of " + optimizer_names(), shown(type));
      return;
    }
    m.optimizer = id;
    m.options = options_of(Params::read(optimizer_def(id).params, without(spec_["optimizer"], {"type"}), "optimizer", issues_));
  }

  Schedule schedule() {
    if (!spec_.contains("schedule")) return {};
    const std::string type = type_of(spec_["schedule"], "schedule", issues_);
    if (type.empty()) return {};
    const ScheduleId id = find_schedule(type);
    if (id == ScheduleId::count) {
      report("unknown_type", "schedule.type", "one of " + schedule_names(), shown(type));
      return {};
    }
    return read_schedule(id, without(spec_["schedule"], {"type"}), "schedule", issues_);
  }

  const Json& spec_;
  std::vector<Issue>& issues_;
  int batch_;
  const OtherModels* others_;
  std::map<std::string, int> names_;
};

}  // namespace

CompiledModel compile(const Json& spec, std::vector<Issue>& issues, int batch_size, const OtherModels* others) {
  return Compiler(spec, issues, batch_size, others).run();
}

std::vector<Issue> validate(const std::string& text, const OtherModels* others) {
  std::vector<Issue> issues;
  const Json spec = parse_json(text);
  if (spec.is_discarded()) {
    issues.push_back(make_issue("bad_json", "spec", kJsonRule, shown(Json(text))));
    return issues;
  }
  compile(spec, issues, 0, others);
  return issues;
}

Json spec_schema() {
  Json ops = Json::array();
  for (int i = 0; i < static_cast<int>(OpId::count); ++i) ops.push_back(op_def(static_cast<OpId>(i)).name);
  return {{"version", 1},
          {"model", schema_rows(kModel)},
          {"input", {{"values", schema_rows(kValues)}, {"tokens", schema_rows(kTokens)}}},
          {"layers", layer_schema()},
          {"losses", loss_schema()},
          {"optimizers", optimizer_schema()},
          {"schedules", schedule_schema()},
          {"regularization", schema_rows(kRegularization)},
          {"gradient_clipping", schema_rows(kClipping)},
          {"inits", init_schema()},
          {"ops", ops}};
}

}  // namespace pg

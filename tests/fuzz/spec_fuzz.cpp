// spec_fuzz [COUNT [SEED [FIRST]]]: mutates valid specs COUNT times. Every mutant is compiled; what compiles and is small is trained for
// some steps, predicted with, changed while it runs, saved, and its file mutated and loaded. Built with the sanitizers, which end it at
// the first fault; whatever is thrown must be an Error that names code, path and rule, and nothing may take longer than a second.
// The corpus is the specs of the parity cases. Where it ends, it says which mutant it was: "spec_fuzz 1 SEED NUMBER" prints it first.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>
#if defined(PLAYGRAD_SANITIZED)
#include <sanitizer/common_interface_defs.h>
#endif

#include "model/model.h"
#include "tensor/rng.h"

namespace {

using pg::Json;

uint64_t seed = 1;
uint32_t number = 0;  // of the mutant at hand
void say_where() { std::fprintf(stderr, "\nThis was mutant %u of seed %llu.\n", number, static_cast<unsigned long long>(seed)); }

struct Seed {
  Json spec;
  std::shared_ptr<pg::Model> model;  // what its mutants may share from, as "d"
};

class Mutator {
 public:
  explicit Mutator(const std::vector<Seed>& corpus) : corpus_(corpus) {
    const Json schema = pg::spec_schema();
    for (const char* family : {"layers", "losses", "optimizers", "schedules", "inits"})
      for (const auto& item : schema[family].items()) types_.push_back({item.key(), item.value()});
  }

  uint32_t below(size_t n) { return rng_.below(static_cast<uint32_t>(n)); }
  template <class List>
  const auto& any(const List& list) {
    return list[below(list.size())];
  }

  /// The text of mutant i, and what follows from `below`: a function of (seed, i) alone.
  std::string mutant(uint32_t i) {
    rng_ = pg::Rng(seed, pg::Stream::data, i);
    const Seed& from = any(corpus_);
    shares_ = from.model;
    Json spec = from.spec;
    do change(spec);
    while (below(2));
    std::string text = spec.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (below(20) == 0)
      for (uint32_t c = 0; c < 3; ++c) text[below(text.size())] = static_cast<char>(below(256));
    return text;
  }
  const std::shared_ptr<pg::Model>& shares() const { return shares_; }

  Json anything() {
    switch (below(16)) {
      case 0: return nullptr;
      case 1: return -1;
      case 2: return 0;
      case 3: return 1;
      case 4: return 2 + static_cast<int>(below(7));
      case 5: return 1 << below(31);
      case 6: return 9007199254740993.0;
      case 7: return 1e308;
      case 8: return -0.5;
      case 9: return "";
      case 10: return "same";
      case 11: return Json::array();
      case 12: return Json::array({1, 2});
      case 13: return Json::object();
      case 14: return true;
      default: return std::string(1 + below(60), 'x');
    }
  }

 private:
  struct Type {
    std::string name;
    Json rows;
  };

  /// Every place in the spec, as pointers to the values.
  static void places(Json& j, std::vector<Json*>& out) {
    out.push_back(&j);
    if (j.is_structured())
      for (Json& child : j) places(child, out);
  }
  static std::vector<Json*> places(Json& j) {
    std::vector<Json*> out;
    places(j, out);
    return out;
  }

  void change(Json& spec) {
    const std::vector<Json*> all = places(spec);
    Json& at = *any(all);
    switch (below(12)) {
      case 0: at = anything(); break;
      case 1: {  // a part of another spec
        Json other = any(corpus_).spec;
        at = *any(places(other));
        break;
      }
      case 2:
        if (at.is_number_integer()) at = at.get<int64_t>() + static_cast<int64_t>(below(9)) - 4;
        else if (at.is_number()) at = at.get<double>() * (below(2) ? -1 : 1000);
        break;
      case 3:  // a key or an item goes
        if (!at.empty() && at.is_object()) at.erase(std::next(at.begin(), below(at.size())).key());
        else if (!at.empty() && at.is_array()) at.erase(below(at.size()));
        break;
      case 4:  // an item comes twice, or a key that does not belong
        if (at.is_array() && !at.empty()) at.insert(at.begin(), Json(any(at)));
        else if (at.is_object()) at["colour"] = anything();
        break;
      case 5:  // another type under the same keys
        if (Json* o = typed(all)) (*o)["type"] = any(types_).name;
        break;
      case 6: at = Json(*any(all)); break;
      case 7:  // a layer of another spec between its own
        if (spec.is_object() && spec.contains("layers") && spec["layers"].is_array()) {
          const Json& other = any(corpus_).spec;
          if (other.contains("layers") && !other["layers"].empty()) spec["layers"].insert(spec["layers"].begin() + below(spec["layers"].size() + 1), any(other["layers"]));
        }
        break;
      case 8: structure(all); break;
      default:  // a hyperparameter
        if (Json* o = typed(all)) hyperparameter(*o);
    }
  }

  /// One of the objects with a type, or null.
  Json* typed(const std::vector<Json*>& all) {
    std::vector<Json*> found;
    for (Json* j : all)
      if (j->is_object() && j->contains("type")) found.push_back(j);
    return found.empty() ? nullptr : any(found);
  }

  void hyperparameter(Json& object) {
    const Type* type = nullptr;
    for (const Type& t : types_)
      if (object["type"] == t.name) type = &t;
    if (!type || type->rows.empty()) return;
    const Json& row = any(type->rows);
    object[row["key"].get<std::string>()] = value(row);
  }

 public:
  /// For a row of a parameter table: in its range, at the edges, or just outside.
  Json value(const Json& row) {
    const std::string kind = row["kind"];
    Json v = row.contains("default") ? row["default"] : Json("input");
    if (kind == "real" || kind == "integer" || kind == "integers" || kind == "reals") {
      const double lo = row.value("min", -3.0), hi = row.value("max", 1e6);
      const auto number = [&]() -> Json {
        double x = 0;
        switch (below(8)) {
          case 0: x = lo; break;
          case 1: x = hi; break;
          case 2: x = below(2) ? lo - 1 : hi + 1; break;
          case 3: x = lo + (hi - lo) * rng_.uniform(); break;
          default: x = lo + below(6);
        }
        return kind[0] == 'i' ? Json(static_cast<int64_t>(x)) : Json(x);
      };
      v = number();
      if (kind.back() == 's') {
        v = Json::array({v});
        while (below(2)) v.push_back(number());
      }
    } else if (kind == "boolean") {
      v = below(2) != 0;
    } else if (kind == "choice") {
      v = any(row["choices"]);
    }
    return v;
  }

 private:
  /// What joins the parts of a spec: names, and what is shared and frozen.
  void structure(const std::vector<Json*>& all) {
    static const std::vector<std::string> layers = {"input", "0", "1", "2", "3", "d/0", "d/1", "d/2", "src", "mu", "0.l0", "1.heads", "loss", ""};
    Json& spec = *all[0];
    Json* object = typed(all);
    if (!object || !spec.is_object()) return;
    switch (below(12)) {
      case 0: (*object)["inputs"] = Json::array({any(layers), any(layers)}); break;
      case 1: (*object)["inputs"] = Json::array({any(layers)}); break;
      case 2: (*object)["name"] = any(layers); break;
      case 3: (*object)["frozen"] = true; break;
      case 4: (*object)["target"] = any(layers); break;
      case 5: (*object)["loss_weight"] = static_cast<double>(below(3)) - 1; break;
      case 6: spec["output"] = any(layers); break;
      case 7: spec["batch_size"] = 1 + below(9); break;
      case 8: (*object)["share"] = any(layers); break;
      default:  // of the model that this one was made from: the parameters of the same layer
        if (spec.is_object() && spec.contains("layers") && spec["layers"].is_array() && !spec["layers"].empty()) {
          const size_t i = below(spec["layers"].size());
          Json& layer = spec["layers"][i];
          if (layer.is_object()) layer["share"] = "d/" + (layer.contains("name") && layer["name"].is_string() ? layer["name"].get<std::string>() : std::to_string(i));
        }
    }
  }

  const std::vector<Seed>& corpus_;
  pg::Rng rng_{0, pg::Stream::data};
  std::vector<Type> types_;
  std::shared_ptr<pg::Model> shares_;
};

struct Counts {
  uint32_t mutants = 0, no_json = 0, compile = 0, trained = 0, diverged = 0, shared = 0, set = 0, files_loaded = 0, files_refused = 0;
};

void check(const pg::Issue& i, const std::string& text) {
  if (!i.code.empty() && !i.path.empty() && !i.rule.empty()) return;
  std::fprintf(stderr, "an error without code, path or rule (%s) for %s\n", i.message.c_str(), text.c_str());
  std::terminate();
}

/// Whether it throws nothing; what it throws is an Error with all its parts.
template <class F>
bool works(const std::string& text, F f) {
  try {
    f();
    return true;
  } catch (const pg::Error& e) {
    check(e.issue, text);
    return false;
  }
}

void fill(pg::Session<float>& s, Mutator& draw) {
  const pg::Graph& g = s.graph();
  for (size_t i = 0; i < g.inputs.size(); ++i) {
    const pg::Value& v = g.values[static_cast<size_t>(g.inputs[i])];
    const int64_t n = v.type.shape.numel();
    if (v.type.dtype == pg::DType::i32)
      for (int64_t k = 0; k < n; ++k) s.ids_in(static_cast<int>(i))[k] = static_cast<int32_t>(draw.below(static_cast<size_t>(v.ids_below)));
    else
      for (int64_t k = 0; k < n; ++k) s.values_in(static_cast<int>(i))[k] = static_cast<float>(draw.below(200)) * 0.02f - 2;
  }
}

/// Trains, looks into, changes, saves, and loads mutated files.
void use(pg::Model& m, Mutator& draw, const std::string& text, const pg::Model::Others& others, Counts& counts) {
  using Pass = pg::Model::Pass;
  pg::Session<float>& s = m.session();
  fill(s, draw);
  const int batch = s.plan().batch_size, n = 1 + static_cast<int>(draw.below(static_cast<size_t>(batch)));
  if (s.graph().loss >= 0)
    for (const Pass pass : {Pass::train, Pass::train, Pass::forward_backward, Pass::evaluate}) m.run(pass, pass == Pass::evaluate ? n : batch);
  m.run(Pass::predict, n);
  counts.diverged += s.divergence().has_value();
  m.description();
  m.divergence();
  const size_t v = draw.below(s.graph().values.size());
  const int64_t elements = s.shape(static_cast<int>(v)).numel();
  s.explain(static_cast<int>(v), draw.below(static_cast<size_t>(elements)));
  s.used_by(static_cast<int>(v), draw.below(static_cast<size_t>(elements)), 16);
  if (draw.below(4) == 0) {
    static const std::vector<std::string> paths = {"optimizer.lr", "loss.loss_weight", "layers[0].p", "layers[1].bias", "seed", "batch_size", "", "[", "layers[2", "layers[99].p",
                                                   "regularization.l2", "gradient_clipping.max_norm", "optimizer", "schedule.gamma", "layers[0].share", "a.b.c", "loss[0].loss_weight"};
    static const Json optimizers = pg::spec_schema()["optimizers"];
    const Json& row = draw.any(optimizers[pg::optimizer_def(s.optimizer()).name]);
    const bool table = draw.below(2) != 0;
    const std::string path = table ? "optimizer." + row["key"].get<std::string>() : draw.any(paths);
    const Json value = table ? draw.value(row) : draw.anything();
    if (works(text, [&] { m.set(path, value); })) ++counts.set;
    if (s.graph().loss >= 0) m.run(Pass::train, n);
  }
  const std::vector<uint8_t> whole = m.save(draw.below(2) != 0);
  try {
    m.load(whole.data(), whole.size());
  } catch (const pg::Error& e) {
    if (e.issue.code != "not_finite") {  // what has diverged is not taken back
      std::fprintf(stderr, "it does not load what it saved (%s): %s\n", e.issue.message.c_str(), text.c_str());
      std::terminate();
    }
  }
  for (int k = 0; k < 2; ++k) {
    std::vector<uint8_t> file = whole;
    uint64_t header = 0;
    std::memcpy(&header, file.data(), 8);
    const size_t reach = draw.below(3) ? static_cast<size_t>(header) + 8 : file.size();  // most that is to be known stands in the header
    for (uint32_t c = 1 + draw.below(3); c-- > 0;) file[draw.below(reach)] = draw.below(3) ? static_cast<uint8_t>('0' + draw.below(10)) : static_cast<uint8_t>(draw.below(256));
    if (draw.below(4) == 0) file.resize(draw.below(file.size()));
    const bool loaded = works(text, [&] {
      if (k == 0) m.load(file.data(), file.size());
      else if (draw.below(4) == 0) pg::Model::from_file(file.data(), file.size(), others);
    });
    ++(loaded ? counts.files_loaded : counts.files_refused);
  }
}

void mutate(Mutator& mutator, const std::string& text, Counts& counts) {
  ++counts.mutants;
  const Json spec = pg::parse_json(text);
  if (spec.is_discarded()) {
    ++counts.no_json;
    for (const pg::Issue& i : pg::validate(text)) check(i, text);
    return;
  }
  const pg::Model::Others others = {{"d", mutator.shares()}};
  const pg::OtherModels graphs = {{"d", &mutator.shares()->session().graph()}};
  std::vector<pg::Issue> issues;
  const pg::CompiledModel c = pg::compile(spec, issues, 0, &graphs);
  for (const pg::Issue& i : issues) check(i, text);
  if (!issues.empty()) return;
  ++counts.compile;
  if (c.plan->flops_forward > 1e6 || pg::plan_bytes(*c.plan, false, 2) > 1 << 18) return;
  if (!c.plan->borrowed.empty()) {
    ++counts.shared;
    mutator.shares()->session().initialize();  // mutants before this one have trained it
  }
  works(text, [&] {
    pg::Model m(spec, others);
    ++counts.trained;
    use(m, mutator, text, others, counts);
  });
}

double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) {
  const uint32_t count = argc > 1 ? static_cast<uint32_t>(std::atoi(argv[1])) : 100000;
  if (argc > 2) seed = static_cast<uint64_t>(std::atoll(argv[2]));
  const uint32_t first = argc > 3 ? static_cast<uint32_t>(std::atoi(argv[3])) : 0;
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(PLAYGRAD_TEST_DATA "/golden/parity")) files.push_back(file.path());
  std::sort(files.begin(), files.end());
  std::vector<Seed> corpus;
  for (const auto& file : files) {
    const Json cases = Json::parse(std::ifstream(file));
    for (const Json& c : cases["cases"])
      if (c.contains("spec")) corpus.push_back({c["spec"], std::make_shared<pg::Model>(c["spec"], pg::Model::Others{})});
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "no specs to mutate\n");
    return 1;
  }
  std::set_terminate([] {  // what is thrown is no Error
    say_where();
    std::abort();
  });
#if defined(PLAYGRAD_SANITIZED)
  __sanitizer_set_death_callback(say_where);
#endif
  Mutator mutator(corpus);
  Counts n;
  const double start = seconds();
  double slowest = 0;
  uint32_t slowest_at = 0;
  for (uint32_t i = first; i < first + count; ++i) {
    number = i;
    const std::string text = mutator.mutant(i);
    if (count == 1) std::printf("%s\n", text.c_str());
    const double before = seconds();
    mutate(mutator, text, n);
    if (const double took = seconds() - before; took > slowest) slowest = took, slowest_at = i;
  }
  std::printf("%u mutants of %zu specs in %.1f s; slowest %.0f ms (number %u)\n", n.mutants, corpus.size(), seconds() - start, slowest * 1000, slowest_at);
  std::printf("%u are no JSON, %u compile, %u are small and train (%u diverge, %u share with another model)\n", n.no_json, n.compile, n.trained, n.diverged, n.shared);
  std::printf("%u hyperparameters changed; of the mutated files %u load, %u are refused\n", n.set, n.files_loaded, n.files_refused);
  if (slowest > 1) {
    std::fprintf(stderr, "mutant %u hangs\n", slowest_at);
    return 1;
  }
  return 0;
}

// spec_fuzz COUNT [SEED]: mutates valid specs COUNT times. Each mutant is validated; what compiles and is small is trained for a
// step, predicted with, saved, and its file mutated and loaded. Built with the sanitizers, which end it at the first fault; whatever
// is thrown must be an Error that names code, path and rule. The corpus is the specs of the parity cases.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "io/safetensors.h"
#include "model/model.h"
#include "tensor/rng.h"

namespace {

using pg::Json;

class Mutator {
 public:
  explicit Mutator(const std::vector<Json>& corpus, uint64_t seed) : corpus_(corpus), seed_(seed) {}

  /// The text of mutant number i: a function of (seed, i) alone, so that a crash can be found again.
  std::string mutant(uint32_t i) {
    pg::Rng rng(seed_, pg::Stream::data, i);
    rng_ = &rng;
    Json spec = corpus_[below(corpus_.size())];
    const uint32_t changes = 1 + below(4);
    for (uint32_t c = 0; c < changes; ++c) change(spec);
    std::string text = spec.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (below(20) == 0)
      for (uint32_t c = 0; c < 3 && !text.empty(); ++c) text[below(text.size())] = static_cast<char>(below(256));
    return text;
  }

  uint32_t below(size_t n) { return rng_->below(static_cast<uint32_t>(n)); }

 private:
  /// Every place in the spec, as pointers to the values.
  void places(Json& j, std::vector<Json*>& out) {
    out.push_back(&j);
    if (j.is_object() || j.is_array())
      for (Json& child : j) places(child, out);
  }

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

  void change(Json& spec) {
    std::vector<Json*> all;
    places(spec, all);
    Json& at = *all[below(all.size())];
    switch (below(7)) {
      case 0: at = anything(); break;
      case 1:  // a part of another spec
      {
        Json other = corpus_[below(corpus_.size())];
        std::vector<Json*> parts;
        places(other, parts);
        at = *parts[below(parts.size())];
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
        if (at.is_array() && !at.empty()) at.insert(at.begin(), Json(at[below(at.size())]));
        else if (at.is_object()) at[below(2) ? "inputs" : "colour"] = anything();
        break;
      case 5:  // another kind of layer under the same keys
        if (at.is_object() && at.contains("type")) at["type"] = type();
        break;
      default:  // two places change their values
        std::swap(at, *all[below(all.size())]);
        if (places_of(spec) > 4000) spec = corpus_[0];
    }
  }

  size_t places_of(Json& spec) {
    std::vector<Json*> all;
    places(spec, all);
    return all.size();
  }

  Json type() {
    static const std::vector<std::string> types = [] {
      std::vector<std::string> out;
      const Json schema = pg::spec_schema();
      for (const char* family : {"layers", "losses", "optimizers", "schedules", "inits"})
        for (const auto& item : schema[family].items()) out.push_back(item.key());
      return out;
    }();
    return types[below(types.size())];
  }

  const std::vector<Json>& corpus_;
  uint64_t seed_;
  pg::Rng* rng_ = nullptr;
};

void check(const pg::Error& e, const std::string& text) {
  if (!e.issue.code.empty() && !e.issue.path.empty() && !e.issue.rule.empty()) return;
  std::fprintf(stderr, "an error without code, path or rule for %s\n", text.c_str());
  std::abort();
}

/// Trains, predicts, saves, and loads a mutated file.
void use(pg::Model& m, Mutator& draw) {
  pg::Session<float>& s = m.session();
  const pg::Graph& g = s.graph();
  for (size_t i = 0; i < g.inputs.size(); ++i) {
    const pg::Value& v = g.values[static_cast<size_t>(g.inputs[i])];
    const int64_t n = v.type.shape.numel();
    if (v.type.dtype == pg::DType::i32)
      for (int64_t k = 0; k < n; ++k) s.ids_in(static_cast<int>(i))[k] = static_cast<int32_t>(draw.below(static_cast<size_t>(v.ids_below)));
    else
      for (int64_t k = 0; k < n; ++k) s.values_in(static_cast<int>(i))[k] = static_cast<float>(draw.below(200)) * 0.02f - 2;
  }
  const int batch = s.plan().batch_size, n = 1 + static_cast<int>(draw.below(static_cast<size_t>(batch)));
  if (g.loss >= 0) {
    m.run(pg::Model::Pass::train, batch);
    m.run(pg::Model::Pass::train, n);
    m.run(pg::Model::Pass::forward_backward, n);
    m.run(pg::Model::Pass::evaluate, n);
  }
  m.run(pg::Model::Pass::predict, n);
  std::vector<uint8_t> file = m.save(draw.below(2) != 0);
  for (uint32_t c = draw.below(4); c-- > 0;) file[draw.below(file.size())] = static_cast<uint8_t>(draw.below(256));
  if (draw.below(3) == 0) file.resize(draw.below(file.size()));
  m.load(file.data(), file.size());
}

}  // namespace

int main(int argc, char** argv) {
  const uint32_t count = argc > 1 ? static_cast<uint32_t>(std::atoi(argv[1])) : 100000;
  const uint64_t seed = argc > 2 ? static_cast<uint64_t>(std::atoll(argv[2])) : 1;
  const uint32_t first = argc > 3 ? static_cast<uint32_t>(std::atoi(argv[3])) : 0;
  std::vector<Json> corpus;
  for (const auto& file : std::filesystem::directory_iterator(PLAYGRAD_TEST_DATA "/golden/parity")) {
    const Json cases = Json::parse(std::ifstream(file.path()));
    for (const Json& c : cases["cases"]) corpus.push_back(c["spec"]);
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "no specs to mutate\n");
    return 1;
  }
  Mutator mutator(corpus, seed);
  uint32_t compiled = 0, used = 0, refused = 0;
  double slowest = 0;
  uint32_t slowest_at = 0;
  for (uint32_t i = first; i < first + count; ++i) {
    const std::string text = mutator.mutant(i);
    if (argc > 3 && count == 1) std::printf("%s\n", text.c_str());
    const auto start = std::chrono::steady_clock::now();
    const std::vector<pg::Issue> issues = pg::validate(text);
    for (const pg::Issue& issue : issues) check(pg::Error{issue}, text);
    if (issues.empty()) {
      ++compiled;
      const Json spec = pg::parse_json(text);
      std::vector<pg::Issue> none;
      const pg::CompiledModel c = pg::compile(spec, none);
      if (c.plan->flops_forward < 2e6 && pg::plan_bytes(*c.plan, false, 2) < (2 << 20)) {
        try {
          pg::Model m(spec, {});
          ++used;
          use(m, mutator);
        } catch (const pg::Error& e) {
          check(e, text);
          ++refused;
        }
      }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds > slowest) slowest = seconds, slowest_at = i;
  }
  std::printf("%u mutants: %u compile, %u trained, %u refused on the way; slowest %.0f ms (number %u)\n", count, compiled, used, refused, slowest * 1000, slowest_at);
  return 0;
}

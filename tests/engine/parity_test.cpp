// The engine against PyTorch (tests/golden/make_cases.py): every layer × its options, loss, optimizer, schedule, and whole
// models. Of each case: the prediction, the loss, all gradients, and parameters and buffers after some optimizer steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "graph/session.h"
#include "nn/layer.h"
#include "nn/loss.h"

namespace pg {
namespace {

const char* const kFamilies[] = {"layers", "convolutions", "recurrent", "attention", "losses", "optimizers", "schedules", "structure", "models"};

Json read_cases(const std::string& family) {
  std::ifstream file(PLAYGRAD_TEST_DATA "/golden/parity/" + family + ".json");
  const Json json = Json::parse(file, nullptr, false);
  return json.is_discarded() ? Json::array() : json["cases"];
}

struct Fixture {
  std::string test;  // "convolutions_conv2d_stride_2"
  Json json;
};

const std::vector<Fixture>& fixtures() {
  static const std::vector<Fixture> all = [] {
    std::vector<Fixture> out;
    std::set<std::string> names;
    for (const char* family : kFamilies)
      for (Json& c : read_cases(family)) {
        std::string test = std::string(family) + "_" + c["name"].get<std::string>();
        for (char& ch : test)
          if (!std::isalnum(static_cast<unsigned char>(ch))) ch = '_';
        while (!names.insert(test).second) test += "_";
        out.push_back({test, std::move(c)});
      }
    return out;
  }();
  return all;
}

std::vector<size_t> indices() {
  std::vector<size_t> all(fixtures().size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

/// |got − want| ≤ absolute + relative·|want|. Double is held to the digits that the fixtures have (9). A case whose float
/// needs more says so, with the reason.
struct Bound {
  double absolute, relative;
};

template <class T>
class Comparison {
 public:
  explicit Comparison(const Json& c) : c_(c), spec_(c["spec"]) {
    bound_ = sizeof(T) == 8 ? Bound{1e-9, 1e-8} : Bound{1e-5, 1e-4};
    if (sizeof(T) == 4 && c.contains("float")) bound_ = {c["float"].value("atol", 1e-5), c["float"].value("rtol", 1e-4)};
  }

  void run() {
    std::vector<Issue> issues;
    CompiledModel model = compile(spec_, issues);
    for (const Issue& i : issues) ADD_FAILURE() << i.path << ": " << i.message;
    if (!issues.empty()) return;
    Session<T> s(std::move(model), Session<T>::Use::train);
    if (!set_parameters(s) || !set_batch(s, 0)) return;
    s.forward(false);
    Shape shape;
    for (const Json& d : c_["shape"]) shape.push(d.get<int64_t>());
    ASSERT_EQ(s.shape(s.graph().output), shape) << "the prediction is " << s.shape(s.graph().output).str();
    compare("prediction in evaluation", s.data(s.graph().output), c_["eval"]);
    if (c_.contains("losses")) train(s);
  }

 private:
  bool set_parameters(Session<T>& s) {
    std::set<std::string> known;
    for (const auto& [name, values] : c_["start"].items()) {
      const int v = s.graph().find(name);
      const size_t given = values.size();
      if (v < 0 || s.shape(v).numel() != static_cast<int64_t>(given)) {
        ADD_FAILURE() << name << (v < 0 ? " does not exist" : " is " + s.shape(v).str() + ", not of " + std::to_string(given));
        return false;
      }
      for (size_t i = 0; i < given; ++i) s.data(v)[i] = values[i].template get<T>();
      known.insert(name);
    }
    for (const Value& v : s.graph().values) {
      const bool kept = v.kind == ValueKind::parameter || (v.kind == ValueKind::buffer && v.persistent);
      EXPECT_TRUE(!kept || known.count(v.name)) << v.name << " is not in PyTorch's state_dict";
    }
    return true;
  }

  bool fill(Session<T>& s, int input, const Json& values) {
    const int v = s.graph().inputs[static_cast<size_t>(input)];
    if (s.shape(v).numel() != static_cast<int64_t>(values.size())) {
      ADD_FAILURE() << s.graph().values[static_cast<size_t>(v)].name << " is " << s.shape(v).str() << ", not of " << values.size();
      return false;
    }
    const bool ids = s.graph().values[static_cast<size_t>(v)].type.dtype == DType::i32;
    for (size_t i = 0; i < values.size(); ++i)
      if (ids) s.ids_in(input)[i] = values[i].template get<int32_t>();
      else s.values_in(input)[i] = values[i].template get<T>();
    return true;
  }

  /// The inputs by name, then the targets in the order of the losses.
  bool set_batch(Session<T>& s, size_t step) {
    const Json& batch = c_["batches"][step % c_["batches"].size()];
    s.set_batch(batch["n"]);
    const Graph& g = s.graph();
    for (const auto& [name, values] : batch["inputs"].items()) {
      size_t i = 0;
      while (i < g.inputs.size() && g.values[static_cast<size_t>(g.inputs[i])].name != name) ++i;
      if (i == g.inputs.size()) {
        ADD_FAILURE() << "no input " << name;
        return false;
      }
      if (!fill(s, static_cast<int>(i), values)) return false;
    }
    size_t at = batch["inputs"].size();
    const Json losses = spec_["loss"].is_array() ? spec_["loss"] : Json::array({{{"name", "target"}}});
    for (const Json& loss : losses) {
      if (!batch["targets"].contains(loss["name"].template get<std::string>())) continue;
      if (at == g.inputs.size()) {
        ADD_FAILURE() << "no target of " << loss["name"];
        return false;
      }
      if (!fill(s, static_cast<int>(at++), batch["targets"][loss["name"].template get<std::string>()])) return false;
    }
    EXPECT_EQ(at, g.inputs.size());
    return true;
  }

  void train(Session<T>& s) {
    const Json& losses = c_["losses"];
    // A long run in float: close at first, then within a hundredth, and nothing is asked of the weights.
    const bool drifts = sizeof(T) == 4 && losses.size() > 10;
    for (size_t step = 0; step < losses.size(); ++step) {
      if (!set_batch(s, step)) return;
      s.forward(true);
      s.backward();
      if (step == 0) first_step(s);
      close("learning rate of step " + std::to_string(step), s.lr(), c_["lrs"][step], {1e-9, 1e-8});
      s.update();
      close("loss of step " + std::to_string(step), s.loss(), losses[step], drifts ? (step < 5 ? Bound{0, 1e-4} : Bound{0, 0.01}) : bound_);
      if (step == 0 && c_.contains("penalty")) close("penalty", s.penalty(), c_["penalty"], bound_);
      if (step == 0 && c_.contains("gradient_norm")) close("gradient norm", s.gradient_norm(), c_["gradient_norm"], bound_);
      if (::testing::Test::HasFailure()) return;
    }
    if (drifts) return;
    for (const auto& [name, values] : c_["end"].items()) compare(name + " at the end", s.data(s.graph().find(name)), values);
  }

  void first_step(Session<T>& s) {
    compare("prediction in training", s.data(s.graph().output), c_.contains("train") ? c_["train"] : c_["eval"]);
    if (c_.contains("parts"))
      for (const auto& [name, value] : c_["parts"].items()) {
        const int v = s.graph().find(name);
        if (v < 0) ADD_FAILURE() << "no loss " << name;
        else close(name, static_cast<double>(*s.data(v)), value, bound_);
      }
    for (size_t v = 0; v < s.graph().values.size(); ++v) {
      const Value& value = s.graph().values[v];
      if (value.kind != ValueKind::parameter) continue;
      const T* g = s.gradient(static_cast<int>(v));
      if (!c_["gradients"].contains(value.name)) EXPECT_EQ(g, nullptr) << value.name << " is frozen";
      else if (!g) ADD_FAILURE() << "no gradient of " << value.name;
      else compare("gradient of " + value.name, g, c_["gradients"][value.name]);
    }
  }

  void close(const std::string& what, double got, double want, Bound b) {
    EXPECT_LE(std::fabs(got - want), b.absolute + b.relative * std::fabs(want)) << what << ": " << got << ", PyTorch " << want;
  }

  /// One line for the element that is farthest off.
  void compare(const std::string& what, const T* got, const Json& want) {
    double worst = 1, far_got = 0, far_want = 0;
    size_t at = 0, off = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      const double w = want[i].get<double>(), g = static_cast<double>(got[i]);
      const double distance = std::fabs(g - w) / (bound_.absolute + bound_.relative * std::fabs(w));
      if (distance <= 1) continue;
      ++off;
      if (distance > worst || !(distance == distance)) worst = distance, far_got = g, far_want = w, at = i;
    }
    EXPECT_EQ(off, 0u) << what << ": " << off << " of " << want.size() << " are off; [" << at << "] is " << far_got << ", PyTorch " << far_want << ", " << worst << " times the bound";
  }

  const Json& c_;
  const Json& spec_;
  Bound bound_;
};

class Parity : public ::testing::TestWithParam<size_t> {};
TEST_P(Parity, Double) { Comparison<double>(fixtures()[GetParam()].json).run(); }
TEST_P(Parity, Float) { Comparison<float>(fixtures()[GetParam()].json).run(); }
INSTANTIATE_TEST_SUITE_P(PyTorch, Parity, ::testing::ValuesIn(indices()), [](const auto& info) { return fixtures()[info.param].test; });

TEST(ParityCases, EveryWiderToleranceHasItsReason) {
  EXPECT_GE(fixtures().size(), 230u);
  for (const char* family : kFamilies) EXPECT_FALSE(read_cases(family).empty()) << family;
  for (const Fixture& f : fixtures()) EXPECT_TRUE(!f.json.contains("float") || !f.json["float"].value("reason", "").empty()) << f.test;
}

/// Type -> keys, of what the cases use.
using Used = std::map<std::string, std::set<std::string>>;

void use(Used& used, const Json& section) {
  for (const auto& [key, value] : section.items()) used[section.value("type", "sgd")].insert(key);
}

/// Keys of the schema that no case uses.
std::string unused(const Json& schema, const Used& used, const std::set<std::string>& without) {
  std::string out;
  for (const auto& [type, rows] : schema.items()) {
    const auto known = used.find(type);
    if (known == used.end()) out += type + " ";
    for (const Json& row : rows) {
      const std::string key = row["key"];
      if (known != used.end() && !known->second.count(key) && !without.count(type + "." + key)) out += type + "." + key + " ";
    }
  }
  return out;
}

TEST(ParityCases, EveryTypeAndEveryKeyHasACase) {
  Used layers, losses, optimizers, schedules, inits;
  for (const Fixture& f : fixtures()) {
    const Json& spec = f.json["spec"];
    for (const Json& l : spec["layers"]) use(layers, l);
    for (const Json& l : spec["loss"].is_array() ? spec["loss"] : Json::array({spec["loss"]})) use(losses, l);
    use(optimizers, spec["optimizer"]);
    if (spec.contains("schedule")) use(schedules, spec["schedule"]);
  }
  for (const Json& c : read_cases("initialisations"))
    for (const Json& l : c["spec"]["layers"])
      if (l.contains("init")) use(inits, l["init"]);
  // Not in PyTorch: a factor of the scores of one's own (ops_test.cpp has it).
  EXPECT_EQ(unused(layer_schema(), layers, {"multihead_attention.scale"}), "");
  EXPECT_EQ(unused(loss_schema(), losses, {}), "");
  EXPECT_EQ(unused(optimizer_schema(), optimizers, {}), "");
  EXPECT_EQ(unused(schedule_schema(), schedules, {}), "");
  EXPECT_EQ(unused(init_schema(), inits, {}), "");
}

// --- initialisations: the same distribution, not the same bits ---

struct Statistics {
  double mean = 0, std = 0, min = 0, max = 0;
};

Statistics statistics_of(const float* x, int64_t n) {
  Statistics s;
  s.min = s.max = static_cast<double>(x[0]);
  for (int64_t i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]);
    s.mean += v / static_cast<double>(n);
    s.min = std::min(s.min, v);
    s.max = std::max(s.max, v);
  }
  for (int64_t i = 0; i < n; ++i) s.std += (static_cast<double>(x[i]) - s.mean) * (static_cast<double>(x[i]) - s.mean);
  s.std = std::sqrt(s.std / static_cast<double>(n));
  return s;
}

/// Both sides are samples of n: bounds are six standard errors of the difference.
void expect_same_distribution(const std::string& what, const float* x, int64_t n, const Json& want) {
  const Statistics got = statistics_of(x, n);
  const double size = static_cast<double>(n), std = want["std"], min = want["min"], max = want["max"];
  const double rounding = 1e-6 * std::max(std::fabs(min), std::fabs(max));
  EXPECT_NEAR(got.mean, want["mean"].get<double>(), 6 * std * std::sqrt(2 / size) + rounding) << what;
  EXPECT_NEAR(got.std, std, 6 * std / std::sqrt(size) + rounding) << what;
  // The ends of a uniform distribution are found to range/n; those of a normal one wander.
  const bool uniform = max - min < 3.6 * std;
  const double ends = uniform ? 25 * (max - min) / size : 2 * std;
  EXPECT_NEAR(got.min, min, ends + rounding) << what;
  EXPECT_NEAR(got.max, max, ends + rounding) << what;
}

/// W·Wᵀ = gain²·I over the shorter side of the matrix [first dimension, rest].
void expect_orthogonal(const std::string& what, const float* w, const Shape& shape, double gain) {
  const int64_t rows = shape[0], cols = shape.numel() / rows, count = std::min(rows, cols), length = std::max(rows, cols);
  const auto at = [&](int64_t i, int64_t k) { return static_cast<double>(rows <= cols ? w[i * cols + k] : w[k * cols + i]); };
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      double dot = 0;
      for (int64_t k = 0; k < length; ++k) dot += at(i, k) * at(j, k);
      ASSERT_NEAR(dot, i == j ? gain * gain : 0, 1e-5 * gain * gain) << what << " " << i << " " << j;
    }
}

TEST(ParityCases, InitialisationsHavePyTorchsDistribution) {
  const Json all = read_cases("initialisations");
  EXPECT_GE(all.size(), 80u);
  for (const Json& c : all) {
    const std::string name = c["name"];
    std::vector<Issue> issues;
    CompiledModel model = compile(c["spec"], issues);
    for (const Issue& i : issues) ADD_FAILURE() << name << ": " << i.path << ": " << i.message;
    if (!issues.empty()) continue;
    const Session<float> s(std::move(model), Session<float>::Use::infer);
    for (const auto& [parameter, want] : c["parameters"].items()) {
      const std::string what = name + ": " + parameter;
      const int v = s.graph().find(parameter);
      if (v < 0) {
        ADD_FAILURE() << what << " does not exist";
        continue;
      }
      Shape shape;
      for (const Json& d : want["shape"]) shape.push(d.get<int64_t>());
      EXPECT_TRUE(s.shape(v) == shape || (shape.rank == 0 && s.shape(v).numel() == 1)) << what << " is " << s.shape(v).str();  // a counter is one number
      expect_same_distribution(what, s.data(v), s.shape(v).numel(), want);
      if (c.contains("orthogonal") && shape.rank > 1) expect_orthogonal(what, s.data(v), shape, c["orthogonal"]);
      const int64_t zero_row = c.value("zero_row", int64_t{-1});
      for (int64_t i = 0; zero_row >= 0 && i < shape.last(); ++i) EXPECT_EQ(s.data(v)[zero_row * shape.last() + i], 0.0f) << what;
    }
  }
}

}  // namespace
}  // namespace pg

// Lab "network": from one neuron to a deep network. Points in the plane, a curve, handwritten digits, or the reader's own data.
//
// One spec is compiled three times over the same parameters: for training batches, for evaluation in large batches
// (metrics, surface, maps), and for a single example that is to be explained. Values have the same ids in all three.
//
// Features of the plane, in the units in which they enter the first layer: x1, x2 as they are ([−6, 6]);
// x1², x2², x1·x2 divided by 6, so that they span no more than x1 and x2 do; sin x1, sin x2.
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/batches.h"
#include "data/digits.h"
#include "data/own.h"
#include "data/plane.h"
#include "kernels/math.h"
#include "labs/training.h"

namespace pg {

namespace {

using data::PlaneKind;

constexpr int kEvaluationBatch = 256;
constexpr int kTrainExamplesMeasured = 1000, kAllMeasured = 2000;  // of more than the second, the first only
constexpr int kExamplesObserved = 128;
constexpr int kMaxResolution = 256;
constexpr double kMaxCoordinate = 1e6;
constexpr const char *kDigitsAsset = "digits", *kOwnAsset = "own";

struct Feature {
  const char* name;
  float (*value)(float x1, float x2);
};
constexpr float kPerExtent = static_cast<float>(1.0 / data::kExtent);
constexpr Feature kFeatures[] = {
    {"x1", [](float x1, float) { return x1; }},
    {"x2", [](float, float x2) { return x2; }},
    {"x1_squared", [](float x1, float) { return x1 * x1 * kPerExtent; }},
    {"x2_squared", [](float, float x2) { return x2 * x2 * kPerExtent; }},
    {"x1_x2", [](float x1, float x2) { return x1 * x2 * kPerExtent; }},
    {"sin_x1", [](float x1, float) { return kernels::sin_(x1); }},
    {"sin_x2", [](float, float x2) { return kernels::sin_(x2); }},
};

std::string feature_names() {
  std::string names;
  for (const Feature& f : kFeatures) {
    if (!names.empty()) names += '|';
    names += f.name;
  }
  return names;
}

const std::string kTasks = data::plane_task_names() + "|" + kDigitsAsset + "|" + kOwnAsset;
const std::string kManyClasses = "task=" + data::plane_task_names(true);
const std::string kFeatureNames = feature_names();

// Data, not code that fills it: the few texts that are made at the start are put in behind.
constinit auto kParams = join_rows(
    std::array{
        ParamDef{.key = "task", .kind = Kind::choice, .group = "task", .text = "spiral"},
        ParamDef{.key = "classes", .kind = Kind::integer, .def = 2, .min = 2, .max = 5, .group = "task", .more = true},
        ParamDef{.key = "samples", .kind = Kind::integer, .def = 500, .min = 20, .max = 2000, .step = 10, .group = "data", .more = true, .when = "task!=digits|own"},
        ParamDef{.key = "noise", .def = 0.05, .min = 0, .max = 0.5, .step = 0.01, .group = "data", .when = "task!=digits|own"},
        ParamDef{.key = "train_fraction", .def = 0.7, .min = 0.1, .max = 0.9, .step = 0.05, .group = "data", .more = true, .when = "task!=digits"},
        ParamDef{.key = "features", .kind = Kind::choices, .min = 1, .max = 7, .group = "data", .text = "x1|x2", .when = "task!=curve|digits|own"},
        ParamDef{.key = "hidden", .kind = Kind::integers, .min = 1, .max = 128, .group = "model", .text = "16|16", .min_length = 0, .max_length = 6},
        ParamDef{.key = "activation", .kind = Kind::choice, .group = "model", .choices = PG_ACTIVATIONS, .text = "leaky_relu"},
        ParamDef{.key = "activations", .kind = Kind::names, .group = "model", .more = true, .choices = PG_ACTIVATIONS, .max_length = 6, .when = "hidden>0", .like = "activation", .per = "hidden"},
        ParamDef{.key = "batch_norm", .kind = Kind::boolean, .group = "model", .more = true, .when = "hidden>0"},
    },
    weight_init_rows(), training_rows());

[[maybe_unused]] const bool named = [] {
  for (ParamDef& d : kParams) {
    const std::string_view key = d.key;
    if (key == "task") d.choices = kTasks.c_str();
    if (key == "classes") d.when = kManyClasses.c_str();
    if (key == "features") d.choices = kFeatureNames.c_str();
  }
  return true;
}();

constexpr const char* kMetrics[] = {"train.loss", "train.accuracy", "test.loss", "test.accuracy"};

enum class Output : uint8_t { binary, multiclass, value };

/// One linear layer with what follows it: normalised where batch_norm is on, activated, dropped out.
struct Stage {
  std::string name;        // "0": the linear layer
  std::string activation;  // of a hidden layer its name; at the end sigmoid, softmax or linear
  int units = 0, offset = 0;  // offset: of its first unit among all features and units (maps, activations)
  int weight = -1, bias = -1, pre = -1, post = -1, dropped = -1;  // values; dropped: what the next layer reads
  int norm = -1, norm_weight = -1, norm_bias = -1;                // of batch_norm; -1: there is none
  bool has(int value) const { return value == pre || value == norm || value == post || value == dropped || value == weight || value == bias || value == norm_weight || value == norm_bias; }
};

/// Of the batch_norm of a hidden layer, from 0.
std::string norm_name(size_t layer) { return "norm" + std::to_string(layer + 1); }

/// Everything that one set of rebuilding parameters makes.
struct Run {
  std::string task;
  const data::PlaneTask* plane = nullptr;  // null: digits or own data
  bool drawn = true;                       // every example is a point of the plane, or of a curve
  int rows = 0, cols = 0;                  // of a picture; 0: none
  Json own = nullptr;                      // what the pack of own data says of itself
  std::vector<const Feature*> features;    // of the plane; own data have none
  data::PlaneData points;
  data::Digits digits;
  std::vector<float> inputs;    // [n, n_in] of the points
  std::vector<float> targets;   // [n] of the points
  std::vector<int32_t> labels;  // [n] where there are classes
  Output output = Output::binary;
  int n_in = 0, n_out = 1, classes = 0, n_train = 0, n_test = 0;
  data::Batches batches;
  std::vector<Stage> stages;
  int probs = -1, units_shown = 0;
  std::unique_ptr<LabModel> model, evaluation, single;
  bool single_has_target = false;

  // Of the last evaluation.
  bool evaluated = false;
  uint64_t version = 0;
  double metrics[4] = {};
  std::vector<int32_t> predicted;  // [n_test]
  std::vector<float> confidence;   // [n_test]: probability of the predicted class
  std::vector<float> scratch;      // [max(batch, 1), n_out]

  bool curve() const { return plane && plane->kind == PlaneKind::curve; }
  /// Training examples that the metrics look at.
  int n_measured() const { return n_train > kAllMeasured ? kTrainExamplesMeasured : n_train; }
  int label(int example) const { return labels[static_cast<size_t>(example)]; }
  void features_of(float x1, float x2, float* out) const {
    if (curve()) *out = x1;
    else if (features.empty()) out[0] = x1, out[1] = x2;
    else
      for (const Feature* f : features) *out++ = f->value(x1, x2);
  }
  template <class F>
  void fill(LabModel& m, int n, F example) const;
  const float* predictions(const LabModel& m, float* scratch_) const;
  std::string input_label(int64_t i) const;
  std::string output_label(int64_t i) const;
};

/// Makes the next batch: row i gets example(i) and its target.
template <class F>
void Run::fill(LabModel& m, int n, F example) const {
  m.set_batch(n);
  float* to = m.values_in(0);
  if (!digits.labels.empty()) {
    for (int i = 0; i < n; ++i) digits.values(example(i), to + static_cast<int64_t>(i) * n_in);
  } else if (n_in == 2) {  // the common case, without an inner loop
    for (int i = 0; i < n; ++i) {
      const float* from = inputs.data() + 2 * static_cast<int64_t>(example(i));
      to[2 * i] = from[0];
      to[2 * i + 1] = from[1];
    }
  } else {
    for (int i = 0; i < n; ++i) std::copy_n(inputs.data() + static_cast<int64_t>(example(i)) * n_in, n_in, to + static_cast<int64_t>(i) * n_in);
  }
  if (output == Output::multiclass) {
    int32_t* ids = m.ids_in(1);
    for (int i = 0; i < n; ++i) ids[i] = labels[static_cast<size_t>(example(i))];
  } else {
    float* values = m.values_in(1);
    for (int i = 0; i < n; ++i) values[i] = targets[static_cast<size_t>(example(i))];
  }
}

/// Probabilities or values [batch, n_out] of the last pass; `to` has room for them.
const float* Run::predictions(const LabModel& m, float* to) const {
  const float* y = m.data(m.graph().output);
  if (output == Output::multiclass) return m.data(probs);
  if (output == Output::value) return y;
  kernels::vsigmoid<float>(m.batch(), y, to);
  return to;
}

std::string Run::input_label(int64_t i) const {
  if (rows) return "(" + std::to_string(i / cols) + "," + std::to_string(i % cols) + ")";
  if (own.is_object()) return own["features"][static_cast<size_t>(i)].get<std::string>();
  return curve() ? "x" : features[static_cast<size_t>(i)]->name;
}

std::string Run::output_label(int64_t i) const { return n_out == 1 ? "y" : "y·" + std::to_string(i); }

class Network final : public Lab {
 protected:
  void build() override;
  void apply_live(const ParamDef& changed) override;
  std::vector<LabModel*> models() override { return {run_->model.get()}; }
  bool train_step() override;
  void evaluate(double* metrics) override;
  int steps_per_epoch() const override { return run_->batches.per_epoch(); }
  int history_stride() const override;
  bool read_into(const std::string& name, const Json& args, TensorOut& out) override;
  bool answer(const std::string& name, const Json& args, Json& out) override;
  const LabModel& observed() override;

 private:
  void load_data(Run& run);
  Json spec(const Run& run) const;
  void compile_models(Run& run) const;
  std::string activation_of(size_t layer) const;
  void reconcile();
  void measure(bool test, double& loss, double& accuracy);
  void refresh();
  int example_arg(const Json& args, const char* key) const;
  void show_single(const Json& args);
  void show_example(int example) {
    run_->fill(*run_->single, 1, [=](int) { return example; });
  }
  template <class F>
  void over_grid(int resolution, F each);
  int units_at(const LabModel& m, int row, float* to, int64_t stride) const;
  std::vector<int> worst(int k);
  Json info() const;
  Json explain(const Json& args);
  Json weight(const Json& args) const;
  Json predict(const Json& args);
  void show_sum(Json& explanation, const Stage& stage, int64_t flat) const;
  Json probability(int64_t unit) const;
  Json labelled(Json explanation) const;
  std::string label_of(const Json& ref) const;

  std::unique_ptr<Run> run_;
};

// --- making the run ---

void Network::load_data(Run& r) {
  const uint64_t seed = static_cast<uint64_t>(params_.integer("seed"));
  r.task = params_.text("task");
  r.plane = data::find_plane_task(r.task);
  const auto asset = [](const char* name) -> const std::vector<uint8_t>& {
    const std::vector<uint8_t>* bytes = find_asset(name);
    if (!bytes) fail("needs_asset", name, "provided before the lab is made", "");
    return *bytes;
  };
  if (r.task == kOwnAsset) {
    const auto& bytes = asset(kOwnAsset);
    data::Own own = data::parse_own(bytes.data(), bytes.size());
    own.split(params_.number("train_fraction"), seed);
    r.drawn = own.drawn();
    r.rows = own.rows;
    r.cols = own.cols;
    r.n_in = own.width;
    r.n_train = own.n_train;
    r.n_test = own.n - own.n_train;
    r.classes = own.classes();
    for (int i = 0; !r.rows && i < own.n; ++i) {
      const float* x = own.values.data() + static_cast<int64_t>(i) * r.n_in;
      r.points.points.push_back({x[0], r.n_in > 1 ? x[1] : 0, own.targets[static_cast<size_t>(i)]});
    }
    if (r.classes) r.labels.assign(own.targets.begin(), own.targets.end());
    r.inputs = std::move(own.values);
    r.targets = std::move(own.targets);
    r.own = std::move(own.header);
  } else if (!r.plane) {
    const auto& bytes = asset(kDigitsAsset);
    r.digits = data::parse_digits(bytes.data(), bytes.size());
    r.drawn = false;
    r.rows = r.digits.rows;
    r.cols = r.digits.cols;
    r.n_train = r.digits.n_train;
    r.n_test = r.digits.n_test;
    r.n_in = r.digits.picture();
    r.classes = data::kDigitClasses;
    r.labels.assign(r.digits.labels.begin(), r.digits.labels.end());
  } else {
    if (r.plane->kind == PlaneKind::classes) {
      if (params_.integer("classes") > r.plane->max_classes)
        correct("classes", static_cast<double>(r.plane->max_classes), "at most " + std::to_string(r.plane->max_classes) + " for the task " + r.task);
      r.classes = params_.integer("classes");
    }
    r.points = data::make_plane_data(*r.plane, params_.integer("samples"), r.classes, params_.number("noise"), params_.number("train_fraction"), seed);
    r.n_train = r.points.n_train;
    r.n_test = r.points.n_test;
    for (const Feature& f : kFeatures)
      if (!r.curve() && params_.has_choice("features", f.name)) r.features.push_back(&f);
    r.n_in = r.curve() ? 1 : static_cast<int>(r.features.size());
    r.inputs.resize(r.points.points.size() * static_cast<size_t>(r.n_in));
    float* to = r.inputs.data();
    for (const data::Point& p : r.points.points) {
      r.features_of(p.x1, p.x2, to);
      to += r.n_in;
      r.targets.push_back(p.target);
      if (r.classes) r.labels.push_back(static_cast<int32_t>(p.target));
    }
  }
  r.output = r.classes == 0 ? Output::value : r.classes == 2 ? Output::binary : Output::multiclass;
  r.n_out = r.output == Output::multiclass ? r.classes : 1;
  r.batches = data::Batches(r.n_train, std::min(params_.integer("batch_size"), r.n_train), seed);
}

/// Of a hidden layer: its own, or that of all.
std::string Network::activation_of(size_t layer) const {
  const auto& own = params_.choices("activations");
  return layer < own.size() && !own[layer].empty() ? own[layer] : params_.text("activation");
}

/// What cannot be together, and is refused by PyTorch, is corrected and said.
void Network::reconcile() {
  if (params_.flag("batch_norm") && params_.integer("batch_size") < 2) correct("batch_size", 2.0, "at least 2 with batch_norm: one example has no spread");
  reconcile_training();
}

Json Network::spec(const Run& r) const {
  Json layers = Json::array();
  // Parameters get their first values by their names, so these do not depend on what stands between.
  int name = 0;
  const auto layer = [&](const std::string& type) -> Json& {
    layers.push_back({{"type", type}, {"name", std::to_string(name++)}});
    return layers.back();
  };
  const auto linear = [&](int units) {
    Json& l = layer("linear");
    l["out_features"] = units;
    if (const Json init = init_section(params_); !init.is_null()) l["init"] = init;
  };
  const auto hidden = params_.integers("hidden");
  for (size_t i = 0; i < hidden.size(); ++i) {
    linear(hidden[i]);
    if (params_.flag("batch_norm")) layers.push_back({{"type", "batch_norm1d"}, {"name", norm_name(i)}});
    const std::string activation = activation_of(i);
    layer(activation == "linear" ? "identity" : activation);
    layer("dropout")["p"] = params_.number("dropout");  // always there: its rate is live
  }
  linear(r.n_out);
  const char* loss = r.output == Output::binary ? "bce_with_logits" : r.output == Output::multiclass ? "cross_entropy" : "mse";
  Json spec = {{"input", {{"shape", {r.n_in}}}}, {"layers", layers}, {"loss", {{"type", loss}}}};
  add_training(spec, params_);
  return spec;
}

void Network::compile_models(Run& r) const {
  const Json s = spec(r);
  r.model = make_model(s, LabModel::Use::train, std::min(params_.integer("batch_size"), r.n_train));
  r.evaluation = make_model(s, LabModel::Use::infer, kEvaluationBatch, r.model.get());
  r.single = make_model(s, LabModel::Use::infer, 1, r.model.get());

  const Graph& g = r.model->graph();
  int layer = 0, offset = r.rows ? 0 : r.n_in;
  const auto stage = [&](int units) {
    Stage s;
    s.name = std::to_string(layer);
    s.units = units;
    s.offset = offset;
    s.weight = g.find(s.name + ".weight");
    s.bias = g.find(s.name + ".bias");
    s.pre = s.post = s.dropped = g.find(s.name);
    offset += units;
    return s;
  };
  for (int units : params_.integers("hidden")) {
    Stage s = stage(units);
    const std::string norm = norm_name(r.stages.size());
    s.norm = g.find(norm);
    if (s.norm >= 0) {
      s.post = s.norm;
      s.norm_weight = g.find(norm + ".weight");
      s.norm_bias = g.find(norm + ".bias");
    }
    s.activation = activation_of(r.stages.size());
    if (s.activation != "linear") s.post = g.find(std::to_string(layer + 1));
    s.dropped = g.find(std::to_string(layer + 2));
    r.stages.push_back(std::move(s));
    layer += 3;
  }
  Stage last = stage(r.n_out);
  last.activation = r.output == Output::binary ? "sigmoid" : r.output == Output::multiclass ? "softmax" : "linear";
  r.stages.push_back(std::move(last));
  r.units_shown = offset;
  r.probs = g.find("loss.probs");
  r.predicted.resize(static_cast<size_t>(r.n_test));
  r.confidence.resize(static_cast<size_t>(r.n_test));
  r.scratch.resize(static_cast<size_t>(kEvaluationBatch * r.n_out));
}

void Network::build() {
  auto r = std::make_unique<Run>();
  reconcile();
  load_data(*r);
  compile_models(*r);
  run_ = std::move(r);
}

void Network::apply_live(const ParamDef&) {
  reconcile();
  LabModel& m = *run_->model;
  set_training(m, params_);
  for (const Stage& s : run_->stages)
    if (s.dropped != s.post) m.set_attr(m.graph().values[static_cast<size_t>(s.dropped)].name, "p", params_.number("dropout"));
}

// --- training and measuring ---

bool Network::train_step() {
  Run& r = *run_;
  const auto [examples, n] = r.batches.at(steps());
  r.fill(*r.model, n, [examples = examples](int i) { return examples[i]; });
  return r.model->train_step();
}

/// Data loss (no penalty, no dropout) and share of right classes over one split; NaN accuracy where there are no classes.
void Network::measure(bool test, double& loss, double& accuracy) {
  Run& r = *run_;
  LabModel& m = *r.evaluation;
  const int begin = test ? r.n_train : 0;
  const int count = test ? r.n_test : r.n_measured();
  double total = 0;
  int right = 0;
  for (int at = 0; at < count; at += kEvaluationBatch) {
    const int n = std::min(kEvaluationBatch, count - at);
    r.fill(m, n, [=](int i) { return begin + at + i; });
    m.forward(false);
    total += m.loss() * n;
    if (r.classes == 0) continue;
    const float* p = r.predictions(m, r.scratch.data());
    for (int i = 0; i < n; ++i) {
      int best = 0;
      float confidence;
      if (r.output == Output::binary) {
        best = p[i] > 0.5f;
        confidence = best ? p[i] : 1.0f - p[i];
      } else {
        const float* row = p + static_cast<int64_t>(i) * r.n_out;
        best = static_cast<int>(std::max_element(row, row + r.n_out) - row);
        confidence = row[best];
      }
      right += best == r.label(begin + at + i);
      if (test) {
        r.predicted[static_cast<size_t>(at + i)] = best;
        r.confidence[static_cast<size_t>(at + i)] = confidence;
      }
    }
  }
  loss = total / count;
  accuracy = r.classes ? static_cast<double>(right) / count : std::numeric_limits<double>::quiet_NaN();
}

/// Brings metrics and predictions of the test examples up to the present parameters.
void Network::refresh() {
  Run& r = *run_;
  if (r.evaluated && r.version == changes()) return;
  measure(false, r.metrics[0], r.metrics[1]);
  measure(true, r.metrics[2], r.metrics[3]);
  r.evaluated = true;
  r.version = changes();
}

const LabModel& Network::observed() {
  run_->fill(*run_->evaluation, std::min(run_->n_train, kExamplesObserved), [](int i) { return i; });
  run_->evaluation->forward(false);
  return *run_->evaluation;
}

void Network::evaluate(double* metrics) {
  refresh();
  std::copy(run_->metrics, run_->metrics + 4, metrics);
}

/// Recording takes no more than a tenth of the arithmetic of training, except where it is so cheap that the first rows
/// together take some tens of milliseconds: there every step is worth a point.
int Network::history_stride() const {
  const Run& r = *run_;
  const Plan& p = r.model->plan();
  const double per_example = p.flops_forward / p.batch_size;
  const double row = per_example * (r.n_test + r.n_measured());
  const double cheap = row * 512 / 1e8, tenth = 10 * row / (3 * p.flops_forward);
  return std::max(1, static_cast<int>(std::ceil(std::min(cheap, tenth))));
}

// --- what can be watched ---

/// Evaluates the middle of every cell of a resolution × resolution grid over the plane, row 0 at the top; for a curve,
/// `resolution` places from −6 to 6. each(model, first cell, count) after every pass.
template <class F>
void Network::over_grid(int resolution, F each) {
  const Run& r = *run_;
  LabModel& m = *run_->evaluation;
  const int cells = r.curve() ? resolution : resolution * resolution;
  const double e = data::kExtent;
  const auto middle = [&](int i) { return static_cast<float>(-e + 2 * e * (i + 0.5) / resolution); };
  for (int begin = 0; begin < cells; begin += kEvaluationBatch) {
    const int n = std::min(kEvaluationBatch, cells - begin);
    m.set_batch(n);
    for (int i = 0; i < n; ++i) {
      const int cell = begin + i;
      float* to = m.values_in(0) + static_cast<int64_t>(i) * r.n_in;
      if (r.curve()) *to = static_cast<float>(-e + 2 * e * cell / (resolution - 1));
      else r.features_of(middle(cell % resolution), -middle(cell / resolution), to);
    }
    m.forward(false);
    each(m, begin, n);
  }
}

/// Features (not pixels), hidden units after activation, outputs of one row of the last pass, `stride` apart in `to`.
int Network::units_at(const LabModel& m, int row, float* to, int64_t stride) const {
  const Run& r = *run_;
  int64_t at = 0;
  const auto copy = [&](const float* x, int n) {
    for (int i = 0; i < n; ++i, at += stride) to[at] = x[static_cast<int64_t>(row) * n + i];
  };
  if (!r.rows) copy(const_cast<LabModel&>(m).values_in(0), r.n_in);
  for (size_t s = 0; s + 1 < r.stages.size(); ++s) copy(m.data(r.stages[s].post), r.stages[s].units);
  copy(r.predictions(m, run_->scratch.data()), r.n_out);
  return r.units_shown;
}

int Network::example_arg(const Json& args, const char* key) const {
  const Run& r = *run_;
  const std::string split = member(args, "split").is_null() ? "train" : text_arg(args, "split");
  if (split != "train" && split != "test") fail("bad_argument", "split", "train or test", shown(split));
  return split == "train" ? integer_arg(args, key, 0, 0, r.n_train - 1) : r.n_train + integer_arg(args, key, 0, 0, r.n_test - 1);
}

/// Runs the single example that the arguments name: x, or split and example.
void Network::show_single(const Json& args) {
  Run& r = *run_;
  LabModel& m = *r.single;
  const Json& x = member(args, "x");
  if (x.is_null()) {
    show_example(example_arg(args, "example"));
    r.single_has_target = true;
  } else {
    const size_t n = r.drawn && !r.curve() ? 2 : static_cast<size_t>(r.n_in);
    const double lo = r.rows ? 0 : -kMaxCoordinate, hi = r.rows ? 1 : kMaxCoordinate;
    const std::string rule = std::to_string(n) + " numbers from " + shown(lo) + " to " + shown(hi);
    if (!x.is_array() || x.size() != n) fail("bad_argument", "x", rule, shown(x));
    std::vector<float> v;
    for (const Json& j : x) {
      if (!j.is_number() || !(j.get<double>() >= lo && j.get<double>() <= hi)) fail("bad_argument", "x", rule, shown(j));
      v.push_back(j.get<float>());
    }
    if (r.drawn) r.features_of(v[0], v.size() > 1 ? v[1] : 0, m.values_in(0));
    else std::copy(v.begin(), v.end(), m.values_in(0));
    r.single_has_target = false;
  }
  m.forward(false);
}

/// Test examples given a wrong class, the surest first.
std::vector<int> Network::worst(int k) {
  refresh();
  const Run& r = *run_;
  std::vector<int> wrong;
  for (int i = 0; i < r.n_test; ++i)
    if (r.predicted[static_cast<size_t>(i)] != r.label(r.n_train + i)) wrong.push_back(i);
  std::stable_sort(wrong.begin(), wrong.end(), [&](int a, int b) { return r.confidence[static_cast<size_t>(a)] > r.confidence[static_cast<size_t>(b)]; });
  if (static_cast<int>(wrong.size()) > k) wrong.resize(static_cast<size_t>(k));
  return wrong;
}

bool Network::read_into(const std::string& name, const Json& args, TensorOut& out) {
  Run& r = *run_;
  if (name == "points" && !r.rows) {
    const int64_t n = static_cast<int64_t>(r.points.points.size());
    out.shape = {n, 4};
    for (int64_t i = 0; i < n; ++i) {
      const data::Point& p = r.points.points[static_cast<size_t>(i)];
      const float row[] = {p.x1, r.curve() ? p.target : p.x2, p.target, i < r.n_train ? 0.0f : 1.0f};
      out.values.insert(out.values.end(), row, row + 4);
    }
    return true;
  }
  if ((name == "surface" || name == "maps") && r.drawn) {
    const int resolution = integer_arg(args, "resolution", 50, 2, kMaxResolution);
    const bool maps = name == "maps";
    const int64_t k = maps ? r.units_shown : r.n_out, rows = r.curve() ? 1 : resolution, cells = rows * resolution;
    out.shape = {k, rows, resolution};
    out.values.resize(static_cast<size_t>(k * cells));
    over_grid(resolution, [&](const LabModel& m, int begin, int n) {
      if (maps) {
        for (int i = 0; i < n; ++i) units_at(m, i, out.values.data() + begin + i, cells);
        return;
      }
      const float* p = r.predictions(m, r.scratch.data());
      for (int i = 0; i < n; ++i)
        for (int c = 0; c < r.n_out; ++c) out.values[static_cast<size_t>(c * cells + begin + i)] = p[i * r.n_out + c];
    });
    return true;
  }
  if (name == "activations") {
    show_single(args);
    out.shape = {r.units_shown};
    out.values.resize(static_cast<size_t>(r.units_shown));
    units_at(*r.single, 0, out.values.data(), 1);
    return true;
  }
  if (name == "weights_pictures" && r.rows) {
    const Stage& s = r.stages.front();
    const float* w = r.model->data(s.weight);
    out.shape = {s.units, r.rows, r.cols};
    out.values.assign(w, w + static_cast<int64_t>(s.units) * r.n_in);
    return true;
  }
  if (name == "confusion" && r.classes) {
    refresh();
    out.is_integer = true;
    out.shape = {r.classes, r.classes};
    out.integers.assign(static_cast<size_t>(r.classes * r.classes), 0);
    for (int i = 0; i < r.n_test; ++i) ++out.integers[static_cast<size_t>(r.label(r.n_train + i) * r.classes + r.predicted[static_cast<size_t>(i)])];
    return true;
  }
  if (name == "worst" && r.classes) {
    const auto wrong = worst(integer_arg(args, "k", 10, 1, 100));
    out.shape = {static_cast<int64_t>(wrong.size()), r.n_in};
    out.values.resize(wrong.size() * static_cast<size_t>(r.n_in));
    float* to = out.values.data();
    for (int i : wrong) {
      show_example(r.n_train + i);
      to = std::copy_n(r.single->values_in(0), r.n_in, to);
    }
    return true;
  }
  if (name == "example") {
    show_example(example_arg(args, "index"));
    out.shape = {r.n_in};
    const float* x = r.single->values_in(0);
    out.values.assign(x, x + r.n_in);
    return true;
  }
  return false;
}

Json Network::info() const {
  const Run& r = *run_;
  const Graph& g = r.model->graph();
  const auto value_name = [&](int v) { return g.values[static_cast<size_t>(v)].name; };
  const char* const kinds[] = {"binary", "multiclass", "regression"};
  Json out;
  out["kind"] = r.rows ? "digits" : !r.drawn ? "table" : r.curve() ? "curve" : kinds[static_cast<int>(r.output)];
  out["task"] = r.task;
  Json classes = Json::array(), features = Json::array(), layers = Json::array();
  if (r.own.is_object()) {
    classes = r.own["classes"];
    features = r.own["features"];
  } else {
    for (int c = 0; c < r.classes; ++c) classes.push_back(std::to_string(c));
  }
  if (r.curve()) features.push_back("x");
  for (const Feature* f : r.features) features.push_back(f->name);
  out["classes"] = classes;
  out["features"] = features;
  out["inputs"] = r.n_in;
  out["domain"] = {-data::kExtent, data::kExtent};
  out["picture"] = r.rows ? Json{r.rows, r.cols} : Json(nullptr);
  out["own"] = r.own;
  for (size_t i = 0; i < r.stages.size(); ++i) {
    const Stage& s = r.stages[i];
    const bool last = i + 1 == r.stages.size();
    layers.push_back({{"name", s.name}, {"param_weight", value_name(s.weight)}, {"param_bias", value_name(s.bias)}, {"units", s.units}, {"activation", s.activation},
                      {"norm", s.norm < 0 ? Json(nullptr) : Json{{"value", value_name(s.norm)}, {"weight", value_name(s.norm_weight)}, {"bias", value_name(s.norm_bias)}}},
                      {"pre", value_name(s.pre)}, {"post", last && r.classes ? "probability" : value_name(s.post)}, {"output", last}, {"offset_in_maps", s.offset}});
  }
  out["layers"] = layers;
  out["units_in_maps"] = r.units_shown;
  out["loss"] = r.output == Output::binary ? "bce_with_logits" : r.output == Output::multiclass ? "cross_entropy" : "mse";
  out["n_train"] = r.n_train;
  out["n_test"] = r.n_test;
  out["steps_per_epoch"] = r.batches.per_epoch();
  out["parameters"] = r.model->plan().parameter_count;
  out["is_logistic_regression"] = r.stages.size() == 1 && r.output == Output::binary;
  return out;
}

bool Network::answer(const std::string& name, const Json& args, Json& out) {
  if (name == "info") out = info();
  else if (name == "explain") out = explain(args);
  else if (name == "weight") out = weight(args);
  else if (name == "predict") out = predict(args);
  else if (name == "worst" && run_->classes) {
    const Run& r = *run_;
    out = Json::array();
    for (int i : worst(integer_arg(args, "k", 10, 1, 100))) {
      show_example(r.n_train + i);
      r.single->forward(false);
      out.push_back({{"index", i}, {"label", r.label(r.n_train + i)}, {"predicted", r.predicted[static_cast<size_t>(i)]},
                     {"probability", r.confidence[static_cast<size_t>(i)]}, {"loss", r.single->loss()}});
    }
  } else {
    return false;
  }
  return true;
}

/// "x1", "(3,14)" for a pixel, "h1·3" for the third unit of the first hidden layer, "y" or "y·2" for an output.
std::string Network::label_of(const Json& ref) const {
  const Run& r = *run_;
  if (!ref.is_object()) return "";
  const std::string name = ref["value"].get<std::string>();
  const int64_t i = ref["index"].empty() ? 0 : ref["index"].back().get<int64_t>();
  if (name == "input") return r.input_label(i);
  if (name == "probability") return r.output_label(i);
  const Graph& g = r.model->graph();
  const int v = g.find(name);
  for (size_t s = 0; s < r.stages.size(); ++s) {
    const Stage& stage = r.stages[s];
    if (!stage.has(v)) continue;
    const int64_t unit = v == stage.weight ? ref["index"].front().get<int64_t>() : i;
    return s + 1 == r.stages.size() ? r.output_label(unit) : "h" + std::to_string(s + 1) + "·" + std::to_string(unit + 1);
  }
  return "";
}

/// Names terms by their units, and passes over dropout, which does nothing here.
Json Network::labelled(Json e) const {
  const Run& r = *run_;
  const Graph& g = r.model->graph();
  const auto skip = [&](Json& ref) {
    if (!ref.is_object()) return;
    for (const Stage& s : r.stages)
      if (s.dropped != s.post && ref["value"] == g.values[static_cast<size_t>(s.dropped)].name) ref["value"] = g.values[static_cast<size_t>(s.post)].name;
  };
  for (Json& term : e["terms"]) {
    skip(term["a_ref"]);
    skip(term["b_ref"]);
    term["label"] = label_of(term["a_ref"]);
  }
  e["label"] = label_of(e);
  return e;
}

/// Puts the sum that an activation was applied to into the same answer: fn(Σ w·x + b) is read in one piece.
void Network::show_sum(Json& e, const Stage& stage, int64_t flat) const {
  const Json sum = explanation_json(*run_->single, stage.pre, flat);
  for (const char* key : {"kind", "terms", "bias"}) e[key] = sum[key];
}

Json Network::probability(int64_t unit) const {
  const Run& r = *run_;
  const LabModel& m = *r.single;
  const int logits = m.graph().output;
  Json out = {{"value", "probability"}, {"index", {unit}}, {"shape", {r.n_out}}};
  const float* p = r.predictions(m, run_->scratch.data());
  out["result"] = p[unit];
  out["terms"] = Json::array();
  Json constants = Json::object();
  if (r.output == Output::binary) {
    out["kind"] = "apply";
    out["fn"] = "sigmoid";
  } else {
    out["kind"] = "softmax";
    double max = m.at(logits, 0), sum = 0;
    for (int c = 1; c < r.n_out; ++c) max = std::max(max, m.at(logits, c));
    for (int c = 0; c < r.n_out; ++c) {
      sum += kernels::exp_(m.at(logits, c) - max);
      out["terms"].push_back({{"label", r.output_label(c)}, {"a", m.at(logits, c)}, {"b", p[c]}, {"a_ref", ref_json(m, {logits, c})}, {"b_ref", {{"value", "probability"}, {"index", {c}}}}});
    }
    constants = {{"max", max}, {"sum", sum}};
  }
  out["z"] = m.at(logits, unit);
  out["z_ref"] = ref_json(m, {logits, unit});
  out["constants"] = constants;
  out["used_by"] = Json::array();
  if (r.single_has_target) out["used_by"].push_back(ref_json(m, {m.graph().loss, 0}));
  out["label"] = r.output_label(unit);
  if (r.output == Output::multiclass) return out;
  show_sum(out, r.stages.back(), unit);
  return labelled(std::move(out));
}

Json Network::explain(const Json& args) {
  const Run& r = *run_;
  const std::string name = text_arg(args, "value");
  const Json& index = member(args, "index");
  const LabModel& m = *r.single;
  const Graph& g = m.graph();
  if (name == "probability" && r.classes) {
    if (!index.is_array() || index.size() != 1 || !index[0].is_number_integer() || index[0].get<int64_t>() < 0 || index[0].get<int64_t>() >= r.n_out)
      fail("bad_index", "index", "an index into [" + std::to_string(r.n_out) + "]", shown(index));
    show_single(args);
    return probability(index[0].get<int64_t>());
  }
  int v = value_named(m, name);
  for (const Stage& s : r.stages)
    if (v == s.dropped) v = s.post;
  const int64_t flat = flat_index(m, v, index, "index");
  show_single(args);
  if (!r.single_has_target && (v == g.loss || name == "target")) fail("bad_argument", "value", "a value that needs no target, for an example without one", name);
  Json e = explanation_json(m, v, flat);
  for (const Stage& stage : r.stages)
    if (v == stage.post && v != stage.pre && stage.norm < 0) show_sum(e, stage, flat);
  // One step up: what reads a hidden unit reads it through dropout; what a reader knows as the output is the probability.
  Json users = Json::array();
  for (const Stage& s : r.stages)
    if (v == s.post && v != s.dropped)
      for (const Ref& u : m.used_by(s.dropped, flat, 16)) users.push_back(ref_json(m, u));
  if (v == g.output && r.classes) users.push_back({{"value", "probability"}, {"index", {flat}}});
  if (!users.empty()) e["used_by"] = users;
  return labelled(std::move(e));
}

Json Network::weight(const Json& args) const {
  const LabModel& m = *run_->model;
  const std::string name = text_arg(args, "name");
  const int v = value_named(m, name);
  if (m.graph().values[static_cast<size_t>(v)].kind != ValueKind::parameter) fail("unknown_name", "name", "a parameter", shown(name));
  const int64_t flat = flat_index(m, v, member(args, "index"), "index");
  Json out = update_json(m, v, flat);
  out["to"] = label_of(out);
  out["from"] = nullptr;  // a bias comes from nowhere
  for (size_t s = 0; s < run_->stages.size(); ++s)
    if (v == run_->stages[s].weight) {
      const int source = s ? run_->stages[s - 1].post : m.graph().inputs[0];
      out["from"] = label_of({{"value", m.graph().values[static_cast<size_t>(source)].name}, {"index", {out["index"].back()}}});
    }
  return out;
}

Json Network::predict(const Json& args) {
  if (member(args, "x").is_null()) fail("bad_argument", "x", "a list of numbers", "");
  show_single(args);
  const Run& r = *run_;
  const LabModel& m = *r.single;
  const float* p = r.predictions(m, run_->scratch.data());
  Json probabilities = Json::array(), output = Json::array();
  if (r.output == Output::binary) probabilities = {1.0f - p[0], p[0]};
  else if (r.output == Output::multiclass)
    for (int c = 0; c < r.n_out; ++c) probabilities.push_back(p[c]);
  for (int c = 0; c < r.n_out; ++c) output.push_back(m.at(m.graph().output, c));
  return {{"probabilities", probabilities}, {"output", output}};
}

}  // namespace

const LabDef labs::network = {"network", kParams, kMetrics, [] { return std::unique_ptr<Lab>(new Network); }};

}  // namespace pg

// Lab "cnn": pictures and convolution. Made-up coloured shapes, handwritten digits, clothes, or the reader's own pictures; beside the
// convolutional network an MLP of about as many parameters learns from the same batches.
//
// One spec is compiled three times over the same parameters: for training batches, for evaluation in large batches, and for one
// picture that is looked at, with the gradient of the picture itself. Settings that cannot be together (a kernel larger than what
// it slides over) leave nothing to train; `info` then tells the layers up to the one that fails, and why it does.
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/batches.h"
#include "data/own.h"
#include "data/shapes.h"
#include "kernels/math.h"
#include "labs/pictures.h"
#include "labs/training.h"

namespace pg {

namespace {

constexpr int kEvaluationBatch = 64;
constexpr int kTrainExamplesMeasured = 500;
constexpr int kExamplesObserved = 64;
constexpr int kShapesTrained = 3000, kShapesTested = 500;
constexpr const char* kOwnAsset = "own";
constexpr double kOwnTrained = 0.8;  // share of the reader's own pictures; the others are for the test

constexpr auto kParams = join_rows(
    std::array{
        ParamDef{.key = "task", .kind = Kind::choice, .group = "task", .choices = "shapes|digits|clothes|own", .text = "shapes"},
        ParamDef{.key = "label", .kind = Kind::choice, .group = "task", .choices = "shape|stripes", .text = "shape", .when = "task=shapes"},
        ParamDef{.key = "tied", .kind = Kind::boolean, .group = "task", .when = "task=shapes"},
        ParamDef{.key = "samples", .kind = Kind::integer, .def = 12000, .min = 100, .max = 12000, .scale = Scale::log, .group = "data", .more = true, .when = "task!=own"},
        ParamDef{.key = "out_channels", .kind = Kind::integers, .min = 1, .max = 32, .group = "model", .text = "8|16|16", .min_length = 1, .max_length = 4},
        ParamDef{.key = "kernel_size", .kind = Kind::integer, .def = 3, .min = 1, .max = 11, .group = "model"},
        ParamDef{.key = "stride", .kind = Kind::integer, .def = 1, .min = 1, .max = 4, .group = "model"},
        ParamDef{.key = "padding", .kind = Kind::choice, .group = "model", .choices = "valid|same|full|explicit", .text = "same"},
        ParamDef{.key = "padding_size", .kind = Kind::integer, .def = 1, .min = 0, .max = 8, .group = "model", .when = "padding=explicit"},
        ParamDef{.key = "pool", .kind = Kind::choice, .group = "model", .choices = "max|average|none", .text = "max"},
        ParamDef{.key = "pool_size", .kind = Kind::integer, .def = 2, .min = 1, .max = 6, .group = "model", .more = true, .when = "pool!=none"},
        ParamDef{.key = "dense", .kind = Kind::integers, .min = 1, .max = 128, .group = "model", .more = true, .text = "", .min_length = 0, .max_length = 2},
        ParamDef{.key = "activation", .kind = Kind::choice, .group = "model", .more = true, .choices = PG_ACTIVATIONS, .text = "relu"},
        ParamDef{.key = "batch_norm", .kind = Kind::boolean, .group = "model", .more = true},
        ParamDef{.key = "mlp", .kind = Kind::boolean, .def = 1, .group = "model", .more = true},
    },
    weight_init_rows(), training_rows({.lr = 0.005, .batch_size = 32, .max_batch_size = 256, .optimizer = "adam"}));

constexpr const char* kMetrics[] = {"train.loss", "train.accuracy", "test.loss", "test.accuracy", "mlp.accuracy"};

/// One value on the way from the picture to the classes, as it is drawn.
struct Stage {
  std::string name, kind;  // kind: conv, norm, act, pool, dense or out; an activation behind a dense layer is "dense_act"
  int block = 0;           // of convolution, or dense layer, from 1; 0: the output
  int value = -1, reads = -1;  // values: itself, and what it is made of
  int channels = 0, rows = 1, cols = 1;
  int64_t offset = 0;  // of its first number in `maps`
  // The window that slides over what it reads; kernel 0: none. `pad`: of both sides together; `before`: of the left and the top.
  int kernel = 0, stride = 1, pad = 0, before = 0, n_rows = 0, n_cols = 0;
  // Of the unit in the top left corner: how many pixels of the picture reach it, where they begin, and how far its neighbour's are.
  int field = 1, start = 0, jump = 1;
  int64_t parameters = 0, multiply_adds = 0;
  int64_t numbers() const { return static_cast<int64_t>(channels) * rows * cols; }
};

/// Everything that one set of rebuilding parameters makes.
struct Run {
  std::shared_ptr<const Pictures> data;
  data::Batches batches;
  std::vector<Stage> stages;
  std::unique_ptr<LabModel> model, evaluation, single;  // null where no such network can be
  std::unique_ptr<LabModel> mlp, mlp_evaluation;        // null where none is wanted
  int mlp_units = 0;
  Issue broken;  // why there is no model
  int probs = -1;
  int64_t shown = 0;  // numbers in `maps`
  std::vector<float> weights;  // of what a gradient is taken of

  bool evaluated = false;
  uint64_t version = 0;
  double metrics[5] = {};
  std::vector<int32_t> predicted;  // [n_test]

  int n_measured() const { return std::min(data->n_train, kTrainExamplesMeasured); }
  const Stage* find(const std::string& name) const {
    for (const Stage& s : stages)
      if (s.name == name) return &s;
    return nullptr;
  }
};

class Cnn final : public Lab {
 protected:
  void build() override;
  void apply_live(const ParamDef& changed) override;
  std::vector<LabModel*> models() override;
  bool train_step() override;
  void evaluate(double* metrics) override;
  int steps_per_epoch() const override { return run_->batches.per_epoch(); }
  int history_stride() const override;
  bool read_into(const std::string& name, const Json& args, TensorOut& out) override;
  bool answer(const std::string& name, const Json& args, Json& out) override;
  const LabModel& observed() override;

 private:
  std::shared_ptr<const Pictures> load_data();
  Json layers(std::vector<Stage>& stages, std::vector<size_t>& at) const;
  void measure_stages(Run& r, const Graph& g, size_t count) const;
  void make_mlp(Run& r) const;
  void fill(LabModel& m, int n, const int32_t* examples, int begin) const;
  double accuracy(LabModel& m, int begin, int count, double* loss, std::vector<int32_t>* predicted) const;
  void refresh();
  void show(const Json& args);
  const Stage& stage_arg(const Json& args) const;
  int class_arg(const Json& args) const;
  void moved(const Json& args, TensorOut& out);
  void occlusion(const Json& args, TensorOut& out);
  void excite(const Json& args, TensorOut& out);
  Json info() const;
  Json explain(const Json& args);
  Json weight(const Json& args) const;

  std::unique_ptr<Run> run_;
  std::string data_key_;  // what `data_` was made from; empty: of the reader's own, which may be others now
  std::shared_ptr<const Pictures> data_;
};

// --- making the run ---

std::shared_ptr<const Pictures> Cnn::load_data() {
  const std::string task = params_.text("task");
  const uint64_t seed = static_cast<uint64_t>(params_.integer("seed"));
  const int most = params_.integer("samples");
  const bool drawn = task == "shapes";
  Json key = {task, most};
  if (drawn) key.insert(key.end(), {params_.text("label"), params_.flag("tied"), seed});
  if (task != kOwnAsset && data_ && data_key_ == key.dump()) return data_;
  auto p = std::make_shared<Pictures>();
  const auto sizes = [&](int channels, int rows, int cols, int n_train, int n_test) {
    p->channels = channels;
    p->rows = rows;
    p->cols = cols;
    p->n_train = n_train;
    p->n_test = n_test;
  };
  if (drawn) {
    const int n = std::min(most, kShapesTrained);
    data::Shapes s = data::make_shapes(n, kShapesTested, params_.flag("tied"), seed);
    sizes(data::kShapeChannels, data::kShapeSide, data::kShapeSide, n, kShapesTested);
    p->pixels = std::move(s.pixels);
    const bool shape = params_.is("label", "shape");
    p->labels = std::move(shape ? s.shapes : s.stripes);
    p->classes = shape ? std::vector<std::string>{"disc", "square", "triangle", "cross"} : std::vector<std::string>{"flat", "rising", "upright", "falling"};
  } else if (task == kOwnAsset) {
    const std::vector<uint8_t>* bytes = find_asset(task);
    if (!bytes) fail("needs_asset", task, "provided before the lab is made", "");
    data::Own own = data::parse_own(bytes->data(), bytes->size());
    if (own.rows == 0) fail("bad_asset", kOwnAsset, "pictures", "a table");
    own.split(kOwnTrained, seed);
    sizes(1, own.rows, own.cols, own.n_train, own.n - own.n_train);
    for (float v : own.values) p->pixels.push_back(static_cast<uint8_t>(v * 255 + 0.5f));
    p->labels.assign(own.targets.begin(), own.targets.end());
    for (const Json& name : own.header["classes"]) p->classes.push_back(name.get<std::string>());
  } else {
    *p = packed_pictures(task, most);
  }
  data_key_ = task == kOwnAsset ? "" : key.dump();
  return data_ = p;
}

/// The spec's layers; of each that is drawn a stage, and its place among them.
Json Cnn::layers(std::vector<Stage>& stages, std::vector<size_t>& at) const {
  Json all = Json::array();
  const Json init = init_section(params_);
  const std::string activation = params_.text("activation");
  const auto layer = [&](const char* type, std::string name) -> Json& {
    all.push_back({{"type", type}, {"name", std::move(name)}});
    return all.back();
  };
  const auto drawn = [&](const char* kind, int block, const char* type, const std::string& name) -> Json& {
    at.push_back(all.size());
    Stage s;
    s.name = name;
    s.kind = kind;
    s.block = block;
    stages.push_back(std::move(s));
    return layer(type, name);
  };
  const auto trained = [&](Json& l) {
    if (!init.is_null()) l["init"] = init;
  };
  const int kernel = params_.integer("kernel_size"), stride = params_.integer("stride"), pool = params_.integer("pool_size");
  int block = 0;
  for (int filters : params_.integers("out_channels")) {
    const std::string number = std::to_string(++block);
    Json& conv = drawn("conv", block, "conv2d", "conv" + number);
    conv["out_channels"] = filters;
    conv["kernel_size"] = kernel;
    conv["stride"] = stride;
    const std::string& padding = params_.text("padding");
    if (padding == "explicit") conv["padding"] = params_.integer("padding_size");
    else if (padding == "full") conv["padding"] = kernel - 1;
    else conv["padding"] = padding;
    trained(conv);
    Stage& s = stages.back();
    s.kernel = kernel;
    s.stride = stride;
    s.pad = padding == "valid" ? 0 : padding == "same" ? kernel - 1 : 2 * conv["padding"].get<int>();
    s.before = s.pad / 2;
    if (params_.flag("batch_norm")) drawn("norm", block, "batch_norm2d", "norm" + number);
    if (activation != "linear") drawn("act", block, activation.c_str(), "act" + number);
    if (!params_.is("pool", "none")) {
      drawn("pool", block, params_.is("pool", "max") ? "max_pool2d" : "avg_pool2d", "pool" + number)["kernel_size"] = pool;
      stages.back().kernel = stages.back().stride = pool;
    }
  }
  layer("flatten", "flatten");
  const auto linear = [&](const char* kind, int number, const std::string& name, int units) {
    layer("dropout", "drop" + name)["p"] = params_.number("dropout");  // always there: its rate is live
    Json& l = drawn(kind, number, "linear", name);
    l["out_features"] = units;
    trained(l);
  };
  int number = 0;
  for (int units : params_.integers("dense")) {
    const std::string name = "dense" + std::to_string(++number);
    linear("dense", number, name, units);
    if (activation != "linear") drawn("dense_act", number, activation.c_str(), name + "_act");
  }
  linear("out", 0, "out", static_cast<int>(data_->classes.size()));
  return all;
}

/// What the graph says of the first `count` stages: values and sizes; and from them fields and costs.
void Cnn::measure_stages(Run& r, const Graph& g, size_t count) const {
  const Pictures& p = *r.data;
  int field = 1, start = 0, jump = 1;
  int64_t offset = 0;
  for (size_t i = 0; i < count; ++i) {
    Stage& s = r.stages[i];
    s.value = g.find(s.name);
    const Value& v = g.values[static_cast<size_t>(s.value)];
    const Node& node = g.nodes[static_cast<size_t>(v.node)];
    const Shape& shape = v.type.shape;
    s.reads = node.in[0];
    s.channels = static_cast<int>(shape[1]);
    s.rows = shape.rank == 4 ? static_cast<int>(shape[2]) : 1;
    s.cols = shape.rank == 4 ? static_cast<int>(shape[3]) : 1;
    s.offset = offset;
    offset += s.numbers();
    if (s.kernel > 0) {
      const Shape& from = g.values[static_cast<size_t>(s.reads)].type.shape;
      s.n_rows = static_cast<int>(from[2]);
      s.n_cols = static_cast<int>(from[3]);
      field += (s.kernel - 1) * jump;
      start -= s.before * jump;
      jump *= s.stride;
    }
    const bool whole = shape.rank != 4;
    s.field = whole ? std::max(p.rows, p.cols) : field;
    s.start = whole ? 0 : start;
    s.jump = jump;
    for (size_t k = 1; k < node.in.size(); ++k) {
      const Value& w = g.values[static_cast<size_t>(node.in[k])];
      if (w.kind == ValueKind::parameter) s.parameters += w.type.shape.numel();
    }
    // Of one picture: each number of a convolution or a linear layer is a sum of as many products as a filter has weights.
    if (s.kind == "conv" || s.kind == "dense" || s.kind == "out") {
      const Shape& w = g.values[static_cast<size_t>(node.in[1])].type.shape;
      s.multiply_adds = s.numbers() * (w.numel() / w[0]);
    }
  }
  r.shown = offset;
}

void Cnn::make_mlp(Run& r) const {
  const int n_in = r.data->size(), classes = static_cast<int>(r.data->classes.size());
  const double wanted = static_cast<double>(r.model->plan().parameter_count - classes) / (n_in + 1 + classes);
  r.mlp_units = std::clamp(static_cast<int>(wanted + 0.5), 1, 256);
  Json layers = Json::array();
  const auto layer = [&](const std::string& type, const char* name) -> Json& {
    layers.push_back({{"type", type}, {"name", name}});
    return layers.back();
  };
  const Json init = init_section(params_);
  const auto linear = [&](const char* name, int units) {
    Json& l = layer("linear", name);
    l["out_features"] = units;
    if (!init.is_null()) l["init"] = init;
  };
  linear("hidden", r.mlp_units);
  layer(params_.is("activation", "linear") ? "identity" : params_.text("activation"), "act");
  layer("dropout", "drop")["p"] = params_.number("dropout");
  linear("out", classes);
  Json spec = {{"input", {{"shape", {n_in}}}}, {"layers", layers}, {"loss", {{"type", "cross_entropy"}}}};
  add_training(spec, params_);
  r.mlp = make_model(spec, LabModel::Use::train, std::min(params_.integer("batch_size"), r.data->n_train));
  r.mlp_evaluation = make_model(spec, LabModel::Use::infer, kEvaluationBatch, r.mlp.get());
}

void Cnn::build() {
  if (params_.flag("batch_norm") && params_.integer("batch_size") < 2) correct("batch_size", 2.0, "at least 2 with batch_norm: one example has no spread");
  reconcile_training();
  auto r = std::make_unique<Run>();
  r->data = load_data();
  const Pictures& p = *r->data;
  const int batch = std::min(params_.integer("batch_size"), p.n_train);
  r->batches = data::Batches(p.n_train, batch, static_cast<uint64_t>(params_.integer("seed")));
  r->predicted.resize(static_cast<size_t>(p.n_test));
  std::vector<size_t> at;
  Json spec = {{"input", {{"shape", {p.channels, p.rows, p.cols}}}}, {"layers", layers(r->stages, at)}, {"loss", {{"type", "cross_entropy"}}}};
  add_training(spec, params_);
  std::vector<Issue> issues;
  compile(spec, issues, 1);
  if (issues.empty()) {
    r->model = make_model(spec, LabModel::Use::train, batch);
    r->evaluation = make_model(spec, LabModel::Use::infer, kEvaluationBatch, r->model.get());
    spec["input"]["requires_grad"] = true;
    r->single = make_model(spec, LabModel::Use::train, 1, r->model.get());
    measure_stages(*r, r->model->graph(), r->stages.size());
    r->probs = r->model->graph().find("loss.probs");
    if (params_.flag("mlp")) make_mlp(*r);
  } else {
    // "layers[4].stride": all before it can be.
    r->broken = issues.front();
    size_t failing = 0;
    if (r->broken.path.starts_with("layers[")) failing = static_cast<size_t>(std::stoi(r->broken.path.substr(7)));
    size_t whole = 0;
    while (whole < at.size() && at[whole] < failing) ++whole;
    spec["layers"].erase(spec["layers"].begin() + static_cast<int64_t>(failing), spec["layers"].end());
    spec.erase("loss");
    issues.clear();
    const CompiledModel before = failing ? compile(spec, issues, 1) : CompiledModel{};
    if (before.plan) measure_stages(*r, before.plan->graph, whole);
    r->stages.resize(std::min(r->stages.size(), whole + 1));
    Stage& s = r->stages.back();
    s.n_rows = whole ? r->stages[whole - 1].rows : p.rows;
    s.n_cols = whole ? r->stages[whole - 1].cols : p.cols;
    s.channels = s.rows = s.cols = 0;
  }
  run_ = std::move(r);
}

void Cnn::apply_live(const ParamDef&) {
  reconcile_training();
  for (LabModel* m : models()) {
    set_training(*m, params_);
    for (const Value& v : m->graph().values)
      if (v.name.starts_with("drop") && v.kind == ValueKind::activation) m->set_attr(v.name, "p", params_.number("dropout"));
  }
}

std::vector<LabModel*> Cnn::models() {
  std::vector<LabModel*> all;
  if (run_->model) all.push_back(run_->model.get());
  if (run_->mlp) all.push_back(run_->mlp.get());
  return all;
}

// --- training and measuring ---

/// Makes the next batch: n examples by their numbers, or from `begin` on where there are none.
void Cnn::fill(LabModel& m, int n, const int32_t* examples, int begin) const {
  const Pictures& p = *run_->data;
  m.set_batch(n);
  float* to = m.values_in(0);
  int32_t* ids = m.ids_in(1);
  for (int i = 0; i < n; ++i, to += p.size()) {
    const int example = examples ? examples[i] : begin + i;
    p.values(example, to);
    ids[i] = p.labels[static_cast<size_t>(example)];
  }
}

bool Cnn::train_step() {
  Run& r = *run_;
  const auto [examples, n] = r.batches.at(steps());
  fill(*r.model, n, examples, 0);
  const bool whole = r.model->train_step();
  // The MLP is there to be compared: if it alone diverges, it stays where it is.
  if (whole && r.mlp && !r.mlp->divergence()) {
    r.mlp->set_batch(n);
    std::copy_n(r.model->values_in(0), static_cast<int64_t>(n) * r.data->size(), r.mlp->values_in(0));
    std::copy_n(r.model->ids_in(1), n, r.mlp->ids_in(1));
    r.mlp->train_step();
  }
  return whole;
}

double Cnn::accuracy(LabModel& m, int begin, int count, double* loss, std::vector<int32_t>* predicted) const {
  return accuracy_of(m, begin, count, kEvaluationBatch, loss, predicted, [&](int first, int n) { fill(m, n, nullptr, first); });
}

/// Brings metrics and predictions of the test examples up to the present parameters.
void Cnn::refresh() {
  Run& r = *run_;
  if (r.evaluated && r.version == changes()) return;
  const Pictures& p = *r.data;
  std::fill_n(r.metrics, 5, std::numeric_limits<double>::quiet_NaN());
  if (r.model) {
    r.metrics[1] = accuracy(*r.evaluation, 0, r.n_measured(), &r.metrics[0], nullptr);
    r.metrics[3] = accuracy(*r.evaluation, p.n_train, p.n_test, &r.metrics[2], &r.predicted);
  }
  if (r.mlp) r.metrics[4] = accuracy(*r.mlp_evaluation, p.n_train, p.n_test, nullptr, nullptr);
  r.evaluated = true;
  r.version = changes();
}

void Cnn::evaluate(double* metrics) {
  refresh();
  std::copy(run_->metrics, run_->metrics + 5, metrics);
}

const LabModel& Cnn::observed() {
  fill(*run_->evaluation, std::min(run_->data->n_train, kExamplesObserved), nullptr, 0);
  run_->evaluation->forward(false);
  return *run_->evaluation;
}

/// Recording takes about a fifth of the arithmetic of training: a curve of few points says little.
int Cnn::history_stride() const {
  const Run& r = *run_;
  if (!r.model) return 1;
  const Plan& p = r.model->plan();
  return std::max(1, static_cast<int>(5.0 * (r.data->n_test + r.n_measured()) / (3.0 * p.batch_size)));
}

// --- what can be watched ---

/// Puts the picture that the arguments name (x, or split and example) through the network.
void Cnn::show(const Json& args) {
  Run& r = *run_;
  const int example = example_arg(*r.data, args);
  picture_arg(*r.data, args, r.single->values_in(0));
  r.single->ids_in(1)[0] = example < 0 ? 0 : r.data->labels[static_cast<size_t>(example)];  // of one's own: what comes of it, the loss, is not shown
  r.single->forward(false);
}

const Stage& Cnn::stage_arg(const Json& args) const {
  const std::string name = text_arg(args, "layer");
  const Stage* s = run_->find(name);
  if (!s) fail("unknown_name", "layer", "a layer of info", shown(name));
  return *s;
}

/// The class that is asked about: the one given, or that which the network chose for the picture.
int Cnn::class_arg(const Json& args) const {
  const int classes = static_cast<int>(run_->data->classes.size());
  return integer_arg(args, "class", best_of(run_->single->data(run_->probs), classes), 0, classes - 1);
}

/// Accuracy over the first n test pictures, each shifted by whole pixels and turned about its middle: of the network, of the MLP.
/// What comes in from outside is as the edge was.
void Cnn::moved(const Json& args, TensorOut& out) {
  Run& r = *run_;
  const Pictures& p = *r.data;
  const int dx = integer_arg(args, "dx", 0, -p.cols, p.cols), dy = integer_arg(args, "dy", 0, -p.rows, p.rows);
  const int degrees = integer_arg(args, "degrees", 0, -180, 180), n = integer_arg(args, "n", p.n_test, 1, p.n_test);
  const double angle = degrees * 3.141592653589793 / 180, cos = kernels::cos_(angle), sin = kernels::sin_(angle);
  const double cx = (p.cols - 1) / 2.0, cy = (p.rows - 1) / 2.0;
  const int classes = static_cast<int>(p.classes.size());
  std::vector<float> picture(static_cast<size_t>(p.size()));
  out.shape = {2};
  for (LabModel* m : {r.evaluation.get(), r.mlp_evaluation.get()}) {
    if (!m) {
      out.values.push_back(std::numeric_limits<float>::quiet_NaN());
      continue;
    }
    int right = 0;
    for (int at = 0; at < n; at += kEvaluationBatch) {
      const int count = std::min(kEvaluationBatch, n - at);
      fill(*m, count, nullptr, p.n_train + at);
      for (int i = 0; i < count; ++i) {
        float* x = m->values_in(0) + static_cast<int64_t>(i) * p.size();
        std::copy_n(x, p.size(), picture.data());
        for (int row = 0; row < p.rows; ++row)
          for (int col = 0; col < p.cols; ++col) {
            const double u = col - dx - cx, v = row - dy - cy;
            const double from_x = std::clamp(cos * u + sin * v + cx, 0.0, p.cols - 1.0), from_y = std::clamp(cos * v - sin * u + cy, 0.0, p.rows - 1.0);
            const int x0 = static_cast<int>(from_x), y0 = static_cast<int>(from_y), x1 = std::min(x0 + 1, p.cols - 1), y1 = std::min(y0 + 1, p.rows - 1);
            const float fx = static_cast<float>(from_x - x0), fy = static_cast<float>(from_y - y0);
            for (int c = 0; c < p.channels; ++c) {
              const float* plane = picture.data() + static_cast<int64_t>(c) * p.rows * p.cols;
              const float top = plane[y0 * p.cols + x0] * (1 - fx) + plane[y0 * p.cols + x1] * fx, bottom = plane[y1 * p.cols + x0] * (1 - fx) + plane[y1 * p.cols + x1] * fx;
              x[(c * p.rows + row) * p.cols + col] = top * (1 - fy) + bottom * fy;
            }
          }
      }
      m->forward(false);
      const int probs = m->graph().find("loss.probs");
      for (int i = 0; i < count; ++i) right += best_of(m->data(probs) + static_cast<int64_t>(i) * classes, classes) == m->ids_in(1)[i];
    }
    out.values.push_back(static_cast<float>(static_cast<double>(right) / n));
  }
}

/// How much of the class's probability is lost when a square of the picture is covered by the picture's mean colour:
/// [places down, places across], `stride` pixels apart.
void Cnn::occlusion(const Json& args, TensorOut& out) {
  Run& r = *run_;
  const Pictures& p = *r.data;
  show(args);
  const int side = integer_arg(args, "size", 6, 1, std::min(p.rows, p.cols)), stride = integer_arg(args, "stride", 2, 1, side), c = class_arg(args);
  const int down = (p.rows - side) / stride + 1, across = (p.cols - side) / stride + 1, pixels = p.rows * p.cols;
  const float* x = r.single->values_in(0);
  const float whole = r.single->data(r.probs)[c];
  std::vector<float> mean;
  for (int k = 0; k < p.channels; ++k) {
    double sum = 0;
    for (int i = 0; i < pixels; ++i) sum += static_cast<double>(x[k * pixels + i]);
    mean.push_back(static_cast<float>(sum / pixels));
  }
  LabModel& m = *r.evaluation;
  out.shape = {down, across};
  for (int at = 0; at < down * across; at += kEvaluationBatch) {
    const int n = std::min(kEvaluationBatch, down * across - at);
    m.set_batch(n);
    for (int i = 0; i < n; ++i) {
      float* to = m.values_in(0) + static_cast<int64_t>(i) * p.size();
      std::copy_n(x, p.size(), to);
      const int top = (at + i) / across * stride, left = (at + i) % across * stride;
      for (int k = 0; k < p.channels; ++k)
        for (int row = top; row < top + side; ++row) std::fill_n(to + (k * p.rows + row) * p.cols + left, side, mean[static_cast<size_t>(k)]);
      m.ids_in(1)[i] = c;
    }
    m.forward(false);
    const int64_t classes = static_cast<int64_t>(p.classes.size());
    for (int i = 0; i < n; ++i) out.values.push_back(whole - m.data(r.probs)[i * classes + c]);
  }
}

constexpr double kClimb = 0.06, kContrast = 0.22;
constexpr int kSmoothFrom = 5;  // pixels that a unit sees

/// Moves every number a fifth of the way to the mean of its four neighbours.
void smooth(const Pictures& p, float* x) {
  std::vector<float> from(x, x + p.size());
  for (int c = 0; c < p.channels; ++c)
    for (int row = 0; row < p.rows; ++row)
      for (int col = 0; col < p.cols; ++col) {
        const auto at = [&](int y, int u) { return from[static_cast<size_t>((c * p.rows + std::clamp(y, 0, p.rows - 1)) * p.cols + std::clamp(u, 0, p.cols - 1))]; };
        float& v = x[(c * p.rows + row) * p.cols + col];
        v += 0.2f * ((at(row - 1, col) + at(row + 1, col) + at(row, col - 1) + at(row, col + 1)) * 0.25f - v);
      }
}

/// Activation maximisation: from a grey picture with a little noise, `steps` steps up the gradient of one unit: of a filter's map the
/// one in the middle. Back come the activation before and after, the unit's receptive field (top, left, bottom, right), then its
/// pixels, channel by channel. Each step is as long as the last, whatever the gradient's size; the picture's contrast is held down,
/// so that not every pixel ends black or white, and large ones are smoothed a little (Erhan et al. 2009; Olah et al. 2017).
void Cnn::excite(const Json& args, TensorOut& out) {
  Run& r = *run_;
  const Pictures& p = *r.data;
  const Stage& s = stage_arg(args);
  const int unit = integer_arg(args, "unit", 0, 0, s.channels - 1), n_steps = integer_arg(args, "steps", 32, 1, 200);
  LabModel& m = *r.single;
  float* x = m.values_in(0);
  const int64_t at = (static_cast<int64_t>(unit) * s.rows + s.rows / 2) * s.cols + s.cols / 2;
  Rng rng(1, Stream::explore, static_cast<uint32_t>(s.value), static_cast<uint32_t>(unit));
  for (int i = 0; i < p.size(); ++i) x[i] = static_cast<float>(0.5 + rng.uniform(-0.05, 0.05));
  m.ids_in(1)[0] = 0;
  r.weights.assign(static_cast<size_t>(s.numbers()), 0);
  r.weights[static_cast<size_t>(at)] = 1;
  const auto value = [&] {
    m.forward(false, false);
    return m.data(s.value)[at];
  };
  const float first = value();
  float best = first;
  std::vector<float> kept(x, x + p.size());
  for (int k = 0; k < n_steps; ++k) {
    m.backward_from(s.value, r.weights.data());
    const float* g = m.gradient(m.graph().inputs[0]);
    double size = 0;
    int reached = 0;
    for (int i = 0; i < p.size(); ++i) {
      size += static_cast<double>(g[i]) * static_cast<double>(g[i]);
      reached += g[i] != 0;
    }
    if (!reached) break;  // nothing that reaches the unit: a dead one
    const float step = static_cast<float>(kClimb / std::sqrt(size / reached));
    for (int i = 0; i < p.size(); ++i) x[i] += step * g[i];
    if (s.field > kSmoothFrom) smooth(p, x);
    double strength = 0;
    for (int i = 0; i < p.size(); ++i) strength += (static_cast<double>(x[i]) - 0.5) * (static_cast<double>(x[i]) - 0.5);
    const float fade = static_cast<float>(std::min(1.0, kContrast / std::sqrt(strength / reached)));
    for (int i = 0; i < p.size(); ++i) x[i] = std::clamp(0.5f + (x[i] - 0.5f) * fade, 0.0f, 1.0f);
    if (const float now = value(); now > best) {
      best = now;
      kept.assign(x, x + p.size());
    }
  }
  const int top = std::max(0, s.start + s.rows / 2 * s.jump), left = std::max(0, s.start + s.cols / 2 * s.jump);
  const bool whole = s.rows * s.cols == 1 && s.kernel == 0;
  const int y0 = whole ? 0 : top, x0 = whole ? 0 : left;
  const int y1 = whole ? p.rows - 1 : std::min(p.rows - 1, s.start + s.rows / 2 * s.jump + s.field - 1), x1 = whole ? p.cols - 1 : std::min(p.cols - 1, s.start + s.cols / 2 * s.jump + s.field - 1);
  out.values = {first, best, static_cast<float>(y0), static_cast<float>(x0), static_cast<float>(y1), static_cast<float>(x1)};
  for (int c = 0; c < p.channels; ++c)
    for (int row = y0; row <= y1; ++row) out.values.insert(out.values.end(), kept.begin() + (c * p.rows + row) * p.cols + x0, kept.begin() + (c * p.rows + row) * p.cols + x1 + 1);
  out.shape = {static_cast<int64_t>(out.values.size())};
}

bool Cnn::read_into(const std::string& name, const Json& args, TensorOut& out) {
  Run& r = *run_;
  const Pictures& p = *r.data;
  if (!r.model) return false;
  if (name == "maps") {  // every stage of info, then the classes' probabilities
    show(args);
    for (const Stage& s : r.stages) out.values.insert(out.values.end(), r.single->data(s.value), r.single->data(s.value) + s.numbers());
    out.values.insert(out.values.end(), r.single->data(r.probs), r.single->data(r.probs) + p.classes.size());
    out.shape = {static_cast<int64_t>(out.values.size())};
  } else if (name == "picture") {
    show(args);
    out.values.assign(r.single->values_in(0), r.single->values_in(0) + p.size());
    out.shape = {p.channels, p.rows, p.cols};
  } else if (name == "labels" || name == "confusion") {
    refresh();
    return read_answers(name, p, r.predicted, out);
  } else if (name == "field") {  // top, left, bottom, right of what a unit sees of the picture
    const Stage& s = stage_arg(args);
    const int row = integer_arg(args, "row", 0, 0, s.rows - 1), col = integer_arg(args, "col", 0, 0, s.cols - 1);
    const int top = s.start + row * s.jump, left = s.start + col * s.jump;
    out.is_integer = true;
    out.shape = {4};
    out.integers = {std::max(0, top), std::max(0, left), std::min(p.rows - 1, top + s.field - 1), std::min(p.cols - 1, left + s.field - 1)};
  } else if (name == "saliency") {  // the gradient of the class's score by every pixel
    show(args);
    const int c = class_arg(args);
    r.weights.assign(p.classes.size(), 0);
    r.weights[static_cast<size_t>(c)] = 1;
    r.single->backward_from(r.single->graph().output, r.weights.data());
    const float* g = r.single->gradient(r.single->graph().inputs[0]);
    out.values.assign(g, g + p.size());
    out.shape = {p.channels, p.rows, p.cols};
  } else if (name == "occlusion") {
    occlusion(args, out);
  } else if (name == "excite") {
    excite(args, out);
  } else if (name == "moved") {
    moved(args, out);
  } else {
    return false;
  }
  return true;
}

Json Cnn::info() const {
  const Run& r = *run_;
  const Pictures& p = *r.data;
  Json layers = Json::array();
  int64_t multiply_adds = 0;
  for (const Stage& s : r.stages) {
    Json l = {{"name", s.name}, {"kind", s.kind}, {"block", s.block}, {"channels", s.channels}, {"rows", s.rows}, {"cols", s.cols}, {"offset", s.offset}};
    l["parameters"] = s.parameters;
    l["multiply_adds"] = s.multiply_adds;
    l["field"] = {s.field, s.start, s.jump};
    l["window"] = s.kernel ? Json{{"rows", s.n_rows}, {"cols", s.n_cols}, {"kernel", s.kernel}, {"stride", s.stride}, {"pad", s.pad}, {"before", s.before}} : Json(nullptr);
    layers.push_back(std::move(l));
    multiply_adds += s.multiply_adds;
  }
  Json out = {{"task", params_.text("task")}, {"label", params_.text("label")}, {"classes", p.classes}, {"channels", p.channels}, {"rows", p.rows}, {"cols", p.cols}};
  out["n_train"] = p.n_train;
  out["n_test"] = p.n_test;
  out["steps_per_epoch"] = r.batches.per_epoch();
  out["layers"] = layers;
  out["numbers"] = r.shown;
  out["parameters"] = r.model ? r.model->plan().parameter_count : 0;
  out["multiply_adds"] = multiply_adds;
  out["mlp"] = nullptr;
  if (r.mlp) {
    const int64_t n = r.mlp->plan().parameter_count;
    out["mlp"] = {{"units", r.mlp_units}, {"parameters", n}, {"multiply_adds", n - r.mlp_units - static_cast<int64_t>(p.classes.size())}};
  }
  out["broken"] = r.model ? Json(nullptr) : Json{{"layer", r.stages.back().name}, {"path", r.broken.path}, {"rule", r.broken.rule}, {"value", r.broken.value}};
  return out;
}

bool Cnn::answer(const std::string& name, const Json& args, Json& out) {
  if (name == "info") out = info();
  else if (name == "explain" && run_->model) out = explain(args);
  else if (name == "weight" && run_->model) out = weight(args);
  else return false;
  return true;
}

/// How one number of the picture that is looked at came about. Flattening and dropout, which change nothing here, are passed over.
Json Cnn::explain(const Json& args) {
  const Run& r = *run_;
  const LabModel& m = *r.single;
  const int v = value_named(m, text_arg(args, "value"));
  const int64_t flat = flat_index(m, v, member(args, "index"), "index");
  show(args);
  const Graph& g = m.graph();
  const bool known = member(args, "x").is_null();
  if (!known && (v == g.loss || v == g.inputs[1])) fail("bad_argument", "value", "a value that needs no class, for a picture without one", g.values[static_cast<size_t>(v)].name);
  Json e = explanation_json(m, v, flat);
  const auto skip = [&](Json& ref) {
    if (!ref.is_object()) return;
    int w = g.find(ref["value"].get<std::string>());
    if (w < 0 || (!ref["value"].get_ref<const std::string&>().starts_with("drop") && ref["value"] != "flatten")) return;
    const int64_t at = ref["index"].back().get<int64_t>();
    while (g.values[static_cast<size_t>(w)].node >= 0 && !r.find(g.values[static_cast<size_t>(w)].name)) w = g.nodes[static_cast<size_t>(g.values[static_cast<size_t>(w)].node)].in[0];
    ref = ref_json(m, {w, at});
  };
  for (Json& term : e["terms"]) {
    skip(term["a_ref"]);
    skip(term["b_ref"]);
  }
  return e;
}

Json Cnn::weight(const Json& args) const {
  const LabModel& m = *run_->model;
  const std::string name = text_arg(args, "name");
  const int v = value_named(m, name);
  if (m.graph().values[static_cast<size_t>(v)].kind != ValueKind::parameter) fail("unknown_name", "name", "a parameter", shown(name));
  return update_json(m, v, flat_index(m, v, member(args, "index"), "index"));
}

}  // namespace

const LabDef labs::cnn = {"cnn", kParams, kMetrics, [] { return std::unique_ptr<Lab>(new Cnn); }};

}  // namespace pg

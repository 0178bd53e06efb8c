// Lab "detection": what is where? A detector that looks once (Redmon et al. 2016, "You Only Look Once") at scenes of a few digits and
// shapes: convolutions down to a grid, whose every cell says whether an object's middle lies in it, its box, and its class.
//
// One spec is compiled three times over the same parameters: for training batches, for the measured scenes in larger batches, and
// for a single scene whose numbers are to be explained. Values have the same ids in all three. The thresholds are no part of it: a
// change of them is answered from the numbers of the last pass.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/boxes.h"
#include "data/scenes.h"
#include "kernels/math.h"
#include "labs/training.h"

namespace pg {

namespace {

using data::Box;
using data::Detection;
using data::Truth;

constexpr int kSide = data::kSceneSide, kPixels = kSide * kSide;
constexpr int kTest = 160, kTrainMeasured = 20, kEvaluationBatch = 20;
constexpr int kEndlessEpoch = 1000;  // scenes that count as an epoch where no scene comes twice
constexpr int kBoxAt = 1, kClassesAt = 5, kTargets = 6;  // channels of a cell
constexpr int kParts = 4, kMostScenes = 64;
constexpr double kMinIou = 0.5;  // the 0.5 of mAP@0.5
constexpr const char* kDigitsAsset = "digits";
constexpr const char *kScore = "score_thresh", *kNms = "nms_thresh";
constexpr const char* kLambdas[kParts] = {"lambda_obj", "lambda_noobj", "lambda_box", "lambda_cls"};

constexpr TrainingDefaults kDefaults = {.lr = 0.003, .batch_size = 16, .max_batch_size = 128, .optimizer = "adam"};

constexpr auto kParams = join_rows(
    std::array{
        ParamDef{.key = "task", .kind = Kind::choice, .group = "task", .choices = "digits|shapes|both", .text = "digits"},
        ParamDef{.key = "classes", .kind = Kind::integer, .def = 10, .min = 2, .max = 10, .group = "task"},
        ParamDef{.key = "max_objects", .kind = Kind::integer, .def = 3, .min = 1, .max = data::kMaxObjects, .group = "data"},
        ParamDef{.key = "min_size", .kind = Kind::integer, .def = 16, .min = 5, .max = kSide, .unit = "px", .group = "data", .more = true},
        ParamDef{.key = "max_size", .kind = Kind::integer, .def = 26, .min = 5, .max = kSide, .unit = "px", .group = "data", .more = true},
        ParamDef{.key = "overlap", .def = 0.1, .min = 0, .max = 0.9, .step = 0.05, .group = "data", .more = true},
        ParamDef{.key = "noise", .def = 0.05, .min = 0, .max = 0.5, .step = 0.01, .group = "data"},
        ParamDef{.key = "clutter", .kind = Kind::integer, .def = 2, .min = 0, .max = 20, .group = "data"},
        ParamDef{.key = "samples", .kind = Kind::integer, .def = 0, .min = 0, .max = 2000, .step = 10, .group = "data", .more = true},
        ParamDef{.key = "out_channels", .kind = Kind::integers, .min = 1, .max = 128, .group = "model", .text = "8|16|32|64", .min_length = 1, .max_length = 6},
        ParamDef{.key = "kernel_size", .kind = Kind::integer, .def = 3, .min = 1, .max = 7, .step = 2, .group = "model"},
        ParamDef{.key = "grid", .kind = Kind::choice, .group = "model", .choices = "3|6|12", .text = "6"},
        ParamDef{.key = "downsample", .kind = Kind::choice, .group = "model", .more = true, .choices = "max_pool|stride", .text = "max_pool"},
        ParamDef{.key = "activation", .kind = Kind::choice, .group = "model", .more = true, .choices = PG_ACTIVATIONS, .text = "relu"},
        ParamDef{.key = "batch_norm", .kind = Kind::boolean, .def = 1, .group = "model", .more = true},
        ParamDef{.key = kScore, .def = 0.1, .min = 0.01, .max = 0.99, .step = 0.01, .apply = Apply::live, .group = "model"},
        ParamDef{.key = kNms, .def = 0.5, .min = 0, .max = 1, .step = 0.01, .apply = Apply::live, .group = "model"},
    },
    weight_init_rows(),
    std::array{
        ParamDef{.key = kLambdas[2], .def = 5, .min = 0, .max = 50, .step = 0.5, .apply = Apply::live, .group = "training"},
        ParamDef{.key = kLambdas[1], .def = 0.5, .min = 0, .max = 10, .step = 0.05, .apply = Apply::live, .group = "training"},
        ParamDef{.key = kLambdas[0], .def = 1, .min = 0, .max = 10, .step = 0.1, .apply = Apply::live, .group = "training", .more = true},
        ParamDef{.key = kLambdas[3], .def = 1, .min = 0, .max = 10, .step = 0.1, .apply = Apply::live, .group = "training", .more = true},
    },
    training_rows(kDefaults));

constexpr const char* kMetrics[] = {"train.loss", "test.loss", "obj.loss", "noobj.loss", "box.loss", "cls.loss", "test.map50"};

/// Everything that one set of rebuilding parameters makes.
struct Run {
  data::Digits digits;
  data::Scenes scenes;
  int grid = 0, classes = 0, samples = 0, batch = 0, n_train = 0;  // n_train: training scenes that are measured
  std::unique_ptr<LabModel> model, evaluation, single;
  int head = -1, parts = -1;

  // The measured scenes: the held-out ones, then the first of training.
  std::vector<float> pixels;   // [kTest + n_train, kPixels]
  std::vector<float> targets;  // [kTest + n_train, kTargets, grid, grid]
  std::vector<Truth> truths;
  std::vector<int> first_truth;  // [kTest + n_train + 1]
  std::vector<int> objects;      // [kTest + n_train]: cells with an object
  int missed = 0;                // held-out objects whose cell another one has

  // Of the last pass over them.
  bool evaluated = false, ranked = false;
  uint64_t version = 0;
  std::vector<float> seen;   // the parameters and buffers it was made with
  std::vector<float> cells;  // [kTest + n_train, 5 + classes, grid, grid]: confidence, x, y, w, h in pixels, probabilities
  double losses[2][kParts] = {};  // of training, of the test
  double score_thresh = 0, nms_thresh = 0;
  std::vector<Detection> detections, kept;  // of all scenes above the threshold; those of the test that nothing suppresses
  std::vector<int> first_detection;         // [kTest + n_train + 1]
  std::vector<int> order;
  std::vector<data::ClassScore> scores;
  std::vector<data::Ranked> ranking;
  double map50 = 0;

  int plane() const { return grid * grid; }
  int channels() const { return kClassesAt + classes; }
  int measured() const { return kTest + n_train; }
  float cell_side() const { return static_cast<float>(kSide) / static_cast<float>(grid); }
  const float* cells_of(int scene) const { return cells.data() + static_cast<size_t>(scene) * static_cast<size_t>(channels() * plane()); }
  int encode(const Truth* objects, int n, float* target) const;
  void decode(const float* head, float* to) const;
};

/// What the grid should say; gives the number of cells with an object. Where two have their middle in one cell, the first has it.
int Run::encode(const Truth* all, int n, float* target) const {
  std::fill_n(target, kTargets * plane(), 0.0f);
  int taken = 0;
  for (int i = 0; i < n; ++i) {
    const Box& b = all[i].box;
    const float x = (b.x + b.w / 2) / cell_side(), y = (b.y + b.h / 2) / cell_side();
    const int col = std::min(grid - 1, static_cast<int>(x)), row = std::min(grid - 1, static_cast<int>(y));
    float* to = target + row * grid + col;
    if (to[0] > 0) continue;
    const float values[kTargets] = {1, x - static_cast<float>(col), y - static_cast<float>(row), std::sqrt(b.w / kSide), std::sqrt(b.h / kSide), static_cast<float>(all[i].cls)};
    for (int k = 0; k < kTargets; ++k) to[k * plane()] = values[k];
    ++taken;
  }
  return taken;
}

/// From a scene's logits to what they mean.
void Run::decode(const float* z, float* to) const {
  const int n = plane();
  kernels::vsigmoid<float>(kClassesAt * n, z, to);
  for (int cell = 0; cell < n; ++cell) {
    float* c = to + cell;
    const float w = c[3 * n] * c[3 * n] * kSide, h = c[4 * n] * c[4 * n] * kSide;
    c[1 * n] = (static_cast<float>(cell % grid) + c[1 * n]) * cell_side() - w / 2;
    c[2 * n] = (static_cast<float>(cell / grid) + c[2 * n]) * cell_side() - h / 2;
    c[3 * n] = w;
    c[4 * n] = h;
    float most = z[kClassesAt * n + cell], sum = 0;
    for (int k = 1; k < classes; ++k) most = std::max(most, z[(kClassesAt + k) * n + cell]);
    for (int k = 0; k < classes; ++k) sum += c[(kClassesAt + k) * n] = kernels::exp_<float>(z[(kClassesAt + k) * n + cell] - most);
    for (int k = 0; k < classes; ++k) c[(kClassesAt + k) * n] /= sum;
  }
}

class DetectionLab final : public Lab {
 protected:
  void build() override;
  void apply_live(const ParamDef& changed) override;
  std::vector<LabModel*> models() override { return {run_->model.get()}; }
  bool train_step() override;
  void evaluate(double* metrics) override;
  int steps_per_epoch() const override { return ((run_->samples ? run_->samples : kEndlessEpoch) + run_->batch - 1) / run_->batch; }
  int history_stride() const override;
  bool read_into(const std::string& name, const Json& args, TensorOut& out) override;
  bool answer(const std::string& name, const Json& args, Json& out) override;
  const LabModel& observed() override;

 private:
  void reconcile();
  void load_data(Run& run);
  Json spec(const Run& run) const;
  void compile_models(Run& run) const;
  void fill(LabModel& m, int first, int n) const;
  void refresh();
  void rank();
  int scene_arg(const Json& args, const char* key, int count = 1) const;
  void show(int scene);
  Json info() const;
  Json explain(const Json& args);
  Json weight(const Json& args) const;

  std::unique_ptr<Run> run_;
};

// --- making the run ---

/// What cannot be together is corrected and said.
void DetectionLab::reconcile() {
  reconcile_training();
  const int shapes = static_cast<int>(data::kShapes.size());
  if (params_.is("task", "shapes") && params_.integer("classes") > shapes)
    correct("classes", static_cast<double>(shapes), "at most " + std::to_string(shapes) + " for the task shapes");
  if (params_.integer("min_size") > params_.integer("max_size")) correct("min_size", params_.number("max_size"), "at most max_size");
  if (params_.integer("kernel_size") % 2 == 0) correct("kernel_size", params_.number("kernel_size") + 1, "odd, so that a window has a middle");
  const size_t least = params_.is("grid", "3") ? 4 : params_.is("grid", "6") ? 3 : 2;
  std::vector<double> filters;
  for (const int f : params_.integers("out_channels")) filters.push_back(f);
  if (filters.size() < least) {
    filters.resize(least, filters.back());
    correct("out_channels", filters, "at least " + std::to_string(least) + " blocks: each halves the picture's side until the grid is reached");
  }
}

void DetectionLab::load_data(Run& r) {
  const uint64_t seed = static_cast<uint64_t>(params_.integer("seed"));
  r.grid = std::stoi(params_.text("grid"));
  r.classes = params_.integer("classes");
  data::SceneOptions o;
  o.digits = params_.is("task", "digits") ? r.classes : params_.is("task", "both") ? (r.classes + 1) / 2 : 0;
  o.shapes = r.classes - o.digits;
  o.max_objects = params_.integer("max_objects");
  o.min_size = params_.integer("min_size");
  o.max_size = params_.integer("max_size");
  o.overlap = params_.number("overlap");
  o.noise = params_.number("noise");
  o.clutter = params_.integer("clutter");
  if (o.digits) {
    const std::vector<uint8_t>* bytes = find_asset(kDigitsAsset);
    if (!bytes) fail("needs_asset", kDigitsAsset, "provided before the lab is made", "");
    r.digits = data::parse_digits(bytes->data(), bytes->size());
  }
  r.scenes = data::Scenes(o, o.digits ? &r.digits : nullptr, seed);
  r.samples = params_.integer("samples");
  r.batch = r.samples ? std::min(params_.integer("batch_size"), r.samples) : params_.integer("batch_size");
  r.n_train = r.samples ? std::min(kTrainMeasured, r.samples) : kTrainMeasured;
  const size_t n = static_cast<size_t>(r.measured()), per_target = static_cast<size_t>(kTargets * r.plane());
  r.pixels.resize(n * kPixels);
  r.targets.resize(n * per_target);
  Truth objects[data::kMaxObjects];
  for (size_t i = 0; i < n; ++i) {
    const bool test = i < kTest;
    const int count = r.scenes.draw(test, static_cast<uint32_t>(test ? i : i - kTest), r.pixels.data() + i * kPixels, objects);
    r.first_truth.push_back(static_cast<int>(r.truths.size()));
    for (int k = 0; k < count; ++k) r.truths.push_back({static_cast<int>(i), objects[k].cls, objects[k].box});
    r.objects.push_back(r.encode(objects, count, r.targets.data() + i * per_target));
    if (test) r.missed += count - r.objects.back();
  }
  r.first_truth.push_back(static_cast<int>(r.truths.size()));
}

std::string numbered(const char* what, size_t block) { return what + std::to_string(block + 1); }

Json DetectionLab::spec(const Run& r) const {
  Json layers = Json::array();
  const auto layer = [&](const std::string& type, const std::string& name) -> Json& {
    layers.push_back({{"type", type}, {"name", name}});
    return layers.back();
  };
  const auto conv = [&](const std::string& name, int channels, int kernel, int stride) {
    Json& l = layer("conv2d", name);
    l["out_channels"] = channels;
    l["kernel_size"] = kernel;
    l["stride"] = stride;
    l["padding"] = kernel / 2;
    if (const Json init = init_section(params_); !init.is_null()) l["init"] = init;
  };
  const std::string activation = params_.text("activation");
  const bool pool = params_.is("downsample", "max_pool");
  const auto filters = params_.integers("out_channels");
  int side = kSide;
  for (size_t i = 0; i < filters.size(); ++i) {
    const bool halves = side > r.grid;
    if (halves) side /= 2;
    conv(numbered("conv", i), filters[i], params_.integer("kernel_size"), halves && !pool ? 2 : 1);
    if (params_.flag("batch_norm")) layer("batch_norm2d", numbered("norm", i));
    layer(activation == "linear" ? "identity" : activation, numbered("act", i));
    if (halves && pool) layer("max_pool2d", numbered("pool", i))["kernel_size"] = 2;
  }
  layer("dropout", "drop")["p"] = params_.number("dropout");  // always there: its rate is live
  conv("head", r.channels(), 1, 1);
  Json loss = {{"type", "detection"}};
  for (const char* lambda : kLambdas) loss[lambda] = params_.number(lambda);
  Json spec = {{"input", {{"shape", {1, kSide, kSide}}}}, {"layers", layers}, {"loss", loss}};
  add_training(spec, params_);
  return spec;
}

void DetectionLab::compile_models(Run& r) const {
  const Json s = spec(r);
  r.model = make_model(s, LabModel::Use::train, r.batch);
  r.evaluation = make_model(s, LabModel::Use::infer, kEvaluationBatch, r.model.get());
  r.single = make_model(s, LabModel::Use::infer, 1, r.model.get());
  r.head = r.model->graph().find("head");
  r.parts = r.model->graph().find("loss.parts");
  const size_t n = static_cast<size_t>(r.measured());
  r.cells.resize(n * static_cast<size_t>(r.channels() * r.plane()));
  r.seen.resize(static_cast<size_t>(r.model->parameters().size() + r.model->buffers().size()));
  r.detections.reserve(n * static_cast<size_t>(r.plane()));
  r.kept.reserve(n * static_cast<size_t>(r.plane()));
  r.first_detection.resize(n + 1);
}

void DetectionLab::build() {
  auto r = std::make_unique<Run>();
  reconcile();
  load_data(*r);
  compile_models(*r);
  run_ = std::move(r);
}

void DetectionLab::apply_live(const ParamDef&) {
  reconcile_training();
  LabModel& m = *run_->model;
  set_training(m, params_);
  m.set_attr("drop", "p", params_.number("dropout"));
  for (LabModel* each : {&m, run_->evaluation.get(), run_->single.get()})
    for (const char* lambda : kLambdas) each->set_attr("loss", lambda, params_.number(lambda));
}

// --- training and measuring ---

bool DetectionLab::train_step() {
  Run& r = *run_;
  LabModel& m = *r.model;
  m.set_batch(r.batch);
  Truth objects[data::kMaxObjects];
  for (int i = 0; i < r.batch; ++i) {
    const int64_t scene = steps() * r.batch + i;
    const int n = r.scenes.draw(false, static_cast<uint32_t>(r.samples ? scene % r.samples : scene), m.values_in(0) + static_cast<int64_t>(i) * kPixels, objects);
    r.encode(objects, n, m.values_in(1) + static_cast<int64_t>(i) * kTargets * r.plane());
  }
  return m.train_step();
}

/// The next batch is measured scenes first … first + n − 1.
void DetectionLab::fill(LabModel& m, int first, int n) const {
  const Run& r = *run_;
  m.set_batch(n);
  std::copy_n(r.pixels.data() + static_cast<size_t>(first) * kPixels, static_cast<size_t>(n) * kPixels, m.values_in(0));
  const size_t per_target = static_cast<size_t>(kTargets * r.plane());
  std::copy_n(r.targets.data() + static_cast<size_t>(first) * per_target, static_cast<size_t>(n) * per_target, m.values_in(1));
}

/// Brings what the grid says of the measured scenes up to the present parameters, and what follows from it up to the thresholds.
void DetectionLab::refresh() {
  Run& r = *run_;
  if (r.evaluated && r.version == changes()) return;
  r.version = changes();
  const auto& parameters = r.model->parameters();
  const auto& buffers = r.model->buffers();
  const size_t n_parameters = static_cast<size_t>(parameters.size()), n_buffers = static_cast<size_t>(buffers.size());
  const bool same = r.evaluated && std::memcmp(r.seen.data(), parameters.data(), n_parameters * sizeof(float)) == 0 &&
                    (n_buffers == 0 || std::memcmp(r.seen.data() + n_parameters, buffers.data(), n_buffers * sizeof(float)) == 0);
  if (!same) {
    std::copy_n(parameters.data(), n_parameters, r.seen.data());
    std::copy_n(buffers.data(), n_buffers, r.seen.data() + n_parameters);
    LabModel& m = *r.evaluation;
    const size_t per_scene = static_cast<size_t>(r.channels() * r.plane());
    for (const bool test : {false, true}) {
      double total[kParts] = {};
      int objects = 0;
      const int begin = test ? 0 : kTest, end = test ? kTest : r.measured();
      for (int at = begin; at < end; at += kEvaluationBatch) {
        const int n = std::min(kEvaluationBatch, end - at);
        fill(m, at, n);
        m.forward(false);
        int of_batch = 0;
        for (int i = 0; i < n; ++i) {
          of_batch += r.objects[static_cast<size_t>(at + i)];
          r.decode(m.data(r.head) + static_cast<size_t>(i) * per_scene, r.cells.data() + static_cast<size_t>(at + i) * per_scene);
        }
        for (int p = 0; p < kParts; ++p) total[p] += static_cast<double>(m.data(r.parts)[p]) * std::max(1, of_batch);
        objects += of_batch;
      }
      for (int p = 0; p < kParts; ++p) r.losses[test][p] = total[p] / std::max(1, objects);
    }
  }
  if (!same || r.score_thresh != params_.number(kScore) || r.nms_thresh != params_.number(kNms)) rank();
  r.evaluated = true;
}

/// Detections of the measured scenes above the confidence threshold, with who suppresses whom, and the ranking of the held-out ones.
void DetectionLab::rank() {
  Run& r = *run_;
  r.score_thresh = params_.number(kScore);
  r.nms_thresh = params_.number(kNms);
  r.detections.clear();
  r.kept.clear();
  const int plane = r.plane();
  for (int scene = 0; scene < r.measured(); ++scene) {
    const size_t first = r.detections.size();
    r.first_detection[static_cast<size_t>(scene)] = static_cast<int>(first);
    for (int cell = 0; cell < plane; ++cell) {
      const float* c = r.cells_of(scene) + cell;
      int best = 0;
      for (int k = 1; k < r.classes; ++k)
        if (c[(kClassesAt + k) * plane] > c[(kClassesAt + best) * plane]) best = k;
      const float score = c[0] * c[(kClassesAt + best) * plane];
      if (static_cast<double>(score) >= r.score_thresh) r.detections.push_back({scene, cell, best, score, {c[plane], c[2 * plane], c[3 * plane], c[4 * plane]}});
    }
    data::suppress(std::span(r.detections).subspan(first), r.nms_thresh, r.order);
    for (size_t i = first; scene < kTest && i < r.detections.size(); ++i)
      if (r.detections[i].by < 0) r.kept.push_back(r.detections[i]);
  }
  r.first_detection.back() = static_cast<int>(r.detections.size());
  const std::span<const Truth> truths(r.truths.data(), static_cast<size_t>(r.first_truth[kTest]));
  r.map50 = data::average_precision(truths, r.kept, r.classes, kMinIou, r.scores, r.ranking);
}

const LabModel& DetectionLab::observed() {
  Run& r = *run_;
  fill(*r.evaluation, kTest, std::min(r.n_train, kEvaluationBatch));
  r.evaluation->forward(false);
  return *r.evaluation;
}

/// The parts are of the held-out scenes and as they enter the loss, so that they add up to it.
void DetectionLab::evaluate(double* metrics) {
  refresh();
  const Run& r = *run_;
  metrics[0] = metrics[1] = 0;
  for (int p = 0; p < kParts; ++p) {
    const double lambda = params_.number(kLambdas[p]);
    metrics[0] += lambda * r.losses[0][p];
    metrics[1] += metrics[2 + p] = lambda * r.losses[1][p];
  }
  metrics[6] = std::isfinite(metrics[1]) ? r.map50 : metrics[1];
}

/// Recording takes no more than a tenth of the arithmetic of training.
int DetectionLab::history_stride() const {
  const Run& r = *run_;
  return std::max(1, static_cast<int>(std::ceil(10.0 * r.measured() / (3.0 * r.batch))));
}

// --- what can be watched ---

/// The place among the measured scenes of the first of `count` that the arguments name.
int DetectionLab::scene_arg(const Json& args, const char* key, int count) const {
  const std::string split = member(args, "split").is_null() ? "test" : text_arg(args, "split");
  if (split != "train" && split != "test") fail("bad_argument", "split", "train or test", shown(split));
  const bool test = split == "test";
  const int n = test ? kTest : run_->n_train;
  if (count > n) fail("bad_argument", "count", "at most the " + std::to_string(n) + " scenes of the split", std::to_string(count));
  return (test ? 0 : kTest) + integer_arg(args, key, 0, 0, n - count);
}

/// Runs the single scene.
void DetectionLab::show(int scene) {
  fill(*run_->single, scene, 1);
  run_->single->forward(false);
}

/// Four finite numbers, sides not negative.
Box box_arg(const Json& args, const char* key) {
  const Json& v = member(args, key);
  const std::string rule = "a list of left, top, width, height from -1000 to 1000, no side below 0";
  if (!v.is_array() || v.size() != 4) fail("bad_argument", key, rule, shown(v));
  float b[4];
  for (size_t i = 0; i < 4; ++i) {
    if (!v[i].is_number() || !(std::fabs(v[i].get<double>()) <= 1000) || (i > 1 && v[i].get<double>() < 0)) fail("bad_argument", key, rule, shown(v));
    b[i] = v[i].get<float>();
  }
  return {b[0], b[1], b[2], b[3]};
}

bool DetectionLab::read_into(const std::string& name, const Json& args, TensorOut& out) {
  Run& r = *run_;
  const auto table = [&](int64_t columns) { out.shape = {static_cast<int64_t>(out.values.size()) / columns, columns}; };
  const auto row = [&](std::initializer_list<float> numbers) { out.values.insert(out.values.end(), numbers); };
  if (name == "scenes" || name == "truth" || name == "boxes") {
    const int count = integer_arg(args, "count", 1, 1, kMostScenes), first = scene_arg(args, "from", count);
    if (name == "scenes") {
      out.shape = {count, kSide, kSide};
      const auto from = r.pixels.begin() + static_cast<int64_t>(first) * kPixels;
      out.values.assign(from, from + static_cast<int64_t>(count) * kPixels);
    } else if (name == "truth") {  // scene from `from`, class, box
      for (int i = r.first_truth[static_cast<size_t>(first)]; i < r.first_truth[static_cast<size_t>(first + count)]; ++i) {
        const Truth& t = r.truths[static_cast<size_t>(i)];
        row({static_cast<float>(t.scene - first), static_cast<float>(t.cls), t.box.x, t.box.y, t.box.w, t.box.h});
      }
      table(6);
    } else {  // scene from `from`, cell, class, score, box, row of this table that suppressed it (-1: none), IoU with that
      refresh();
      const int begin = r.first_detection[static_cast<size_t>(first)];
      for (int i = begin; i < r.first_detection[static_cast<size_t>(first + count)]; ++i) {
        const Detection& d = r.detections[static_cast<size_t>(i)];
        const int by = d.by < 0 ? -1 : r.first_detection[static_cast<size_t>(d.scene)] + d.by - begin;
        row({static_cast<float>(d.scene - first), static_cast<float>(d.cell), static_cast<float>(d.cls), d.score, d.box.x, d.box.y, d.box.w, d.box.h, static_cast<float>(by), d.overlap});
      }
      table(10);
    }
    return true;
  }
  if (name == "cells") {
    refresh();
    const float* from = r.cells_of(scene_arg(args, "index"));
    out.shape = {r.channels(), r.grid, r.grid};
    out.values.assign(from, from + r.channels() * r.plane());
    return true;
  }
  if (name == "ap") {  // of each class: AP, objects, detections, right ones
    refresh();
    for (const data::ClassScore& s : r.scores) row({static_cast<float>(s.ap), static_cast<float>(s.truths), static_cast<float>(s.detections), static_cast<float>(s.right)});
    table(4);
    return true;
  }
  if (name == "ranking") {  // class, score, right, recall, precision, envelope
    refresh();
    for (const data::Ranked& p : r.ranking)
      row({static_cast<float>(p.cls), p.score, p.right ? 1.0f : 0.0f, static_cast<float>(p.recall), static_cast<float>(p.precision), static_cast<float>(p.envelope)});
    table(6);
    return true;
  }
  if (name == "iou") {
    const Box a = box_arg(args, "a"), b = box_arg(args, "b");
    const double both = data::intersection(a, b);
    const double either = static_cast<double>(a.w) * static_cast<double>(a.h) + static_cast<double>(b.w) * static_cast<double>(b.h) - both;
    row({static_cast<float>(both), static_cast<float>(either), static_cast<float>(data::iou(a, b))});
    out.shape = {3};
    return true;
  }
  return false;
}

Json DetectionLab::info() const {
  const Run& r = *run_;
  Json classes = Json::array(), blocks = Json::array();
  for (int c = 0; c < r.classes; ++c) classes.push_back(r.scenes.class_name(c));
  const Graph& g = r.model->graph();
  const auto filters = params_.integers("out_channels");
  for (size_t i = 0; i < filters.size(); ++i) {
    int out = g.find(numbered("pool", i));
    if (out < 0) out = g.find(numbered("act", i));
    blocks.push_back({{"channels", filters[i]}, {"side", r.model->shape(out)[2]}, {"value", g.values[static_cast<size_t>(out)].name}});
  }
  return {{"side", kSide}, {"grid", r.grid}, {"classes", classes}, {"blocks", blocks}, {"n_test", kTest}, {"n_train", r.n_train}, {"objects", r.first_truth[kTest]}, {"missed", r.missed},
          {"parameters", r.model->plan().parameter_count}, {"flops", r.single->plan().flops_forward}};
}

bool DetectionLab::answer(const std::string& name, const Json& args, Json& out) {
  if (name == "info") out = info();
  else if (name == "explain") out = explain(args);
  else if (name == "weight") out = weight(args);
  else return false;
  return true;
}

/// Beside the model's own values: "confidence" [row, col], "place" [4, row, col] (what the loss compares: the centre's place in the
/// cell, the square roots of the sides), "probability" [class, row, col] and "score" [row, col] of a cell.
Json DetectionLab::explain(const Json& args) {
  const Run& r = *run_;
  const std::string name = text_arg(args, "value");
  const Json& index = member(args, "index");
  LabModel& m = *run_->single;
  const int64_t plane = r.plane();
  const bool flat_cell = name == "confidence" || name == "score", of_cell = flat_cell || name == "place" || name == "probability";
  if (!of_cell) {
    const int v = value_named(m, name);
    const int64_t flat = flat_index(m, v, index, "index");
    show(scene_arg(args, "example"));
    return explanation_json(m, v, flat);
  }
  const int64_t many = name == "place" ? kClassesAt - kBoxAt : r.classes;
  const int64_t limits[] = {many, r.grid, r.grid};
  const size_t skip = flat_cell ? 1 : 0;
  Json shape = Json::array();
  for (size_t i = skip; i < 3; ++i) shape.push_back(limits[i]);
  int64_t at = 0;
  bool whole = index.is_array() && index.size() == 3 - skip;
  for (size_t i = skip; whole && i < 3; ++i) {
    const Json& j = index[i - skip];
    whole = j.is_number_integer() && j.get<int64_t>() >= 0 && j.get<int64_t>() < limits[i];
    if (whole) at = at * limits[i] + j.get<int64_t>();
  }
  if (!whole) fail("bad_index", "index", "an index into " + shape.dump(), shown(index));
  show(scene_arg(args, "example"));
  const float* z = m.data(r.head);
  const int64_t cell = at % plane;
  const Json where = {cell / r.grid, cell % r.grid};
  const auto probability = [&](int64_t c, double& most, double& sum) {
    most = static_cast<double>(z[kClassesAt * plane + cell]), sum = 0;
    for (int k = 1; k < r.classes; ++k) most = std::max(most, static_cast<double>(z[(kClassesAt + k) * plane + cell]));
    for (int k = 0; k < r.classes; ++k) sum += kernels::exp_(static_cast<double>(z[(kClassesAt + k) * plane + cell]) - most);
    return kernels::exp_(static_cast<double>(z[(kClassesAt + c) * plane + cell]) - most) / sum;
  };
  const auto class_index = [&](int64_t c) { return Json{c, where[0], where[1]}; };
  double most, sum;
  Json e;
  if (name == "confidence" || name == "place") {
    const int64_t channel = name == "place" ? kBoxAt + at / plane : 0;
    e = explanation_json(m, r.head, channel * plane + cell);
    e["z"] = e["result"];
    e["z_ref"] = ref_json(m, {r.head, channel * plane + cell});
    e["fn"] = "sigmoid";
    e["result"] = kernels::sigmoid_(static_cast<double>(z[channel * plane + cell]));
    e["used_by"] = Json::array();
    if (channel == 0) e["used_by"].push_back({{"value", "score"}, {"index", where}});
  } else if (name == "probability") {
    const int64_t c = at / plane;
    e = {{"kind", "softmax"}, {"terms", Json::array()}, {"result", probability(c, most, sum)}, {"z", z[(kClassesAt + c) * plane + cell]}, {"z_ref", ref_json(m, {r.head, (kClassesAt + c) * plane + cell})}};
    double ignored, total;
    for (int k = 0; k < r.classes; ++k)
      e["terms"].push_back({{"label", r.scenes.class_name(k)}, {"a", z[(kClassesAt + k) * plane + cell]}, {"b", probability(k, ignored, total)},
                            {"a_ref", ref_json(m, {r.head, (kClassesAt + k) * plane + cell})}, {"b_ref", {{"value", "probability"}, {"index", class_index(k)}}}});
    e["constants"] = {{"max", most}, {"sum", sum}};
    e["used_by"] = Json::array({{{"value", "score"}, {"index", where}}});
  } else {
    int64_t best = 0;
    for (int64_t k = 1; k < r.classes; ++k)
      if (z[(kClassesAt + k) * plane + cell] > z[(kClassesAt + best) * plane + cell]) best = k;
    const double confidence = kernels::sigmoid_(static_cast<double>(z[cell])), p = probability(best, most, sum);
    e = {{"kind", "dot"}, {"terms", Json::array()}, {"result", confidence * p}, {"constants", Json::object()}, {"used_by", Json::array()}};
    e["terms"].push_back({{"label", r.scenes.class_name(static_cast<int>(best))}, {"a", confidence}, {"b", p}, {"a_ref", {{"value", "confidence"}, {"index", where}}},
                          {"b_ref", {{"value", "probability"}, {"index", class_index(best)}}}});
  }
  e["value"] = name;
  e["index"] = index;
  e["shape"] = shape;
  return e;
}

Json DetectionLab::weight(const Json& args) const {
  const LabModel& m = *run_->model;
  const std::string name = text_arg(args, "name");
  const int v = value_named(m, name);
  if (m.graph().values[static_cast<size_t>(v)].kind != ValueKind::parameter) fail("unknown_name", "name", "a parameter", shown(name));
  return update_json(m, v, flat_index(m, v, member(args, "index"), "index"));
}

}  // namespace

const LabDef labs::detection = {"detection", kParams, kMetrics, [] { return std::unique_ptr<Lab>(new DetectionLab); }};

}  // namespace pg

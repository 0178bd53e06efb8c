// Lab "vit": attention on pictures (Dosovitskiy et al. 2021). A picture is cut into patches, each becomes a token, and a Transformer
// encoder reads them. Beside it a convolutional network of about as many parameters learns from the same batches.
//
// One spec is compiled three times over the same parameters: for training batches, for evaluation in large batches, and for the one
// picture that is looked at. The network's input is the patches, [tokens, pixels of one], each row by row.
#include <cmath>
#include <limits>

#include "data/batches.h"
#include "labs/pictures.h"
#include "labs/training.h"

namespace pg {

namespace {

constexpr int kEvaluationBatch = 64;
constexpr int kTrainExamplesMeasured = 500, kExamplesObserved = 64;
constexpr int kMostChannels = 64;
constexpr size_t kMostPictures = 32;

constexpr auto kParams = join_rows(
    std::array{
        ParamDef{.key = "task", .kind = Kind::choice, .group = "task", .choices = "digits|clothes", .text = "digits"},
        ParamDef{.key = "order", .kind = Kind::choice, .group = "data", .choices = "picture|fixed|random", .text = "picture"},
        ParamDef{.key = "samples", .kind = Kind::integer, .def = 12000, .min = 100, .max = 12000, .scale = Scale::log, .group = "data", .more = true},
        ParamDef{.key = "shift", .kind = Kind::integer, .def = 0, .min = 0, .max = 4, .group = "data", .more = true},
        ParamDef{.key = "patch_size", .kind = Kind::choice, .group = "model", .choices = "4|7|14", .text = "7"},
        ParamDef{.key = "d_model", .kind = Kind::integer, .def = 48, .min = 8, .max = 128, .step = 8, .group = "model"},
        ParamDef{.key = "nhead", .kind = Kind::integer, .def = 4, .min = 1, .max = 8, .group = "model"},
        ParamDef{.key = "num_layers", .kind = Kind::integer, .def = 2, .min = 1, .max = 6, .group = "model"},
        ParamDef{.key = "dim_feedforward", .kind = Kind::integer, .def = 96, .min = 8, .max = 512, .step = 8, .group = "model", .more = true},
        ParamDef{.key = "positional", .kind = Kind::choice, .group = "model", .choices = "none|sinusoidal|learned", .text = "learned"},
        ParamDef{.key = "pooling", .kind = Kind::choice, .group = "model", .more = true, .choices = "class_token|mean", .text = "class_token"},
        ParamDef{.key = "norm_first", .kind = Kind::boolean, .def = 1, .group = "model", .more = true},
        ParamDef{.key = "cnn", .kind = Kind::boolean, .def = 1, .group = "model", .more = true},
    },
    weight_init_rows(), training_rows({.lr = 0.003, .batch_size = 32, .max_batch_size = 256, .optimizer = "adam"}),
    std::array{ParamDef{.key = "label_smoothing", .def = 0, .min = 0, .max = 0.5, .step = 0.01, .apply = Apply::live, .group = "training", .more = true}});

constexpr const char* kMetrics[] = {"train.loss", "train.accuracy", "test.loss", "test.accuracy", "cnn.accuracy"};
constexpr size_t kMetricCount = std::size(kMetrics);

/// One network at work: training, evaluation of many, and one picture held for the reader. All share their parameters.
struct Network {
  Json spec;
  std::unique_ptr<LabModel> train, evaluation, single;
};

/// Multiply-adds of a pass over one picture.
double multiply_adds(const LabModel& m) {
  double sum = 0;
  for (const Node& n : m.graph().nodes)
    if (n.op == OpId::linear || n.op == OpId::conv || n.op == OpId::scaled_dot_product_attention) sum += n.flops / 2;
  return sum;
}

class Vit final : public Lab {
 protected:
  void build() override;
  void apply_live(const ParamDef&) override { take_live(); }
  std::vector<LabModel*> models() override;
  bool train_step() override;
  void evaluate(double* metrics) override;
  int steps_per_epoch() const override { return batches_.per_epoch(); }
  int history_stride() const override;
  bool read_into(const std::string& name, const Json& args, TensorOut& out) override;
  bool answer(const std::string& name, const Json& args, Json& out) override;
  const LabModel& observed() override;

 private:
  uint64_t seed() const { return static_cast<uint64_t>(params_.integer("seed")); }
  int patch() const { return patch_; }
  int across() const { return data_.cols / patch_; }
  int patches() const { return across() * (data_.rows / patch_); }
  bool has_class_token() const { return params_.is("pooling", "class_token"); }
  int tokens() const { return patches() + (has_class_token() ? 1 : 0); }

  Json spec() const;
  Json cnn_spec(int64_t wanted);
  Network make(Json spec) const;
  void take_live();
  void arrange(int example, float* picture);
  void cut(const float* picture, float* to) const;
  void put(LabModel* vit, LabModel* cnn, int i, int example, int64_t step);
  double accuracy(bool of_cnn, int begin, int count, double* loss, std::vector<int32_t>* predicted);
  void refresh();
  void show(const Json& args);
  std::string token_label(int t) const;
  Json info() const;
  Json explain(const Json& args);

  Pictures data_;
  std::string data_key_;  // what `data_` was made from
  data::Batches batches_;
  Network vit_, cnn_;  // cnn_: empty where none is wanted
  int patch_ = 7, channels_ = 0;
  std::vector<int32_t> order_;             // for each place the patch that stands there
  std::vector<float> picture_, arranged_;  // of one example
  uint64_t evaluated_at_ = 0;
  std::array<double, kMetricCount> evaluated_{};
  std::vector<int32_t> predicted_;  // [n_test]
};

// --- building ---

Json Vit::spec() const {
  const Json init = init_section(params_);
  Json layers = Json::array();
  const auto layer = [&](const char* type, const char* name, bool weights) -> Json& {
    layers.push_back({{"type", type}, {"name", name}});
    if (weights && !init.is_null()) layers.back()["init"] = init;
    return layers.back();
  };
  layer("linear", "patches", true)["out_features"] = params_.integer("d_model");
  if (has_class_token()) layer("class_token", "tokens", false);
  if (!params_.is("positional", "none")) layer("positional_encoding", "positions", false)["kind"] = params_.text("positional");
  Json& encoder = layer("transformer_encoder", "encoder", true);
  for (const char* key : {"nhead", "num_layers", "dim_feedforward"}) encoder[key] = params_.integer(key);
  encoder["dropout"] = 0.5;  // its rate is live; see take_live
  encoder["norm_first"] = params_.flag("norm_first");
  encoder["activation"] = "relu";  // gelu, which ViT has, takes longer and is behind after as many steps
  if (has_class_token()) layer("select", "pooled", false)["index"] = 0;
  else layer("mean", "pooled", false);
  layer("linear", "head", true)["out_features"] = data_.classes.size();
  Json s = {{"input", {{"shape", {patches(), patch() * patch()}}}}, {"layers", layers}, {"loss", {{"type", "cross_entropy"}}}};
  add_training(s, params_);
  return s;
}

/// Three convolutions of stride 2, each with twice the filters of the last, then one layer to the classes: as many filters as make
/// about `wanted` parameters. The strides keep its multiply-adds near those of the Transformer, too.
Json Vit::cnn_spec(int64_t wanted) {
  constexpr int kernel = 3, blocks = 3;
  const int64_t classes = static_cast<int64_t>(data_.classes.size());
  const auto parameters = [&](int filters) {
    int64_t n = 0, in = data_.channels, side = data_.rows;
    for (int b = 0; b < blocks; ++b, side = (side + 1) / 2) {
      const int64_t out = static_cast<int64_t>(filters) << b;
      n += (in * kernel * kernel + 1) * out;
      in = out;
    }
    return n + (in * side * side + 1) * classes;
  };
  channels_ = 1;
  while (channels_ < kMostChannels && std::abs(parameters(channels_ + 1) - wanted) < std::abs(parameters(channels_) - wanted)) ++channels_;
  const Json init = init_section(params_);
  Json layers = Json::array();
  const auto layer = [&](const std::string& type, const std::string& name, Json more) {
    more["type"] = type;
    more["name"] = name;
    if (!init.is_null() && (type == "conv2d" || type == "linear")) more["init"] = init;
    layers.push_back(std::move(more));
  };
  for (int b = 0; b < blocks; ++b) {
    const std::string number = std::to_string(b + 1);
    layer("conv2d", "conv" + number, {{"out_channels", channels_ << b}, {"kernel_size", kernel}, {"stride", 2}, {"padding", 1}});
    layer("relu", "relu" + number, Json::object());
  }
  layer("flatten", "flatten", Json::object());
  layer("dropout", "dropout", {{"p", 0.5}});
  layer("linear", "head", {{"out_features", classes}});
  Json s = {{"input", {{"shape", {data_.channels, data_.rows, data_.cols}}}}, {"layers", layers}, {"loss", {{"type", "cross_entropy"}}}};
  add_training(s, params_);
  return s;
}

Network Vit::make(Json spec) const {
  Network n;
  n.train = make_model(spec, LabModel::Use::train, std::min(params_.integer("batch_size"), data_.n_train));
  n.evaluation = make_model(spec, LabModel::Use::infer, kEvaluationBatch, n.train.get());
  n.single = make_model(spec, LabModel::Use::infer, 1, n.train.get());
  n.spec = std::move(spec);
  return n;
}

void Vit::build() {
  reconcile_training();
  int heads = params_.integer("nhead");
  const int d = params_.integer("d_model");
  while (d % heads != 0) --heads;
  if (heads != params_.integer("nhead")) correct("nhead", static_cast<double>(heads), "a divisor of d_model, " + std::to_string(d));
  const std::string key = params_.text("task") + " " + std::to_string(params_.integer("samples"));
  if (key != data_key_) {
    data_ = packed_pictures(params_.text("task"), params_.integer("samples"));
    data_key_ = key;
  }
  patch_ = std::stoi(params_.text("patch_size"));
  if (data_.rows % patch_ != 0 || data_.cols % patch_ != 0) fail("bad_asset", params_.text("task"), "sides that patches of " + params_.text("patch_size") + " fill", std::to_string(data_.rows));
  batches_ = data::Batches(data_.n_train, std::min(params_.integer("batch_size"), data_.n_train), seed());
  picture_.resize(static_cast<size_t>(data_.size()));
  arranged_ = picture_;
  order_.resize(static_cast<size_t>(patches()));
  predicted_.resize(static_cast<size_t>(data_.n_test));
  vit_ = make(spec());
  cnn_ = {};
  const Json twin = cnn_spec(vit_.train->plan().parameter_count);
  if (params_.flag("cnn")) cnn_ = make(twin);
  evaluated_at_ = 0;
  take_live();
}

std::vector<LabModel*> Vit::models() {
  std::vector<LabModel*> all = {vit_.train.get()};
  if (cnn_.train) all.push_back(cnn_.train.get());
  return all;
}

void Vit::take_live() {
  reconcile_training();
  for (LabModel* m : models()) {
    set_training(*m, params_);
    m->set_attr("loss", "label_smoothing", params_.number("label_smoothing"));
    for (const Node& node : m->graph().nodes) {
      const std::string& value = m->graph().values[static_cast<size_t>(node.out[0])].name;
      if (node.op == OpId::dropout) m->set_attr(value, "p", params_.number("dropout"));
      if (node.op == OpId::scaled_dot_product_attention) m->set_attr(value, "dropout", params_.number("dropout"));
    }
  }
}

// --- pictures on their way in ---

/// Puts the patches in the order that the settings ask for: one for all pictures, or another for each.
void Vit::arrange(int example, float* picture) {
  if (params_.is("order", "picture")) return;
  std::iota(order_.begin(), order_.end(), 0);
  const bool each = params_.is("order", "random");
  Rng(seed(), Stream::split, each ? 1 : 0, each ? static_cast<uint32_t>(example + 1) : 0).shuffle(order_.data(), static_cast<uint32_t>(order_.size()));
  std::copy_n(picture, data_.size(), arranged_.data());
  const auto corner = [&](int place) { return place / across() * patch() * data_.cols + place % across() * patch(); };
  for (int place = 0; place < patches(); ++place)
    for (int row = 0; row < patch(); ++row) std::copy_n(arranged_.data() + corner(order_[static_cast<size_t>(place)]) + row * data_.cols, patch(), picture + corner(place) + row * data_.cols);
}

/// [patches, pixels of one]
void Vit::cut(const float* picture, float* to) const {
  for (int place = 0; place < patches(); ++place)
    for (int row = 0; row < patch(); ++row, to += patch()) std::copy_n(picture + (place / across() * patch() + row) * data_.cols + place % across() * patch(), patch(), to);
}

/// Row i of the models' batches; `step` ≥ 0: in training, where pictures are moved about.
void Vit::put(LabModel* vit, LabModel* cnn, int i, int example, int64_t step) {
  float* x = picture_.data();
  data_.values(example, x);
  if (const int most = params_.integer("shift"); most > 0 && step >= 0) {
    Rng rng(seed(), Stream::data, static_cast<uint32_t>(step), static_cast<uint32_t>(i));
    const int dx = static_cast<int>(rng.below(static_cast<uint32_t>(2 * most + 1))) - most, dy = static_cast<int>(rng.below(static_cast<uint32_t>(2 * most + 1))) - most;
    std::copy_n(x, data_.size(), arranged_.data());
    for (int row = 0; row < data_.rows; ++row)
      for (int col = 0; col < data_.cols; ++col) {
        const int r = row - dy, c = col - dx;
        x[row * data_.cols + col] = r < 0 || c < 0 || r >= data_.rows || c >= data_.cols ? 0 : arranged_[static_cast<size_t>(r * data_.cols + c)];
      }
  }
  arrange(example, x);
  const int32_t label = data_.labels[static_cast<size_t>(example)];
  if (vit) {
    cut(x, vit->values_in(0) + static_cast<int64_t>(i) * data_.size());
    vit->ids_in(1)[i] = label;
  }
  if (cnn) {
    std::copy_n(x, data_.size(), cnn->values_in(0) + static_cast<int64_t>(i) * data_.size());
    cnn->ids_in(1)[i] = label;
  }
}

// --- training and measuring ---

bool Vit::train_step() {
  const auto [examples, n] = batches_.at(steps());
  // The CNN is there to be compared: if it alone diverges, it stays where it is.
  LabModel* cnn = cnn_.train && !cnn_.train->divergence() ? cnn_.train.get() : nullptr;
  vit_.train->set_batch(n);
  if (cnn) cnn->set_batch(n);
  for (int i = 0; i < n; ++i) put(vit_.train.get(), cnn, i, examples[i], steps());
  const bool whole = vit_.train->train_step();
  if (whole && cnn) cnn->train_step();
  return whole;
}

double Vit::accuracy(bool of_cnn, int begin, int count, double* loss, std::vector<int32_t>* predicted) {
  LabModel& m = of_cnn ? *cnn_.evaluation : *vit_.evaluation;
  return accuracy_of(m, begin, count, kEvaluationBatch, loss, predicted, [&](int first, int n) {
    m.set_batch(n);
    for (int i = 0; i < n; ++i) put(of_cnn ? nullptr : &m, of_cnn ? &m : nullptr, i, first + i, -1);
  });
}

void Vit::refresh() {
  if (evaluated_at_ == changes()) return;
  evaluated_at_ = changes();
  evaluated_[1] = accuracy(false, 0, std::min(data_.n_train, kTrainExamplesMeasured), &evaluated_[0], nullptr);
  evaluated_[3] = accuracy(false, data_.n_train, data_.n_test, &evaluated_[2], &predicted_);
  evaluated_[4] = cnn_.train ? accuracy(true, data_.n_train, data_.n_test, nullptr, nullptr) : std::numeric_limits<double>::quiet_NaN();
}

void Vit::evaluate(double* metrics) {
  refresh();
  std::copy(evaluated_.begin(), evaluated_.end(), metrics);
}

const LabModel& Vit::observed() {
  LabModel& m = *vit_.evaluation;
  const int n = std::min(data_.n_train, kExamplesObserved);
  m.set_batch(n);
  for (int i = 0; i < n; ++i) put(&m, nullptr, i, i, -1);
  m.forward(false);
  return m;
}

/// Recording takes about a fifth of the arithmetic of training.
int Vit::history_stride() const {
  const int measured = data_.n_test + std::min(data_.n_train, kTrainExamplesMeasured);
  return std::max(1, static_cast<int>(5.0 * measured / (3.0 * vit_.train->plan().batch_size)));
}

// --- what can be watched ---

/// Puts the picture that the arguments name through both networks.
void Vit::show(const Json& args) {
  const int example = example_arg(data_, args);
  picture_arg(data_, args, picture_.data());
  arrange(example, picture_.data());
  const int32_t label = example < 0 ? 0 : data_.labels[static_cast<size_t>(example)];  // of one's own: what comes of it, the loss, is not shown
  cut(picture_.data(), vit_.single->values_in(0));
  vit_.single->ids_in(1)[0] = label;
  vit_.single->forward(false);
  if (!cnn_.single) return;
  std::copy(picture_.begin(), picture_.end(), cnn_.single->values_in(0));
  cnn_.single->ids_in(1)[0] = label;
  cnn_.single->forward(false);
}

std::string weights_of(int layer) { return "encoder.layers." + std::to_string(layer) + ".self_attn.heads.weights"; }

bool Vit::read_into(const std::string& name, const Json& args, TensorOut& out) {
  const LabModel& m = *vit_.single;
  if (name == "attention") {  // [layers, heads, tokens, tokens]: who looks (row) at whom (column)
    show(args);
    const int layers = params_.integer("num_layers");
    out.shape = {layers, 0, tokens(), tokens()};
    for (int l = 0; l < layers; ++l) {
      const int v = value_named(m, weights_of(l));
      out.shape[1] = m.shape(v)[1];
      out.values.insert(out.values.end(), m.data(v), m.data(v) + m.shape(v).numel());
    }
  } else if (name == "picture") {  // as the networks see it
    show(args);
    out.values = picture_;
    out.shape = {data_.rows, data_.cols};
  } else if (name == "pictures") {  // of test examples, as the networks see them; nothing is computed
    const Json& examples = member(args, "examples");
    const std::string rule = "at most " + std::to_string(kMostPictures) + " examples of the test set";
    if (!examples.is_array() || examples.size() > kMostPictures) fail("bad_argument", "examples", rule, shown(examples));
    out.shape = {static_cast<int64_t>(examples.size()), data_.rows, data_.cols};
    for (const Json& e : examples) {
      if (!e.is_number_integer() || e.get<int64_t>() < 0 || e.get<int64_t>() >= data_.n_test) fail("bad_argument", "examples", rule, shown(e));
      const int example = data_.n_train + e.get<int>();
      data_.values(example, picture_.data());
      arrange(example, picture_.data());
      out.values.insert(out.values.end(), picture_.begin(), picture_.end());
    }
  } else if (name == "probs") {  // [2, classes]: of the Transformer, of the CNN
    show(args);
    out.shape = {2, static_cast<int64_t>(data_.classes.size())};
    for (const LabModel* of : {vit_.single.get(), cnn_.single.get()})
      for (size_t c = 0; c < data_.classes.size(); ++c) out.values.push_back(of ? of->data(value_named(*of, "loss.probs"))[c] : std::numeric_limits<float>::quiet_NaN());
  } else if (name == "positions") {  // [tokens, d_model]: what is added to each token for its place
    if (params_.is("positional", "none")) return false;
    const Graph& g = m.graph();
    const int v = g.nodes[static_cast<size_t>(g.values[static_cast<size_t>(value_named(m, "positions"))].node)].in[1];
    out.shape = {m.shape(v)[0], m.shape(v)[1]};
    out.values.assign(m.data(v), m.data(v) + m.shape(v).numel());
  } else if (name == "labels" || name == "confusion") {
    refresh();
    return read_answers(name, data_, predicted_, out);
  } else {
    return false;
  }
  return true;
}

/// "CLS", or row and column of the patch.
std::string Vit::token_label(int t) const {
  const int patch = has_class_token() ? t - 1 : t;
  return patch < 0 ? "CLS" : std::to_string(patch / across() + 1) + "·" + std::to_string(patch % across() + 1);
}

Json Vit::info() const {
  Json attention = Json::array(), labels = Json::array();
  for (int l = 0; l < params_.integer("num_layers"); ++l) attention.push_back(weights_of(l));
  for (int t = 0; t < tokens(); ++t) labels.push_back(token_label(t));
  Json out = {{"task", params_.text("task")}, {"classes", data_.classes}, {"rows", data_.rows}, {"cols", data_.cols}, {"n_train", data_.n_train}, {"n_test", data_.n_test}};
  out["patch"] = patch();
  out["grid"] = across();
  out["class_token"] = has_class_token();
  out["tokens"] = labels;
  out["nhead"] = params_.integer("nhead");
  out["attention"] = attention;
  out["batch_size"] = vit_.train->plan().batch_size;
  out["steps_per_epoch"] = batches_.per_epoch();
  const auto cost = [](const Network& n) { return Json{{"parameters", n.train->plan().parameter_count}, {"multiply_adds", multiply_adds(*n.single)}, {"spec", n.spec}}; };
  out["vit"] = cost(vit_);
  out["cnn"] = nullptr;
  if (cnn_.train) {
    out["cnn"] = cost(cnn_);
    out["cnn"]["channels"] = channels_;
  }
  return out;
}

/// How one number of the picture that is looked at came about.
Json Vit::explain(const Json& args) {
  const LabModel& m = *vit_.single;
  const int v = value_named(m, text_arg(args, "value"));
  const int64_t flat = flat_index(m, v, member(args, "index"), "index");
  const Graph& g = m.graph();
  if (!member(args, "x").is_null() && (v == g.loss || v == g.inputs[1])) fail("bad_argument", "value", "a value that needs no class, for a picture without one", g.values[static_cast<size_t>(v)].name);
  show(args);
  Json e = explanation_json(m, v, flat);
  // A row of attention weights, or a head's sum over them, has a term for each token that is looked at.
  const std::string& name = g.values[static_cast<size_t>(v)].name;
  if (name.ends_with(".heads") || name.ends_with(".heads.weights"))
    for (size_t t = 0; t < e["terms"].size(); ++t) e["terms"][t]["label"] = token_label(static_cast<int>(t));
  return e;
}

bool Vit::answer(const std::string& name, const Json& args, Json& out) {
  if (name == "info") {
    out = info();
  } else if (name == "explain") {
    out = explain(args);
  } else if (name == "weight") {
    const std::string parameter = text_arg(args, "name");
    const int v = value_named(*vit_.train, parameter);
    if (vit_.train->graph().values[static_cast<size_t>(v)].kind != ValueKind::parameter) fail("unknown_name", "name", "a parameter", shown(parameter));
    out = update_json(*vit_.train, v, flat_index(*vit_.train, v, member(args, "index"), "index"));
  } else {
    return false;
  }
  return true;
}

}  // namespace

const LabDef labs::vit = {"vit", kParams, kMetrics, [] { return std::unique_ptr<Lab>(new Vit); }};

}  // namespace pg

// Self-attention, opened: the four steps on the reader's own sentence, where nothing is trained; and small tasks on which
// attention is trained until its weights mean something, beside a twin whose attention is switched off.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "data/sequences.h"
#include "data/tokens.h"
#include "labs/lab.h"

namespace pg::labs {

namespace {

using data::SequenceKind;
using data::SequenceTask;

constexpr const char* kDefaultSentence = "The cat sat on the mat because it was tired.";
constexpr int kMaxTokens = 64;
constexpr int kTestSize = 128;     // sequences
constexpr int kEvalBatch = 64;     // of which so many go through the model at once: they stay in the cache
constexpr int kEpoch = 100;        // steps; every batch is new, so an "epoch" is only a round number of them
constexpr int kHistoryStride = 10;
constexpr size_t kUsersShown = 16;
constexpr int kMostHeads = 8, kMostCompared = 50;  // heads of one that is trained to be compared, and its steps at once
constexpr const char* kPadToken = "[pad]";
/// PyTorch's N(0, 1) makes every token a large random vector of its own, and what they share is found five times later.
constexpr double kEmbeddingStd = 0.1;

constexpr const char* kTrained = "task!=sentence";

constexpr ParamDef kParams[] = {
    {.key = "task", .kind = Kind::choice, .group = "task", .choices = "sentence|lookup|copy|reverse|brackets", .text = "sentence"},
    {.key = "sentence", .kind = Kind::text, .group = "data", .text = kDefaultSentence, .max_length = 1000, .when = "task=sentence"},
    {.key = "units", .kind = Kind::choice, .group = "data", .more = true, .choices = "word|character", .text = "word", .when = "task=sentence"},
    {.key = "length", .kind = Kind::integer, .def = 6, .min = SequenceTask::kShortest, .max = SequenceTask::kLongest, .group = "data", .when = kTrained},
    {.key = "d_model", .kind = Kind::integer, .def = 32, .min = 4, .max = 64, .step = 4, .group = "model"},
    {.key = "nhead", .kind = Kind::integer, .def = 1, .min = 1, .max = 8, .group = "model"},
    {.key = "num_layers", .kind = Kind::integer, .def = 1, .min = 1, .max = 2, .group = "model", .more = true, .when = kTrained},
    {.key = "dim_feedforward", .kind = Kind::integer, .def = 0, .min = 0, .max = 128, .step = 16, .group = "model", .more = true, .when = kTrained},
    {.key = "projection", .kind = Kind::choice, .group = "model", .more = true, .choices = "random|identity", .text = "random", .when = "task=sentence"},
    {.key = "positional", .kind = Kind::choice, .group = "model", .choices = "none|sinusoidal|learned", .text = "sinusoidal"},
    {.key = "scaled", .kind = Kind::boolean, .def = 1, .apply = Apply::live, .group = "model"},
    {.key = "temperature", .def = 1, .min = 0.05, .max = 20, .scale = Scale::log, .apply = Apply::live, .group = "model"},
    {.key = "causal", .kind = Kind::boolean, .def = 0, .apply = Apply::live, .group = "model"},
    {.key = "window", .kind = Kind::integer, .def = 0, .min = 0, .max = kMaxTokens, .apply = Apply::live, .group = "model", .more = true},
    {.key = "pad_tokens", .kind = Kind::integer, .def = 0, .min = 0, .max = 8, .group = "model", .more = true, .when = "task=sentence"},
    {.key = "lr", .def = 0.01, .min = 1e-5, .max = 10, .scale = Scale::log, .apply = Apply::live, .group = "training", .when = kTrained},
    {.key = "optimizer", .kind = Kind::choice, .apply = Apply::live, .group = "training", .choices = "sgd|adam", .text = "adam", .when = kTrained},
    {.key = "momentum", .def = 0.9, .min = 0, .max = 0.99, .step = 0.01, .apply = Apply::live, .group = "training", .more = true, .when = "task!=sentence&optimizer=sgd"},
    {.key = "batch_size", .kind = Kind::integer, .def = 32, .min = 1, .max = 128, .scale = Scale::log, .group = "training", .when = kTrained},
    {.key = "seed", .kind = Kind::integer, .def = 1, .min = 0, .max = 999999, .group = "training", .more = true},
};

enum Metric { train_loss, train_accuracy, test_loss, test_accuracy, off_loss, off_accuracy, right_key_weight, metric_count };
constexpr const char* kMetrics[] = {"train.loss", "train.accuracy", "test.loss", "test.accuracy", "off.loss", "off.accuracy", "right_key_weight"};
static_assert(std::size(kMetrics) == metric_count);

/// What the page calls the values of one attention layer, in the order in which they are computed.
enum class Stage : uint8_t { x, q, k, v, scores, scaled, weights, heads, out, count };
constexpr const char* kStages[] = {"x", "q", "k", "v", "scores", "scaled", "weights", "heads", "out"};
static_assert(std::size(kStages) == static_cast<size_t>(Stage::count));

Stage find_stage(const std::string& name) {
  size_t i = 0;
  while (i < std::size(kStages) && name != kStages[i]) ++i;
  return static_cast<Stage>(i);
}

/// Where a layer's stages are in the graph; the same in every plan of one spec.
struct Block {
  std::string attention;  // name of the multihead_attention layer
  int x = -1, qkv = -1, heads = -1, scores = -1, weights = -1, out = -1;
};

/// A cell of a stage: [head, row, col], or [row, col] where there are no heads.
struct Cell {
  Stage stage = Stage::count;
  int layer = 0, head = 0, row = 0, col = 0;
};

/// One spec at work: training, evaluation of many, and one example held for the reader. All share their parameters.
struct Net {
  std::unique_ptr<LabModel> train, eval, show;
};

bool flag_arg(const Json& args, const char* key) {
  if (!args.is_object() || !args.contains(key)) return false;
  if (!args[key].is_boolean()) fail("bad_argument", key, "true or false", shown(args[key]));
  return args[key].get<bool>();
}

class AttentionLab : public Lab {
 protected:
  void build() override;
  void begin() override { compared_.clear(); }
  void apply_live(const ParamDef&) override;
  std::vector<LabModel*> models() override;
  bool train_step() override;
  void evaluate(double* metrics) override;
  int steps_per_epoch() const override { return kEpoch; }
  int history_stride() const override { return kHistoryStride; }
  bool read_into(const std::string& name, const Json& args, TensorOut& out) override;
  bool answer(const std::string& name, const Json& args, Json& out) override;
  bool perform(const std::string& name, const Json& args, Json& out) override;

 private:
  /// Rows with a question, and how many the model answers rightly.
  struct Score {
    double loss = 0;
    int64_t asked = 0, right = 0;
  };

  bool trains() const { return trains_; }
  int d_model() const { return d_model_; }
  int nhead() const { return nhead_; }
  int d_k() const { return d_model_ / nhead_; }
  double scale() const { return scale_; }
  double scale_of(int heads) const;
  int tokens() const { return static_cast<int>(tokens_.size()); }
  int layers() const { return static_cast<int>(blocks_.size()); }

  Json spec(bool off, int heads) const;
  Json optimizer_json() const;
  void build_sentence();
  void build_task();
  void find_blocks();
  void set_identity();
  void set_labels();
  void take_live();
  void set_attention();
  void draw_batch(LabModel& m, int64_t step) const;
  void add_score(const LabModel& m, Score& s) const;
  Score test_score(LabModel& m, std::vector<double>* on_right) const;
  void add_right_weights(const LabModel& m, const int32_t* right, std::vector<double>& sums) const;

  void show_example(int index);
  void refresh();
  const LabModel& model_arg(const Json& args);
  bool masked(const LabModel& m, int row, int col) const;
  int heads_arg(const Json& args) const;
  Json compare(const Json& args);

  int value_of(const Cell& c, int64_t& flat) const;
  bool cell_of(int value, int64_t flat, Cell& c) const;
  std::vector<int64_t> stage_shape(Stage s) const;
  float scaled_score(const LabModel& m, const Cell& c) const;
  Json cell_json(const Cell& c) const;
  Json mapped(const LabModel& m, const Json& ref) const;
  Json users(const Cell& c) const;
  Json explain(const Json& args);
  Json mapped_explanation(const LabModel& m, int value, int64_t flat) const;
  Json explain_cell(const LabModel& m, const Cell& c) const;
  void explain_letters(Json& e, int row, int col) const;
  Json predictions(const LabModel& m) const;
  Json info();

  bool trains_ = false, causal_ = false;
  int window_ = 0;      // how far a key may be away; 0: anywhere
  int pad_tokens_ = 0;  // behind the sentence; nobody looks at them
  int d_model_ = 0, nhead_ = 1;
  double scale_ = 1;  // factor of the scores
  SequenceTask task_{};
  Net net_, off_;  // off_: the twin, whose tokens see only themselves
  std::map<int, Net> compared_;  // by heads, all else as the settings have it
  std::vector<Block> blocks_;
  std::vector<std::string> tokens_, labels_;
  bool truncated_ = false;
  std::string rest_;

  std::vector<int32_t> test_ids_, test_targets_, test_right_;
  int example_ = 0;
  uint64_t shown_at_ = 0, evaluated_at_ = 0;
  std::array<double, metric_count> evaluated_{};
};

// --- building ---

Json AttentionLab::optimizer_json() const {
  Json o = {{"type", params_.text("optimizer")}, {"lr", params_.number("lr")}};
  if (params_.is("optimizer", "sgd")) o["momentum"] = params_.number("momentum");
  return o;
}

/// Names of layers follow torch.nn.TransformerEncoderLayer.
Json AttentionLab::spec(bool off, int heads) const {
  Json layers = Json::array();
  std::string at = "input";
  const auto layer = [&](const std::string& type, const std::string& name, Json more, std::vector<std::string> inputs) {
    Json l = {{"type", type}, {"name", name}, {"inputs", inputs}};
    l.update(more);
    layers.push_back(std::move(l));
    return name;
  };
  Json s = {{"seed", params_.integer("seed")}};
  if (trains()) {
    s["input"] = {{"tokens", task_.tokens}, {"vocab_size", task_.vocab_size}};
    at = layer("embedding", "embedding", {{"num_embeddings", task_.vocab_size}, {"embedding_dim", d_model()}, {"init", {{"type", "normal"}, {"std", kEmbeddingStd}}}}, {at});
  } else {
    const Json x = {{"shape", {tokens(), d_model()}}};
    if (pad_tokens_ > 0) {
      at = "letters";
      s["inputs"] = {{"letters", x}, {"pad", {{"tokens", tokens()}, {"vocab_size", 2}}}};
    } else {
      s["input"] = x;
    }
  }
  if (!params_.is("positional", "none")) at = layer("positional_encoding", "positional", {{"kind", params_.text("positional")}}, {at});
  const int n = trains() ? params_.integer("num_layers") : 1;
  for (int i = 0; i < n; ++i) {
    const std::string prefix = "layers." + std::to_string(i) + ".";
    Json more = {{"num_heads", heads}, {"causal", causal_}, {"window", window_}, {"diagonal", off}, {"scale", scale_of(heads)}};
    if (!trains()) {  // each of the four matrices is d by d: variance 1/d keeps q, k and v as large as x
      more["bias"] = false;
      if (pad_tokens_ > 0) more["key_padding_mask"] = "pad";
      more["init"] = {{"type", "kaiming_uniform"}, {"nonlinearity", "linear"}};
    }
    const std::string attended = layer("multihead_attention", prefix + "self_attn", more, {at});
    if (!trains()) break;
    at = layer("add", prefix + "residual1", Json::object(), {at, attended});
    if (const int width = params_.integer("dim_feedforward"); width > 0) {
      std::string f = layer("linear", prefix + "linear1", {{"out_features", width}}, {at});
      f = layer("relu", prefix + "relu", Json::object(), {f});
      f = layer("linear", prefix + "linear2", {{"out_features", d_model()}}, {f});
      at = layer("add", prefix + "residual2", Json::object(), {at, f});
    }
  }
  if (trains()) {
    at = layer("layer_norm", "norm", Json::object(), {at});
    layer("linear", "output", {{"out_features", task_.classes}}, {at});
    s["loss"] = {{"type", "cross_entropy"}, {"ignore_index", data::kNothingAsked}};
    s["optimizer"] = optimizer_json();
  }
  s["layers"] = std::move(layers);
  return s;
}

void AttentionLab::build() {
  trains_ = !params_.is("task", "sentence");
  d_model_ = params_.integer("d_model");
  reconcile_heads();
  nhead_ = params_.integer("nhead");
  take_live();
  if (!trains() && params_.is("positional", "learned")) correct("positional", std::string("sinusoidal"), "none or sinusoidal where nothing is trained");
  example_ = 0;
  shown_at_ = evaluated_at_ = 0;
  net_ = {};
  off_ = {};
  if (trains()) build_task();
  else build_sentence();
  set_labels();
}

/// Tokens that occur again are told apart by a count: "the", "the (2)".
void AttentionLab::set_labels() {
  labels_ = tokens_;
  for (size_t i = 0; i < tokens_.size(); ++i)
    if (const auto before = std::count(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(i), tokens_[i]); before > 0) labels_[i] += " (" + std::to_string(before + 1) + ")";
}

void AttentionLab::build_sentence() {
  const std::string& given = params_.text("sentence");
  const std::string clean = data::valid_utf8(given);
  if (clean != given) correct("sentence", clean, "a text in UTF-8");
  const data::Units units = params_.is("units", "character") ? data::Units::character : data::Units::word;
  pad_tokens_ = params_.integer("pad_tokens");
  data::Tokens t = data::tokenize(clean, units, kMaxTokens - pad_tokens_);
  if (t.tokens.empty()) t = data::tokenize(kDefaultSentence, units, kMaxTokens - pad_tokens_);
  tokens_ = std::move(t.tokens);
  tokens_.insert(tokens_.end(), static_cast<size_t>(pad_tokens_), kPadToken);
  truncated_ = t.truncated;
  rest_ = std::move(t.rest);
  const Json s = spec(false, nhead());
  net_.show = make_model(s, LabModel::Use::infer, 1);
  for (int i = 0; i < tokens() && pad_tokens_ > 0; ++i) net_.show->ids_in(1)[i] = i >= tokens() - pad_tokens_;
  find_blocks();
  for (int i = 0; i < tokens(); ++i) data::token_vector(tokens_[static_cast<size_t>(i)], d_model(), net_.show->values_in(0) + i * d_model());
  if (params_.is("projection", "identity")) set_identity();
}

void AttentionLab::set_identity() {
  const int d = d_model();
  for (const char* suffix : {".in_proj_weight", ".out_proj.weight"}) {
    const int v = value_named(*net_.show, blocks_[0].attention + suffix);
    float* w = net_.show->data(v);
    const int rows = static_cast<int>(net_.show->shape(v)[0]);
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < d; ++c) w[r * d + c] = r % d == c ? 1.0f : 0.0f;
  }
}

void AttentionLab::build_task() {
  static const std::pair<const char*, SequenceKind> kinds[] = {
      {"lookup", SequenceKind::lookup}, {"copy", SequenceKind::copy}, {"reverse", SequenceKind::reverse}, {"brackets", SequenceKind::brackets}};
  for (const auto& [name, kind] : kinds)
    if (params_.is("task", name)) task_ = data::sequence_task(kind, params_.integer("length"));
  truncated_ = false;
  pad_tokens_ = 0;
  rest_.clear();
  const int batch = params_.integer("batch_size");
  for (Net* n : {&net_, &off_}) {
    const Json s = spec(n == &off_, nhead());
    n->train = make_model(s, LabModel::Use::train, batch);
    n->eval = make_model(s, LabModel::Use::infer, kEvalBatch, n->train.get());
    n->show = make_model(s, LabModel::Use::infer, 1, n->train.get());
  }
  find_blocks();
  const size_t cells = static_cast<size_t>(kTestSize) * static_cast<size_t>(task_.tokens);
  test_ids_.assign(cells, 0);
  test_targets_.assign(cells, 0);
  test_right_.assign(cells, 0);
  const uint64_t seed = static_cast<uint64_t>(params_.integer("seed"));
  for (int i = 0; i < kTestSize; ++i) {
    const int at = i * task_.tokens;
    data::draw_sequence(task_, seed, data::Split::test, 0, static_cast<uint32_t>(i), &test_ids_[static_cast<size_t>(at)], &test_targets_[static_cast<size_t>(at)], &test_right_[static_cast<size_t>(at)]);
  }
  show_example(0);
}

void AttentionLab::find_blocks() {
  const LabModel& m = *net_.show;
  blocks_.clear();
  for (int i = 0;; ++i) {
    Block b;
    b.attention = "layers." + std::to_string(i) + ".self_attn";
    b.out = m.graph().find(b.attention);
    if (b.out < 0) break;
    b.qkv = value_named(m, b.attention + ".qkv");
    b.heads = value_named(m, b.attention + ".heads");
    b.scores = value_named(m, b.attention + ".heads.scores");
    b.weights = value_named(m, b.attention + ".heads.weights");
    b.x = m.graph().nodes[static_cast<size_t>(m.graph().values[static_cast<size_t>(b.qkv)].node)].in[0];
    blocks_.push_back(std::move(b));
  }
}

// --- running ---

std::vector<LabModel*> AttentionLab::models() {
  if (!trains()) return {};
  return {net_.train.get(), off_.train.get()};
}

void AttentionLab::take_live() {
  causal_ = params_.flag("causal");
  window_ = params_.integer("window");
  scale_ = scale_of(nhead());
}

double AttentionLab::scale_of(int heads) const { return (params_.flag("scaled") ? 1.0 / std::sqrt(static_cast<double>(d_model() / heads)) : 1.0) / params_.number("temperature"); }

/// Scale and mask act on the running models. The twin keeps its mask: it is what switches attention off.
void AttentionLab::set_attention() {
  take_live();
  for (Net* n : {&net_, &off_})
    for (LabModel* m : {n->train.get(), n->eval.get(), n->show.get()}) {
      if (!m) continue;
      for (const Block& b : blocks_) {
        m->set_attr(b.attention + ".heads", "scale", scale());
        if (n == &off_) continue;
        m->set_attr(b.attention + ".heads", "mask", causal_);
        m->set_attr(b.attention + ".heads", "window", window_);
      }
    }
}

void AttentionLab::apply_live(const ParamDef& changed) {
  compared_.clear();
  if (std::string_view(changed.group) == "model") set_attention();
  if (!trains() || std::string_view(changed.group) != "training") return;
  Json given = optimizer_json();
  const OptimizerId id = find_optimizer(given["type"].get<std::string>());
  given.erase("type");
  std::vector<Issue> issues;
  const Options options = options_of(Params::read(optimizer_def(id).params, given, "optimizer", issues));
  for (LabModel* m : models()) m->set_optimizer(id, options);
}

void AttentionLab::draw_batch(LabModel& m, int64_t step) const {
  const uint64_t seed = static_cast<uint64_t>(params_.integer("seed"));
  for (int i = 0; i < m.batch(); ++i) {
    const int at = i * task_.tokens;
    data::draw_sequence(task_, seed, data::Split::train, static_cast<uint32_t>(step), static_cast<uint32_t>(i), m.ids_in(0) + at, m.ids_in(1) + at, nullptr);
  }
}

bool AttentionLab::train_step() {
  LabModel &m = *net_.train, &twin = *off_.train;
  const size_t bytes = static_cast<size_t>(m.batch() * task_.tokens) * sizeof(int32_t);
  draw_batch(m, steps());
  std::memcpy(twin.ids_in(0), m.ids_in(0), bytes);
  std::memcpy(twin.ids_in(1), m.ids_in(1), bytes);
  const bool on = m.train_step(), off = twin.train_step();
  return on && off;
}

/// Adds what a model answers to the batch that it has just seen.
void AttentionLab::add_score(const LabModel& m, Score& s) const {
  const int probs = value_named(m, "loss.probs");
  const int64_t rows = m.shape(probs).rows(), classes = m.shape(probs).last();
  const int32_t* targets = m.ids(m.graph().inputs[1]);
  int64_t asked = 0;
  for (int64_t r = 0; r < rows; ++r) {
    if (targets[r] == data::kNothingAsked) continue;
    ++asked;
    const float* p = m.data(probs) + r * classes;
    s.right += std::max_element(p, p + classes) - p == targets[r];
  }
  s.loss += m.loss() * static_cast<double>(asked);
  s.asked += asked;
}

/// Over the test set; `on_right` takes the sums of add_right_weights.
AttentionLab::Score AttentionLab::test_score(LabModel& m, std::vector<double>* on_right) const {
  Score s;
  for (int at = 0; at < kTestSize; at += kEvalBatch) {
    const size_t from = static_cast<size_t>(at) * static_cast<size_t>(task_.tokens), cells = static_cast<size_t>(kEvalBatch * task_.tokens);
    m.set_batch(kEvalBatch);
    std::copy_n(&test_ids_[from], cells, m.ids_in(0));
    std::copy_n(&test_targets_[from], cells, m.ids_in(1));
    m.forward(false);
    add_score(m, s);
    if (on_right) add_right_weights(m, &test_right_[from], *on_right);
  }
  return s;
}

/// A function of the weights, the live settings and the step alone: `train` is the batch that comes next, before the
/// model has learned from it.
void AttentionLab::evaluate(double* metrics) {
  if (!trains()) return;
  if (evaluated_at_ != changes()) {
    evaluated_at_ = changes();
    Score train, test, off;
    std::vector<double> on_right(static_cast<size_t>(layers() * nhead()), 0.0);
    test = test_score(*net_.eval, &on_right);
    off = test_score(*off_.eval, nullptr);
    LabModel& m = *net_.eval;
    m.set_batch(std::min(kEvalBatch, net_.train->plan().batch_size));
    draw_batch(m, steps());
    m.forward(false);
    add_score(m, train);
    const auto put = [&](Metric loss, Metric accuracy, const Score& s) {
      evaluated_[loss] = s.loss / static_cast<double>(s.asked);
      evaluated_[accuracy] = static_cast<double>(s.right) / static_cast<double>(s.asked);
    };
    put(train_loss, train_accuracy, train);
    put(test_loss, test_accuracy, test);
    put(off_loss, off_accuracy, off);
    evaluated_[right_key_weight] = *std::max_element(on_right.begin(), on_right.end()) / static_cast<double>(test.asked);
  }
  std::copy(evaluated_.begin(), evaluated_.end(), metrics);
}

/// Sums, for every head of every layer, the weight that the asking positions give to the position with the answer.
void AttentionLab::add_right_weights(const LabModel& m, const int32_t* right, std::vector<double>& sums) const {
  const int t = task_.tokens, heads = nhead();
  for (int l = 0; l < layers(); ++l) {
    const float* w = m.data(blocks_[static_cast<size_t>(l)].weights);
    for (int b = 0; b < m.batch(); ++b)
      for (int i = 0; i < t; ++i) {
        const int32_t j = right[b * t + i];
        if (j < 0) continue;
        for (int h = 0; h < heads; ++h) sums[static_cast<size_t>(l * heads + h)] += static_cast<double>(w[((b * heads + h) * t + i) * t + j]);
      }
  }
}

// --- the example that is shown ---

void AttentionLab::show_example(int index) {
  example_ = index;
  shown_at_ = 0;
  const size_t t = static_cast<size_t>(task_.tokens), from = static_cast<size_t>(index) * t;
  tokens_.resize(t);
  for (size_t i = 0; i < t; ++i) tokens_[i] = data::token_text(task_, test_ids_[from + i]);
  for (Net* n : {&net_, &off_}) {
    std::copy_n(&test_ids_[from], t, n->show->ids_in(0));
    std::copy_n(&test_targets_[from], t, n->show->ids_in(1));
  }
}

void AttentionLab::refresh() {
  if (shown_at_ == changes()) return;
  shown_at_ = changes();
  net_.show->forward(false);
  if (off_.show) off_.show->forward(false);
}

const LabModel& AttentionLab::model_arg(const Json& args) {
  refresh();
  const bool off = flag_arg(args, "off");
  if (off && !off_.show) fail("bad_argument", "off", "false where nothing is trained", "true");
  return off ? *off_.show : *net_.show;
}

bool AttentionLab::masked(const LabModel& m, int row, int col) const {
  if (&m == off_.show.get()) return row != col;
  return (causal_ && col > row) || (window_ > 0 && std::abs(row - col) > window_) || col >= tokens() - pad_tokens_;
}

// --- stages ---

/// Where a cell is in the model; `scaled` is where its score is.
int AttentionLab::value_of(const Cell& c, int64_t& flat) const {
  const Block& b = blocks_[static_cast<size_t>(c.layer)];
  const int64_t d = d_model(), dk = d_k(), t = tokens(), row = c.row, col = c.col, head = c.head;
  const auto window = [&](int64_t part) {
    flat = row * 3 * d + part * d + head * dk + col;
    return b.qkv;
  };
  switch (c.stage) {
    case Stage::x: flat = row * d + col; return b.x;
    case Stage::q: return window(0);
    case Stage::k: return window(1);
    case Stage::v: return window(2);
    case Stage::scores:
    case Stage::scaled: flat = (head * t + row) * t + col; return b.scores;
    case Stage::weights: flat = (head * t + row) * t + col; return b.weights;
    case Stage::heads: flat = row * d + head * dk + col; return b.heads;
    case Stage::out:
    case Stage::count: break;
  }
  flat = row * d + col;
  return b.out;
}

/// The other way round; false for values that are no stage.
bool AttentionLab::cell_of(int value, int64_t flat, Cell& c) const {
  const int d = d_model(), dk = d_k(), t = tokens(), at = static_cast<int>(flat);
  for (int l = 0; l < layers(); ++l) {
    const Block& b = blocks_[static_cast<size_t>(l)];
    if (value == b.x) c = {Stage::x, l, 0, at / d, at % d};
    else if (value == b.qkv) c = {static_cast<Stage>(static_cast<int>(Stage::q) + at % (3 * d) / d), l, at % d / dk, at / (3 * d), at % dk};
    else if (value == b.scores) c = {Stage::scores, l, at / t / t, at / t % t, at % t};
    else if (value == b.weights) c = {Stage::weights, l, at / t / t, at / t % t, at % t};
    else if (value == b.heads) c = {Stage::heads, l, at % d / dk, at / d, at % dk};
    else if (value == b.out) c = {Stage::out, l, 0, at / d, at % d};
    else continue;
    return true;
  }
  return false;
}

std::vector<int64_t> AttentionLab::stage_shape(Stage s) const {
  const int64_t t = tokens();
  switch (s) {
    case Stage::q:
    case Stage::k:
    case Stage::v:
    case Stage::heads: return {nhead(), t, d_k()};
    case Stage::scores:
    case Stage::scaled:
    case Stage::weights: return {nhead(), t, t};
    default: return {t, d_model()};
  }
}

/// The score as the softmax sees it, in the arithmetic of the kernel.
float AttentionLab::scaled_score(const LabModel& m, const Cell& c) const {
  int64_t flat;
  const int v = value_of(c, flat);
  return masked(m, c.row, c.col) ? -std::numeric_limits<float>::infinity() : static_cast<float>(scale()) * m.data(v)[flat];
}

Json AttentionLab::cell_json(const Cell& c) const {
  Json index = Json::array();
  if (stage_shape(c.stage).size() == 3) index.push_back(c.head);
  index.push_back(c.row);
  index.push_back(c.col);
  return {{"value", kStages[static_cast<size_t>(c.stage)]}, {"index", index}, {"layer", c.layer}};
}

bool AttentionLab::read_into(const std::string& name, const Json& args, TensorOut& out) {
  if (name == "compared") {  // a row each of those that were trained to be compared: heads, steps, parameters, test loss, test accuracy
    out.shape = {static_cast<int64_t>(compared_.size()), 5};
    for (auto& [heads, n] : compared_) {
      const Score s = test_score(*n.eval, nullptr);
      for (const double x : {static_cast<double>(heads), static_cast<double>(n.train->step()), static_cast<double>(n.train->plan().parameter_count), s.loss / static_cast<double>(s.asked),
                             static_cast<double>(s.right) / static_cast<double>(s.asked)})
        out.values.push_back(static_cast<float>(x));
    }
    return true;
  }
  const Stage stage = find_stage(name);
  const bool matrix = name == "w_q" || name == "w_k" || name == "w_v" || name == "w_o";
  if (stage == Stage::count && !matrix) return false;
  const int layer = integer_arg(args, "layer", 0, 0, layers() - 1);
  const LabModel& m = model_arg(args);
  if (matrix) {  // PyTorch's layout: row o holds what output o takes of each input
    const int64_t d = d_model(), part = name == "w_k" ? 1 : name == "w_v" ? 2 : 0;
    const float* w = m.data(value_named(m, blocks_[static_cast<size_t>(layer)].attention + (name == "w_o" ? ".out_proj.weight" : ".in_proj_weight"))) + part * d * d;
    out.shape = {d, d};
    out.values.assign(w, w + d * d);
    return true;
  }
  out.shape = stage_shape(stage);
  const int heads = out.shape.size() == 3 ? static_cast<int>(out.shape[0]) : 1;
  const int rows = static_cast<int>(out.shape[out.shape.size() - 2]), cols = static_cast<int>(out.shape.back());
  out.values.reserve(static_cast<size_t>(heads * rows * cols));
  for (int h = 0; h < heads; ++h)
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < cols; ++c) {
        const Cell cell{stage, layer, h, r, c};
        int64_t flat;
        const int v = value_of(cell, flat);
        out.values.push_back(stage == Stage::scaled ? scaled_score(m, cell) : m.data(v)[flat]);
      }
  return true;
}

// --- explanations ---

/// A reference of the engine, under the name that the page knows.
Json AttentionLab::mapped(const LabModel& m, const Json& ref) const {
  if (!ref.is_object()) return ref;
  const int v = value_named(m, ref["value"].get<std::string>());
  const int64_t flat = flat_index(m, v, ref["index"], "index");
  Cell c;
  return cell_of(v, flat, c) ? cell_json(c) : ref;
}

/// Cells that a cell goes into, as the page's stages follow one another.
Json AttentionLab::users(const Cell& c) const {
  Json out = Json::array();
  const auto along = [&](Stage to, int head, int row, int n) {  // one row of the next stage
    for (int i = 0; i < n && out.size() < kUsersShown; ++i) out.push_back(cell_json({to, c.layer, head, row, i}));
  };
  const auto down = [&](Stage to, int col) {  // one column
    for (int i = 0; i < tokens() && out.size() < kUsersShown; ++i) out.push_back(cell_json({to, c.layer, c.head, i, col}));
  };
  switch (c.stage) {
    case Stage::q: along(Stage::scores, c.head, c.row, tokens()); break;
    case Stage::k: down(Stage::scores, c.row); break;
    case Stage::v: down(Stage::heads, c.col); break;
    case Stage::scores: out.push_back(cell_json({Stage::scaled, c.layer, c.head, c.row, c.col})); break;
    case Stage::scaled: along(Stage::weights, c.head, c.row, tokens()); break;
    case Stage::weights: along(Stage::heads, c.head, c.row, d_k()); break;
    case Stage::heads: along(Stage::out, 0, c.row, d_model()); break;
    default: break;
  }
  return out;
}

/// {stage, layer, head, row, col}, or a reference {value, index, layer} as explanations give it; `value` may also be a
/// value of the model that is no stage ("input", "layers.0.self_attn.in_proj_weight", "output", "loss.probs").
Json AttentionLab::explain(const Json& args) {
  const LabModel& m = model_arg(args);
  const std::string name = text_arg(args, args.is_object() && args.contains("stage") ? "stage" : "value");
  const Stage stage = find_stage(name);
  if (stage == Stage::count) {
    const int v = value_named(m, name);
    const int64_t flat = flat_index(m, v, args.contains("index") ? args["index"] : Json(), "index");
    Cell c;
    if (cell_of(v, flat, c)) return explain_cell(m, c);
    Json e = mapped_explanation(m, v, flat);
    if (!trains() && v == m.graph().inputs[0]) explain_letters(e, static_cast<int>(flat) / d_model(), static_cast<int>(flat) % d_model());
    return e;
  }
  const std::vector<int64_t> shape = stage_shape(stage);
  Cell c;
  c.stage = stage;
  c.layer = integer_arg(args, "layer", 0, 0, layers() - 1);
  Json at = args;
  if (args.contains("index")) {
    const Json& index = args["index"];
    if (!index.is_array() || index.size() != shape.size()) fail("bad_index", "index", "a list of " + std::to_string(shape.size()), shown(index));
    at = {{"col", index.back()}, {"row", index[index.size() - 2]}};
    if (index.size() == 3) at["head"] = index[0];
  }
  if (shape.size() == 3) c.head = integer_arg(at, "head", 0, 0, nhead() - 1);
  c.row = integer_arg(at, "row", 0, 0, tokens() - 1);
  c.col = integer_arg(at, "col", 0, 0, static_cast<int>(shape.back()) - 1);
  return explain_cell(m, c);
}

Json AttentionLab::mapped_explanation(const LabModel& m, int value, int64_t flat) const {
  Json e = explanation_json(m, value, flat);
  for (Json& t : e["terms"])
    for (const char* side : {"a_ref", "b_ref"}) t[side] = mapped(m, t[side]);
  if (e.contains("bias")) e["bias"]["ref"] = mapped(m, e["bias"]["ref"]);
  if (e.contains("z_ref")) e["z_ref"] = mapped(m, e["z_ref"]);
  for (Json& u : e["used_by"]) u = mapped(m, u);
  return e;
}

Json AttentionLab::explain_cell(const LabModel& m, const Cell& c) const {
  int64_t flat;
  const int v = value_of(c, flat);
  Json e;
  if (c.stage == Stage::scaled) {
    const float score = m.data(v)[flat], result = scaled_score(m, c);
    const Json from = cell_json({Stage::scores, c.layer, c.head, c.row, c.col});
    const bool hidden = masked(m, c.row, c.col);
    e = {{"result", hidden ? Json("-Infinity") : Json(result)}, {"kind", "scale"}, {"masked", hidden}};
    e["terms"] = Json::array({{{"label", ""}, {"a", score}, {"b", static_cast<float>(scale())}, {"a_ref", from}, {"b_ref", nullptr}}});
    e["constants"] = {{"scale", scale()}, {"d_k", d_k()}, {"temperature", params_.number("temperature")}};
  } else {
    e = mapped_explanation(m, v, flat);
  }
  const bool by_token = c.stage == Stage::weights || c.stage == Stage::heads;
  if (by_token)
    for (size_t j = 0; j < e["terms"].size(); ++j) e["terms"][j]["label"] = labels_[j];
  if (c.stage == Stage::weights) {  // what enters the softmax is a stage of its own
    for (Json& t : e["terms"]) t["a_ref"]["value"] = kStages[static_cast<size_t>(Stage::scaled)];
    e["z_ref"]["value"] = kStages[static_cast<size_t>(Stage::scaled)];
  }
  if (c.stage == Stage::x && !trains() && v == m.graph().inputs[0]) explain_letters(e, c.row, c.col);
  e.update(cell_json(c));
  e["shape"] = stage_shape(c.stage);
  if (c.stage != Stage::x && c.stage != Stage::out) e["used_by"] = users(c);
  return e;
}

/// A token's vector is the sum of its n-grams' vectors, scaled.
void AttentionLab::explain_letters(Json& e, int row, int col) const {
  const std::string& token = tokens_[static_cast<size_t>(row)];
  std::vector<float> whole(static_cast<size_t>(d_model()));
  std::vector<double> one(static_cast<size_t>(d_model()));
  const double factor = data::token_vector(token, d_model(), whole.data());
  e["kind"] = "weighted_sum";
  e["terms"] = Json::array();
  for (const std::string& g : data::ngrams(token)) {
    data::ngram_vector(g, d_model(), one.data());
    e["terms"].push_back({{"label", g}, {"a", factor}, {"b", one[static_cast<size_t>(col)]}, {"a_ref", nullptr}, {"b_ref", nullptr}});
  }
}

// --- answers ---

/// What a model answers where something is asked.
Json AttentionLab::predictions(const LabModel& m) const {
  Json names = Json::array(), correct = Json::array(), sure = Json::array(), all = Json::array();
  const int v = value_named(m, "loss.probs");
  const int classes = task_.classes;
  const int32_t* targets = m.ids(m.graph().inputs[1]);
  for (int i = 0; i < tokens(); ++i) {
    if (targets[i] == data::kNothingAsked) {
      for (Json* list : {&names, &correct, &sure, &all}) list->push_back(nullptr);
      continue;
    }
    const float* p = m.data(v) + i * classes;
    const int best = static_cast<int>(std::max_element(p, p + classes) - p);
    names.push_back(data::class_text(task_, best));
    correct.push_back(best == targets[i]);
    sure.push_back(p[best]);
    all.push_back(std::vector<float>(p, p + classes));
  }
  return {{"predictions", names}, {"correct", correct}, {"confidence", sure}, {"probabilities", all}};
}

Json AttentionLab::info() {
  refresh();
  Json stages = Json::array();
  for (size_t s = 0; s < std::size(kStages); ++s) stages.push_back({{"name", kStages[s]}, {"shape", stage_shape(static_cast<Stage>(s))}});
  Json out = {{"task", params_.text("task")}, {"trains", trains()}, {"tokens", tokens_}, {"labels", labels_}, {"truncated", truncated_}, {"rest", rest_}, {"max_tokens", kMaxTokens - pad_tokens_},
              {"n_layers", layers()}, {"nhead", nhead()}, {"d_model", d_model()}, {"d_k", d_k()}, {"scale", scale()}, {"causal", causal_}, {"window", window_}, {"pad_tokens", pad_tokens_}, {"stages", stages}};
  if (!trains()) return out;
  Json targets = Json::array(), right = Json::array(), classes = Json::array();
  const size_t from = static_cast<size_t>(example_) * static_cast<size_t>(task_.tokens);
  for (int i = 0; i < tokens(); ++i) {
    const int32_t target = test_targets_[from + static_cast<size_t>(i)];
    targets.push_back(target == data::kNothingAsked ? Json(nullptr) : Json(data::class_text(task_, target)));
    right.push_back(test_right_[from + static_cast<size_t>(i)]);
  }
  for (int c = 0; c < task_.classes; ++c) classes.push_back(data::class_text(task_, c));
  out["classes"] = classes;
  out["targets"] = targets;
  out["right_keys"] = right;
  out.update(predictions(*net_.show));
  out["off"] = predictions(*off_.show);
  out["example"] = {{"index", example_}, {"count", kTestSize}};
  return out;
}

bool AttentionLab::answer(const std::string& name, const Json& args, Json& out) {
  if (name == "info") out = info();
  else if (name == "explain") out = explain(args);
  else return false;
  return true;
}

int AttentionLab::heads_arg(const Json& args) const {
  const int heads = integer_arg(args, "heads", 1, 1, kMostHeads);
  if (d_model() % heads != 0) fail("bad_argument", "heads", "a divisor of d_model, " + std::to_string(d_model()), std::to_string(heads));
  return heads;
}

/// Trains a model like this one, but with so many heads, on the batches that this one sees.
Json AttentionLab::compare(const Json& args) {
  const int heads = heads_arg(args), steps = integer_arg(args, "steps", 1, 0, kMostCompared);
  Net& n = compared_[heads];
  if (!n.train) {
    const Json s = spec(false, heads);
    n.train = make_model(s, LabModel::Use::train, params_.integer("batch_size"));
    n.eval = make_model(s, LabModel::Use::infer, kEvalBatch, n.train.get());
  }
  bool sound = true;
  for (int i = 0; i < steps && sound; ++i) {
    draw_batch(*n.train, n.train->step());
    sound = n.train->train_step();
  }
  return {{"steps", n.train->step()}, {"diverged", !sound}};
}

bool AttentionLab::perform(const std::string& name, const Json& args, Json& out) {
  if (!trains()) return false;
  if (name == "compare") {
    out = compare(args);
    return true;
  }
  if (name == "next_example") show_example((example_ + 1) % kTestSize);
  else if (name == "set_example") show_example(integer_arg(args, "index", example_, 0, kTestSize - 1));
  else return false;
  set_labels();
  out = {{"index", example_}, {"count", kTestSize}};
  return true;
}

}  // namespace

const LabDef attention = {"attention", kParams, kMetrics, [] { return std::unique_ptr<Lab>(std::make_unique<AttentionLab>()); }};

}  // namespace pg::labs

// Lab "rnn": sequences read step by step. One network of recurrent cells is trained; beside it, on demand, the three kinds of cell and
// self-attention learn the same batches, so that what each can carry over a distance is measured, not told.
//
// One spec is compiled several times over the same parameters: for training, for evaluation of many, for the example on the stage, and
// for gradients that are looked at. Values have the same names in all of them: "rnn.l0" is the state of the first layer, "rnn.l0.gates"
// its gates (lstm i, f, g, o; gru r, z, n), "rnn.l0.cell" lstm's cell state.
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/series.h"
#include "kernels/math.h"
#include "labs/training.h"

namespace pg::labs {

namespace {

using data::SeriesKind;
using data::SeriesTask;
using data::Split;

constexpr int kTestSize = 256;
constexpr int kEvalBatch = 64;
constexpr int kEpoch = 100;         // steps; every batch is new, so an "epoch" is only a round number of them
constexpr int kHistoryStride = 20;
constexpr int kFlowBatch = 32;      // examples over which gradients are averaged
constexpr int kReadoutRows = 2048;  // states that the linear readout is fitted to
constexpr uint32_t kReadoutStep = 0x40000000u;  // their place among the batches: no training comes that far
constexpr int kMostWritten = 40;    // letters
constexpr int kMostContinued = 100; // steps
constexpr int kMostBeside = 200;    // steps at once
constexpr int kHeads = 2;

constexpr const char* kTasks = "sine|waves|order|adding|parity|brackets|names|sentiment";

constexpr auto kParams = join_rows(
    std::array{
        ParamDef{.key = "task", .kind = Kind::choice, .group = "task", .choices = kTasks, .text = "waves"},
        ParamDef{.key = "language", .kind = Kind::choice, .group = "data", .choices = "en|ko", .text = "en", .when = "task=names|sentiment"},
        ParamDef{.key = "length", .kind = Kind::integer, .def = 40, .min = data::kShortestSeries, .max = data::kLongestSeries, .group = "data", .when = "task!=names|sentiment"},
        ParamDef{.key = "distance", .kind = Kind::integer, .def = 0, .min = 0, .max = data::kLongestSeries - data::kShortestSeries, .group = "data", .when = "task=order|adding"},
        ParamDef{.key = "noise", .def = 0, .min = 0, .max = 0.5, .step = 0.01, .group = "data", .when = "task=sine|waves"},
        ParamDef{.key = "cell", .kind = Kind::choice, .group = "model", .choices = "rnn_tanh|rnn_relu|lstm|gru", .text = "lstm"},
        ParamDef{.key = "hidden_size", .kind = Kind::integer, .def = 16, .min = 1, .max = 64, .group = "model"},
        ParamDef{.key = "num_layers", .kind = Kind::integer, .def = 1, .min = 1, .max = 3, .group = "model"},
        ParamDef{.key = "bidirectional", .kind = Kind::boolean, .group = "model"},
        ParamDef{.key = "embedding_dim", .kind = Kind::integer, .def = 8, .min = 1, .max = 32, .group = "model", .more = true, .when = "task!=sine|waves|adding"},
        ParamDef{.key = "forget_bias", .def = 0, .min = -3, .max = 5, .step = 0.5, .group = "model", .more = true, .when = "cell=lstm"},
        ParamDef{.key = "bptt", .kind = Kind::integer, .def = 0, .min = 0, .max = data::kLongestSeries, .apply = Apply::live, .group = "training"},
    },
    weight_init_rows(), training_rows({.lr = 0.01, .batch_size = 32, .max_batch_size = 128, .optimizer = "adam", .clip_norm = 1}));

constexpr const char* kMetrics[] = {"train.loss", "train.accuracy", "test.loss", "test.accuracy"};

/// Those that can be trained beside, in the order in which the page shows them.
constexpr const char* kBeside[] = {"rnn_tanh", "lstm", "gru", "attention"};
constexpr size_t kBesideCount = std::size(kBeside);

const char* gate_letters(const std::string& cell) { return cell == "lstm" ? "ifgo" : cell == "gru" ? "rzn" : ""; }

/// Ordinary least squares with a constant: weights of `width` columns and a last one for it. A trace of ridge keeps units that never
/// move from making it unsolvable.
class Readout {
 public:
  explicit Readout(int width) : n_(width + 1), a_(static_cast<size_t>(n_ * n_)), w_(static_cast<size_t>(n_)), row_(static_cast<size_t>(n_), 1.0) {}

  template <class F>
  void add(F column, double y) {
    for (int i = 0; i + 1 < n_; ++i) row_[static_cast<size_t>(i)] = column(i);
    for (int i = 0; i < n_; ++i) {
      const double x = row_[static_cast<size_t>(i)];
      for (int j = 0; j <= i; ++j) at(i, j) += x * row_[static_cast<size_t>(j)];
      w_[static_cast<size_t>(i)] += x * y;
    }
  }
  void solve() {  // Cholesky, in place
    double trace = 0;
    for (int i = 0; i < n_; ++i) trace += at(i, i);
    for (int i = 0; i < n_; ++i) at(i, i) += 1e-9 * trace + 1e-12;
    for (int i = 0; i < n_; ++i)
      for (int j = 0; j <= i; ++j) {
        double s = at(i, j);
        for (int k = 0; k < j; ++k) s -= at(i, k) * at(j, k);
        at(i, j) = i == j ? std::sqrt(s) : s / at(j, j);
      }
    for (int i = 0; i < n_; ++i) {
      double& w = w_[static_cast<size_t>(i)];
      for (int k = 0; k < i; ++k) w -= at(i, k) * w_[static_cast<size_t>(k)];
      w /= at(i, i);
    }
    for (int i = n_ - 1; i >= 0; --i) {
      double& w = w_[static_cast<size_t>(i)];
      for (int k = i + 1; k < n_; ++k) w -= at(k, i) * w_[static_cast<size_t>(k)];
      w /= at(i, i);
    }
  }
  template <class F>
  double read(F column) const {
    double y = w_.back();
    for (int i = 0; i + 1 < n_; ++i) y += w_[static_cast<size_t>(i)] * column(i);
    return y;
  }

 private:
  double& at(int i, int j) { return a_[static_cast<size_t>(i * n_ + j)]; }
  int n_;
  std::vector<double> a_, w_, row_;
};

struct Beside {
  std::unique_ptr<LabModel> train, eval, flow;
};

class RnnLab final : public Lab {
 protected:
  void build() override;
  void begin() override;
  void apply_live(const ParamDef&) override;
  std::vector<LabModel*> models() override { return {train_.get()}; }
  bool train_step() override;
  void evaluate(double* metrics) override;
  int steps_per_epoch() const override { return kEpoch; }
  int history_stride() const override { return kHistoryStride; }
  bool read_into(const std::string& name, const Json& args, TensorOut& out) override;
  bool answer(const std::string& name, const Json& args, Json& out) override;
  bool perform(const std::string& name, const Json& args, Json& out) override;

 private:
  /// Sums over answers.
  struct Score {
    double loss = 0, asked = 0, right = 0;
  };

  uint64_t seed() const { return static_cast<uint64_t>(params_.integer("seed")); }
  int steps_in() const { return task_.steps; }
  int asked() const { return task_.every_step ? task_.steps : 1; }
  int outputs() const { return std::max(1, task_.classes); }
  int hidden() const { return params_.integer("hidden_size"); }
  int top() const { return params_.integer("num_layers") - 1; }
  bool both() const { return params_.flag("bidirectional"); }
  const std::string& cell() const { return params_.text("cell"); }

  Json spec(const std::string& cell, int steps) const;
  void set_live(LabModel& m) const;
  void set_forget_bias(LabModel& m, const std::string& cell) const;
  void fill(LabModel& m, const SeriesTask& task, Split split, uint32_t step, int from, float* facts) const;
  void add_score(LabModel& m, Score& s) const;
  Score test_score(LabModel& m) const;
  double accuracy(const Score& s) const;
  void refresh();
  void show_example(int index);
  int last_asked(const LabModel& m, int example) const;
  Beside make_beside(const std::string& name) const;
  size_t beside_arg(const Json& args, const char* key) const;
  void flow(LabModel& m, const std::string& cell, TensorOut& out) const;
  double fit_readout(LabModel& m, LabModel* example, std::vector<double>& read) const;
  void readout(TensorOut& out);
  void write(const Json& args, TensorOut& out);
  void go_on(int more, TensorOut& out);
  std::string state_arg(const Json& args) const;
  Json info();
  Json explain(const Json& args);

  SeriesTask task_;
  std::unique_ptr<LabModel> train_, eval_, show_, single_, flow_, far_, fresh_;
  std::array<Beside, kBesideCount> beside_;
  double fresh_share_ = 0;
  int example_ = 0;
  std::vector<float> facts_;  // of the example
  uint64_t shown_at_ = 0, evaluated_at_ = 0;
  std::array<double, std::size(kMetrics)> evaluated_{};
};

// --- building ---

Json RnnLab::spec(const std::string& cell, int steps) const {
  Json layers = Json::array();
  const auto layer = [&](const char* type, const std::string& name) -> Json& {
    layers.push_back({{"type", type}, {"name", name}});
    return layers.back();
  };
  const bool attends = cell == "attention";
  // Its features go to the heads in equal parts.
  const int features = (hidden() + 3) / 4 * 4;
  Json s;
  if (task_.width) {
    s["input"] = {{"shape", {steps, task_.width}}};
    if (attends) layer("linear", "embedding")["out_features"] = features;
  } else {
    s["input"] = {{"tokens", steps}, {"vocab_size", task_.vocab_size()}};
    Json& l = layer("embedding", "embedding");
    l["num_embeddings"] = task_.vocab_size();
    l["embedding_dim"] = attends ? features : params_.integer("embedding_dim");
  }
  if (attends) {
    layer("positional_encoding", "positional");
    for (int i = 0; i <= top(); ++i) {
      Json& l = layer("transformer_encoder_layer", "layers." + std::to_string(i));
      l["nhead"] = kHeads;
      l["dim_feedforward"] = 2 * features;
      l["dropout"] = 0;
      l["causal"] = task_.every_step;
    }
    if (!task_.every_step) layer("select", "last");
  } else {
    Json& l = layer(cell.starts_with("rnn") ? "rnn" : cell.c_str(), "rnn");
    l["hidden_size"] = hidden();
    l["num_layers"] = top() + 1;
    l["bidirectional"] = both();
    l["output"] = task_.every_step ? "sequence" : "last";
    if (cell == "rnn_relu") l["nonlinearity"] = "relu";
    if (const Json init = init_section(params_); !init.is_null()) l["init"] = init;
  }
  layer("dropout", "dropout")["p"] = params_.number("dropout");  // always there: its rate is live
  layer("linear", "output")["out_features"] = outputs();
  s["layers"] = std::move(layers);
  if (task_.classes) s["loss"] = {{"type", "cross_entropy"}, {"ignore_index", data::kNothingAsked}};
  else s["loss"] = {{"type", "mse"}};
  add_training(s, params_);
  return s;
}

void RnnLab::build() {
  reconcile_training();
  static constexpr const char* kinds[] = {"sine", "waves", "order", "adding", "parity", "brackets", "names", "sentiment"};
  int kind = 0;
  while (!params_.is("task", kinds[kind])) ++kind;
  task_ = data::series_task(static_cast<SeriesKind>(kind), params_.integer("length"), params_.integer("distance"), params_.number("noise"), params_.is("language", "ko"));
  const bool own_length = task_.kind == SeriesKind::names || task_.kind == SeriesKind::sentiment;
  if (!own_length && task_.steps != params_.integer("length")) correct("length", static_cast<double>(task_.steps), "an even number: every bracket has its partner");
  if ((task_.kind == SeriesKind::order || task_.kind == SeriesKind::adding) && task_.distance != params_.integer("distance"))
    correct("distance", static_cast<double>(task_.distance), "at most " + std::to_string(task_.steps - data::kShortestSeries) + " with this length: what counts needs its place");
  const bool foretells = task_.kind == SeriesKind::sine || task_.kind == SeriesKind::waves || task_.kind == SeriesKind::names;
  if (foretells && both()) correct("bidirectional", 0.0, "false where the next value is to be foretold: read from the end, it would be seen");
  const Json s = spec(cell(), steps_in());
  train_ = make_model(s, LabModel::Use::train, params_.integer("batch_size"));
  eval_ = make_model(s, LabModel::Use::infer, kEvalBatch, train_.get());
  show_ = make_model(s, LabModel::Use::infer, 1, train_.get());
  single_ = make_model(s, LabModel::Use::infer, 1, train_.get());
  flow_ = make_model(s, LabModel::Use::train, kFlowBatch, train_.get());
  far_.reset();
  fresh_.reset();
  set_live(*train_);
  facts_.resize(static_cast<size_t>(steps_in()));
  evaluated_at_ = 0;
  show_example(0);
}

void RnnLab::begin() {
  set_forget_bias(*train_, cell());
  beside_ = {};
}

/// Jozefowicz et al. 2015: a forget gate that starts open. PyTorch starts it half open, at a bias near 0.
void RnnLab::set_forget_bias(LabModel& m, const std::string& cell) const {
  if (cell != "lstm") return;
  for (const Value& v : m.graph().values) {
    if (!v.name.starts_with("rnn.bias_ih")) continue;
    float* b = m.data(m.graph().find(v.name)) + hidden();
    for (int i = 0; i < hidden(); ++i) b[i] += static_cast<float>(params_.number("forget_bias"));
  }
}

void RnnLab::set_live(LabModel& m) const {
  set_training(m, params_);
  m.set_attr("dropout", "p", params_.number("dropout"));
  for (int l = 0; l <= top(); ++l)
    for (const char* direction : {"", "_reverse"}) m.set_attr("rnn.l" + std::to_string(l) + direction, "truncate", params_.integer("bptt"));
}

void RnnLab::apply_live(const ParamDef&) {
  reconcile_training();
  set_live(*train_);
}

// --- training and measuring ---

/// Writes examples from .. from + batch of a step into a model; facts [batch, steps] may be null.
void RnnLab::fill(LabModel& m, const SeriesTask& task, Split split, uint32_t step, int from, float* facts) const {
  const int answers = task.every_step ? task.steps : 1;
  for (int i = 0; i < m.batch(); ++i) {
    data::Series out;
    if (task.width) out.x = m.values_in(0) + static_cast<int64_t>(i) * task.steps * task.width;
    else out.tokens = m.ids_in(0) + i * task.steps;
    if (task.classes) out.labels = m.ids_in(1) + i * answers;
    else out.y = m.values_in(1) + i * answers;
    if (facts) out.fact = facts + i * task.steps;
    data::draw_series(task, seed(), split, step, static_cast<uint32_t>(from + i), out);
  }
}

bool RnnLab::train_step() {
  fill(*train_, task_, Split::train, static_cast<uint32_t>(steps()), 0, nullptr);
  return train_->train_step();
}

/// Adds what a model makes of the batch that it holds.
void RnnLab::add_score(LabModel& m, Score& s) const {
  m.forward(false);
  double n = m.batch() * asked();
  if (task_.classes) {
    const int probs = value_named(m, "loss.probs"), classes = task_.classes;
    const int32_t* labels = m.ids(m.graph().inputs[1]);
    n = 0;
    for (int64_t r = 0; r < m.shape(probs).rows(); ++r) {
      if (labels[r] == data::kNothingAsked) continue;
      const float* p = m.data(probs) + r * classes;
      s.right += std::max_element(p, p + classes) - p == labels[r];
      ++n;
    }
  }
  s.loss += m.loss() * n;
  s.asked += n;
}

RnnLab::Score RnnLab::test_score(LabModel& m) const {
  Score s;
  m.set_batch(kEvalBatch);
  for (int at = 0; at < kTestSize; at += kEvalBatch) {
    fill(m, task_, Split::test, 0, at, nullptr);
    add_score(m, s);
  }
  return s;
}

double RnnLab::accuracy(const Score& s) const { return task_.classes ? s.right / s.asked : std::numeric_limits<double>::quiet_NaN(); }

/// A function of the weights and the step alone: `train` is the batch that comes next, before the model has learned from it.
void RnnLab::evaluate(double* metrics) {
  if (evaluated_at_ != changes()) {
    evaluated_at_ = changes();
    const Score test = test_score(*eval_);
    Score train;
    eval_->set_batch(std::min(kEvalBatch, train_->plan().batch_size));
    fill(*eval_, task_, Split::train, static_cast<uint32_t>(steps()), 0, nullptr);
    add_score(*eval_, train);
    evaluated_ = {train.loss / train.asked, accuracy(train), test.loss / test.asked, accuracy(test)};
  }
  std::copy(evaluated_.begin(), evaluated_.end(), metrics);
}

// --- the example that is shown ---

void RnnLab::show_example(int index) {
  example_ = index;
  shown_at_ = 0;
  fill(*show_, task_, Split::test, 0, index, facts_.data());
}

void RnnLab::refresh() {
  if (shown_at_ == changes()) return;
  shown_at_ = changes();
  show_->forward(false);
}

/// The step of an example's last answer.
int RnnLab::last_asked(const LabModel& m, int example) const {
  if (!task_.every_step || !task_.classes) return steps_in() - 1;
  const int32_t* labels = m.ids(m.graph().inputs[1]) + example * steps_in();
  int t = steps_in() - 1;
  while (labels[t] == data::kNothingAsked) --t;
  return t;
}

// --- gradients against distance ---

/// For each distance k: the mean over examples of the length of the gradient that the loss of the last answer has at the state k steps
/// before it (lstm: state and cell together); of attention, at the vector of the token there.
void RnnLab::flow(LabModel& m, const std::string& cell, TensorOut& out) const {
  const int t_all = steps_in(), n = hidden(), batch = m.batch();
  fill(m, task_, Split::test, 0, 0, nullptr);
  // Only the last answer counts: what else is asked is taken away, or declared right.
  std::vector<int> at(static_cast<size_t>(batch), t_all - 1);
  double scale = batch;
  if (task_.every_step) {
    m.forward(false);
    for (int b = 0; b < batch; ++b) {
      const int end = at[static_cast<size_t>(b)] = last_asked(m, b);
      for (int t = 0; t < t_all; ++t) {
        if (t == end) continue;
        if (task_.classes) m.ids_in(1)[b * t_all + t] = data::kNothingAsked;
        else m.values_in(1)[b * t_all + t] = m.data(m.graph().output)[b * t_all + t];
      }
    }
    if (!task_.classes) scale *= t_all;
  }
  m.forward(false);
  m.backward();
  std::vector<double> sum(static_cast<size_t>(t_all)), count(sum);
  const auto add = [&](int k, double squares) {
    sum[static_cast<size_t>(k)] += scale * std::sqrt(squares);
    ++count[static_cast<size_t>(k)];
  };
  if (cell == "attention") {
    const int v = value_named(m, "positional");
    const int64_t d = m.shape(v).last();
    for (int b = 0; b < batch; ++b)
      for (int t = at[static_cast<size_t>(b)]; t >= 0; --t) {
        const float* g = m.gradient(v) + (static_cast<int64_t>(b) * t_all + t) * d;
        double squares = 0;
        for (int64_t i = 0; i < d; ++i) squares += static_cast<double>(g[i]) * static_cast<double>(g[i]);
        add(at[static_cast<size_t>(b)] - t, squares);
      }
  } else {
    const std::string layer = "l" + std::to_string(top()), base = "rnn." + layer;
    const bool lstm = cell == "lstm", gru = cell == "gru";
    const int gates = lstm ? 4 : gru ? 3 : 1;
    const float *h = m.data(value_named(m, base)), *direct = m.gradient(value_named(m, base)), *w = m.data(value_named(m, "rnn.weight_hh_" + layer)), *bias = m.data(value_named(m, "rnn.bias_hh_" + layer));
    const float *g = gates > 1 ? m.data(value_named(m, base + ".gates")) : nullptr, *c = lstm ? m.data(value_named(m, base + ".cell")) : nullptr;
    std::vector<double> dh(static_cast<size_t>(n)), dc(dh), before(dh), dz(static_cast<size_t>(gates * n));
    for (int b = 0; b < batch; ++b) {
      std::fill(dh.begin(), dh.end(), 0.0);
      std::fill(dc.begin(), dc.end(), 0.0);
      for (int t = at[static_cast<size_t>(b)]; t >= 0; --t) {
        const int64_t row = static_cast<int64_t>(b) * t_all + t;
        double squares = 0;
        for (int j = 0; j < n; ++j) {
          const size_t u = static_cast<size_t>(j);
          dh[u] += static_cast<double>(direct[row * n + j]);
          squares += dh[u] * dh[u] + dc[u] * dc[u];
        }
        add(at[static_cast<size_t>(b)] - t, squares);
        // Back through this step, to the state before it.
        for (int j = 0; j < n; ++j) {
          const size_t u = static_cast<size_t>(j);
          const auto gate = [&](int k) { return static_cast<double>(g[(row * gates + k) * n + j]); };
          const auto into = [&](int k) -> double& { return dz[static_cast<size_t>(k * n + j)]; };
          const auto earlier = [&](const float* of) { return t ? static_cast<double>(of[(row - 1) * n + j]) : 0.0; };
          const double d = dh[u], y = static_cast<double>(h[row * n + j]);
          before[u] = 0;
          if (lstm) {
            const double i = gate(0), f = gate(1), fresh = gate(2), o = gate(3), tanh_c = kernels::tanh_(static_cast<double>(c[row * n + j]));
            const double through = dc[u] + d * o * (1 - tanh_c * tanh_c);
            into(0) = through * fresh * i * (1 - i);
            into(1) = through * earlier(c) * f * (1 - f);
            into(2) = through * i * (1 - fresh * fresh);
            into(3) = d * tanh_c * o * (1 - o);
            dc[u] = through * f;
          } else if (gru) {
            const double r = gate(0), z = gate(1), fresh = gate(2), dfresh = d * (1 - z) * (1 - fresh * fresh);
            double inner = static_cast<double>(bias[2 * n + j]);
            for (int k = 0; t && k < n; ++k) inner += static_cast<double>(w[(2 * n + j) * n + k]) * static_cast<double>(h[(row - 1) * n + k]);
            into(0) = dfresh * inner * r * (1 - r);
            into(1) = d * (earlier(h) - fresh) * z * (1 - z);
            into(2) = dfresh * r;
            before[u] = d * z;
          } else {
            into(0) = cell == "rnn_relu" ? (y > 0 ? d : 0) : d * (1 - y * y);
          }
        }
        for (int k = 0; k < gates * n; ++k)
          for (int j = 0; j < n; ++j) before[static_cast<size_t>(j)] += dz[static_cast<size_t>(k)] * static_cast<double>(w[k * n + j]);
        dh.swap(before);
      }
    }
  }
  out.shape = {t_all};
  for (size_t k = 0; k < sum.size(); ++k) out.values.push_back(count[k] > 0 ? static_cast<float>(sum[k] / count[k]) : std::numeric_limits<float>::quiet_NaN());
}

// --- those beside ---

Beside RnnLab::make_beside(const std::string& name) const {
  Beside b;
  const Json s = spec(name, steps_in());
  b.train = make_model(s, LabModel::Use::train, params_.integer("batch_size"));
  b.eval = make_model(s, LabModel::Use::infer, kEvalBatch, b.train.get());
  b.flow = make_model(s, LabModel::Use::train, kFlowBatch, b.train.get());
  set_forget_bias(*b.train, name);
  set_live(*b.train);
  return b;
}

size_t RnnLab::beside_arg(const Json& args, const char* key) const {
  const std::string name = text_arg(args, key);
  for (size_t i = 0; i < kBesideCount; ++i)
    if (name == kBeside[i]) return i;
  fail("bad_argument", key, "one of rnn_tanh|lstm|gru|attention", shown(name));
}

// --- what the state knows ---

/// Fits a straight line from the top states of a model to the fact, on training examples. Gives the share of its variance over test
/// examples that the line explains (R²), and fills `example`, if given, with what it reads at every step of that.
double RnnLab::fit_readout(LabModel& m, LabModel* example, std::vector<double>& read) const {
  const int t_all = steps_in(), n = hidden(), rows = kEvalBatch * t_all;
  const std::string base = "rnn.l" + std::to_string(top());
  std::vector<float> facts(static_cast<size_t>(rows));
  const auto column = [&](const LabModel& of, int64_t row) {
    return [row, n, forward = of.data(value_named(of, base)), backward = both() ? of.data(value_named(of, base + "_reverse")) : nullptr](int i) {
      return static_cast<double>(i < n ? forward[row * n + i] : backward[row * n + i - n]);
    };
  };
  m.set_batch(kEvalBatch);
  Readout fit(both() ? 2 * n : n);
  const int each = std::max(1, rows / kReadoutRows) | 1;  // odd: not the same steps of all examples
  fill(m, task_, Split::train, kReadoutStep, 0, facts.data());
  m.forward(false);
  for (int r = 0; r < rows; r += each) fit.add(column(m, r), static_cast<double>(facts[static_cast<size_t>(r)]));
  fit.solve();
  fill(m, task_, Split::test, 0, 0, facts.data());
  m.forward(false);
  double sum = 0, squares = 0, missed = 0;
  for (int r = 0; r < rows; ++r) {
    const double y = static_cast<double>(facts[static_cast<size_t>(r)]), off = y - fit.read(column(m, r));
    sum += y;
    squares += y * y;
    missed += off * off;
  }
  for (int t = 0; example && t < t_all; ++t) read.push_back(fit.read(column(*example, t)));
  return 1 - missed / std::max(1e-12, squares - sum * sum / rows);
}

/// 2 + 2·steps numbers: R² of this network and of one like it that has learned nothing; then, of the example, the fact at every step and
/// what is read.
void RnnLab::readout(TensorOut& out) {
  refresh();
  std::vector<double> read;
  const double share = fit_readout(*eval_, show_.get(), read);
  if (!fresh_) {
    fresh_ = make_model(spec(cell(), steps_in()), LabModel::Use::infer, kEvalBatch);
    set_forget_bias(*fresh_, cell());
    std::vector<double> none;
    fresh_share_ = fit_readout(*fresh_, nullptr, none);
  }
  out.values = {static_cast<float>(share), static_cast<float>(fresh_share_)};
  out.values.insert(out.values.end(), facts_.begin(), facts_.end());
  for (double v : read) out.values.push_back(static_cast<float>(v));
  out.shape = {static_cast<int64_t>(out.values.size())};
}

// --- going on ---

/// Letter by letter, each drawn from what the model expects, softened or sharpened by the temperature: a row a letter, the letter and
/// then the probabilities it was drawn from. The last is the end, or what the longest word leaves no room for.
void RnnLab::write(const Json& args, TensorOut& out) {
  const int v = task_.classes;
  const double temperature = member(args, "temperature").is_number() ? args["temperature"].get<double>() : 1;
  if (!(temperature >= 0.05 && temperature <= 5)) fail("bad_argument", "temperature", "a number from 0.05 to 5", shown(member(args, "temperature")));
  Rng rng(static_cast<uint64_t>(integer_arg(args, "seed", 1, 0, 1 << 30)), Stream::explore);
  LabModel& m = *single_;
  std::fill_n(m.ids_in(0), steps_in(), 0);
  std::vector<double> p(static_cast<size_t>(v));
  int n = 0;
  for (int32_t letter = -1; letter != 0 && n < std::min(kMostWritten, steps_in()); ++n) {
    if (n > 0) m.ids_in(0)[n] = letter;
    m.forward(false, false);
    const float* logits = m.data(m.graph().output) + n * v;
    const double most = static_cast<double>(*std::max_element(logits, logits + v));
    double sum = 0;
    for (int c = 0; c < v; ++c) sum += p[static_cast<size_t>(c)] = kernels::exp_((static_cast<double>(logits[c]) - most) / temperature);
    double left = rng.uniform() * sum;
    letter = 0;
    while (letter + 1 < v && (left -= p[static_cast<size_t>(letter)]) >= 0) ++letter;
    out.values.push_back(static_cast<float>(letter));
    for (double q : p) out.values.push_back(static_cast<float>(q / sum));
  }
  out.shape = {n, 1 + v};
}

/// [2, more]: the wave as the model goes on by itself, each value read as the next input, and as it really goes on.
void RnnLab::go_on(int more, TensorOut& out) {
  SeriesTask longer = task_;
  longer.steps += more;
  if (!far_ || far_->shape(far_->graph().inputs[0])[1] != longer.steps) far_ = make_model(spec(cell(), longer.steps), LabModel::Use::infer, 1, train_.get());
  LabModel& m = *far_;
  fill(m, longer, Split::test, 0, example_, nullptr);
  std::vector<float> truth(m.values_in(1) + task_.steps - 1, m.values_in(1) + longer.steps - 1);
  for (int t = task_.steps - 1; t + 1 < longer.steps; ++t) {
    m.forward(false, false);
    m.values_in(0)[t + 1] = m.data(m.graph().output)[t];
    out.values.push_back(m.data(m.graph().output)[t]);
  }
  out.values.insert(out.values.end(), truth.begin(), truth.end());
  out.shape = {2, more};
}

// --- answers ---

/// "rnn.l0", "rnn.l1_reverse".
std::string RnnLab::state_arg(const Json& args) const {
  const int layer = integer_arg(args, "layer", top(), 0, top());
  const Json& reverse = member(args, "reverse");
  if (!reverse.is_null() && !reverse.is_boolean()) fail("bad_argument", "reverse", "true or false", shown(reverse));
  const bool back = reverse.is_boolean() && reverse.get<bool>();
  if (back && !both()) fail("bad_argument", "reverse", "false where there is one direction", "true");
  return "rnn.l" + std::to_string(layer) + (back ? "_reverse" : "");
}

bool RnnLab::read_into(const std::string& name, const Json& args, TensorOut& out) {
  const auto take = [&](const LabModel& m, int v) {
    for (int i = 1; i < m.shape(v).rank; ++i) out.shape.push_back(m.shape(v)[i]);
    out.is_integer = m.graph().values[static_cast<size_t>(v)].type.dtype == DType::i32;
    const int64_t n = m.shape(v).numel();
    if (out.is_integer) out.integers.assign(m.ids(v), m.ids(v) + n);
    else out.values.assign(m.data(v), m.data(v) + n);
    return true;
  };
  if (name == "inputs" || name == "targets") return take(*show_, show_->graph().inputs[name == "targets"]);
  if (name == "outputs") {
    refresh();
    return take(*show_, task_.classes ? value_named(*show_, "loss.probs") : show_->graph().output);
  }
  if (name == "states") {  // of: h, c, or a gate's letter; [steps, hidden_size]
    refresh();
    const std::string base = state_arg(args), of = args.contains("of") ? text_arg(args, "of") : "h";
    const std::string letters = gate_letters(cell());
    if (of == "h") return take(*show_, value_named(*show_, base));
    if (of == "c" && cell() == "lstm") return take(*show_, value_named(*show_, base + ".cell"));
    const size_t gate = of.size() == 1 ? letters.find(of) : std::string::npos;
    if (gate == std::string::npos) fail("bad_argument", "of", "h" + std::string(cell() == "lstm" ? ", c" : "") + (letters.empty() ? "" : " or one of " + letters), shown(of));
    const int64_t n = hidden(), wide = n * static_cast<int64_t>(letters.size());
    const float* g = show_->data(value_named(*show_, base + ".gates")) + static_cast<int64_t>(gate) * n;
    out.shape = {steps_in(), n};
    for (int t = 0; t < steps_in(); ++t) out.values.insert(out.values.end(), g + t * wide, g + t * wide + n);
    return true;
  }
  if (name == "flow") {
    if (member(args, "of").is_null()) {
      flow(*flow_, cell(), out);
      return true;
    }
    const size_t i = beside_arg(args, "of");
    if (!beside_[i].flow) fail("bad_argument", "of", "one that is trained beside", shown(args["of"]));
    flow(*beside_[i].flow, kBeside[i], out);
    return true;
  }
  if (name == "beside") {  // a row each, in the order of info's "beside": steps (-1: not there), parameters, test loss, test accuracy
    out.shape = {static_cast<int64_t>(kBesideCount), 4};
    for (const Beside& b : beside_) {
      const Score s = b.train ? test_score(*b.eval) : Score();
      for (const double x : {b.train ? static_cast<double>(b.train->step()) : -1.0, b.train ? static_cast<double>(b.train->plan().parameter_count) : 0.0, s.loss / s.asked, accuracy(s)}) out.values.push_back(static_cast<float>(x));
    }
    return true;
  }
  if (name == "readout") {
    readout(out);
    return true;
  }
  if (name == "write" && task_.kind == SeriesKind::names) {
    write(args, out);
    return true;
  }
  if (name == "continuation" && task_.width == 1) {
    go_on(integer_arg(args, "steps", 20, 1, kMostContinued), out);
    return true;
  }
  return false;
}

/// Terms of a sum over inputs are called x·1, x·2, those over the state before h·1, …; dropout between does nothing here.
Json RnnLab::explain(const Json& args) {
  refresh();
  const LabModel& m = *show_;
  std::string name = text_arg(args, "value");
  if (name == "dropout") name = "rnn";
  const int v = value_named(m, name);
  Json e = explanation_json(m, v, flat_index(m, v, member(args, "index"), "index"));
  int inputs = 0, states = 0;
  for (Json& t : e["terms"]) {
    if (t["a_ref"].is_object() && t["a_ref"]["value"] == "dropout") t["a_ref"]["value"] = "rnn";
    if (!name.starts_with("rnn.")) continue;
    if (t["label"] == "") t["label"] = "x·" + std::to_string(++inputs);
    else if (t["label"] == "h") t["label"] = "h·" + std::to_string(++states);
  }
  return e;
}

Json RnnLab::info() {
  Json tokens = Json::array();
  for (int t = 0; task_.width == 0 && t < steps_in(); ++t) tokens.push_back(task_.vocabulary[static_cast<size_t>(show_->ids_in(0)[t])]);
  return {{"task", params_.text("task")}, {"cell", cell()}, {"gates", gate_letters(cell())}, {"steps", steps_in()}, {"width", task_.width}, {"classes", task_.classes},
          {"every_step", task_.every_step}, {"vocabulary", task_.kind == SeriesKind::names ? Json(task_.vocabulary) : Json(nullptr)}, {"tokens", tokens},
          {"hidden_size", hidden()}, {"num_layers", top() + 1}, {"bidirectional", both()}, {"distance", task_.distance}, {"nothing", data::kNothingAsked},
          {"parameters", train_->plan().parameter_count}, {"beside", kBeside}, {"example", {{"index", example_}, {"count", kTestSize}}}};
}

bool RnnLab::answer(const std::string& name, const Json& args, Json& out) {
  if (name == "info") out = info();
  else if (name == "explain") out = explain(args);
  else return false;
  return true;
}

bool RnnLab::perform(const std::string& name, const Json& args, Json& out) {
  if (name == "next_example" || name == "set_example") {
    show_example(name == "next_example" ? (example_ + 1) % kTestSize : integer_arg(args, "index", example_, 0, kTestSize - 1));
    out = {{"index", example_}, {"count", kTestSize}};
    return true;
  }
  if (name == "beside") {  // trains one of them by so many steps; 0 only makes it
    Beside& b = beside_[beside_arg(args, "model")];
    const int n = integer_arg(args, "steps", 1, 0, kMostBeside);
    if (!b.train) b = make_beside(text_arg(args, "model"));
    bool sound = true;
    for (int i = 0; i < n && sound; ++i) {
      fill(*b.train, task_, Split::train, static_cast<uint32_t>(b.train->step()), 0, nullptr);
      sound = b.train->train_step();
    }
    out = {{"steps", b.train->step()}, {"diverged", !sound}};
    return true;
  }
  if (name == "forget_beside") {
    beside_ = {};
    return true;
  }
  return false;
}

}  // namespace

const LabDef rnn = {"rnn", kParams, kMetrics, [] { return std::unique_ptr<Lab>(std::make_unique<RnnLab>()); }};

}  // namespace pg::labs

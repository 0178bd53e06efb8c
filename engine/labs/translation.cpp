// Lab "translation": an encoder–decoder Transformer (Vaswani et al. 2017) that learns to translate between Korean and English sentences of a grammar
// (data/translation.h). What it is measured on it has never seen.
//
// One spec is compiled three times over the same parameters: for training batches, for measuring, and for the beams of one sentence. The decoder reads
// the target behind the mark of the beginning and predicts it up to the mark of the end; while decoding it reads what it has written so far, and what it
// writes at a place does not depend on what stands behind it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/batches.h"
#include "data/translation.h"
#include "decode/decode.h"
#include "labs/training.h"

namespace pg {

namespace {

using data::Language;
using data::Sentence;

constexpr int kTokens = data::kLongestSentence + 1;  // of either side: with the mark of the end, or of the beginning
constexpr int kEvaluationBatch = 64, kTestPairs = 384, kTrainPairsMeasured = 128;
constexpr int kWidest = 8, kMostCandidates = 10, kLongestText = 400;
constexpr double kEmbeddingStd = 0.5;

constinit auto kParams = join_rows(
    std::array{
        ParamDef{.key = "task", .kind = Kind::choice, .group = "task", .choices = "ko_en|en_ko", .text = "ko_en"},
        ParamDef{.key = "sentences", .kind = Kind::integer, .def = 8000, .min = 100, .max = 12000, .step = 100, .group = "data"},
        ParamDef{.key = "d_model", .kind = Kind::integer, .def = 64, .min = 8, .max = 128, .step = 8, .group = "model"},
        ParamDef{.key = "nhead", .kind = Kind::integer, .def = 4, .min = 1, .max = 8, .group = "model"},
        ParamDef{.key = "num_encoder_layers", .kind = Kind::integer, .def = 1, .min = 1, .max = 3, .group = "model"},
        ParamDef{.key = "num_decoder_layers", .kind = Kind::integer, .def = 1, .min = 1, .max = 3, .group = "model"},
        ParamDef{.key = "dim_feedforward", .kind = Kind::integer, .def = 128, .min = 8, .max = 512, .step = 8, .group = "model", .more = true},
        ParamDef{.key = "positional", .kind = Kind::choice, .group = "model", .more = true, .choices = "none|sinusoidal|learned", .text = "sinusoidal"},
        ParamDef{.key = "norm_first", .kind = Kind::boolean, .def = 1, .group = "model", .more = true},
        ParamDef{.key = "label_smoothing", .def = 0, .min = 0, .max = 0.5, .step = 0.01, .apply = Apply::live, .group = "training", .more = true},
        ParamDef{.key = "beam_width", .kind = Kind::integer, .def = 1, .min = 1, .max = kWidest, .apply = Apply::live, .group = "decoding"},
        ParamDef{.key = "length_penalty", .def = 1, .min = 0, .max = 2, .step = 0.1, .apply = Apply::live, .group = "decoding", .more = true, .when = "beam_width>1"},
    },
    training_rows({.lr = 0.003, .batch_size = 64, .max_batch_size = 256, .optimizer = "adam"}));

constexpr const char* kMetrics[] = {"train.loss", "train.exact_match", "test.loss", "test.exact_match", "test.accuracy"};
enum Metric { train_loss, train_exact, test_loss, test_exact, test_accuracy, metric_count };
static_assert(metric_count == std::size(kMetrics));

class Translation final : public Lab {
 protected:
  void build() override;
  void apply_live(const ParamDef&) override { take_live(); }
  std::vector<LabModel*> models() override { return {train_.get()}; }
  bool train_step() override;
  void evaluate(double* metrics) override;
  int steps_per_epoch() const override { return batches_.per_epoch(); }
  int history_stride() const override;
  bool read_into(const std::string& name, const Json& args, TensorOut& out) override;
  bool answer(const std::string& name, const Json& args, Json& out) override;

 private:
  Language source() const { return params_.is("task", "ko_en") ? Language::ko : Language::en; }
  Language target() const { return source() == Language::ko ? Language::en : Language::ko; }
  Json spec() const;
  void take_live();
  void put(LabModel& m, int row, const data::Pair& p) const;
  struct Score {
    double loss = 0;
    int64_t tokens = 0, right = 0, sentences = 0, exact = 0;
  };
  Score measure(const std::vector<data::Pair>& pairs, int count);

  data::Corpus corpus_;
  data::Batches batches_;
  std::unique_ptr<LabModel> train_, evaluation_, beams_;
  uint64_t evaluated_at_ = 0;
  std::array<double, metric_count> evaluated_{};
};

Json Translation::spec() const {
  const int d = params_.integer("d_model");
  Json layers = Json::array();
  const auto add = [&](Json layer) { layers.push_back(std::move(layer)); };
  const auto embedded = [&](const std::string& side, Language language) {
    add({{"type", "embedding"}, {"name", side + "_embedding"}, {"inputs", {side}}, {"num_embeddings", data::vocabulary(language).size()}, {"embedding_dim", d},
         {"init", {{"type", "normal"}, {"std", kEmbeddingStd}}}});
    if (params_.is("positional", "none")) return side + "_embedding";
    add({{"type", "positional_encoding"}, {"name", side + "_x"}, {"kind", params_.text("positional")}});
    return side + "_x";
  };
  const std::string src = embedded("src", source()), tgt = embedded("tgt", target());
  add({{"type", "transformer"}, {"name", "transformer"}, {"inputs", {src, tgt}}, {"nhead", params_.integer("nhead")}, {"num_encoder_layers", params_.integer("num_encoder_layers")},
       {"num_decoder_layers", params_.integer("num_decoder_layers")}, {"dim_feedforward", params_.integer("dim_feedforward")},
       {"dropout", 0.5},  // its rate is live; see take_live
       {"norm_first", params_.flag("norm_first")}, {"src_key_padding_mask", "src"}, {"memory_key_padding_mask", "src"}, {"padding_idx", data::kPad}});
  add({{"type", "linear"}, {"name", "head"}, {"out_features", data::vocabulary(target()).size()}});
  const auto side = [](Language l) { return Json{{"tokens", kTokens}, {"vocab_size", data::vocabulary(l).size()}}; };
  Json s = {{"inputs", {{"src", side(source())}, {"tgt", side(target())}}}, {"layers", layers}, {"loss", {{"type", "cross_entropy"}, {"ignore_index", data::kPad}}}};
  add_training(s, params_);
  return s;
}

void Translation::build() {
  reconcile_training();
  int heads = params_.integer("nhead");
  const int d = params_.integer("d_model");
  while (d % heads != 0) --heads;
  if (heads != params_.integer("nhead")) correct("nhead", static_cast<double>(heads), "a divisor of d_model, " + std::to_string(d));
  const uint64_t seed = static_cast<uint64_t>(params_.integer("seed"));
  corpus_ = data::make_corpus(seed, params_.integer("sentences"), kTestPairs);
  const int n = static_cast<int>(corpus_.train.size()), batch = std::min(params_.integer("batch_size"), n);
  batches_ = data::Batches(n, batch, seed);
  const Json s = spec();
  train_ = make_model(s, LabModel::Use::train, batch);
  evaluation_ = make_model(s, LabModel::Use::infer, kEvaluationBatch, train_.get());
  beams_ = make_model(s, LabModel::Use::infer, kWidest, train_.get());
  evaluated_at_ = 0;
  take_live();
}

void Translation::take_live() {
  reconcile_training();
  set_training(*train_, params_);
  // Every dropout of the model, those of the attention weights too, has the same rate.
  for (const Node& node : train_->graph().nodes) train_->set_attr(train_->graph().values[static_cast<size_t>(node.out[0])].name, node.op == OpId::dropout ? "p" : "dropout", params_.number("dropout"));
  train_->set_attr("loss", "label_smoothing", params_.number("label_smoothing"));
}

/// Row `row` of a batch: the sentence and its end, the mark of the beginning and the translation, the translation and its end.
void Translation::put(LabModel& m, int row, const data::Pair& p) const {
  const auto fill = [&](int input, const Sentence& s, bool begins, bool ends) {
    int32_t* to = m.ids_in(input) + static_cast<int64_t>(row) * kTokens;
    std::fill(to, to + kTokens, data::kPad);
    if (begins) *to++ = data::kBegin;
    to = std::copy(s.begin(), s.end(), to);
    if (ends) *to = data::kEnd;
  };
  fill(0, p.of(source()), false, true);
  fill(1, p.of(target()), true, false);
  fill(2, p.of(target()), false, true);
}

bool Translation::train_step() {
  const auto [examples, n] = batches_.at(steps());
  train_->set_batch(n);
  for (int i = 0; i < n; ++i) put(*train_, i, corpus_.train[static_cast<size_t>(examples[i])]);
  return train_->train_step();
}

/// A greedy decoder writes the right translation exactly if, behind each beginning of it, the right next token is the most
/// probable one: one pass tells.
Translation::Score Translation::measure(const std::vector<data::Pair>& pairs, int count) {
  Score s;
  LabModel& m = *evaluation_;
  const int64_t words = static_cast<int64_t>(data::vocabulary(target()).size());
  for (int at = 0; at < count; at += kEvaluationBatch) {
    const int n = std::min(kEvaluationBatch, count - at);
    m.set_batch(n);
    for (int i = 0; i < n; ++i) put(m, i, pairs[static_cast<size_t>(at + i)]);
    m.forward(false);
    int64_t asked = 0;
    for (int i = 0; i < n; ++i) {
      const int32_t* right = m.ids_in(2) + static_cast<int64_t>(i) * kTokens;
      const float* logits = m.data(m.graph().output) + static_cast<int64_t>(i) * kTokens * words;
      bool exact = true;
      for (int t = 0; t < kTokens && right[t] != data::kPad; ++t, logits += words) {
        const bool hit = std::max_element(logits, logits + words) - logits == right[t];
        s.right += hit;
        exact = exact && hit;
        ++asked;
      }
      s.exact += exact;
      ++s.sentences;
    }
    s.loss += m.loss() * static_cast<double>(asked);
    s.tokens += asked;
  }
  return s;
}

void Translation::evaluate(double* metrics) {
  if (evaluated_at_ != changes()) {
    evaluated_at_ = changes();
    const Score train = measure(corpus_.train, std::min<int>(kTrainPairsMeasured, static_cast<int>(corpus_.train.size()))), test = measure(corpus_.test, kTestPairs);
    const auto share = [](int64_t part, int64_t all) { return static_cast<double>(part) / static_cast<double>(all); };
    evaluated_[train_loss] = train.loss / static_cast<double>(train.tokens);
    evaluated_[train_exact] = share(train.exact, train.sentences);
    evaluated_[test_loss] = test.loss / static_cast<double>(test.tokens);
    evaluated_[test_exact] = share(test.exact, test.sentences);
    evaluated_[test_accuracy] = share(test.right, test.tokens);
  }
  std::copy(evaluated_.begin(), evaluated_.end(), metrics);
}

/// Recording takes no more than a tenth of the arithmetic of training.
int Translation::history_stride() const {
  const int batch = train_->plan().batch_size;
  return std::max(1, (10 * (kTestPairs + kTrainPairsMeasured) + 3 * batch - 1) / (3 * batch));
}

bool Translation::read_into(const std::string&, const Json&, TensorOut&) { return false; }
bool Translation::answer(const std::string&, const Json&, Json&) { return false; }

}  // namespace

const LabDef labs::translation = {"translation", kParams, kMetrics, [] { return std::unique_ptr<Lab>(new Translation); }};

}  // namespace pg

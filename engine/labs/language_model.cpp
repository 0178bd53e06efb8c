// Lab "language-model": self-supervised learning, the same text in two ways. GPT (Radford et al. 2018) foretells the next token and looks back only; BERT (Devlin et al. 2019)
// fills gaps and looks both ways. Then what such training is good for: its weights, against random ones, on a small labelled task.
//
// One spec is compiled three times over the same parameters: for training batches, for measuring many, and for the text on the stage. To be fine-tuned, the body of the
// trained model (all but its last layer) is copied into a classifier; a twin of it keeps the random weights with which both bodies once began.
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/batches.h"
#include "data/masking.h"
#include "data/stories.h"
#include "data/text.h"
#include "data/vocabulary.h"
#include "decode/decode.h"
#include "kernels/math.h"
#include "labs/training.h"
#include "labs/transformer.h"

namespace pg::labs {

namespace {

using data::kMask, data::kPadding, data::kStop, data::kUnknown;

constexpr const char* kOwnAsset = "own";
constexpr int kTrainStories = 4000, kTestStories = 400, kLabelledTest = 256;
constexpr int kEvaluationBatch = 32, kWindowsMeasured = 64;
constexpr int kMostCandidates = 12, kTextCandidates = 6, kVerdicts = 8, kLongestText = 1000, kMostWritten = 512;
constexpr double kEmbeddingStd = 0.1;
constexpr double kGaps = 0.25;  // share of a text that is shown with gaps, until the reader chooses them
/// Places among the draws where no training comes: the masks of what is measured, of what is shown, of what is written.
constexpr uint32_t kMeasured = 0xFFFFFFFFu, kShown = 0xFFFFFFFEu, kWritten = 0xFFFFFFFDu;

constexpr auto kParams = join_rows(
    std::array{
        ParamDef{.key = "task", .kind = Kind::choice, .group = "task", .choices = "gpt|bert|fine_tune", .text = "gpt"},
        ParamDef{.key = "corpus", .kind = Kind::choice, .group = "data", .choices = "en|ko|own", .text = "en"},
        ParamDef{.key = "tokenizer", .kind = Kind::choice, .group = "data", .choices = "word|character|bpe", .text = "word"},
        ParamDef{.key = "vocab_size", .kind = Kind::integer, .def = 500, .min = 20, .max = 2000, .step = 10, .group = "data", .more = true},
        ParamDef{.key = "block_size", .kind = Kind::integer, .def = 32, .min = 8, .max = 128, .step = 8, .group = "data"},
        ParamDef{.key = "mask_rate", .def = 0.15, .min = 0.05, .max = 0.9, .step = 0.05, .group = "data", .when = "task=bert"},
        ParamDef{.key = "pretrain_steps", .kind = Kind::integer, .def = 200, .min = 0, .max = 3000, .step = 10, .group = "fine_tuning", .when = "task=fine_tune"},
        ParamDef{.key = "labelled", .kind = Kind::integer, .def = 24, .min = 2, .max = 512, .scale = Scale::log, .group = "fine_tuning", .when = "task=fine_tune"},
        ParamDef{.key = "fine_tune_lr", .def = 0.003, .min = 1e-5, .max = 10, .scale = Scale::log, .apply = Apply::live, .group = "fine_tuning", .when = "task=fine_tune"},
        ParamDef{.key = "d_model", .kind = Kind::integer, .def = 64, .min = 8, .max = 128, .step = 8, .group = "model"},
        ParamDef{.key = "nhead", .kind = Kind::integer, .def = 4, .min = 1, .max = 8, .group = "model"},
        ParamDef{.key = "num_layers", .kind = Kind::integer, .def = 2, .min = 1, .max = 4, .group = "model"},
        ParamDef{.key = "dim_feedforward", .kind = Kind::integer, .def = 128, .min = 8, .max = 512, .step = 8, .group = "model", .more = true},
        ParamDef{.key = "positional", .kind = Kind::choice, .group = "model", .more = true, .choices = "none|sinusoidal|learned", .text = "learned"},
    },
    training_rows({.lr = 0.003, .batch_size = 32, .max_batch_size = 128, .optimizer = "adam", .clip_norm = 1}),
    std::array{
        ParamDef{.key = "temperature", .def = 0.8, .min = 0, .max = 3, .step = 0.05, .apply = Apply::live, .group = "decoding", .when = "task=gpt"},
        ParamDef{.key = "top_k", .kind = Kind::integer, .def = 0, .min = 0, .max = 50, .apply = Apply::live, .group = "decoding", .when = "task=gpt"},
        ParamDef{.key = "top_p", .def = 1, .min = 0.05, .max = 1, .step = 0.05, .apply = Apply::live, .group = "decoding", .when = "task=gpt"},
    });

constexpr const char* kMetrics[] = {"train.loss", "test.loss", "test.perplexity", "test.accuracy", "pretrained.loss", "scratch.loss", "pretrained.accuracy", "scratch.accuracy"};
enum Metric { train_loss, test_loss, perplexity, accuracy, pretrained_loss, scratch_loss, pretrained_accuracy, scratch_accuracy, metric_count };
static_assert(metric_count == std::size(kMetrics));

/// Tokens of a text as one line; a window may begin anywhere in it and goes on from the end to the beginning.
using Line = std::vector<int32_t>;

struct Labelled {
  std::string text;
  std::vector<int32_t> tokens;
  bool good = false;
};

struct Models {
  std::unique_ptr<LabModel> train, evaluation, shown;
};

class LanguageModel final : public Lab {
 protected:
  void build() override;
  void begin() override;
  void apply_live(const ParamDef&) override { take_live(); }
  std::vector<LabModel*> models() override;
  LabModel& current() override { return pretrains() ? *lm_.train : *tuned_.train; }
  bool train_step() override;
  void evaluate(double* metrics) override;
  int steps_per_epoch() const override { return steps_per_epoch_; }
  int history_stride() const override;
  bool read_into(const std::string& name, const Json& args, TensorOut& out) override;
  bool answer(const std::string& name, const Json& args, Json& out) override;
  bool perform(const std::string& name, const Json& args, Json& out) override;

 private:
  bool fine_tunes() const { return params_.is("task", "fine_tune"); }
  bool masks() const { return params_.is("task", "bert"); }
  /// The next step is one of the language model.
  bool pretrains() const { return !fine_tunes() || steps() < params_.integer("pretrain_steps"); }
  uint64_t seed() const { return static_cast<uint64_t>(params_.integer("seed")); }
  int64_t block() const { return params_.integer("block_size"); }
  int words() const { return vocabulary_.size(); }

  void read_corpus();
  Line line_of(const std::vector<std::string>& pieces) const;
  std::vector<Labelled> labelled_of(const std::vector<data::Story>& stories) const;
  Json spec(bool classifies) const;
  Models make(bool classifies, int batch) const;
  void take_live();
  void put(LabModel& m, int row, const Line& line, int64_t from, uint32_t step, uint32_t example) const;
  void put(LabModel& m, int row, const Labelled& l) const;
  void adopt();
  struct Score {
    double loss = 0;
    int64_t asked = 0, right = 0;
  };
  Score measure(const Line& line);
  Score measure(Models& m, const std::vector<Labelled>& examples);
  void show(std::vector<int32_t> tokens);
  void show_piece(int number);
  void refresh();
  std::vector<int32_t> shown_input() const;
  std::vector<std::string> labels() const;
  std::string weights_name(int layer) const { return "transformer.layers." + std::to_string(layer) + ".self_attn.heads.weights"; }
  std::vector<int32_t> token_args(const Json& list, const char* key, size_t most, int below) const;
  std::string text_of(const Json& args) const;
  void read_text(TensorOut& out);
  void read_next(const Json& args, TensorOut& out);
  void judge(LabModel& m, const std::vector<const Labelled*>& examples, std::vector<float>& good) const;
  Json info();
  Json explain(const Json& args);

  data::Vocabulary vocabulary_;
  std::vector<std::string> test_pieces_;
  size_t train_pieces_ = 0;
  Line train_line_, test_line_;
  std::vector<Labelled> labelled_, labelled_test_;
  // What these were read from: parameters, and the text of one's own.
  Json read_from_;
  std::vector<uint8_t> read_bytes_;
  data::Batches batches_;
  Models lm_, tuned_, scratch_;
  int steps_per_epoch_ = 1;
  uint64_t evaluated_at_ = 0;
  std::array<double, metric_count> evaluated_{};

  // The text on the stage.
  int piece_ = 0;  // of those kept for testing; −1: the reader's own
  std::vector<int32_t> passage_;
  std::vector<uint8_t> masked_;  // of each of its tokens
  uint64_t shown_at_ = 0;
};

// --- text ---

/// A megabyte takes a second: what was read is kept until something that it depends on changes.
void LanguageModel::read_corpus() {
  if (fine_tunes() && params_.is("corpus", kOwnAsset)) correct("corpus", std::string("en"), "en or ko for fine-tuning: a text of one's own has no labels");
  const std::vector<uint8_t>* bytes = nullptr;
  if (params_.is("corpus", kOwnAsset) && !(bytes = find_asset(kOwnAsset))) fail("needs_asset", kOwnAsset, "provided before the lab is made", "");
  const Json all = params_.json();
  Json from = Json::array();
  for (const char* key : {"corpus", "tokenizer", "vocab_size", "labelled", "seed"}) from.push_back(all[key]);
  if (from == read_from_ && (!bytes || *bytes == read_bytes_)) return;
  data::TextParts parts;
  data::Stories stories;
  if (bytes) {  // what fails, fails before anything of the run is changed
    parts = data::split_pieces(data::text_pieces(bytes->data(), bytes->size()), seed());
  } else {
    stories = data::make_stories(params_.is("corpus", "ko"), seed(), kTrainStories, kTestStories, params_.integer("labelled"), kLabelledTest);
    for (data::Story& s : stories.train) parts.train.push_back(std::move(s.text));
    for (data::Story& s : stories.test) parts.test.push_back(std::move(s.text));
  }
  const data::Tokenizer tokenizer = params_.is("tokenizer", "word") ? data::Tokenizer::word : params_.is("tokenizer", "bpe") ? data::Tokenizer::bpe : data::Tokenizer::character;
  vocabulary_ = data::Vocabulary(parts.train, tokenizer, params_.integer("vocab_size"));
  train_pieces_ = parts.train.size();
  train_line_ = line_of(parts.train);
  test_line_ = line_of(parts.test);
  test_pieces_ = std::move(parts.test);
  labelled_ = labelled_of(stories.labelled);
  labelled_test_ = labelled_of(stories.labelled_test);
  read_from_ = std::move(from);
  read_bytes_ = bytes ? *bytes : std::vector<uint8_t>();
}

/// Every piece stands behind the mark that ends the one before it.
Line LanguageModel::line_of(const std::vector<std::string>& pieces) const {
  Line line;
  for (const std::string& piece : pieces) {
    const std::vector<int32_t> ids = vocabulary_.encode(piece);
    line.push_back(kStop);
    line.insert(line.end(), ids.begin(), ids.end());
  }
  return line;
}

std::vector<Labelled> LanguageModel::labelled_of(const std::vector<data::Story>& stories) const {
  std::vector<Labelled> out;
  for (const data::Story& s : stories) out.push_back({s.text, vocabulary_.encode(s.text), s.good});
  return out;
}

// --- models ---

Json LanguageModel::spec(bool classifies) const {
  Json layers = Json::array();
  const std::string x = add_embedding(layers, "tokens", static_cast<size_t>(words()), params_, kEmbeddingStd);
  layers.push_back({{"type", "transformer_encoder"}, {"name", "transformer"}, {"inputs", {x}}, {"nhead", params_.integer("nhead")}, {"num_layers", params_.integer("num_layers")},
                    {"dim_feedforward", params_.integer("dim_feedforward")}, {"activation", "gelu"}, {"norm_first", true}, {"causal", !masks()},
                    {"dropout", 0.5},  // its rate is live; see take_live
                    {"src_key_padding_mask", "tokens"}, {"padding_idx", kPadding}});
  if (classifies) layers.push_back({{"type", "select"}, {"name", "last"}, {"index", -1}});
  layers.push_back({{"type", "linear"}, {"name", classifies ? "classifier" : "head"}, {"out_features", classifies ? 2 : words()}});
  Json s = {{"inputs", {{"tokens", {{"tokens", block()}, {"vocab_size", words()}}}}}, {"layers", layers}, {"loss", {{"type", "cross_entropy"}}}};
  if (!classifies) s["loss"]["ignore_index"] = kPadding;
  add_training(s, params_);
  return s;
}

Models LanguageModel::make(bool classifies, int batch) const {
  const Json s = spec(classifies);
  Models m;
  m.train = make_model(s, LabModel::Use::train, batch);
  m.evaluation = make_model(s, LabModel::Use::infer, kEvaluationBatch, m.train.get());
  m.shown = make_model(s, LabModel::Use::infer, 1, m.train.get());
  return m;
}

void LanguageModel::build() {
  reconcile_training();
  reconcile_heads();
  read_corpus();
  const int batch = params_.integer("batch_size");
  lm_ = make(false, batch);
  tuned_ = {};
  scratch_ = {};
  if (fine_tunes()) {
    const int n = static_cast<int>(labelled_.size());
    batches_ = data::Batches(n, std::min(batch, n), seed());
    tuned_ = make(true, std::min(batch, n));
    scratch_ = make(true, std::min(batch, n));
  }
  steps_per_epoch_ = static_cast<int>(std::max<int64_t>(1, std::ssize(train_line_) / (batch * block())));
  evaluated_at_ = 0;
  show_piece(0);
  take_live();
}

std::vector<LabModel*> LanguageModel::models() {
  if (!fine_tunes()) return {lm_.train.get()};
  return {lm_.train.get(), tuned_.train.get(), scratch_.train.get()};
}

void LanguageModel::take_live() {
  reconcile_training();
  Params tuning = params_;
  tuning.set("lr", params_.number("fine_tune_lr"));
  for (LabModel* m : models()) {
    set_training(*m, m == lm_.train.get() ? params_ : tuning);
    set_dropout(*m, params_.number("dropout"));
  }
}

/// Without pre-training both classifiers begin as the same: parameters are drawn by their names.
void LanguageModel::begin() {
  if (fine_tunes() && params_.integer("pretrain_steps") == 0) adopt();
}

/// The classifier takes over the language model's body.
void LanguageModel::adopt() {
  LabModel &from = *lm_.train, &to = *tuned_.train;
  for (size_t v = 0; v < to.graph().values.size(); ++v) {
    const Value& value = to.graph().values[v];
    const int source = value.kind == ValueKind::parameter ? from.graph().find(value.name) : -1;
    if (source >= 0) std::copy_n(from.data(source), from.shape(source).numel(), to.data(static_cast<int>(v)));
  }
}

// --- training and measuring ---

/// Row `row` of a batch: a window of the line, and what is to be foretold in it.
void LanguageModel::put(LabModel& m, int row, const Line& line, int64_t from, uint32_t step, uint32_t example) const {
  const size_t n = static_cast<size_t>(block());
  int32_t *tokens = m.ids_in(0) + row * block(), *targets = m.ids_in(1) + row * block();
  const auto copy = [&](size_t at, int32_t* to) {
    for (size_t i = 0; i < n; ++i, ++at) to[i] = line[at % line.size()];
  };
  copy(static_cast<size_t>(from), tokens);
  if (masks()) data::mask_tokens({tokens, n}, {targets, n}, params_.number("mask_rate"), words(), Rng(seed(), Stream::text, step, example));
  else copy(static_cast<size_t>(from) + 1, targets);
}

/// The classifier reads the vector of the last token, which has seen the whole sentence (Radford et al. 2018, §3.2).
void LanguageModel::put(LabModel& m, int row, const Labelled& l) const {
  int32_t* tokens = m.ids_in(0) + row * block();
  const int64_t n = std::min<int64_t>(block() - 1, static_cast<int64_t>(l.tokens.size()));
  std::fill_n(tokens, block(), kPadding);
  tokens[block() - n - 1] = kStop;
  std::copy_n(l.tokens.data(), n, tokens + block() - n);
  m.ids_in(1)[row] = l.good;
}

bool LanguageModel::train_step() {
  const uint32_t step = static_cast<uint32_t>(steps());
  const int64_t before = params_.integer("pretrain_steps");
  if (pretrains()) {
    LabModel& m = *lm_.train;
    m.set_batch(params_.integer("batch_size"));
    Rng rng(seed(), Stream::shuffle, step);
    for (int i = 0; i < m.batch(); ++i) put(m, i, train_line_, rng.below(static_cast<uint32_t>(train_line_.size())), step, static_cast<uint32_t>(i));
    if (!m.train_step()) return false;
    if (fine_tunes() && steps() + 1 == before) adopt();
    return true;
  }
  const auto [examples, n] = batches_.at(steps() - before);
  for (Models* models : {&tuned_, &scratch_}) {
    LabModel& m = *models->train;
    m.set_batch(n);
    for (int i = 0; i < n; ++i) put(m, i, labelled_[static_cast<size_t>(examples[i])]);
    if (!m.train_step()) return false;
  }
  return true;
}

/// Adds up the loss and the right guesses of a pass, over the rows that have a target.
template <class Score>
void add_score(LabModel& m, int32_t ignored, Score& s) {
  m.forward(false);
  const int64_t width = m.shape(m.graph().output).last(), rows = m.shape(m.graph().output).rows();
  const int32_t* targets = m.ids_in(1);
  const float* logits = m.data(m.graph().output);
  int64_t asked = 0;
  for (int64_t r = 0; r < rows; ++r) {
    if (targets[r] == ignored) continue;
    const float* row = logits + r * width;
    s.right += std::max_element(row, row + width) - row == targets[r];
    ++asked;
  }
  s.loss += m.loss() * static_cast<double>(asked);
  s.asked += asked;
}

/// Windows beside one another from the beginning; over a long line spread evenly.
LanguageModel::Score LanguageModel::measure(const Line& line) {
  Score s;
  LabModel& m = *lm_.evaluation;
  const int64_t all = (std::ssize(line) + block() - 1) / block(), count = std::min<int64_t>(kWindowsMeasured, all);
  for (int64_t at = 0; at < count; at += kEvaluationBatch) {
    const int n = static_cast<int>(std::min<int64_t>(kEvaluationBatch, count - at));
    m.set_batch(n);
    for (int i = 0; i < n; ++i) put(m, i, line, (at + i) * all / count * block() % std::ssize(line), kMeasured, static_cast<uint32_t>(at + i));
    add_score(m, kPadding, s);
  }
  return s;
}

LanguageModel::Score LanguageModel::measure(Models& models, const std::vector<Labelled>& examples) {
  Score s;
  LabModel& m = *models.evaluation;
  for (size_t at = 0; at < examples.size(); at += kEvaluationBatch) {
    const int n = static_cast<int>(std::min<size_t>(kEvaluationBatch, examples.size() - at));
    m.set_batch(n);
    for (int i = 0; i < n; ++i) put(m, i, examples[at + static_cast<size_t>(i)]);
    add_score(m, -1, s);
  }
  return s;
}

/// While it pre-trains the language model is measured, then the classifiers.
void LanguageModel::evaluate(double* metrics) {
  if (evaluated_at_ != changes()) {
    evaluated_at_ = changes();
    evaluated_.fill(std::numeric_limits<double>::quiet_NaN());
    const auto mean = [](double sum, const Score& s) { return sum / static_cast<double>(s.asked); };
    if (!fine_tunes() || steps() <= params_.integer("pretrain_steps")) {
      const Score train = measure(train_line_), test = measure(test_line_);
      evaluated_[train_loss] = mean(train.loss, train);
      evaluated_[test_loss] = mean(test.loss, test);
      evaluated_[perplexity] = kernels::exp_(evaluated_[test_loss]);
      evaluated_[accuracy] = mean(static_cast<double>(test.right), test);
    }
    if (fine_tunes() && steps() >= params_.integer("pretrain_steps")) {
      const Score tuned = measure(tuned_, labelled_test_), scratch = measure(scratch_, labelled_test_);
      evaluated_[pretrained_loss] = mean(tuned.loss, tuned);
      evaluated_[scratch_loss] = mean(scratch.loss, scratch);
      evaluated_[pretrained_accuracy] = mean(static_cast<double>(tuned.right), tuned);
      evaluated_[scratch_accuracy] = mean(static_cast<double>(scratch.right), scratch);
    }
  }
  std::copy(evaluated_.begin(), evaluated_.end(), metrics);
}

/// Recording takes no more than a tenth of the arithmetic of training.
int LanguageModel::history_stride() const {
  const int batch = lm_.train->plan().batch_size;
  return std::max(1, (10 * 2 * kWindowsMeasured + 3 * batch - 1) / (3 * batch));
}

// --- the text that is shown ---

void LanguageModel::show(std::vector<int32_t> tokens) {
  passage_ = std::move(tokens);
  if (static_cast<int64_t>(passage_.size()) >= block()) passage_.resize(static_cast<size_t>(block() - 1));
  masked_.assign(passage_.size(), 0);
  shown_at_ = 0;
  if (!masks() || passage_.empty()) return;
  Rng rng(seed(), Stream::text, kShown, static_cast<uint32_t>(piece_));
  bool any = false;
  for (uint8_t& m : masked_) {
    m = rng.uniform() < kGaps;
    any = any || m;
  }
  if (!any) masked_[rng.below(static_cast<uint32_t>(masked_.size()))] = 1;
}

void LanguageModel::show_piece(int number) {
  piece_ = number;
  show(vocabulary_.encode(test_pieces_[static_cast<size_t>(number)]));
}

std::vector<int32_t> LanguageModel::shown_input() const {
  std::vector<int32_t> in = {kStop};
  for (size_t i = 0; i < passage_.size(); ++i) in.push_back(masked_[i] ? kMask : passage_[i]);
  return in;
}

/// Texts of what the model reads.
std::vector<std::string> LanguageModel::labels() const {
  std::vector<std::string> out;
  for (int32_t id : shown_input()) out.push_back(vocabulary_.texts()[static_cast<size_t>(id)]);
  return out;
}

void LanguageModel::refresh() {
  if (shown_at_ == changes()) return;
  shown_at_ = changes();
  LabModel& m = *lm_.shown;
  m.set_batch(1);
  std::fill_n(m.ids_in(0), block(), kPadding);
  const std::vector<int32_t> in = shown_input();
  std::copy(in.begin(), in.end(), m.ids_in(0));
  m.forward(false, false);
}

/// A row a token: its id, whether it is masked, its probability by what the model sees, then the most probable ones with theirs.
void LanguageModel::read_text(TensorOut& out) {
  refresh();
  const size_t v = static_cast<size_t>(words());
  const int shown = std::min(kTextCandidates, words());
  std::vector<float> p(v);
  for (size_t t = 0; t < passage_.size(); ++t) {
    const size_t row = masks() ? t + 1 : t;  // BERT guesses where the gap is, GPT behind what comes before
    decode::softmax({lm_.shown->data(lm_.shown->graph().output) + row * v, v}, p);
    out.values.insert(out.values.end(), {static_cast<float>(passage_[t]), static_cast<float>(masked_[t]), p[static_cast<size_t>(passage_[t])]});
    for (const decode::Candidate& c : decode::most_probable(p, shown)) out.values.insert(out.values.end(), {static_cast<float>(c.id), c.probability});
  }
  out.shape = {static_cast<int64_t>(passage_.size()), 3 + 2 * shown};
}

std::vector<int32_t> LanguageModel::token_args(const Json& list, const char* key, size_t most, int below) const {
  const std::string rule = "a list of at most " + std::to_string(most) + " integers from 0 to " + std::to_string(below - 1);
  std::vector<int32_t> out;
  if (!list.is_array() || list.size() > most) fail("bad_argument", key, rule, shown(list));
  for (const Json& id : list) {
    if (!id.is_number_integer() || id.get<int64_t>() < 0 || id.get<int64_t>() >= below) fail("bad_argument", key, rule, shown(id));
    out.push_back(id.get<int32_t>());
  }
  return out;
}

/// next {tokens, seed}: what is written behind these tokens, and what it was drawn from. The first row: the token, how many could be drawn, and 0, 0; then a row each of
/// the most probable ones: id, probability, that at the temperature, and that after top_k and top_p, 0 for those cut away. BERT, which has never learned to go on, fills a gap at the end.
void LanguageModel::read_next(const Json& args, TensorOut& out) {
  const std::vector<int32_t> given = token_args(member(args, "tokens"), "tokens", kMostWritten, words());
  const int draw = integer_arg(args, "seed", 0, 0, 1 << 30);
  LabModel& m = *lm_.shown;
  std::vector<int32_t> in = {kStop};
  in.insert(in.end(), given.begin(), given.end());
  if (masks()) in.push_back(kMask);
  if (static_cast<int64_t>(in.size()) > block()) in.erase(in.begin(), in.end() - block());
  m.set_batch(1);
  std::fill_n(m.ids_in(0), block(), kPadding);
  std::copy(in.begin(), in.end(), m.ids_in(0));
  m.forward(false, false);
  shown_at_ = 0;
  const size_t v = static_cast<size_t>(words());
  std::vector<float> logits(v), p(v), tempered(v), kept(v);
  std::copy_n(m.data(m.graph().output) + (in.size() - 1) * v, v, logits.data());
  for (int32_t never : {kPadding, kUnknown, kMask}) logits[static_cast<size_t>(never)] = -1e30f;
  const decode::Sampling s = masks() ? decode::Sampling{} : decode::Sampling{params_.number("temperature"), params_.integer("top_k"), params_.number("top_p")};
  decode::softmax(logits, p);
  decode::distribution(logits, {s.temperature, 0, 1}, tempered);
  decode::distribution(logits, s, kept);
  Rng rng(seed() ^ static_cast<uint64_t>(draw) << 32, Stream::text, kWritten, static_cast<uint32_t>(given.size()));
  const int32_t chosen = decode::draw(kept, rng);
  out.values = {static_cast<float>(chosen), static_cast<float>(std::count_if(kept.begin(), kept.end(), [](float x) { return x > 0; })), 0, 0};
  const std::vector<decode::Candidate> best = decode::most_probable(p, std::min(kMostCandidates, words() - kUnknown));
  for (const decode::Candidate& c : best) {
    const size_t id = static_cast<size_t>(c.id);
    out.values.insert(out.values.end(), {static_cast<float>(c.id), c.probability, tempered[id], kept[id]});
  }
  out.shape = {static_cast<int64_t>(best.size()) + 1, 4};
}

/// By each example the probability that it went well.
void LanguageModel::judge(LabModel& m, const std::vector<const Labelled*>& examples, std::vector<float>& good) const {
  m.set_batch(static_cast<int>(examples.size()));
  for (size_t i = 0; i < examples.size(); ++i) put(m, static_cast<int>(i), *examples[i]);
  m.forward(false, false);
  const float* logits = m.data(m.graph().output);
  std::array<float, 2> p;
  for (size_t i = 0; i < examples.size(); ++i) {
    decode::softmax({logits + 2 * i, 2}, p);
    good.push_back(p[1]);
  }
}

std::string LanguageModel::text_of(const Json& args) const {
  std::string text = text_arg(args, "text");
  if (text.size() > kLongestText) fail("bad_argument", "text", "at most " + std::to_string(kLongestText) + " bytes", std::to_string(text.size()) + " bytes");
  return text;
}

/// verdicts [examples, 2]: the probability of "it went well" by the fine-tuned classifier and by the one from scratch, of {text} or of the first sentences kept for testing.
bool LanguageModel::read_into(const std::string& name, const Json& args, TensorOut& out) {
  if (name == "text") {
    read_text(out);
  } else if (name == "next") {
    read_next(args, out);
  } else if (name == "attention") {
    const int value = value_named(*lm_.shown, weights_name(integer_arg(args, "layer", 0, 0, params_.integer("num_layers") - 1)));
    refresh();
    const int64_t n = static_cast<int64_t>(passage_.size()) + 1;
    read_weights(*lm_.shown, value, n, n, out);
  } else if (name == "verdicts" && fine_tunes()) {
    Labelled own;
    std::vector<const Labelled*> examples;
    if (member(args, "text").is_null()) {
      for (size_t i = 0; i < kVerdicts; ++i) examples.push_back(&labelled_test_[i]);
    } else {
      own.tokens = vocabulary_.encode(text_of(args));
      examples.push_back(&own);
    }
    std::vector<float> tuned, scratch;
    judge(*tuned_.evaluation, examples, tuned);
    judge(*scratch_.evaluation, examples, scratch);
    for (size_t i = 0; i < examples.size(); ++i) out.values.insert(out.values.end(), {tuned[i], scratch[i]});
    out.shape = {static_cast<int64_t>(examples.size()), 2};
  } else {
    return false;
  }
  return true;
}

Json LanguageModel::info() {
  Json values = Json::array(), examples = Json::array();
  for (int l = 0; l < params_.integer("num_layers"); ++l) values.push_back(weights_name(l));
  for (size_t i = 0; i < kVerdicts && i < labelled_test_.size(); ++i) examples.push_back({labelled_test_[i].text, labelled_test_[i].good});
  return {{"task", params_.text("task")}, {"corpus", params_.text("corpus")}, {"vocabulary", vocabulary_.texts()}, {"n_train", train_pieces_}, {"n_test", test_pieces_.size()},
          {"tokens", train_line_.size()}, {"block", block()}, {"nhead", params_.integer("nhead")}, {"attention", values}, {"labelled", examples}, {"longest_text", kLongestText},
          {"piece", piece_ < 0 ? Json(nullptr) : Json(piece_)}};
}

/// A number of the pass over the text that is shown.
Json LanguageModel::explain(const Json& args) {
  const LabModel& m = *lm_.shown;
  const int v = value_named(m, text_arg(args, "value"));
  if (v == m.graph().loss || v == m.graph().inputs[1]) fail("bad_argument", "value", "a value that needs no target", args["value"].get<std::string>());
  const int64_t flat = flat_index(m, v, member(args, "index"), "index");
  refresh();
  Json e = explanation_json(m, v, flat);
  // A row of attention weights, or a head's sum over them, has a term for each token that is looked at.
  const std::string& name = m.graph().values[static_cast<size_t>(v)].name;
  if (name.ends_with(".heads") || name.ends_with(".heads.weights")) {
    const std::vector<std::string> seen = labels();
    for (size_t j = 0; j < e["terms"].size() && j < seen.size(); ++j) e["terms"][j]["label"] = seen[j];
  }
  return e;
}

/// tokens {text}: its ids, and what of it is not in the vocabulary.
bool LanguageModel::answer(const std::string& name, const Json& args, Json& out) {
  if (name == "info") {
    out = info();
  } else if (name == "explain") {
    out = explain(args);
  } else if (name == "tokens") {
    std::vector<std::string> unknown;
    const std::vector<int32_t> ids = vocabulary_.encode(text_of(args), &unknown);
    out = {{"ids", ids}, {"unknown", unknown}};
  } else {
    return false;
  }
  return true;
}

/// show {piece} or {text}: what is looked at; tokens that are not in the vocabulary are named, and read as unknown. mask {at}: the gaps in it, by their places.
bool LanguageModel::perform(const std::string& name, const Json& args, Json& out) {
  if (name == "mask" && masks()) {
    const std::vector<int32_t> at = token_args(member(args, "at"), "at", passage_.size(), static_cast<int>(passage_.size()));
    std::fill(masked_.begin(), masked_.end(), uint8_t{0});
    for (int32_t i : at) masked_[static_cast<size_t>(i)] = 1;
    shown_at_ = 0;
    return true;
  }
  if (name != "show") return false;
  std::vector<std::string> unknown;
  if (member(args, "text").is_null()) {
    show_piece(integer_arg(args, "piece", 0, 0, static_cast<int>(test_pieces_.size()) - 1));
  } else {
    std::vector<int32_t> tokens = vocabulary_.encode(text_of(args), &unknown);
    if (tokens.empty()) fail("bad_argument", "text", "at least one token", "");
    piece_ = -1;
    show(std::move(tokens));
  }
  out = {{"unknown", unknown}};
  return true;
}

}  // namespace

const LabDef language_model = {"language-model", kParams, kMetrics, [] { return std::unique_ptr<Lab>(std::make_unique<LanguageModel>()); }};

}  // namespace pg::labs

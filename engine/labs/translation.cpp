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
#include "kernels/math.h"
#include "labs/training.h"
#include "labs/transformer.h"

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
    },
    training_rows({.lr = 0.003, .batch_size = 64, .max_batch_size = 256, .optimizer = "adam"}),
    std::array{
        ParamDef{.key = "label_smoothing", .def = 0, .min = 0, .max = 0.5, .step = 0.01, .apply = Apply::live, .group = "training", .more = true},
        ParamDef{.key = "beam_width", .kind = Kind::integer, .def = 1, .min = 1, .max = kWidest, .apply = Apply::live, .group = "decoding"},
        ParamDef{.key = "length_penalty", .def = 1, .min = 0, .max = 2, .step = 0.1, .apply = Apply::live, .group = "decoding", .more = true, .when = "beam_width>1"},
    });

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
  bool perform(const std::string& name, const Json& args, Json& out) override;

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
  void show(int example);
  void show(const Sentence& source);
  void refresh();
  void read_source(int row);
  void write_target(int row, const std::vector<int32_t>& tokens);
  std::vector<int32_t> shown_target() const;
  int value_of(const std::string& which, int layer) const;
  std::vector<int> stream(bool encoder) const;
  std::vector<std::string> labels(bool of_source) const;
  Json info();
  Json translation();
  Json lens() const;
  Json explain(const Json& args);

  data::Corpus corpus_;
  std::pair<uint64_t, int> corpus_from_;  // seed and size
  data::Batches batches_;
  std::unique_ptr<LabModel> train_, evaluation_, beams_;
  uint64_t evaluated_at_ = 0;
  std::array<double, metric_count> evaluated_{};

  // The sentence that is shown, and what became of it under the present parameters.
  int example_ = 0;         // of the test set; −1: the reader's own
  Sentence shown_;
  uint64_t translated_at_ = 0;
  std::vector<decode::Hypothesis> found_;                 // the best first
  std::vector<std::vector<std::vector<int32_t>>> trace_;  // the beginnings that were gone on from, step by step
};

Json Translation::spec() const {
  Json layers = Json::array();
  const auto add = [&](Json layer) { layers.push_back(std::move(layer)); };
  const std::string src = add_embedding(layers, "src", data::vocabulary(source()).size(), params_, kEmbeddingStd), tgt = add_embedding(layers, "tgt", data::vocabulary(target()).size(), params_, kEmbeddingStd);
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
  reconcile_heads();
  const uint64_t seed = static_cast<uint64_t>(params_.integer("seed"));
  if (const std::pair from(seed, params_.integer("sentences")); from != corpus_from_) {
    corpus_ = data::make_corpus(from.first, from.second, kTestPairs);
    corpus_from_ = from;
  }
  const int n = static_cast<int>(corpus_.train.size()), batch = std::min(params_.integer("batch_size"), n);
  batches_ = data::Batches(n, batch, seed);
  const Json s = spec();
  train_ = make_model(s, LabModel::Use::train, batch);
  evaluation_ = make_model(s, LabModel::Use::infer, kEvaluationBatch, train_.get());
  beams_ = make_model(s, LabModel::Use::infer, kWidest, train_.get());
  evaluated_at_ = 0;
  show(0);
  take_live();
}

void Translation::take_live() {
  reconcile_training();
  set_training(*train_, params_);
  set_dropout(*train_, params_.number("dropout"));
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

// --- the sentence that is shown ---

void Translation::show(int example) {
  show(corpus_.test[static_cast<size_t>(example)].of(source()));
  example_ = example;
}

void Translation::show(const Sentence& sentence) {
  shown_ = sentence;
  example_ = -1;
  translated_at_ = 0;
}

void Translation::read_source(int row) {
  int32_t* to = beams_->ids_in(0) + static_cast<int64_t>(row) * kTokens;
  std::fill(to, to + kTokens, data::kPad);
  *std::copy(shown_.begin(), shown_.end(), to) = data::kEnd;
}

void Translation::write_target(int row, const std::vector<int32_t>& tokens) {
  int32_t* to = beams_->ids_in(1) + static_cast<int64_t>(row) * kTokens;
  std::fill(to, to + kTokens, data::kPad);
  *to = data::kBegin;
  std::copy(tokens.begin(), tokens.end(), to + 1);
}

/// Translates the shown sentence anew where parameters or settings have changed; the model then holds the pass over the best translation.
void Translation::refresh() {
  if (translated_at_ == changes()) return;
  translated_at_ = changes();
  trace_.clear();
  LabModel& m = *beams_;
  const size_t words = data::vocabulary(target()).size();
  std::vector<float> p(words);
  const auto next = [&](const std::vector<std::vector<int32_t>>& prefixes, std::vector<float>& out) {
    trace_.push_back(prefixes);
    m.set_batch(static_cast<int>(prefixes.size()));
    for (size_t i = 0; i < prefixes.size(); ++i) {
      read_source(static_cast<int>(i));
      write_target(static_cast<int>(i), prefixes[i]);
    }
    m.forward(false, false);
    out.resize(prefixes.size() * words);
    for (size_t i = 0; i < prefixes.size(); ++i) {
      const float* logits = m.data(m.graph().output) + (i * kTokens + prefixes[i].size()) * words;
      decode::softmax({logits, words}, p);
      for (size_t w = 0; w < words; ++w) out[i * words + w] = kernels::log_(std::max(p[w], std::numeric_limits<float>::min()));
      // Neither is ever right, and both would take a place in the beam.
      for (int32_t mark : {data::kPad, data::kBegin}) out[i * words + static_cast<size_t>(mark)] = -std::numeric_limits<float>::infinity();
    }
    return true;
  };
  found_ = decode::beam_search(params_.integer("beam_width"), data::kLongestSentence, data::kEnd, params_.number("length_penalty"), next);
  m.set_batch(1);
  read_source(0);
  write_target(0, found_[0].tokens);
  m.forward(false, false);
}

/// What the decoder has written: its tokens, and the mark of the end where it came to that.
std::vector<int32_t> Translation::shown_target() const {
  std::vector<int32_t> tokens = found_[0].tokens;
  if (found_[0].ended) tokens.push_back(data::kEnd);
  return tokens;
}

/// Texts of the tokens that the encoder reads, or of those that the decoder reads.
std::vector<std::string> Translation::labels(bool of_source) const {
  const auto& words = data::vocabulary(of_source ? source() : target());
  std::vector<std::string> out;
  if (!of_source) out.push_back(words[data::kBegin]);
  for (int32_t id : of_source ? shown_ : found_[0].tokens) out.push_back(words[static_cast<size_t>(id)]);
  if (of_source) out.push_back(words[data::kEnd]);
  else if (!found_[0].ended) out.pop_back();  // the last one was written and never read
  return out;
}

constexpr const char* kAttentions[] = {"encoder", "decoder", "cross"};

int Translation::value_of(const std::string& which, int layer) const {
  const std::string at = std::string("transformer.") + (which == "encoder" ? "encoder" : "decoder") + ".layers." + std::to_string(layer);
  return value_named(*beams_, at + (which == "cross" ? ".multihead_attn" : ".self_attn") + ".heads.weights");
}

/// The residual stream of a side: the embedded tokens, and what they have become after each sublayer, up to what the last layer hands on.
std::vector<int> Translation::stream(bool encoder) const {
  const LabModel& m = *beams_;
  const std::string side = encoder ? "src" : "tgt", stack = encoder ? "transformer.encoder.layers." : "transformer.decoder.layers.";
  // Each sum is the stream; where a norm follows it, what comes out of that.
  const bool first = params_.flag("norm_first");
  std::vector<std::string> names = {side + (params_.is("positional", "none") ? "_embedding" : "_x")};
  for (int l = 0; l < params_.integer(encoder ? "num_encoder_layers" : "num_decoder_layers"); ++l) {
    const std::string at = stack + std::to_string(l);
    names.push_back(at + (first ? ".self_attn.sum" : ".norm1"));
    if (!encoder) names.push_back(at + (first ? ".multihead_attn.sum" : ".norm2"));
    names.push_back(at);
  }
  std::vector<int> out;
  for (const std::string& name : names) out.push_back(value_named(m, name));
  return out;
}

/// What the decoder's stream would say if it were read off at once, stage by stage and token by token: the final norm and the head at work on it
/// ("logit lens", nostalgebraist 2020). At the last stage that is what the model says.
Json Translation::lens() const {
  const LabModel& m = *beams_;
  const auto parameter = [&](const char* name) { return m.data(value_named(m, name)); };
  const float *gamma = parameter("transformer.decoder.norm.weight"), *beta = parameter("transformer.decoder.norm.bias"), *weight = parameter("head.weight"), *bias = parameter("head.bias");
  const auto& words = data::vocabulary(target());
  const size_t d = static_cast<size_t>(params_.integer("d_model")), tokens = labels(false).size();
  std::vector<float> y(d), logits(words.size()), p(words.size());
  Json out = Json::array();
  for (const int value : stream(false)) {
    Json row = Json::array();
    for (size_t t = 0; t < tokens; ++t) {
      const float* x = m.data(value) + t * d;
      double mean = 0, var = 0;
      for (size_t i = 0; i < d; ++i) mean += static_cast<double>(x[i]) / static_cast<double>(d);
      for (size_t i = 0; i < d; ++i) var += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean) / static_cast<double>(d);
      const double scale = 1 / std::sqrt(var + 1e-5);
      for (size_t i = 0; i < d; ++i) y[i] = static_cast<float>((static_cast<double>(x[i]) - mean) * scale) * gamma[i] + beta[i];
      for (size_t w = 0; w < words.size(); ++w) {
        float sum = bias[w];
        for (size_t i = 0; i < d; ++i) sum += weight[w * d + i] * y[i];
        logits[w] = sum;
      }
      decode::softmax(logits, p);
      const decode::Candidate best = decode::most_probable(p, 1)[0];
      row.push_back({{"token", words[static_cast<size_t>(best.id)]}, {"probability", best.probability}});
    }
    out.push_back(std::move(row));
  }
  return out;
}

/// stream {encoder, stage}: [tokens, d_model] of the residual stream.
/// encoder, decoder, cross: weights [nhead, rows, columns] of a layer's attention, by the tokens there are: who looks (row) at whom (column).
bool Translation::read_into(const std::string& name, const Json& args, TensorOut& out) {
  if (name == "stream") {
    const bool of_source = integer_arg(args, "encoder", 0, 0, 1) == 1;
    const std::vector<int> stages = stream(of_source);
    const int value = stages[static_cast<size_t>(integer_arg(args, "stage", 0, 0, static_cast<int>(stages.size()) - 1))];
    refresh();
    out.shape = {static_cast<int64_t>(labels(of_source).size()), beams_->shape(value).last()};
    out.values.assign(beams_->data(value), beams_->data(value) + out.shape[0] * out.shape[1]);
    return true;
  }
  if (std::find(std::begin(kAttentions), std::end(kAttentions), name) == std::end(kAttentions)) return false;
  const int layer = integer_arg(args, "layer", 0, 0, params_.integer(name == "encoder" ? "num_encoder_layers" : "num_decoder_layers") - 1);
  refresh();
  const int64_t rows = static_cast<int64_t>(labels(name == "encoder").size()), cols = static_cast<int64_t>(labels(name != "decoder").size());
  read_weights(*beams_, value_of(name, layer), rows, cols, out);
  return true;
}

Json Translation::info() {
  Json values = Json::object();
  for (const char* which : kAttentions) {
    values[which] = Json::array();
    for (int l = 0; l < params_.integer(std::string_view(which) == "encoder" ? "num_encoder_layers" : "num_decoder_layers"); ++l)
      values[which].push_back(beams_->graph().values[static_cast<size_t>(value_of(which, l))].name);
  }
  Json streams = Json::object();
  for (const bool encoder : {true, false}) {
    Json& names = streams[encoder ? "encoder" : "decoder"] = Json::array();
    for (const int v : stream(encoder)) names.push_back(beams_->graph().values[static_cast<size_t>(v)].name);
  }
  const int64_t heads = beams_->shape(value_of("encoder", 0))[1];
  Json words = Json::object();
  for (const auto& [key, language] : {std::pair{"source", source()}, std::pair{"target", target()}}) {
    const auto& all = data::vocabulary(language);
    words[key] = std::vector<std::string>(all.begin() + data::kEnd + 1, all.end());
  }
  return {{"task", params_.text("task")}, {"source", source() == Language::ko ? "ko" : "en"}, {"target", target() == Language::ko ? "ko" : "en"}, {"n_train", corpus_.train.size()},
          {"n_test", corpus_.test.size()}, {"pairs_in_grammar", data::pairs_in_grammar()}, {"steps_per_epoch", batches_.per_epoch()}, {"parameters", train_->plan().parameter_count},
          {"nhead", heads}, {"attention", values}, {"stream", streams}, {"words", words}, {"longest_text", kLongestText}};
}

Json Translation::translation() {
  refresh();
  const auto& words = data::vocabulary(target());
  const auto texts = [&](const std::vector<int32_t>& ids) {
    Json out = Json::array();
    for (int32_t id : ids) out.push_back(words[static_cast<size_t>(id)]);
    return out;
  };
  Json steps = Json::array(), beams = Json::array(), trace = Json::array();
  std::vector<float> p(words.size());
  const std::vector<int32_t> target_ids = shown_target();
  for (size_t t = 0; t < target_ids.size(); ++t) {
    decode::softmax({beams_->data(beams_->graph().output) + t * words.size(), words.size()}, p);
    Json candidates = Json::array();
    for (const decode::Candidate& c : decode::most_probable(p, kMostCandidates)) candidates.push_back({{"token", words[static_cast<size_t>(c.id)]}, {"probability", c.probability}});
    steps.push_back({{"token", words[static_cast<size_t>(target_ids[t])]}, {"probability", p[static_cast<size_t>(target_ids[t])]}, {"candidates", candidates}});
  }
  for (const decode::Hypothesis& h : found_)
    beams.push_back({{"text", data::written(target(), h.tokens)}, {"tokens", texts(h.tokens)}, {"log_probability", h.log_probability}, {"score", h.score(params_.number("length_penalty"))}, {"ended", h.ended}});
  for (const auto& prefixes : trace_) {
    Json row = Json::array();
    for (const auto& prefix : prefixes) row.push_back(texts(prefix));
    trace.push_back(row);
  }
  Json out = {{"example", example_ < 0 ? Json(nullptr) : Json(example_)}, {"source", data::written(source(), shown_)}, {"source_tokens", labels(true)}, {"target", data::written(target(), found_[0].tokens)},
              {"read_tokens", labels(false)}, {"steps", steps}, {"beams", beams}, {"trace", trace}, {"lens", lens()}, {"reference", nullptr}, {"exact", nullptr}};
  if (example_ >= 0) {
    const Sentence& right = corpus_.test[static_cast<size_t>(example_)].of(target());
    out["reference"] = data::written(target(), right);
    out["exact"] = found_[0].ended && found_[0].tokens == right;
  }
  return out;
}

/// A number of the pass over the shown sentence and its translation.
Json Translation::explain(const Json& args) {
  const int v = value_named(*beams_, text_arg(args, "value"));
  if (v == beams_->graph().loss || v == beams_->graph().inputs[2]) fail("bad_argument", "value", "a value that needs no target: a sentence of one's own has none", args["value"].get<std::string>());
  const int64_t flat = flat_index(*beams_, v, member(args, "index"), "index");
  refresh();
  Json e = explanation_json(*beams_, v, flat);
  // A row of attention weights, or a head's sum over them, has a term for each token that is looked at.
  const std::string& name = beams_->graph().values[static_cast<size_t>(v)].name;
  if (name.ends_with(".heads") || name.ends_with(".heads.weights")) {
    const std::vector<std::string> seen = labels(name.find("decoder") == std::string::npos || name.find("multihead_attn") != std::string::npos);
    for (size_t j = 0; j < e["terms"].size() && j < seen.size(); ++j) e["terms"][j]["label"] = seen[j];
  }
  return e;
}

bool Translation::answer(const std::string& name, const Json& args, Json& out) {
  if (name == "info") out = info();
  else if (name == "translation") out = translation();
  else if (name == "explain") out = explain(args);
  else return false;
  return true;
}

/// show {example} or {text}: what is translated. A text with words that nobody knows changes nothing, and they are named.
bool Translation::perform(const std::string& name, const Json& args, Json& out) {
  if (name != "show") return false;
  if (member(args, "text").is_null()) {
    show(integer_arg(args, "example", 0, 0, kTestPairs - 1));
    out = {{"unknown", Json::array()}};
    return true;
  }
  const std::string text = text_arg(args, "text");
  if (text.size() > kLongestText) fail("bad_argument", "text", "at most " + std::to_string(kLongestText) + " bytes", std::to_string(text.size()));
  const data::Read read = data::read_sentence(source(), text);
  if (read.unknown.empty() && read.sentence.empty()) fail("bad_argument", "text", "at least one word", "");
  if (read.sentence.size() > data::kLongestSentence) fail("bad_argument", "text", "at most " + std::to_string(data::kLongestSentence) + " tokens", std::to_string(read.sentence.size()));
  if (read.unknown.empty()) show(read.sentence);
  out = {{"unknown", read.unknown}};
  return true;
}

}  // namespace

const LabDef labs::translation = {"translation", kParams, kMetrics, [] { return std::unique_ptr<Lab>(new Translation); }};

}  // namespace pg

#include "labs/lab.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <map>

namespace pg {

namespace {

constexpr int64_t kHistoryRows = 512;
constexpr int64_t kCheckpointEvery = 128;

std::map<std::string, std::vector<uint8_t>>& assets() {
  static std::map<std::string, std::vector<uint8_t>> all;
  return all;
}

/// NaN and infinities have no JSON; the page knows these names.
Json number_json(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "Infinity" : "-Infinity";
  return v;
}

struct SavedHeader {
  char magic[4];
  uint32_t models;
  uint64_t fingerprint;
  int64_t step;
  double first_loss;
};
constexpr char kMagic[4] = {'P', 'G', 'L', '2'};

}  // namespace

const LabDef* find_lab(std::string_view name) {
  for (const LabDef* d : all_labs())
    if (d && name == d->name) return d;
  return nullptr;
}

Json labs_schema() {
  Json all = Json::object();
  for (const LabDef* d : all_labs()) {
    if (!d) continue;
    Json metrics = Json::array();
    for (const char* m : d->metrics) metrics.push_back(m);
    all[d->name] = {{"params", schema_rows(d->params)}, {"metrics", metrics}};
  }
  return all;
}

std::unique_ptr<Lab> Lab::create(std::string_view name, const Json& params) {
  const LabDef* def = find_lab(name);
  if (!def) {
    std::string names;
    for (const LabDef* d : all_labs())
      if (d) names += (names.empty() ? "" : "|") + std::string(d->name);
    fail("unknown_lab", "lab", "one of " + names, shown(std::string(name)));
  }
  std::unique_ptr<Lab> lab = def->make();
  lab->def_ = def;
  lab->params_ = Params(def->params);
  lab->params_.merge(params, "", lab->corrections_);
  lab->rebuild();
  return lab;
}

void Lab::correct(std::string_view key, ParamValue used, const std::string& rule) {
  const Json before = params_.json()[std::string(key)];
  params_.set(key, std::move(used));
  Issue i = make_issue("conflict", std::string(key), rule, shown(before));
  i.used = params_.json()[std::string(key)].dump();
  corrections_.push_back(std::move(i));
}

const char* Lab::set(const Json& partial) {
  corrections_.clear();
  const Params before = params_;
  const auto changed = params_.merge(partial, "", corrections_);
  if (changed.empty()) return "none";
  for (const ParamDef* d : changed)
    if (d->apply == Apply::rebuild) {
      try {
        rebuild();
      } catch (const Error&) {  // e.g. data that must come first: the old run stays whole
        params_ = before;
        throw;
      }
      return "rebuild";
    }
  if (healthy()) checkpoint();  // the state before the change is what one wants back if it goes wrong
  for (const ParamDef* d : changed) apply_live(*d);
  ++changes_;
  find_limit();
  if (state_ == State::finished && !limit_reached()) state_ = State::ready;
  else if (state_ == State::ready && limit_reached()) state_ = State::finished;
  return "live";
}

void Lab::rebuild() {
  build();
  start();
}

void Lab::reset() {
  for (LabModel* m : models()) m->initialize();
  start();
}

void Lab::start() {
  begin();
  ++changes_;
  state_ = State::ready;
  step_ = 0;
  find_limit();
  stride_ = std::max(1, history_stride());
  history_.clear();
  history_.reserve(static_cast<size_t>(kHistoryRows + 1) * row_size());
  record();
  first_loss_ = history_.size() > 1 ? history_[1] : 0;
  good_.assign(checkpoint_size(), 0);
  checkpoint();
}

/// Kept as a number, so that a step asks no table.
void Lab::find_limit() { limit_ = params_.has("epochs") ? static_cast<int64_t>(params_.integer("epochs")) * steps_per_epoch() : 0; }

int Lab::step(int n) {
  int done = 0;
  if (models().empty()) return 0;
  while (done < n && state_ == State::ready) {
    if (limit_reached()) {
      state_ = State::finished;
      break;
    }
    ++changes_;
    if (!train_step()) {
      state_ = State::diverged;
      break;
    }
    ++done;
    ++step_;
    if (step_ % stride_ == 0) record();
    if (step_ % kCheckpointEvery == 0 && healthy()) checkpoint();
    if (limit_reached()) state_ = State::finished;
  }
  return done;
}

std::vector<double> Lab::metrics() {
  std::vector<double> m(def_->metrics.size(), std::numeric_limits<double>::quiet_NaN());
  evaluate(m.data());
  return m;
}

void Lab::record() {
  const size_t row = row_size();
  // By the step alone: a run that was loaded has rows at the same steps as the one that came here by training.
  while (step_ >= kHistoryRows * stride_) {
    stride_ *= 2;
    size_t kept = 0;
    for (size_t r = 0; r < history_.size() / row; ++r)
      if (static_cast<int64_t>(history_[r * row]) % stride_ == 0) std::memmove(history_.data() + kept++ * row, history_.data() + r * row, row * sizeof(double));
    history_.resize(kept * row);
  }
  if (step_ % stride_ != 0) return;
  const size_t at = history_.size();
  history_.resize(at + row, std::numeric_limits<double>::quiet_NaN());
  history_[at] = static_cast<double>(step_);
  evaluate(history_.data() + at + 1);
}

/// Whether the state is worth coming back to: no value broken, and the loss not far above where it began.
bool Lab::healthy() {
  if (state_ == State::diverged || models().empty()) return false;
  const LabModel& m = current();
  if (m.step() == 0) return true;
  return std::isfinite(m.loss()) && m.loss() <= 2 * first_loss_ + 1e-3;
}

/// Step, then every model's state after its size: another optimizer keeps a state of another size.
size_t Lab::checkpoint_size() {
  size_t n = sizeof(int64_t);
  for (LabModel* m : models()) n += sizeof(uint64_t) + m->state_size();
  return n;
}

void Lab::write_state(uint8_t* to) {
  std::memcpy(to, &step_, sizeof step_);
  to += sizeof step_;
  for (LabModel* m : models()) {
    const uint64_t n = m->state_size();
    std::memcpy(to, &n, sizeof n);
    m->save_to(to + sizeof n);
    to += sizeof n + n;
  }
}

void Lab::checkpoint() {
  if (good_.size() != checkpoint_size()) good_.resize(checkpoint_size());
  write_state(good_.data());
}

void Lab::restore(const uint8_t* bytes) {
  ++changes_;
  std::memcpy(&step_, bytes, sizeof step_);
  bytes += sizeof step_;
  for (LabModel* m : models()) {
    uint64_t n;
    std::memcpy(&n, bytes, sizeof n);
    m->load(bytes + sizeof n, n);
    bytes += sizeof n + n;
  }
  const size_t row = row_size();
  while (!history_.empty() && history_[history_.size() - row] > static_cast<double>(step_)) history_.resize(history_.size() - row);
  state_ = limit_reached() ? State::finished : State::ready;
}

/// FNV-1a over the lab's name and every parameter that shapes the models and the data.
uint64_t Lab::fingerprint() const {
  Json shaping = Json::object();
  const Json all = params_.json();
  for (const ParamDef& d : def_->params)
    if (d.apply == Apply::rebuild) shaping[d.key] = all[d.key];
  uint64_t h = 14695981039346656037ull;
  for (char c : std::string(def_->name) + shaping.dump()) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return h;
}

std::vector<uint8_t> Lab::save() const {
  Lab& self = const_cast<Lab&>(*this);
  const auto all = self.models();
  SavedHeader h{};
  std::memcpy(h.magic, kMagic, sizeof kMagic);
  h.models = static_cast<uint32_t>(all.size());
  h.fingerprint = fingerprint();
  h.step = step_;
  h.first_loss = first_loss_;
  std::vector<uint8_t> out(sizeof h + self.checkpoint_size());
  std::memcpy(out.data(), &h, sizeof h);
  self.write_state(out.data() + sizeof h);
  return out;
}

void Lab::load(const uint8_t* bytes, size_t size) {
  SavedHeader h;
  if (size < sizeof h) fail("bad_state", "state", "a saved run", std::to_string(size) + " bytes");
  std::memcpy(&h, bytes, sizeof h);
  if (std::memcmp(h.magic, kMagic, sizeof kMagic) != 0) fail("bad_state", "state", "a saved run", "other bytes");
  if (h.fingerprint != fingerprint()) fail("wrong_state", "state", "a run saved with these parameters", "a run of others");
  if (h.models != models().size() || h.step < 0 || size < sizeof h + sizeof(int64_t)) fail("bad_state", "state", "a whole saved run", std::to_string(size) + " bytes");
  // Tried on every model before any is changed for good: the present state can be put back.
  const std::vector<uint8_t> present = save();
  const uint8_t* from = bytes + sizeof h + sizeof(int64_t);
  size_t left = size - sizeof h - sizeof(int64_t);
  bool whole = true;
  for (LabModel* m : models()) {
    uint64_t n = 0;
    whole = whole && left >= sizeof n;
    if (whole) std::memcpy(&n, from, sizeof n);
    whole = whole && n <= left - sizeof n && m->load(from + sizeof n, n);
    if (!whole) break;
    from += sizeof n + n;
    left -= sizeof n + n;
  }
  if (!whole || left != 0) {
    restore(present.data() + sizeof h);
    fail("bad_state", "state", "a whole run of this lab's models", std::to_string(size) + " bytes");
  }
  ++changes_;
  step_ = h.step;
  first_loss_ = h.first_loss;
  const size_t row = row_size();
  while (!history_.empty() && history_[history_.size() - row] > static_cast<double>(step_)) history_.resize(history_.size() - row);
  state_ = limit_reached() ? State::finished : State::ready;
  checkpoint();
}

Json Lab::status() const {
  static const char* const names[] = {"ready", "finished", "diverged"};
  Lab& self = const_cast<Lab&>(*this);
  const auto all = self.models();
  Json s = {{"state", names[static_cast<int>(state_)]}, {"step", step_}, {"steps_per_epoch", steps_per_epoch()}, {"trainable", !all.empty()}};
  s["epoch"] = steps_per_epoch() > 0 ? step_ / steps_per_epoch() : 0;
  s["parameters"] = all.empty() ? 0 : self.current().plan().parameter_count;
  s["flops_per_step"] = all.empty() ? 0.0 : 3.0 * self.current().plan().flops_forward;
  s["loss"] = all.empty() ? Json(nullptr) : number_json(self.current().loss());  // of the last batch, before its update
  s["lr"] = all.empty() ? 0.0 : self.current().lr();  // of the next step: a schedule moves it
  s["divergence"] = nullptr;
  for (LabModel* m : all)
    if (const auto& d = m->divergence()) {
      s["divergence"] = {{"step", d->step}, {"value", d->value}, {"kind", d->kind}, {"index", d->index}, {"found", number_json(d->found)}};
      break;
    }
  s["good_step"] = nullptr;
  if (good_.size() >= sizeof(int64_t) && !all.empty()) {
    int64_t good;
    std::memcpy(&good, good_.data(), sizeof good);
    s["good_step"] = good;
  }
  return s;
}

TensorOut Lab::read(const std::string& name, const Json& args) {
  TensorOut out;
  if (const auto all = models(); name == "signals" && !all.empty()) return signals(current(), observed());
  if (read_any(name, args, out)) return out;
  if (!read_into(name, args, out)) fail("unknown_name", "name", std::string("something the lab ") + def_->name + " can show now", shown(name));
  return out;
}

Json Lab::query(const std::string& name, const Json& args) {
  Json out;
  if (const auto all = models(); name == "signals" && !all.empty()) return signal_rows(current());
  if (!answer_any(name, args, out) && !answer(name, args, out)) fail("unknown_name", "name", std::string("a question the lab ") + def_->name + " can answer now", shown(name));
  return out;
}

Json Lab::act(const std::string& name, const Json& args) {
  Json out = Json::object();
  if (name == "back_to_good") {
    if (!models().empty()) restore(good_.data());
    out["step"] = step_;
    return out;
  }
  if (!perform_any(name, args, out) && !perform(name, args, out)) fail("unknown_name", "name", std::string("something the lab ") + def_->name + " can do now", shown(name));
  return out;
}

bool Lab::perform(const std::string&, const Json&, Json&) { return false; }

// --- answers ---

namespace {
/// A pass over one example is shown without its batch index.
bool hides_batch(const LabModel& m, int value) { return m.batch() == 1 && m.graph().values[static_cast<size_t>(value)].type.batched; }
}  // namespace

Json ref_json(const LabModel& m, Ref r) {
  if (r.value < 0) return nullptr;
  std::vector<int64_t> index = m.shape(r.value).index_of(r.flat);
  if (hides_batch(m, r.value)) index.erase(index.begin());
  return {{"value", m.graph().values[static_cast<size_t>(r.value)].name}, {"index", index}};
}

int64_t flat_index(const LabModel& m, int value, const Json& index, const std::string& path) {
  const Shape& s = m.shape(value);
  const int skip = hides_batch(m, value) && index.is_array() && static_cast<int>(index.size()) == s.rank - 1 ? 1 : 0;
  if (!index.is_array() || static_cast<int>(index.size()) + skip != s.rank) fail("bad_index", path, "an index into " + s.str(), shown(index));
  int64_t flat = 0;
  for (int i = 0; i < s.rank; ++i) {
    int64_t at = 0;
    if (i >= skip) {
      const Json& j = index[static_cast<size_t>(i - skip)];
      if (!j.is_number_integer() || j.get<int64_t>() < 0 || j.get<int64_t>() >= s[i]) fail("bad_index", path, "an index into " + s.str(), shown(index));
      at = j.get<int64_t>();
    }
    flat = flat * s[i] + at;
  }
  return flat;
}

Json explanation_json(const LabModel& m, int value, int64_t flat) {
  const Explanation e = m.explain(value, flat);
  Json out = ref_json(m, {value, flat});
  Json shape = Json::array();
  for (int i = hides_batch(m, value) ? 1 : 0; i < m.shape(value).rank; ++i) shape.push_back(m.shape(value)[i]);
  out["shape"] = shape;
  out["result"] = number_json(m.at(value, flat));
  out["kind"] = e.kind;
  Json terms = Json::array();
  for (const auto& t : e.terms) {
    Json row = {{"label", t.label}, {"a", number_json(t.a)}, {"b", number_json(t.b)}};
    row["a_ref"] = ref_json(m, t.a_ref);
    row["b_ref"] = ref_json(m, t.b_ref);
    terms.push_back(std::move(row));
  }
  out["terms"] = terms;
  if (e.has_bias) out["bias"] = {{"value", number_json(e.bias)}, {"ref", ref_json(m, e.bias_ref)}};
  if (!e.fn.empty()) out["fn"] = e.fn;
  if (e.z_ref.value >= 0) {
    out["z"] = number_json(e.z);
    out["z_ref"] = ref_json(m, e.z_ref);
  }
  Json constants = Json::object();
  for (const auto& [key, v] : e.constants) constants[key] = number_json(v);
  out["constants"] = constants;
  Json users = Json::array();
  for (const Ref& r : m.used_by(value, flat, 16)) users.push_back(ref_json(m, r));
  out["used_by"] = users;
  return out;
}

Json update_json(const LabModel& m, int parameter, int64_t flat) {
  const auto u = m.explain_update(parameter, flat);
  Json out = ref_json(m, {parameter, flat});
  Json shape = Json::array();
  for (int i = 0; i < m.shape(parameter).rank; ++i) shape.push_back(m.shape(parameter)[i]);
  out["shape"] = shape;
  out["kind"] = "update";
  out["result"] = number_json(u.after);
  out["before"] = number_json(u.before);
  out["gradient"] = number_json(u.gradient);
  out["penalty"] = {{"l1", number_json(u.penalty_l1)}, {"l2", number_json(u.penalty_l2)}};
  out["update"] = number_json(u.change);
  out["optimizer"] = optimizer_def(m.optimizer()).name;
  out["terms"] = Json::array();
  Json constants = Json::object();
  for (const auto& [key, v] : u.terms) constants[key] = number_json(v);
  out["constants"] = constants;
  return out;
}

std::unique_ptr<LabModel> make_model(const Json& spec, LabModel::Use use, int batch, LabModel* parameters_of) {
  std::vector<Issue> issues;
  CompiledModel m = compile(spec, issues, batch);
  if (!issues.empty()) throw Error{issues.front()};
  return std::make_unique<LabModel>(std::move(m), use, parameters_of);
}

const Json& member(const Json& args, const char* key) {
  static const Json none;
  if (!args.is_object()) return none;
  const auto at = args.find(key);
  return at == args.end() ? none : *at;
}

int value_named(const LabModel& m, const std::string& name) {
  const int v = m.graph().find(name);
  if (v < 0) fail("unknown_name", "name", "the name of a value of the model", shown(name));
  return v;
}

int integer_arg(const Json& args, const char* key, int otherwise, int lo, int hi) {
  if (!args.is_object() || !args.contains(key)) return otherwise;
  const Json& v = args[key];
  if (!v.is_number_integer() || v.get<int64_t>() < lo || v.get<int64_t>() > hi)
    fail("bad_argument", key, "an integer from " + std::to_string(lo) + " to " + std::to_string(hi), shown(v));
  return v.get<int>();
}

std::string text_arg(const Json& args, const char* key) {
  if (!args.is_object() || !args.contains(key) || !args[key].is_string()) fail("bad_argument", key, "a text", args.is_object() && args.contains(key) ? shown(args[key]) : "");
  return args[key].get<std::string>();
}

void provide_asset(const std::string& name, std::vector<uint8_t> bytes) { assets()[name] = std::move(bytes); }

const std::vector<uint8_t>* find_asset(const std::string& name) {
  const auto it = assets().find(name);
  return it == assets().end() ? nullptr : &it->second;
}

}  // namespace pg

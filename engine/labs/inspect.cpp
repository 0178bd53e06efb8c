// What every lab can show of its training: the numbers of a step, held before its update; how they are spread; how one number
// reaches another; and the loss at other parameters than the present ones. All of the current model. Nothing here changes the run:
// what is written for a look is put back, to the last bit.
#include <algorithm>
#include <cmath>

#include "labs/lab.h"
#include "tensor/rng.h"

namespace pg {

/// Puts the models back as they were.
class Lab::Untouched {
 public:
  explicit Untouched(Lab& lab) : lab_(lab), bytes_(lab.checkpoint_size()) {
    if (lab.state_ == State::diverged) fail("diverged", "state", "a run that has not diverged", "");  // loading would forgive it
    lab_.write_state(bytes_.data());
  }
  Untouched(const Untouched&) = delete;
  Untouched& operator=(const Untouched&) = delete;
  ~Untouched() {
    const uint8_t* from = bytes_.data() + sizeof(int64_t);
    for (LabModel* m : lab_.models()) {
      m->load(from + sizeof(uint64_t), m->state_size());
      from += sizeof(uint64_t) + m->state_size();
    }
    ++lab_.changes_;
  }

 private:
  Lab& lab_;
  std::vector<uint8_t> bytes_;
};

namespace {

const Value& value_of(const LabModel& m, int v) { return m.graph().values[static_cast<size_t>(v)]; }

int parameter_named(const LabModel& m, const std::string& name) {
  const int v = value_named(m, name);
  if (value_of(m, v).kind != ValueKind::parameter) fail("unknown_name", "name", "a parameter", shown(name));
  return v;
}

/// A flat place in a value of n elements.
int place_arg(const Json& args, const char* key, int64_t n) { return integer_arg(args, key, 0, 0, static_cast<int>(n) - 1); }

/// The gradient by one name, the numbers by all others.
const float* numbers(const LabModel& m, int v, bool gradient) {
  const float* x = gradient ? m.gradient(v) : m.data(v);
  if (!x) fail("unknown_name", "name", gradient ? "a value with a gradient" : "a value of real numbers", shown(value_of(m, v).name));
  return x;
}

/// Smallest and largest finite number, then how many lie in each of `bins` equal parts between them.
void add_histogram(const float* x, int64_t n, int bins, std::vector<float>& out) {
  float lo = 0, hi = 0;
  bool any = false;
  for (int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) continue;
    lo = any ? std::min(lo, x[i]) : x[i];
    hi = any ? std::max(hi, x[i]) : x[i];
    any = true;
  }
  out.push_back(lo);
  out.push_back(hi);
  const size_t at = out.size();
  out.resize(at + static_cast<size_t>(bins));
  const double per = hi > lo ? bins / (static_cast<double>(hi) - lo) : 0;
  for (int64_t i = 0; i < n; ++i)
    if (std::isfinite(x[i])) ++out[at + static_cast<size_t>(std::min(bins - 1, static_cast<int>((x[i] - static_cast<double>(lo)) * per)))];
}

}  // namespace

LabModel& Lab::trained() {
  if (models().empty()) fail("unknown_name", "name", "something of a lab that trains", "");
  return current();
}

/// The next step up to its gradients: they, and all values on the way, stay to be read beside the parameters that made them.
void Lab::hold_step() {
  const Untouched kept(*this);
  for (LabModel* m : models()) m->hold(true);
  train_step();
  for (LabModel* m : models()) m->hold(false);
}

/// The next step's loss with one weight moved up and down by h: where it was put, and the loss there, of both.
void Lab::nudge(LabModel& m, const Json& args, TensorOut& out) {
  const int v = parameter_named(m, text_arg(args, "name"));
  float& w = m.data(v)[place_arg(args, "at", m.shape(v).numel())];
  const float was = w, h = static_cast<float>(args.at("h").get<double>());
  for (const float to : {was + h, was - h}) {
    w = to;
    hold_step();
    out.values.push_back(to);
    out.values.push_back(static_cast<float>(m.loss()));
  }
  w = was;
  hold_step();
  out.shape = {2, 2};
}

/// The present parameters moved at random, each row of a matrix (each filter) by as much as it is large (Li et al. 2018); biases and
/// norms stay.
void Lab::random_point(LabModel& m, uint64_t seed) {
  std::vector<float>& to = points_.back();
  const float* from = m.parameters().data();
  for (size_t v = 0; v < m.graph().values.size(); ++v) {
    const Shape& s = m.shape(static_cast<int>(v));
    const Place& place = m.plan().places[v];
    if (place.arena != Arena::parameters || !place.needs_grad || s.rank < 2) continue;
    const int64_t width = s.numel() / s[0];
    for (int64_t row = 0; row < s[0]; ++row) {
      Rng rng(seed, Stream::explore, static_cast<uint32_t>(v), static_cast<uint32_t>(row));
      std::vector<double> d(static_cast<size_t>(width));
      double size = 0, random = 0;
      const int64_t begin = place.offset + row * width;
      for (int64_t i = 0; i < width; ++i) {
        double& x = d[static_cast<size_t>(i)];
        x = rng.normal();
        random += x * x;
        size += static_cast<double>(from[begin + i]) * from[begin + i];
      }
      for (int64_t i = 0; i < width; ++i) to[static_cast<size_t>(begin + i)] += static_cast<float>(d[static_cast<size_t>(i)] * std::sqrt(size / random));
    }
  }
}

/// All metrics at p0 + a·(p_i − p0) + b·(p_j − p0), for each pair a, b of `at`. Buffers (running statistics) go no further than the points.
void Lab::loss_at(LabModel& m, const Json& args, TensorOut& out) {
  const int last = static_cast<int>(points_.size()) - 1;
  const auto &p = points_[static_cast<size_t>(integer_arg(args, "from", 0, 0, last))], &q = points_[static_cast<size_t>(integer_arg(args, "i", 0, 0, last))],
             &r = points_[static_cast<size_t>(integer_arg(args, "j", 0, 0, last))];
  const Untouched kept(*this);
  const int64_t parameters = m.parameters().size();
  const auto& at = args.at("at");
  for (size_t k = 0; k + 1 < at.size(); k += 2) {
    const double a = at[k].get<double>(), b = at[k + 1].get<double>();
    const auto put = [&](Buffer<float>& to, int64_t begin, double along_q, double along_r) {
      for (int64_t i = 0; i < to.size(); ++i) {
        const size_t e = static_cast<size_t>(begin + i);
        to.data()[i] = static_cast<float>(p[e] + along_q * (static_cast<double>(q[e]) - p[e]) + along_r * (static_cast<double>(r[e]) - p[e]));
      }
    };
    put(m.parameters(), 0, a, b);
    const double inside_a = std::clamp(a, 0.0, 1.0), inside_b = std::clamp(b, 0.0, 1.0), beyond = std::max(1.0, inside_a + inside_b);
    put(m.buffers(), parameters, inside_a / beyond, inside_b / beyond);
    ++changes_;
    for (const double x : metrics()) out.values.push_back(static_cast<float>(x));
  }
  out.shape = {static_cast<int64_t>(at.size() / 2), static_cast<int64_t>(def_->metrics.size())};
}

bool Lab::read_any(const std::string& name, const Json& args, TensorOut& out) {
  const bool gradient = name == "grad" || name == "gradient";
  if (name == "param" || name == "value" || gradient) {
    const LabModel& m = trained();
    const int v = name == "param" || name == "grad" ? parameter_named(m, text_arg(args, "name")) : value_named(m, text_arg(args, "name"));
    const Shape& s = m.shape(v);
    for (int i = 0; i < s.rank; ++i) out.shape.push_back(s[i]);
    out.is_integer = value_of(m, v).type.dtype == DType::i32;
    if (out.is_integer) out.integers.assign(m.ids(v), m.ids(v) + s.numel());
    else {
      const float* x = numbers(m, v, gradient);
      out.values.assign(x, x + s.numel());
    }
  } else if (name == "histograms") {  // of: names, a gradient's behind "∇"; the first row is the step, in two numbers that a float holds
    const LabModel& m = trained();
    const int bins = integer_arg(args, "bins", 32, 1, 256);
    out.values.resize(static_cast<size_t>(bins + 2));
    out.values[0] = static_cast<float>(step_ & 0xfffff);
    out.values[1] = static_cast<float>(step_ >> 20);
    for (const Json& of : args.at("of")) {
      std::string of_name = of.get<std::string>();
      const bool slope = of_name.starts_with("∇");
      if (slope) of_name.erase(0, sizeof "∇" - 1);
      const int v = value_named(m, of_name);
      add_histogram(numbers(m, v, slope), m.shape(v).numel(), bins, out.values);
    }
    out.shape = {static_cast<int64_t>(args["of"].size()) + 1, bins + 2};
  } else if (name == "nudge") {
    nudge(trained(), args, out);
  } else if (name == "parts") {
    LabModel& m = trained();
    const int x = value_named(m, text_arg(args, "x")), y = value_named(m, text_arg(args, "y"));
    const int n = static_cast<int>(m.shape(y).numel());
    const int from = place_arg(args, "from", n), width = integer_arg(args, "width", 1, 1, n - from), stride = integer_arg(args, "stride", 1, 1, n),
              count = integer_arg(args, "count", 1, 1, (n - from - width) / stride + 1);
    numbers(m, x, true);
    numbers(m, y, true);
    if (value_of(m, y).node < 0) fail("unknown_name", "y", "a value that is computed", "");
    out.values = m.parts(x, place_arg(args, "at", m.shape(x).numel()), y, from, stride, width, count, args.contains("weighed"));
    out.shape = {count};
  } else if (name == "gram") {  // products of their distances from the first, parameters alone
    const size_t n = points_.size(), parameters = static_cast<size_t>(trained().parameters().size());
    out.shape = {static_cast<int64_t>(n), static_cast<int64_t>(n)};
    for (const auto& p : points_)
      for (const auto& q : points_) {
        double sum = 0;
        for (size_t e = 0; e < parameters; ++e) sum += (static_cast<double>(p[e]) - points_[0][e]) * (static_cast<double>(q[e]) - points_[0][e]);
        out.values.push_back(static_cast<float>(sum));
      }
  } else if (name == "schedule") {  // learning rates, at so many points evenly over the steps from 0 on
    const LabModel& m = trained();
    const int points = integer_arg(args, "points", 2, 2, 1000), until = integer_arg(args, "until", 1, 1, 1 << 30);
    out.shape = {points};
    for (int i = 0; i < points; ++i) out.values.push_back(static_cast<float>(m.lr_at(static_cast<int64_t>(until) * i / (points - 1))));
  } else if (name == "loss_at" && !points_.empty()) {
    loss_at(trained(), args, out);
  } else {
    return false;
  }
  return true;
}

bool Lab::answer_any(const std::string& name, const Json& args, Json& out) {
  if (name == "graph") {  // a row a value: name, what makes it, the values it is made of, shape, whether it has a gradient, whether the loss alone needs it
    static const char* const kinds[] = {"input", "parameter", "buffer", ""};
    const LabModel& m = trained();
    out = Json::array();
    for (size_t i = 0; i < m.graph().values.size(); ++i) {
      const Value& v = m.graph().values[i];
      Json row = Json::array(), shape = Json::array();
      row.push_back(v.name);
      const Node* node = v.node < 0 ? nullptr : &m.graph().nodes[static_cast<size_t>(v.node)];
      row.push_back(node ? op_def(node->op).name : kinds[static_cast<size_t>(v.kind)]);
      row.push_back(node ? node->in : std::vector<int>());
      const Shape& s = m.shape(static_cast<int>(i));
      for (int d = 0; d < s.rank; ++d) shape.push_back(s[d]);
      row.push_back(std::move(shape));
      row.push_back(v.slot == 0 && m.gradient(static_cast<int>(i)) != nullptr);
      row.push_back(node && node->loss);
      out.push_back(std::move(row));
    }
  } else if (name == "element" || name == "update") {
    const LabModel& m = trained();
    const int v = value_named(m, text_arg(args, "name"));
    const int at = place_arg(args, "at", m.shape(v).numel());
    out = name == "element" ? explanation_json(m, v, at) : update_json(m, parameter_named(m, value_of(m, v).name), at);
  } else {
    return false;
  }
  return true;
}

bool Lab::perform_any(const std::string& name, const Json& args, Json& out) {
  if (name == "hold") {
    trained();
    hold_step();
  } else if (name == "point") {  // keeps the present parameters; with a seed, others at random around them; with `mix`, a sum of those kept
    LabModel& m = trained();
    const Buffer<float> &parameters = m.parameters(), &buffers = m.buffers();
    std::vector<float> p(parameters.data(), parameters.data() + parameters.size());
    p.insert(p.end(), buffers.data(), buffers.data() + buffers.size());
    if (!points_.empty() && points_[0].size() != p.size()) fail("wrong_shape", "point", "parameters like those of the others", "");
    if (args.contains("mix")) {
      p = points_.at(0);
      for (size_t k = 0; k < std::min(points_.size(), args["mix"].size()); ++k)
        for (size_t e = 0; e < static_cast<size_t>(parameters.size()); ++e) p[e] += static_cast<float>(args["mix"][k].get<double>() * (static_cast<double>(points_[k][e]) - points_[0][e]));
    }
    points_.push_back(std::move(p));
    if (args.contains("seed")) random_point(m, static_cast<uint64_t>(integer_arg(args, "seed", 0, 0, 1 << 30)));
    out = points_.size();
  } else if (name == "forget_points") {
    points_.clear();
  } else {
    return false;
  }
  return true;
}

}  // namespace pg

#include "nn/init.h"

#include <algorithm>
#include <cmath>

namespace pg {

namespace {

using Type = Init::Type;

constexpr double kMost = 1e6;  // no parameter begins as infinity
constexpr ParamDef kConstant[] = {{.key = "value", .def = 0, .min = -kMost, .max = kMost}};
constexpr ParamDef kUniform[] = {{.key = "a", .def = 0, .min = -kMost, .max = kMost}, {.key = "b", .def = 1, .min = -kMost, .max = kMost}};
constexpr ParamDef kNormal[] = {{.key = "mean", .def = 0, .min = -kMost, .max = kMost}, {.key = "std", .def = 1, .min = 0, .max = kMost}};
constexpr ParamDef kXavier[] = {{.key = "gain", .def = 1, .min = 0, .max = kMost}};
constexpr ParamDef kKaiming[] = {
    {.key = "a", .def = 0, .min = -kMost, .max = kMost},
    {.key = "mode", .kind = Kind::choice, .choices = "fan_in|fan_out", .text = "fan_in"},
    {.key = "nonlinearity", .kind = Kind::choice, .choices = "linear|relu|leaky_relu|tanh|sigmoid", .text = "leaky_relu"},
};

struct Row {
  const char* name;
  Type type;
  ParamTable params;
};
const Row kRows[] = {
    {"zeros", Type::zeros, {}},
    {"constant", Type::constant, kConstant},
    {"uniform", Type::uniform, kUniform},
    {"normal", Type::normal, kNormal},
    {"xavier_uniform", Type::xavier_uniform, kXavier},
    {"xavier_normal", Type::xavier_normal, kXavier},
    {"kaiming_uniform", Type::kaiming_uniform, kKaiming},
    {"kaiming_normal", Type::kaiming_normal, kKaiming},
    {"orthogonal", Type::orthogonal, kXavier},
};

/// torch.nn.init.calculate_gain
double gain_of(const Params& p) {
  const std::string& f = p.text("nonlinearity");
  if (f == "relu") return std::sqrt(2.0);
  if (f == "leaky_relu") return std::sqrt(2.0 / (1.0 + p.number("a") * p.number("a")));
  if (f == "tanh") return 5.0 / 3.0;
  return 1.0;
}

/// FNV-1a, so that a name has its place in the generator's counter space.
uint64_t hash_name(const std::string& s) {
  uint64_t h = 14695981039346656037ull;
  for (char c : s) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return h;
}

/// A [rows, cols] matrix with orthonormal rows, or columns where there are fewer of them (Saxe et al. 2013): normal draws,
/// each made orthogonal to those before it (Gram–Schmidt, twice for the sake of rounding).
std::vector<double> orthonormal(int64_t rows, int64_t cols, Rng& rng) {
  const int64_t count = std::min(rows, cols), length = std::max(rows, cols);
  std::vector<double> v(static_cast<size_t>(count * length));
  for (double& x : v) x = rng.normal();
  for (int64_t i = 0; i < count; ++i) {
    double* vi = v.data() + i * length;
    for (int pass = 0; pass < 2; ++pass)
      for (int64_t j = 0; j < i; ++j) {
        const double* vj = v.data() + j * length;
        double dot = 0;
        for (int64_t k = 0; k < length; ++k) dot += vi[k] * vj[k];
        for (int64_t k = 0; k < length; ++k) vi[k] -= dot * vj[k];
      }
    double norm = 0;
    for (int64_t k = 0; k < length; ++k) norm += vi[k] * vi[k];
    norm = std::sqrt(norm);
    for (int64_t k = 0; k < length; ++k) vi[k] /= norm;
  }
  if (rows <= cols) return v;
  std::vector<double> t(v.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) t[static_cast<size_t>(i * cols + j)] = v[static_cast<size_t>(j * length + i)];
  return t;
}

}  // namespace

Json init_schema() {
  Json out = Json::object();
  for (const Row& r : kRows) out[r.name] = schema_rows(r.params);
  return out;
}

Init read_init(const Json& given, const std::string& path, std::vector<Issue>& issues) {
  Json object = given.is_string() ? Json{{"type", given}} : given;
  Init init;
  std::string names;
  for (const Row& r : kRows) names += (names.empty() ? "" : "|") + std::string(r.name);
  if (!object.is_object() || !object.contains("type") || !object["type"].is_string()) {
    issues.push_back(make_issue("wrong_type", path, "the name of an initialisation or an object with a type", shown(given)));
    return init;
  }
  const std::string name = object["type"].get<std::string>();
  object.erase("type");
  for (const Row& r : kRows) {
    if (name != r.name) continue;
    const Params p = Params::read(r.params, object, path, issues);
    init.type = r.type;
    switch (r.type) {
      case Type::constant: init.a = p.number("value"); break;
      case Type::uniform: init.a = p.number("a"), init.b = p.number("b"); break;
      case Type::normal: init.a = p.number("mean"), init.b = p.number("std"); break;
      case Type::xavier_uniform:
      case Type::xavier_normal:
      case Type::orthogonal: init.a = p.number("gain"); break;
      case Type::kaiming_uniform:
      case Type::kaiming_normal:
        init.a = gain_of(p);
        init.b = p.is("mode", "fan_out");
        break;
      default: break;
    }
    return init;
  }
  issues.push_back(make_issue("unknown_type", path + ".type", "one of " + names, shown(name)));
  return init;
}

Init default_init(int64_t fan_in) {
  Init i;
  i.type = Type::uniform;
  i.b = fan_in > 0 ? 1.0 / std::sqrt(static_cast<double>(fan_in)) : 0;
  i.a = -i.b;
  return i;
}

template <class T>
void fill_init(const Init& init, uint64_t seed, const std::string& name, const Shape& shape, T* out) {
  const int64_t n = shape.numel();
  const uint64_t h = hash_name(name);
  Rng rng(seed, Stream::init, static_cast<uint32_t>(h), static_cast<uint32_t>(h >> 32));
  const double fan_in = static_cast<double>(init.fan_in), fan_out = static_cast<double>(init.fan_out);
  const auto uniform = [&](double lo, double hi) {
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(rng.uniform(lo, hi));
  };
  const auto normal = [&](double mean, double std) {
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(mean + std * rng.normal());
  };
  switch (init.type) {
    case Type::zeros:
      for (int64_t i = 0; i < n; ++i) out[i] = T(0);
      break;
    case Type::constant:
      for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(init.a);
      break;
    case Type::uniform: uniform(init.a, init.b); break;
    case Type::normal: normal(init.a, init.b); break;
    case Type::xavier_uniform: {
      const double a = init.a * std::sqrt(6.0 / (fan_in + fan_out));
      uniform(-a, a);
      break;
    }
    case Type::xavier_normal: normal(0, init.a * std::sqrt(2.0 / (fan_in + fan_out))); break;
    case Type::kaiming_uniform: {
      const double a = init.a * std::sqrt(3.0 / (init.b != 0 ? fan_out : fan_in));
      uniform(-a, a);
      break;
    }
    case Type::kaiming_normal: normal(0, init.a / std::sqrt(init.b != 0 ? fan_out : fan_in)); break;
    case Type::orthogonal: {
      const std::vector<double> q = orthonormal(shape[0], n / shape[0], rng);
      for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(init.a * q[static_cast<size_t>(i)]);
      break;
    }
    case Type::sinusoidal: {  // Vaswani et al. 2017, §3.5: shape [positions, d_model]
      const int64_t d = shape.last();
      for (int64_t i = 0; i < n; ++i) {
        const int64_t pos = i / d, c = i % d;
        const double angle = static_cast<double>(pos) * kernels::pow_(10000.0, -static_cast<double>(c - c % 2) / static_cast<double>(d));
        out[i] = static_cast<T>(c % 2 ? kernels::cos_(angle) : kernels::sin_(angle));
      }
      break;
    }
  }
  if (init.zero_row >= 0)
    for (int64_t i = 0, d = shape.last(); i < d; ++i) out[init.zero_row * d + i] = T(0);
}

template void fill_init<float>(const Init&, uint64_t, const std::string&, const Shape&, float*);
template void fill_init<double>(const Init&, uint64_t, const std::string&, const Shape&, double*);

}  // namespace pg

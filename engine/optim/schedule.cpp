#include "optim/schedule.h"

#include <algorithm>
#include <cmath>

#include "kernels/math.h"

namespace pg {

namespace {

constexpr double kSteps = 1e9, kPi = 3.14159265358979323846;

// Every table but the transformer's ends with these two.
constexpr ParamDef kWarmup = {.key = "warmup_steps", .kind = Kind::integer, .def = 0, .min = 0, .max = kSteps, .apply = Apply::live};
constexpr ParamDef kWarmupFrom = {.key = "warmup_start_factor", .def = 1.0 / 3.0, .min = 0, .max = 1, .apply = Apply::live};

constexpr ParamDef kConstant[] = {kWarmup, kWarmupFrom};
constexpr ParamDef kStep[] = {
    {.key = "step_size", .kind = Kind::integer, .def = 1, .min = 1, .max = kSteps, .apply = Apply::live, .required = true},
    {.key = "gamma", .def = 0.1, .min = 0, .max = 10, .apply = Apply::live},
    kWarmup,
    kWarmupFrom,
};
constexpr ParamDef kExponential[] = {{.key = "gamma", .def = 0.95, .min = 0, .max = 10, .apply = Apply::live}, kWarmup, kWarmupFrom};
constexpr ParamDef kCosine[] = {
    {.key = "T_max", .kind = Kind::integer, .def = 1, .min = 1, .max = kSteps, .apply = Apply::live, .required = true},
    {.key = "eta_min", .def = 0, .min = 0, .max = 1e6, .apply = Apply::live},
    kWarmup,
    kWarmupFrom,
};
constexpr ParamDef kTransformer[] = {
    {.key = "d_model", .kind = Kind::integer, .def = 1, .min = 1, .max = 1 << 20, .apply = Apply::live, .required = true},
    {.key = "warmup_steps", .kind = Kind::integer, .def = 4000, .min = 1, .max = kSteps, .apply = Apply::live},
};

struct Row {
  const char* name;
  ParamTable params;
};
const Row kRows[] = {{"constant", kConstant}, {"step", kStep}, {"exponential", kExponential}, {"cosine", kCosine}, {"transformer", kTransformer}};

}  // namespace

ScheduleId find_schedule(std::string_view name) {
  uint8_t i = 0;
  while (i < static_cast<uint8_t>(ScheduleId::count) && name != kRows[i].name) ++i;
  return static_cast<ScheduleId>(i);
}

ParamTable schedule_params(ScheduleId type) { return kRows[static_cast<size_t>(type)].params; }

std::string schedule_names() {
  std::string s;
  for (const Row& r : kRows) s += (s.empty() ? "" : "|") + std::string(r.name);
  return s;
}

Json schedule_schema() {
  Json out = Json::object();
  for (const Row& r : kRows) out[r.name] = schema_rows(r.params);
  return out;
}

Schedule read_schedule(ScheduleId type, const Json& given, const std::string& path, std::vector<Issue>& issues) {
  Schedule s;
  s.type = type;
  const Params p = Params::read(schedule_params(type), given, path, issues);
  size_t i = 0;
  for (const ParamDef& d : p.table()) s.options[i++] = p.number(d.key);
  return s;
}

double scheduled_lr(const Schedule& s, double lr, int64_t step) {
  const double* o = s.options.data();
  const double now = static_cast<double>(step);
  if (s.type == ScheduleId::transformer)  // Vaswani et al. 2017, §5.3
    return lr * kernels::pow_(o[0], -0.5) * std::min(kernels::pow_(now + 1, -0.5), (now + 1) * kernels::pow_(o[1], -1.5));
  const size_t rows = schedule_params(s.type).size();
  const double warmup = o[rows - 2], from = o[rows - 1];
  if (now < warmup) return lr * (from + (1 - from) * now / warmup);
  const double t = now - warmup;
  switch (s.type) {
    case ScheduleId::step: return lr * kernels::pow_(o[1], std::floor(t / o[0]));
    case ScheduleId::exponential: return lr * kernels::pow_(o[0], t);
    case ScheduleId::cosine: {
      const double period = 2 * o[0], phase = t - period * std::floor(t / period);  // the angle stays small, and exact
      return o[1] + (lr - o[1]) * (1 + kernels::cos_(kPi * phase / o[0])) / 2;
    }
    default: return lr;
  }
}

}  // namespace pg

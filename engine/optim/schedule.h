// Learning rate schedules: a factor of the optimizer's lr that depends on the number of steps done alone. Names, options and
// values are torch.optim.lr_scheduler's (stepped once an optimizer step); all options are live.
#pragma once
#include <array>

#include "graph/params.h"

namespace pg {

enum class ScheduleId : uint8_t { constant, step, exponential, cosine, transformer, count };

struct Schedule {
  ScheduleId type = ScheduleId::constant;
  std::array<double, 4> options{0, 1.0 / 3.0};  // in the order of the table's rows
};

/// ScheduleId::count if there is none of that name.
ScheduleId find_schedule(std::string_view name);
std::string schedule_names();
/// Name -> parameter rows, of all schedules.
Json schedule_schema();
ParamTable schedule_params(ScheduleId type);
/// From a spec's section without its type.
Schedule read_schedule(ScheduleId type, const Json& given, const std::string& path, std::vector<Issue>& issues);

/// The lr of the next step, when `step` steps are done.
double scheduled_lr(const Schedule& s, double lr, int64_t step);

}  // namespace pg

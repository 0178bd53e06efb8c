// Learning rate schedules against values of torch.optim.lr_scheduler (1.13), an optimizer step each.
#include "optim/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pg {
namespace {

Schedule read(const char* type, const char* options) {
  std::vector<Issue> issues;
  const ScheduleId id = find_schedule(type);
  EXPECT_NE(id, ScheduleId::count) << type;
  const Schedule s = read_schedule(id, Json::parse(options), "schedule", issues);
  EXPECT_TRUE(issues.empty()) << issues[0].message;
  return s;
}

TEST(Schedule, ValuesArePyTorchs) {
  struct Row {
    const char *type, *options;
    std::vector<std::pair<int64_t, double>> lr;  // of a base of 0.5
  };
  for (const Row& r : std::vector<Row>{
           {"constant", R"({})", {{0, 0.5}, {7, 0.5}}},
           {"constant", R"({"warmup_steps": 4})", {{0, 0.16666666666666666}, {1, 0.25}, {3, 0.41666666666666674}, {4, 0.5}, {9, 0.5}}},
           {"step", R"({"step_size": 3})", {{0, 0.5}, {2, 0.5}, {3, 0.05}, {5, 0.05}, {6, 0.005000000000000001}, {9, 0.0005000000000000001}}},
           {"step", R"({"step_size": 2, "gamma": 0.5, "warmup_steps": 3, "warmup_start_factor": 0.1})", {{0, 0.05}, {2, 0.35}, {3, 0.5}, {4, 0.5}, {5, 0.25}, {8, 0.125}}},
           {"exponential", R"({})", {{0, 0.5}, {1, 0.475}, {20, 0.17924296120427088}}},
           {"exponential", R"({"gamma": 0.8, "warmup_steps": 2})", {{0, 0.16666666666666666}, {1, 0.3333333333333333}, {2, 0.5}, {3, 0.4}, {7, 0.16384000000000007}}},
           {"cosine", R"({"T_max": 10})", {{0, 0.5}, {1, 0.4877641290737884}, {5, 0.25}, {10, 0.0}, {11, 0.012235870926211617}, {15, 0.25000000000000105}, {20, 0.5000000000000021}, {25, 0.25000000000000105}}},
           {"cosine", R"({"T_max": 7, "eta_min": 0.1, "warmup_steps": 3})", {{0, 0.16666666666666666}, {2, 0.3888888888888889}, {3, 0.5}, {4, 0.4801937735804839}, {9, 0.11980622641951619}, {10, 0.1}, {12, 0.17530203962825325}}},
       }) {
    const Schedule s = read(r.type, r.options);
    for (const auto& [step, lr] : r.lr) EXPECT_NEAR(scheduled_lr(s, 0.5, step), lr, 1e-12) << r.type << " " << r.options << " at " << step;
  }
}

TEST(Schedule, TheTransformersIsThePapers) {
  const Schedule s = read("transformer", R"({"d_model":512})");
  EXPECT_NEAR(scheduled_lr(s, 1, 3999), 1 / std::sqrt(512.0 * 4000), 1e-15);
  EXPECT_NEAR(scheduled_lr(s, 1, 0), 1 / std::sqrt(512.0) * std::pow(4000, -1.5), 1e-18);
  EXPECT_NEAR(scheduled_lr(s, 2, 15999), 2 / std::sqrt(512.0 * 16000), 1e-15);
}

TEST(Schedule, DefaultsAreConstantAndEveryRowIsLive) {
  EXPECT_EQ(scheduled_lr(Schedule{}, 0.25, 1000), 0.25);
  EXPECT_EQ(schedule_names(), "constant|step|exponential|cosine|transformer");
  EXPECT_EQ(find_schedule("none"), ScheduleId::count);
  for (uint8_t i = 0; i < static_cast<uint8_t>(ScheduleId::count); ++i)
    for (const ParamDef& d : schedule_params(static_cast<ScheduleId>(i))) EXPECT_EQ(d.apply, Apply::live) << d.key;
  EXPECT_EQ(schedule_schema().size(), static_cast<size_t>(ScheduleId::count));
}

TEST(Schedule, MistakesAreNamed) {
  std::vector<Issue> issues;
  read_schedule(ScheduleId::cosine, Json::parse(R"({"eta_min":-1,"warmup":3})"), "schedule", issues);
  ASSERT_EQ(issues.size(), 3u);
  EXPECT_EQ(issues[0].path, "schedule.eta_min");
  EXPECT_EQ(issues[1].code, "unknown_key");
  EXPECT_EQ(issues[2].path, "schedule.T_max");
}

}  // namespace
}  // namespace pg

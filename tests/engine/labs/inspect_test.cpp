// What every lab shows of a step, of its numbers and of the loss around it: the same tests for every lab that trains.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "labs/helpers.h"
#include "labs/lab.h"

namespace pg {
namespace {

using testing_labs::refusal;

struct Case {
  const char* lab;
  Json params;
};

/// Every activation and optimizer, batch norm, dropout, penalties, clipping, a twin model, sequences.
std::vector<Case> cases() {
  return {
      {"network", {{"activation", "tanh"}, {"hidden", {6, 5}}}},
      {"network", {{"task", "circle"}, {"classes", 4}, {"activation", "gelu"}, {"dropout", 0.3}, {"optimizer", "adam"}, {"lr", 0.01}}},
      {"network", {{"batch_norm", true}, {"dropout", 0.2}, {"optimizer", "rmsprop"}, {"lr", 0.001}, {"activation", "silu"}, {"clip_norm", 0.5}}},
      {"network", {{"task", "curve"}, {"activation", "sigmoid"}, {"hidden", {5, 4, 3}}, {"weight_init", "xavier_normal"}, {"optimizer", "adagrad"}}},
      {"network", {{"task", "gaussian"}, {"activations", {"elu", "softplus"}}, {"optimizer", "adamw"}, {"lr", 0.01}, {"weight_decay", 0.02}, {"l1", 0.001}, {"l2", 0.01}}},
      {"network", {{"task", "gaussian"}, {"hidden", Json::array()}, {"batch_size", 1}}},
      {"attention", {{"task", "lookup"}, {"d_model", 8}, {"nhead", 2}, {"num_layers", 2}, {"dim_feedforward", 16}, {"batch_size", 8}, {"causal", true}}},
      {"attention", {{"task", "brackets"}, {"d_model", 8}, {"positional", "learned"}, {"batch_size", 5}, {"optimizer", "sgd"}}},
  };
}

std::unique_ptr<Lab> make(const Case& c, int steps = 40) {
  auto lab = Lab::create(c.lab, c.params);
  EXPECT_EQ(lab->step(steps), steps);
  return lab;
}

std::vector<Json> parameters(Lab& lab) {
  std::vector<Json> out;
  for (const Json& row : lab.query("graph", {}))
    if (row[1] == "parameter") out.push_back(row[0]);
  return out;
}
std::vector<float> read(Lab& lab, const char* what, const Json& name) { return lab.read(what, {{"name", name}}).values; }

/// The bits of numbers: two that are no number are the same.
std::vector<uint64_t> bits(const std::vector<double>& x) {
  std::vector<uint64_t> out(x.size());
  if (!x.empty()) std::memcpy(out.data(), x.data(), x.size() * sizeof(double));
  return out;
}

/// That a look at the lab leaves every bit of its run, what was recorded of it, and what comes after.
void expect_untouched(const Case& c, const std::function<void(Lab&)>& look) {
  SCOPED_TRACE(c.params.dump());
  auto a = make(c), b = make(c);
  look(*a);
  EXPECT_EQ(a->save(), b->save());
  EXPECT_EQ(bits(a->history()), bits(b->history()));
  EXPECT_EQ(bits(a->metrics()), bits(b->metrics()));
  EXPECT_EQ(a->step(30), b->step(30));
  EXPECT_EQ(a->save(), b->save());
  EXPECT_EQ(a->status(), b->status());
}

TEST(Inspect, NoLookChangesTheRun) {
  for (const Case& c : cases()) {
    expect_untouched(c, [](Lab& lab) { lab.act("hold", {}); });
    expect_untouched(c, [](Lab& lab) {
      for (const Json& p : parameters(lab)) lab.read("nudge", {{"name", p}, {"h", 0.01}});
    });
    expect_untouched(c, [](Lab& lab) {
      lab.act("point", {});
      lab.act("point", {{"seed", 3}});
      lab.act("point", {{"seed", 4}});
      lab.read("loss_at", {{"i", 1}, {"j", 2}, {"at", {0.5, -0.5, 1, 1}}});
    });
    expect_untouched(c, [](Lab& lab) {
      lab.act("hold", {});
      const Json graph = lab.query("graph", {});
      const size_t last = graph.size() - 1;
      for (size_t v = 0; v <= last; ++v)
        if (graph[v][4].get<bool>() && !graph[v][2].empty())
          for (const Json& from : graph[v][2])
            if (graph[from.get<size_t>()][4].get<bool>()) lab.read("parts", {{"x", graph[from.get<size_t>()][0]}, {"y", graph[v][0]}});
    });
  }
}

TEST(Inspect, AHeldStepHasTheGradientsOfTheStepThatFollows) {
  for (const Case& c : cases()) {
    if (c.params.contains("l1") || c.params.contains("clip_norm")) continue;  // an update adds penalties to its gradients, and clips them
    SCOPED_TRACE(c.params.dump());
    auto held = make(c), stepped = make(c);
    held->act("hold", {});
    stepped->step(1);
    for (const Json& p : parameters(*held)) EXPECT_EQ(read(*held, "grad", p), read(*stepped, "grad", p)) << p;
    EXPECT_EQ(held->status()["loss"], stepped->status()["loss"]);
    EXPECT_EQ(held->steps() + 1, stepped->steps());
  }
}

/// In float a central difference of width h has an error of some rounding of the loss over h, and of its third derivative times h².
/// Both are small beside the largest gradient of its tensor, of which they may be two hundredths.
TEST(Inspect, BackpropagationAgreesWithFiniteDifferences) {
  int compared = 0;
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.params.dump());
    auto lab = make(c);
    lab->act("hold", {});
    const double loss = lab->status()["loss"].get<double>();
    for (const Json& p : parameters(*lab)) {
      const std::vector<float> gradient = read(*lab, "grad", p);
      double largest = 0;
      for (float g : gradient) largest = std::max(largest, std::fabs(static_cast<double>(g)));
      for (size_t at = 0; at < gradient.size(); at += 1 + gradient.size() / 7) {
        const TensorOut n = lab->read("nudge", {{"name", p}, {"at", at}, {"h", 0.005}});
        ASSERT_EQ(n.values.size(), 4u);
        EXPECT_GT(n.values[0], n.values[2]);
        const double slope = (static_cast<double>(n.values[1]) - n.values[3]) / (static_cast<double>(n.values[0]) - n.values[2]);
        EXPECT_NEAR(slope, gradient[at], 0.02 * largest + 2e-5 * (1 + loss)) << p << " " << at;
        ++compared;
      }
      // After a look the held numbers are those of the weight where it was.
      EXPECT_EQ(read(*lab, "grad", p), gradient);
    }
  }
  EXPECT_GT(compared, 200);
}

TEST(Inspect, PartsAddUpToTheGradient) {
  int sums = 0;
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.params.dump());
    auto lab = make(c);
    lab->act("hold", {});
    const Json graph = lab->query("graph", {});
    std::vector<std::vector<size_t>> users(graph.size());
    for (size_t v = 0; v < graph.size(); ++v)
      for (const Json& from : graph[v][2])
        if (graph[v][4].get<bool>()) users[from.get<size_t>()].push_back(v);
    for (size_t x = 0; x < graph.size(); ++x) {
      if (!graph[x][4].get<bool>() || users[x].size() != 1) continue;
      const Json &from = graph[x], &to = graph[users[x][0]];
      const std::vector<float> dx = read(*lab, "gradient", from[0]), dy = read(*lab, "gradient", to[0]);
      double largest = 0;
      for (float g : dx) largest = std::max(largest, std::fabs(static_cast<double>(g)));
      const int n = static_cast<int>(dy.size());
      for (size_t at = 0; at < dx.size(); at += 1 + dx.size() / 3) {
        const Json place = {{"x", from[0]}, {"y", to[0]}, {"at", at}};
        Json each = place, whole = place;
        each.update({{"count", n}});
        double sum = 0;
        const TensorOut slopes = lab->read("parts", each);
        for (size_t e = 0; e < dy.size(); ++e) sum += static_cast<double>(slopes.values[e]) * dy[e];
        EXPECT_NEAR(sum, dx[at], 1e-4 * largest + 1e-9) << from[0] << " -> " << to[0];
        const int rows = to[3].size() > 1 ? to[3][0].get<int>() : 1;
        whole.update({{"width", n / rows}, {"stride", n / rows}, {"count", rows}, {"weighed", true}});
        sum = 0;
        for (float part : lab->read("parts", whole).values) sum += part;
        EXPECT_NEAR(sum, dx[at], 1e-4 * largest + 1e-9) << from[0] << " -> " << to[0];
        ++sums;
      }
      EXPECT_EQ(read(*lab, "gradient", from[0]), dx);
    }
  }
  EXPECT_GT(sums, 150);
}

TEST(Inspect, HistogramsCountEveryNumberWhereItLies) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.params.dump());
    auto lab = make(c);
    for (const Json& row : lab->query("graph", {})) {
      if (row[5].get<bool>() || (row[1] == "input" && lab->read("value", {{"name", row[0]}}).is_integer)) continue;
      for (const bool gradient : {false, true}) {
        if (gradient && !row[4].get<bool>()) continue;
        const std::string name = row[0].get<std::string>();
        const int bins = 8;
        TensorOut h = lab->read("histograms", {{"of", {(gradient ? "∇" : "") + name}}, {"bins", bins}});
        ASSERT_EQ(h.shape, (std::vector<int64_t>{2, bins + 2}));
        EXPECT_EQ(h.values[0] + h.values[1] * 1048576, lab->steps());
        h.values.erase(h.values.begin(), h.values.begin() + bins + 2);
        const std::vector<float> x = read(*lab, gradient ? "gradient" : "value", name);
        const auto [lo, hi] = std::minmax_element(x.begin(), x.end());
        EXPECT_EQ(h.values[0], *lo);
        EXPECT_EQ(h.values[1], *hi);
        std::vector<float> plain(bins);
        for (float v : x) {
          int k = 0;
          while (k + 1 < bins && static_cast<double>(v) >= *lo + (static_cast<double>(*hi) - *lo) / bins * (k + 1)) ++k;
          ++plain[*lo == *hi ? 0 : static_cast<size_t>(k)];
        }
        double total = 0, moved = 0;
        for (int k = 0; k < bins; ++k) {
          total += h.values[static_cast<size_t>(k + 2)];
          moved += std::fabs(h.values[static_cast<size_t>(k + 2)] - plain[static_cast<size_t>(k)]);
        }
        EXPECT_EQ(total, static_cast<double>(x.size())) << name;
        EXPECT_LE(moved, 2) << name;  // a number on the border of two parts may be counted on either side
      }
    }
  }
}

TEST(Inspect, TheLossAtTheCentreIsTheLossAndAtAnotherPointThatOfTheOther) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.params.dump());
    auto lab = make(c, 60);
    const auto there = lab->metrics();
    const auto end = lab->save();
    auto early = make(c, 10);
    const auto begin = early->save();
    EXPECT_EQ(lab->act("point", {}), 1);
    lab->load(begin.data(), begin.size());
    EXPECT_EQ(lab->act("point", {}), 2);
    lab->load(end.data(), end.size());
    EXPECT_EQ(lab->act("point", {{"seed", 1}}), 3);
    const size_t n = there.size();
    const TensorOut out = lab->read("loss_at", {{"i", 1}, {"j", 2}, {"at", {0, 0, 1, 0, 0, 0.5}}});
    ASSERT_EQ(out.shape, (std::vector<int64_t>{3, static_cast<int64_t>(n)}));
    for (size_t k = 0; k < n; ++k) EXPECT_TRUE(out.values[k] == static_cast<float>(there[k]) || std::isnan(there[k])) << k;
    EXPECT_NE(out.values[2 * n], out.values[0]);
    // The early state's own loss; where the batch that is measured is the next one, it is that of the present step.
    if (std::string(c.lab) == "network") {
      for (size_t k : {size_t{0}, size_t{2}}) EXPECT_NEAR(out.values[n + k], early->metrics()[k], 1e-5 * (1 + early->metrics()[k]));
    }
    // A sum of points is the point that its shares say.
    EXPECT_EQ(lab->act("point", {{"mix", {0, 0.25, 0.5}}}), 4);
    const TensorOut gram = lab->read("gram", {});
    ASSERT_EQ(gram.values.size(), 16u);
    const auto dot = [&](int i, int j) { return static_cast<double>(gram.values[static_cast<size_t>(i * 4 + j)]); };
    EXPECT_EQ(dot(0, 0), 0);
    EXPECT_NEAR(dot(3, 1), 0.25 * dot(1, 1) + 0.5 * dot(2, 1), 1e-4 * dot(1, 1));
    lab->act("forget_points", {});
    EXPECT_EQ(lab->act("point", {}), 1);
  }
}

TEST(Inspect, RandomDirectionsAreAsLongAsTheirFilters) {
  auto lab = make({"network", {{"batch_norm", true}, {"seed", 5}}});
  lab->act("point", {});
  lab->act("point", {{"seed", 7}});
  lab->act("point", {{"seed", 7}});
  lab->act("point", {{"seed", 8}});
  double size = 0;
  for (const char* name : {"0.weight", "3.weight", "6.weight"})
    for (float w : read(*lab, "param", name)) size += static_cast<double>(w) * w;
  const TensorOut gram = lab->read("gram", {});
  EXPECT_NEAR(gram.values[5], size, 1e-4 * size);  // biases and norms stay
  EXPECT_EQ(gram.values[5], gram.values[6]);       // the same seed, the same direction
  EXPECT_LT(std::fabs(gram.values[7]), 0.5 * size);
}

TEST(Inspect, TheScheduleIsTheLearningRateOfEveryStepToCome) {
  constexpr int kSteps = 30;
  const auto lab = Lab::create("network", {{"task", "circle"}, {"schedule", "cosine"}, {"T_max", 40}, {"eta_min", 0.001}, {"warmup_steps", 10}});
  const TensorOut rates = lab->read("schedule", {{"until", kSteps}, {"points", kSteps + 1}});
  ASSERT_EQ(rates.shape, (std::vector<int64_t>{kSteps + 1}));
  EXPECT_LT(rates.values[0], rates.values[10]);
  EXPECT_GT(rates.values[10], rates.values[kSteps]);
  for (const float rate : rates.values) {
    EXPECT_EQ(rate, static_cast<float>(lab->status()["lr"].get<double>()));
    lab->step(1);
  }
  EXPECT_EQ(refusal([&] { lab->read("schedule", {{"until", 0}, {"points", 5}}); }).path, "until");
  EXPECT_EQ(refusal([&] { lab->read("schedule", {{"until", 10}, {"points", 1}}); }).path, "points");
}

TEST(Inspect, WrongQuestionsAreRefused) {
  auto lab = make(cases()[0]);
  EXPECT_EQ(refusal([&] { lab->read("loss_at", {{"at", {0, 0}}}); }).code, "unknown_name");
  lab->act("point", {});
  EXPECT_EQ(refusal([&] { lab->read("loss_at", {{"i", 1}, {"at", {0, 0}}}); }).code, "bad_argument");
  EXPECT_EQ(refusal([&] { lab->read("nudge", {{"name", "loss"}, {"h", 0.1}}); }).code, "unknown_name");
  EXPECT_EQ(refusal([&] { lab->read("nudge", {{"name", "0.weight"}, {"at", 12}, {"h", 0.1}}); }).code, "bad_argument");
  EXPECT_EQ(refusal([&] { lab->read("parts", {{"x", "0"}, {"y", "1"}, {"count", 1000}}); }).code, "bad_argument");
  EXPECT_EQ(refusal([&] { lab->read("parts", {{"x", "input"}, {"y", "0"}}); }).code, "unknown_name");
  EXPECT_EQ(refusal([&] { lab->read("histograms", {{"of", {"∇input"}}}); }).code, "unknown_name");
  lab->set({{"hidden", {3}}});
  EXPECT_EQ(refusal([&] { lab->act("point", {}); }).code, "wrong_shape");
  auto still = Lab::create("attention", {{"task", "sentence"}});
  EXPECT_EQ(refusal([&] { still->act("hold", {}); }).code, "unknown_name");
  EXPECT_EQ(refusal([&] { still->query("graph", {}); }).code, "unknown_name");
  auto broken = Lab::create("network", {{"lr", 10}, {"task", "bumps"}, {"momentum", 0.99}, {"activation", "linear"}});
  broken->step(5000);
  ASSERT_EQ(broken->state(), Lab::State::diverged);
  EXPECT_EQ(refusal([&] { broken->act("hold", {}); }).code, "diverged");
}

}  // namespace
}  // namespace pg

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <sstream>

#include "data/fake_digits.h"
#include "data/own_pack.h"
#include "kernels/testing.h"
#include "labs/helpers.h"
#include "labs/lab.h"

namespace pg {
namespace {

using testing_labs::same, testing_labs::refusal;

std::unique_ptr<Lab> make(const Json& params = Json::object()) {
  auto lab = Lab::create("network", params);
  EXPECT_TRUE(lab->corrections().empty()) << to_json(lab->corrections()).dump();
  return lab;
}

void provide_digits() { provide_asset("digits", testing_data::fake_digits(200, 100)); }

Json with(Json base, const Json& more) {
  base.update(more);
  return base;
}

std::vector<float> parameters(Lab& lab) {
  std::vector<float> all;
  const Json info = lab.query("info", {});
  const auto add = [&](const Json& name) {
    const TensorOut t = lab.read("param", {{"name", name}});
    all.insert(all.end(), t.values.begin(), t.values.end());
  };
  for (const Json& l : info["layers"]) {
    add(l["param_weight"]);
    add(l["param_bias"]);
    if (l["norm"].is_null()) continue;
    add(l["norm"]["weight"]);
    add(l["norm"]["bias"]);
  }
  EXPECT_EQ(all.size(), info["parameters"].get<size_t>());
  return all;
}

double accuracy(Lab& lab) { return lab.metrics()[3]; }

/// Whatever can go on inside one step: every task's shape of output, dropout, penalties, two optimizers, a last small batch.
const Json kVaried[] = {
    Json::object(),
    {{"task", "circle"}, {"classes", 4}, {"activation", "tanh"}, {"dropout", 0.3}, {"optimizer", "adam"}, {"lr", 0.01}, {"batch_size", 32}},
    {{"task", "bumps"}, {"activation", "gelu"}, {"l1", 0.001}, {"l2", 0.01}, {"features", {"x1", "x1_squared", "x1_x2", "sin_x2"}}},
    {{"task", "curve"}, {"activation", "sigmoid"}, {"hidden", {5, 4, 3}}, {"weight_init", "xavier_normal"}, {"dropout", 0.1}},
    {{"task", "gaussian"}, {"hidden", Json::array()}, {"momentum", 0}},
    {{"task", "digits"}, {"hidden", {12}}, {"dropout", 0.2}, {"batch_size", 32}},
};

/// What came later, apart: the bits of those above stay as they were.
const Json kVariedMore[] = {
    {{"batch_norm", true}, {"dropout", 0.2}, {"optimizer", "rmsprop"}, {"lr", 0.001}, {"centered", true}, {"schedule", "exponential"}, {"activation", "silu"}, {"clip_norm", 0.5}},
    {{"task", "gaussian"}, {"classes", 4}, {"activations", {"", "softplus"}}, {"activation", "elu"}, {"optimizer", "adamw"}, {"weight_decay", 0.02}, {"schedule", "cosine"}, {"T_max", 90}, {"warmup_steps", 40}},
    {{"task", "bumps"}, {"weight_init", "orthogonal"}, {"gain", 1.4}, {"batch_norm", true}, {"batch_size", 2}, {"activation", "linear"}, {"optimizer", "adagrad"}, {"lr_decay", 0.01}, {"clip_value", 0.1}},
    {{"task", "moons"}, {"nesterov", true}, {"weight_decay", 0.001}, {"schedule", "step"}, {"step_size", 50}, {"weight_init", "normal"}, {"std", 0.3}},
};

std::vector<Json> all_varied() {
  std::vector<Json> all(std::begin(kVaried), std::end(kVaried));
  all.insert(all.end(), std::begin(kVariedMore), std::end(kVariedMore));
  return all;
}

uint64_t hash_of(std::span<const Json> cases) {
  testing::Hash hash;
  for (const Json& params : cases) {
    auto lab = make(params);
    lab->step(200);
    hash.add(parameters(*lab)).add(lab->history());
    if (!lab->params().is("task", "digits")) hash.add(lab->read("maps", {{"resolution", 20}}).values).add(lab->read("points", {}).values);
  }
  return hash.value();
}

TEST(NetworkLab, TheSameSeedGivesTheSameBits) {
  provide_digits();
  for (const Json& params : all_varied()) {
    auto a = make(params), b = make(params), c = make(with(params, {{"seed", 2}}));
    ASSERT_EQ(a->step(200), 200);
    for (int i = 0; i < 200; ++i) ASSERT_EQ(b->step(1), 1);  // slices do not matter
    b->metrics();
    c->step(200);
    EXPECT_TRUE(same(parameters(*a), parameters(*b))) << params;
    EXPECT_TRUE(same(a->history(), b->history())) << params;
    EXPECT_FALSE(same(parameters(*a), parameters(*c))) << params;
  }
}

TEST(NetworkLab, WatchingDoesNotChangeTheRun) {
  provide_digits();
  for (const Json& params : all_varied()) {
    auto a = make(params), b = make(params);
    const bool digits = a->params().is("task", "digits");
    for (int i = 0; i < 60; ++i) {
      a->step(1);
      b->step(1);
      if (!digits) {
        b->read("surface", {{"resolution", 9}});
        b->read("maps", {{"resolution", 9}});
      }
      b->read("activations", {{"split", "test"}, {"example", 3}});
      b->query("explain", {{"value", "0"}, {"index", {0}}, {"split", "test"}, {"example", i % 3}});
      b->query("weight", {{"name", "0.weight"}, {"index", {0, 0}}});
      b->read("signals", {});
      b->metrics();
    }
    EXPECT_TRUE(same(parameters(*a), parameters(*b))) << params;
  }
}

/// Rows of the signals by their name; the last, which has none, by "".
std::map<std::string, std::vector<float>> signals_of(Lab& lab) {
  std::map<std::string, std::vector<float>> rows;
  std::istringstream names(lab.query("signals", {}).get<std::string>());
  const TensorOut t = lab.read("signals", {});
  EXPECT_EQ(t.shape[1], kSignals);
  auto from = t.values.begin();
  for (std::string line; from != t.values.end(); from += kSignals) {
    if (!std::getline(names, line)) line = " ";
    rows[line.substr(0, line.find(' '))] = {from, from + kSignals};
  }
  EXPECT_EQ(static_cast<int64_t>(rows.size()), t.shape[0]);
  return rows;
}

double square_sum(const std::vector<float>& v) {
  double sum = 0;
  for (float x : v) sum += static_cast<double>(x) * static_cast<double>(x);
  return sum;
}

TEST(NetworkLab, SignalsAreWhatTheLastStepLeftBehind) {
  for (const Json& more : {Json::object(), Json{{"activation", "relu"}}, Json{{"optimizer", "adam"}, {"hidden", {3, 20}}}}) {
    auto lab = make(with({{"activation", "tanh"}}, more));
    lab->step(50);
    const TensorOut before = lab->read("param", {{"name", "3.weight"}});
    lab->step(1);
    const auto rows = signals_of(*lab);
    const TensorOut w = lab->read("param", {{"name", "3.weight"}}), g = lab->read("grad", {{"name", "3.weight"}});
    const auto& row = rows.at("3.weight");
    const double n = static_cast<double>(w.values.size());
    EXPECT_EQ(row[0], static_cast<float>(w.shape[0]));
    EXPECT_NEAR(row[1], std::sqrt(square_sum(w.values) / n), 1e-6);
    EXPECT_NEAR(row[2], std::sqrt(square_sum(g.values) / n), 1e-6);
    std::vector<float> change(w.values.size());
    for (size_t i = 0; i < change.size(); ++i) change[i] = w.values[i] - before.values[i];
    // A part of them stands for all.
    EXPECT_NEAR(row[3], std::sqrt(square_sum(change) / n), 0.5 * static_cast<double>(row[3]) + 1e-9);
    EXPECT_EQ(row[4], 0);  // its units differ

    // The units, over the first training examples.
    const int units = static_cast<int>(lab->query("info", {})["layers"][0]["units"].get<int>());
    double zeros = 0, ends = 0, dead = 0;
    std::vector<bool> ever(static_cast<size_t>(units));
    const bool relu = lab->params().is("activation", "relu");
    for (int e = 0; e < 128; ++e) {
      const TensorOut a = lab->read("activations", {{"split", "train"}, {"example", e}});
      for (int u = 0; u < units; ++u) {
        const double y = static_cast<double>(a.values[static_cast<size_t>(2 + u)]);
        zeros += y == 0;
        ends += relu ? y < 0.0127 || y > 1 - 0.0127 : std::abs(y) > 1 - 2 * 0.0127;
        if (y != 0) ever[static_cast<size_t>(u)] = true;
      }
    }
    for (bool e : ever) dead += !e;
    const auto& unit = rows.at("1");
    EXPECT_EQ(unit[0], static_cast<float>(units));
    EXPECT_NEAR(unit[4], dead / units, 1e-6);
    EXPECT_NEAR(unit[5], zeros / (128.0 * units), 1e-6);
    EXPECT_NEAR(unit[6], ends / (128.0 * units), 1e-6);
    EXPECT_EQ(rows.at("")[3], 51);
  }
}

TEST(NetworkLab, SignalsFindUnitsThatAreAllTheSame) {
  auto lab = make({{"weight_init", "zeros"}, {"activation", "tanh"}});
  lab->step(20);
  EXPECT_EQ(signals_of(*lab).at("0.weight")[4], 1);
}

TEST(NetworkLab, TheSignalsKnowHowLongTheGradientsOfSingleExamplesAre) {
  // Of a batch of one, the example's gradient is the batch's.
  for (const Json& more : {Json::object(), Json{{"task", "gaussian"}, {"classes", 3}, {"dropout", 0.3}}}) {
    auto lab = make(with({{"batch_size", 1}}, more));
    for (int i = 0; i < 20; ++i) {
      lab->step(1);
      const auto run = signals_of(*lab).at("");
      EXPECT_EQ(run[0], 1);
      EXPECT_NEAR(run[1], run[2], 1e-5 * static_cast<double>(run[2]));
    }
  }
  // Without noise in it, the mean over a whole epoch's examples is at least the square of their mean.
  auto lab = make({{"batch_size", 32}});
  lab->step(5);
  const auto run = signals_of(*lab).at("");
  EXPECT_EQ(run[0], 32);
  EXPECT_GT(run[1], run[2]);
}

TEST(NetworkLab, TheBitsAreTheSameOnEveryPlatform) {
  provide_digits();
  EXPECT_EQ(hash_of(kVaried), 1266259271598281374ull);
  EXPECT_EQ(hash_of(kVariedMore), 5575793027869998053ull);
}

TEST(NetworkLab, ResetGoesBackToTheSameStart) {
  auto lab = make({{"dropout", 0.2}});
  const auto start = parameters(*lab);
  lab->step(100);
  const auto later = parameters(*lab);
  lab->reset();
  EXPECT_EQ(lab->steps(), 0);
  EXPECT_TRUE(same(parameters(*lab), start));
  lab->step(100);
  EXPECT_TRUE(same(parameters(*lab), later));
}

TEST(NetworkLab, SavedAndLoadedItContinuesOnTheSameBits) {
  provide_digits();
  for (const Json& params : all_varied()) {
    auto a = make(params), b = make(params);
    a->step(57);  // in the middle of an epoch
    const auto saved = a->save();
    a->step(100);
    b->load(saved.data(), saved.size());
    EXPECT_EQ(b->steps(), 57);
    b->step(100);
    EXPECT_TRUE(same(parameters(*a), parameters(*b))) << params;
    EXPECT_TRUE(same(a->metrics(), b->metrics())) << params;
  }
}

TEST(NetworkLab, ARunOfOtherParametersIsRefused) {
  auto a = make(), b = make({{"hidden", {4}}}), c = make({{"noise", 0.2}});
  a->step(5);
  const auto saved = a->save();
  const auto before = parameters(*b);
  EXPECT_EQ(refusal([&] { b->load(saved.data(), saved.size()); }).code, "wrong_state");
  EXPECT_EQ(refusal([&] { c->load(saved.data(), saved.size()); }).code, "wrong_state");
  EXPECT_TRUE(same(parameters(*b), before));
}

TEST(NetworkLab, DropoutChangesNeitherNamesNorFirstWeights) {
  auto a = make(), b = make({{"dropout", 0.5}});
  EXPECT_TRUE(same(parameters(*a), parameters(*b)));
  EXPECT_STREQ(a->set({{"dropout", 0.5}}), "live");
  a->step(50);
  b->step(50);
  EXPECT_TRUE(same(parameters(*a), parameters(*b)));
  auto none = make();
  none->step(50);
  EXPECT_FALSE(same(parameters(*a), parameters(*none)));
}

TEST(NetworkLab, EveryLiveParameterActsOnTheRunningModel) {
  struct Case {
    Json base, change;
  };
  const Json plain_spec = Json::object(), adam = {{"optimizer", "adam"}}, rmsprop = {{"optimizer", "rmsprop"}, {"lr", 0.001}}, stairs = {{"schedule", "step"}, {"step_size", 30}}, cosine = {{"schedule", "cosine"}, {"T_max", 60}};
  const Case cases[] = {
      {plain_spec, {{"lr", 0.001}}}, {plain_spec, {{"momentum", 0.5}}}, {plain_spec, {{"optimizer", "adam"}}}, {plain_spec, {{"l1", 0.01}}}, {plain_spec, {{"l2", 0.01}}}, {plain_spec, {{"dropout", 0.3}}},
      {plain_spec, {{"optimizer", "rmsprop"}}}, {plain_spec, {{"optimizer", "adamw"}}}, {plain_spec, {{"optimizer", "adagrad"}}}, {plain_spec, {{"nesterov", true}}}, {plain_spec, {{"dampening", 0.5}}},
      {rmsprop, {{"alpha", 0.5}}}, {rmsprop, {{"centered", true}}}, {rmsprop, {{"momentum", 0}}}, {rmsprop, {{"eps", 0.01}}}, {adam, {{"beta1", 0.5}}}, {adam, {{"beta2", 0.9}}},
      {adam, {{"eps", 0.01}}}, {{{"optimizer", "adagrad"}}, {{"lr_decay", 0.1}}}, {plain_spec, {{"weight_decay", 0.1}}}, {{{"optimizer", "adamw"}}, {{"weight_decay", 0.1}}},
      {plain_spec, stairs}, {stairs, {{"gamma", 0.1}}}, {stairs, {{"step_size", 7}}}, {stairs, {{"schedule", "exponential"}}}, {plain_spec, cosine}, {cosine, {{"T_max", 500}}}, {cosine, {{"eta_min", 0.02}}},
      {plain_spec, {{"warmup_steps", 70}}}, {plain_spec, {{"clip_norm", 0.1}}}, {plain_spec, {{"clip_value", 0.01}}},
  };
  for (const auto& [base, change] : cases) {
    auto plain = make(base), lab = make(base);
    plain->step(80);
    lab->step(40);
    const auto before = parameters(*lab);
    ASSERT_STREQ(lab->set(change), "live") << change;
    EXPECT_TRUE(same(parameters(*lab), before));
    EXPECT_EQ(lab->steps(), 40);
    lab->step(40);
    EXPECT_FALSE(same(parameters(*lab), parameters(*plain))) << change;
  }
  for (const ParamDef& d : find_lab("network")->params)
    if (d.apply == Apply::live && std::string(d.key) != "epochs") {
      EXPECT_TRUE(std::any_of(std::begin(cases), std::end(cases), [&](const Case& c) { return c.change.contains(d.key); })) << d.key;
    }
}

/// Σ a·b + bias of an explanation.
double sum_of(const Json& e) {
  double sum = e["bias"]["value"];
  for (const Json& t : e["terms"]) sum += t["a"].get<double>() * t["b"].get<double>();
  return sum;
}

/// Weights and biases of the linear layers alone.
std::vector<float> linear_parameters(Lab& lab) {
  std::vector<float> all;
  const Json info = lab.query("info", {});  // a loop over a part of it would outlive it
  for (const Json& l : info["layers"])
    for (const char* which : {"param_weight", "param_bias"}) {
      const TensorOut t = lab.read("param", {{"name", l[which]}});
      all.insert(all.end(), t.values.begin(), t.values.end());
    }
  return all;
}

TEST(NetworkLab, FirstWeightsAndDataDependOnNothingThatStandsBetween) {
  const Json others[] = {{{"batch_norm", true}}, {{"dropout", 0.5}}, {{"activation", "softplus"}}, {{"activations", {"linear", "elu"}}}, {{"optimizer", "adagrad"}}, {{"schedule", "cosine"}},
                         {{"batch_norm", true}, {"activation", "linear"}}};
  for (const char* init : {"default", "orthogonal", "normal"}) {
    auto plain = make({{"weight_init", init}});
    for (const Json& other : others) {
      auto lab = make(with(other, {{"weight_init", init}}));
      EXPECT_TRUE(same(linear_parameters(*lab), linear_parameters(*plain))) << other;
      EXPECT_TRUE(same(lab->read("points", {}).values, plain->read("points", {}).values));
      EXPECT_EQ(lab->query("info", {})["layers"][1]["param_weight"], "3.weight");
    }
  }
}

TEST(NetworkLab, InitialisationsTakeTheirOwnNumbers) {
  const auto spread = [](const Json& params) {
    auto lab = make(with(params, {{"hidden", {64, 64}}}));
    const auto w = lab->read("param", {{"name", "3.weight"}}).values;
    double squares = 0;
    for (float x : w) squares += static_cast<double>(x) * static_cast<double>(x);
    return std::sqrt(squares / static_cast<double>(w.size()));
  };
  EXPECT_NEAR(spread({{"weight_init", "normal"}, {"std", 0.05}}), 0.05, 0.003);
  EXPECT_NEAR(spread({{"weight_init", "constant"}, {"val", -0.25}}), 0.25, 1e-9);
  EXPECT_NEAR(spread({{"weight_init", "orthogonal"}, {"gain", 2}}), 2.0 / 8, 1e-6);  // rows of length 2
  EXPECT_NEAR(spread({{"weight_init", "xavier_normal"}, {"gain", 3}}), 3 * std::sqrt(2.0 / 128), 0.02);
}

TEST(NetworkLab, AHiddenLayerMayHaveAnActivationOfItsOwn) {
  auto lab = make({{"activation", "relu"}, {"activations", {"", "tanh", "silu", ""}}, {"hidden", {4, 3}}});
  EXPECT_EQ(lab->params().json()["activations"], (Json{"", "tanh", "silu"}));
  const Json layers = lab->query("info", {})["layers"];
  EXPECT_EQ(layers[0]["activation"], "relu");
  EXPECT_EQ(layers[1]["activation"], "tanh");
  lab->step(20);
  const Json e = lab->query("explain", {{"value", layers[1]["post"]}, {"index", {1}}, {"split", "test"}, {"example", 0}});
  EXPECT_EQ(e["fn"], "tanh");
  EXPECT_NEAR(e["result"].get<double>(), std::tanh(e["z"].get<double>()), 1e-6);
  // All entries empty, or none: the common one, to the bit.
  auto one = make({{"activations", {"leaky_relu", "leaky_relu"}}}), common = make();
  one->step(50);
  common->step(50);
  EXPECT_TRUE(same(parameters(*one), parameters(*common)));
}

TEST(NetworkLab, WhatContradictsIsCorrectedAndSaid) {
  struct Case {
    Json given;
    const char *path, *used;
  };
  for (const auto& [given, path, used] : {Case{{{"nesterov", true}, {"momentum", 0}}, "nesterov", "false"}, Case{{{"nesterov", true}, {"dampening", 0.5}}, "dampening", "0.0"},
                                          Case{{{"batch_norm", true}, {"batch_size", 1}}, "batch_size", "2"}}) {
    auto made = Lab::create("network", given), changed = make();
    changed->step(5);
    changed->set(given);
    for (const auto* lab : {made.get(), changed.get()}) {
      ASSERT_EQ(lab->corrections().size(), 1u) << given;
      EXPECT_EQ(lab->corrections()[0].code, "conflict");
      EXPECT_EQ(lab->corrections()[0].path, path);
      EXPECT_EQ(lab->corrections()[0].used, used);
    }
    made->step(5);
    EXPECT_EQ(changed->steps(), given.contains("batch_norm") ? 0 : 5);  // live: the run goes on
  }
  EXPECT_TRUE(Lab::create("network", {{"optimizer", "adam"}, {"nesterov", true}, {"momentum", 0}})->corrections().empty());  // nesterov does not act there
}

TEST(NetworkLab, TheStatusTellsTheLearningRateOfTheNextStep) {
  const auto rates = [](const Json& params, std::initializer_list<int> steps) {
    auto lab = make(with(params, {{"lr", 0.08}}));
    std::vector<double> out;
    for (int at : steps) {
      lab->step(at - static_cast<int>(lab->steps()));
      out.push_back(lab->status()["lr"]);
    }
    return out;
  };
  const auto expect = [](const std::vector<double>& found, const std::vector<double>& wanted) {
    for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-12) << i;
  };
  expect(rates(Json::object(), {0, 50}), {0.08, 0.08});
  expect(rates({{"schedule", "step"}, {"step_size", 10}}, {9, 10, 20}), {0.08, 0.04, 0.02});
  // The smooth curve meets the stairs at their corners.
  expect(rates({{"schedule", "exponential"}, {"step_size", 10}}, {5, 10, 20}), {0.08 * std::sqrt(0.5), 0.04, 0.02});
  expect(rates({{"schedule", "cosine"}, {"T_max", 40}, {"eta_min", 0.02}}, {0, 20, 40}), {0.08, 0.05, 0.02});
  expect(rates({{"warmup_steps", 30}}, {0, 15, 30}), {0.08 / 3, 0.08 * 2 / 3, 0.08});
}

TEST(NetworkLab, EveryOptimizerSolvesTheSpiralAndItsUpdateAddsUp) {
  const Json cases[] = {{{"optimizer", "sgd"}, {"nesterov", true}, {"weight_decay", 0.0005}}, {{"optimizer", "rmsprop"}, {"lr", 0.001}}, {{"optimizer", "rmsprop"}, {"lr", 0.01}, {"momentum", 0}, {"centered", true}},
                        {{"optimizer", "adam"}, {"lr", 0.01}, {"weight_decay", 0.0005}}, {{"optimizer", "adamw"}, {"lr", 0.01}, {"weight_decay", 0.01}}, {{"optimizer", "adagrad"}, {"lr", 0.1}}};
  for (const Json& params : cases) {
    auto lab = make(params);
    lab->step(40);
    for (const char* name : {"0.weight", "3.weight"}) {
      const auto before = lab->read("param", {{"name", name}}).values;
      lab->step(1);
      const Json u = lab->query("weight", {{"name", name}, {"index", {2, 1}}});
      const size_t at = name[0] == '0' ? 5 : 33;
      EXPECT_NEAR(u["before"].get<double>(), before[at], 1e-6) << params << name;
      EXPECT_NEAR(u["before"].get<double>() + u["update"].get<double>(), u["result"].get<double>(), 1e-7);
      EXPECT_NE(u["update"].get<double>(), 0);
    }
    lab->step(5000);
    EXPECT_EQ(lab->state(), Lab::State::ready) << params;
    EXPECT_GE(accuracy(*lab), 0.95) << params;
  }
}

TEST(NetworkLab, BatchNormOpensStepByStepAndPredictsWithRunningStatistics) {
  for (const char* activation : {"relu", "linear"}) {
    auto lab = make({{"batch_norm", true}, {"activation", activation}, {"hidden", {5, 4}}, {"dropout", 0.2}});
    lab->step(300);
    const Json info = lab->query("info", {});
    EXPECT_EQ(info["parameters"], 2 * 5 + 5 + 2 * 5 + 5 * 4 + 4 + 2 * 4 + 4 + 1);
    EXPECT_TRUE(info["layers"][2]["norm"].is_null());
    const Json norm = info["layers"][1]["norm"];
    const Json place = {{"index", {2}}, {"split", "test"}, {"example", 1}};
    const auto open = [&](const Json& value) { return lab->query("explain", with(place, {{"value", value}})); };
    const Json pre = open(info["layers"][1]["pre"]), n = open(norm["value"]), post = open(info["layers"][1]["post"]);
    EXPECT_EQ(pre["kind"], "affine");
    EXPECT_NEAR(sum_of(pre), pre["result"].get<double>(), 1e-4);
    EXPECT_EQ(n["kind"], "layer_norm");
    EXPECT_EQ(n["z"], pre["result"]);
    EXPECT_EQ(n["z_ref"]["value"], info["layers"][1]["pre"]);
    const double y = n["terms"][0]["a"].get<double>() * (n["z"].get<double>() - n["constants"]["mean"].get<double>()) * n["constants"]["rstd"].get<double>() + n["bias"]["value"].get<double>();
    EXPECT_NEAR(n["result"].get<double>(), y, 1e-5);
    for (const Json& e : {pre, n, post}) EXPECT_EQ(e["label"], "h2·3");
    if (!std::strcmp(activation, "relu")) {
      EXPECT_EQ(post["kind"], "apply");
      EXPECT_EQ(post["z"], n["result"]);
      EXPECT_EQ(post["z_ref"]["value"], norm["value"]);
    } else {
      EXPECT_EQ(info["layers"][1]["post"], norm["value"]);
    }
    const Json next = lab->query("explain", with(place, {{"value", "6"}, {"index", {0}}}));
    EXPECT_EQ(next["terms"][2]["a_ref"]["value"], info["layers"][1]["post"]);
    EXPECT_EQ(next["terms"][2]["a"], post["result"]);
    // Watching a single example, or many, gives the same answer: no statistics of the batch enter it.
    const TensorOut maps = lab->read("maps", {{"resolution", 8}});
    const TensorOut one = lab->read("activations", {{"x", {-6 + 12 * 2.5 / 8, 6 - 12 * 1.5 / 8}}});
    for (size_t u = 0; u < one.values.size(); ++u) EXPECT_NEAR(maps.values[u * 64 + 8 + 2], one.values[u], 1e-4);
    const Json u = lab->query("weight", {{"name", norm["weight"]}, {"index", {1}}});
    EXPECT_EQ(u["to"], "h2·2");
    EXPECT_TRUE(u["from"].is_null());
  }
  auto lab = make({{"batch_norm", true}, {"batch_size", 50}});
  lab->step(4000);
  EXPECT_GE(accuracy(*lab), 0.95);
}

TEST(NetworkLab, EpochsEndARunAndMoreContinueIt) {
  auto lab = make({{"epochs", 2}, {"samples", 100}, {"train_fraction", 0.5}, {"batch_size", 8}});
  EXPECT_EQ(lab->status()["steps_per_epoch"], 7);
  EXPECT_EQ(lab->step(100), 14);
  EXPECT_EQ(lab->state(), Lab::State::finished);
  EXPECT_EQ(lab->status()["epoch"], 2);
  EXPECT_STREQ(lab->set({{"epochs", 3}}), "live");
  EXPECT_EQ(lab->step(100), 7);
}

TEST(NetworkLab, TheDefaultSolvesTheSpiral) {
  for (int seed : {1, 2, 3}) {
    auto lab = make({{"seed", seed}});
    ASSERT_EQ(lab->step(4000), 4000);
    EXPECT_GE(accuracy(*lab), 0.97) << "seed " << seed;
    EXPECT_LT(lab->metrics()[2], 0.1);
  }
}

TEST(NetworkLab, EveryTaskIsLearned) {
  struct Case {
    Json params;
    int steps;
    double accuracy, loss;
  };
  const Case cases[] = {
      {{{"task", "circle"}}, 1000, 0.95, 1},
      {{{"task", "circle"}, {"classes", 3}}, 3000, 0.9, 1},
      {{{"task", "xor"}}, 1000, 0.95, 1},
      {{{"task", "gaussian"}}, 300, 0.97, 1},
      {{{"task", "gaussian"}, {"classes", 5}}, 1000, 0.9, 1},
      {{{"task", "moons"}}, 1000, 0.97, 1},
      {{{"task", "spiral"}, {"classes", 3}, {"samples", 1000}}, 6000, 0.9, 1},
      {{{"task", "plane"}, {"hidden", Json::array()}, {"lr", 0.003}}, 500, 0, 0.01},
      {{{"task", "bumps"}, {"activation", "tanh"}, {"optimizer", "adam"}, {"lr", 0.01}}, 4000, 0, 0.03},
      {{{"task", "curve"}, {"activation", "tanh"}, {"optimizer", "adam"}, {"lr", 0.01}}, 4000, 0, 0.02},
  };
  for (const Case& c : cases) {
    auto lab = make(c.params);
    ASSERT_EQ(lab->step(c.steps), c.steps) << c.params;
    const auto m = lab->metrics();
    if (c.accuracy > 0) EXPECT_GE(m[3], c.accuracy) << c.params;
    else EXPECT_TRUE(std::isnan(m[1]) && std::isnan(m[3])) << c.params;
    EXPECT_LE(m[2], c.loss) << c.params;
  }
}

TEST(NetworkLab, TheLargestLearningRateDivergesAndTheWayBackWorks) {
  for (int seed = 0; seed < 5; ++seed) {
    auto lab = make({{"seed", seed}});
    ASSERT_EQ(lab->step(300), 300);
    const double good = lab->metrics()[0];
    lab->set({{"lr", std::numeric_limits<double>::max()}});  // corrected to the table's largest
    ASSERT_EQ(lab->corrections().size(), 1u);
    EXPECT_LT(lab->step(1000), 1000) << "seed " << seed;
    ASSERT_EQ(lab->state(), Lab::State::diverged);
    const Json s = lab->status();
    EXPECT_EQ(s["state"], "diverged");
    EXPECT_FALSE(s["divergence"]["value"].get<std::string>().empty());
    EXPECT_TRUE(s["divergence"]["found"].is_string());  // NaN or an infinity by name
    EXPECT_EQ(lab->step(10), 0);
    lab->metrics();  // numbers of a broken model can be asked for
    lab->read("surface", {{"resolution", 10}});
    const Json back = lab->act("back_to_good", {});
    EXPECT_EQ(back["step"], s["good_step"]);
    EXPECT_EQ(lab->state(), Lab::State::ready);
    EXPECT_LE(lab->metrics()[0], 2 * good + 0.1);
    lab->set({{"lr", 0.01}});
    EXPECT_EQ(lab->step(200), 200);
  }
}

TEST(NetworkLab, TheWayBackWorksAcrossAChangeOfOptimizer) {
  auto lab = make();
  lab->step(300);
  lab->set({{"lr", 10.0}});
  lab->step(1000);
  ASSERT_EQ(lab->state(), Lab::State::diverged);
  lab->set({{"optimizer", "adam"}, {"lr", 0.01}});
  lab->act("back_to_good", {});
  EXPECT_EQ(lab->step(500), 500);
  EXPECT_GE(accuracy(*lab), 0.97);
}

TEST(NetworkLab, OneSigmoidUnitWithoutHiddenLayersIsLogisticRegression) {
  auto lab = make({{"task", "gaussian"}, {"hidden", Json::array()}});
  Json info = lab->query("info", {});
  EXPECT_TRUE(info["is_logistic_regression"]);
  EXPECT_EQ(info["parameters"], 3);
  ASSERT_EQ(info["layers"].size(), 1u);
  EXPECT_EQ(info["layers"][0]["activation"], "sigmoid");
  lab->step(100);
  const auto w = lab->read("param", {{"name", "0.weight"}}).values, b = lab->read("param", {{"name", "0.bias"}}).values;
  const double z = w[0] * 1.5 + w[1] * -2.0 + b[0];
  const Json p = lab->query("predict", {{"x", {1.5, -2.0}}});
  EXPECT_NEAR(p["probabilities"][1].get<double>(), 1 / (1 + std::exp(-z)), 1e-6);
  EXPECT_NEAR(p["output"][0].get<double>(), z, 1e-5);

  EXPECT_FALSE(make({{"task", "gaussian"}})->query("info", {})["is_logistic_regression"]);
  EXPECT_FALSE(make({{"task", "plane"}, {"hidden", Json::array()}})->query("info", {})["is_logistic_regression"]);
  EXPECT_FALSE(make({{"classes", 3}, {"hidden", Json::array()}})->query("info", {})["is_logistic_regression"]);
}

TEST(NetworkLab, EveryNeuronOpensToItsSumAndItsActivation) {
  provide_digits();
  for (const Json& params : all_varied()) {
    auto lab = make(params);
    lab->step(50);
    const Json info = lab->query("info", {});
    const auto shown = lab->read("activations", {{"split", "test"}, {"example", 2}});
    EXPECT_EQ(shown.shape[0], info["units_in_maps"]);
    std::vector<std::string> sources;
    const auto input = lab->read("example", {{"split", "test"}, {"index", 2}});
    for (size_t i = 0; i < info["layers"].size(); ++i) {
      const Json& l = info["layers"][i];
      const int unit = l["units"].get<int>() - 1;
      const Json place = {{"index", {unit}}, {"split", "test"}, {"example", 2}};
      const Json pre = lab->query("explain", with(place, {{"value", l["pre"]}}));
      EXPECT_EQ(pre["kind"], "affine");
      EXPECT_NEAR(sum_of(pre), pre["result"].get<double>(), 1e-4) << params;
      const Json post = lab->query("explain", with(place, {{"value", l["post"]}}));
      EXPECT_FLOAT_EQ(post["result"].get<float>(), shown.values[l["offset_in_maps"].get<size_t>() + static_cast<size_t>(unit)]) << params << i;
      if (post.contains("z")) {
        // Of batch_norm's value where it stands between, and that of the sum.
        const Json of = l["norm"].is_null() ? pre : lab->query("explain", with(place, {{"value", l["norm"]["value"]}}));
        EXPECT_EQ(post["z"], of[post["kind"] == "layer_norm" ? "z" : "result"]);
        EXPECT_EQ(post["z_ref"]["value"], post["kind"] == "layer_norm" ? l["pre"] : of["value"]);
      }
      const bool last = i + 1 == info["layers"].size();
      EXPECT_EQ(post["label"], last ? (unit ? "y·" + std::to_string(unit) : "y") : "h" + std::to_string(i + 1) + "·" + std::to_string(unit + 1));
      // Terms step down to what the layer before shows, by name and by number.
      const size_t below = i ? info["layers"][i - 1]["units"].get<size_t>() : static_cast<size_t>(input.shape[0]);
      ASSERT_EQ(pre["terms"].size(), below);
      const Json& term = pre["terms"][0];
      EXPECT_EQ(term["a_ref"]["value"], i ? info["layers"][i - 1]["post"] : Json("input"));
      EXPECT_EQ(term["b_ref"]["value"], l["param_weight"]);
      const Json source = lab->query("explain", {{"value", term["a_ref"]["value"]}, {"index", term["a_ref"]["index"]}, {"split", "test"}, {"example", 2}});
      EXPECT_EQ(source["result"], term["a"]);
      EXPECT_EQ(source["label"], term["label"]);
      // And up again: a hidden unit feeds the next sums, the sum feeds the output.
      ASSERT_FALSE(source["used_by"].empty());
      EXPECT_EQ(source["used_by"][0]["value"], l["pre"]);
      if (last && l["post"] == "probability") {
        EXPECT_EQ(pre["used_by"].back()["value"], "probability");
      }
    }
  }
}

TEST(NetworkLab, ClassProbabilitiesOpenToTheirSoftmax) {
  auto lab = make({{"classes", 3}});
  lab->step(50);
  const Json e = lab->query("explain", {{"value", "probability"}, {"index", {2}}, {"x", {1, 2}}});
  EXPECT_EQ(e["kind"], "softmax");
  double sum = 0;
  for (const Json& t : e["terms"]) {
    sum += t["b"].get<double>();
    EXPECT_NEAR(t["b"].get<double>(), std::exp(t["a"].get<double>() - e["constants"]["max"].get<double>()) / e["constants"]["sum"].get<double>(), 1e-6);
  }
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_EQ(e["result"], lab->query("predict", {{"x", {1, 2}}})["probabilities"][2]);
}

TEST(NetworkLab, AWeightOpensToItsGradientAndItsUpdate) {
  auto lab = make({{"l2", 0.01}, {"momentum", 0}});
  lab->step(20);
  const auto before = lab->read("param", {{"name", "3.weight"}}).values;
  lab->step(1);
  const auto after = lab->read("param", {{"name", "3.weight"}}).values;
  const Json u = lab->query("weight", {{"name", "3.weight"}, {"index", {4, 5}}});
  const size_t at = 4 * 16 + 5;
  EXPECT_NEAR(u["before"].get<double>(), before[at], 1e-6);
  EXPECT_FLOAT_EQ(u["result"].get<float>(), after[at]);
  EXPECT_NEAR(u["update"].get<double>(), -0.03 * (u["gradient"].get<double>() + u["penalty"]["l2"].get<double>()), 1e-6);
  EXPECT_EQ(u["from"], "h1·6");
  EXPECT_EQ(u["to"], "h2·5");
  EXPECT_EQ(u["optimizer"], "sgd");
  EXPECT_EQ(lab->query("weight", {{"name", "0.weight"}, {"index", {3, 1}}})["from"], "x2");
  EXPECT_TRUE(lab->query("weight", {{"name", "6.bias"}, {"index", {0}}})["from"].is_null());
}

TEST(NetworkLab, SurfaceIsWhatPredictSays) {
  for (const Json& params : {Json::object(), Json{{"classes", 4}}, Json{{"task", "bumps"}, {"features", {"x2", "x1_squared", "sin_x1"}}}}) {
    auto lab = make(params);
    lab->step(100);
    const int n = 20;
    const TensorOut s = lab->read("surface", {{"resolution", n}}), maps = lab->read("maps", {{"resolution", n}});
    const Json info = lab->query("info", {});
    const int64_t k = std::max<int64_t>(info["kind"] == "multiclass" ? 4 : 1, 1);
    EXPECT_EQ(s.shape, (std::vector<int64_t>{k, n, n}));
    ASSERT_EQ(maps.shape, (std::vector<int64_t>{info["units_in_maps"].get<int64_t>(), n, n}));
    // Row 0 is the top.
    for (const auto& [row, col] : {std::pair{0, 0}, {0, 19}, {19, 0}, {7, 12}}) {
      const float x1 = -6 + 12 * (static_cast<float>(col) + 0.5f) / n, x2 = 6 - 12 * (static_cast<float>(row) + 0.5f) / n;
      const Json p = lab->query("predict", {{"x", {x1, x2}}});
      for (int64_t c = 0; c < k; ++c) {
        const float shown = s.values[static_cast<size_t>((c * n + row) * n + col)];
        const Json& said = info["kind"] == "regression" ? p["output"][0] : p["probabilities"][static_cast<size_t>(info["kind"] == "binary" ? 1 : c)];
        EXPECT_NEAR(shown, said.get<double>(), 1e-5) << params;
        EXPECT_FLOAT_EQ(maps.values[static_cast<size_t>((maps.shape[0] - k + c) * n * n + row * n + col)], shown);
      }
      // The first map is the first feature.
      const float feature = info["features"][0] == "x1" ? x1 : x2;
      EXPECT_NEAR(maps.values[static_cast<size_t>(row * n + col)], feature, 1e-5);
    }
  }
}

TEST(NetworkLab, ACurveIsOneLineFromEndToEnd) {
  auto lab = make({{"task", "curve"}, {"hidden", {6}}});
  const TensorOut s = lab->read("surface", {{"resolution", 33}});
  EXPECT_EQ(s.shape, (std::vector<int64_t>{1, 1, 33}));
  for (int i : {0, 16, 32}) EXPECT_NEAR(s.values[static_cast<size_t>(i)], lab->query("predict", {{"x", {-6 + 12.0 * i / 32}}})["output"][0].get<double>(), 1e-5);
  EXPECT_EQ(lab->read("maps", {{"resolution", 33}}).shape, (std::vector<int64_t>{8, 1, 33}));
  const TensorOut points = lab->read("points", {});
  for (size_t i = 0; i < points.values.size(); i += 4) EXPECT_EQ(points.values[i + 1], points.values[i + 2]);
  EXPECT_EQ(lab->query("info", {})["kind"], "curve");
}

TEST(NetworkLab, FeaturesAreWhatTheyAreSaidToBe) {
  const Json all = {"x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"};
  auto lab = make({{"features", all}, {"hidden", Json::array()}});
  const double a = 2.5, b = -4;
  const double expected[] = {a, b, a * a / 6, b * b / 6, a * b / 6, std::sin(a), std::sin(b)};
  const TensorOut seen = lab->read("activations", {{"x", {a, b}}});
  for (size_t i = 0; i < 7; ++i) {
    EXPECT_NEAR(seen.values[i], expected[i], 1e-5) << all[i];
    EXPECT_EQ(lab->query("explain", {{"value", "input"}, {"index", {i}}, {"x", {a, b}}})["label"], all[i]);
  }
}

TEST(NetworkLab, MetricsAreThoseOfThePointsAndTheDataAlone) {
  auto lab = make({{"dropout", 0.5}, {"l2", 0.1}, {"samples", 60}});
  lab->step(30);
  const TensorOut points = lab->read("points", {});
  double loss[2] = {}, right[2] = {}, n[2] = {};
  for (size_t i = 0; i < points.values.size(); i += 4) {
    const Json p = lab->query("predict", {{"x", {points.values[i], points.values[i + 1]}}});
    const size_t split = static_cast<size_t>(points.values[i + 3]), truth = static_cast<size_t>(points.values[i + 2]);
    loss[split] -= std::log(p["probabilities"][truth].get<double>());
    right[split] += p["probabilities"][truth].get<double>() > 0.5;
    ++n[split];
  }
  const auto m = lab->metrics();
  for (size_t s = 0; s < 2; ++s) {
    EXPECT_NEAR(m[2 * s], loss[s] / n[s], 1e-4);
    EXPECT_DOUBLE_EQ(m[2 * s + 1], right[s] / n[s]);
  }
  const TensorOut confusion = lab->read("confusion", {});
  ASSERT_TRUE(confusion.is_integer);
  EXPECT_EQ(confusion.integers[0] + confusion.integers[3], std::lround(right[1]));
  EXPECT_EQ(confusion.integers[0] + confusion.integers[1] + confusion.integers[2] + confusion.integers[3], static_cast<int>(n[1]));
}

TEST(NetworkLab, MetricsFollowARestoredStateAtTheSameStep) {
  auto lab = make();
  lab->step(64);
  const auto saved = lab->save();
  const auto at64 = lab->metrics();
  lab->reset();
  lab->set({{"lr", 0.001}});
  lab->step(64);
  EXPECT_FALSE(same(lab->metrics(), at64));
  lab->load(saved.data(), saved.size());
  EXPECT_TRUE(same(lab->metrics(), at64));
}

TEST(NetworkLab, OnlyTheClassesThatATaskHas) {
  for (const char* task : {"xor", "moons"}) {
    auto lab = Lab::create("network", {{"task", task}, {"classes", 4}});
    ASSERT_EQ(lab->corrections().size(), 1u);
    EXPECT_EQ(lab->corrections()[0].path, "classes");
    EXPECT_EQ(lab->corrections()[0].used, "2");
    EXPECT_EQ(lab->params().integer("classes"), 2);
    EXPECT_EQ(lab->query("info", {})["kind"], "binary");
  }
}

TEST(NetworkLab, EveryChoiceOfTheTableBuildsAndSteps) {
  provide_digits();
  provide_asset("own", testing_data::own_table(40, 3, 2));
  for (const ParamDef& d : find_lab("network")->params) {
    std::vector<Json> values;
    if (d.kind == Kind::choice)
      for (const std::string& c : split(d.choices, '|')) values.push_back(c);
    else if (d.kind == Kind::choices)
      for (const std::string& c : split(d.choices, '|')) values.push_back(Json::array({c}));
    else if (d.kind == Kind::names)
      for (const std::string& c : split(d.choices, '|')) values.push_back(Json::array({"", c}));
    else if (d.kind == Kind::boolean) values = {true, false};
    else if (d.kind == Kind::integers) values = {Json::array(), Json::array({d.min}), Json(std::vector<int>(static_cast<size_t>(d.max_length), static_cast<int>(d.max)))};
    else values = {d.min, d.max};
    for (const Json& v : values) {
      auto lab = Lab::create("network", {{d.key, v}});  // no momentum under nesterov and the like are corrected
      lab->step(3);
      EXPECT_EQ(lab->metrics().size(), 4u) << d.key << v;
      if (d.apply == Apply::rebuild) {
        auto changed = make();
        const char* applied = changed->set({{d.key, v}});
        EXPECT_TRUE(!std::strcmp(applied, "rebuild") || !std::strcmp(applied, "none")) << d.key << v;
        changed->step(3);
        EXPECT_TRUE(same(parameters(*lab), parameters(*changed))) << d.key << v;
      }
    }
  }
}

TEST(NetworkLab, DigitsAreAskedForBeforeAnythingChanges) {
  provide_asset("digits", {});
  auto lab = make({{"samples", 100}});
  lab->step(10);
  const auto before = parameters(*lab);
  EXPECT_EQ(refusal([&] { lab->set({{"task", "digits"}}); }).code, "bad_asset");
  EXPECT_TRUE(lab->params().is("task", "spiral"));
  EXPECT_TRUE(same(parameters(*lab), before));
  lab->step(10);
  EXPECT_EQ(lab->steps(), 20);
}

TEST(NetworkLab, DigitsAreLearnedAndShown) {
  provide_digits();
  auto lab = make({{"task", "digits"}, {"hidden", {16}}, {"batch_size", 20}});
  const Json info = lab->query("info", {});
  EXPECT_EQ(info["kind"], "digits");
  EXPECT_EQ(info["n_train"], 200);
  EXPECT_EQ(info["classes"].size(), 10u);
  EXPECT_EQ(info["picture"], (Json{12, 12}));

  const Json worst = lab->query("worst", {{"k", 5}});
  ASSERT_EQ(worst.size(), 5u);  // untrained, it is wrong often enough
  const TensorOut pictures = lab->read("worst", {{"k", 5}});
  EXPECT_EQ(pictures.shape, (std::vector<int64_t>{5, 144}));
  double last = 1;
  for (size_t i = 0; i < 5; ++i) {
    const Json& w = worst[i];
    EXPECT_NE(w["label"], w["predicted"]);
    EXPECT_LE(w["probability"].get<double>(), last);
    last = w["probability"];
    const TensorOut example = lab->read("example", {{"split", "test"}, {"index", w["index"]}});
    EXPECT_TRUE(std::equal(example.values.begin(), example.values.end(), pictures.values.begin() + static_cast<int64_t>(i) * 144));
    const Json p = lab->query("predict", {{"x", example.values}});
    EXPECT_NEAR(p["probabilities"][w["predicted"].get<size_t>()].get<double>(), last, 1e-6);
    EXPECT_NEAR(-std::log(p["probabilities"][w["label"].get<size_t>()].get<double>()), w["loss"].get<double>(), 1e-4);
  }
  lab->step(500);
  EXPECT_GE(accuracy(*lab), 0.97);
  const TensorOut confusion = lab->read("confusion", {});
  int right = 0;
  for (size_t c = 0; c < 10; ++c) right += confusion.integers[11 * c];
  EXPECT_NEAR(right / 100.0, accuracy(*lab), 1e-12);
  EXPECT_EQ(lab->read("weights_pictures", {}).shape, (std::vector<int64_t>{16, 12, 12}));
  EXPECT_EQ(lab->query("weight", {{"name", "0.weight"}, {"index", {0, 12 * 3 + 4}}})["from"], "(3,4)");
  for (const char* name : {"points", "surface", "maps"}) EXPECT_EQ(refusal([&] { lab->read(name, {}); }).code, "unknown_name");
}

TEST(NetworkLab, OwnDataAreLearnedWhateverTheirShape) {
  struct Case {
    std::vector<uint8_t> pack;
    const char* kind;
    int inputs, classes;
  };
  const Case cases[] = {{testing_data::own_table(120, 2, 2), "binary", 2, 2},     {testing_data::own_table(120, 2, 3), "multiclass", 2, 3}, {testing_data::own_table(120, 2, 0), "regression", 2, 0},
                        {testing_data::own_table(120, 5, 3), "table", 5, 3},      {testing_data::own_table(120, 5, 0), "table", 5, 0},      {testing_data::own_table(120, 1, 2), "table", 1, 2},
                        {testing_data::own_table(400, 20, 10), "table", 20, 10}, {testing_data::own_pictures(60), "digits", 16, 3}};
  for (const Case& c : cases) {
    provide_asset("own", c.pack);
    auto lab = make({{"task", "own"}, {"hidden", {8}}}), twin = make({{"task", "own"}, {"hidden", {8}}});
    const Json info = lab->query("info", {});
    EXPECT_EQ(info["kind"], c.kind);
    EXPECT_EQ(info["inputs"], c.inputs);
    EXPECT_EQ(info["classes"].size(), static_cast<size_t>(c.classes));
    lab->step(1500);
    for (int i = 0; i < 1500; ++i) twin->step(1);
    EXPECT_TRUE(same(parameters(*lab), parameters(*twin)));
    EXPECT_GE(c.classes ? accuracy(*lab) : 1 - lab->metrics()[2], 0.9) << c.kind << c.inputs << c.classes;
    // Whatever can be asked of it holds together.
    const Json place = {{"split", "test"}, {"example", 3}};
    const TensorOut x = lab->read("example", {{"split", "test"}, {"index", 3}});
    EXPECT_EQ(x.shape[0], c.inputs);
    const TensorOut shown = lab->read("activations", place);
    const bool picture = !std::strcmp(c.kind, "digits");
    EXPECT_EQ(shown.shape[0], (picture ? 0 : c.inputs) + 8 + (c.classes > 2 ? c.classes : 1));
    EXPECT_TRUE(picture || shown.values[0] == x.values[0]);
    const Json p = lab->query("predict", {{"x", x.values}});
    EXPECT_NEAR(shown.values.back(), c.classes ? p["probabilities"].back().get<double>() : p["output"][0].get<double>(), 1e-5);
    const Json e = lab->query("explain", with(place, {{"value", "0"}, {"index", {1}}}));
    EXPECT_NEAR(sum_of(e), e["result"].get<double>(), 1e-3);
    EXPECT_EQ(e["terms"][0]["label"], picture ? "(0,0)" : "column 0");
    if (c.classes) {
      EXPECT_EQ(lab->read("confusion", {}).shape[0], c.classes);
    }
    if (!picture) {
      EXPECT_EQ(lab->read("points", {}).shape[0], info["n_train"].get<int>() + info["n_test"].get<int>());
    }
    const auto saved = lab->save();
    lab->step(20);
    twin->load(saved.data(), saved.size());
    twin->step(20);
    EXPECT_TRUE(same(parameters(*lab), parameters(*twin)));
  }
}

TEST(NetworkLab, OwnDataThatAreNotThereAreAskedForAndTheOldRunStays) {
  provide_asset("own", {});
  auto lab = make({{"samples", 100}});
  lab->step(10);
  EXPECT_EQ(refusal([&] { lab->set({{"task", "own"}}); }).code, "bad_asset");
  EXPECT_TRUE(lab->params().is("task", "spiral"));
  lab->step(10);
  EXPECT_EQ(lab->steps(), 20);
}

TEST(NetworkLab, RecordsFromTheFirstStepAndNotTooOften) {
  auto lab = make();
  lab->step(3000);
  ASSERT_GT(lab->history_rows(), 200u);
  EXPECT_LE(lab->history_rows(), 512u);
  EXPECT_EQ(lab->history()[0], 0);
  provide_digits();
  auto digits = make({{"task", "digits"}, {"hidden", {128, 128}}, {"batch_size", 10}});
  digits->step(100);
  // 400 examples measured a row, 30 trained on (forward and backward) a step.
  EXPECT_LE(digits->history_rows(), 2u);
}

TEST(NetworkLab, HostileArgumentsAreRefusedByName) {
  provide_digits();
  provide_asset("own", testing_data::own_table(40, 3, 2));
  const Json junk[] = {nullptr,      true,          -1,       1e300,         "",   "0",          "x1",
                       Json::array(), {1, 2, 3},     {{"a", 1}}, Json::array({nullptr, "a"}), 18446744073709551615ull, {-1}, {0.5}, {1e9}};
  const char* const keys[] = {"value", "index", "x", "split", "example", "resolution", "k", "name"};
  const char* const reads[] = {"param", "grad", "points", "surface", "maps", "activations", "weights_pictures", "confusion", "worst", "example", "nothing", ""};
  const char* const queries[] = {"info", "explain", "weight", "predict", "worst", "nothing", ""};
  for (const char* task : {"spiral", "curve", "digits", "own"}) {
    auto lab = make({{"task", task}, {"hidden", {3}}});
    lab->step(2);
    const auto before = parameters(*lab);
    std::vector<Json> all(std::begin(junk), std::end(junk));
    // Good arguments, one of them spoilt.
    const Json good = {{"value", "0"}, {"index", {0}}, {"split", "test"}, {"example", 0}, {"resolution", 8}, {"k", 3}, {"name", "0.bias"}};
    all.push_back(good);
    for (const char* key : keys)
      for (const Json& j : junk) all.push_back(with(good, {{key, j}}));
    int refused = 0, taken = 0;
    const auto attempt = [&](const std::function<void()>& f) {
      try {
        f();
        ++taken;
      } catch (const Error& e) {
        EXPECT_FALSE(e.issue.code.empty() || e.issue.path.empty() || e.issue.rule.empty());
        ++refused;
      }
    };
    for (const Json& args : all) {
      for (const char* name : reads) attempt([&] { lab->read(name, args); });
      for (const char* name : queries) attempt([&] { lab->query(name, args); });
      attempt([&] { lab->act("nothing", args); });
    }
    EXPECT_GT(refused, 500);
    EXPECT_GT(taken, 100);
    EXPECT_TRUE(same(parameters(*lab), before));
  }
  for (const Json& j : junk) {
    Lab::create("network", j);
    for (const ParamDef& d : find_lab("network")->params) Lab::create("network", {{d.key, j}})->step(1);
  }
}

}  // namespace
}  // namespace pg

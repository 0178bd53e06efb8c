#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "data/series.h"
#include "labs/lab.h"

namespace {

using namespace pg;
using data::Series;
using data::SeriesKind;
using data::SeriesTask;
using data::Split;

std::unique_ptr<Lab> make(const Json& params) { return Lab::create("rnn", params); }
Json info(Lab& lab) { return lab.query("info", Json::object()); }
TensorOut read(Lab& lab, const std::string& name, const Json& args = Json::object()) { return lab.read(name, args); }

uint64_t fnv(const std::vector<uint8_t>& bytes) {
  uint64_t h = 14695981039346656037ull;
  for (uint8_t b : bytes) h = (h ^ b) * 1099511628211ull;
  return h;
}
double number(const Json& j) { return j.is_number() ? j.get<double>() : NAN; }

/// One example of a task, with room for all it may have.
struct Drawn {
  std::vector<float> x, y, fact;
  std::vector<int32_t> tokens, labels;
  Drawn(const SeriesTask& t, Split split, uint32_t step, uint32_t index, uint64_t seed = 1)
      : x(static_cast<size_t>(t.steps * 2)), y(static_cast<size_t>(t.steps)), fact(y), tokens(static_cast<size_t>(t.steps)), labels(tokens) {
    data::draw_series(t, seed, split, step, index, {x.data(), tokens.data(), y.data(), labels.data(), fact.data()});
  }
};
SeriesTask task(SeriesKind kind, int length = 20, int distance = 0, bool korean = false) { return data::series_task(kind, length, distance, 0, korean); }

// --- tasks, against labels found another way ---

TEST(RnnTasks, AddingIsTheSumOfTheTwoMarked) {
  for (int distance : {0, 7}) {
    const SeriesTask t = task(SeriesKind::adding, 20, distance);
    for (uint32_t i = 0; i < 200; ++i) {
      const Drawn d(t, Split::train, 3, i);
      double sum = 0;
      int marks = 0, last = 0;
      for (int k = 0; k < t.steps; ++k) {
        EXPECT_GE(d.x[static_cast<size_t>(2 * k)], 0);
        EXPECT_LT(d.x[static_cast<size_t>(2 * k)], 1);
        if (d.x[static_cast<size_t>(2 * k + 1)] == 1) sum += static_cast<double>(d.x[static_cast<size_t>(2 * k)]), ++marks, last = k;
        EXPECT_NEAR(d.fact[static_cast<size_t>(k)], sum, 1e-6);
      }
      EXPECT_EQ(marks, 2);
      EXPECT_LT(last, t.steps - distance);
      EXPECT_NEAR(d.y[0], sum, 1e-6);
    }
  }
}

TEST(RnnTasks, OrderNamesTheTwoInTheirOrder) {
  const SeriesTask t = task(SeriesKind::order, 24, 8);
  std::set<int32_t> seen;
  for (uint32_t i = 0; i < 200; ++i) {
    const Drawn d(t, Split::train, 0, i);
    std::string found;
    for (int k = 0; k < t.steps; ++k)
      if (d.tokens[static_cast<size_t>(k)] < 2) {
        EXPECT_LT(k, t.steps - 8);
        found += t.vocabulary[static_cast<size_t>(d.tokens[static_cast<size_t>(k)])];
      }
    static const char* const classes[] = {"XX", "XY", "YX", "YY"};
    EXPECT_EQ(found, classes[d.labels[0]]);
    seen.insert(d.labels[0]);
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(RnnTasks, ParityCountsOnes) {
  const SeriesTask t = task(SeriesKind::parity, 15);
  for (uint32_t i = 0; i < 100; ++i) {
    const Drawn d(t, Split::test, 0, i);
    int ones = 0;
    for (size_t k = 0; k < d.tokens.size(); ++k) EXPECT_EQ(d.labels[k], (ones += d.tokens[k]) % 2);
  }
}

TEST(RnnTasks, BracketsReduceToNothingIfBalanced) {
  const SeriesTask t = task(SeriesKind::brackets, 13);
  EXPECT_EQ(t.steps, 12);
  int balanced = 0;
  for (uint32_t i = 0; i < 400; ++i) {
    const Drawn d(t, Split::train, 1, i);
    std::string s;
    for (int32_t k : d.tokens) s += t.vocabulary[static_cast<size_t>(k)];
    for (bool more = true; more;) {
      more = false;
      for (const char* pair : {"()", "[]"})
        if (const size_t at = s.find(pair); at != std::string::npos) s.erase(at, 2), more = true;
    }
    EXPECT_EQ(d.labels[0], s.empty() ? 1 : 0);
    balanced += d.labels[0];
  }
  EXPECT_GT(balanced, 150);
  EXPECT_LT(balanced, 250);
}

TEST(RnnTasks, NamesAskForTheNextLetterAndTheEnd) {
  for (bool korean : {false, true}) {
    const SeriesTask t = task(SeriesKind::names, 0, 0, korean);
    std::set<std::string> train, test;
    for (uint32_t i = 0; i < 2000; ++i)
      for (Split split : {Split::train, Split::test}) {
        const Drawn d(t, split, 0, i);
        EXPECT_EQ(d.tokens[0], 0);
        std::string word;
        for (size_t k = 0; k < d.labels.size(); ++k) {
          if (d.labels[k] == data::kNothingAsked) continue;
          if (k + 1 < d.tokens.size()) {
            EXPECT_EQ(d.labels[k], d.tokens[k + 1]);
          }
          if (d.labels[k] == 0) break;
          word += t.vocabulary[static_cast<size_t>(d.labels[k])];
        }
        EXPECT_FALSE(word.empty());
        (split == Split::train ? train : test).insert(word);
      }
    for (const std::string& w : test) EXPECT_FALSE(train.contains(w)) << w;
    EXPECT_GT(train.size(), 100u);
    EXPECT_GT(test.size(), 10u);
  }
}

/// The sign of a sentence by its words alone.
int sign_of(const std::string& sentence, bool korean) {
  static const char* const english[] = {"not ", "hardly ", "nobody ", " bad", " awful", " terrible", " dull", " poor", " horrible", " boring", " dreadful"};
  static const char* const in_korean[] = {"않", "없다", "나쁘", "나빴", "형편없", "지루", "실망", "엉망", "끔찍", "따분", "답답"};
  int sign = 1;
  for (size_t i = 0; i < std::size(english); ++i) {
    const std::string word = korean ? in_korean[i] : english[i];
    for (size_t at = sentence.find(word); at != std::string::npos; at = sentence.find(word, at + word.size())) {
      if (korean && word == "없다" && at >= 6 && sentence.compare(at - 6, 6, "형편") == 0) continue;
      sign = -sign;
    }
  }
  return sign;
}

TEST(RnnTasks, NegationTurnsTheMeaning) {
  for (bool korean : {false, true}) {
    const SeriesTask t = task(SeriesKind::sentiment, 0, 0, korean);
    int praise = 0;
    for (uint32_t i = 0; i < 600; ++i) {
      const Drawn d(t, i % 2 ? Split::train : Split::test, 0, i);
      std::string sentence;
      for (int32_t k : d.tokens)
        if (k) sentence += " " + t.vocabulary[static_cast<size_t>(k)] + " ";
      EXPECT_EQ(d.labels[0] == 1, sign_of(sentence, korean) > 0) << sentence;
      EXPECT_EQ(d.fact.back(), d.labels[0] == 1 ? 1 : -1) << sentence;
      EXPECT_NE(d.tokens.back(), 0);
      praise += d.labels[0];
    }
    EXPECT_GT(praise, 240);
    EXPECT_LT(praise, 360);
  }
}

TEST(RnnTasks, AWaveFollowsItsOwnRule) {
  const SeriesTask t = task(SeriesKind::sine, 40);
  for (uint32_t i = 0; i < 20; ++i) {
    const Drawn d(t, Split::test, 0, i);
    const double turn = 2 * std::cos(6.283185307179586 / static_cast<double>(d.fact[0]));  // sin(x + w) + sin(x − w) = 2 cos w sin x
    for (size_t k = 1; k + 1 < 40; ++k) {
      EXPECT_NEAR(d.x[k + 1] + d.x[k - 1], turn * static_cast<double>(d.x[k]), 1e-4);
      EXPECT_EQ(d.y[k], d.x[k + 1]);
    }
  }
}

TEST(RnnTasks, TrainAndTestShareNoTokens) {
  for (SeriesKind kind : {SeriesKind::order, SeriesKind::parity, SeriesKind::brackets, SeriesKind::sentiment}) {
    const SeriesTask t = task(kind, 10);
    std::set<std::vector<int32_t>> test;
    for (uint32_t i = 0; i < 300; ++i) test.insert(Drawn(t, Split::test, 0, i).tokens);
    for (uint32_t i = 0; i < 300; ++i) EXPECT_FALSE(test.contains(Drawn(t, Split::train, i, i).tokens));
  }
}

// --- the lab ---

constexpr const char* kTasks[] = {"sine", "waves", "order", "adding", "parity", "brackets", "names", "sentiment"};
constexpr const char* kCells[] = {"rnn_tanh", "rnn_relu", "lstm", "gru"};

TEST(Rnn, EveryTaskTrainsWithEveryCell) {
  for (const char* t : kTasks)
    for (const char* cell : kCells) {
      SCOPED_TRACE(std::string(t) + " " + cell);
      auto lab = make({{"task", t}, {"cell", cell}, {"length", 12}, {"hidden_size", 6}, {"num_layers", 2}, {"batch_size", 8}});
      EXPECT_TRUE(lab->corrections().empty());
      EXPECT_EQ(lab->step(5), 5);
      const auto m = lab->metrics();
      EXPECT_TRUE(std::isfinite(m[0]) && std::isfinite(m[2]));
      EXPECT_EQ(std::isnan(m[3]), info(*lab)["classes"] == 0);
      for (const char* name : {"inputs", "targets", "outputs", "states", "flow", "readout"}) {
        const TensorOut out = read(*lab, name);
        EXPECT_FALSE(out.is_integer ? out.integers.empty() : out.values.empty()) << name;
      }
    }
}

TEST(Rnn, TheSameBitsAfterSavingAndFromTheStart) {
  for (const char* t : {"adding", "names", "parity"}) {
    const Json p = {{"task", t}, {"length", 10}, {"cell", "gru"}, {"hidden_size", 6}, {"dropout", 0.2}};
    auto one = make(p), two = make(p);
    one->step(12);
    const auto saved = one->save();
    for (const char* look : {"flow", "readout", "states"}) read(*one, look);  // looks change nothing
    if (std::string(t) == "names") read(*one, "write", {{"seed", 3}});
    one->act("beside", {{"model", "lstm"}, {"steps", 3}});
    one->step(9);
    two->step(21);
    EXPECT_EQ(fnv(one->save()), fnv(two->save()));
    two->load(saved.data(), saved.size());
    two->step(9);
    EXPECT_EQ(fnv(one->save()), fnv(two->save()));
    two->reset();
    two->step(12);
    EXPECT_EQ(two->save(), saved);
  }
}

TEST(Rnn, WhatContradictsIsCorrected) {
  for (const char* t : {"sine", "waves", "names"}) {
    auto lab = make({{"task", t}, {"bidirectional", true}});
    ASSERT_EQ(lab->corrections().size(), 1u);
    EXPECT_EQ(lab->corrections()[0].path, "bidirectional");
    EXPECT_FALSE(info(*lab)["bidirectional"].get<bool>());
  }
  auto odd = make({{"task", "brackets"}, {"length", 13}});
  ASSERT_EQ(odd->corrections().size(), 1u);
  EXPECT_EQ(odd->params().integer("length"), 12);
  auto silent = make({{"task", "order"}, {"length", 10}, {"distance", 9}});
  ASSERT_EQ(silent->corrections().size(), 1u);
  EXPECT_EQ(silent->params().integer("distance"), 6);
  EXPECT_EQ(info(*silent)["distance"], 6);
}

TEST(Rnn, WrongQuestionsAreSaidToBe) {
  auto lab = make({{"task", "adding"}, {"length", 8}, {"cell", "gru"}});
  const auto path = [&](auto&& f) {
    try {
      f();
    } catch (const Error& e) {
      return e.issue.path;
    }
    return std::string("nothing was thrown");
  };
  EXPECT_EQ(path([&] { read(*lab, "states", {{"of", "f"}}); }), "of");
  EXPECT_EQ(path([&] { read(*lab, "states", {{"of", 3}}); }), "of");
  EXPECT_EQ(path([&] { read(*lab, "states", {{"layer", 1}}); }), "layer");
  EXPECT_EQ(path([&] { read(*lab, "states", {{"reverse", true}}); }), "reverse");
  EXPECT_EQ(path([&] { read(*lab, "states", {{"reverse", 1}}); }), "reverse");
  EXPECT_EQ(path([&] { read(*lab, "flow", {{"of", "lstm"}}); }), "of");
  EXPECT_EQ(path([&] { read(*lab, "flow", {{"of", "cnn"}}); }), "of");
  EXPECT_EQ(path([&] { read(*lab, "write"); }), "name");
  EXPECT_EQ(path([&] { read(*lab, "continuation"); }), "name");
  EXPECT_EQ(path([&] { lab->act("beside", {{"model", "x"}}); }), "model");
  EXPECT_EQ(path([&] { lab->act("beside", {{"model", "gru"}, {"steps", 1000}}); }), "steps");
  EXPECT_EQ(path([&] { lab->act("set_example", {{"index", 256}}); }), "index");
  EXPECT_EQ(path([&] { lab->query("explain", {{"value", "rnn.l0"}, {"index", {0, 99}}}); }), "index");
  EXPECT_EQ(path([&] { lab->query("explain", {{"value", "nothing"}, {"index", {0}}}); }), "name");
  EXPECT_EQ(path([&] { lab->query("explain", Json::array()); }), "value");
  auto wave = make({{"task", "sine"}, {"length", 8}});
  EXPECT_EQ(path([&] { read(*wave, "continuation", {{"steps", 0}}); }), "steps");
  auto words = make({{"task", "names"}});
  for (const Json& t : {Json(0), Json("hot"), Json(1e9)})
    if (t.is_number()) {
      EXPECT_EQ(path([&] { read(*words, "write", {{"temperature", t}}); }), "temperature");
    }
}

TEST(Rnn, AGateOpensToASumThatIsItsValue) {
  for (const char* cell : kCells) {
    auto lab = make({{"task", "adding"}, {"length", 9}, {"cell", cell}, {"hidden_size", 5}});
    lab->step(20);
    const Json about = info(*lab);
    const std::string gates = about["gates"];
    for (int t : {0, 4, 8})
      for (int u : {0, 3}) {
        for (size_t k = 0; k < std::max<size_t>(1, gates.size()); ++k) {
          const std::string of = gates.empty() ? "h" : gates.substr(k, 1);
          const Json e = lab->query("explain", {{"value", gates.empty() ? "rnn.l0" : "rnn.l0.gates"}, {"index", {t, static_cast<int>(k) * 5 + u}}});
          EXPECT_FLOAT_EQ(static_cast<float>(number(e["result"])), read(*lab, "states", {{"of", of}}).values[static_cast<size_t>(t * 5 + u)]);
          ASSERT_EQ(e["terms"].size(), 7u);
          EXPECT_EQ(e["terms"][1]["label"], "x·2");
          EXPECT_EQ(e["terms"][6]["label"], "h·5");
          double z = number(e["bias"]["value"]);
          for (const Json& term : e["terms"]) z += number(term["a"]) * number(term["b"]);
          const std::string fn = e["fn"];
          EXPECT_NEAR(number(e["result"]), fn == "sigmoid" ? 1 / (1 + std::exp(-z)) : fn == "relu" ? std::max(0.0, z) : std::tanh(z), 2e-6) << cell << " " << of;
        }
        if (gates.empty()) continue;
        const Json e = lab->query("explain", {{"value", "rnn.l0"}, {"index", {t, u}}});
        double sum = 0;
        for (const Json& term : e["terms"]) sum += number(term["a"]) * number(term["b"]);
        EXPECT_NEAR(number(e["result"]), sum, 1e-6);
        EXPECT_FLOAT_EQ(static_cast<float>(number(e["result"])), read(*lab, "states").values[static_cast<size_t>(t * 5 + u)]);
      }
    // The answer, one step up, reads the state; dropout between is passed over.
    const Json y = lab->query("explain", {{"value", "output"}, {"index", {0}}});
    for (const Json& term : y["terms"]) EXPECT_EQ(term["a_ref"]["value"], "rnn");
    EXPECT_NEAR(number(y["result"]), read(*lab, "outputs").values[0], 1e-6);
  }
}

// --- gradients against distance ---

/// The cells again, in double and by hand, from the lab's own weights: the answer to an example whose state after step `from` is moved.
struct ByHand {
  std::string cell;
  int n, width, steps;
  std::map<std::string, std::vector<float>> w;
  ByHand(Lab& lab, const std::string& c) : cell(c) {
    const Json about = info(lab);
    n = about["hidden_size"];
    width = about["width"];
    steps = about["steps"];
    for (const char* name : {"rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0", "output.weight", "output.bias"}) w[name] = lab.read("param", {{"name", name}}).values;
  }
  double answer(const float* x, int from, int unit, bool of_cell, double by) const {
    std::vector<double> h(static_cast<size_t>(n)), c(h);
    for (int t = 0; t < steps; ++t) {
      const auto part = [&](const char* side, int row, const auto* v, int many) {
        double s = w.at("rnn.bias_" + std::string(side) + "_l0")[static_cast<size_t>(row)];
        for (int k = 0; k < many; ++k) s += static_cast<double>(w.at("rnn.weight_" + std::string(side) + "_l0")[static_cast<size_t>(row * many + k)]) * static_cast<double>(v[k]);
        return s;
      };
      const auto sum = [&](int row) { return part("ih", row, x + t * width, width) + part("hh", row, h.data(), n); };
      const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
      std::vector<double> next(h), next_c(c);
      for (int j = 0; j < n; ++j) {
        const size_t u = static_cast<size_t>(j);
        if (cell == "lstm") {
          next_c[u] = sigmoid(sum(n + j)) * c[u] + sigmoid(sum(j)) * std::tanh(sum(2 * n + j));
          next[u] = sigmoid(sum(3 * n + j)) * std::tanh(next_c[u]);
        } else if (cell == "gru") {
          const double r = sigmoid(sum(j)), z = sigmoid(sum(n + j)), fresh = std::tanh(part("ih", 2 * n + j, x + t * width, width) + r * part("hh", 2 * n + j, h.data(), n));
          next[u] = (1 - z) * fresh + z * h[u];
        } else {
          next[u] = cell == "rnn_relu" ? std::max(0.0, sum(j)) : std::tanh(sum(j));
        }
      }
      h = next;
      c = next_c;
      if (t == from) (of_cell ? c : h)[static_cast<size_t>(unit)] += by;
    }
    double y = w.at("output.bias")[0];
    for (int j = 0; j < n; ++j) y += static_cast<double>(w.at("output.weight")[static_cast<size_t>(j)]) * h[static_cast<size_t>(j)];
    return y;
  }
};

TEST(Rnn, GradientsAgainstDistanceAreFiniteDifferences) {
  for (const char* cell : kCells) {
    auto lab = make({{"task", "adding"}, {"length", 12}, {"cell", cell}, {"hidden_size", 4}, {"bptt", 3}});  // what is cut in training is not cut in the picture
    lab->step(30);
    const TensorOut flow = read(*lab, "flow");
    ASSERT_EQ(flow.shape, std::vector<int64_t>{12});
    const ByHand hand(*lab, cell);
    std::vector<double> mean(12);
    for (int example = 0; example < 32; ++example) {
      lab->act("set_example", {{"index", example}});
      const TensorOut x = read(*lab, "inputs"), target = read(*lab, "targets"), y = read(*lab, "outputs");
      EXPECT_NEAR(hand.answer(x.values.data(), -1, 0, false, 0), y.values[0], 1e-5);
      const auto loss = [&](int from, int unit, bool of_cell, double by) {
        const double off = hand.answer(x.values.data(), from, unit, of_cell, by) - static_cast<double>(target.values[0]);
        return off * off;
      };
      for (int k = 0; k < 12; ++k) {
        double squares = 0;
        for (int unit = 0; unit < 4; ++unit)
          for (bool of_cell : {false, true}) {
            if (of_cell && std::string(cell) != "lstm") continue;
            constexpr double h = 1e-5;
            const double d = (loss(11 - k, unit, of_cell, h) - loss(11 - k, unit, of_cell, -h)) / (2 * h);
            squares += d * d;
          }
        mean[static_cast<size_t>(k)] += std::sqrt(squares) / 32;
      }
    }
    for (size_t k = 0; k < 12; ++k) EXPECT_NEAR(flow.values[k], mean[k], 2e-3 * mean[k] + 1e-7) << cell << " " << k;
  }
}

TEST(Rnn, OnlyTheLastAnswerCountsForTheDistance) {
  // Of a sequence whose every step is asked: the gradient at distance 0 is that of the last answer alone.
  auto lab = make({{"task", "sine"}, {"length", 10}, {"cell", "rnn_tanh"}, {"hidden_size", 4}});
  lab->step(10);
  const auto weights = lab->read("param", {{"name", "output.weight"}}).values;
  double length = 0, mean = 0;
  for (float w : weights) length += static_cast<double>(w) * static_cast<double>(w);
  for (int example = 0; example < 32; ++example) {
    lab->act("set_example", {{"index", example}});
    mean += 2 * std::fabs(static_cast<double>(read(*lab, "outputs").values.back()) - static_cast<double>(read(*lab, "targets").values.back())) * std::sqrt(length) / 32;
  }
  EXPECT_NEAR(read(*lab, "flow").values[0], mean, 1e-4 * mean);
}

TEST(Rnn, TruncationIsADetachedState) {
  // With the way back cut into stretches of one step, what is learned is as if every state came from outside: the gradient of W_hh is
  // the sum over steps of that step's own part alone. Checked against the sum of the last step's part, the only one the answer reaches.
  auto lab = make({{"task", "adding"}, {"length", 8}, {"cell", "rnn_tanh"}, {"hidden_size", 3}, {"batch_size", 1}, {"bptt", 1}, {"clip_norm", 0}});
  lab->act("hold", Json::object());
  const auto h = lab->read("value", {{"name", "rnn.l0"}}).values, dh = lab->read("gradient", {{"name", "rnn.l0"}}).values, dw = lab->read("grad", {{"name", "rnn.weight_hh_l0"}}).values;
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j) EXPECT_NEAR(dw[i * 3 + j], dh[21 + i] * (1 - h[21 + i] * h[21 + i]) * h[18 + j], 1e-6);
  // Live: uncut, more arrives.
  EXPECT_STREQ(lab->set({{"bptt", 0}}), "live");
  lab->act("hold", Json::object());
  const auto whole = lab->read("grad", {{"name", "rnn.weight_hh_l0"}}).values;
  double apart = 0;
  for (size_t i = 0; i < 9; ++i) apart += std::fabs(static_cast<double>(whole[i]) - static_cast<double>(dw[i]));
  EXPECT_GT(apart, 1e-5);
}

// --- what the state knows, and what it writes ---

TEST(Rnn, ReadoutIsLeastSquares) {
  // By normal equations of its own, from the states that the lab shows: of held-out examples it must explain about as much.
  auto lab = make({{"task", "parity"}, {"length", 12}, {"cell", "gru"}, {"hidden_size", 6}});
  const TensorOut before = read(*lab, "readout");
  ASSERT_EQ(before.shape, std::vector<int64_t>{26});
  EXPECT_EQ(before.values[0], before.values[1]);  // it is the one that has learned nothing
  lab->step(250);
  const TensorOut after = read(*lab, "readout");
  EXPECT_LT(before.values[0], 0.5);
  EXPECT_GT(after.values[0], 0.9);
  EXPECT_EQ(after.values[1], before.values[0]);
  const TensorOut targets = read(*lab, "targets");
  double worst = 0;
  for (size_t t = 0; t < 12; ++t) {
    EXPECT_EQ(after.values[2 + t], static_cast<float>(targets.integers[t]));
    worst = std::max(worst, std::fabs(static_cast<double>(after.values[14 + t]) - static_cast<double>(after.values[2 + t])));
  }
  EXPECT_LT(worst, 0.4);
  // A second way to the same line: gradient descent on the examples' own states cannot beat it by much.
  std::vector<double> w(7);
  std::vector<std::vector<double>> rows;
  std::vector<double> y;
  for (int example = 0; example < 64; ++example) {
    lab->act("set_example", {{"index", example}});
    const auto h = read(*lab, "states").values;
    const auto labels = read(*lab, "targets").integers;
    for (size_t t = 0; t < 12; ++t) {
      std::vector<double> row(7, 1.0);
      for (size_t j = 0; j < 6; ++j) row[j] = static_cast<double>(h[t * 6 + j]);
      rows.push_back(row);
      y.push_back(labels[t]);
    }
  }
  const auto missed = [&] {
    double sum = 0;
    for (size_t r = 0; r < rows.size(); ++r) {
      double off = -y[r];
      for (size_t j = 0; j < 7; ++j) off += w[j] * rows[r][j];
      sum += off * off;
    }
    return sum;
  };
  for (int i = 0; i < 4000; ++i) {
    std::vector<double> g(7);
    for (size_t r = 0; r < rows.size(); ++r) {
      double off = -y[r];
      for (size_t j = 0; j < 7; ++j) off += w[j] * rows[r][j];
      for (size_t j = 0; j < 7; ++j) g[j] += off * rows[r][j] / static_cast<double>(rows.size());
    }
    for (size_t j = 0; j < 7; ++j) w[j] -= 0.3 * g[j];
  }
  double mean = 0, spread = 0;
  for (double v : y) mean += v / static_cast<double>(y.size());
  for (double v : y) spread += (v - mean) * (v - mean);
  EXPECT_NEAR(after.values[0], 1 - missed() / spread, 0.02);
}

TEST(Rnn, WritingIsSeededAndBounded) {
  for (const char* language : {"en", "ko"}) {
    auto lab = make({{"task", "names"}, {"language", language}, {"cell", "gru"}, {"hidden_size", 12}});
    lab->step(40);
    const int64_t steps = info(*lab)["steps"], letters = info(*lab)["classes"];
    std::set<std::vector<float>> all;
    for (int seed = 0; seed < 40; ++seed) {
      const TensorOut one = read(*lab, "write", {{"seed", seed}}), two = read(*lab, "write", {{"seed", seed}});
      EXPECT_EQ(one.values, two.values);
      ASSERT_LE(one.shape[0], steps);
      ASSERT_EQ(one.shape[1], 1 + letters);
      std::vector<float> word;
      for (int64_t i = 0; i < one.shape[0]; ++i) {
        const float* row = one.values.data() + i * one.shape[1];
        double sum = 0;
        for (int64_t c = 0; c < letters; ++c) sum += static_cast<double>(row[1 + c]);
        EXPECT_NEAR(sum, 1, 1e-4);
        EXPECT_TRUE(row[0] >= 0 && row[0] < static_cast<float>(letters));
        EXPECT_EQ(row[0] == 0, i + 1 == one.shape[0] && (row[0] == 0));  // the end ends it
        word.push_back(row[0]);
      }
      all.insert(word);
    }
    EXPECT_GT(all.size(), 10u);
    // The colder, the surer of each letter it is drawn from.
    const auto sureness = [&](double temperature) {
      const TensorOut word = read(*lab, "write", {{"seed", 5}, {"temperature", temperature}});
      double most = 0;
      for (int64_t c = 0; c < letters; ++c) most = std::max(most, static_cast<double>(word.values[static_cast<size_t>(1 + c)]));
      return most;
    };
    EXPECT_GT(sureness(0.1), sureness(1));
    EXPECT_GT(sureness(1), sureness(5));
  }
}

TEST(Rnn, AContinuationFeedsOnItself) {
  auto lab = make({{"task", "waves"}, {"length", 16}, {"cell", "gru"}, {"hidden_size", 8}});
  lab->step(60);
  const TensorOut far = read(*lab, "continuation", {{"steps", 7}}), near = read(*lab, "continuation", {{"steps", 3}});
  ASSERT_EQ(far.shape, (std::vector<int64_t>{2, 7}));
  EXPECT_FLOAT_EQ(far.values[0], read(*lab, "outputs").values.back());
  EXPECT_FLOAT_EQ(far.values[7], read(*lab, "targets").values.back());
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_FLOAT_EQ(far.values[i], near.values[i]);
    EXPECT_FLOAT_EQ(far.values[7 + i], near.values[3 + i]);
  }
  lab->step(5);
  EXPECT_NE(read(*lab, "continuation", {{"steps", 7}}).values, far.values);
}

// --- beside ---

TEST(Rnn, ThoseBesideLearnTheSameBatchesAsTheRunItself) {
  auto lab = make({{"task", "parity"}, {"length", 8}, {"cell", "gru"}, {"hidden_size", 8}});
  EXPECT_EQ(read(*lab, "beside").values[0], -1);
  for (const char* model : {"rnn_tanh", "lstm", "gru", "attention"}) lab->act("beside", {{"model", model}, {"steps", 0}});
  for (int i = 0; i < 6; ++i)
    for (const char* model : {"rnn_tanh", "lstm", "gru", "attention"}) lab->act("beside", {{"model", model}, {"steps", 5}});
  lab->step(30);
  const TensorOut table = read(*lab, "beside");
  ASSERT_EQ(table.shape, (std::vector<int64_t>{4, 4}));
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(table.values[4 * i], 30);
  // The GRU beside is the run: the same cell, seed and batches.
  EXPECT_FLOAT_EQ(table.values[4 * 2 + 2], static_cast<float>(lab->metrics()[2]));
  EXPECT_EQ(read(*lab, "flow").values, read(*lab, "flow", {{"of", "gru"}}).values);
  // Attention reaches every token directly.
  const TensorOut flow = read(*lab, "flow", {{"of", "attention"}});
  for (float v : flow.values) EXPECT_GT(v, 0);
  lab->act("forget_beside", Json::object());
  EXPECT_EQ(read(*lab, "beside").values[0], -1);
}

TEST(Rnn, TheForgetGateStartsAsFarOpenAsIsSaid) {
  for (double bias : {-3.0, 0.0, 2.0}) {
    auto lab = make({{"task", "adding"}, {"length", 8}, {"cell", "lstm"}, {"hidden_size", 16}, {"forget_bias", bias}});
    for (int again = 0; again < 2; ++again) {
      const auto f = read(*lab, "states", {{"of", "f"}}).values;
      double mean = 0;
      for (float v : f) mean += static_cast<double>(v) / static_cast<double>(f.size());
      EXPECT_NEAR(mean, 1 / (1 + std::exp(-bias)), 0.1);
      lab->step(3);
      lab->reset();
    }
  }
}

TEST(Rnn, BothDirectionsAreShown) {
  auto lab = make({{"task", "sentiment"}, {"bidirectional", true}, {"num_layers", 2}, {"hidden_size", 4}});
  lab->step(3);
  for (int layer : {0, 1}) EXPECT_NE(read(*lab, "states", {{"layer", layer}}).values, read(*lab, "states", {{"layer", layer}, {"reverse", true}}).values);
  EXPECT_EQ(read(*lab, "readout").shape[0], 2 + 2 * info(*lab)["steps"].get<int64_t>());
}

}  // namespace

// The public API's model and its files: what is saved comes back, and every mistake is answered and changes nothing.
#include "model/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "io/safetensors.h"

namespace pg {
namespace {

using Pass = Model::Pass;
using Bytes = std::vector<uint8_t>;

const char* const kSpec = R"({"seed":4,"batch_size":4,"input":{"shape":[3]},"layers":[
    {"type":"linear","out_features":4},{"type":"batch_norm1d"},{"type":"relu"},{"type":"dropout","p":0.2},{"type":"linear","out_features":2}],
    "loss":{"type":"cross_entropy"},"optimizer":{"type":"adam","lr":0.01},"regularization":{"l2":0.001}})";
const char* const kTiny = R"({"batch_size":2,"input":{"shape":[1]},"layers":[{"type":"linear","out_features":1,"bias":false}],
    "loss":{"type":"mse"},"optimizer":{"type":"sgd","momentum":0.5}})";

std::unique_ptr<Model> model(const std::string& spec, const Model::Others& others = {}) { return std::make_unique<Model>(parse_json(spec), others); }

/// "code path" of the Error that is thrown, which says its rule too; empty if there is none.
template <class F>
std::string refusal(F f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_FALSE(e.issue.rule.empty() || e.issue.message.empty());
    return e.issue.code + " " + e.issue.path;
  }
  return "";
}

/// Draws for every input: a function of `step` alone.
void train(Model& m, int from, int steps, int n) {
  Session<float>& s = m.session();
  for (int step = from; step < from + steps; ++step) {
    Rng rng(7, Stream::data, static_cast<uint32_t>(step));
    for (size_t i = 0; i < s.graph().inputs.size(); ++i) {
      const Value& v = s.graph().values[static_cast<size_t>(s.graph().inputs[i])];
      for (int64_t k = 0; k < v.type.shape.numel(); ++k)
        if (v.type.dtype == DType::i32) s.ids_in(static_cast<int>(i))[k] = static_cast<int32_t>(rng.below(static_cast<uint32_t>(v.ids_below)));
        else s.values_in(static_cast<int>(i))[k] = static_cast<float>(rng.normal());
    }
    m.run(Pass::train, n);
  }
}

StoredModel stored(const Bytes& file) { return read_safetensors(file.data(), file.size()); }
void load(Model& m, const Bytes& file) { m.load(file.data(), file.size()); }

TEST(Model, TrainingGoesOnFromAFileWithTheSameBits) {
  const auto a = model(kSpec);
  train(*a, 0, 5, 4);
  const Bytes file = a->save(true);
  const auto b = Model::from_file(file.data(), file.size(), {}), c = model(kSpec);
  load(*c, file);
  EXPECT_EQ(b->save(true), file);
  EXPECT_EQ(b->spec(), a->spec());
  for (Model* m : {a.get(), b.get(), c.get()}) train(*m, 5, 5, 3);
  EXPECT_EQ(b->save(true), a->save(true));
  EXPECT_EQ(c->save(true), a->save(true));
  EXPECT_EQ(b->session().step(), 10);
}

TEST(Model, WithoutTheOptimizersStateItStartsAnew) {
  const auto a = model(kSpec);
  train(*a, 0, 5, 4);
  const Bytes weights = a->save(false), all = a->save(true);
  EXPECT_FALSE(stored(weights).find("optimizer.state"));
  ASSERT_TRUE(stored(all).find("optimizer.state"));
  load(*a, weights);
  EXPECT_EQ(a->session().step(), 5);
  EXPECT_EQ(a->session().optimizer_steps(), 0);
  for (int64_t i = 0; i < a->session().optimizer_state_size(); ++i) EXPECT_EQ(a->session().optimizer_state()[i], 0.0f);
  a->session().initialize();
  EXPECT_EQ(a->session().step(), 0);
  load(*a, all);
  EXPECT_EQ(a->save(true), all);
}

TEST(Model, AFileHasTheNamesAndTypesOfAStateDict) {
  const auto m = model(kSpec);
  train(*m, 0, 3, 4);
  const Bytes file = m->save(false);
  const StoredModel s = stored(file);
  std::vector<std::string> names;
  for (const StoredTensor& t : s.tensors) names.push_back(t.name + " " + t.dtype + " " + t.shape.str());
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight F32 [4, 3]", "0.bias F32 [4]", "1.weight F32 [4]", "1.bias F32 [4]", "1.running_mean F32 [4]", "1.running_var F32 [4]",
                                             "1.num_batches_tracked I64 []", "4.weight F32 [2, 4]", "4.bias F32 [2]"}));
  EXPECT_EQ(s.find("1.num_batches_tracked")->at(0), 3.0);
  EXPECT_EQ(s.metadata["step"], "3");
  EXPECT_EQ(parse_json(s.metadata["playgrad"].get<std::string>()), m->spec());
  uint64_t header;
  std::memcpy(&header, file.data(), 8);
  EXPECT_EQ(header % 8, 0u);
}

TEST(Model, DoublesAreRead) {
  const auto m = model(kSpec);
  train(*m, 0, 3, 4);
  const Bytes file = m->save(true);
  StoredModel s = stored(file);
  const auto converts = [](const StoredTensor& t) { return t.dtype == "F32" && t.name != "optimizer.state"; };
  std::vector<std::vector<double>> wide;
  for (StoredTensor& t : s.tensors) {
    if (!converts(t)) continue;
    wide.emplace_back();
    for (int64_t i = 0; i < t.shape.numel(); ++i) wide.back().push_back(t.at(i));
  }
  size_t next = 0;
  for (StoredTensor& t : s.tensors)
    if (converts(t)) t.dtype = "F64", t.bytes = reinterpret_cast<const uint8_t*>(wide[next++].data());
  m->session().initialize();
  load(*m, write_safetensors(s));
  EXPECT_EQ(m->save(true), file);
  wide[0][1] = 1e300;  // infinity in float
  EXPECT_EQ(refusal([&] { load(*m, write_safetensors(s)); }), "not_finite file");
  EXPECT_EQ(m->save(true), file);
}

TEST(Model, AFileCutShortAnywhereIsRefusedAndChangesNothing) {
  const auto other = model(kSpec), m = model(kSpec);
  train(*other, 0, 2, 4);
  train(*m, 5, 3, 4);
  const Bytes file = other->save(true), before = m->save(true);
  for (size_t n = 0; n < file.size(); ++n) {
    const Bytes part(file.begin(), file.begin() + static_cast<int64_t>(n));
    ASSERT_EQ(refusal([&] { load(*m, part); }), "bad_file file") << n;
    ASSERT_EQ(refusal([&] { Model::from_file(part.data(), part.size(), {}); }), "bad_file file") << n;
  }
  EXPECT_EQ(m->save(true), before);
  Bytes longer = file;
  longer.push_back(0);
  EXPECT_EQ(refusal([&] { load(*m, longer); }), "bad_file file");
  EXPECT_EQ(m->save(true), before);
  load(*m, file);
  EXPECT_EQ(m->save(true), file);
}

Bytes file_of(const std::string& header, const std::vector<float>& data) {
  Bytes out(8 + header.size() + data.size() * 4);
  const uint64_t n = header.size();
  std::memcpy(out.data(), &n, 8);
  std::memcpy(out.data() + 8, header.data(), header.size());
  if (!data.empty()) std::memcpy(out.data() + 8 + header.size(), data.data(), data.size() * 4);
  return out;
}

TEST(Model, AHeaderThatLiesIsRefusedAndChangesNothing) {
  const auto m = model(kTiny);
  train(*m, 0, 3, 2);
  const Bytes before = m->save(true);
  const auto weight = [](const char* dtype, const char* shape, const char* offsets) {
    return std::string(R"("0.weight":{"dtype":)") + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
  };
  const std::string good = weight("\"F32\"", "[1,1]", "[0,4]");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  struct Lie {
    std::string header, refusal;
    std::vector<float> data = {1};
  };
  const std::vector<Lie> lies = {
      {"", "bad_file file"},
      {"{", "bad_file file"},
      {"[]", "bad_file file"},
      {"null", "bad_file file"},
      {std::string(100000, '['), "bad_file file"},
      {R"({"0.weight":7})", "bad_file file"},
      {R"({"0.weight":{"dtype":"F32","shape":[1,1]}})", "bad_file file"},
      {"{" + weight("\"BF16\"", "[1,1]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("7", "[1,1]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F64\"", "[1,1]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "\"x\"", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,1,1,1,1,1]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[-1,-1]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,1.0]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[4611686018427387904,4]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[18446744073709551615]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[4,4,4,4,4]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,0]", "[0,4]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,1]", "[4,0]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,1]", "[4,8]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,1]", "[0,4,8]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,1]", "[0,9007199254740993]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,1]", "[-4,0]") + "}", "bad_file file"},
      {"{" + weight("\"F32\"", "[1,1]", "[4,8]") + "}", "bad_file file", {1, 2}},       // a gap before it
      {"{" + good + "}", "bad_file file", {1, 2}},                                      // bytes that belong to nothing
      {"{" + good + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "bad_file file"},  // an overlap
      {"{" + good + "," + good + R"(,"__metadata__":[]})", "bad_file file"},
      {"{" + good + R"(,"__metadata__":{"step":3}})", "bad_file file"},
      {"{}", "other_model file", {}},
      {R"({"0.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "other_model file"},
      {"{" + good + R"(,"0.bias":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "other_model file", {1, 2}},
      {"{" + weight("\"F32\"", "[1]", "[0,4]") + "}", "other_model file"},
      {"{" + weight("\"F32\"", "[]", "[0,4]") + "}", "other_model file"},
      {"{" + good + R"(,"optimizer.state":{"dtype":"I64","shape":[1],"data_offsets":[4,12]}})", "other_model file", {1, 2, 3}},
      {"{" + good + R"(,"optimizer.state":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]}})", "other_model file", {1, 2}},
      {"{" + good + "}", "not_finite file", {nan}},
  };
  for (const Lie& lie : lies) {
    EXPECT_EQ(refusal([&] { load(*m, file_of(lie.header, lie.data)); }), lie.refusal) << lie.header.substr(0, 200);
    EXPECT_EQ(m->save(true), before) << lie.header.substr(0, 200);
  }
  Bytes huge = file_of("{" + good + "}", {1});
  std::memset(huge.data(), 255, 8);  // a header of 2^64 − 1 bytes
  EXPECT_EQ(refusal([&] { load(*m, huge); }), "bad_file file");

  for (const char* metadata : {"{}", R"({"playgrad":"{"})", R"({"playgrad":"[]"})", R"({"playgrad":"{\"layers\":3}"})"}) {
    const Bytes file = file_of("{" + good + R"(,"__metadata__":)" + metadata + "}", {1});
    EXPECT_NE(refusal([&] { Model::from_file(file.data(), file.size(), {}); }), "") << metadata;
  }
  load(*m, file_of("{" + good + R"(,"__metadata__":{"step":"12","optimizer_steps":"-3"}})", {2.5f}));  // weights alone, as from PyTorch
  EXPECT_EQ(*m->session().data(m->parameter("0.weight")), 2.5f);
  EXPECT_EQ(m->session().step(), 12);
  EXPECT_EQ(m->session().optimizer_steps(), 0);
}

TEST(Model, SetChangesTheRunningModelOrNothing) {
  const auto m = model(kSpec);
  train(*m, 0, 2, 4);
  m->set("optimizer.lr", 0.5);
  EXPECT_EQ(m->session().lr(), 0.5);
  m->set("optimizer.betas", Json::array({0.8, 0.9}));
  m->set("schedule", {{"type", "step"}, {"step_size", 1}, {"gamma", 0.5}});
  EXPECT_EQ(m->session().lr(), 0.125);  // two steps are done
  m->set("schedule.gamma", 1);
  m->set("layers[3].p", 0);
  m->set("gradient_clipping.max_norm", 1);  // a section that was left out
  m->set("regularization", {{"l1", 0.25}});
  EXPECT_EQ(m->session().l1(), 0.25);
  EXPECT_EQ(m->session().l2(), 0);
  EXPECT_EQ(m->spec()["layers"][3]["p"], 0);
  train(*m, 2, 2, 4);
  const Bytes before = m->save(true);
  const std::string deep = [] {
    std::string s;
    for (int i = 0; i < 100000; ++i) s += "a.";
    return s;
  }();
  const std::vector<std::pair<std::string, Json>> refused = {
      {"", 1}, {".", 1}, {"..", 1}, {"[", 1}, {"[0]", 1}, {"[]", 1}, {"layers", 1}, {"layers[", 1}, {"layers[3", 1}, {"layers[x].p", 1}, {"layers[-1].p", 1},
      {"layers[99].p", 1}, {"layers[99999999999999999999].p", 1}, {"layers.p", 1}, {"layers[3]p", 2}, {"optimizer.lr.x", 1}, {"optimizer[0]", 1}, {"optimizer.", 1}, {"optimizer..lr", 1},
      {"colour", 1}, {"a.b.c", 1}, {deep, 1}, {deep + "a", 1}, {std::string("\xff\0x", 3), 1},
      {"optimizer.lr", "fast"}, {"optimizer.lr", -1}, {"optimizer.lr", nullptr}, {"optimizer", 7}, {"layers[3].p", 2}, {"optimizer.lr", Json(Json::value_t::discarded)},
      {"seed", 5}, {"batch_size", 5}, {"layers[0].out_features", 5}, {"layers[2].type", "tanh"}, {"layers[0].frozen", true}, {"layers[0].init", "zeros"}, {"layers[0].name", "a"},
      {"input.shape", Json::array({4})}, {"loss.type", "mse"}, {"loss.weight", Json::array({1, 2})}};
  for (const auto& [where, what] : refused) {
    const std::string& path = where;  // plain names: C++20 lets a lambda capture a structured binding, older compilers do not
    const Json& value = what;
    EXPECT_NE(refusal([&] { m->set(path, value); }), "") << path.substr(0, 80) << " " << value;
    EXPECT_EQ(m->save(true), before) << path.substr(0, 80);
  }
  EXPECT_EQ(refusal([&] { m->set("layers[0].out_features", 5); }), "needs_rebuild layers[0].out_features");
  EXPECT_EQ(refusal([&] { m->set("layers[3].p", 2); }), "out_of_range layers[3].p");
  m->set("optimizer", {{"type", "sgd"}, {"lr", 0.1}});  // its state starts anew
  EXPECT_EQ(m->session().optimizer_steps(), 0);
  train(*m, 4, 2, 4);
  EXPECT_EQ(m->divergence(), Json());
}

TEST(Model, RunSaysWhatIsWrongWithABatch) {
  const auto m = model(kSpec);
  train(*m, 0, 1, 4);
  const Bytes before = m->save(true);
  Session<float>& s = m->session();
  for (const int n : {0, -1, 5, std::numeric_limits<int>::min()}) EXPECT_EQ(refusal([&] { m->run(Pass::train, n); }), "out_of_range x");
  s.values_in(0)[7] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(refusal([&] { m->run(Pass::train, 4); }), "not_finite x[7]");
  m->run(Pass::predict, 2);  // what lies beyond the batch is nobody's business
  s.values_in(0)[7] = 0;
  for (const int32_t id : {2, -1, 1 << 30}) {
    s.ids_in(1)[3] = id;
    EXPECT_EQ(refusal([&] { m->run(Pass::evaluate, 4); }), "out_of_range y[3]");
  }
  m->run(Pass::predict, 4);  // needs no targets
  s.ids_in(1)[3] = -100;     // ignore_index
  EXPECT_TRUE(std::isfinite(m->run(Pass::evaluate, 4)));
  EXPECT_EQ(m->save(true), before);
  const auto predicts = model(R"({"input":{"tokens":2,"vocab_size":3},"layers":[{"type":"embedding","embedding_dim":2}]})");
  EXPECT_EQ(refusal([&] { predicts->run(Pass::train, 1); }), "missing loss");
  predicts->session().ids_in(0)[1] = 3;
  EXPECT_EQ(refusal([&] { predicts->run(Pass::predict, 1); }), "out_of_range x[1]");
}

TEST(Model, ABatchThatStaysIsCheckedOnceAndGivesTheSameBits) {
  const auto a = model(kSpec), b = model(kSpec);
  Session<float>& s = a->session();
  Batch batch(b->session(), true), inputs(b->session(), false);
  for (int n : {4, 3, 1}) {
    train(*a, n, 1, n);  // writes numbers, and steps on them
    const size_t x = static_cast<size_t>(s.graph().values[static_cast<size_t>(s.graph().inputs[0])].type.shape.numel());
    std::copy_n(s.values_in(0), x, static_cast<float*>(batch.numbers(0)));
    std::copy_n(s.values_in(0), x, static_cast<float*>(inputs.numbers(0)));
    std::copy_n(s.ids_in(1), 4, static_cast<int32_t*>(batch.numbers(1)));
    b->check(batch, n);
    b->check(inputs, n);
    EXPECT_EQ(b->run(Pass::train, batch), s.loss());
    EXPECT_EQ(a->save(true), b->save(true));
    EXPECT_EQ(a->run(Pass::evaluate, n), b->run(Pass::evaluate, batch));
    EXPECT_EQ(refusal([&] { b->run(Pass::evaluate, inputs); }), "missing y");
    b->run(Pass::predict, inputs);
  }
  for (const int n : {0, -1, 5}) EXPECT_EQ(refusal([&] { b->check(batch, n); }), "out_of_range x");
  static_cast<int32_t*>(batch.numbers(1))[3] = 2;
  EXPECT_EQ(refusal([&] { b->check(batch, 4); }), "out_of_range y[3]");
  static_cast<float*>(batch.numbers(0))[7] = std::nanf("");
  EXPECT_EQ(refusal([&] { b->check(batch, 4); }), "not_finite x[7]");
}

TEST(Model, NamesAndNumbersFromOutsideAreChecked) {
  const auto m = model(kSpec);
  const Bytes before = m->save(true);
  EXPECT_EQ(refusal([&] { m->value("nobody"); }), "unknown_name name");
  EXPECT_EQ(refusal([&] { m->parameter("2"); }), "unknown_name name");  // an activation
  const int v = m->parameter("4.bias");
  const float numbers[] = {1, std::nanf("")};
  EXPECT_EQ(refusal([&] { m->set_parameter(v, numbers, 1); }), "bad_shape 4.bias");
  EXPECT_EQ(refusal([&] { m->set_parameter(v, numbers, 2); }), "not_finite 4.bias[1]");
  EXPECT_EQ(m->save(true), before);
  const float many = 1e30f;  // more than a 64-bit counter counts
  m->set_parameter(m->parameter("1.num_batches_tracked"), &many, 1);
  EXPECT_GT(stored(m->save(true)).find("1.num_batches_tracked")->at(0), 1e14);
}

TEST(Model, ADivergedTrainingStaysReadableUntilItIsForgiven) {
  const auto m = model(R"({"batch_size":2,"input":{"shape":[1]},"layers":[{"type":"linear","out_features":1,"bias":false}],"loss":{"type":"mse"},"optimizer":{"type":"sgd","lr":1000000}})");
  train(*m, 0, 20, 2);
  ASSERT_FALSE(m->divergence().is_null());
  const int64_t step = m->session().step();
  train(*m, 0, 1, 2);
  EXPECT_EQ(m->session().step(), step);
  const float w = 1;
  m->set_parameter(m->parameter("0.weight"), &w, 1);
  EXPECT_TRUE(m->divergence().is_null());
}

TEST(Model, AGeneratorTrainsAgainstADiscriminatorThatItOnlyBorrows) {
  auto d = std::shared_ptr<Model>(model(R"({"seed":1,"batch_size":4,"input":{"shape":[3]},"layers":[{"type":"linear","name":"score","out_features":1}],
      "loss":{"type":"bce_with_logits"},"optimizer":{"type":"adam","lr":0.1}})"));
  const std::string spec = R"({"seed":2,"batch_size":4,"input":{"shape":[2]},"layers":[{"type":"linear","name":"make","out_features":3},
      {"type":"linear","name":"judge","out_features":1,"share":"d/score","frozen":true}],"loss":{"type":"bce_with_logits"},"optimizer":{"type":"adam","lr":0.1}})";
  EXPECT_EQ(refusal([&] { model(spec); }), "unknown_input layers[1].share");
  EXPECT_EQ(refusal([&] { model(spec, {{"d", model(kSpec)}}); }), "unknown_input layers[1].share");
  const auto g = model(spec, {{"d", d}});
  EXPECT_EQ(g->session().data(g->parameter("judge.weight")), d->session().data(d->parameter("score.weight")));
  const Bytes judge = d->save(true), maker = g->save(true);
  train(*g, 0, 3, 4);
  EXPECT_EQ(d->save(true), judge);
  EXPECT_NE(g->save(true), maker);
  g->set("optimizer.lr", 0.2);  // finds the other model again
  EXPECT_EQ(refusal([&] { g->set("layers[1].share", "d/other"); }), "unknown_input layers[1].share");
  EXPECT_EQ(refusal([&] { g->set("layers[1].frozen", false); }), "needs_rebuild layers[1].frozen");

  const Bytes file = g->save(true);  // a whole model of its own, but its file needs the other's name
  EXPECT_EQ(refusal([&] { Model::from_file(file.data(), file.size(), {}); }), "unknown_input layers[1].share");
  EXPECT_EQ(Model::from_file(file.data(), file.size(), {{"d", d}})->save(true), file);

  std::string trains = spec;
  trains.replace(trains.find("true"), 4, "false");
  const auto both = model(trains, {{"d", d}});
  train(*both, 0, 3, 4);
  EXPECT_NE(d->save(false), judge);
  EXPECT_EQ(validate(trains, {{"d", d}}).size(), 0u);
  EXPECT_EQ(validate(trains, {}).size(), 1u);

  // A third borrows through the second; all outlive those that they borrow from.
  auto middle = std::shared_ptr<Model>(model(spec, {{"d", d}}));
  const auto last = model(R"({"batch_size":4,"input":{"shape":[3]},"layers":[{"type":"linear","out_features":1,"share":"m/judge"}],"loss":{"type":"bce_with_logits"}})", {{"m", middle}});
  d.reset();
  middle.reset();
  train(*last, 0, 3, 4);
  train(*g, 3, 3, 4);
  EXPECT_EQ(last->session().data(last->parameter("0.weight")), g->session().data(g->parameter("judge.weight")));
  EXPECT_TRUE(g->divergence().is_null());
}

}  // namespace
}  // namespace pg

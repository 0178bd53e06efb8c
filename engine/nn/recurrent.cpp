// torch.nn.RNN, LSTM and GRU with batch_first: x [B, T, input_size] -> [B, T, D·hidden_size], D directions; or, with output
// "last", the states the directions end in, [B, D·hidden_size]. Further inputs are initial states [B, hidden_size]: h0, for
// lstm h0 and c0 (one layer in one direction only).
// Named values: NAME; per layer and direction NAME.l0, NAME.l0_reverse with .gates [B, T, G·H] (lstm i, f, g, o; gru r, z, n) and
// lstm's .cell [B, T, H]; between layers NAME.l0_joined (both directions) and NAME.l0_dropout.
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kInput = {.key = "input_size", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 20};
constexpr ParamDef kHidden = {.key = "hidden_size", .kind = Kind::integer, .min = 1, .max = 1 << 16, .required = true};
constexpr ParamDef kLayers = {.key = "num_layers", .kind = Kind::integer, .def = 1, .min = 1, .max = 16};
constexpr ParamDef kNonlinearity = {.key = "nonlinearity", .kind = Kind::choice, .choices = "tanh|relu", .text = "tanh"};
constexpr ParamDef kBias = {.key = "bias", .kind = Kind::boolean, .def = 1};
constexpr ParamDef kDropout = {.key = "dropout", .def = 0, .min = 0, .max = 1};  // between layers
constexpr ParamDef kBidirectional = {.key = "bidirectional", .kind = Kind::boolean, .def = 0};
constexpr ParamDef kOutput = {.key = "output", .kind = Kind::choice, .choices = "sequence|last", .text = "sequence"};

constexpr ParamDef kRnn[] = {kInput, kHidden, kLayers, kNonlinearity, kBias, kDropout, kBidirectional, kOutput};
constexpr ParamDef kGated[] = {kInput, kHidden, kLayers, kBias, kDropout, kBidirectional, kOutput};

int build(LayerBuild& b, OpId op, int64_t gates) {
  const Params& p = b.params;
  const Shape x = b.shape();
  if (x.rank != 3) fail("bad_shape", b.graph.path, "an input of shape [batch, time, features]", x.str());
  b.expect("input_size", x[2]);
  const int64_t hidden = p.integer("hidden_size");
  const int layers = p.integer("num_layers");
  const bool both = p.flag("bidirectional"), bias = p.flag("bias"), last = p.is("output", "last");
  const size_t most = op == OpId::lstm ? 3 : 2;
  if (b.in.size() != 1 && (b.in.size() != most || layers > 1 || both))
    fail("bad_inputs", b.graph.path + ".inputs",
         layers > 1 || both ? "a list of 1: initial states are for one layer in one direction" : "a list of 1 or " + std::to_string(most), std::to_string(b.in.size()));
  const Init init = default_init(hidden);
  const auto direction = [&](int layer, int from, bool reverse) {
    const std::string suffix = "_l" + std::to_string(layer) + (reverse ? "_reverse" : "");
    std::vector<int> in = {from, b.weight("weight_ih" + suffix, {gates * hidden, b.graph.shape(from)[2]}, init), b.weight("weight_hh" + suffix, {gates * hidden, hidden}, init)};
    if (bias)
      for (const char* name : {"bias_ih", "bias_hh"}) in.push_back(b.bias(name + suffix, gates * hidden, init));
    in.insert(in.end(), b.in.begin() + 1, b.in.end());
    return b.graph.node(op, b.named(suffix.substr(1)), in,
                        {{"reverse", reverse ? 1.0 : 0.0}, {"bias", bias ? 1.0 : 0.0}, {"relu", p.has("nonlinearity") && p.is("nonlinearity", "relu") ? 1.0 : 0.0}});
  };
  const auto join = [&](const std::string& name, int a, int c) { return b.graph.node(OpId::cat, name, {a, c}, {{"dim", -1}}); };
  int at = b.in[0];
  for (int layer = 0;; ++layer) {
    const std::string name = b.named("l" + std::to_string(layer));
    const int forward = direction(layer, at, false), backward = both ? direction(layer, at, true) : -1;
    if (layer == layers - 1) {
      if (last && both)
        return join(b.name, b.graph.node(OpId::select, name + ".last", {forward}), b.graph.node(OpId::select, name + "_reverse.last", {backward}, {{"index", 0}}));
      if (last) return b.graph.node(OpId::select, b.name, {forward});
      if (both) return join(b.name, forward, backward);
      return b.graph.node(OpId::reshape, b.name, {forward}, {{"d0", static_cast<double>(x[1])}, {"d1", static_cast<double>(hidden)}});  // another name for it
    }
    at = both ? join(name + "_joined", forward, backward) : forward;
    if (p.number("dropout") > 0) at = b.graph.node(OpId::dropout, name + "_dropout", {at}, {{"p", p.number("dropout")}});
  }
}

}  // namespace

const LayerDef rnn = {"rnn", kRnn, 1, 2, false, [](LayerBuild& b) { return build(b, OpId::rnn, 1); }};
const LayerDef lstm = {"lstm", kGated, 1, 3, false, [](LayerBuild& b) { return build(b, OpId::lstm, 4); }};
const LayerDef gru = {"gru", kGated, 1, 2, false, [](LayerBuild& b) { return build(b, OpId::gru, 3); }};

}  // namespace pg::layers

#include "nn/loss.h"

namespace pg {

namespace {

using Target = LossDef::Target;

constexpr ParamDef kReduction = {.key = "reduction", .kind = Kind::choice, .choices = "mean|sum", .text = "mean"};
constexpr int kMaxWeights = 1 << 16;

constexpr ParamDef kPlain[] = {kReduction};
constexpr ParamDef kHuber[] = {{.key = "delta", .def = 1, .min = 1e-6, .max = 1e6}, kReduction};
constexpr ParamDef kBce[] = {{.key = "pos_weight", .kind = Kind::reals, .min = 0, .max = 1e6, .max_length = kMaxWeights}, kReduction};
constexpr ParamDef kCrossEntropy[] = {
    {.key = "ignore_index", .kind = Kind::integer, .def = -100, .min = -1e6, .max = 1e6},
    {.key = "label_smoothing", .def = 0, .min = 0, .max = 1},
    {.key = "weight", .kind = Kind::reals, .min = 0, .max = 1e6, .max_length = kMaxWeights},
    kReduction,
};
// Of a detector that looks once: ops/detection_loss.cpp.
constexpr ParamDef kDetection[] = {
    {.key = "lambda_obj", .def = 1, .min = 0, .max = 1e6},
    {.key = "lambda_noobj", .def = 0.5, .min = 0, .max = 1e6},
    {.key = "lambda_box", .def = 5, .min = 0, .max = 1e6},
    {.key = "lambda_cls", .def = 1, .min = 0, .max = 1e6},
};
// KL(N(mu, e^logvar) ‖ N(0, 1)) of a variational autoencoder (Kingma & Welling 2014, appendix B): summed over the features.
constexpr ParamDef kKl[] = {{.key = "reduction", .kind = Kind::choice, .choices = "batchmean|sum|mean", .text = "batchmean"}};

const LossDef kDefs[] = {
    {"mse", kPlain, OpId::mse, 1, Target::values},
    {"l1", kPlain, OpId::l1, 1, Target::values},
    {"huber", kHuber, OpId::huber, 1, Target::values},
    {"bce_with_logits", kBce, OpId::bce_with_logits, 1, Target::values},
    {"cross_entropy", kCrossEntropy, OpId::cross_entropy, 1, Target::ids},
    {"kl", kKl, OpId::kl, 2, Target::none},
    {"detection", kDetection, OpId::detection_loss, 1, Target::values},
};

int choice_index(const ParamDef& d, const std::string& chosen) {
  const auto all = split(d.choices, '|');
  int i = 0;
  while (all[static_cast<size_t>(i)] != chosen) ++i;
  return i;
}

}  // namespace

const LossDef* find_loss(std::string_view name) {
  for (const LossDef& d : kDefs)
    if (name == d.name) return &d;
  return nullptr;
}

std::string loss_names() {
  std::string s;
  for (const LossDef& d : kDefs) s += (s.empty() ? "" : "|") + std::string(d.name);
  return s;
}

Json loss_schema() {
  Json out = Json::object();
  for (const LossDef& d : kDefs) out[d.name] = schema_rows(d.params);
  return out;
}

Shape target_shape(const LossDef& def, const Shape& prediction) {
  if (def.op == OpId::detection_loss && prediction.rank == 4) return {6, prediction[2], prediction[3]};
  Shape s;
  for (int d = 1; d < prediction.rank - (def.target == Target::ids); ++d) s.push(prediction[d]);
  return s;
}

int build_loss(const LossDef& def, GraphBuilder& graph, const Params& params, const std::string& name, std::vector<int> in) {
  std::vector<GraphBuilder::Attr> attrs;
  for (const ParamDef& d : def.params) {
    if (d.kind == Kind::choice) {
      attrs.push_back({def.op == OpId::kl ? "reduction" : "sum", static_cast<double>(choice_index(d, params.text(d.key)))});
    } else if (d.kind == Kind::reals) {
      const std::vector<double>& weights = params.reals(d.key);
      if (weights.empty()) continue;
      const int64_t n = graph.shape(in[0]).last();
      if (static_cast<int64_t>(weights.size()) != n)
        fail("bad_shape", graph.path + "." + d.key, "a list of " + std::to_string(n) + ", one for each place of the prediction's last dimension", std::to_string(weights.size()));
      const int table = graph.buffer(name + "." + d.key, {n}, Init{}, false);
      graph.graph.values[static_cast<size_t>(table)].table = weights;
      in.push_back(table);
    } else {
      attrs.push_back({d.key, params.number(d.key)});
    }
  }
  return graph.node(def.op, name, in, attrs);
}

}  // namespace pg

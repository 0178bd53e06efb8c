#include "labs/transformer.h"

namespace pg {

std::string add_embedding(Json& layers, const std::string& side, size_t vocabulary, const Params& p, double std) {
  layers.push_back({{"type", "embedding"}, {"name", side + "_embedding"}, {"inputs", {side}}, {"num_embeddings", vocabulary}, {"embedding_dim", p.integer("d_model")},
                    {"init", {{"type", "normal"}, {"std", std}}}});
  if (p.is("positional", "none")) return side + "_embedding";
  layers.push_back({{"type", "positional_encoding"}, {"name", side + "_x"}, {"kind", p.text("positional")}});
  return side + "_x";
}

void set_dropout(LabModel& m, double rate) {
  for (const Node& node : m.graph().nodes) m.set_attr(m.graph().values[static_cast<size_t>(node.out[0])].name, node.op == OpId::dropout ? "p" : "dropout", rate);
}

void read_weights(const LabModel& m, int value, int64_t rows, int64_t cols, TensorOut& out) {
  const Shape& s = m.shape(value);  // [batch, heads, tokens that look, tokens looked at]
  out.shape = {s[1], rows, cols};
  for (int64_t h = 0; h < s[1]; ++h)
    for (int64_t i = 0; i < rows; ++i) {
      const float* from = m.data(value) + (h * s[2] + i) * s[3];
      out.values.insert(out.values.end(), from, from + cols);
    }
}

void Lab::reconcile_heads() {
  const int d = params_.integer("d_model");
  int heads = params_.integer("nhead");
  while (d % heads != 0) --heads;
  if (heads != params_.integer("nhead")) correct("nhead", static_cast<double>(heads), "a divisor of d_model, " + std::to_string(d));
}

}  // namespace pg

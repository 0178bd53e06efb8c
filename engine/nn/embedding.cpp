// torch.nn.Embedding: ids [...] -> [..., embedding_dim]. Default initialisation N(0, 1); row padding_idx stays zeros.
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "num_embeddings", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 20},
    {.key = "embedding_dim", .kind = Kind::integer, .min = 1, .max = 1 << 16, .required = true},
    {.key = "padding_idx", .kind = Kind::integer, .def = -1, .min = -1, .max = (1 << 20) - 1},  // −1: none
};

int build(LayerBuild& b) {
  const int64_t below = b.graph.graph.values[static_cast<size_t>(b.in[0])].ids_below;  // 0 where nobody knows
  const int64_t given = b.params.integer("num_embeddings"), rows = given ? given : below;
  const std::string path = b.graph.path + ".";
  if (rows == 0) fail("missing", path + "num_embeddings", "an integer from 1 to 1048576", "");
  if (rows < below) fail("bad_shape", path + "num_embeddings", "at least " + std::to_string(below) + ", the number of ids that come in", std::to_string(rows));
  const int64_t padding = b.params.integer("padding_idx");
  if (padding >= rows) fail("bad_shape", path + "padding_idx", "below the " + std::to_string(rows) + " embeddings", std::to_string(padding));
  Init normal;
  normal.type = Init::Type::normal;
  normal.b = 1;
  normal.zero_row = padding;
  const int w = b.weight("weight", {rows, b.params.integer("embedding_dim")}, normal);
  return b.graph.node(OpId::embedding, b.name, {b.in[0], w}, {{"padding_idx", static_cast<double>(padding)}});
}

}  // namespace

const LayerDef embedding = {"embedding", kParams, 1, 1, true, build};

}  // namespace pg::layers

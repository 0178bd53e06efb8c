// torch.nn.Embedding: ids [...] -> [..., embedding_dim]. Default initialisation N(0, 1).
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "num_embeddings", .kind = Kind::integer, .min = 1, .max = 1 << 20, .required = true},
    {.key = "embedding_dim", .kind = Kind::integer, .min = 1, .max = 1 << 16, .required = true},
};

int build(LayerBuild& b) {
  Init normal;
  normal.type = Init::Type::normal;
  normal.b = 1;
  const int w = b.weight("weight", {b.params.integer("num_embeddings"), b.params.integer("embedding_dim")}, normal);
  return b.graph.node(OpId::embedding, b.name, {b.in[0], w});
}

}  // namespace

const LayerDef embedding = {"embedding", kParams, 1, 1, true, build};

}  // namespace pg::layers

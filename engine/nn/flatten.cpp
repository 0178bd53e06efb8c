// torch.nn.Flatten: everything after the batch becomes one dimension.
#include "nn/layer.h"

namespace pg::layers {

namespace {
int build(LayerBuild& b) {
  return b.graph.node(OpId::reshape, b.name, {b.in[0]}, {{"d0", static_cast<double>(b.shape().numel() / b.graph.batch())}});
}
}  // namespace

const LayerDef flatten = {"flatten", {}, 1, 1, false, build};

}  // namespace pg::layers

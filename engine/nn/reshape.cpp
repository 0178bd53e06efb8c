// torch.nn.Unflatten for whole examples: `shape` is the shape of one example, without the batch.
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "shape", .kind = Kind::integers, .min = 1, .max = 1 << 20, .text = "", .min_length = 1, .max_length = 4, .required = true},
};

int build(LayerBuild& b) {
  static const char* const names[] = {"d0", "d1", "d2", "d3"};
  std::vector<GraphBuilder::Attr> attrs;
  for (int d : b.params.integers("shape")) attrs.push_back({names[attrs.size()], static_cast<double>(d)});
  return b.graph.node(OpId::reshape, b.name, {b.in[0]}, attrs);
}

}  // namespace

const LayerDef reshape = {"reshape", kParams, 1, 1, false, build};

}  // namespace pg::layers

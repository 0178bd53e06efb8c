// torch.nn.Linear: x [..., in_features] -> [..., out_features].
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "in_features", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 20},
    {.key = "out_features", .kind = Kind::integer, .min = 1, .max = 1 << 20, .required = true},
    {.key = "bias", .kind = Kind::boolean, .def = 1},
};

int build(LayerBuild& b) {
  const int64_t in = b.shape().last(), out = b.params.integer("out_features");
  b.expect("in_features", in);
  std::vector<int> inputs = {b.in[0], b.weight("weight", {out, in}, default_init(in))};
  if (b.params.flag("bias")) inputs.push_back(b.bias("bias", out, default_init(in)));
  return b.graph.node(OpId::linear, b.name, inputs);
}

}  // namespace

const LayerDef linear = {"linear", kParams, 1, 1, false, build};

}  // namespace pg::layers

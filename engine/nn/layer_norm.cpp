// torch.nn.LayerNorm over the last dimension.
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "normalized_shape", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 20},
    {.key = "eps", .def = 1e-5, .min = 0, .max = 1},
};

int build(LayerBuild& b) {
  const int64_t d = b.shape().last();
  b.expect("normalized_shape", d);
  Init one;
  one.type = Init::Type::constant;
  one.a = 1;
  const int gamma = b.parameter("weight", {d}, one);
  const int beta = b.parameter("bias", {d}, Init{});
  return b.graph.node(OpId::layer_norm, b.name, {b.in[0], gamma, beta}, {{"eps", b.params.number("eps")}});
}

}  // namespace

const LayerDef layer_norm = {"layer_norm", kParams, 1, 1, false, build};

}  // namespace pg::layers

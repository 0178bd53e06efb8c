// torch.nn.LayerNorm over the last dimensions, as many as normalized_shape has; left out, over the last one.
#include <algorithm>

#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "normalized_shape", .kind = Kind::integers, .min = 1, .max = 1 << 20, .text = "", .min_length = 0, .max_length = Shape::kMaxRank - 1},
    {.key = "eps", .def = 1e-5, .min = 0, .max = 1},
    {.key = "elementwise_affine", .kind = Kind::boolean, .def = 1},
    {.key = "bias", .kind = Kind::boolean, .def = 1},  // only with elementwise_affine
};

int build(LayerBuild& b) {
  const Shape& x = b.shape();
  const std::vector<int> given = b.params.integers("normalized_shape");
  const int dims = given.empty() ? 1 : static_cast<int>(given.size());
  Shape s, wanted;  // the last dimensions, and what the spec says of them
  for (int i = std::max(1, x.rank - dims); i < x.rank; ++i) s.push(x[i]);
  for (int d : given) wanted.push(d);
  if (!given.empty() && !(wanted == s)) fail("bad_shape", b.graph.path + ".normalized_shape", s.str() + ", which follows from the input", wanted.str());
  std::vector<int> inputs = {b.in[0]};
  if (b.params.flag("elementwise_affine")) {
    Init one;
    one.type = Init::Type::constant;
    one.a = 1;
    inputs.push_back(b.parameter("weight", s, one));
    if (b.params.flag("bias")) inputs.push_back(b.parameter("bias", s, Init{}));
  }
  return b.graph.node(OpId::layer_norm, b.name, inputs, {{"eps", b.params.number("eps")}, {"dims", static_cast<double>(dims)}});
}

}  // namespace

const LayerDef layer_norm = {"layer_norm", kParams, 1, 1, false, build};

}  // namespace pg::layers

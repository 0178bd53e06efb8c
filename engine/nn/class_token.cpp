// A learned token before all others (Devlin et al. 2018; of images Dosovitskiy et al. 2021): x [B, T, d] -> [B, T + 1, d].
#include "nn/layer.h"

namespace pg::layers {

namespace {

int build(LayerBuild& b) {
  const Shape& x = b.shape();
  if (x.rank != 3) fail("bad_shape", b.graph.path, "an input of shape [batch, time, features]", x.str());
  Init init;
  init.type = Init::Type::normal;
  init.b = 0.02;  // as BERT starts it
  return b.graph.node(OpId::cat, b.name, {b.parameter("weight", {1, x[2]}, init), b.in[0]}, {{"dim", 1}});
}

}  // namespace

const LayerDef class_token = {"class_token", {}, 1, 1, false, build};

}  // namespace pg::layers

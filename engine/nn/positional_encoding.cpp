// Adds a table [T, d] to every example of x [B, T, d]: the sines of Vaswani et al. 2017 §3.5, or a learned one.
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "kind", .kind = Kind::choice, .choices = "sinusoidal|learned", .text = "sinusoidal"},
};

int build(LayerBuild& b) {
  const Shape& x = b.shape();
  if (x.rank != 3) fail("bad_shape", b.graph.path, "an input of shape [batch, time, features]", x.str());
  Init init;
  int table;
  if (b.params.is("kind", "sinusoidal")) {
    init.type = Init::Type::sinusoidal;
    table = b.buffer("pe", {x[1], x[2]}, init, false);
  } else {
    init.type = Init::Type::normal;
    init.b = 0.02;  // as GPT-2 and BERT start theirs
    table = b.parameter("weight", {x[1], x[2]}, init);
  }
  return b.graph.node(OpId::add, b.name, {b.in[0], table});
}

}  // namespace

const LayerDef positional_encoding = {"positional_encoding", kParams, 1, 1, false, build};

}  // namespace pg::layers

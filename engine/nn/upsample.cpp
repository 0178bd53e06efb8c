// torch.nn.Upsample(mode="nearest") by whole factors: x [B, C, L] -> [B, C, L·s], or [B, C, H, W] -> [B, C, H·s, W·s].
#include "nn/window.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    window_row("scale_factor", 2, 1, 64, "", true),
    {.key = "mode", .kind = Kind::choice, .choices = "nearest", .text = "nearest"},
};

int build(LayerBuild& b) {
  const int dimensions = b.shape().rank == 3 ? 1 : 2;
  if (dimensions == 2) expect_planes(b, 2);
  if (dimensions == 1 && b.params.integers("scale_factor").size() > 1)
    fail("bad_shape", b.graph.path + ".scale_factor", "one integer for an input of shape [batch, channels, length]", b.params.json()["scale_factor"].dump());
  const Pair scale = pair(b, "scale_factor", dimensions, 1);
  return b.graph.node(OpId::upsample, b.name, {b.in[0]}, {{"scale_h", scale.h}, {"scale_w", scale.w}});
}

}  // namespace

const LayerDef upsample = {"upsample", kParams, 1, 1, false, build};

}  // namespace pg::layers

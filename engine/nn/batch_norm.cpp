// torch.nn.BatchNorm1d, x [B, C] or [B, C, L], and BatchNorm2d, x [B, C, H, W].
#include "nn/layer.h"

namespace pg::layers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "num_features", .kind = Kind::integer, .def = 0, .min = 0, .max = 1 << 20},
    {.key = "eps", .def = 1e-5, .min = 0, .max = 1},
    {.key = "momentum", .def = 0.1, .min = 0, .max = 1},
    {.key = "affine", .kind = Kind::boolean, .def = 1},
    {.key = "track_running_stats", .kind = Kind::boolean, .def = 1},
};

int build(LayerBuild& b) {
  const int64_t channels = b.shape()[1];
  b.expect("num_features", channels);
  Init one;
  one.type = Init::Type::constant;
  one.a = 1;
  std::vector<int> inputs = {b.in[0]};
  if (b.params.flag("affine")) {
    inputs.push_back(b.parameter("weight", {channels}, one));
    inputs.push_back(b.parameter("bias", {channels}, Init{}));
  }
  if (b.params.flag("track_running_stats")) {
    inputs.push_back(b.buffer("running_mean", {channels}, Init{}, true));
    inputs.push_back(b.buffer("running_var", {channels}, one, true));
    inputs.push_back(b.buffer("num_batches_tracked", {1}, Init{}, true));
    b.graph.graph.values[static_cast<size_t>(inputs.back())].counter = true;
  }
  return b.graph.node(OpId::batch_norm, b.name, inputs, {{"eps", b.params.number("eps")}, {"momentum", b.params.number("momentum")}});
}

int build_1d(LayerBuild& b) {
  if (b.shape().rank != 2 && b.shape().rank != 3)
    fail("bad_shape", b.graph.path, "an input of shape [batch, channels] or [batch, channels, length]", b.shape().str());
  return build(b);
}

int build_2d(LayerBuild& b) {
  if (b.shape().rank != 4) fail("bad_shape", b.graph.path, "an input of shape [batch, channels, height, width]", b.shape().str());
  return build(b);
}

}  // namespace

const LayerDef batch_norm1d = {"batch_norm1d", kParams, 1, 1, false, build_1d};
const LayerDef batch_norm2d = {"batch_norm2d", kParams, 1, 1, false, build_2d};

}  // namespace pg::layers

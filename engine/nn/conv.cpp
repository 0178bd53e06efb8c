// torch.nn.Conv1d, Conv2d and ConvTranspose2d: x [B, in_channels, …] -> [B, out_channels, …].
#include <algorithm>

#include "nn/window.h"

namespace pg::layers {

namespace {

constexpr int kMostChannels = 1 << 20, kMostSide = 1024;

constexpr ParamDef kIn = {.key = "in_channels", .kind = Kind::integer, .def = 0, .min = 0, .max = kMostChannels};
constexpr ParamDef kOut = {.key = "out_channels", .kind = Kind::integer, .min = 1, .max = kMostChannels, .required = true};
constexpr ParamDef kGroups = {.key = "groups", .kind = Kind::integer, .def = 1, .min = 1, .max = kMostChannels};
constexpr ParamDef kBias = {.key = "bias", .kind = Kind::boolean, .def = 1};
constexpr ParamDef side(const char* key, int dimensions, double min, const char* text) { return window_row(key, dimensions, min, kMostSide, text); }
constexpr ParamDef kernel(int dimensions) { return window_row("kernel_size", dimensions, 1, kMostSide, "", true); }
constexpr ParamDef padding(int dimensions) { return window_row("padding", dimensions, 0, kMostSide, "0", false, 1, "same|valid"); }

constexpr ParamDef kConv1d[] = {kIn, kOut, kernel(1), side("stride", 1, 1, "1"), padding(1), side("dilation", 1, 1, "1"), kGroups, kBias};
constexpr ParamDef kConv2d[] = {kIn, kOut, kernel(2), side("stride", 2, 1, "1"), padding(2), side("dilation", 2, 1, "1"), kGroups, kBias};
constexpr ParamDef kTranspose2d[] = {kIn, kOut, kernel(2), side("stride", 2, 1, "1"), side("padding", 2, 0, "0"), side("output_padding", 2, 0, "0"),
                                     side("dilation", 2, 1, "1"), kGroups, kBias};

/// A transposed one keeps its weights as [in_channels, out_channels/groups, …], as PyTorch does.
int build(LayerBuild& b, int dimensions, bool transposed) {
  expect_planes(b, dimensions);
  const int64_t in = b.shape()[1], out = b.params.integer("out_channels"), groups = b.params.integer("groups");
  b.expect("in_channels", in);
  const auto divides = [&](const char* what, int64_t channels) {
    if (channels % groups != 0) fail("bad_shape", b.graph.path + ".groups", "a divisor of the " + std::to_string(channels) + " " + what, std::to_string(groups));
  };
  divides("input channels", in);
  divides("out_channels", out);
  const Pair kernel = pair(b, "kernel_size", dimensions, 1), stride = pair(b, "stride", dimensions, 1), dilation = pair(b, "dilation", dimensions, 1);
  Pair padding{0, 0};
  if (b.params.has_word("padding", "same")) {
    if (stride.h != 1 || stride.w != 1) fail("bad_shape", b.graph.path + ".stride", "1 where padding is \"same\"", b.params.json()["stride"].dump());
    padding = {-1, -1};
  } else if (!b.params.has_word("padding", "valid")) {
    padding = pair(b, "padding", dimensions, 0);
  }
  std::vector<GraphBuilder::Attr> attrs = {{"stride_h", stride.h},     {"stride_w", stride.w},     {"padding_h", padding.h}, {"padding_w", padding.w},
                                           {"dilation_h", dilation.h}, {"dilation_w", dilation.w}, {"groups", static_cast<double>(groups)}};
  if (transposed) {
    const Pair more = pair(b, "output_padding", dimensions, 0);
    if (more.h >= std::max(stride.h, dilation.h) || more.w >= std::max(stride.w, dilation.w))
      fail("bad_shape", b.graph.path + ".output_padding", "smaller than the stride or the dilation", b.params.json()["output_padding"].dump());
    attrs.push_back({"output_padding_h", more.h});
    attrs.push_back({"output_padding_w", more.w});
  }
  Shape w = transposed ? Shape{in, out / groups} : Shape{out, in / groups};
  if (dimensions == 2) w.push(static_cast<int64_t>(kernel.h));
  w.push(static_cast<int64_t>(kernel.w));
  const Init init = default_init(w[1] * static_cast<int64_t>(kernel.h * kernel.w));
  std::vector<int> inputs = {b.in[0], b.weight("weight", w, init)};
  if (b.params.flag("bias")) inputs.push_back(b.bias("bias", out, init));
  return b.graph.node(transposed ? OpId::conv_transpose : OpId::conv, b.name, inputs, attrs);
}

}  // namespace

const LayerDef conv1d = {"conv1d", kConv1d, 1, 1, false, [](LayerBuild& b) { return build(b, 1, false); }};
const LayerDef conv2d = {"conv2d", kConv2d, 1, 1, false, [](LayerBuild& b) { return build(b, 2, false); }};
const LayerDef conv_transpose2d = {"conv_transpose2d", kTranspose2d, 1, 1, false, [](LayerBuild& b) { return build(b, 2, true); }};

}  // namespace pg::layers

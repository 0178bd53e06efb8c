// torch.nn.MaxPool1d, MaxPool2d, AvgPool1d, AvgPool2d, AdaptiveAvgPool1d and AdaptiveAvgPool2d: x [B, C, …] -> [B, C, …].
#include "nn/window.h"

namespace pg::layers {

namespace {

constexpr int kMostSide = 1024;

constexpr ParamDef kernel(int dimensions) { return window_row("kernel_size", dimensions, 1, kMostSide, "", true); }
constexpr ParamDef stride(int dimensions) { return window_row("stride", dimensions, 1, kMostSide, "", false, 0); }  // empty: the kernel's size
constexpr ParamDef padding(int dimensions) { return window_row("padding", dimensions, 0, kMostSide / 2, "0"); }
constexpr ParamDef dilation(int dimensions) { return window_row("dilation", dimensions, 1, kMostSide, "1"); }
constexpr ParamDef output(int dimensions) { return window_row("output_size", dimensions, 1, 4096, "", true); }
constexpr ParamDef kCeil = {.key = "ceil_mode", .kind = Kind::boolean, .def = 0};
constexpr ParamDef kCountPad = {.key = "count_include_pad", .kind = Kind::boolean, .def = 1};

constexpr ParamDef kMax1d[] = {kernel(1), stride(1), padding(1), dilation(1), kCeil};
constexpr ParamDef kMax2d[] = {kernel(2), stride(2), padding(2), dilation(2), kCeil};
constexpr ParamDef kAvg1d[] = {kernel(1), stride(1), padding(1), kCeil, kCountPad};
constexpr ParamDef kAvg2d[] = {kernel(2), stride(2), padding(2), kCeil, kCountPad};
constexpr ParamDef kAdaptive1d[] = {output(1)};
constexpr ParamDef kAdaptive2d[] = {output(2)};

int build(LayerBuild& b, OpId op, int dimensions) {
  expect_planes(b, dimensions);
  const Pair kernel = pair(b, "kernel_size", dimensions, 1), padding = pair(b, "padding", dimensions, 0);
  const Pair stride = b.params.integers("stride").empty() ? kernel : pair(b, "stride", dimensions, 1);
  const auto half = [](double k) { return static_cast<double>(static_cast<int>(k) / 2); };
  if (padding.h > half(kernel.h) || padding.w > half(kernel.w))
    fail("bad_shape", b.graph.path + ".padding", "at most half of the kernel", b.params.json()["padding"].dump());
  std::vector<GraphBuilder::Attr> attrs = {{"kernel_h", kernel.h},   {"kernel_w", kernel.w},   {"stride_h", stride.h},
                                           {"stride_w", stride.w},   {"padding_h", padding.h}, {"padding_w", padding.w},
                                           {"ceil_mode", b.params.number("ceil_mode")}};
  if (op == OpId::max_pool) {
    const Pair dilation = pair(b, "dilation", dimensions, 1);
    attrs.push_back({"dilation_h", dilation.h});
    attrs.push_back({"dilation_w", dilation.w});
  } else {
    attrs.push_back({"count_include_pad", b.params.number("count_include_pad")});
  }
  return b.graph.node(op, b.name, {b.in[0]}, attrs);
}

int build_adaptive(LayerBuild& b, int dimensions) {
  expect_planes(b, dimensions);
  const Pair out = pair(b, "output_size", dimensions, 1);
  return b.graph.node(OpId::avg_pool, b.name, {b.in[0]}, {{"out_h", out.h}, {"out_w", out.w}});
}

}  // namespace

const LayerDef max_pool1d = {"max_pool1d", kMax1d, 1, 1, false, [](LayerBuild& b) { return build(b, OpId::max_pool, 1); }};
const LayerDef max_pool2d = {"max_pool2d", kMax2d, 1, 1, false, [](LayerBuild& b) { return build(b, OpId::max_pool, 2); }};
const LayerDef avg_pool1d = {"avg_pool1d", kAvg1d, 1, 1, false, [](LayerBuild& b) { return build(b, OpId::avg_pool, 1); }};
const LayerDef avg_pool2d = {"avg_pool2d", kAvg2d, 1, 1, false, [](LayerBuild& b) { return build(b, OpId::avg_pool, 2); }};
const LayerDef adaptive_avg_pool1d = {"adaptive_avg_pool1d", kAdaptive1d, 1, 1, false, [](LayerBuild& b) { return build_adaptive(b, 1); }};
const LayerDef adaptive_avg_pool2d = {"adaptive_avg_pool2d", kAdaptive2d, 1, 1, false, [](LayerBuild& b) { return build_adaptive(b, 2); }};

}  // namespace pg::layers

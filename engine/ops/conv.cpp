// Cross-correlation of planes with a kernel (torch.nn.functional.conv1d, conv2d).
// x [B, C, H, W], w [O, C/groups, kh, kw], bias [O] or absent; y [B, O, H', W']. Without height: x [B, C, L], w [O, C/groups, k].
// padding −1 is PyTorch's "same": the plane keeps its size, an odd zero goes to the right and the bottom.
#include "kernels/conv.h"
#include "ops/window.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"stride_h", 1}, {"stride_w", 1}, {"padding_h", 0}, {"padding_w", 0}, {"dilation_h", 1}, {"dilation_w", 1}, {"groups", 1}};

int64_t at(const std::array<double, kMaxAttr>& a, size_t i) { return static_cast<int64_t>(a[i]); }

/// One dimension of the window, and how often it fits.
struct Fit {
  Axis axis;
  int64_t out;
};
Fit fit(int64_t n, int64_t kernel, const std::array<double, kMaxAttr>& a, size_t dimension) {
  Axis x{n, kernel, at(a, dimension), at(a, 2 + dimension), at(a, 4 + dimension)};
  if (x.pad >= 0) return {x, x.count(false)};
  x.pad = x.dilation * (kernel - 1) / 2;
  return {x, n};
}

kernels::Conv sizes(const Shape& x, const Shape& w, const std::array<double, kMaxAttr>& attr) {
  const Planes p = planes(x), k = planes(w);
  const Fit h = fit(p.h, k.h, attr, 0), v = fit(p.w, k.w, attr, 1);
  const auto i = [](int64_t v) { return static_cast<int>(v); };
  return {i(p.channels), i(p.h), i(p.w), i(k.batch), i(h.out), i(v.out), i(k.h), i(k.w), i(h.axis.stride), i(v.axis.stride), i(h.axis.pad), i(v.axis.pad),
          i(h.axis.dilation), i(v.axis.dilation), i(at(attr, 6))};
}

void infer(Infer& f) {
  const Shape &x = f.in[0].shape, &w = f.in[1].shape;
  f.rule = planes_rule(x);
  if (!f.rule.empty()) return;
  const int64_t groups = at(f.attr, 6);
  if (w.rank != x.rank || w[1] * groups != x[1] || w[0] % groups != 0) {
    f.rule = "an input whose channels are in_channels";
    return;
  }
  const Planes p = planes(x), k = planes(w);
  for (const Fit& side : {fit(p.h, k.h, f.attr, 0), fit(p.w, k.w, f.attr, 1)})
    if (side.out < 1) f.rule = side.axis.rule();
  if (!f.rule.empty()) return;
  const kernels::Conv c = sizes(x, w, f.attr);
  const double workspace = kernels::conv_workspace(c);
  if (!sane(x, c.out_channels, c.out_h, c.out_w) || workspace > static_cast<double>(kMostElements)) {
    f.rule = "a convolution of at most 2^30 numbers";
    return;
  }
  f.out[0] = {with_plane(x, c.out_channels, c.out_h, c.out_w), f.in[0].batched, DType::f32};
  f.workspace = static_cast<int64_t>(workspace);
}

double flops(const Infer& f) {
  const Shape& w = f.in[1].shape;
  return 2.0 * static_cast<double>(f.out[0].shape.numel()) * static_cast<double>(w.numel() / w[0]);
}

kernels::Conv sizes_of(const Inspect& c) {
  std::array<double, kMaxAttr> attr{};
  for (int i = 0; i < 7; ++i) attr[static_cast<size_t>(i)] = c.attr(i);
  return sizes(c.in_shape(0), c.in_shape(1), attr);
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const kernels::Conv s = sizes_of(c);
  const int64_t j = flat % s.out_w, i = flat / s.out_w % s.out_h, o = flat / (int64_t{s.out_w} * s.out_h) % s.out_channels;
  const int64_t n = flat / (int64_t{s.out_w} * s.out_h * s.out_channels), in = s.channels / s.groups, group = o / (s.out_channels / s.groups);
  e.kind = "affine";
  for (int64_t k = 0; k < in; ++k)
    for (int64_t r = 0; r < s.kernel_h; ++r)
      for (int64_t t = 0; t < s.kernel_w; ++t) {
        const int64_t y = i * s.stride_h + r * s.dilation_h - s.pad_h, x = j * s.stride_w + t * s.dilation_w - s.pad_w;
        if (y < 0 || y >= s.h || x < 0 || x >= s.w) continue;
        const int64_t xi = ((n * s.channels + group * in + k) * s.h + y) * s.w + x, wi = ((o * in + k) * s.kernel_h + r) * s.kernel_w + t;
        e.terms.push_back({"", c.in(0, xi), c.in(1, wi), c.in_ref(0, xi), c.in_ref(1, wi)});
      }
  if (c.n_in() > 2) {
    e.has_bias = true;
    e.bias = c.in(2, o);
    e.bias_ref = c.in_ref(2, o);
  }
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const kernels::Conv s = sizes_of(c);
  const int64_t pixels = int64_t{s.out_h} * s.out_w, in = s.channels / s.groups, outs = s.out_channels / s.groups;
  if (slot > 0) {  // a weight or bias reaches its whole plane: that of the first example
    const int64_t o = slot == 1 ? flat / (in * s.kernel_h * s.kernel_w) : flat;
    for (int64_t i = 0; i < pixels; ++i) to.push_back(o * pixels + i);
    return;
  }
  const int64_t x = flat % s.w, y = flat / s.w % s.h, k = flat / (int64_t{s.w} * s.h) % s.channels, n = flat / (int64_t{s.w} * s.h * s.channels);
  for (int64_t o = k / in * outs; o < (k / in + 1) * outs; ++o)
    for (int64_t r = 0; r < s.kernel_h; ++r)
      for (int64_t t = 0; t < s.kernel_w; ++t) {
        const int64_t i = y + s.pad_h - r * s.dilation_h, j = x + s.pad_w - t * s.dilation_w;
        if (i < 0 || j < 0 || i % s.stride_h || j % s.stride_w || i / s.stride_h >= s.out_h || j / s.stride_w >= s.out_w) continue;
        to.push_back((n * s.out_channels + o) * pixels + i / s.stride_h * s.out_w + j / s.stride_w);
      }
}

}  // namespace

const OpDef conv::def = {"conv", Role::internal, kAttrs, 2, 3, infer, flops, explain, feeds};

template <class T>
void conv::forward(Run<T>& r) {
  kernels::conv_forward<T>(sizes(*r.in_shape[0], *r.in_shape[1], r.attr), static_cast<int>((*r.in_shape[0])[0]), r.in[0], r.in[1],
                           true, r.n_in > 2 ? r.in[2] : nullptr, r.out[0], r.workspace);
}

template <class T>
void conv::backward(Run<T>& r) {
  const kernels::Conv c = sizes(*r.in_shape[0], *r.in_shape[1], r.attr);
  const int batch = static_cast<int>((*r.in_shape[0])[0]);
  if (r.din[0]) kernels::conv_input_gradient<T>(c, batch, r.dout, r.in[1], false, nullptr, r.din[0], r.workspace);
  if (r.din[1]) kernels::conv_weight_gradient<T>(c, batch, r.in[0], r.dout, r.din[1], r.workspace);
  if (r.n_in > 2 && r.din[2]) kernels::sum_planes<T>(batch, c.out_channels, c.out_h * c.out_w, r.dout, r.din[2]);
}

PG_OP_INSTANCES(conv)

}  // namespace pg::ops

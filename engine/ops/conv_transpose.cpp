// The gradient of a convolution as a layer of its own (torch.nn.functional.conv_transpose2d): each pixel of x lays the
// kernel, times itself, over y. x [B, C, H, W], w [C, O/groups, kh, kw], bias [O] or absent;
// y [B, O, (H−1)·stride − 2·padding + dilation·(kh−1) + output_padding + 1, …]. Without height: x [B, C, L], w [C, O/groups, k].
#include "kernels/conv.h"
#include "ops/window.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"stride_h", 1},   {"stride_w", 1},   {"padding_h", 0},        {"padding_w", 0},       {"dilation_h", 1},
                              {"dilation_w", 1}, {"groups", 1},     {"output_padding_h", 0}, {"output_padding_w", 0}};
constexpr int kCount = 9;

int64_t at(const std::array<double, kMaxAttr>& a, size_t i) { return static_cast<int64_t>(a[i]); }

int64_t size_of(int64_t n, int64_t kernel, const std::array<double, kMaxAttr>& a, size_t dimension) {
  return (n - 1) * at(a, dimension) - 2 * at(a, 2 + dimension) + at(a, 4 + dimension) * (kernel - 1) + at(a, 7 + dimension) + 1;
}

/// The convolution whose gradient this is: it leads from y to x.
kernels::Conv sizes(const Shape& x, const Shape& w, const std::array<double, kMaxAttr>& a) {
  const Planes p = planes(x), k = planes(w);
  const auto i = [&](size_t n) { return static_cast<int>(at(a, n)); };
  const auto whole = [](int64_t v) { return static_cast<int>(v); };
  return {whole(k.channels) * i(6), whole(size_of(p.h, k.h, a, 0)), whole(size_of(p.w, k.w, a, 1)), whole(p.channels), whole(p.h), whole(p.w),
          whole(k.h), whole(k.w), i(0), i(1), i(2), i(3), i(4), i(5), i(6)};
}

void infer(Infer& f) {
  const Shape &x = f.in[0].shape, &w = f.in[1].shape;
  f.rule = planes_rule(x);
  if (!f.rule.empty()) return;
  if (w.rank != x.rank || w[0] != x[1] || w[0] % at(f.attr, 6) != 0) {
    f.rule = "an input whose channels are in_channels";
    return;
  }
  const Planes p = planes(x), k = planes(w);
  const int64_t h = size_of(p.h, k.h, f.attr, 0), v = size_of(p.w, k.w, f.attr, 1);
  if (h < 1 || v < 1) {
    f.rule = "a padding that leaves a pixel: (n − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1 = " +
             std::to_string(h < 1 ? h : v) + " ≥ 1";
    return;
  }
  // Sizes first: only those below 2^30 are whole numbers of the kernel's.
  if (!sane(x, k.channels * at(f.attr, 6), h, v)) {
    f.rule = "a convolution of at most 2^30 numbers";
    return;
  }
  const kernels::Conv c = sizes(x, w, f.attr);
  const double workspace = kernels::conv_workspace(c);
  if (workspace > static_cast<double>(kMostElements)) {
    f.rule = "a convolution of at most 2^30 numbers";
    return;
  }
  f.out[0] = {with_plane(x, c.channels, h, v), f.in[0].batched, DType::f32};
  f.workspace = static_cast<int64_t>(workspace);
}

double flops(const Infer& f) {
  const Shape& w = f.in[1].shape;
  return 2.0 * static_cast<double>(f.in[0].shape.numel()) * static_cast<double>(w.numel() / w[0]);
}

kernels::Conv sizes_of(const Inspect& c) {
  std::array<double, kMaxAttr> attr{};
  for (int i = 0; i < kCount; ++i) attr[static_cast<size_t>(i)] = c.attr(i);
  return sizes(c.in_shape(0), c.in_shape(1), attr);
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const kernels::Conv s = sizes_of(c);
  const int64_t x = flat % s.w, y = flat / s.w % s.h, k = flat / (int64_t{s.w} * s.h) % s.channels, n = flat / (int64_t{s.w} * s.h * s.channels);
  const int64_t in = s.channels / s.groups, outs = s.out_channels / s.groups;
  e.kind = "affine";
  for (int64_t o = k / in * outs; o < (k / in + 1) * outs; ++o)
    for (int64_t r = 0; r < s.kernel_h; ++r)
      for (int64_t t = 0; t < s.kernel_w; ++t) {
        const int64_t i = y + s.pad_h - r * s.dilation_h, j = x + s.pad_w - t * s.dilation_w;
        if (i < 0 || j < 0 || i % s.stride_h || j % s.stride_w || i / s.stride_h >= s.out_h || j / s.stride_w >= s.out_w) continue;
        const int64_t xi = ((n * s.out_channels + o) * s.out_h + i / s.stride_h) * s.out_w + j / s.stride_w;
        const int64_t wi = ((o * in + k % in) * s.kernel_h + r) * s.kernel_w + t;
        e.terms.push_back({"", c.in(0, xi), c.in(1, wi), c.in_ref(0, xi), c.in_ref(1, wi)});
      }
  if (c.n_in() > 2) {
    e.has_bias = true;
    e.bias = c.in(2, k);
    e.bias_ref = c.in_ref(2, k);
  }
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const kernels::Conv s = sizes_of(c);
  const int64_t pixels = int64_t{s.h} * s.w, in = s.channels / s.groups, outs = s.out_channels / s.groups;
  if (slot > 0) {  // a weight or bias reaches its whole plane (but for the border): that of the first example
    const int64_t kernel = int64_t{s.kernel_h} * s.kernel_w;
    const int64_t k = slot == 1 ? flat / kernel / in / outs * in + flat / kernel % in : flat;
    for (int64_t i = 0; i < pixels; ++i) to.push_back(k * pixels + i);
    return;
  }
  const int64_t j = flat % s.out_w, i = flat / s.out_w % s.out_h, o = flat / (int64_t{s.out_w} * s.out_h) % s.out_channels;
  const int64_t n = flat / (int64_t{s.out_w} * s.out_h * s.out_channels), group = o / outs;
  for (int64_t k = 0; k < in; ++k)
    for (int64_t r = 0; r < s.kernel_h; ++r)
      for (int64_t t = 0; t < s.kernel_w; ++t) {
        const int64_t y = i * s.stride_h + r * s.dilation_h - s.pad_h, x = j * s.stride_w + t * s.dilation_w - s.pad_w;
        if (y >= 0 && y < s.h && x >= 0 && x < s.w) to.push_back((n * s.channels + group * in + k) * pixels + y * s.w + x);
      }
}

}  // namespace

const OpDef conv_transpose::def = {"conv_transpose", Role::internal, kAttrs, 2, 3, infer, flops, explain, feeds};

template <class T>
void conv_transpose::forward(Run<T>& r) {
  kernels::conv_input_gradient<T>(sizes(*r.in_shape[0], *r.in_shape[1], r.attr), static_cast<int>((*r.in_shape[0])[0]), r.in[0], r.in[1], true,
                                  r.n_in > 2 ? r.in[2] : nullptr, r.out[0], r.workspace);
}

template <class T>
void conv_transpose::backward(Run<T>& r) {
  const kernels::Conv c = sizes(*r.in_shape[0], *r.in_shape[1], r.attr);
  const int batch = static_cast<int>((*r.in_shape[0])[0]);
  if (r.din[0]) kernels::conv_forward<T>(c, batch, r.dout, r.in[1], false, nullptr, r.din[0], r.workspace);
  if (r.din[1]) kernels::conv_weight_gradient<T>(c, batch, r.dout, r.in[0], r.din[1], r.workspace);
  if (r.n_in > 2 && r.din[2]) kernels::sum_planes<T>(batch, c.channels, c.h * c.w, r.dout, r.din[2]);
}

PG_OP_INSTANCES(conv_transpose)

}  // namespace pg::ops

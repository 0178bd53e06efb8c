// Cases of the ops over planes: convolutions, pools, batch normalisation, upsampling.
#pragma once
#include <limits>

namespace pg::test {

/// One dimension of a window over a plane.
struct Slide {
  int64_t n, kernel, stride = 1, pad = 0, dilation = 1, out = 0;
  int64_t at(int64_t o, int64_t tap) const { return o * stride + tap * dilation - pad; }
  bool inside(int64_t i) const { return i >= 0 && i < n; }
};

/// y and w as doubles; x [b, c, h.n, v.n], w [o, c/groups, …].
inline Values conv_reference(const Values& in, int64_t batch, int64_t channels, int64_t outs, int64_t groups, Slide h, Slide v) {
  std::vector<double> y;
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t o = 0; o < outs; ++o)
      for (int64_t i = 0; i < h.out; ++i)
        for (int64_t j = 0; j < v.out; ++j) {
          double s = in.size() > 2 ? in[2][static_cast<size_t>(o)] : 0;
          const int64_t per = channels / groups, group = o / (outs / groups);
          for (int64_t k = 0; k < per; ++k)
            for (int64_t r = 0; r < h.kernel; ++r)
              for (int64_t t = 0; t < v.kernel; ++t)
                if (h.inside(h.at(i, r)) && v.inside(v.at(j, t)))
                  s += in[0][static_cast<size_t>(((n * channels + group * per + k) * h.n + h.at(i, r)) * v.n + v.at(j, t))] *
                       in[1][static_cast<size_t>(((o * per + k) * h.kernel + r) * v.kernel + t)];
          y.push_back(s);
        }
  return {y};
}

/// h and v as of the convolution that leads back: n is the side of y, out that of x.
inline Values conv_transpose_reference(const Values& in, int64_t batch, int64_t channels, int64_t outs, int64_t groups, Slide h, Slide v) {
  std::vector<double> y;
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t o = 0; o < outs; ++o) y.insert(y.end(), static_cast<size_t>(h.n * v.n), in.size() > 2 ? in[2][static_cast<size_t>(o)] : 0);
  const int64_t per = outs / groups;
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t k = 0; k < per; ++k)
        for (int64_t i = 0; i < h.out; ++i)
          for (int64_t j = 0; j < v.out; ++j)
            for (int64_t r = 0; r < h.kernel; ++r)
              for (int64_t t = 0; t < v.kernel; ++t)
                if (h.inside(h.at(i, r)) && v.inside(v.at(j, t)))
                  y[static_cast<size_t>(((n * outs + c / (channels / groups) * per + k) * h.n + h.at(i, r)) * v.n + v.at(j, t))] +=
                      in[0][static_cast<size_t>(((n * channels + c) * h.out + i) * v.out + j)] * in[1][static_cast<size_t>(((c * per + k) * h.kernel + r) * v.kernel + t)];
  return {y};
}

inline void add_planes_cases(std::vector<Case>& all) {
  const auto conv = [&](const std::string& label, Shape x, Shape w, bool bias, std::vector<double> attrs, int64_t groups, Slide h, Slide v) {
    std::vector<Input> in = {{x}, {w, false}};
    if (bias) in.push_back({{w[0]}, false});
    all.push_back({OpId::conv, label, in, attrs, true, [=](const Values& values) { return conv_reference(values, x[0], x[1], w[0], groups, h, v); }});
  };
  conv("conv", {2, 2, 5, 6}, {3, 2, 3, 3}, true, {}, 1, {5, 3, 1, 0, 1, 3}, {6, 3, 1, 0, 1, 4});
  conv("conv without bias, padded, with strides", {2, 1, 5, 6}, {2, 1, 3, 2}, false, {2, 3, 1, 2}, 1, {5, 3, 2, 1, 1, 3}, {6, 2, 3, 2, 1, 3});
  conv("conv with dilations and groups", {1, 4, 6, 7}, {6, 2, 2, 3}, true, {1, 1, 0, 1, 3, 2, 2}, 2, {6, 2, 1, 0, 3, 3}, {7, 3, 1, 1, 2, 5});
  conv("conv of each channel by itself", {2, 3, 4, 4}, {3, 1, 3, 3}, true, {1, 1, 1, 1, 1, 1, 3}, 3, {4, 3, 1, 1, 1, 4}, {4, 3, 1, 1, 1, 4});
  conv("conv that keeps the size, with an even kernel", {1, 2, 5, 4}, {2, 2, 4, 2}, true, {1, 1, -1, -1, 1, 3}, 1, {5, 4, 1, 1, 1, 5}, {4, 2, 1, 1, 3, 4});
  conv("conv of a sequence", {2, 3, 9}, {4, 3, 3}, true, {1, 2, 0, 1, 1, 2}, 1, {1, 1, 1, 0, 1, 1}, {9, 3, 2, 1, 2, 4});

  const auto transposed = [&](const std::string& label, Shape x, Shape w, bool bias, std::vector<double> attrs, int64_t groups, Slide h, Slide v) {
    std::vector<Input> in = {{x}, {w, false}};
    if (bias) in.push_back({{w[1] * groups}, false});
    all.push_back({OpId::conv_transpose, label, in, attrs, true, [=](const Values& values) { return conv_transpose_reference(values, x[0], x[1], w[1] * groups, groups, h, v); }});
  };
  transposed("conv_transpose", {2, 2, 3, 4}, {2, 3, 3, 2}, true, {}, 1, {5, 3, 1, 0, 1, 3}, {5, 2, 1, 0, 1, 4});
  transposed("conv_transpose with strides, padding and output padding", {1, 2, 3, 4}, {2, 1, 3, 3}, false, {2, 3, 1, 0, 1, 1, 1, 1, 2}, 1, {6, 3, 2, 1, 1, 3}, {14, 3, 3, 0, 1, 4});
  transposed("conv_transpose with dilations and groups", {2, 4, 3, 3}, {4, 2, 2, 2}, true, {2, 1, 0, 1, 3, 2, 2}, 2, {8, 2, 2, 0, 3, 3}, {3, 2, 1, 1, 2, 3});
}

}  // namespace pg::test

// Cases of the ops over planes: convolutions, pools, batch normalisation, upsampling.
#pragma once
#include <algorithm>
#include <functional>

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

  // Pools: every window of h.out × v.out over b·c planes.
  const auto windows = [](const std::vector<double>& x, Slide h, Slide v, auto of) {
    std::vector<double> y;
    for (size_t plane = 0; plane < x.size() / static_cast<size_t>(h.n * v.n); ++plane)
      for (int64_t i = 0; i < h.out; ++i)
        for (int64_t j = 0; j < v.out; ++j) {
          std::vector<double> under;
          for (int64_t r = 0; r < h.kernel; ++r)
            for (int64_t t = 0; t < v.kernel; ++t)
              if (h.inside(h.at(i, r)) && v.inside(v.at(j, t))) under.push_back(x[plane * static_cast<size_t>(h.n * v.n) + static_cast<size_t>(h.at(i, r) * v.n + v.at(j, t))]);
          y.push_back(of(under, i, j));
        }
    return Values{y};
  };
  const auto max = [&](const std::string& label, Shape x, std::vector<double> attrs, Slide h, Slide v) {
    all.push_back({OpId::max_pool, label, {{x}}, attrs, true, [=](const Values& in) {
                     return windows(in[0], h, v, [](const std::vector<double>& under, int64_t, int64_t) { return *std::max_element(under.begin(), under.end()); });
                   }});
  };
  max("max_pool", {2, 2, 4, 6}, {2, 2, 2, 2}, {4, 2, 2, 0, 1, 2}, {6, 2, 2, 0, 1, 3});
  max("max_pool of pairs, wide", {1, 1, 2, 18}, {2, 2, 2, 2}, {2, 2, 2, 0, 1, 1}, {18, 2, 2, 0, 1, 9});
  max("max_pool that overlaps and is padded", {1, 2, 5, 5}, {3, 3, 2, 1, 1, 1}, {5, 3, 2, 1, 1, 3}, {5, 3, 1, 1, 1, 5});
  max("max_pool with dilation, hanging over", {2, 1, 6, 6}, {2, 2, 3, 3, 1, 0, 2, 3, 1}, {6, 2, 3, 1, 2, 3}, {6, 2, 3, 0, 3, 2});
  max("max_pool of a sequence", {2, 3, 7}, {1, 3, 1, 3, 0, 0, 1, 1, 1}, {1, 1, 1, 0, 1, 1}, {7, 3, 3, 0, 1, 3});

  const auto avg = [&](const std::string& label, Shape x, std::vector<double> attrs, Slide h, Slide v, std::function<double(int64_t, int64_t, size_t)> count) {
    all.push_back({OpId::avg_pool, label, {{x}}, attrs, true, [=](const Values& in) {
                     return windows(in[0], h, v, [&](const std::vector<double>& under, int64_t i, int64_t j) {
                       double s = 0;
                       for (double u : under) s += u;
                       return s / count(i, j, under.size());
                     });
                   }});
  };
  avg("avg_pool", {2, 2, 4, 6}, {2, 3, 2, 3}, {4, 2, 2, 0, 1, 2}, {6, 3, 3, 0, 1, 2}, [](int64_t, int64_t, size_t) { return 6.0; });
  avg("avg_pool that counts its padding", {1, 2, 5, 5}, {3, 3, 2, 2, 1, 1}, {5, 3, 2, 1, 1, 3}, {5, 3, 2, 1, 1, 3}, [](int64_t, int64_t, size_t) { return 9.0; });
  avg("avg_pool that does not", {1, 2, 5, 5}, {3, 3, 2, 2, 1, 1, 1, 1, 0, 0}, {5, 3, 2, 1, 1, 3}, {5, 3, 2, 1, 1, 3}, [](int64_t, int64_t, size_t n) { return static_cast<double>(n); });
  // Hanging over the end (5 + 1 of padding, the last window from 4 to 6) what is beyond the padding never counts.
  avg("avg_pool hanging over", {1, 1, 6}, {1, 3, 1, 2, 0, 1, 1, 1, 1, 1}, {1, 1, 1, 0, 1, 1}, {6, 3, 2, 1, 1, 4}, [](int64_t, int64_t j, size_t) { return j < 3 ? 3.0 : 2.0; });
  // Adaptive: 5 rows over 2 (0–2, 2–4), 6 columns over 3.
  avg("avg_pool, adaptive", {2, 1, 5, 6}, {1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 2, 3}, {5, 3, 2, 0, 1, 2}, {6, 2, 2, 0, 1, 3}, [](int64_t, int64_t, size_t) { return 6.0; });
  avg("avg_pool of everything", {2, 3, 5}, {1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1}, {1, 1, 1, 0, 1, 1}, {5, 5, 1, 0, 1, 1}, [](int64_t, int64_t, size_t) { return 5.0; });

  const auto upsample = [&](Shape x, int64_t scale_h, int64_t scale_w) {
    const int64_t h = x.rank == 4 ? x[2] : 1, w = x.last();
    all.push_back({OpId::upsample, "upsample " + x.str(), {{x}}, {static_cast<double>(scale_h), static_cast<double>(scale_w)}, true, [=](const Values& in) {
                     std::vector<double> y;
                     for (int64_t p = 0; p < x[0] * x[1]; ++p)
                       for (int64_t i = 0; i < h * scale_h; ++i)
                         for (int64_t j = 0; j < w * scale_w; ++j) y.push_back(in[0][static_cast<size_t>((p * h + i / scale_h) * w + j / scale_w)]);
                     return Values{y};
                   }});
  };
  upsample({2, 2, 3, 2}, 2, 3);
  upsample({2, 3, 4}, 1, 2);

  const auto batch_norm = [&](const std::string& label, Shape x, bool affine, bool running, bool training) {
    const int64_t channels = x[1], pixels = x.numel() / x[0] / channels;
    std::vector<Input> inputs = {{x}};
    if (affine) inputs.insert(inputs.end(), 2, Input{{channels}, false});
    Input buffer{{channels}, false};
    buffer.lo = 0.5;
    buffer.buffer = true;
    if (running) inputs.insert(inputs.end(), 2, buffer);
    buffer.shape = {1};
    if (running) inputs.push_back(buffer);
    all.push_back({OpId::batch_norm, label, inputs, {1e-2}, training, [=](const Values& in) {
                     std::vector<double> y(in[0].size());
                     for (int64_t c = 0; c < channels; ++c) {
                       std::vector<size_t> at;
                       for (int64_t n = 0; n < x[0]; ++n)
                         for (int64_t i = 0; i < pixels; ++i) at.push_back(static_cast<size_t>((n * channels + c) * pixels + i));
                       double mean = 0, var = 0;
                       for (size_t i : at) mean += in[0][i] / static_cast<double>(at.size());
                       for (size_t i : at) var += (in[0][i] - mean) * (in[0][i] - mean) / static_cast<double>(at.size());
                       const size_t k = static_cast<size_t>(c);
                       if (running && !training) mean = in[in.size() - 3][k], var = in[in.size() - 2][k];
                       for (size_t i : at) y[i] = (in[0][i] - mean) / std::sqrt(var + 1e-2) * (affine ? in[1][k] : 1) + (affine ? in[2][k] : 0);
                     }
                     return Values{y};
                   }});
  };
  for (bool training : {true, false}) {
    const std::string when = training ? " in training" : " in evaluation";
    batch_norm("batch_norm" + when, {3, 2, 2, 3}, true, true, training);
    batch_norm("batch_norm of vectors, not affine" + when, {4, 3}, false, true, training);
    batch_norm("batch_norm of sequences without running statistics" + when, {2, 2, 5}, true, false, training);
    batch_norm("batch_norm, bare" + when, {2, 2, 2, 2}, false, false, training);
  }
}

}  // namespace pg::test

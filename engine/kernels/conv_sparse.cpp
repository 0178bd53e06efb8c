#include "kernels/conv_sparse.h"

#include <algorithm>
#include <cstring>

#include "kernels/simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

constexpr int kPairs = 5;  // of vectors, the sums of a tile of the weight gradient: ten, and with the operands twelve registers

/// Planes with a border around them and the channels of a pixel side by side, so that what a row of the kernel meets is side by side too.
struct Frame {
  int64_t rows, cols, depth;
  int64_t row() const { return cols * depth; }
  int64_t size() const { return rows * row(); }
};

Frame frame_of(const Conv& c, int64_t depth) {
  const auto reach = [](int n, int out, int kernel, int stride, int pad, int dilation) {
    return std::max(int64_t{n} + pad, int64_t{out - 1} * stride + int64_t{kernel - 1} * dilation + 1);
  };
  return {reach(c.h, c.out_h, c.kernel_h, c.stride_h, c.pad_h, c.dilation_h),
          reach(c.w, c.out_w, c.kernel_w, c.stride_w, c.pad_w, c.dilation_w), depth};
}
/// Whole vectors of channels: then a sum is loaded from where it was stored as a whole.
int64_t whole_depth(const Conv& c) { return (c.channels + 3) / 4 * 4; }

/// Pairs of vectors that a row of the kernel takes.
int64_t pairs_of_row(const Conv& c) { return (int64_t{c.kernel_w} * c.channels + 7) / 8; }
/// The sums of one channel of y, in whole tiles.
int64_t pairs_of(const Conv& c) { return (c.kernel_h * pairs_of_row(c) + kPairs - 1) / kPairs * kPairs; }

/// The pixels of dy that are not zero: four at a time are asked and written without a branch, which would be guessed wrongly too often.
/// Whole numbers in scalars' slots.
struct List {
  float *pixels, *places, *weights;  // where a pixel lies in dy, in the frame, and the weights of its channel
  int64_t count = 0;

  static int64_t room(int64_t n) { return n + 4; }
  List(float* slots, int64_t n) : pixels(slots), places(slots + room(n)), weights(slots + 2 * room(n)) {}

  PG_INLINE void add(f32x4 values, int64_t pixel, int64_t place, int64_t step, int64_t weights_of) {
    struct Lanes {
      i32x4 of[16];
      int8_t count[16];
    };
    static constexpr Lanes kLanes = {{{0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {2, 0, 0, 0}, {0, 2, 0, 0}, {1, 2, 0, 0}, {0, 1, 2, 0},
                                      {3, 0, 0, 0}, {0, 3, 0, 0}, {1, 3, 0, 0}, {0, 1, 3, 0}, {2, 3, 0, 0}, {0, 2, 3, 0}, {1, 2, 3, 0}, {0, 1, 2, 3}},
                                     {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4}};
    const int others = lanes_of(values != splat(0.0f));
    const i32x4 lanes = kLanes.of[others];
    store(pixels + count, from_bits(splat(static_cast<int32_t>(pixel)) + lanes));
    store(places + count, from_bits(splat(static_cast<int32_t>(place)) + lanes * splat(static_cast<int32_t>(step))));
    store(weights + count, from_bits(splat(static_cast<int32_t>(weights_of))));
    count += kLanes.count[others];
  }
  /// A row of dy, `pixel` its first.
  PG_INLINE void add_row(const float* dy, int n, int64_t pixel, int64_t place, int64_t step, int64_t weights_of) {
    for (; n >= 4; n -= 4, pixel += 4, place += 4 * step) add(load(dy + pixel), pixel, place, step, weights_of);
    if (n > 0) add(load_partial(dy + pixel, n), pixel, place, step, weights_of);
  }
};
PG_INLINE int32_t whole(const float* slot) {
  int32_t v;
  std::memcpy(&v, slot, sizeof v);
  return v;
}

bool fits(const Conv& c) { return c.groups == 1 && c.dilation_w == 1; }

int64_t count_others(int64_t n, const float* p) {
  i32x4 count{};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) count -= load(p + i) != splat(0.0f);
  int64_t all = int64_t{count[0]} + count[1] + count[2] + count[3];
  for (; i < n; ++i) all += p[i] != 0;
  return all;
}

/// What the other way does with `taps` weights for every number of dy, against finding those that are not zero and `each` for one; in
/// vector steps, as measured.
bool worth(int64_t n, const float* dy, double taps, double each) {
  const double all = static_cast<double>(n) * (0.85 * taps / 4 - 2.5);
  return all > 0 && static_cast<double>(count_others(n, dy)) * each <= all;
}

/// Zeros times what is not finite are no zeros.
bool finite(int64_t n, const float* p) {
  f32x4 zero = splat(0.0f);
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) zero += load(p + i) * splat(0.0f);
  for (; i < n; ++i) zero[0] += p[i] * 0;
  return sum_lanes(zero) == 0;
}

/// g[t] += the sum of dy · x[t] over the pixels, from 0.
void tile(const List& list, const float* dy, const float* const (&x)[kPairs], float* g) {
  f32x4 acc[kPairs][2];
  for (int t = 0; t < kPairs; ++t) acc[t][0] = acc[t][1] = splat(0.0f);
  for (int64_t e = 0; e < list.count; ++e) {
    const f32x4 value = splat(dy[whole(list.pixels + e)]);
    const int32_t place = whole(list.places + e);
    for (int t = 0; t < kPairs; ++t)
      for (int v = 0; v < 2; ++v) acc[t][v] += load(x[t] + place + 4 * v) * value;
  }
  for (int t = 0; t < kPairs; ++t)
    for (int v = 0; v < 2; ++v, g += 4) store(g, load(g) + acc[t][v]);
}

}  // namespace

double sparse_workspace(const Conv& c, double chunk) {
  if (!fits(c)) return 0;
  const auto size = [](const Frame& f) { return static_cast<double>(f.rows) * static_cast<double>(f.cols) * static_cast<double>(f.depth); };
  const auto list = [](double n) { return 3 * (n + 4); };
  const double input = size(frame_of(c, whole_depth(c))) + static_cast<double>(c.out_channels) * c.kernel_h * c.kernel_w * static_cast<double>(whole_depth(c)) +
                       list(static_cast<double>(c.out_channels) * c.out_w);
  const double weight = chunk * size(frame_of(c, c.channels)) + 8 + c.out_channels * (c.kernel_h * static_cast<double>(pairs_of_row(c)) + kPairs) * 8 + list(chunk * c.out_h * c.out_w);
  return std::max(input, weight);
}

bool sparse_input_gradient(const Conv& c, int batch, const float* dy, const float* w, float* dx, float* workspace) {
  const int64_t depth = whole_depth(c), pixels = int64_t{c.out_h} * c.out_w, n_dy = batch * c.out_channels * pixels;
  const int64_t row = c.kernel_w * depth, weights = c.kernel_h * row;
  const int64_t taps = int64_t{c.channels} * c.kernel_h * c.kernel_w;
  if (!fits(c) || !worth(n_dy, dy, static_cast<double>(taps), 16 + 1.25 * static_cast<double>(weights / 4))) return false;
  if (!finite(c.out_channels * taps, w)) return false;
  const Frame f = frame_of(c, depth);
  float *frame = workspace, *packed = frame + f.size(), *slots = packed + c.out_channels * weights;
  for (int o = 0; o < c.out_channels; ++o)
    for (int r = 0; r < c.kernel_h; ++r)
      for (int s = 0; s < c.kernel_w; ++s)
        for (int k = 0; k < depth; ++k)
          packed[o * weights + r * row + s * depth + k] = k < c.channels ? w[((int64_t{o} * c.channels + k) * c.kernel_h + r) * c.kernel_w + s] : 0.0f;
  for (int n = 0; n < batch; ++n, dy += c.out_channels * pixels) {
    std::memset(frame, 0, static_cast<size_t>(f.size()) * sizeof(float));
    // From the last row and column on, as the sums go up in the kernel's.
    for (int i = c.out_h - 1; i >= 0; --i) {
      // Written the other way round, and read from the end.
      List list(slots, int64_t{c.out_channels} * c.out_w);
      for (int o = c.out_channels - 1; o >= 0; --o)
        list.add_row(dy, c.out_w, o * pixels + int64_t{i} * c.out_w, i * c.stride_h * f.row(), c.stride_w * depth, o * weights);
      for (int64_t e = list.count - 1; e >= 0; --e) {
        const f32x4 value = splat(dy[whole(list.pixels + e)]);
        const float* from = packed + whole(list.weights + e);
        float* to = frame + whole(list.places + e);
        const auto lay = [&](int64_t at) { store(to + at, load(to + at) + load(from + at) * value); };
        for (int r = 0; r < c.kernel_h; ++r, from += row, to += c.dilation_h * f.row()) {
          int64_t at = 0;
          for (; at + 8 <= row; at += 8) lay(at), lay(at + 4);
          if (at < row) lay(at);
        }
      }
    }
    for (int k = 0; k < c.channels; ++k)
      for (int i = 0; i < c.h; ++i) {
        const float* from = frame + (i + c.pad_h) * f.row() + c.pad_w * depth + k;
        for (int j = 0; j < c.w; ++j) *dx++ += from[j * depth];
      }
  }
  return true;
}

bool sparse_weight_gradient(const Conv& c, int batch, int64_t chunk, const float* x, const float* dy, float* dw, float* workspace) {
  const int64_t pixels = int64_t{c.out_h} * c.out_w, n_dy = batch * c.out_channels * pixels, pairs = pairs_of(c), sums = pairs * 8;
  const int64_t row = int64_t{c.kernel_w} * c.channels, n_x = int64_t{c.channels} * c.h * c.w;
  // The weights of a lone channel of y are summed in an order of their own.
  const double taps = static_cast<double>(row * c.kernel_h);
  if (!fits(c) || c.out_channels == 1 || !worth(n_dy, dy, taps, 2.2 * static_cast<double>(pairs))) return false;
  if (!finite(batch * n_x, x)) return false;
  const Frame f = frame_of(c, c.channels);
  float *frames = workspace, *g = frames + chunk * f.size() + 8, *slots = g + c.out_channels * sums;  // a row's last pair may read on for eight
  std::memset(frames, 0, static_cast<size_t>(slots - frames) * sizeof(float));
  const auto each_weight = [&](auto use) {
    for (int o = 0; o < c.out_channels; ++o)
      for (int k = 0; k < c.channels; ++k)
        for (int r = 0; r < c.kernel_h; ++r)
          for (int s = 0; s < c.kernel_w; ++s)
            use(dw[((int64_t{o} * c.channels + k) * c.kernel_h + r) * c.kernel_w + s], g[o * sums + r * pairs_of_row(c) * 8 + s * c.channels + k]);
  };
  each_weight([](float from, float& to) { to = from; });
  for (int64_t n0 = 0; n0 < batch; n0 += chunk) {
    const int examples = static_cast<int>(std::min<int64_t>(chunk, batch - n0));
    for (int n = 0; n < examples; ++n)
      for (int k = 0; k < c.channels; ++k)
        for (int i = 0; i < c.h; ++i) {
          float* to = frames + n * f.size() + (i + c.pad_h) * f.row() + int64_t{c.pad_w} * c.channels + k;
          for (int j = 0; j < c.w; ++j) to[j * int64_t{c.channels}] = *x++;
        }
    for (int o = 0; o < c.out_channels; ++o) {
      List list(slots, chunk * pixels);
      for (int n = 0; n < examples; ++n)
        for (int i = 0; i < c.out_h; ++i)
          list.add_row(dy, c.out_w, ((n0 + n) * c.out_channels + o) * pixels + int64_t{i} * c.out_w, n * f.size() + i * c.stride_h * f.row(),
                       int64_t{c.stride_w} * c.channels, 0);
      for (int64_t p = 0; p < pairs; p += kPairs) {
        const float* at[kPairs];
        for (int t = 0; t < kPairs; ++t) {
          const int64_t r = (p + t) / pairs_of_row(c), in_row = (p + t) % pairs_of_row(c);
          at[t] = r < c.kernel_h ? frames + r * c.dilation_h * f.row() + in_row * 8 : frames;  // those of no row are not used
        }
        tile(list, dy, at, g + o * sums + p * 8);
      }
    }
  }
  each_weight([](float& to, float from) { to = from; });
  return true;
}

}  // namespace pg::kernels

// No im2col: each example is copied once into a plane with its border of zeros, and the product reads its rows of the
// "column matrix" there, through a table of where each weight's pixel lies. With a stride, the copy puts columns of one
// remainder next to each other, so that neighbours in y are neighbours in the copy, whatever the stride and dilation.
#include "kernels/conv.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "kernels/conv_sparse.h"
#include "kernels/simd.h"

namespace pg::kernels {
namespace {

constexpr int kLanes = 4;
// Tiles of eight accumulators: with all operands of a step they fit the 15 vector registers that V8 gives; ten spill.
constexpr int kRows = 4;  // output channels of a tile, by two vectors of pixels
constexpr int kTaps = 4;  // weights of a tile of the weight gradient, by two vectors of output channels
constexpr int kDots = 5;  // weights of a tile of the weight gradient of a lone output channel
constexpr double kChunk = 16384;  // scalars of copies that a chunk of examples may take: what the first caches hold

struct f64x4 {
  double l[4];
  f64x4& operator+=(const f64x4& o) {
    for (int i = 0; i < 4; ++i) l[i] += o.l[i];
    return *this;
  }
  friend f64x4 operator*(const f64x4& a, const f64x4& b) {
    f64x4 r;
    for (int i = 0; i < 4; ++i) r.l[i] = a.l[i] * b.l[i];
    return r;
  }
};
template <class T>
struct Vector {
  using type = f64x4;
};
template <>
struct Vector<float> {
  using type = simd::f32x4;
};
template <class T>
using V = typename Vector<T>::type;

template <class T>
inline V<T> load(const T* p) {
  V<T> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
inline void store(T* p, const V<T>& v) {
  std::memcpy(p, &v, sizeof v);
}
// The first `count` (0..3), then zeros.
inline simd::f32x4 load_some(const float* p, int count) { return simd::load_partial(p, count); }
inline f64x4 load_some(const double* p, int count) {
  f64x4 v{};
  for (int l = 0; l < count; ++l) v.l[l] = p[l];
  return v;
}
inline simd::f32x4 all(float x) { return simd::splat(x); }
inline f64x4 all(double x) { return {{x, x, x, x}}; }

// Places are whole numbers kept in scalars' slots, so that the workspace is of one type.
template <class T>
inline void put(T* slot, int64_t place) {
  const int32_t v = static_cast<int32_t>(place);
  std::memcpy(slot, &v, sizeof v);
}
template <class T>
inline int32_t get(const T* slot) {
  int32_t v;
  std::memcpy(&v, slot, sizeof v);
  return v;
}

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -ceil_div(-a, b); }

/// Planes copied with a border: `top` and `left` zeros before, `rows` in all; columns split by remainder of `phases`,
/// each of `quotient` columns.
struct Frame {
  int64_t channels, h, w;  // of the source
  int64_t top, left, rows, phases, quotient;
  int64_t row() const { return phases * quotient; }
  int64_t plane() const { return rows * row(); }
  /// Room for what a vector reads beyond the last pixel.
  int64_t size() const { return channels * plane() + kLanes; }
};

Frame frame_of_x(const Conv& c) {
  const int64_t rows = int64_t{c.out_h - 1} * c.stride_h + int64_t{c.kernel_h - 1} * c.dilation_h + 1;
  const int64_t cols = int64_t{c.out_w - 1} * c.stride_w + int64_t{c.kernel_w - 1} * c.dilation_w + 1;
  // A step wider than the copy has no second column of any remainder.
  const int64_t phases = c.out_w == 1 ? 1 : c.stride_w;
  return {c.channels, c.h, c.w, c.pad_h, c.pad_w, rows, phases, ceil_div(cols, phases)};
}

/// dy with as many zeros around as the pixels of x at the border reach out for.
Frame frame_of_dy(const Conv& c) {
  const auto before = [](int64_t kernel, int64_t dilation, int64_t pad, int64_t stride) {
    return std::max<int64_t>(0, ceil_div(std::max<int64_t>(0, (kernel - 1) * dilation - pad), stride));
  };
  const auto after = [](int64_t n, int64_t pad, int64_t stride, int64_t out) { return std::max<int64_t>(0, (n - 1 + pad) / stride - (out - 1)); };
  const int64_t top = before(c.kernel_h, c.dilation_h, c.pad_h, c.stride_h), left = before(c.kernel_w, c.dilation_w, c.pad_w, c.stride_w);
  return {c.out_channels, c.out_h, c.out_w, top, left, top + c.out_h + after(c.h, c.pad_h, c.stride_h, c.out_h), 1,
          left + c.out_w + after(c.w, c.pad_w, c.stride_w, c.out_w)};
}

/// The border of `out` is zero already and stays so.
template <class T>
void copy_framed(const Frame& f, const T* src, T* out) {
  const int64_t h = std::min(f.h, f.rows - f.top), w = std::min(f.w, f.row() - f.left);
  for (int64_t c = 0; c < f.channels; ++c, src += f.h * f.w, out += f.plane())
    for (int64_t i = 0; i < h; ++i) {
      const T* from = src + i * f.w;
      T* to = out + (i + f.top) * f.row();
      if (f.phases == 1) {
        if (w > 0) std::memcpy(to + f.left, from, static_cast<size_t>(w) * sizeof(T));
      } else {
        for (int64_t j = 0; j < w; ++j) to[(j + f.left) % f.phases * f.quotient + (j + f.left) / f.phases] = from[j];
      }
    }
}

template <class T>
void zero(int64_t n, T* p) {
  std::memset(static_cast<void*>(p), 0, static_cast<size_t>(n) * sizeof(T));
}

// Rows of a tile: a group of one channel needs no more than one, by four vectors.
int rows_of(int m) { return m == 1 ? 1 : kRows; }
int64_t padded_rows(int m) { return ceil_div(m, rows_of(m)) * rows_of(m); }

/// m rows of weights against pixels: dst[r, i, j] (+)= Σ_p weights[p, r] · src[places[p] + i·src_row + j]. The taps stand
/// row by row of the kernel: `tap_rows` of `per_row`. Those that meet nothing but the border above or below are left out.
template <class T>
struct Product {
  int m, tap_rows, per_row;
  const T* weights;   // [m / rows_of(m), tap_rows, per_row, rows_of(m)]
  const T* places;    // [tap_rows, per_row]
  const T* reached;   // [tap_rows]: the source's row that the tap meets at i = 0, …
  int reached_step;   // … and how much further it is at the next i
  int src_h;          // rows of the source without its border
  const T* src;
  int64_t src_row;
  int rows, cols;
  T* dst;
  int64_t dst_plane, dst_row, dst_col;
  bool write;     // else added to what is there
  const T* bias;  // [m] or null
};

template <int M, int N, class T>
void multiply(const Product<T>& q) {
  int i = 0, j = 0;
  while (i < q.rows) {
    const int first = i;
    int last = i;
    const T* from[N];
    T* to[N];
    int width[N];
    bool whole = q.dst_col == 1;
    for (int v = 0; v < N; ++v) {  // a tile may go on in the next row of pixels
      if (i == q.rows) {           // computed, not stored
        from[v] = from[0], to[v] = to[0], width[v] = 0, whole = false;
        continue;
      }
      last = i;
      from[v] = q.src + i * q.src_row + j;
      to[v] = q.dst + i * q.dst_row + j * q.dst_col;
      width[v] = std::min(kLanes, q.cols - j);
      whole = whole && width[v] == kLanes;
      j += kLanes;
      if (j >= q.cols) j = 0, ++i;
    }
    const auto meets = [&](int row) {
      const int at = get(q.reached + row);
      return at + last * q.reached_step >= 0 && at + first * q.reached_step < q.src_h;
    };
    int begin = 0, end = q.tap_rows;
    while (begin < end && !meets(begin)) ++begin;
    while (begin < end && !meets(end - 1)) --end;
    const int before = begin * q.per_row, taps = (end - begin) * q.per_row;
    for (int r0 = 0; r0 < q.m; r0 += M) {
      V<T> acc[M][N];
      for (int r = 0; r < M; ++r)
        for (int v = 0; v < N; ++v) acc[r][v] = all(T(0));
      const T *w = q.weights + static_cast<int64_t>(r0) * q.tap_rows * q.per_row + int64_t{before} * M, *place = q.places + before;
      simd::in_fours(taps, [&](int u) {
        const int32_t at = get(place + u);
        V<T> x[N];
        for (int v = 0; v < N; ++v) x[v] = load(from[v] + at);
        for (int r = 0; r < M; ++r) {
          const V<T> wr = all(w[r]);
          for (int v = 0; v < N; ++v) acc[r][v] += wr * x[v];
        }
        w += M;
      }, [&] { place += 4; });
      // Loops of fixed lengths, so that the sums stay in registers.
      for (int r = 0; r < M; ++r) {
        if (r0 + r >= q.m) break;
        const int64_t at = (r0 + r) * q.dst_plane;
        if (q.bias)
          for (int v = 0; v < N; ++v) acc[r][v] += all(q.bias[r0 + r]);
        if (whole) {
          for (int v = 0; v < N; ++v) {
            if (!q.write) acc[r][v] += load(to[v] + at);
            store(to[v] + at, acc[r][v]);
          }
          continue;
        }
        for (int v = 0; v < N; ++v) {
          T lanes[kLanes], *out = to[v] + at;
          store(lanes, acc[r][v]);
          for (int l = 0; l < width[v]; ++l) out[l * q.dst_col] = q.write ? lanes[l] : lanes[l] + out[l * q.dst_col];
        }
      }
    }
  }
}

template <class T>
void multiply_rows(const Product<T>& q) {
  if (rows_of(q.m) == 1) multiply<1, 4, T>(q);
  else multiply<kRows, 2, T>(q);
}

/// Where weight (channel k, row r, column s) lies in a copy of x.
int64_t place_in_x(const Conv& c, const Frame& f, int64_t k, int64_t r, int64_t s) {
  const int64_t col = s * c.dilation_w;
  return k * f.plane() + r * c.dilation_h * f.row() + col % f.phases * f.quotient + col / f.phases;
}

int64_t taps_of_x(const Conv& c) { return int64_t{c.channels / c.groups} * c.kernel_h * c.kernel_w; }

// --- the weight gradient's tiles ---

template <class T>
struct WeightTile {
  int examples, rows, cols;
  const T* x;  // of the group's first plane
  int64_t x_example, x_row;
  const T* places;
  int taps;      // of this tile, 1..kTaps
  const T* dy;   // [examples, rows, cols, N vectors]
  T* dw;
  int64_t dw_row;
  int outs;      // output channels of this tile
};

template <int N, class T>
void weight_tile(const WeightTile<T>& q) {
  V<T> acc[kTaps][N];
  for (int t = 0; t < kTaps; ++t)
    for (int v = 0; v < N; ++v) acc[t][v] = all(T(0));
  int32_t place[kTaps];
  for (int t = 0; t < kTaps; ++t) place[t] = get(q.places + std::min(t, q.taps - 1));
  const T* dy = q.dy;
  for (int n = 0; n < q.examples; ++n)
    for (int i = 0; i < q.rows; ++i) {
      const T* x = q.x + n * q.x_example + i * q.x_row;
      const T* at[kTaps];
      for (int t = 0; t < kTaps; ++t) at[t] = x + place[t];
      simd::in_fours(q.cols, [&](int u) {
        V<T> g[N];
        for (int v = 0; v < N; ++v) g[v] = load(dy + (u * N + v) * kLanes);
        for (int t = 0; t < kTaps; ++t) {
          const V<T> xt = all(at[t][u]);
          for (int v = 0; v < N; ++v) acc[t][v] += xt * g[v];
        }
      }, [&] {
        dy += 4 * N * kLanes;
        for (int t = 0; t < kTaps; ++t) at[t] += 4;
      });
      dy += q.cols % 4 * N * kLanes;
    }
  T lanes[kTaps][N * kLanes];  // whole, whatever `taps` and `outs`: else the sums would not be kept in registers
  for (int t = 0; t < kTaps; ++t)
    for (int v = 0; v < N; ++v) store(lanes[t] + v * kLanes, acc[t][v]);
  for (int t = 0; t < q.taps; ++t)
    for (int o = 0; o < q.outs; ++o) q.dw[o * q.dw_row + t] += lanes[t][o];
}

/// The same for one output channel: its pixels, not channels, are neighbours. dy [examples, rows, cols], examples `dy_example` apart.
template <class T>
void weight_dots(const WeightTile<T>& q, int64_t dy_example) {
  V<T> acc[kDots];
  for (int t = 0; t < kDots; ++t) acc[t] = all(T(0));
  int32_t place[kDots];
  for (int t = 0; t < kDots; ++t) place[t] = get(q.places + std::min(t, q.taps - 1));
  const int left = q.cols % kLanes;
  for (int n = 0; n < q.examples; ++n)
    for (int i = 0; i < q.rows; ++i) {
      const T *x = q.x + n * q.x_example + i * q.x_row, *dy = q.dy + n * dy_example + static_cast<int64_t>(i) * q.cols;
      const T* at[kDots];
      for (int t = 0; t < kDots; ++t) at[t] = x + place[t];
      int j = 0;
      for (; j + kLanes <= q.cols; j += kLanes) {
        const V<T> g = load(dy + j);
        for (int t = 0; t < kDots; ++t) acc[t] += g * load(at[t] + j);
      }
      if (left == 0) continue;
      const V<T> g = load_some(dy + j, left);
      for (int t = 0; t < kDots; ++t) acc[t] += g * load_some(at[t] + j, left);
    }
  T lanes[kDots][kLanes];
  for (int t = 0; t < kDots; ++t) store(lanes[t], acc[t]);
  for (int t = 0; t < q.taps; ++t) q.dw[t] += (lanes[t][0] + lanes[t][2]) + (lanes[t][1] + lanes[t][3]);
}

/// to[i, o] = from[o, i], 0 where `from` has no such row.
template <class T>
void turn(int rows, int width, int64_t pixels, const T* from, T* to) {
  int o = 0;
  if constexpr (std::is_same_v<T, float>) {
    for (; o + 4 <= rows; o += 4)
      for (int64_t i = 0; i + 4 <= pixels; i += 4) {
        simd::f32x4 x[4];
        for (int l = 0; l < 4; ++l) x[l] = simd::load(from + (o + l) * pixels + i);
        simd::transpose(x);
        for (int l = 0; l < 4; ++l) simd::store(to + (i + l) * width + o, x[l]);
      }
    for (int r = 0; r < o; ++r)
      for (int64_t i = pixels / 4 * 4; i < pixels; ++i) to[i * width + r] = from[r * pixels + i];
  }
  for (; o < width; ++o)
    for (int64_t i = 0; i < pixels; ++i) to[i * width + o] = o < rows ? from[o * pixels + i] : T(0);
}

/// Channels of y that one tile of the weight gradient takes.
int outs_of(const Conv& c) { return c.out_channels / c.groups > kLanes ? 2 * kLanes : kLanes; }
int64_t tiles_of(const Conv& c) { return ceil_div(c.out_channels / c.groups, outs_of(c)); }
/// Scalars of a copy, in double as it is asked before it is known that the sizes are sane.
double size_of(const Frame& f) { return static_cast<double>(f.channels) * static_cast<double>(f.rows) * static_cast<double>(f.row()) + kLanes; }
/// The copies of one example that the weight gradient takes: x, and dy with its channels innermost.
double example_size(const Conv& c) {
  return size_of(frame_of_x(c)) + static_cast<double>(c.groups) * static_cast<double>(tiles_of(c)) * outs_of(c) * c.out_h * c.out_w;
}
int64_t chunk_of(const Conv& c) { return std::max<int64_t>(1, static_cast<int64_t>(kChunk / example_size(c))); }

/// A kernel of one pixel that takes them all has no use for rows: a plane is one, and no tile is cut at its end.
Conv flat(Conv c) {
  const bool dot = c.kernel_h == 1 && c.kernel_w == 1 && c.stride_h == 1 && c.stride_w == 1 && c.pad_h == 0 && c.pad_w == 0 && c.out_h == c.h && c.out_w == c.w;
  if (dot) c.w = c.out_w = c.h * c.w, c.h = c.out_h = 1;
  return c;
}

}  // namespace

double conv_workspace(const Conv& given) {
  const Conv c = flat(given);
  const double taps = static_cast<double>(c.kernel_h) * c.kernel_w, in = c.channels / c.groups, out = c.out_channels / c.groups;
  const double groups = c.groups;
  const double forward = size_of(frame_of_x(c)) + c.kernel_h + in * taps + groups * static_cast<double>(padded_rows(c.out_channels / c.groups)) * in * taps;
  const double input = size_of(frame_of_dy(c)) + c.kernel_h + out * taps + groups * static_cast<double>(padded_rows(c.channels / c.groups)) * out * taps;
  const double sparse = sparse_workspace(c, static_cast<double>(chunk_of(c)));
  return std::max({forward, input, in * taps + std::max(example_size(c), kChunk), sparse});
}

template <class T>
void conv_forward(const Conv& given, int batch, const T* x, const T* w, bool write, const T* bias, T* y, T* workspace) {
  const Conv c = flat(given);
  const Frame f = frame_of_x(c);
  const int64_t taps = taps_of_x(c), pixels = int64_t{c.out_h} * c.out_w;
  const int m = c.out_channels / c.groups, rows = rows_of(m);
  const int in = c.channels / c.groups;
  T *copy = workspace, *reached = copy + f.size(), *places = reached + c.kernel_h, *packed = places + taps;
  zero(f.size(), copy);
  int64_t p = 0;
  for (int r = 0; r < c.kernel_h; ++r) {
    put(reached + r, int64_t{r} * c.dilation_h - c.pad_h);
    for (int k = 0; k < in; ++k)
      for (int s = 0; s < c.kernel_w; ++s, ++p) {
        put(places + p, place_in_x(c, f, k, r, s));
        for (int g = 0; g < c.groups; ++g)
          for (int o = 0; o < padded_rows(m); ++o)
            packed[g * padded_rows(m) * taps + (o / rows * taps + p) * rows + o % rows] =
                o < m ? w[(((int64_t{g} * m + o) * in + k) * c.kernel_h + r) * c.kernel_w + s] : T(0);
      }
  }
  Product<T> q{m, c.kernel_h, in * c.kernel_w, nullptr, places, reached, c.stride_h, c.h, nullptr, c.stride_h * f.row(), c.out_h, c.out_w,
               nullptr, pixels, c.out_w, 1, write, nullptr};
  for (int n = 0; n < batch; ++n) {
    copy_framed(f, x + static_cast<int64_t>(n) * c.channels * c.h * c.w, copy);
    for (int g = 0; g < c.groups; ++g) {
      q.weights = packed + g * padded_rows(m) * taps;
      q.src = copy + g * (c.channels / c.groups) * f.plane();
      q.dst = y + (static_cast<int64_t>(n) * c.out_channels + int64_t{g} * m) * pixels;
      q.bias = bias ? bias + int64_t{g} * m : nullptr;
      multiply_rows(q);
    }
  }
}

// A pixel of x that is `first` + a multiple of the stride gets its share through the same weights as the others of
// its kind, and neighbours of a kind are neighbours in dy: each kind is a product of its own.
template <class T>
void conv_input_gradient(const Conv& given, int batch, const T* dy, const T* w, bool write, const T* bias, T* dx, T* workspace) {
  const Conv c = flat(given);
  if constexpr (std::is_same_v<T, float>)
    if (!write && sparse_input_gradient(c, batch, dy, w, dx, workspace)) return;
  const Frame f = frame_of_dy(c);
  const int64_t pixels = int64_t{c.h} * c.w, kernel = int64_t{c.kernel_h} * c.kernel_w;
  const int m = c.channels / c.groups, outs = c.out_channels / c.groups, rows = rows_of(m);
  T *copy = workspace, *reached = copy + f.size(), *places = reached + c.kernel_h, *packed = places + outs * kernel;
  zero(f.size(), copy);
  const auto reaches = [](int first, int pad, int tap, int dilation, int stride) { return (first + pad - tap * dilation) % stride == 0; };
  struct Kind {
    int top, left;              // its first row and column
    int tap_rows, tap_cols;     // rows and columns of the kernel that reach it
    int64_t rows_before, taps_before;  // of the kinds before it
  };
  const auto each_kind = [&](auto use) {
    Kind kind{};
    for (kind.top = 0; kind.top < std::min(c.stride_h, c.h); ++kind.top) {
      kind.tap_rows = 0;
      for (int r = 0; r < c.kernel_h; ++r) kind.tap_rows += reaches(kind.top, c.pad_h, r, c.dilation_h, c.stride_h);
      for (kind.left = 0; kind.left < std::min(c.stride_w, c.w); ++kind.left) {
        kind.tap_cols = 0;
        for (int s = 0; s < c.kernel_w; ++s) kind.tap_cols += reaches(kind.left, c.pad_w, s, c.dilation_w, c.stride_w);
        use(kind);
        kind.taps_before += int64_t{kind.tap_rows} * outs * kind.tap_cols;
      }
      kind.rows_before += kind.tap_rows;
    }
  };
  each_kind([&](const Kind& kind) {
    T *place = places + kind.taps_before, *row = reached + kind.rows_before;
    const int64_t taps = int64_t{kind.tap_rows} * outs * kind.tap_cols;
    int64_t p = 0;
    for (int r = 0; r < c.kernel_h; ++r) {
      if (!reaches(kind.top, c.pad_h, r, c.dilation_h, c.stride_h)) continue;
      const int64_t i = floor_div(kind.top + c.pad_h - r * c.dilation_h, c.stride_h);
      put(row++, i);
      for (int o = 0; o < outs; ++o)
        for (int s = 0; s < c.kernel_w; ++s) {
          if (!reaches(kind.left, c.pad_w, s, c.dilation_w, c.stride_w)) continue;
          const int64_t j = floor_div(kind.left + c.pad_w - s * c.dilation_w, c.stride_w);
          put(place + p, o * f.plane() + (i + f.top) * f.row() + j + f.left);
          for (int g = 0; g < c.groups; ++g)
            for (int k = 0; k < padded_rows(m); ++k)
              packed[padded_rows(m) * (g * outs * kernel + kind.taps_before) + (k / rows * taps + p) * rows + k % rows] =
                  k < m ? w[((int64_t{g} * outs + o) * m + k) * kernel + int64_t{r} * c.kernel_w + s] : T(0);
          ++p;
        }
    }
  });
  for (int n = 0; n < batch; ++n) {
    copy_framed(f, dy + static_cast<int64_t>(n) * c.out_channels * c.out_h * c.out_w, copy);
    for (int g = 0; g < c.groups; ++g)
      each_kind([&](const Kind& kind) {
        if (!write && (kind.tap_rows == 0 || kind.tap_cols == 0)) return;
        multiply_rows(Product<T>{m, kind.tap_rows, outs * kind.tap_cols, packed + padded_rows(m) * (g * outs * kernel + kind.taps_before),
                                 places + kind.taps_before, reached + kind.rows_before, 1, c.out_h, copy + g * outs * f.plane(), f.row(),
                                 static_cast<int>(ceil_div(c.h - kind.top, c.stride_h)), static_cast<int>(ceil_div(c.w - kind.left, c.stride_w)),
                                 dx + (static_cast<int64_t>(n) * c.channels + int64_t{g} * m) * pixels + int64_t{kind.top} * c.w + kind.left, pixels,
                                 int64_t{c.stride_h} * c.w, c.stride_w, write, bias ? bias + int64_t{g} * m : nullptr});
      });
  }
}

template <class T>
void conv_weight_gradient(const Conv& given, int batch, const T* x, const T* dy, T* dw, T* workspace) {
  const Conv c = flat(given);
  if constexpr (std::is_same_v<T, float>)
    if (sparse_weight_gradient(c, batch, chunk_of(c), x, dy, dw, workspace)) return;
  const Frame f = frame_of_x(c);
  const int64_t taps = taps_of_x(c), pixels = int64_t{c.out_h} * c.out_w, tiles = tiles_of(c), chunk = chunk_of(c);
  const int m = c.out_channels / c.groups, outs = outs_of(c);
  T *places = workspace, *copy = places + taps, *turned = copy + chunk * f.size();
  int64_t place = 0;
  for (int k = 0; k < c.channels / c.groups; ++k)
    for (int r = 0; r < c.kernel_h; ++r)
      for (int s = 0; s < c.kernel_w; ++s) put(places + place++, place_in_x(c, f, k, r, s));
  zero(chunk * f.size(), copy);
  for (int64_t n0 = 0; n0 < batch; n0 += chunk) {
    const int examples = static_cast<int>(std::min<int64_t>(chunk, batch - n0));
    for (int n = 0; n < examples; ++n) copy_framed(f, x + (n0 + n) * c.channels * c.h * c.w, copy + n * f.size());
    for (int g = 0; g < c.groups && m == 1; ++g)
      for (int64_t p = 0; p < taps; p += kDots)
        weight_dots<T>({examples, c.out_h, c.out_w, copy + g * (c.channels / c.groups) * f.plane(), f.size(), c.stride_h * f.row(), places + p,
                        static_cast<int>(std::min<int64_t>(kDots, taps - p)), dy + (n0 * c.out_channels + g) * pixels, dw + g * taps + p, taps, 1},
                       c.out_channels * pixels);
    for (int g = 0; g < c.groups && m > 1; ++g)
      for (int64_t tile = 0; tile < tiles; ++tile) {
        T* block = turned + (g * tiles + tile) * chunk * pixels * outs;
        const int o0 = static_cast<int>(tile) * outs, n_outs = std::min(outs, m - o0);
        for (int n = 0; n < examples; ++n)
          turn(n_outs, outs, pixels, dy + ((n0 + n) * c.out_channels + int64_t{g} * m + o0) * pixels, block + n * pixels * outs);
        for (int64_t p = 0; p < taps; p += kTaps) {
          const WeightTile<T> q{examples, c.out_h, c.out_w, copy + g * (c.channels / c.groups) * f.plane(), f.size(), c.stride_h * f.row(),
                                places + p, static_cast<int>(std::min<int64_t>(kTaps, taps - p)), block,
                                dw + (int64_t{g} * m + o0) * taps + p, taps, n_outs};
          if (outs > kLanes) weight_tile<2, T>(q);
          else weight_tile<1, T>(q);
        }
      }
  }
}

template <class T>
void sum_planes(int batch, int channels, int pixels, const T* dy, T* db) {
  for (int c = 0; c < channels; ++c) {
    V<T> sums = all(T(0));
    for (int n = 0; n < batch; ++n) {
      const T* p = dy + (static_cast<int64_t>(n) * channels + c) * pixels;
      int i = 0;
      for (; i + kLanes <= pixels; i += kLanes) sums += load(p + i);
      sums += load_some(p + i, pixels - i);
    }
    T stripes[kLanes];
    store(stripes, sums);
    db[c] += (stripes[0] + stripes[2]) + (stripes[1] + stripes[3]);
  }
}

#define PG_INSTANTIATE(T)                                                                                           \
  template void conv_forward<T>(const Conv&, int, const T*, const T*, bool, const T*, T*, T*);                      \
  template void conv_input_gradient<T>(const Conv&, int, const T*, const T*, bool, const T*, T*, T*);               \
  template void conv_weight_gradient<T>(const Conv&, int, const T*, const T*, T*, T*);                              \
  template void sum_planes<T>(int, int, int, const T*, T*);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

#include "kernels/conv.h"
#include "kernels/conv_sparse.h"

#include "kernels/reference/conv.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
namespace k = pg::kernels;
namespace ref = pg::reference;

template <class T>
class ConvKernel : public ::testing::Test {};
TYPED_TEST_SUITE(ConvKernel, Scalars);

// Sizes of y follow; `below` is what is padded below and to the right.
k::Conv make(int channels, int h, int w, int out, int kh, int kw, int stride_h, int stride_w, int pad_h, int pad_w, int dilation_h, int dilation_w, int groups, int more = 0) {
  const auto size = [more](int n, int kernel, int stride, int pad, int dilation) { return (n + 2 * pad + more - dilation * (kernel - 1) - 1) / stride + 1; };
  return {channels, h, w, out, size(h, kh, stride_h, pad_h, dilation_h), size(w, kw, stride_w, pad_w, dilation_w), kh, kw, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups};
}

const std::vector<k::Conv>& sizes() {
  static const std::vector<k::Conv> all = {
      make(1, 5, 5, 1, 3, 3, 1, 1, 0, 0, 1, 1, 1),     make(3, 7, 9, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1),     make(2, 6, 13, 4, 5, 5, 1, 1, 2, 2, 1, 1, 1),
      make(4, 8, 8, 8, 2, 3, 2, 2, 0, 1, 1, 1, 2),     make(3, 9, 11, 6, 3, 2, 3, 2, 1, 0, 2, 3, 3),    make(5, 4, 4, 5, 3, 3, 1, 1, 1, 1, 1, 1, 5),
      make(4, 1, 17, 9, 1, 4, 1, 3, 0, 2, 1, 2, 1),    make(2, 5, 6, 3, 1, 1, 2, 3, 3, 4, 1, 1, 1),     make(1, 3, 3, 2, 3, 3, 5, 5, 1, 1, 1, 1, 1),
      make(2, 7, 7, 3, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1),  make(8, 6, 6, 16, 5, 5, 1, 1, 0, 0, 1, 1, 1),    make(2, 6, 5, 2, 2, 2, 4, 3, 0, 0, 1, 1, 1),
      make(6, 10, 10, 4, 3, 3, 2, 2, 1, 1, 2, 2, 2),   make(1, 40, 40, 12, 3, 3, 1, 1, 1, 1, 1, 1, 1),
  };
  return all;
}

template <class T>
struct Passes {
  std::vector<T> y, dx, dw, back, added;
};

template <class T>
Passes<T> run(bool fast, const k::Conv& c, int batch, bool with_bias) {
  Random random(static_cast<uint64_t>(c.channels * 10000 + c.w * 100 + c.kernel_h));
  const int64_t nx = int64_t{batch} * c.channels * c.h * c.w, ny = int64_t{batch} * c.out_channels * c.out_h * c.out_w,
                nw = int64_t{c.out_channels} * (c.channels / c.groups) * c.kernel_h * c.kernel_w;
  const auto x = random.values<T>(nx), w = random.values<T>(nw), b = random.values<T>(c.out_channels), bx = random.values<T>(c.channels), dy = random.values<T>(ny);
  Passes<T> p{std::vector<T>(static_cast<size_t>(ny), kNan<T>), random.values<T>(nx), random.values<T>(nw), std::vector<T>(static_cast<size_t>(nx), kNan<T>), random.values<T>(ny)};
  std::vector<T> workspace(static_cast<size_t>(k::conv_workspace(c)), kNan<T>);
  const T *bias = with_bias ? b.data() : nullptr, *bias_x = with_bias ? bx.data() : nullptr;
  if (fast) {
    k::conv_forward(c, batch, x.data(), w.data(), true, bias, p.y.data(), workspace.data());
    k::conv_forward<T>(c, batch, x.data(), w.data(), false, nullptr, p.added.data(), workspace.data());
    k::conv_input_gradient<T>(c, batch, dy.data(), w.data(), false, nullptr, p.dx.data(), workspace.data());
    k::conv_weight_gradient(c, batch, x.data(), dy.data(), p.dw.data(), workspace.data());
    k::conv_input_gradient(c, batch, dy.data(), w.data(), true, bias_x, p.back.data(), workspace.data());
  } else {
    ref::conv_forward(c, batch, x.data(), w.data(), true, bias, p.y.data(), workspace.data());
    ref::conv_forward<T>(c, batch, x.data(), w.data(), false, nullptr, p.added.data(), workspace.data());
    ref::conv_input_gradient<T>(c, batch, dy.data(), w.data(), false, nullptr, p.dx.data(), workspace.data());
    ref::conv_weight_gradient(c, batch, x.data(), dy.data(), p.dw.data(), workspace.data());
    ref::conv_input_gradient(c, batch, dy.data(), w.data(), true, bias_x, p.back.data(), workspace.data());
  }
  return p;
}

template <class T>
void expect_reference(const k::Conv& c, int batch, bool bias) {
  ASSERT_GE(c.out_h, 1);
  ASSERT_GE(c.out_w, 1);
  const Passes<T> got = run<T>(true, c, batch, bias), want = run<T>(false, c, batch, bias);
  const double terms = static_cast<double>(c.channels) * c.kernel_h * c.kernel_w, pixels = static_cast<double>(batch) * c.out_h * c.out_w;
  EXPECT_TRUE(close(got.y, want.y, (terms + 2) * kEps<T>));
  EXPECT_TRUE(close(got.added, want.added, (terms + 2) * kEps<T>));
  EXPECT_TRUE(close(got.dx, want.dx, (c.out_channels * c.kernel_h * c.kernel_w + 2) * kEps<T>));
  EXPECT_TRUE(close(got.dw, want.dw, (pixels + 2) * kEps<T>));
  EXPECT_TRUE(close(got.back, want.back, (c.out_channels * c.kernel_h * c.kernel_w + 2) * kEps<T>));
}

TYPED_TEST(ConvKernel, IsTheReferenceForEveryStrideDilationAndGroup) {
  for (size_t i = 0; i < sizes().size(); ++i)
    for (int batch : {1, 3})
      for (bool bias : {false, true}) {
        SCOPED_TRACE(i);
        expect_reference<TypeParam>(sizes()[i], batch, bias);
      }
}

// Tiles are of four pixels, four taps, four or eight output channels; one output channel, one tap and depthwise have ways of their own.
TYPED_TEST(ConvKernel, IsTheReferenceAroundEveryTile) {
  for (int width : {1, 2, 3, 4, 5, 7, 8, 9})
    for (int outs : {1, 2, 4, 5, 8, 9})
      for (int kernel : {1, 2, 3}) {
        SCOPED_TRACE(testing::Message() << width << " wide, " << outs << " channels of y, kernel " << kernel);
        expect_reference<TypeParam>(make(2, 3, width, outs, kernel, kernel, 1, 1, kernel / 2, kernel / 2, 1, 1, 1), 2, true);
        expect_reference<TypeParam>(make(3, 3, width, 3, kernel, kernel, 1, 1, kernel / 2, kernel / 2, 1, 1, 3), 2, false);
        expect_reference<TypeParam>(make(outs, 5, width, 1, 1, kernel, 1, 2, 0, kernel / 2, 1, 1, 1), 3, true);
      }
}

TYPED_TEST(ConvKernel, NothingInABatchDependsOnItsNeighbours) {
  using T = TypeParam;
  const k::Conv c = make(3, 6, 7, 5, 3, 3, 2, 1, 1, 1, 1, 1, 1);
  Random random(5);
  const auto x = random.values<T>(4 * 3 * 6 * 7), w = random.values<T>(5 * 27);
  const size_t one = static_cast<size_t>(5 * c.out_h * c.out_w);
  std::vector<T> all(4 * one), single(one), workspace(static_cast<size_t>(k::conv_workspace(c)));
  k::conv_forward<T>(c, 4, x.data(), w.data(), true, nullptr, all.data(), workspace.data());
  for (size_t n = 0; n < 4; ++n) {
    k::conv_forward<T>(c, 1, x.data() + n * 3 * 6 * 7, w.data(), true, nullptr, single.data(), workspace.data());
    EXPECT_TRUE(same_bits(single, std::vector<T>(all.begin() + static_cast<long>(n * one), all.begin() + static_cast<long>((n + 1) * one))));
  }
}

// --- gradients of a dy that is mostly zeros ---

struct Sparse {
  std::vector<float> x, w, dy, dx, dw, workspace;
  Sparse(const k::Conv& c, int batch, int one_in) : workspace(static_cast<size_t>(k::conv_workspace(c)), kNan<float>) {
    Random random(static_cast<uint64_t>(c.channels * 1000 + c.w * 10 + one_in));
    x = random.values<float>(int64_t{batch} * c.channels * c.h * c.w), dx = random.values<float>(static_cast<int64_t>(x.size()));
    w = random.values<float>(int64_t{c.out_channels} * (c.channels / c.groups) * c.kernel_h * c.kernel_w), dw = random.values<float>(static_cast<int64_t>(w.size()));
    dy = random.values<float>(int64_t{batch} * c.out_channels * c.out_h * c.out_w);
    const size_t of = static_cast<size_t>(one_in);
    for (size_t i = 0; i < dy.size(); ++i)
      if (i % of != (i / of * 7 + of / 2) % of) dy[i] = i % 2 ? 0.0f : -0.0f;
  }
};

// The sums in the order that conv.h gives, one number at a time. A batch of one is one chunk.
void input_gradient_in_order(const k::Conv& c, int batch, const Sparse& s, std::vector<float>& dx) {
  for (int64_t at = 0; at < int64_t{batch} * c.channels * c.h * c.w; ++at) {
    const int64_t x = at % c.w, y = at / c.w % c.h, k = at / (int64_t{c.w} * c.h) % c.channels, n = at / (int64_t{c.w} * c.h * c.channels);
    float sum = 0;
    for (int r = 0; r < c.kernel_h; ++r)
      for (int o = 0; o < c.out_channels; ++o)
        for (int t = 0; t < c.kernel_w; ++t) {
          const int64_t i = y + c.pad_h - int64_t{r} * c.dilation_h, j = x + c.pad_w - int64_t{t} * c.dilation_w;
          if (i < 0 || j < 0 || i % c.stride_h || j % c.stride_w || i / c.stride_h >= c.out_h || j / c.stride_w >= c.out_w) continue;
          sum += s.w[static_cast<size_t>(((o * c.channels + k) * c.kernel_h + r) * c.kernel_w + t)] *
                 s.dy[static_cast<size_t>(((n * c.out_channels + o) * c.out_h + i / c.stride_h) * c.out_w + j / c.stride_w)];
        }
    dx[static_cast<size_t>(at)] += sum;
  }
}
void weight_gradient_in_order(const k::Conv& c, const Sparse& s, std::vector<float>& dw) {
  std::vector<float> sums(dw.size(), 0.0f);
  pg::reference::conv_weight_gradient(c, 1, s.x.data(), s.dy.data(), sums.data(), static_cast<float*>(nullptr));
  for (size_t i = 0; i < dw.size(); ++i) dw[i] += sums[i];
}

// Rows of the kernel of one and two pairs of vectors and what surrounds a whole one, tiles of five pairs, channels in whole vectors or not.
TEST(SparseConvKernel, HasTheBitsOfTheSumsInTheirOrder) {
  int inputs = 0, weights = 0;  // taken so: too few weights are not worth it
  for (int channels : {1, 2, 3, 4, 5, 8, 9})
    for (int kernel : {1, 2, 3, 5})
      for (int width : {5, 7, 8, 13})
        for (int stride : {1, 2})
          for (int dilation : {1, 2}) {
            const int high = 12 - width / 2, pad = kernel / 2;
            const k::Conv c = make(channels, high, width, 3, kernel, kernel, stride, stride, pad, pad, dilation, 1, 1);
            if (c.out_h < 1) continue;
            SCOPED_TRACE(testing::Message() << channels << " channels, kernel " << kernel << ", " << width << " wide, stride " << stride);
            const Sparse s(c, 1, 32);
            Sparse got = s, want = s;
            if (k::sparse_input_gradient(c, 1, s.dy.data(), s.w.data(), got.dx.data(), got.workspace.data())) {
              ++inputs;
              input_gradient_in_order(c, 1, s, want.dx);
            }
            EXPECT_TRUE(same_bits(got.dx, want.dx));
            got.workspace.assign(got.workspace.size(), kNan<float>);
            if (k::sparse_weight_gradient(c, 1, 1, s.x.data(), s.dy.data(), got.dw.data(), got.workspace.data())) {
              ++weights;
              weight_gradient_in_order(c, s, want.dw);
            }
            EXPECT_TRUE(same_bits(got.dw, want.dw));
          }
  EXPECT_GE(inputs, 200);
  EXPECT_GE(weights, 200);
}

// At every density, in batches of many chunks. What no window meets changes nothing but the way that is taken: infinite, it must be the other.
TEST(SparseConvKernel, HasTheBitsOfTheOtherWay) {
  for (int one_in : {1, 2, 3, 4, 9, 100000})
    for (int channels : {1, 8}) {
      SCOPED_TRACE(testing::Message() << "one in " << one_in << ", channels " << channels);
      const int batch = 7;
      const k::Conv c = make(channels, 29, 28, 16, 5, 5, 2, 1, 0, 2, 1, 1, 1, -1);  // leaves the last row out
      ASSERT_LT((c.out_h - 1) * c.stride_h + c.kernel_h, c.h + 1);
      const Sparse s(c, batch, one_in);
      Sparse got = s, want = s, other = s;
      for (size_t plane = 1; plane <= static_cast<size_t>(batch * channels); ++plane) other.x[plane * 29 * 28 - 1] = std::numeric_limits<float>::infinity();
      k::conv_weight_gradient(c, batch, s.x.data(), s.dy.data(), got.dw.data(), got.workspace.data());
      k::conv_weight_gradient(c, batch, other.x.data(), s.dy.data(), want.dw.data(), want.workspace.data());
      EXPECT_TRUE(same_bits(got.dw, want.dw));
      k::conv_input_gradient<float>(c, batch, s.dy.data(), s.w.data(), false, nullptr, got.dx.data(), got.workspace.data());
      input_gradient_in_order(c, batch, s, want.dx);
      EXPECT_TRUE(same_bits(got.dx, want.dx));
    }
}

TEST(SparseConvKernel, LeavesWhatIsNotTheSame) {
  const k::Conv c = make(4, 9, 9, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1), groups = make(4, 9, 9, 4, 3, 3, 1, 1, 1, 1, 1, 1, 2), lone = make(4, 9, 9, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1);
  for (const k::Conv& other : {groups, make(4, 9, 9, 3, 3, 3, 1, 1, 1, 1, 1, 2, 1)}) {
    Sparse s(other, 2, 50);
    EXPECT_FALSE(k::sparse_input_gradient(other, 2, s.dy.data(), s.w.data(), s.dx.data(), s.workspace.data()));
    EXPECT_FALSE(k::sparse_weight_gradient(other, 2, 1, s.x.data(), s.dy.data(), s.dw.data(), s.workspace.data()));
  }
  Sparse one(lone, 2, 50);
  EXPECT_FALSE(k::sparse_weight_gradient(lone, 2, 1, one.x.data(), one.dy.data(), one.dw.data(), one.workspace.data()));
  for (float bad : {std::numeric_limits<float>::infinity(), kNan<float>}) {  // no zero times them is zero
    Sparse s(c, 2, 50);
    s.x[7] = s.w[5] = bad;
    EXPECT_FALSE(k::sparse_input_gradient(c, 2, s.dy.data(), s.w.data(), s.dx.data(), s.workspace.data()));
    EXPECT_FALSE(k::sparse_weight_gradient(c, 2, 1, s.x.data(), s.dy.data(), s.dw.data(), s.workspace.data()));
  }
  Sparse s(c, 2, 50);  // but one in dy is none, and reaches what it should
  s.dy[40] = kNan<float>;
  ASSERT_TRUE(k::sparse_weight_gradient(c, 2, 1, s.x.data(), s.dy.data(), s.dw.data(), s.workspace.data()));
  for (size_t i = 0; i < s.dw.size(); ++i) EXPECT_EQ(s.dw[i] != s.dw[i], i < 36);
}

TYPED_TEST(ConvKernel, SumOfPlanes) {
  using T = TypeParam;
  for (int pixels : {1, 3, 4, 9}) {
    Random random(static_cast<uint64_t>(pixels));
    const auto dy = random.values<T>(3 * 2 * pixels);
    std::vector<T> db = {1, 2}, want = db;
    k::sum_planes(3, 2, pixels, dy.data(), db.data());
    for (size_t i = 0; i < dy.size(); ++i) want[i / static_cast<size_t>(pixels) % 2] += dy[i];
    EXPECT_TRUE(close(db, want, 30 * kEps<T>));
  }
}

template <class T>
uint64_t hash() {
  Hash h;
  for (const k::Conv& c : sizes()) {
    const Passes<T> p = run<T>(true, c, 2, true);
    h.add(p.y).add(p.dx).add(p.dw).add(p.back).add(p.added);
  }
  return h.value();
}

TEST(ConvKernelBits, AreTheSameOnEveryPlatform) {
  EXPECT_EQ(hash<float>(), 0x2bb213908d68da50u);
  EXPECT_EQ(hash<double>(), 0x34cc537724a37853u);
}

}  // namespace

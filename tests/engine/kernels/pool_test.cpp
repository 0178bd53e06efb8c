#include "kernels/pool.h"

#include <array>

#include "kernels/reference/pool.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
namespace k = pg::kernels;
namespace ref = pg::reference;

template <class T>
class PoolKernel : public ::testing::Test {};
TYPED_TEST_SUITE(PoolKernel, Scalars);

const std::vector<k::Pool>& sizes() {
  static const std::vector<k::Pool> all = {
      {6, 8, 3, 4, 2, 2, 2, 2, 0, 0, 1, 1, true, false},   {7, 19, 3, 9, 2, 2, 2, 2, 0, 0, 1, 1, true, false}, {7, 9, 4, 5, 2, 2, 2, 2, 0, 0, 1, 1, true, false},
      {8, 8, 2, 2, 3, 3, 3, 3, 0, 0, 1, 1, true, false},   {5, 6, 5, 3, 3, 2, 1, 2, 1, 0, 1, 1, false, false}, {5, 5, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1, true, false},
      {6, 6, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1, true, false},   {1, 11, 1, 5, 1, 4, 1, 2, 0, 2, 1, 1, false, false},
  };
  return all;
}

template <class T>
void expect_max(const k::Pool& p, const std::vector<T>& x, int planes) {
  const size_t out = static_cast<size_t>(planes * p.out_h * p.out_w);
  const auto dy = Random(9).values<T>(static_cast<int64_t>(out));
  std::vector<T> y(out), place(out), want_y(out), want_place(out), dx(x.size(), T(1)), want_dx = dx;
  k::max_pool_forward(p, planes, x.data(), y.data(), place.data());
  ref::max_pool_forward(p, planes, x.data(), want_y.data(), want_place.data());
  EXPECT_TRUE(same_bits(y, want_y));
  EXPECT_TRUE(same_bits(place, want_place));
  k::max_pool_backward(p, planes, dy.data(), place.data(), dx.data());
  ref::max_pool_backward(p, planes, dy.data(), place.data(), want_dx.data());
  EXPECT_TRUE(close(dx, want_dx, 8 * kEps<T>));
}

TYPED_TEST(PoolKernel, MaxIsTheReference) {
  using T = TypeParam;
  std::vector<k::Pool> all = sizes();
  all.push_back({9, 10, 4, 3, 3, 2, 1, 3, 1, 1, 3, 2, true, false});
  for (size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    const int64_t n = int64_t{3} * all[i].h * all[i].w;
    expect_max(all[i], Random(i).values<T>(n), 3);
    // Equal numbers: the first wins. NaN and infinities anywhere.
    std::vector<T> few(static_cast<size_t>(n));
    Random random(i + 50);
    for (T& v : few) v = static_cast<T>(random.below(3));
    expect_max(all[i], few, 3);
    for (T& v : few)
      if (random.below(6) == 0) v = random.below(2) ? kNan<T> : -kInf<T>;
    expect_max(all[i], few, 3);
  }
}

// Four windows at a time where there are four without a border; the last four may overlap the ones before.
TYPED_TEST(PoolKernel, MaxIsTheReferenceForEveryNumberOfWindows) {
  using T = TypeParam;
  for (int kernel : {1, 2, 3})
    for (int stride : {1, 2, 3})
      for (int pad : {0, 1})
        for (int dilation : {1, 2})
          for (int width = 5; width < 24; ++width) {
            const int reach = (kernel - 1) * dilation + 1;
            if (2 * pad > kernel || 5 + 2 * pad < reach) continue;
            SCOPED_TRACE(testing::Message() << "kernel " << kernel << ", stride " << stride << ", pad " << pad << ", dilation " << dilation << ", width " << width);
            const k::Pool p{5, width, (5 + 2 * pad - reach) / stride + 1, (width + 2 * pad - reach) / stride + 1, kernel, kernel, stride, stride, pad, pad, dilation, dilation,
                            true, false};
            std::vector<T> x = Random(static_cast<uint64_t>(width)).values<T>(int64_t{2} * 5 * width);
            expect_max(p, x, 2);
            for (size_t i = 0; i < x.size(); i += 7) x[i] = kNan<T>;
            for (size_t i = 3; i < x.size(); i += 5) x[i] = T(0.5);
            expect_max(p, x, 2);
          }
}

TYPED_TEST(PoolKernel, AWindowOfPaddingTakesNothing) {
  using T = TypeParam;
  const k::Pool p{1, 2, 1, 1, 1, 2, 1, 1, 0, 1, 1, 3, true, false};
  const std::vector<T> x = {1, 2};
  T y = 0, place = 0;
  k::max_pool_forward(p, 1, x.data(), &y, &place);
  EXPECT_EQ(y, -kInf<T>);
  EXPECT_EQ(place, T(-1));
  std::vector<T> dx = {5, 5};
  const T dy = 1;
  k::max_pool_backward(p, 1, &dy, &place, dx.data());
  EXPECT_EQ(dx, (std::vector<T>{5, 5}));
}

TYPED_TEST(PoolKernel, AverageIsTheReference) {
  using T = TypeParam;
  std::vector<k::Pool> all = sizes();
  for (const auto& [h, w, out_h, out_w] : {std::array{5, 7, 1, 1}, std::array{5, 7, 2, 3}, std::array{3, 4, 5, 8}, std::array{1, 10, 1, 4}})
    all.push_back({h, w, out_h, out_w, 1, 1, 1, 1, 0, 0, 1, 1, true, true});
  for (int width = 4; width < 24; ++width)  // four windows at a time where there are four without a border
    for (int kernel : {1, 2, 3})
      for (int stride : {1, 2, 3})
        for (bool count_pad : {false, true}) {
          const int pad = kernel / 2;
          all.push_back({4, width, (4 + 2 * pad - kernel) / stride + 1, (width + 2 * pad - kernel) / stride + 1, kernel, kernel, stride, stride, pad, pad, 1, 1, count_pad, false});
        }
  for (size_t i = 0; i < all.size(); ++i) {
    const k::Pool& p = all[i];
    const size_t out = static_cast<size_t>(3 * p.out_h * p.out_w);
    const auto x = Random(i).values<T>(int64_t{3} * p.h * p.w), dy = Random(i + 7).values<T>(static_cast<int64_t>(out));
    std::vector<T> y(out), want_y(out), dx(x.size(), T(1)), want_dx = dx;
    k::avg_pool_forward(p, 3, x.data(), y.data());
    ref::avg_pool_forward(p, 3, x.data(), want_y.data());
    k::avg_pool_backward(p, 3, dy.data(), dx.data());
    ref::avg_pool_backward(p, 3, dy.data(), want_dx.data());
    EXPECT_TRUE(close(y, want_y, 40 * kEps<T>)) << i;
    EXPECT_TRUE(close(dx, want_dx, 40 * kEps<T>)) << i;
  }
}

TYPED_TEST(PoolKernel, UpsamplingIsTheReference) {
  using T = TypeParam;
  for (int scale_h : {1, 2, 3})
    for (int scale_w : {1, 2, 5}) {
      const auto x = Random(3).values<T>(2 * 3 * 4), dy = Random(4).values<T>(2 * 3 * 4 * scale_h * scale_w);
      std::vector<T> y(dy.size()), want_y(dy.size()), dx(x.size(), T(1)), want_dx = dx;
      k::upsample_forward(2, 3, 4, scale_h, scale_w, x.data(), y.data());
      ref::upsample_forward(2, 3, 4, scale_h, scale_w, x.data(), want_y.data());
      k::upsample_backward(2, 3, 4, scale_h, scale_w, dy.data(), dx.data());
      ref::upsample_backward(2, 3, 4, scale_h, scale_w, dy.data(), want_dx.data());
      EXPECT_TRUE(same_bits(y, want_y));
      EXPECT_TRUE(close(dx, want_dx, 20 * kEps<T>));
    }
}

}  // namespace

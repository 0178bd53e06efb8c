#include "kernels/math.h"

#include "kernels/math_simd.h"
#include "kernels/reference/math.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
namespace k = pg::kernels;
namespace ref = pg::reference;

// Distance in units of the last place of the correctly rounded result.
double ulps(float got, double want) {
  const float rounded = static_cast<float>(want);
  if (std::isnan(want)) return std::isnan(got) ? 0 : 1e9;
  if (std::isinf(rounded)) return got == rounded ? 0 : 1e9;
  const int exponent = rounded == 0.0f ? -126 : std::max(std::ilogb(rounded), -126);
  return std::fabs(static_cast<double>(got) - want) / std::ldexp(1.0, exponent - 23);
}

struct Function {
  const char* name;
  float (*single)(float);
  double (*wide)(double);
  double (*oracle)(double);
  void (*vector)(int64_t, const float*, float*);
  void (*vector_wide)(int64_t, const double*, double*);
  // Arguments, evenly spaced over [low, high]; `decades` adds ±10^x for x over the same sweep of [-37, 0].
  double low, high;
  bool decades;
  double wide_low, wide_high;
};

const Function kFunctions[] = {
    {"exp", k::exp_<float>, k::exp_<double>, ref::exp_<double>, k::vexp<float>, k::vexp<double>, -87.33, 88.72, true,
     -708, 709.7},
    {"log", k::log_<float>, k::log_<double>, ref::log_<double>, k::vlog<float>, k::vlog<double>, 1e-3, 100, false,
     1e-3, 1e6},
    {"tanh", k::tanh_<float>, k::tanh_<double>, ref::tanh_<double>, k::vtanh<float>, k::vtanh<double>, -10, 10, true,
     -20, 20},
    {"sigmoid", k::sigmoid_<float>, k::sigmoid_<double>, ref::sigmoid_<double>, k::vsigmoid<float>,
     k::vsigmoid<double>, -87.3, 100, true, -700, 700},
    {"softplus", k::softplus_<float>, k::softplus_<double>, ref::softplus_<double>, k::vsoftplus<float>,
     k::vsoftplus<double>, -87.3, 100, true, -700, 700},
    {"erf", k::erf_<float>, k::erf_<double>, ref::erf_<double>, k::verf<float>, k::verf<double>, -5, 5, true, -6.5,
     6.5},
};

class Math : public ::testing::TestWithParam<Function> {};
INSTANTIATE_TEST_SUITE_P(Functions, Math, ::testing::ValuesIn(kFunctions),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(Math, FloatIsWithinFourUlp) {
  const Function& f = GetParam();
  double worst = 0, at = 0;
  const auto check = [&](float x) {
    const double e = ulps(f.single(x), f.oracle(static_cast<double>(x)));
    if (e > worst) worst = e, at = static_cast<double>(x);
  };
  constexpr int kSteps = 200000;
  for (int i = 0; i <= kSteps; ++i) {
    check(static_cast<float>(f.low + (f.high - f.low) * i / kSteps));
    check(static_cast<float>(std::max(f.low, -3.0) + (3.0 - std::max(f.low, -3.0)) * i / kSteps));
    if (f.decades && i % 10 == 0) {
      const float small = static_cast<float>(std::pow(10.0, -37.0 + 37.0 * i / kSteps));
      check(small);
      check(-small);
    }
  }
  EXPECT_LE(worst, 4.0) << "at " << at;
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST_P(Math, DoubleIsWithinItsBound) {
  const Function& f = GetParam();
  double worst = 0, at = 0;
  constexpr int kSteps = 50000;
  for (int i = 0; i <= kSteps; ++i)
    for (double x : {f.wide_low + (f.wide_high - f.wide_low) * i / kSteps,
                     std::max(f.wide_low, -1.0) + (1.0 - std::max(f.wide_low, -1.0)) * i / kSteps}) {
      const double want = f.oracle(x);
      const double e = want == 0.0 ? std::fabs(f.wide(x)) : std::fabs((f.wide(x) - want) / want);
      if (!(e <= worst)) worst = e, at = x;
    }
  EXPECT_LE(worst, 1e-14) << "at " << at;
}

TEST_P(Math, AVectorHoldsTheScalarsBitsAtEveryPosition) {
  const Function& f = GetParam();
  Random random(3);
  for (int n : lengths()) {
    std::vector<float> x = random.values<float>(n, 20.0), y(x.size()), want(x.size());
    for (size_t i = 0; i < x.size(); ++i) want[i] = f.single(x[i]);
    f.vector(n, x.data(), y.data());
    EXPECT_TRUE(same_bits(y, want)) << n;
    f.vector(n, x.data(), x.data());  // in place
    EXPECT_TRUE(same_bits(x, want)) << n;
    std::vector<double> xd = random.values<double>(n, 20.0), yd(xd.size()), wantd(xd.size());
    for (size_t i = 0; i < xd.size(); ++i) wantd[i] = f.wide(xd[i]);
    f.vector_wide(n, xd.data(), yd.data());
    EXPECT_TRUE(same_bits(yd, wantd)) << n;
  }
}

TEST_P(Math, NanStaysNan) {
  const Function& f = GetParam();
  EXPECT_TRUE(std::isnan(f.single(kNan<float>)));
  EXPECT_TRUE(std::isnan(f.single(-kNan<float>)));
  EXPECT_TRUE(std::isnan(f.wide(kNan<double>)));
}

template <class T>
class MathEdges : public ::testing::Test {};
TYPED_TEST_SUITE(MathEdges, Scalars);

TYPED_TEST(MathEdges, InfinitiesZerosAndTheEndsOfTheRange) {
  using T = TypeParam;
  const T inf = kInf<T>, min = std::numeric_limits<T>::min(), max = std::numeric_limits<T>::max();
  EXPECT_EQ(k::exp_(inf), inf);
  EXPECT_EQ(k::exp_(-inf), T(0));
  EXPECT_EQ(k::exp_(T(0)), T(1));
  EXPECT_EQ(k::exp_(max), inf);
  EXPECT_EQ(k::exp_(-max), T(0));
  EXPECT_LT(k::exp_(std::log(max) * T(0.99999)), inf);
  EXPECT_EQ(k::exp_(std::log(max) * T(1.0001)), inf);
  EXPECT_GE(k::exp_(std::log(min) * T(0.9999)), min);
  EXPECT_EQ(k::exp_(std::log(min) * T(1.0001)), T(0));
  EXPECT_EQ(k::log_(T(0)), -inf);
  EXPECT_EQ(k::log_(-T(0)), -inf);
  EXPECT_EQ(k::log_(T(1)), T(0));
  EXPECT_EQ(k::log_(inf), inf);
  EXPECT_TRUE(std::isnan(k::log_(T(-1))));
  EXPECT_TRUE(std::isnan(k::log_(-inf)));
  EXPECT_NEAR(k::log_(std::numeric_limits<T>::denorm_min()), std::log(std::numeric_limits<T>::denorm_min()),
              800 * kEps<T>);
  EXPECT_NEAR(k::log_(max), std::log(max), 1000 * kEps<T>);
  EXPECT_EQ(k::tanh_(inf), T(1));
  EXPECT_EQ(k::tanh_(-inf), T(-1));
  EXPECT_TRUE(std::signbit(k::tanh_(-T(0))));
  EXPECT_EQ(k::sigmoid_(inf), T(1));
  EXPECT_EQ(k::sigmoid_(-inf), T(0));
  EXPECT_EQ(k::sigmoid_(T(0)), T(0.5));
  EXPECT_EQ(k::softplus_(inf), inf);
  EXPECT_EQ(k::softplus_(-inf), T(0));
  EXPECT_EQ(k::erf_(inf), T(1));
  EXPECT_EQ(k::erf_(-inf), T(-1));
  EXPECT_TRUE(std::signbit(k::erf_(-T(0))));
  EXPECT_TRUE(std::isnan(k::sin_(inf)));
  EXPECT_TRUE(std::isnan(k::cos_(-inf)));
  EXPECT_TRUE(std::isnan(k::sin_(kNan<T>)));
  EXPECT_TRUE(std::signbit(k::sin_(-T(0))));
  EXPECT_EQ(k::cos_(T(0)), T(1));
}

TEST(Math, LogOfEveryFloatBinade) {
  for (int e = -149; e < 128; ++e)
    for (double m : {1.0, 1.2, 1.41, 1.42, 1.7, 1.999}) {
      const float x = static_cast<float>(std::ldexp(m, e));
      EXPECT_LE(ulps(k::log_(x), std::log(static_cast<double>(x))), 4.0) << x;
    }
}

TEST(Math, SineAndCosine) {
  double worst = 0, worst_far = 0;
  for (int i = -200000; i <= 200000; ++i) {
    const double x = i * 5.0, near = i * 1e-4;
    for (double v : {x, near}) {
      EXPECT_LE(ulps(k::sin_(static_cast<float>(v)), std::sin(static_cast<double>(static_cast<float>(v)))), 1.0);
      EXPECT_LE(ulps(k::cos_(static_cast<float>(v)), std::cos(static_cast<double>(static_cast<float>(v)))), 1.0);
      const double s = std::sin(v), c = std::cos(v);
      double& w = v == x ? worst_far : worst;
      if (s != 0.0) w = std::max(w, std::fabs((k::sin_(v) - s) / s));
      w = std::max(w, std::fabs((k::cos_(v) - c) / c));
    }
  }
  EXPECT_LE(worst, 1e-14);
  EXPECT_LE(worst_far, 1e-14);
  for (double huge : {1e7, 1e15, 1e100, 1e308}) {
    EXPECT_LE(std::fabs(k::sin_(huge)), 1.0);
    EXPECT_LE(std::fabs(k::cos_(-huge)), 1.0);
  }
}

TEST(Math, PowIsWithinItsBound) {
  Random random(8);
  double worst = 0;
  for (int i = 0; i < 200000; ++i) {
    const double x = std::exp(50.0 * random.unit()), y = 30.0 * random.unit();
    const double want = std::pow(x, y);
    if (want < 1e-300 || want > 1e300) continue;
    worst = std::max(worst, std::fabs((k::pow_(x, y) - want) / want));
    if (want < 1e-37 || want > 1e37) continue;
    const float xf = static_cast<float>(x), yf = static_cast<float>(y);
    ASSERT_LE(ulps(k::pow_(xf, yf), std::pow(static_cast<double>(xf), static_cast<double>(yf))), 1.0) << x << " " << y;
  }
  EXPECT_LE(worst, 1e-14);
}

TEST(Math, PowHasTheSpecialCasesOfC) {
  const double values[] = {0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1e300, -1e300, 9007199254740993.0,
                           kInf<double>, -kInf<double>, kNan<double>};
  for (double x : values)
    for (double y : values) {
      const double got = k::pow_(x, y);
      double want = std::pow(x, y);
      if (std::isnan(want)) {
        EXPECT_TRUE(std::isnan(got)) << x << " " << y;
        continue;
      }
      EXPECT_DOUBLE_EQ(got, want) << x << " " << y;
      EXPECT_EQ(std::signbit(got), std::signbit(want)) << x << " " << y;
    }
}

TEST(MathBits, AreTheSameOnEveryPlatform) {
  Hash h;
  for (const Function& f : kFunctions) {
    Random random(21);
    for (double range : {1.0, 10.0, 100.0, 1e6}) {
      std::vector<float> x = random.values<float>(4001, range), y(x.size());
      f.vector(4001, x.data(), y.data());
      h.add(y);
      std::vector<double> xd = random.values<double>(1001, range), yd(xd.size());
      f.vector_wide(1001, xd.data(), yd.data());
      h.add(yd);
    }
  }
  Random random(22);
  for (int i = 0; i < 4000; ++i) {
    const double range = i % 2 ? 10.0 : 3e6, x = range * random.unit(), y = 10.0 * random.unit();
    h.add(k::sin_(x)).add(k::cos_(x)).add(k::pow_(std::fabs(x), y));
    h.add(k::sin_(static_cast<float>(x))).add(k::cos_(static_cast<float>(x)));
    h.add(k::pow_(static_cast<float>(std::fabs(x)), static_cast<float>(y)));
  }
  EXPECT_EQ(h.value(), 0xd2ec1fa4e8e75b41u);
}

}  // namespace

#include "kernels/math.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/math_simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLn2High = 0x1.62e42feep-1;  // 32 bits, so that a product with an exponent is exact
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kRound = 6755399441055744.0;  // 1.5 · 2^52: adding it rounds to the nearest integer

int64_t bits_of(double x) {
  int64_t b;
  std::memcpy(&b, &x, sizeof b);
  return b;
}
double of_bits(int64_t b) {
  double x;
  std::memcpy(&x, &b, sizeof x);
  return x;
}

// e^(x + tail), |tail| far smaller than |x|; what pow needs beyond exp.
double exp_with_tail(double x, double tail) {
  if (x != x) return x;
  if (x > 709.79) return kInf;
  if (x < -708.3964185322641) return 0.0;
  const double shifted = x * 1.4426950408889634 + kRound;
  const double n = shifted - kRound;
  const int64_t ni = bits_of(shifted) - bits_of(kRound);
  const double r = ((x - n * kLn2High) - n * kLn2Low) + tail;
  double p = 1.0 / 6227020800.0;  // Taylor up to r^13/13!
  const double c[] = {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
                      1.0 / 5040.0,      1.0 / 720.0,      1.0 / 120.0,     1.0 / 24.0,     1.0 / 6.0,
                      0.5};
  for (double ci : c) p = p * r + ci;
  const double e = r * r * p + r + 1.0;
  const int64_t half = ni >> 1;
  return e * of_bits((half + 1023) * (int64_t{1} << 52)) * of_bits((ni - half + 1023) * (int64_t{1} << 52));
}

// Exact sum and product as an unevaluated pair (Knuth; Dekker with Veltkamp's splitting).
struct Pair {
  double high;
  double low;
};
Pair exact_sum(double a, double b) {
  const double s = a + b;
  const double t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
Pair exact_product(double a, double b) {
  const double p = a * b;
  const double ca = 134217729.0 * a, cb = 134217729.0 * b;
  const double ah = ca - (ca - a), bh = cb - (cb - b);
  const double al = a - ah, bl = b - bh;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

// A positive finite x as m · 2^e with m in [√½, √2).
struct Split {
  double m;
  double e;
};
Split split(double x) {
  int64_t extra = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 18014398509481984.0;  // 2^54
    extra = 54;
  }
  const int64_t root_half = 0x3fe6a09e667f3bcd;
  const int64_t shifted = bits_of(x) - root_half;
  return {of_bits((shifted & 0x000fffffffffffff) + root_half), static_cast<double>((shifted >> 52) - extra)};
}

// Σ_{k≥1} s^(2k+1) · 2/(2k+1), the part of 2·atanh(s) beyond 2s, for |s| ≤ 1/3.
double atanh_tail(double s) {
  const double z = s * s;
  double p = 0.0;
  for (int k = 17; k >= 1; --k) p = p * z + 2.0 / (2 * k + 1);
  return s * z * p;
}

double sigmoid_double(double x) {
  const double t = exp_with_tail(-std::fabs(x), 0.0);
  return (x < 0.0 ? t : 1.0) / (1.0 + t);
}

double softplus_double(double x) {
  if (x != x) return x;
  const double t = exp_with_tail(-std::fabs(x), 0.0);
  const double s = t / (2.0 + t);
  return (x > 0.0 ? x : 0.0) + (2.0 * s + atanh_tail(s));
}

double tanh_double(double x) {
  const double a = std::fabs(x);
  if (a < 0.5) {  // continued fraction x/(1 + z/(3 + z/(5 + …)))
    const double z = x * x;
    double d = 21.0;
    for (int k = 19; k >= 1; k -= 2) d = k + z / d;
    return x / d;
  }
  const double t = exp_with_tail(-2.0 * a, 0.0);
  return std::copysign((1.0 - t) / (1.0 + t), x);
}

// Below 2.5 the series erf x = 2/√π · e^(−x²) · Σ 2^n x^(2n+1) / (2n+1)!!, whose terms are of one sign; above, the
// continued fraction erfc x = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))).
double erf_double(double x) {
  if (x != x) return x;
  const double a = std::fabs(x);
  if (a >= 6.0) return std::copysign(1.0, x);
  const Pair square = exact_product(a, a);  // e^(−x²) would multiply the rounding of x² by x²
  const double e = exp_with_tail(-square.high, -square.low);
  if (a >= 2.5) {
    double d = a;
    for (int n = 40; n >= 1; --n) d = a + 0.5 * n / d;
    return std::copysign(1.0 - 0.5641895835477563 * e / d, x);
  }
  const double z = 2.0 * a * a;
  double term = a, sum = a;
  for (int n = 1; term > sum * 1e-18; ++n) {
    term *= z / (2 * n + 1);
    sum += term;
  }
  return std::copysign(1.1283791670955126 * (e * sum), x);
}

// x − n·π/2 in [−π/4, π/4], and n modulo 4.
struct Angle {
  double r;
  int quadrant;
};
Angle reduce(double x) {
  if (std::fabs(x) > 1e6) x = std::fmod(x, 6.283185307179586);  // fmod is exact, hence the same everywhere
  const double shifted = x * 0.6366197723675814 + kRound;
  const double n = shifted - kRound;
  // π/2 in parts of 33, 33 and 53 bits: n has at most 20, so the first two products are exact.
  const double r = ((x - n * 0x1.921fb544p+0) - n * 0x1.0b4611a6p-34) - n * 0x1.3198a2e037073p-69;
  return {r, static_cast<int>(bits_of(shifted) & 3)};
}

double sin_quadrant(Angle angle) {
  const double z = angle.r * angle.r;
  double s;
  if (angle.quadrant & 1) {  // cosine, Taylor up to r^18
    s = 0.0;
    for (int k = 18; k >= 2; k -= 2) s = (1.0 + s) * (-z / (k * (k - 1)));
    s = 1.0 + s;
  } else {
    s = 0.0;
    for (int k = 19; k >= 3; k -= 2) s = (1.0 + s) * (-z / (k * (k - 1)));
    s = angle.r + angle.r * s;
  }
  return angle.quadrant & 2 ? -s : s;
}

double sin_double(double x) {
  if (!(std::fabs(x) < kInf)) return kNan;
  if (x == 0.0) return x;  // keeps -0
  return sin_quadrant(reduce(x));
}
double cos_double(double x) {
  if (!(std::fabs(x) < kInf)) return kNan;
  Angle a = reduce(x);
  a.quadrant = (a.quadrant + 1) & 3;
  return sin_quadrant(a);
}

double log_double(double x) {
  if (!(x < kInf) || x != x) return x;
  if (x == 0.0) return -kInf;
  if (x < 0.0) return kNan;
  const auto [m, e] = split(x);
  const double s = (m - 1.0) / (m + 1.0);
  return e * kLn2High + (2.0 * s + (atanh_tail(s) + e * kLn2Low));
}

// log of a positive finite x to about 2^-70 relative: pow multiplies its error by up to 709.
Pair log_pair(double x) {
  const auto [m, e] = split(x);
  const double f = m - 1.0;  // exact
  const Pair d = exact_sum(m, 1.0);
  const double s = f / d.high;
  const Pair back = exact_product(s, d.high);
  const double s_low = (((f - back.high) - back.low) - s * d.low) / d.high;
  // ln 2 to 2^-86: high part exact times e, low part as a product pair.
  const Pair low = exact_product(e, kLn2Low);
  // atanh_tail's own rounding is 2^-53 of a term that is at most 1 % of 2s.
  const Pair sum1 = exact_sum(e * kLn2High, 2.0 * s);
  const Pair sum2 = exact_sum(sum1.high, low.high);
  // s + s_low enters the tail by its derivative 2s².
  const double rest = ((sum1.low + sum2.low) + low.low) + 2.0 * s_low * (1.0 + s * s) + atanh_tail(s);
  return exact_sum(sum2.high, rest);
}

double pow_double(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (x != x || y != y) return kNan;
  const double ax = std::fabs(x);
  const bool integer = std::floor(y) == y;
  const bool odd = integer && std::fabs(y) < 9007199254740992.0 && std::fabs(std::fmod(y, 2.0)) == 1.0;
  if (std::fabs(y) == kInf) {
    if (ax == 1.0) return 1.0;
    return (ax > 1.0) == (y > 0.0) ? kInf : 0.0;
  }
  double magnitude;
  if (ax == 0.0 || ax == kInf) {
    magnitude = (ax == 0.0) == (y > 0.0) ? 0.0 : kInf;
  } else if (x < 0.0 && !integer) {
    return kNan;
  } else if (ax == 1.0) {
    magnitude = 1.0;
  } else {
    const Pair l = log_pair(ax);
    const double rough = y * l.high;
    if (rough > 710.0) magnitude = kInf;
    else if (rough < -746.0) magnitude = 0.0;
    else {
      const Pair p = exact_product(y, l.high);
      magnitude = exp_with_tail(p.high, p.low + y * l.low);
    }
  }
  return odd && std::signbit(x) ? -magnitude : magnitude;
}

// Applies a four-lane function to any n; the tail goes through the same lanes.
template <class F>
void map(int64_t n, const float* x, float* y, F f) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) store(y + i, f(load(x + i)));
  const int left = static_cast<int>(n - i);
  if (left > 0) store_partial(y + i, f(load_partial(x + i, left)), left);
}
template <class F>
void map(int64_t n, const double* x, double* y, F f) {
  for (int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
}

}  // namespace

#define PG_MATH(name, four, wide)                                            \
  template <>                                                                \
  float name##_<float>(float x) {                                            \
    return four(splat(x))[0];                                                \
  }                                                                          \
  template <>                                                                \
  double name##_<double>(double x) {                                         \
    return wide(x);                                                          \
  }                                                                          \
  template <>                                                                \
  void v##name<float>(int64_t n, const float* x, float* y) {                 \
    map(n, x, y, [](f32x4 v) { return four(v); });                           \
  }                                                                          \
  template <>                                                                \
  void v##name<double>(int64_t n, const double* x, double* y) {              \
    map(n, x, y, [](double v) { return wide(v); });                          \
  }

static double exp_double(double x) { return exp_with_tail(x, 0.0); }

PG_MATH(exp, exp4, exp_double)
PG_MATH(log, log4, log_double)
PG_MATH(tanh, tanh4, tanh_double)
PG_MATH(sigmoid, sigmoid4, sigmoid_double)
PG_MATH(softplus, softplus4, softplus_double)
PG_MATH(erf, erf4, erf_double)
#undef PG_MATH

// Rare enough in float to be rounded from double, which makes them almost exact.
template <>
double sin_<double>(double x) {
  return sin_double(x);
}
template <>
float sin_<float>(float x) {
  return static_cast<float>(sin_double(x));
}
template <>
double cos_<double>(double x) {
  return cos_double(x);
}
template <>
float cos_<float>(float x) {
  return static_cast<float>(cos_double(x));
}
template <>
double pow_<double>(double x, double y) {
  return pow_double(x, y);
}
template <>
float pow_<float>(float x, float y) {
  return static_cast<float>(pow_double(x, y));
}

}  // namespace pg::kernels

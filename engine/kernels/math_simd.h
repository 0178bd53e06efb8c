// The float functions of math.h, four lanes at a time, for kernels that fuse them with other work. The scalar
// functions are lane 0 of these, so a value never depends on which of them, or which lane, computed it.
// Polynomials are own fits (least maximum of the relative error of the whole function, Lawson iteration).
#pragma once

#include "kernels/simd.h"

namespace pg::simd {

// Adding 1.5 · 2^23 leaves the nearest integer in the low bits of the mantissa. It rounds the same everywhere and
// is defined for NaN too, where a float-to-int conversion is not.
constexpr float kRoundMagic = 12582912.0f;

inline f32x4 horner(f32x4, f32x4 acc) { return acc; }
template <class... Rest>
inline f32x4 horner(f32x4 x, f32x4 acc, float c, Rest... rest) {
  return horner(x, acc * x + splat(c), rest...);
}
// Coefficients from the highest power down to the constant.
template <class... Rest>
inline f32x4 polynomial(f32x4 x, float first, Rest... rest) {
  return horner(x, splat(first), rest...);
}

inline f32x4 exp4(f32x4 x) {
  const f32x4 clamped = at_least(at_most(x, splat(89.0f)), splat(-88.0f));
  const f32x4 shifted = clamped * splat(1.44269504f) + splat(kRoundMagic);
  const f32x4 n = shifted - splat(kRoundMagic);
  const i32x4 ni = (i32x4)(pattern(shifted) - pattern(splat(kRoundMagic)));
  // ln 2 in two parts; n · the first is exact.
  const f32x4 r = (clamped - n * splat(0.693359375f)) - n * splat(-2.12194440e-4f);
  const f32x4 p = polynomial(r, 0.0013814466f, 0.008368781f, 0.041668393f, 0.1666652f, 0.49999994f);
  const f32x4 e = r * r * p + r + splat(1.0f);
  // 2^n in two factors, because 2^128 does not fit one.
  const u32x4 half = (u32x4)(ni >> 1);
  const f32x4 s1 = from_bits((i32x4)((half + splat(127u)) << 23));
  const f32x4 s2 = from_bits((i32x4)(((u32x4)ni - half + splat(127u)) << 23));
  const f32x4 y = e * s1 * s2;
  return from_bits(bits(y) & ~(x < splat(-87.3365448f)));
}

inline f32x4 log4(f32x4 x) {
  const f32x4 smallest_normal = splat(1.17549435e-38f);
  const Mask4 tiny = x < smallest_normal;
  // Exponent such that the mantissa lies in [√½, √2).
  const u32x4 root_half = splat(0x3f3504f3u);
  const u32x4 shifted = pattern(select(tiny, x * splat(33554432.0f), x)) - root_half;
  const i32x4 e = ((i32x4)shifted >> 23) - (tiny & splat(int32_t{25}));
  const f32x4 m = from_bits((i32x4)((shifted & splat(0x007fffffu)) + root_half));
  const f32x4 ef = __builtin_convertvector(e, f32x4);
  const f32x4 f = m - splat(1.0f);
  const f32x4 z = f * f;
  const f32x4 p = polynomial(f, -0.07634493f, 0.12761575f, -0.13160183f, 0.14201759f, -0.16623357f, 0.20001227f,
                             -0.2500082f, 0.3333333f);
  f32x4 y = f * z * p;
  y = y + ef * splat(-2.12194440e-4f);
  y = y - splat(0.5f) * z;
  y = f + y;
  y = y + ef * splat(0.693359375f);
  const f32x4 infinity = splat(__builtin_inff());
  y = select(x < infinity, y, x);                        // +inf and NaN: themselves
  y = select(x == splat(0.0f), -infinity, y);
  return select(x < splat(0.0f), splat(__builtin_nanf("")), y);
}

// log(1 + t) for t in [0, 1]: 2 atanh(t / (2 + t)).
inline f32x4 log1p_unit4(f32x4 t) {
  const f32x4 s = t / (splat(2.0f) + t);
  const f32x4 z = s * s;
  const f32x4 p = polynomial(z, 0.24289554f, 0.21430741f, 0.28616595f, 0.3999889f, 0.66666675f);
  return s * z * p + (s + s);
}

inline f32x4 tanh4(f32x4 x) {
  const f32x4 a = abs(x);
  const f32x4 t = exp4(splat(-2.0f) * a);
  const f32x4 far = (splat(1.0f) - t) / (splat(1.0f) + t);
  const f32x4 z = x * x;
  const f32x4 p = polynomial(z, -0.00566698f, 0.02060618f, -0.053730007f, 0.13331331f, -0.33333278f);
  const f32x4 near = x * (z * p) + x;
  return copy_sign(select(a < splat(0.625f), near, far), x);
}

inline f32x4 sigmoid4(f32x4 x) {
  const f32x4 t = exp4(-abs(x));  // never overflows
  return select(x < splat(0.0f), t, splat(1.0f)) / (splat(1.0f) + t);
}

inline f32x4 softplus4(f32x4 x) { return at_least(x, splat(0.0f)) + log1p_unit4(exp4(-abs(x))); }

inline f32x4 erf4(f32x4 x) {
  const f32x4 a = at_most(abs(x), splat(4.0f));  // erf(4) rounds to 1
  const f32x4 z = x * x;
  const f32x4 p = polynomial(z, 7.8538964e-05f, -0.00080102053f, 0.005188329f, -0.026853813f, 0.112835854f,
                             -0.37612626f, 0.12837917f);
  const f32x4 near = x * p + x;
  // −log(erfc(a))
  const f32x4 q = polynomial(a, -0.00018760553f, 0.0029601213f, -0.02188967f, 0.10321826f, 0.6380122f, 1.1271716f,
                             0.00032056568f);
  const f32x4 far = splat(1.0f) - exp4(-q);
  return select(a < splat(1.0f), near, copy_sign(far, x));
}

// Φ(x), the normal distribution function; absolute error at most 2 eps, which is what x·Φ(x) needs.
inline f32x4 normal_cdf4(f32x4 x) { return splat(0.5f) + splat(0.5f) * erf4(x * splat(0.70710678f)); }
// φ(x), its density.
inline f32x4 normal_pdf4(f32x4 x) { return splat(0.39894228f) * exp4(splat(-0.5f) * x * x); }

}  // namespace pg::simd

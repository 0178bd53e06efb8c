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
inline f32x4 horner(f32x4 x, f32x4 acc, f32x4 c, Rest... rest) {
  return horner(x, acc * x + c, rest...);
}
// Coefficients from the highest power down to the constant.
template <class... Rest>
inline f32x4 polynomial(f32x4 x, f32x4 first, Rest... rest) {
  return horner(x, first, rest...);
}

// exp(x − n·ln 2)
inline f32x4 exp_of_rest(f32x4 x, f32x4 n) {
  // ln 2 in two parts; n · the first is exact.
  const f32x4 r = (x - n * PG_C(0.693359375f)) - n * PG_C(-2.12194440e-4f);
  const f32x4 p = polynomial(r, PG_C(0.0013814466f), PG_C(0.008368781f), PG_C(0.041668393f), PG_C(0.1666652f), PG_C(0.49999994f));
  return r * r * p + r + PG_C(1.0f);
}

inline f32x4 exp4(f32x4 x) {
  const f32x4 clamped = at_least(at_most(x, PG_C(89.0f)), PG_C(-88.0f));
  const f32x4 shifted = clamped * PG_C(1.44269504f) + PG_C(kRoundMagic);
  const f32x4 n = shifted - PG_C(kRoundMagic);
  const i32x4 ni = (i32x4)(pattern(shifted) - pattern(PG_C(kRoundMagic)));
  const f32x4 e = exp_of_rest(clamped, n);
  // 2^n in two factors, because 2^128 does not fit one.
  const u32x4 half = (u32x4)(ni >> 1);
  const f32x4 s1 = from_bits((i32x4)((half + pattern(PG_C(127u))) << 23));
  const f32x4 s2 = from_bits((i32x4)(((u32x4)ni - half + pattern(PG_C(127u))) << 23));
  const f32x4 y = e * s1 * s2;
  return from_bits(bits(y) & ~(x < PG_C(-87.3365448f)));
}

// The same bits for x that is not above 0 (or is NaN): 2^n is one factor then, and n's bits are its exponent's.
inline f32x4 exp_below4(f32x4 x) {
  const f32x4 clamped = at_least(x, PG_C(-88.0f));
  const f32x4 shifted = clamped * PG_C(1.44269504f) + PG_C(kRoundMagic);
  const f32x4 n = shifted - PG_C(kRoundMagic);
  const f32x4 power = from_bits((i32x4)((pattern(shifted) << 23) + pattern(PG_C(1.0f))));
  const f32x4 y = exp_of_rest(clamped, n) * power;
  return from_bits(bits(y) & ~(x < PG_C(-87.3365448f)));
}

inline f32x4 log4(f32x4 x) {
  const f32x4 smallest_normal = PG_C(1.17549435e-38f);
  const Mask4 tiny = x < smallest_normal;
  // Exponent such that the mantissa lies in [√½, √2).
  const u32x4 root_half = pattern(PG_C(0x3f3504f3u));
  const u32x4 shifted = pattern(select(tiny, x * PG_C(33554432.0f), x)) - root_half;
  const i32x4 e = ((i32x4)shifted >> 23) - (tiny & bits(PG_C(25u)));
  const f32x4 m = from_bits((i32x4)((shifted & pattern(PG_C(0x007fffffu))) + root_half));
  const f32x4 ef = __builtin_convertvector(e, f32x4);
  const f32x4 f = m - PG_C(1.0f);
  const f32x4 z = f * f;
  const f32x4 p = polynomial(f, PG_C(-0.07634493f), PG_C(0.12761575f), PG_C(-0.13160183f), PG_C(0.14201759f), PG_C(-0.16623357f), PG_C(0.20001227f),
                             PG_C(-0.2500082f), PG_C(0.3333333f));
  f32x4 y = f * z * p;
  y = y + ef * PG_C(-2.12194440e-4f);
  y = y - PG_C(0.5f) * z;
  y = f + y;
  y = y + ef * PG_C(0.693359375f);
  const f32x4 infinity = PG_C(__builtin_inff());
  y = select(x < infinity, y, x);                        // +inf and NaN: themselves
  y = select(x == splat(0.0f), -infinity, y);
  return select(x < splat(0.0f), PG_C(__builtin_nanf("")), y);
}

// log(1 + t) for t in [0, 1]: 2 atanh(t / (2 + t)).
inline f32x4 log1p_unit4(f32x4 t) {
  const f32x4 s = t / (PG_C(2.0f) + t);
  const f32x4 z = s * s;
  const f32x4 p = polynomial(z, PG_C(0.24289554f), PG_C(0.21430741f), PG_C(0.28616595f), PG_C(0.3999889f), PG_C(0.66666675f));
  return s * z * p + (s + s);
}

inline f32x4 tanh4(f32x4 x) {
  const f32x4 a = abs(x);
  const f32x4 t = exp_below4(PG_C(-2.0f) * a);
  const f32x4 far = (PG_C(1.0f) - t) / (PG_C(1.0f) + t);
  const f32x4 z = x * x;
  const f32x4 p = polynomial(z, PG_C(-0.00566698f), PG_C(0.02060618f), PG_C(-0.053730007f), PG_C(0.13331331f), PG_C(-0.33333278f));
  const f32x4 near = x * (z * p) + x;
  return copy_sign(select(a < PG_C(0.625f), near, far), x);
}

inline f32x4 sigmoid4(f32x4 x) {
  const f32x4 t = exp_below4(-abs(x));  // never overflows
  return select(x < splat(0.0f), t, PG_C(1.0f)) / (PG_C(1.0f) + t);
}

inline f32x4 softplus4(f32x4 x) { return at_least(x, splat(0.0f)) + log1p_unit4(exp_below4(-abs(x))); }

inline f32x4 erf4(f32x4 x) {
  const f32x4 a = at_most(abs(x), PG_C(4.0f));  // erf(4) rounds to 1
  const f32x4 z = x * x;
  const f32x4 p = polynomial(z, PG_C(7.8538964e-05f), PG_C(-0.00080102053f), PG_C(0.005188329f), PG_C(-0.026853813f), PG_C(0.112835854f),
                             PG_C(-0.37612626f), PG_C(0.12837917f));
  const f32x4 near = x * p + x;
  // −log(erfc(a))
  const f32x4 q = polynomial(a, PG_C(-0.00018760553f), PG_C(0.0029601213f), PG_C(-0.02188967f), PG_C(0.10321826f), PG_C(0.6380122f), PG_C(1.1271716f),
                             PG_C(0.00032056568f));
  const f32x4 far = PG_C(1.0f) - exp_below4(-q);
  return select(a < PG_C(1.0f), near, copy_sign(far, x));
}

// Φ(x), the normal distribution function; absolute error at most 2 eps, which is what x·Φ(x) needs.
inline f32x4 normal_cdf4(f32x4 x) { return PG_C(0.5f) + PG_C(0.5f) * erf4(x * PG_C(0.70710678f)); }
// φ(x), its density.
inline f32x4 normal_pdf4(f32x4 x) { return PG_C(0.39894228f) * exp_below4(PG_C(-0.5f) * x * x); }

}  // namespace pg::simd

// Four float lanes on every target, through the vector extensions that GCC and Clang share (SSE2 natively,
// SIMD128 in WebAssembly). Only operations that IEEE 754 fixes to the last bit are here, so that the same C++
// gives the same bits natively and in the browser: no FMA, no reciprocal estimates, no libm.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

// Called once a lane group in every hot loop: inlining is not the optimiser's to weigh.
#define PG_INLINE [[gnu::always_inline]] inline

namespace pg::simd {

typedef float f32x4 __attribute__((vector_size(16), aligned(16)));
typedef int32_t i32x4 __attribute__((vector_size(16), aligned(16)));
// For arithmetic on bit patterns: it wraps around, where a signed overflow would be undefined.
typedef uint32_t u32x4 __attribute__((vector_size(16), aligned(16)));
// An all-ones lane means true, as the comparison operators of the vector types give it.
using Mask4 = i32x4;

// Loads and stores need no alignment beyond that of float.
PG_INLINE f32x4 load(const float* p) {
  f32x4 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
PG_INLINE void store(float* p, f32x4 v) { std::memcpy(p, &v, sizeof v); }

PG_INLINE f32x4 splat(float x) { return f32x4{x, x, x, x}; }
PG_INLINE i32x4 splat(int32_t x) { return i32x4{x, x, x, x}; }
PG_INLINE u32x4 splat(uint32_t x) { return u32x4{x, x, x, x}; }

/// The bits of a number in memory, which a compiler must not fold: see PG_C.
template <uint32_t BITS>
struct Constant {
  static inline uint32_t bits = BITS;
};
/// Four lanes of a constant, for loops that need more of them than there are registers. V8 builds a v128.const out of
/// three instructions wherever it is used, in loops too; loading it takes one (exp4 is 2.5 times as fast).
#define PG_C(x) ((::pg::simd::f32x4)::pg::simd::splat(::pg::simd::Constant<__builtin_bit_cast(uint32_t, x)>::bits))

// The first `count` (0..3) floats; the other lanes are 0.
PG_INLINE f32x4 load_partial(const float* p, int count) {
  f32x4 v = splat(0.0f);
  if (count > 0) v[0] = p[0];
  if (count > 1) v[1] = p[1];
  if (count > 2) v[2] = p[2];
  return v;
}
PG_INLINE void store_partial(float* p, f32x4 v, int count) {
  if (count > 0) p[0] = v[0];
  if (count > 1) p[1] = v[1];
  if (count > 2) p[2] = v[2];
}

// Rows become columns.
PG_INLINE void transpose(f32x4 (&r)[4]) {
  const f32x4 l01 = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), h01 = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  const f32x4 l23 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5), h23 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  r[0] = __builtin_shufflevector(l01, l23, 0, 1, 4, 5);
  r[1] = __builtin_shufflevector(l01, l23, 2, 3, 6, 7);
  r[2] = __builtin_shufflevector(h01, h23, 0, 1, 4, 5);
  r[3] = __builtin_shufflevector(h01, h23, 2, 3, 6, 7);
}

PG_INLINE i32x4 bits(f32x4 v) {
  i32x4 r;
  std::memcpy(&r, &v, sizeof r);
  return r;
}
PG_INLINE u32x4 pattern(f32x4 v) { return (u32x4)bits(v); }
PG_INLINE f32x4 from_bits(i32x4 v) {
  f32x4 r;
  std::memcpy(&r, &v, sizeof r);
  return r;
}

// mask ? a : b, lane by lane.
PG_INLINE f32x4 select(Mask4 mask, f32x4 a, f32x4 b) { return from_bits((mask & bits(a)) | (~mask & bits(b))); }

// The limit is returned only where x is beyond it, so a NaN in x stays a NaN.
#if defined(__wasm_simd128__)
PG_INLINE f32x4 at_most(f32x4 x, f32x4 limit) { return (f32x4)wasm_f32x4_pmin((v128_t)x, (v128_t)limit); }
PG_INLINE f32x4 at_least(f32x4 x, f32x4 limit) { return (f32x4)wasm_f32x4_pmax((v128_t)x, (v128_t)limit); }
#elif defined(__SSE2__)
PG_INLINE f32x4 at_most(f32x4 x, f32x4 limit) { return (f32x4)_mm_min_ps((__m128)limit, (__m128)x); }
PG_INLINE f32x4 at_least(f32x4 x, f32x4 limit) { return (f32x4)_mm_max_ps((__m128)limit, (__m128)x); }
#else
PG_INLINE f32x4 at_most(f32x4 x, f32x4 limit) { return select(x > limit, limit, x); }
PG_INLINE f32x4 at_least(f32x4 x, f32x4 limit) { return select(x < limit, limit, x); }
#endif

PG_INLINE f32x4 abs(f32x4 v) { return from_bits(bits(v) & bits(PG_C(0x7fffffffu))); }
PG_INLINE f32x4 copy_sign(f32x4 magnitude, f32x4 sign) {
  return from_bits((bits(magnitude) & bits(PG_C(0x7fffffffu))) | (bits(sign) & ~bits(PG_C(0x7fffffffu))));
}

// Correctly rounded, as IEEE 754 asks.
PG_INLINE f32x4 sqrt(f32x4 v) {
#if defined(__wasm_simd128__)
  return (f32x4)wasm_f32x4_sqrt((v128_t)v);
#elif defined(__SSE2__)
  return (f32x4)_mm_sqrt_ps((__m128)v);
#else
  return f32x4{std::sqrt(v[0]), std::sqrt(v[1]), std::sqrt(v[2]), std::sqrt(v[3])};
#endif
}

PG_INLINE bool any(Mask4 m) {
#if defined(__wasm_simd128__)
  return wasm_v128_any_true((v128_t)m);
#elif defined(__SSE2__)
  return _mm_movemask_epi8((__m128i)m) != 0;
#else
  return (m[0] | m[1] | m[2] | m[3]) != 0;
#endif
}

// Bit l tells lane l.
PG_INLINE int lanes_of(Mask4 m) {
#if defined(__wasm_simd128__)
  return static_cast<int>(wasm_i32x4_bitmask((v128_t)m));
#elif defined(__SSE2__)
  return _mm_movemask_ps((__m128)m);
#else
  return (m[0] & 1) | (m[1] & 2) | (m[2] & 4) | (m[3] & 8);
#endif
}

// Sums of lanes always pair (0+2)+(1+3): one order for every reduction of the engine.
PG_INLINE float sum_lanes(f32x4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }

/// n steps, four a round: step(0) … step(3), then next(). Counting rounds and moving pointers costs as much as a step's arithmetic.
/// That each may be the last spares a loop for the rest, and keeps the optimisers from drawing the steps' sums together, for which
/// the registers do not suffice.
template <class Step, class Next>
PG_INLINE void in_fours(int n, Step step, Next next) {
  for (; n > 0; n -= 4) {
    step(0);
    if (n == 1) break;
    step(1);
    if (n == 2) break;
    step(2);
    if (n == 3) break;
    step(3);
    next();
  }
}

}  // namespace pg::simd

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
PG_INLINE f32x4 at_most(f32x4 x, f32x4 limit) { return select(x > limit, limit, x); }
PG_INLINE f32x4 at_least(f32x4 x, f32x4 limit) { return select(x < limit, limit, x); }

// NaN in either argument gives NaN (as PyTorch's max does, unlike std::max).
PG_INLINE f32x4 max_nan(f32x4 a, f32x4 b) { return select((a > b) | (a != a), a, b); }

PG_INLINE f32x4 abs(f32x4 v) { return from_bits(bits(v) & splat(int32_t{0x7fffffff})); }
PG_INLINE f32x4 copy_sign(f32x4 magnitude, f32x4 sign) {
  return from_bits((bits(magnitude) & splat(int32_t{0x7fffffff})) | (bits(sign) & splat(INT32_MIN)));
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

// Sums of lanes always pair (0+2)+(1+3): one order for every reduction of the engine.
PG_INLINE float sum_lanes(f32x4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }

}  // namespace pg::simd

// Counter-based randomness (Philox 4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
// A draw is a pure function of (seed, stream, step, element): what happens at step k does not depend on how one got
// there, so replaying, forking and seeking land on the same bits.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>

#include "kernels/math.h"

namespace pg {

/// Streams keep the uses of one seed apart.
enum class Stream : uint32_t { init = 1, data = 2, shuffle = 3, dropout = 4, split = 5, text = 6, explore = 7 };

/// Ten rounds of Philox on a 128-bit counter and a 64-bit key.
inline std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = 0xD2511F53ull * c[0], p1 = 0xCD9E8D57ull * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

/// Uniform in [0, 1) from 24 bits: exact in float and in double.
inline double uniform01(uint32_t bits) { return static_cast<double>(bits >> 8) * (1.0 / 16777216.0); }

/// A sequence of draws from one place of the counter space; cheap to make, nothing to keep.
class Rng {
 public:
  Rng(uint64_t seed, Stream stream, uint32_t a = 0, uint32_t b = 0)
      : k0_(static_cast<uint32_t>(seed)),
        k1_(static_cast<uint32_t>(seed >> 32) ^ (static_cast<uint32_t>(stream) * 0x9E3779B1u)),
        counter_{0, a, b, static_cast<uint32_t>(stream)} {}

  uint32_t next() {
    if (left_ == 0) {
      block_ = philox(counter_, k0_, k1_);
      ++counter_[0];
      left_ = 4;
    }
    return block_[static_cast<size_t>(4 - left_--)];
  }
  /// [0, 1)
  double uniform() { return uniform01(next()); }
  /// [lo, hi)
  double uniform(double lo, double hi) { return lo + (hi - lo) * uniform(); }
  /// Integer in [0, n), n ≥ 1, by multiply-shift (bias < n / 2^32).
  uint32_t below(uint32_t n) { return static_cast<uint32_t>((static_cast<uint64_t>(next()) * n) >> 32); }
  /// Standard normal by Box–Muller; two uniforms a draw, so that the count of draws is fixed.
  double normal() {
    const double u = 1.0 - uniform(), v = uniform();
    return std::sqrt(-2.0 * kernels::log_(u)) * kernels::cos_(6.283185307179586 * v);
  }
  /// Fisher–Yates.
  template <class I>
  void shuffle(I* items, uint32_t n) {
    for (uint32_t i = n; i > 1; --i) {
      const uint32_t j = below(i);
      const I t = items[i - 1];
      items[i - 1] = items[j];
      items[j] = t;
    }
  }

 private:
  uint32_t k0_, k1_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  int left_ = 0;
};

}  // namespace pg

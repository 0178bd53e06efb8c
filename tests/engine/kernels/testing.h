// What the kernels' tests share: fixed pseudo-random inputs, comparison with the reference, and the hash that holds
// the same bits natively and in WebAssembly.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace pg::testing {

template <class T>
constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T kInf = std::numeric_limits<T>::infinity();
template <class T>
constexpr double kEps = static_cast<double>(std::numeric_limits<T>::epsilon());

// Same values on every platform: integers only, then one exact division.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}
  uint32_t bits() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state_ >> 33);
  }
  // In [-1, 1), a multiple of 2^-23, exact in float.
  double unit() { return static_cast<double>(static_cast<int32_t>(bits() % (1u << 24)) - (1 << 23)) / (1 << 23); }
  int below(int n) { return static_cast<int>(bits() % static_cast<uint32_t>(n)); }
  template <class T>
  std::vector<T> values(int64_t n, double range = 1.0) {
    std::vector<T> v(static_cast<size_t>(n));
    v.reserve(1);  // none of them stand at an address too: nothing may be added to a null pointer
    for (T& x : v) x = static_cast<T>(range * unit());
    return v;
  }

 private:
  uint64_t state_;
};

// FNV-1a over the bits. The sign and payload of a NaN are left open by WebAssembly, so all NaNs count as one.
class Hash {
 public:
  template <class T>
  Hash& add(const std::vector<T>& values) {
    for (T v : values) add(v);
    return *this;
  }
  template <class T>
  Hash& add(T value) {
    if (value != value) value = kNan<T>;
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof bytes);
    for (unsigned char b : bytes) state_ = (state_ ^ b) * 1099511628211u;
    return *this;
  }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 14695981039346656037u;
};

// |got − want| ≤ bound · max(|want|, floor) for every element; NaN equals NaN, infinities must match.
template <class T>
::testing::AssertionResult close(const std::vector<T>& got, const std::vector<T>& want, double bound,
                                 double floor = 1.0) {
  if (got.size() != want.size()) return ::testing::AssertionFailure() << "sizes differ";
  for (size_t i = 0; i < got.size(); ++i) {
    const double g = static_cast<double>(got[i]), w = static_cast<double>(want[i]);
    if ((std::isnan(g) && std::isnan(w)) || g == w) continue;
    if (!(std::fabs(g - w) <= bound * std::max(std::fabs(w), floor)))
      return ::testing::AssertionFailure() << "[" << i << "] is " << g << ", not " << w << " (difference " << g - w
                                           << ", bound " << bound << ")";
  }
  return ::testing::AssertionSuccess();
}

template <class T>
::testing::AssertionResult same_bits(const std::vector<T>& got, const std::vector<T>& want) {
  if (got.size() != want.size()) return ::testing::AssertionFailure() << "sizes differ";
  for (size_t i = 0; i < got.size(); ++i) {
    if (got[i] != got[i] && want[i] != want[i]) continue;
    if (std::memcmp(&got[i], &want[i], sizeof(T)) != 0)
      return ::testing::AssertionFailure() << "[" << i << "] is " << got[i] << ", not " << want[i];
  }
  return ::testing::AssertionSuccess();
}

// Lengths around every lane and unrolling boundary of the flat loops.
inline const std::vector<int>& lengths() {
  static const std::vector<int> v = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 257};
  return v;
}

using Scalars = ::testing::Types<float, double>;

}  // namespace pg::testing

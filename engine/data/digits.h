// Small grey pictures of ten classes (handwritten digits, clothes), packed: "PGD1", little-endian u32 n_train, n_test, rows, cols; a label byte a picture, the training
// pictures first; then a byte a pixel, row by row, in the same order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pg::data {

inline constexpr int kDigitClasses = 10;

struct Digits {
  int n_train = 0, n_test = 0, rows = 0, cols = 0;
  std::vector<uint8_t> labels;  // [n_train + n_test], 0 .. 9
  std::vector<uint8_t> pixels;  // [n_train + n_test, rows, cols]

  int count() const { return n_train + n_test; }
  int picture() const { return rows * cols; }
  /// One picture as values in [0, 1].
  void values(int example, float* out) const;
};

/// Throws Error "bad_asset" (path: the asset's name) with what is wrong: every length and every label is checked.
Digits parse_digits(const uint8_t* bytes, size_t size, const char* asset = "digits");

}  // namespace pg::data

// A small pack of made-up digits: picture i of digit d is a bright bar in column d with some speckle.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "tensor/rng.h"

namespace pg::testing_data {

inline std::vector<uint8_t> fake_digits(uint32_t n_train, uint32_t n_test, uint32_t rows = 12, uint32_t cols = 12) {
  std::vector<uint8_t> bytes = {'P', 'G', 'D', '1'};
  for (uint32_t v : {n_train, n_test, rows, cols})
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(v >> (8 * i)));
  const uint32_t n = n_train + n_test;
  for (uint32_t i = 0; i < n; ++i) bytes.push_back(static_cast<uint8_t>(i % 10));
  Rng rng(1, Stream::data);
  for (uint32_t i = 0; i < n; ++i)
    for (uint32_t p = 0; p < rows * cols; ++p) bytes.push_back(static_cast<uint8_t>(p % cols == i % 10 ? 255 - rng.below(40) : rng.below(60)));
  return bytes;
}

}  // namespace pg::testing_data

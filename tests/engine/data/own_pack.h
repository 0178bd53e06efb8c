// A reader's own data as the page packs them, for tests.
#pragma once
#include <cstring>
#include <string>
#include <vector>

#include "tensor/json.h"

namespace pg::testing_data {

inline std::vector<uint8_t> own_pack(const Json& header, const std::vector<float>& numbers) {
  const std::string text = header.dump();
  const uint32_t length = static_cast<uint32_t>(text.size());
  std::vector<uint8_t> out(8 + text.size() + sizeof(float) * numbers.size());
  std::memcpy(out.data(), "PGO1", 4);
  std::memcpy(out.data() + 4, &length, 4);
  std::memcpy(out.data() + 8, text.data(), text.size());
  if (!numbers.empty()) std::memcpy(out.data() + 8 + text.size(), numbers.data(), sizeof(float) * numbers.size());
  return out;
}

/// n rows of `width` columns; the class says where each column's mean is, or without classes the target is the columns' sum.
inline std::vector<uint8_t> own_table(int n, int width, int classes) {
  Json header = {{"n", n}, {"shape", {width}}, {"features", Json::array()}, {"classes", Json::array()}, {"target", "kind"}};
  for (int c = 0; c < width; ++c) header["features"].push_back("column " + std::to_string(c));
  for (int k = 0; k < classes; ++k) header["classes"].push_back("class " + std::to_string(k));
  std::vector<float> numbers, targets;
  for (int i = 0; i < n; ++i) {
    const int k = classes ? i % classes : 0;
    float sum = 0;
    for (int c = 0; c < width; ++c) {
      const float jitter = static_cast<float>((i * 7919 + c * 104729) % 1000) / 1000;
      numbers.push_back(100 * static_cast<float>(c + 1) + 10 * static_cast<float>(k == c % (classes ? classes : 1) ? 1 : 0) + 4 * jitter);
      sum += numbers.back();
    }
    targets.push_back(classes ? static_cast<float>(k) : sum);
  }
  numbers.insert(numbers.end(), targets.begin(), targets.end());
  return own_pack(header, numbers);
}

/// 4 × 4 pictures: class k has its row k bright.
inline std::vector<uint8_t> own_pictures(int n) {
  std::vector<float> numbers, targets;
  for (int i = 0; i < n; ++i) {
    for (int p = 0; p < 16; ++p) numbers.push_back(p / 4 == i % 3 ? 0.9f : 0.1f * static_cast<float>(i % 5) / 5);
    targets.push_back(static_cast<float>(i % 3));
  }
  numbers.insert(numbers.end(), targets.begin(), targets.end());
  return own_pack({{"n", n}, {"shape", {4, 4}}, {"features", Json::array()}, {"classes", {"cat", "dog", "<img onerror>"}}, {"target", "folder"}}, numbers);
}

}  // namespace pg::testing_data

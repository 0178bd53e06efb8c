// What the layers with a sliding window share: rows that take one number for both dimensions or [height, width].
#pragma once
#include "nn/layer.h"

namespace pg::layers {

/// `dimensions` 1 or 2; `text` the default.
constexpr ParamDef window_row(const char* key, int dimensions, double min, double max, const char* text, bool required = false,
                              int min_length = 1, const char* words = "") {
  ParamDef d;
  d.key = key;
  d.kind = Kind::integers;
  d.min = min;
  d.max = max;
  d.text = text;
  d.min_length = min_length;
  d.max_length = dimensions;
  d.required = required;
  d.words = words;
  return d;
}

struct Pair {
  double h, w;
};
/// The row's numbers. What has one dimension is a plane of height 1, and along it `other` holds.
inline Pair pair(const LayerBuild& b, const char* key, int dimensions, double other) {
  const std::vector<int> v = b.params.integers(key);
  return {dimensions == 1 ? other : static_cast<double>(v.front()), static_cast<double>(v.back())};
}

/// The input must be [batch, channels, length] or [batch, channels, height, width].
inline void expect_planes(const LayerBuild& b, int dimensions) {
  if (b.shape().rank != dimensions + 2)
    fail("bad_shape", b.graph.path,
         dimensions == 1 ? "an input of shape [batch, channels, length]" : "an input of shape [batch, channels, height, width]", b.shape().str());
}

}  // namespace pg::layers

// A reader's own data, as the page packs it: "PGO1", little-endian u32 length of a JSON header, the header, then little-endian
// float32: the rows [n, width] and the targets [n] (a class's number, or a value).
//   {"n": 150, "shape": [4], "features": ["petal length", …], "classes": ["setosa", …], "target": "species"}
// shape [h, w]: pictures, with values in [0, 1] and no names. No classes: the target is a number.
#pragma once
#include <string>
#include <vector>

#include "tensor/json.h"

namespace pg::data {

inline constexpr int kMaxOwnRows = 50000, kMaxOwnClasses = 10;

struct Own {
  int n = 0, width = 0, n_train = 0;
  int rows = 0, cols = 0;  // of a picture; 0: a table
  Json header;
  std::vector<float> values, targets;
  int classes() const { return static_cast<int>(header["classes"].size()); }
  /// Two columns are a point of the plane.
  bool drawn() const { return rows == 0 && width == 2; }

  /// Shuffles the examples by the seed; the first n_train are for training. A table's columns, and a target without classes, then
  /// get the mean 0 and the standard deviation 1 over these (in the plane 2, so that three of them fill it), and the header tells
  /// under "mean" and "sd" what was taken off and divided by: of each column, the target last.
  void split(double train_fraction, uint64_t seed);
};

/// Throws Error "bad_asset" (path "own") with what is wrong: every length and every number is checked.
Own parse_own(const uint8_t* bytes, size_t size);

}  // namespace pg::data

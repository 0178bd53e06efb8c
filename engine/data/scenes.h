// Scenes for a detector: a few handwritten digits and drawn shapes at random places and sizes, with their boxes. Scene i of a split is
// a function of (seed, split, i) alone; held-out scenes are of held-out digit pictures.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "data/boxes.h"
#include "data/digits.h"

namespace pg::data {

inline constexpr int kSceneSide = 48, kMaxObjects = 8;

struct SceneOptions {
  int digits = 10, shapes = 0;  // classes: the digits from 0, then shapes in the order of kShapes
  int max_objects = 3;          // 1 .. this many, as far as they find a place
  int min_size = 16, max_size = 26;  // the longer side of an object, pixels
  double overlap = 0.1;         // largest IoU of two objects
  double noise = 0.1;           // standard deviation of what is added to every pixel
  int clutter = 2;              // strokes that are no object
};

inline constexpr std::array kShapes = {"disc", "square", "triangle", "cross", "ring"};

class Scenes {
 public:
  Scenes() = default;
  /// `digits` must outlive it; null where there are none among the classes.
  Scenes(const SceneOptions& options, const Digits* digits, uint64_t seed);

  int classes() const { return options_.digits + options_.shapes; }
  std::string class_name(int c) const { return c < options_.digits ? std::to_string(c) : kShapes[static_cast<size_t>(c - options_.digits)]; }
  /// Draws kSceneSide² pixels in [0, 1] row by row and gives the number of objects; `objects` has room for kMaxObjects. A box is the
  /// object's extent, a digit's widened to half its height (a one would be a line). Allocates nothing.
  int draw(bool held_out, uint32_t index, float* pixels, Truth* objects) const;

 private:
  SceneOptions options_;
  const Digits* digits_ = nullptr;
  uint64_t seed_ = 0;
  std::vector<int> pictures_[2][kDigitClasses];  // of the training and of the held-out digits
};

}  // namespace pg::data

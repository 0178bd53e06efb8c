// Tasks in the plane and on a line: points with a class or a value, drawn from formulas. A task is one row of the table.
// Everything lies in [−6, 6]. Example i is a function of (seed, i) alone, so more samples keep the points there were, and
// more noise moves each point further along the same direction.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/rng.h"

namespace pg::data {

/// Half the width of the plane: coordinates are in [−kExtent, kExtent].
inline constexpr double kExtent = 6;

struct Point {
  float x1 = 0, x2 = 0;
  float target = 0;  // class id, or value (about [−1, 1] where there is no noise)
};

enum class PlaneKind : uint8_t {
  classes,     // x1, x2 -> class
  regression,  // x1, x2 -> value
  curve        // x1 -> value; x2 is not used
};

struct PlaneTask {
  const char* name;
  PlaneKind kind;
  int max_classes;  // of `classes`: 2 .. max_classes; else 0
  /// Draws one example. `label`: its class, else 0. Noise 0 .. 0.5 moves points by a normal jitter of standard deviation
  /// 2·noise in each coordinate (classes), or is the standard deviation added to the value.
  Point (*draw)(Rng& rng, int label, int classes, double noise);
};

std::span<const PlaneTask> plane_tasks();
/// Null if there is none of that name.
const PlaneTask* find_plane_task(std::string_view name);
/// "circle|xor|…", optionally only those that allow more than two classes.
std::string plane_task_names(bool many_classes_only = false);

struct PlaneData {
  std::vector<Point> points;  // the training examples first
  int n_train = 0, n_test = 0;
};

/// `samples` ≥ 2 points, classes in turn so that they are balanced; round(samples·train_fraction) of them, but at least one
/// on either side, are for training, chosen by a permutation of the seed's own.
PlaneData make_plane_data(const PlaneTask& task, int samples, int classes, double noise, double train_fraction, uint64_t seed);

}  // namespace pg::data

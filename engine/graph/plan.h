// The plan: where every value lives. All memory is known, and limited, before the first step.
#pragma once
#include "graph/graph.h"

namespace pg {

enum class Arena : uint8_t { parameters, buffers, activations, ids };

struct Place {
  Arena arena = Arena::activations;
  int64_t offset = 0;      // in scalars
  bool needs_grad = false; // gradients sit at the same offset of the arena's gradient block
};

struct Plan {
  Graph graph;
  std::vector<Place> places;     // one a value
  std::vector<int64_t> saved;    // one a node: offset in the saved block
  int64_t parameters = 0, buffers = 0, activations = 0, ids = 0, saved_size = 0, workspace = 0;
  int64_t parameter_count = 0;   // without alignment gaps
  double flops_forward = 0;      // for the full batch
  int batch_size = 1;
};

/// Bytes a session of this plan takes in float, with gradients and `optimizer_slots` state slots a parameter.
int64_t plan_bytes(const Plan& plan, bool inference_only, int optimizer_slots);

/// No model may need more than this; a spec beyond is refused with the figure.
inline constexpr int64_t kMemoryLimit = int64_t{1} << 30;

Plan make_plan(Graph graph, int batch_size);

}  // namespace pg

// The plan: where every value lives. All memory is known, and limited, before the first step.
#pragma once
#include "graph/graph.h"

namespace pg {

enum class Arena : uint8_t { parameters, buffers, activations, ids, elsewhere };

struct Place {
  Arena arena = Arena::activations;
  int64_t offset = 0;        // in scalars; `elsewhere` (another model's): place in its list of borrowed values
  bool needs_grad = false;
  int64_t grad_offset = 0;   // in the gradients of the parameters or of the activations
};

/// Parameters that one pass of an optimizer updates: all of the model's own, or one that it borrows.
struct Span {
  int64_t grad_offset = 0, size = 0;  // scalars; the optimizer's slots begin at slots · grad_offset
  int borrowed = -1;                  // value, or -1: the model's own, from the arena's start
};

struct Plan {
  Graph graph;
  std::vector<Place> places;     // one a value
  std::vector<int64_t> saved;    // one a node: offset in the saved block
  std::vector<Span> spans;       // what training updates
  std::vector<int> borrowed;     // values that live in other models
  int64_t parameters = 0, buffers = 0, activations = 0, activation_gradients = 0, ids = 0, saved_size = 0, workspace = 0;
  int64_t trained = 0;           // scalars of gradients, and of each of the optimizer's slots
  int64_t parameter_count = 0;   // without alignment gaps, borrowed ones too
  double flops_forward = 0;      // for the full batch
  int batch_size = 1;
};

/// Bytes a session of this plan takes in float, with gradients and `optimizer_slots` state slots a parameter.
int64_t plan_bytes(const Plan& plan, bool inference_only, int optimizer_slots);

/// No model may need more than this; a spec beyond is refused with the figure.
inline constexpr int64_t kMemoryLimit = int64_t{1} << 30;

/// Nor longer for a forward pass: this many operations already take half a minute, or more.
inline constexpr double kMaxFlops = 274877906944.0;

Plan make_plan(Graph graph, int batch_size);

}  // namespace pg

// Losses: from a spec's loss to the op that computes it. Names and keys are PyTorch's.
#pragma once
#include "graph/graph.h"

namespace pg {

struct LossDef {
  enum class Target : uint8_t { none, values, ids };
  const char* name;
  ParamTable params;  // numbers become the op's attributes, lists a buffer that is its third input
  OpId op;
  int predictions;    // how many values it looks at beside the target
  Target target;
};

/// Null if there is none of that name.
const LossDef* find_loss(std::string_view name);
/// "mse|l1|…"
std::string loss_names();
/// Name -> parameter rows.
Json loss_schema();
/// Shape of one example's target (without the batch), for predictions of a shape that has one.
Shape target_shape(const LossDef& def, const Shape& prediction);
/// The loss, of shape [1]. `in`: the predictions, then the target where there is one.
int build_loss(const LossDef& def, GraphBuilder& graph, const Params& params, const std::string& name, std::vector<int> in);

}  // namespace pg

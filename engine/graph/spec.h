// From a spec (JSON) to a compiled model. All mistakes are found and reported together, before anything is allocated.
//
//   { "seed": 1, "batch_size": 32,
//     "input": { "shape": [784] }            or { "tokens": 16, "vocab_size": 40 }
//                                            or "inputs": { "src": {…}, "tgt": {…} } in place of "input"
//     "layers": [ { "type": "linear", "out_features": 10, "init": "xavier_uniform" },
//                 { "type": "add", "name": "sum", "inputs": ["0", "input"] }, … ],
//     "output": "sum",                       left out: the last layer
//     "loss": { "type": "cross_entropy" },   left out: the model only predicts
//                                            or a list: [ { "type": "mse", "name": "a", "inputs": ["sum"], "loss_weight": 0.5, "target": "src" }, … ]
//     "optimizer": { "type": "sgd", "lr": 0.1 }, "schedule": { "type": "constant" },
//     "regularization": { "l1": 0, "l2": 0 }, "gradient_clipping": { "max_norm": 0, "clip_value": 0 } }   0: off
//
// A layer's name is its index unless it says otherwise; its input is the layer before unless it names `inputs` (layers, or
// the model's inputs). "nodes" in place of "layers" is the graph form: the same, and every node names its inputs.
// `"share": "enc"` uses the parameters of the layer "enc"; `"share": "d/0"` those of layer "0" of another model, known as "d".
// `"frozen": true` keeps a layer's parameters as they are. Parameters are named as in the state_dict of the same torch.nn.Sequential.
#pragma once
#include <memory>

#include "graph/plan.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace pg {

struct CompiledModel {
  std::shared_ptr<const Plan> plan;
  uint64_t seed = 0;
  int vocab_size = 0;  // of the first input, where it is of tokens; 0: values
  OptimizerId optimizer = OptimizerId::sgd;
  Options options{};
  Schedule schedule;
  double l1 = 0, l2 = 0;
  double max_norm = 0, clip_value = 0;  // of gradients; 0: not clipped
};

/// `batch_size` > 0 overrides the spec's (a second plan over the same parameters for evaluation). `others`: models whose
/// parameters the spec may use. On mistakes `issues` is not empty and the plan is null.
CompiledModel compile(const Json& spec, std::vector<Issue>& issues, int batch_size = 0, const OtherModels* others = nullptr);

/// Every mistake in a spec given as text; none: it would compile.
std::vector<Issue> validate(const std::string& spec, const OtherModels* others = nullptr);

/// What a spec may contain, for the schema.
Json spec_schema();

}  // namespace pg

// From a spec (JSON) to a compiled model. All mistakes are found and reported together, before anything is allocated.
//
//   { "seed": 1, "batch_size": 32,
//     "input": { "shape": [784] }            or { "tokens": 16, "vocab_size": 40 }
//     "layers": [ { "type": "linear", "out_features": 10, "init": "xavier_uniform" },
//                 { "type": "add", "name": "sum", "inputs": ["0", "input"] }, … ],
//     "loss": { "type": "cross_entropy" },   left out: the model only predicts
//     "optimizer": { "type": "sgd", "lr": 0.1 }, "schedule": { "type": "constant" }, "regularization": { "l1": 0, "l2": 0 } }
//
// A layer's name is its index unless it says otherwise; its input is the layer before unless it names `inputs`
// ("input" is the model's input). Parameters are named as in the state_dict of the same torch.nn.Sequential.
#pragma once
#include <memory>

#include "graph/plan.h"
#include "optim/optimizer.h"

namespace pg {

struct CompiledModel {
  std::shared_ptr<const Plan> plan;
  uint64_t seed = 0;
  int vocab_size = 0;  // of token inputs; 0: values
  OptimizerId optimizer = OptimizerId::sgd;
  Options options{};
  double l1 = 0, l2 = 0;
};

/// `batch_size` > 0 overrides the spec's (a second plan over the same parameters for evaluation).
/// On mistakes `issues` is not empty and the plan is null.
CompiledModel compile(const Json& spec, std::vector<Issue>& issues, int batch_size = 0);

/// Every mistake in a spec given as text; none: it would compile.
std::vector<Issue> validate(const std::string& spec);

/// What a spec may contain, for the schema.
Json spec_schema();

}  // namespace pg

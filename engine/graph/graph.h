// The graph: values and nodes in the order in which they are computed. Built by layers (nn/), read by the plan.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/params.h"
#include "ops/table.h"

namespace pg {

/// How a parameter gets its first values; names and rules are torch.nn.init's.
struct Init {
  enum class Type : uint8_t {
    zeros, constant, uniform, normal, xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal, orthogonal, sinusoidal
  };
  Type type = Type::zeros;
  double a = 0, b = 0;  // constant: a; uniform: [a, b); normal: mean a, std b; xavier, orthogonal: gain a; kaiming: gain a, b = 1 for fan_out
  int64_t fan_in = 0, fan_out = 0;
  int64_t zero_row = -1;  // of a matrix: a row that starts as zeros (an embedding's padding_idx)
};

enum class ValueKind : uint8_t { input, parameter, buffer, activation };

struct Value {
  std::string name;  // as in PyTorch's state_dict for parameters; "1", "1.weights" for intermediates
  std::string of_model, of_name;  // a parameter or buffer that lives in another model, under this name there
  ValueType type;
  ValueKind kind = ValueKind::activation;
  int node = -1;          // producer; -1: input, parameter, buffer
  int slot = 0;           // which output of the producer
  Init init;              // parameters and buffers
  std::vector<double> table;  // a buffer's values, where the spec gives them
  bool regularized = false;  // whether L1 and L2 reach it (weights yes, biases and norms no)
  bool requires_grad = false;  // an input whose gradient is kept
  bool frozen = false;       // a parameter that keeps its value: no gradient, no update
  bool persistent = true;    // a buffer that belongs to the state_dict (running statistics yes, a table of sines no)
  bool counter = false;      // a buffer of one whole number, which PyTorch keeps as int64 (num_batches_tracked)
  int64_t ids_below = 0;     // ids lie in [0, ids_below)…
  int64_t ids_also = INT64_MIN;  // …or are this (a target's ignore_index)
};

struct Node {
  OpId op = OpId::count;
  std::string name;
  std::vector<int> in, out;
  std::array<double, kMaxAttr> attr{};
  int64_t saved = 0, workspace = 0;
  bool alias = false;
  bool loss = false;  // serves the loss alone: not computed for a prediction
  double flops = 0;
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  int loss = -1;    // value of shape [1]; -1: the graph only predicts
  std::vector<int> losses;  // its parts, in the spec's order
  int output = -1;  // the prediction: what enters the loss
  std::vector<int> inputs;  // the model's, then the losses' targets
  int targets_from = 0;     // place of the first target in `inputs`
  int find(std::string_view name) const;
};

/// Other models whose parameters a spec may use, by the name that the spec gives them ("share": "discriminator/0").
using OtherModels = std::map<std::string, const Graph*>;

/// No tensor may have more elements: indices fit in int, and no product of sizes overflows.
inline constexpr int64_t kMaxElements = int64_t{1} << 28;

/// More than this would only be made to keep us busy.
inline constexpr size_t kMaxValues = 16384;
/// Steps of the Gram–Schmidt process that a model's orthogonal matrices may take: a few seconds.
inline constexpr double kMaxOrthogonal = 2147483648.0;

/// Adds nodes; a mistake throws Error with the path of the layer being built.
class GraphBuilder {
 public:
  explicit GraphBuilder(int batch_size, const OtherModels* others = nullptr) : batch_(batch_size), others_(others) {}

  Graph graph;

  int input(const std::string& name, Shape per_example, DType dtype);
  int parameter(const std::string& name, Shape shape, Init init, bool regularized);
  int buffer(const std::string& name, Shape shape, Init init, bool persistent = true);
  /// A parameter or buffer named `name` here that is `of_name` of another model. -1 if there is none.
  int borrow(const std::string& name, const std::string& of_model, const std::string& of_name);

  struct Attr {
    const char* name;
    double value;
  };
  /// Output 0 of a new node; the others follow it in `graph.nodes.back().out`.
  int node(OpId op, const std::string& name, const std::vector<int>& in, const std::vector<Attr>& attrs = {});

  const Shape& shape(int value) const { return graph.values[static_cast<size_t>(value)].type.shape; }
  const ValueType& type(int value) const { return graph.values[static_cast<size_t>(value)].type; }
  int batch() const { return batch_; }

  std::string path;  // "layers[2]": where errors point

 private:
  int add(Value v);
  void refuse_if_large(double elements, const std::string& what) const;
  int batch_;
  double orthogonal_ = 0;  // steps so far
  const OtherModels* others_;
};

}  // namespace pg

#include "graph/plan.h"

#include <algorithm>

#include "tensor/buffer.h"

namespace pg {

Plan make_plan(Graph graph, int batch_size) {
  Plan p;
  p.batch_size = batch_size;
  p.places.resize(graph.values.size());
  // Values are in topological order, so a producer's inputs have their needs_grad before it is asked for.
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& v = graph.values[i];
    Place& place = p.places[i];
    const int64_t n = v.type.shape.numel();
    switch (v.kind) {
      case ValueKind::parameter:
        place = {Arena::parameters, p.parameters, true};
        p.parameters += align_up(n);
        p.parameter_count += n;
        break;
      case ValueKind::buffer:
        place = {Arena::buffers, p.buffers, false};
        p.buffers += align_up(n);
        break;
      case ValueKind::input:
        if (v.type.dtype == DType::i32) {
          place = {Arena::ids, p.ids, false};
          p.ids += align_up(n);
        } else {
          place = {Arena::activations, p.activations, false};
          p.activations += align_up(n);
        }
        break;
      case ValueKind::activation: {
        const Node& node = graph.nodes[static_cast<size_t>(v.node)];
        bool needs = false;
        if (v.slot == 0)
          for (int in : node.in) needs = needs || p.places[static_cast<size_t>(in)].needs_grad;
        if (node.alias) {
          place = p.places[static_cast<size_t>(node.in[0])];
        } else {
          place = {Arena::activations, p.activations, needs};
          p.activations += align_up(n);
        }
        break;
      }
    }
  }
  for (const Node& n : graph.nodes) {
    p.saved.push_back(p.saved_size);
    p.saved_size += align_up(n.saved);
    p.workspace = std::max(p.workspace, n.workspace);
    p.flops_forward += n.flops;
  }
  p.graph = std::move(graph);
  return p;
}

int64_t plan_bytes(const Plan& p, bool inference_only, int optimizer_slots) {
  const int64_t blocks = inference_only ? p.activations + p.saved_size + p.workspace + p.ids + p.buffers
                                        : (2 + optimizer_slots) * p.parameters + p.buffers + 2 * p.activations + p.saved_size + p.workspace + p.ids;
  return blocks * static_cast<int64_t>(sizeof(float));
}

}  // namespace pg

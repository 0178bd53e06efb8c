#include "graph/plan.h"

#include <algorithm>

#include "tensor/buffer.h"

namespace pg {

Plan make_plan(Graph graph, int batch_size) {
  Plan p;
  p.batch_size = batch_size;
  p.places.resize(graph.values.size());
  const auto parameter = [&](size_t i, bool frozen) {
    const int64_t n = graph.values[i].type.shape.numel();
    p.places[i] = {Arena::parameters, p.parameters, !frozen, p.parameters};
    p.parameters += align_up(n);
    p.parameter_count += n;
  };
  // What is trained comes first and together: an optimizer is one loop over it. What is frozen follows.
  for (size_t i = 0; i < graph.values.size(); ++i)
    if (const Value& v = graph.values[i]; v.kind == ValueKind::parameter && v.of_model.empty() && !v.frozen) parameter(i, false);
  p.trained = p.parameters;
  if (p.trained) p.spans.push_back({0, p.trained, -1});
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& v = graph.values[i];
    if (v.of_model.empty()) {
      if (v.kind == ValueKind::parameter && v.frozen) parameter(i, true);
      continue;
    }
    const int64_t n = v.type.shape.numel();
    const bool trains = v.kind == ValueKind::parameter && !v.frozen;
    p.places[i] = {Arena::elsewhere, static_cast<int64_t>(p.borrowed.size()), trains, p.trained};
    p.borrowed.push_back(static_cast<int>(i));
    if (v.kind == ValueKind::parameter) p.parameter_count += n;
    if (!trains) continue;
    p.spans.push_back({p.trained, n, static_cast<int>(i)});
    p.trained += align_up(n);
  }
  // Values are in topological order, so a producer's inputs have their needs_grad before it is asked for.
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& v = graph.values[i];
    Place& place = p.places[i];
    const int64_t n = v.type.shape.numel();
    switch (v.kind) {
      case ValueKind::parameter: break;
      case ValueKind::buffer:
        if (!v.of_model.empty()) break;
        place = {Arena::buffers, p.buffers, false, 0};
        p.buffers += align_up(n);
        break;
      case ValueKind::input:
        if (v.type.dtype == DType::i32) {
          place = {Arena::ids, p.ids, false, 0};
          p.ids += align_up(n);
        } else {
          place = {Arena::activations, p.activations, v.requires_grad, p.activation_gradients};
          p.activations += align_up(n);
          if (v.requires_grad) p.activation_gradients += align_up(n);
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
          place = {Arena::activations, p.activations, needs, p.activation_gradients};
          p.activations += align_up(n);
          if (needs) p.activation_gradients += align_up(n);
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
                                        : p.parameters + (1 + optimizer_slots) * p.trained + p.buffers + p.activations + p.activation_gradients + p.saved_size + p.workspace + p.ids;
  return blocks * static_cast<int64_t>(sizeof(float));
}

}  // namespace pg

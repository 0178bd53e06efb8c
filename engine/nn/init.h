// First values of parameters, by torch.nn.init's names and rules.
#pragma once
#include "graph/graph.h"

namespace pg {

/// Parses `"xavier_uniform"` or `{"type": "normal", "std": 0.1}`. Fans are filled in by the layer.
Init read_init(const Json& given, const std::string& path, std::vector<Issue>& issues);
/// Names that `read_init` knows, for the schema and the labs' choices.
Json init_schema();

/// PyTorch's default of linear and convolution layers, weight and bias: uniform in ±1/√fan_in.
Init default_init(int64_t fan_in);

/// Fills n values. The draws depend on (seed, name) alone, so a parameter keeps its start when other layers change.
template <class T>
void fill_init(const Init& init, uint64_t seed, const std::string& name, const Shape& shape, T* out);

}  // namespace pg

// What tells whether a run goes well: how large weights, gradients and updates are, what the units do, how much the examples of
// a batch agree. Computed when somebody asks, from what the last step left behind; no step does more for it.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "labs/lab.h"

namespace pg {

namespace {

/// An update is the optimizer's arithmetic, weight by weight: so many of them stand for all.
constexpr int64_t kSampledUpdates = 64;
/// Of a value on the way to the loss, the first rows; and as many examples as come to so many pairs of rows (tokens).
constexpr int64_t kNumbers = 16384, kPairs = 1024;
/// A sigmoid this close to an end of its range, as a part of it, has lost 95 % of its slope; a tanh too.
constexpr double kNearEnd = 0.0127;

bool is_signal(const LabModel& m, int v) {
  const Value& value = m.graph().values[static_cast<size_t>(v)];
  if (!m.gradient(v)) return false;
  return value.kind == ValueKind::parameter || (value.node >= 0 && !m.graph().nodes[static_cast<size_t>(value.node)].loss);
}

double dot(int64_t n, const float* a, const float* b) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}
float rms(int64_t n, const float* x) { return static_cast<float>(std::sqrt(dot(n, x, x) / static_cast<double>(n))); }

/// Share of a layer's units that are zero for every example; of a parameter's rows, that are the first one again.
float idle(bool parameter, int64_t units, int64_t n, const float* x) {
  const int64_t rows = n / units;
  int64_t found = 0;
  for (int64_t u = parameter ? 1 : 0; u < units; ++u) {
    if (parameter) {
      found += std::memcmp(x, x + u * rows, static_cast<size_t>(rows) * sizeof(float)) == 0;
      continue;
    }
    int64_t r = 0;
    while (r < rows && x[r * units + u] == 0) ++r;
    found += r == rows;
  }
  return static_cast<float>(found) / static_cast<float>(std::max<int64_t>(1, parameter ? units - 1 : units));
}

/// Mean square of the length of single examples' gradients, and the square of the whole batch's, over the linear layers. An example's
/// gradient is its input times its output's gradient, row by row, so its length is known without it.
void agreement(const LabModel& m, double& own, double& whole) {
  const Graph& g = m.graph();
  int counted = -1;
  for (const Node& node : g.nodes) {
    const float *x = m.data(node.in[0]), *dy = m.gradient(node.out[0]);
    const int weight = node.in.size() > 1 ? node.in[1] : -1;
    if (node.op != OpId::linear || !dy || !m.gradient(weight)) continue;
    const int64_t in = m.shape(node.in[0]).last(), out = m.shape(node.out[0]).last(), batch = m.batch(), rows = m.shape(node.in[0]).rows() / batch, n = std::min(batch, std::max<int64_t>(2, kPairs / (rows * rows)));
    double sum = 0;
    for (int64_t at = 0; at < n * rows; ++at)
      for (int64_t q = at / rows * rows, end = q + rows; q < end; ++q) sum += (dot(in, x + at * in, x + q * in) + (node.in.size() > 2)) * dot(out, dy + at * out, dy + q * out);
    own += sum / static_cast<double>(n) * static_cast<double>(batch * batch);  // the loss is the batch's mean
    for (size_t k = 1; k < node.in.size() && weight != counted; ++k) whole += dot(m.shape(node.in[k]).numel(), m.gradient(node.in[k]), m.gradient(node.in[k]));
    counted = weight;
  }
}

}  // namespace

std::string signal_rows(const LabModel& m) {
  std::string out;
  for (int v = 0; v < static_cast<int>(m.graph().values.size()); ++v) {
    if (!is_signal(m, v)) continue;
    const Value& value = m.graph().values[static_cast<size_t>(v)];
    out += value.name;
    out += ' ';
    if (value.node >= 0) out += op_def(m.graph().nodes[static_cast<size_t>(value.node)].op).name;
    out += '\n';
  }
  return out;
}

TensorOut signals(const LabModel& m, const LabModel& observed) {
  TensorOut out;
  for (int v = 0; v < static_cast<int>(m.graph().values.size()); ++v) {
    if (!is_signal(m, v)) continue;
    const bool parameter = m.graph().values[static_cast<size_t>(v)].kind == ValueKind::parameter;
    const LabModel& from = parameter ? m : observed;
    const Shape& s = from.shape(v);
    const int64_t units = parameter ? s[0] : s.last();
    const auto looked_at = [&](int64_t all) { return parameter ? all : std::min(all, std::max<int64_t>(1, kNumbers / units) * units); };
    const int64_t n = looked_at(s.numel());
    const float* x = from.data(v);
    double updates = 0, sum = 0;
    const int64_t sampled = parameter ? std::min(n, kSampledUpdates) : 0;
    for (int64_t i = 0; i < sampled; ++i) {
      const int64_t at = n == sampled ? i : static_cast<int64_t>(static_cast<uint64_t>(i) * 2654435761u % static_cast<uint64_t>(n));
      const double change = m.explain_update(v, at).change;
      updates += change * change;
    }
    const int node = m.graph().values[static_cast<size_t>(v)].node;
    const bool both = node >= 0 && m.graph().nodes[static_cast<size_t>(node)].op == OpId::tanh;
    int64_t zeros = 0, ends = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double y = static_cast<double>(x[i]), part = both ? (y + 1) / 2 : y;
      sum += y;
      zeros += y == 0;
      ends += part < kNearEnd || part > 1 - kNearEnd;
    }
    const float count = static_cast<float>(n);
    out.values.insert(out.values.end(), {static_cast<float>(units), rms(n, x), rms(looked_at(m.shape(v).numel()), m.gradient(v)), sampled ? static_cast<float>(std::sqrt(updates / static_cast<double>(sampled))) : 0.0f,
                                         idle(parameter, units, n, x), static_cast<float>(zeros) / count, static_cast<float>(ends) / count, static_cast<float>(sum) / count});
  }
  double own = 0, whole = 0;
  agreement(m, own, whole);
  out.values.insert(out.values.end(), {static_cast<float>(m.batch()), static_cast<float>(own), static_cast<float>(whole), static_cast<float>(m.step()), 0, 0, 0, 0});
  out.shape = {static_cast<int64_t>(out.values.size()) / kSignals, kSignals};
  return out;
}

}  // namespace pg

// The loss of a detector that looks once: what each cell of a grid says, against what has its centre in the cell (Redmon et al. 2016,
// "You Only Look Once"; divided by the number of objects, as in Liu et al. 2016, "SSD").
//   x [B, 5 + C, H, W]: logits of a cell's confidence, of its box (the centre's place in the cell, square roots of the sides), of C classes
//   target [B, 6, H, W]: 1 where an object is, else 0; its centre's place in the cell x, y; the square roots of its sides; its class
// Outputs: loss [1] = Σ lambda·part, and parts [4], each a sum over the cells divided by the number of objects in the batch (at least 1):
//   obj     −log σ(confidence), where an object is            noobj  −log(1 − σ(confidence)), where none is
//   box     Σ (σ(logit) − target)² over the four numbers      cls    −log softmax(classes)[class]
#include "kernels/math.h"
#include "ops/table.h"

#include <algorithm>

namespace pg::ops {

namespace {

constexpr int kBox = 4, kParts = 4, kTargets = 6;
constexpr AttrDef kAttrs[] = {{"lambda_obj", 1, 0, 1e6}, {"lambda_noobj", 0.5, 0, 1e6}, {"lambda_box", 5, 0, 1e6}, {"lambda_cls", 1, 0, 1e6}};

void infer(Infer& f) {
  const Shape &x = f.in[0].shape, &t = f.in[1].shape;
  if (x.rank != 4 || x[1] < 2 + kBox || f.in[1].dtype != DType::f32 || !(t == Shape{x[0], kTargets, x[2], x[3]})) {
    f.rule = "a prediction of shape [batch, 5 + classes, height, width] and a target of shape [batch, 6, height, width]";
    return;
  }
  f.n_out = 2;
  f.out[0] = {Shape{1}, false, DType::f32};
  f.out[1] = {Shape{kParts}, false, DType::f32};
  f.out_suffix = {"", "parts", ""};
  f.saved = 1;  // the number of objects
}
double flops(const Infer& f) { return 4.0 * static_cast<double>(f.in[0].shape.numel()); }

/// Where the channels of cell `cell` begin in the prediction and in the target; a channel is a plane further.
struct Cells {
  int64_t plane, channels, count;
  explicit Cells(const Shape& x) : plane(x[2] * x[3]), channels(x[1]), count(x[0] * plane) {}
  int64_t in_x(int64_t cell) const { return cell / plane * channels * plane + cell % plane; }
  int64_t in_target(int64_t cell) const { return cell / plane * kTargets * plane + cell % plane; }
  int64_t classes() const { return channels - 1 - kBox; }
  /// Class ids stand among numbers: whatever they hold, a class there is.
  template <class V>
  int64_t class_of(V id) const { return id > V(0) ? static_cast<int64_t>(std::min(id, static_cast<V>(classes() - 1))) : 0; }
};
constexpr double kObject = 0.5;  // above it a cell has an object

void explain(const Inspect& c, int slot, int64_t flat, Explanation& e) {
  if (slot == 0) {
    e.kind = "weighted_sum";
    for (int i = 0; i < kParts; ++i) e.terms.push_back({"", c.out(1, i), c.attr(i), c.out_ref(1, i), {}});
    return;
  }
  e.kind = "loss";
  const Cells at(c.in_shape(0));
  for (int64_t cell = 0; cell < at.count; ++cell) {
    const int64_t x = at.in_x(cell), t = at.in_target(cell);
    if ((c.in(1, t) > kObject) == (flat == 1)) continue;
    const auto term = [&](int64_t channel, int64_t target) {
      const int64_t xi = x + channel * at.plane, ti = t + target * at.plane;
      e.terms.push_back({"", c.in(0, xi), c.in(1, ti), c.in_ref(0, xi), c.in_ref(1, ti)});
    };
    if (flat < 2) term(0, 0);
    else if (flat == 2)
      for (int k = 1; k <= kBox; ++k) term(k, k);
    else term(1 + kBox + at.class_of(c.in(1, t + (1 + kBox) * at.plane)), 1 + kBox);
  }
}

void feeds(const Inspect&, int, int64_t, std::vector<int64_t>& to) { to.push_back(0); }

}  // namespace

const OpDef detection_loss::def = {"detection_loss", Role::internal, kAttrs, 2, 2, infer, flops, explain, feeds};

template <class T>
void detection_loss::forward(Run<T>& r) {
  const Cells at(*r.in_shape[0]);
  double parts[kParts] = {};
  int64_t objects = 0;
  for (int64_t cell = 0; cell < at.count; ++cell) {
    const T *x = r.in[0] + at.in_x(cell), *t = r.in[1] + at.in_target(cell);
    if (!(t[0] > T(kObject))) {
      parts[1] += static_cast<double>(kernels::softplus_<T>(x[0]));
      continue;
    }
    ++objects;
    parts[0] += static_cast<double>(kernels::softplus_<T>(-x[0]));
    for (int64_t k = 1; k <= kBox; ++k) {
      const double d = static_cast<double>(kernels::sigmoid_<T>(x[k * at.plane]) - t[k * at.plane]);
      parts[2] += d * d;
    }
    const T* z = x + (1 + kBox) * at.plane;
    T most = z[0], sum = 0;
    for (int64_t k = 1; k < at.classes(); ++k) most = std::max(most, z[k * at.plane]);
    for (int64_t k = 0; k < at.classes(); ++k) sum += kernels::exp_<T>(z[k * at.plane] - most);
    parts[3] += static_cast<double>(kernels::log_<T>(sum) + most - z[at.class_of(t[(1 + kBox) * at.plane]) * at.plane]);
  }
  const double n = static_cast<double>(std::max<int64_t>(1, objects));
  r.saved[0] = static_cast<T>(n);
  double loss = 0;
  for (size_t i = 0; i < kParts; ++i) {
    r.out[1][i] = static_cast<T>(parts[i] / n);
    loss += r.attr[i] * parts[i] / n;
  }
  r.out[0][0] = static_cast<T>(loss);
}

template <class T>
void detection_loss::backward(Run<T>& r) {
  if (!r.din[0]) return;
  const Cells at(*r.in_shape[0]);
  T scale[kParts];
  for (size_t i = 0; i < kParts; ++i) scale[i] = static_cast<T>(r.attr[i]) * r.dout[0] / r.saved[0];
  for (int64_t cell = 0; cell < at.count; ++cell) {
    const int64_t begin = at.in_x(cell);
    const T *x = r.in[0] + begin, *t = r.in[1] + at.in_target(cell);
    T* dx = r.din[0] + begin;
    const bool object = t[0] > T(kObject);
    const T confidence = kernels::sigmoid_<T>(x[0]);
    dx[0] += object ? scale[0] * (confidence - T(1)) : scale[1] * confidence;
    if (!object) continue;
    for (int64_t k = 1; k <= kBox; ++k) {
      const T s = kernels::sigmoid_<T>(x[k * at.plane]);
      dx[k * at.plane] += scale[2] * T(2) * (s - t[k * at.plane]) * s * (T(1) - s);
    }
    const T* z = x + (1 + kBox) * at.plane;
    T* dz = dx + (1 + kBox) * at.plane;
    T most = z[0], sum = 0;
    for (int64_t k = 1; k < at.classes(); ++k) most = std::max(most, z[k * at.plane]);
    for (int64_t k = 0; k < at.classes(); ++k) sum += kernels::exp_<T>(z[k * at.plane] - most);
    const int64_t right = at.class_of(t[(1 + kBox) * at.plane]);
    for (int64_t k = 0; k < at.classes(); ++k)
      dz[k * at.plane] += scale[3] * (kernels::exp_<T>(z[k * at.plane] - most) / sum - (k == right ? T(1) : T(0)));
  }
}

PG_OP_INSTANCES(detection_loss)

}  // namespace pg::ops

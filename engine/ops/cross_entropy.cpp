// Mean or sum over the rows of −log softmax(logits)[target] (torch.nn.CrossEntropyLoss with class ids).
// logits [..., C], target ids [...]: rows with ignore_index do not count. A third input [C] weighs the classes: a mean
// divides by the sum of the targets' weights. Outputs: loss [1], probs [..., C].
#include "kernels/softmax.h"
#include "kernels/elementwise.h"
#include "ops/table.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"ignore_index", -100, -1e6, 1e6}, {"label_smoothing", 0, 0, 1}, {"sum", 0, 0, 1}};

void infer(Infer& f) {
  const Shape &x = f.in[0].shape, &y = f.in[1].shape;
  if (f.in[1].dtype != DType::i32 || x.rank != y.rank + 1 || x.rows() != y.numel()) {
    f.rule = "class ids, one a row of the logits";
    return;
  }
  if (f.n_in > 2 && (f.in[2].dtype != DType::f32 || f.in[2].shape.rank != 1 || f.in[2].shape[0] != x.last())) {
    f.rule = "one weight a class";
    return;
  }
  f.n_out = 2;
  f.out[0] = {Shape{1}, false, DType::f32};
  f.out[1] = f.in[0];
  f.out_suffix = {"", "probs", ""};
  f.saved = x.rows();  // the losses of the rows
}
double flops(const Infer& f) { return 5.0 * static_cast<double>(f.in[0].shape.numel()); }

/// What the sum over the rows is divided by; 0 where no row counts.
template <class T>
double divisor(const Run<T>& r) {
  if (r.attr[2] != 0) return 1;
  const int64_t rows = r.in_shape[0]->rows();
  const int ignore = static_cast<int>(r.attr[0]);
  double n = 0;
  for (int64_t i = 0; i < rows; ++i)
    if (r.ids[1][i] != ignore) n += r.n_in > 2 ? static_cast<double>(r.in[2][r.ids[1][i]]) : 1;
  return n;
}

void explain(const Inspect& c, int slot, int64_t flat, Explanation& e) {
  const int64_t classes = c.in_shape(0).last(), rows = c.in_shape(0).rows();
  if (slot == 1) {
    e.kind = "softmax";
    const int64_t row = flat / classes * classes;
    for (int64_t i = 0; i < classes; ++i) e.terms.push_back({"", c.in(0, row + i), c.out(1, row + i), c.in_ref(0, row + i), c.out_ref(1, row + i)});
    e.z = c.in(0, flat);
    e.z_ref = c.in_ref(0, flat);
    return;
  }
  e.kind = "loss";
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t target = static_cast<int64_t>(c.in(1, i));
    if (target == static_cast<int64_t>(c.attr(0))) continue;
    e.terms.push_back({"", c.out(1, i * classes + target), c.saved(i), c.out_ref(1, i * classes + target), c.in_ref(1, i)});
  }
}

void feeds(const Inspect&, int, int64_t, std::vector<int64_t>& to) { to.push_back(0); }

}  // namespace

const OpDef cross_entropy::def = {"cross_entropy", Role::internal, kAttrs, 2, 3, infer, flops, explain, feeds};

template <class T>
void cross_entropy::forward(Run<T>& r) {
  const int rows = static_cast<int>(r.in_shape[0]->rows()), classes = static_cast<int>(r.in_shape[0]->last());
  const int ignore = static_cast<int>(r.attr[0]);
  const T* weight = r.n_in > 2 ? r.in[2] : nullptr;
  if (weight || r.attr[1] > 0)
    kernels::cross_entropy_smooth_rows<T>(rows, classes, r.in[0], r.ids[1], ignore, weight, static_cast<T>(r.attr[1]), r.saved, r.out[1]);
  else
    kernels::cross_entropy_rows<T>(rows, classes, r.in[0], r.ids[1], ignore, r.saved, r.out[1]);
  const double n = divisor(r);
  r.out[0][0] = n != 0 ? static_cast<T>(kernels::sum<T>(rows, r.saved) / n) : T(0);
}

template <class T>
void cross_entropy::backward(Run<T>& r) {
  const double n = divisor(r);
  if (!r.din[0] || n == 0) return;
  const int rows = static_cast<int>(r.in_shape[0]->rows()), classes = static_cast<int>(r.in_shape[0]->last());
  const int ignore = static_cast<int>(r.attr[0]);
  const T* weight = r.n_in > 2 ? r.in[2] : nullptr;
  const T scale = r.dout[0] / static_cast<T>(n);
  if (weight || r.attr[1] > 0)
    kernels::cross_entropy_smooth_backward_rows<T>(rows, classes, r.out[1], r.ids[1], ignore, weight, static_cast<T>(r.attr[1]), scale, r.din[0]);
  else
    kernels::cross_entropy_backward_rows<T>(rows, classes, r.out[1], r.ids[1], ignore, scale, r.din[0]);
}

PG_OP_INSTANCES(cross_entropy)

}  // namespace pg::ops

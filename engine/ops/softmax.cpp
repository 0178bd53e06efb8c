// Softmax over the last dimension.
#include "kernels/softmax.h"
#include "kernels/math.h"
#include <algorithm>

#include "ops/table.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"dim", -1, -1, Shape::kMaxRank - 1}};

void infer(Infer& f) {
  const int last = f.in[0].shape.rank - 1;
  if (last < 0 || (f.attr[0] != -1 && f.attr[0] != last)) f.rule = "an input whose last dimension is dim (−1 or " + std::to_string(last) + ")";
  f.out[0] = f.in[0];
}
double flops(const Infer& f) { return 4.0 * static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const int64_t n = c.in_shape(0).last(), row = flat / n;
  e.kind = "softmax";
  double max = c.in(0, row * n);
  for (int64_t i = 1; i < n; ++i) max = std::max(max, c.in(0, row * n + i));
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double x = c.in(0, row * n + i);
    sum += kernels::exp_(x - max);
    e.terms.push_back({"", x, c.out(0, row * n + i), c.in_ref(0, row * n + i), c.out_ref(0, row * n + i)});
  }
  e.z = c.in(0, flat);
  e.z_ref = c.in_ref(0, flat);
  e.constants = {{"max", max}, {"sum", sum}};
}

void feeds(const Inspect& c, int, int64_t flat, std::vector<int64_t>& to) {
  const int64_t n = c.in_shape(0).last();
  for (int64_t i = 0; i < n; ++i) to.push_back(flat / n * n + i);
}

}  // namespace

const OpDef softmax::def = {"softmax", Role::layer, kAttrs, 1, 1, infer, flops, explain, feeds};

template <class T>
void softmax::forward(Run<T>& r) {
  const int cols = static_cast<int>(r.in_shape[0]->last());
  kernels::softmax_rows<T>(static_cast<int>(r.in_shape[0]->rows()), cols, r.in[0], cols, r.out[0], cols);
}

template <class T>
void softmax::backward(Run<T>& r) {
  const Shape& s = *r.in_shape[0];
  if (r.din[0]) kernels::softmax_backward_rows<T>(static_cast<int>(s.rows()), static_cast<int>(s.last()), r.out[0], r.dout, r.din[0]);
}

PG_OP_INSTANCES(softmax)

}  // namespace pg::ops

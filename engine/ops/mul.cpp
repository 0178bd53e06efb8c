// Elementwise product of two to four tensors of one shape.
#include "kernels/elementwise.h"
#include "ops/table.h"

namespace pg::ops {

namespace {

void infer(Infer& f) {
  for (size_t i = 1; i < static_cast<size_t>(f.n_in); ++i)
    if (f.in[i].dtype != DType::f32 || f.in[i].batched != f.in[0].batched || !(f.in[i].shape == f.in[0].shape)) {
      f.rule = "inputs of one shape";
      return;
    }
  f.out[0] = f.in[0];
  f.workspace = f.in[0].shape.numel();  // the product of dout and the other factors
}
double flops(const Infer& f) { return static_cast<double>(f.n_in - 1) * static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  e.kind = "dot";
  double rest = 1;
  for (int i = 1; i < c.n_in(); ++i) rest *= c.in(i, flat);
  e.terms.push_back({"", c.in(0, flat), rest, c.in_ref(0, flat), c.n_in() == 2 ? c.in_ref(1, flat) : Ref{}});
}

void feeds(const Inspect&, int, int64_t flat, std::vector<int64_t>& to) { to.push_back(flat); }

}  // namespace

const OpDef mul::def = {"mul", Role::layer, {}, 2, 4, infer, flops, explain, feeds};

template <class T>
void mul::forward(Run<T>& r) {
  const int64_t n = r.out_shape[0]->numel();
  kernels::mul<T>(n, r.in[0], r.in[1], r.out[0]);
  for (size_t i = 2; i < static_cast<size_t>(r.n_in); ++i) kernels::mul<T>(n, r.out[0], r.in[i], r.out[0]);
}

template <class T>
void mul::backward(Run<T>& r) {
  const int64_t n = r.out_shape[0]->numel();
  const size_t n_in = static_cast<size_t>(r.n_in);
  for (size_t i = 0; i < n_in; ++i) {
    if (!r.din[i]) continue;
    const size_t last = i == n_in - 1 ? n_in - 2 : n_in - 1;
    const T* so_far = r.dout;
    for (size_t k = 0; k < last; ++k)
      if (k != i) {
        kernels::mul<T>(n, so_far, r.in[k], r.workspace);
        so_far = r.workspace;
      }
    kernels::mul_add<T>(n, so_far, r.in[last], r.din[i]);
  }
}

PG_OP_INSTANCES(mul)

}  // namespace pg::ops

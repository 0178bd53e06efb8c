// Sum of two to four tensors of one shape. A tensor without a batch (a positional table) is added to every example.
#include "kernels/elementwise.h"
#include "ops/table.h"

#include <cstring>

namespace pg::ops {

namespace {

bool fits(const ValueType& a, const ValueType& b) {
  if (b.dtype != DType::f32) return false;
  if (b.batched || !a.batched) return a.batched == b.batched && a.shape == b.shape;
  if (b.shape.rank != a.shape.rank - 1) return false;
  for (int i = 0; i < b.shape.rank; ++i)
    if (b.shape[i] != a.shape[i + 1]) return false;
  return true;
}

void infer(Infer& f) {
  for (int i = 1; i < f.n_in; ++i)
    if (!fits(f.in[0], f.in[static_cast<size_t>(i)])) {
      f.rule = "inputs of one shape";
      return;
    }
  f.out[0] = f.in[0];
}
double flops(const Infer& f) { return static_cast<double>(f.n_in - 1) * static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  e.kind = "add";
  for (int i = 0; i < c.n_in(); ++i) {
    const int64_t at = flat % c.in_shape(i).numel();
    e.terms.push_back({"", c.in(i, at), 1, c.in_ref(i, at), {}});
  }
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  for (int64_t at = flat; at < c.out_shape(0).numel(); at += c.in_shape(slot).numel()) to.push_back(at);
}

}  // namespace

const OpDef add::def = {"add", Role::layer, {}, 2, 4, infer, flops, explain, feeds};

template <class T>
void add::forward(Run<T>& r) {
  const int64_t n = r.out_shape[0]->numel();
  const T* so_far = r.in[0];
  for (size_t i = 1; i < static_cast<size_t>(r.n_in); ++i) {
    const int64_t part = r.in_shape[i]->numel();
    for (int64_t at = 0; at < n; at += part) kernels::add<T>(part, so_far + at, r.in[i], r.out[0] + at);
    so_far = r.out[0];
  }
}

template <class T>
void add::backward(Run<T>& r) {
  const int64_t n = r.out_shape[0]->numel();
  for (size_t i = 0; i < static_cast<size_t>(r.n_in); ++i) {
    if (!r.din[i]) continue;
    const int64_t part = r.in_shape[i]->numel();
    for (int64_t at = 0; at < n; at += part) kernels::axpy<T>(part, T(1), r.dout + at, r.din[i]);
  }
}

PG_OP_INSTANCES(add)

}  // namespace pg::ops

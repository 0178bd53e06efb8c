// One step of dimension 1 (time): x [B, T, ...] -> y [B, ...]. A negative index counts from the end (torch.select).
#include "kernels/elementwise.h"
#include "ops/table.h"

#include <cstring>

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"index", -1, -(1 << 20), 1 << 20}};

/// Scalars a step has, and where step `index` of example b begins.
struct Place {
  int64_t d, row, offset;
};
Place place(const Shape& x, double index) {
  const int64_t at = static_cast<int64_t>(index), d = x.numel() / (x[0] * x[1]);
  return {d, x[1] * d, (at < 0 ? at + x[1] : at) * d};
}

void infer(Infer& f) {
  const Shape& x = f.in[0].shape;
  const int64_t index = static_cast<int64_t>(f.attr[0]);
  if (x.rank < 3 || index >= x[1] || index < -x[1]) {
    f.rule = x.rank < 3 ? "an input of shape [batch, time, features]" : "an index below the " + std::to_string(x[1]) + " steps";
    return;
  }
  Shape s{x[0]};
  for (int d = 2; d < x.rank; ++d) s.push(x[d]);
  f.out[0] = {s, f.in[0].batched, DType::f32};
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const Place p = place(c.in_shape(0), c.attr(0));
  const int64_t at = flat / p.d * p.row + p.offset + flat % p.d;
  e.kind = "add";
  e.terms.push_back({"", c.in(0, at), 1, c.in_ref(0, at), {}});
}

void feeds(const Inspect& c, int, int64_t flat, std::vector<int64_t>& to) {
  const Place p = place(c.in_shape(0), c.attr(0));
  const int64_t in_step = flat % p.row - p.offset;
  if (in_step >= 0 && in_step < p.d) to.push_back(flat / p.row * p.d + in_step);
}

}  // namespace

const OpDef select::def = {"select", Role::layer, kAttrs, 1, 1, infer, nullptr, explain, feeds};

template <class T>
void select::forward(Run<T>& r) {
  const Place p = place(*r.in_shape[0], r.attr[0]);
  for (int64_t b = 0; b < (*r.in_shape[0])[0]; ++b)
    std::memcpy(r.out[0] + b * p.d, r.in[0] + b * p.row + p.offset, static_cast<size_t>(p.d) * sizeof(T));
}

template <class T>
void select::backward(Run<T>& r) {
  if (!r.din[0]) return;
  const Place p = place(*r.in_shape[0], r.attr[0]);
  for (int64_t b = 0; b < (*r.in_shape[0])[0]; ++b) {
    T* to = r.din[0] + b * p.row + p.offset;
    kernels::add<T>(p.d, to, r.dout + b * p.d, to);
  }
}

PG_OP_INSTANCES(select)

}  // namespace pg::ops

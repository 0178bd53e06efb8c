// Two to eight tensors one after the other along a dimension (torch.cat). `dim` counts as in PyTorch, with the batch as 0,
// along which nothing can be joined; −1 is the last.
#include "kernels/elementwise.h"
#include "ops/table.h"

#include <cstring>

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"dim", 1, -1, Shape::kMaxRank - 1}};

int dim_of(double attr, const Shape& s) { return attr < 0 ? s.rank - 1 : static_cast<int>(attr); }

/// Scalars of one input's share in a row of the output: everything from the dimension on.
int64_t width(const Shape& s, int dim) {
  int64_t n = 1;
  for (int d = dim; d < s.rank; ++d) n *= s[d];
  return n;
}

void infer(Infer& f) {
  const Shape& first = f.in[0].shape;
  const int dim = dim_of(f.attr[0], first);
  f.out[0] = f.in[0];
  if (dim < 1 || dim >= first.rank) {
    f.rule = "a dim from 1 to the last dimension of its inputs";
    return;
  }
  for (size_t i = 1; i < static_cast<size_t>(f.n_in); ++i) {
    Shape s = f.in[i].shape;
    const int64_t n = s.rank == first.rank ? s[dim] : 0;
    if (n > 0) s[dim] = first[dim];
    if (f.in[i].dtype != DType::f32 || f.in[i].batched != f.in[0].batched || !(s == first)) {
      f.rule = "inputs that differ in dimension " + std::to_string(dim) + " only";
      return;
    }
    f.out[0].shape[dim] += n;
  }
}

/// Where element `at` of an input's row-major data lies in the output.
int64_t place(const Inspect& c, int slot, int64_t at) {
  const int dim = dim_of(c.attr(0), c.in_shape(0));
  int64_t before = 0;
  for (int i = 0; i < slot; ++i) before += width(c.in_shape(i), dim);
  const int64_t w = width(c.in_shape(slot), dim);
  return at / w * width(c.out_shape(0), dim) + before + at % w;
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const int dim = dim_of(c.attr(0), c.in_shape(0));
  const int64_t row = flat / width(c.out_shape(0), dim);
  int64_t column = flat % width(c.out_shape(0), dim);
  int slot = 0;
  for (int64_t w; column >= (w = width(c.in_shape(slot), dim)); ++slot) column -= w;
  const int64_t at = row * width(c.in_shape(slot), dim) + column;
  e.kind = "add";
  e.terms.push_back({"", c.in(slot, at), 1, c.in_ref(slot, at), {}});
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) { to.push_back(place(c, slot, flat)); }

}  // namespace

const OpDef cat::def = {"cat", Role::layer, kAttrs, 2, kMaxIn, infer, nullptr, explain, feeds};

template <class T>
void cat::forward(Run<T>& r) {
  const int dim = dim_of(r.attr[0], *r.in_shape[0]);
  const int64_t n = r.out_shape[0]->numel(), row = width(*r.out_shape[0], dim);
  int64_t before = 0;
  for (size_t i = 0; i < static_cast<size_t>(r.n_in); ++i) {
    const int64_t w = width(*r.in_shape[i], dim);
    const T* from = r.in[i];
    for (int64_t at = before; at < n; at += row, from += w) std::memcpy(r.out[0] + at, from, static_cast<size_t>(w) * sizeof(T));
    before += w;
  }
}

template <class T>
void cat::backward(Run<T>& r) {
  const int dim = dim_of(r.attr[0], *r.in_shape[0]);
  const int64_t n = r.out_shape[0]->numel(), row = width(*r.out_shape[0], dim);
  int64_t before = 0;
  for (size_t i = 0; i < static_cast<size_t>(r.n_in); ++i) {
    const int64_t w = width(*r.in_shape[i], dim);
    T* to = r.din[i];
    if (to)
      for (int64_t at = before; at < n; at += row, to += w) kernels::add<T>(w, to, r.dout + at, to);
    before += w;
  }
}

PG_OP_INSTANCES(cat)

}  // namespace pg::ops

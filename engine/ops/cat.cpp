// Two to eight tensors one after the other along a dimension (torch.cat). `dim` counts as in PyTorch, with the batch as 0,
// along which nothing can be joined; −1 is the last. A tensor without a batch (a learned token) stands in every example.
#include "kernels/elementwise.h"
#include "ops/table.h"

#include <cstring>

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"dim", 1, -1, Shape::kMaxRank - 1}};

int dim_of(double attr, const Shape& s) { return attr < 0 ? s.rank - 1 : static_cast<int>(attr); }

/// Scalars of one input's share in a row of the output: everything from the dimension on, which is counted from the last one, `behind`.
int64_t width(const Shape& s, int behind) {
  int64_t n = 1;
  for (int d = s.rank - behind; d < s.rank; ++d) n *= s[d];
  return n;
}
int behind(double attr, const Shape& out) { return out.rank - dim_of(attr, out); }

void infer(Infer& f) {
  size_t like = 0;
  while (like + 1 < static_cast<size_t>(f.n_in) && !f.in[like].batched) ++like;
  if (!f.in[like].batched) like = 0;
  const ValueType& whole = f.in[like];
  const int dim = dim_of(f.attr[0], whole.shape);
  f.out[0] = whole;
  if (dim < 1 || dim >= whole.shape.rank) {
    f.rule = "a dim from 1 to the last dimension of its inputs";
    return;
  }
  f.out[0].shape[dim] = 0;
  for (size_t i = 0; i < static_cast<size_t>(f.n_in); ++i) {
    Shape s = f.in[i].shape;
    if (whole.batched && !f.in[i].batched) {
      s = {whole.shape[0]};
      for (int d = 0; d < f.in[i].shape.rank && s.rank < Shape::kMaxRank; ++d) s.push(f.in[i].shape[d]);
    }
    const int64_t n = s.rank == whole.shape.rank ? s[dim] : 0;
    if (n > 0) s[dim] = whole.shape[dim];
    if (f.in[i].dtype != DType::f32 || !(s == whole.shape)) {
      f.rule = "inputs that differ in dimension " + std::to_string(dim) + " only";
      return;
    }
    f.out[0].shape[dim] += n;
  }
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const int from = behind(c.attr(0), c.out_shape(0));
  const int64_t row = flat / width(c.out_shape(0), from);
  int64_t column = flat % width(c.out_shape(0), from);
  int slot = 0;
  for (int64_t w; column >= (w = width(c.in_shape(slot), from)); ++slot) column -= w;
  const int64_t at = (row * width(c.in_shape(slot), from) + column) % c.in_shape(slot).numel();
  e.kind = "add";
  e.terms.push_back({"", c.in(slot, at), 1, c.in_ref(slot, at), {}});
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const int from = behind(c.attr(0), c.out_shape(0));
  int64_t before = 0;
  for (int i = 0; i < slot; ++i) before += width(c.in_shape(i), from);
  const int64_t w = width(c.in_shape(slot), from), row = width(c.out_shape(0), from);
  const int64_t rows = c.in_shape(slot).numel() / w, all = c.out_shape(0).numel() / row;
  for (int64_t k = flat / w; k < all; k += rows) to.push_back(k * row + before + flat % w);
}

}  // namespace

const OpDef cat::def = {"cat", Role::layer, kAttrs, 2, kMaxIn, infer, nullptr, explain, feeds};

template <class T>
void cat::forward(Run<T>& r) {
  const int dims = behind(r.attr[0], *r.out_shape[0]);
  const int64_t n = r.out_shape[0]->numel(), row = width(*r.out_shape[0], dims);
  int64_t before = 0;
  for (size_t i = 0; i < static_cast<size_t>(r.n_in); ++i) {
    const int64_t w = width(*r.in_shape[i], dims), all = r.in_shape[i]->numel();
    for (int64_t at = before, from = 0; at < n; at += row, from = (from + w) % all) std::memcpy(r.out[0] + at, r.in[i] + from, static_cast<size_t>(w) * sizeof(T));
    before += w;
  }
}

template <class T>
void cat::backward(Run<T>& r) {
  const int dims = behind(r.attr[0], *r.out_shape[0]);
  const int64_t n = r.out_shape[0]->numel(), row = width(*r.out_shape[0], dims);
  int64_t before = 0;
  for (size_t i = 0; i < static_cast<size_t>(r.n_in); ++i) {
    const int64_t w = width(*r.in_shape[i], dims), all = r.in_shape[i]->numel();
    T* to = r.din[i];
    if (to)
      for (int64_t at = before, from = 0; at < n; at += row, from = (from + w) % all) kernels::add<T>(w, to + from, r.dout + at, to + from);
    before += w;
  }
}

PG_OP_INSTANCES(cat)

}  // namespace pg::ops

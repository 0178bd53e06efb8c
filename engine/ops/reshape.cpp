// The same numbers under another shape of each example: no memory, no work (the plan gives both names one place).
// Attributes d0..d3 are the dimensions after the batch; 0 ends the list.
#include "ops/table.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"d0", 0}, {"d1", 0}, {"d2", 0}, {"d3", 0}};

void infer(Infer& f) {
  f.alias = true;
  f.out[0] = f.in[0];
  Shape s;
  if (f.in[0].batched) s.push(f.in[0].shape[0]);
  for (size_t i = 0; i < 4 && f.attr[i] > 0; ++i) s.push(static_cast<int64_t>(f.attr[i]));
  if (s.numel() != f.in[0].shape.numel()) f.rule = "as many elements as the new shape " + s.str() + " has";
  f.out[0].shape = s;
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  e.kind = "add";
  e.terms.push_back({"", c.in(0, flat), 1, c.in_ref(0, flat), {}});
}

void feeds(const Inspect&, int, int64_t flat, std::vector<int64_t>& to) { to.push_back(flat); }

}  // namespace

const OpDef reshape::def = {"reshape", Role::internal, kAttrs, 1, 1, infer, nullptr, explain, feeds};

template <class T>
void reshape::forward(Run<T>&) {}
template <class T>
void reshape::backward(Run<T>&) {}

PG_OP_INSTANCES(reshape)

}  // namespace pg::ops

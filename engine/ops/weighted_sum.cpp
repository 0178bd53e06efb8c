// Σ w_i·x_i of one to eight numbers: the losses of a model with several.  x_i [1], y [1].
#include "ops/table.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"w0", 1}, {"w1", 1}, {"w2", 1}, {"w3", 1}, {"w4", 1}, {"w5", 1}, {"w6", 1}, {"w7", 1}};

void infer(Infer& f) {
  for (size_t i = 0; i < static_cast<size_t>(f.n_in); ++i)
    if (f.in[i].dtype != DType::f32 || !(f.in[i].shape == Shape{1})) f.rule = "inputs of shape [1]";
  f.out[0] = {Shape{1}, false, DType::f32};
}

void explain(const Inspect& c, int, int64_t, Explanation& e) {
  e.kind = "weighted_sum";
  for (int i = 0; i < c.n_in(); ++i) e.terms.push_back({"", c.in(i, 0), c.attr(i), c.in_ref(i, 0), {}});
}

void feeds(const Inspect&, int, int64_t, std::vector<int64_t>& to) { to.push_back(0); }

}  // namespace

const OpDef weighted_sum::def = {"weighted_sum", Role::internal, kAttrs, 1, 8, infer, nullptr, explain, feeds};

template <class T>
void weighted_sum::forward(Run<T>& r) {
  T sum = 0;
  for (size_t i = 0; i < static_cast<size_t>(r.n_in); ++i) sum += static_cast<T>(r.attr[i]) * r.in[i][0];
  r.out[0][0] = sum;
}

template <class T>
void weighted_sum::backward(Run<T>& r) {
  for (size_t i = 0; i < static_cast<size_t>(r.n_in); ++i)
    if (r.din[i]) r.din[i][0] += static_cast<T>(r.attr[i]) * r.dout[0];
}

PG_OP_INSTANCES(weighted_sum)

}  // namespace pg::ops

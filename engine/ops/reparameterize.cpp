// A draw from N(mu, e^logvar) that gradients flow through (Kingma & Welling 2014, §2.4): in training mu + e^(logvar/2)·ε with
// ε ~ N(0, 1), a function of (seed, step, node, element) alone; in evaluation mu. mu, logvar and the output of one shape.
#include "kernels/elementwise.h"
#include "kernels/math.h"
#include "ops/table.h"

namespace pg::ops {

namespace {

void infer(Infer& f) {
  if (f.in[1].dtype != DType::f32 || f.in[0].batched != f.in[1].batched || !(f.in[0].shape == f.in[1].shape)) {
    f.rule = "mu and logvar of one shape";
    return;
  }
  f.out[0] = f.in[0];
  f.saved = f.in[0].shape.numel();  // ε; zeros in evaluation
  f.workspace = f.in[0].shape.numel();
}
double flops(const Infer& f) { return 4.0 * static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  e.kind = "affine";
  e.terms.push_back({"ε", c.saved(flat), kernels::exp_(0.5 * c.in(1, flat)), {}, c.in_ref(1, flat)});
  e.has_bias = true;
  e.bias = c.in(0, flat);
  e.bias_ref = c.in_ref(0, flat);
}

void feeds(const Inspect&, int, int64_t flat, std::vector<int64_t>& to) { to.push_back(flat); }

/// ε·e^(logvar/2), which both directions need.
template <class T>
void noise(const Run<T>& r, int64_t n, T* out) {
  kernels::scale<T>(n, T(0.5), r.in[1], out);
  kernels::vexp<T>(n, out, out);
  kernels::mul<T>(n, out, r.saved, out);
}

}  // namespace

const OpDef reparameterize::def = {"reparameterize", Role::layer, {}, 2, 2, infer, flops, explain, feeds};

template <class T>
void reparameterize::forward(Run<T>& r) {
  const int64_t n = r.out_shape[0]->numel();
  Rng rng(r.seed, Stream::dropout, r.step, r.node);
  for (int64_t i = 0; i < n; ++i) r.saved[i] = r.training ? static_cast<T>(rng.normal()) : T(0);
  noise(r, n, r.out[0]);
  kernels::add<T>(n, r.in[0], r.out[0], r.out[0]);
}

template <class T>
void reparameterize::backward(Run<T>& r) {
  const int64_t n = r.out_shape[0]->numel();
  if (r.din[0]) kernels::add<T>(n, r.din[0], r.dout, r.din[0]);
  if (!r.din[1]) return;
  noise(r, n, r.workspace);
  kernels::scale<T>(n, T(0.5), r.workspace, r.workspace);
  kernels::mul_add<T>(n, r.dout, r.workspace, r.din[1]);
}

PG_OP_INSTANCES(reparameterize)

}  // namespace pg::ops

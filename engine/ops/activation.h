// What the elementwise activations share; each op file names its function and its attributes.
#pragma once
#include "kernels/elementwise.h"
#include "ops/table.h"

namespace pg::ops::activation {

inline void infer(Infer& f) { f.out[0] = f.in[0]; }
inline double flops(const Infer& f) { return static_cast<double>(f.in[0].shape.numel()); }
inline void feeds(const Inspect&, int, int64_t flat, std::vector<int64_t>& to) { to.push_back(flat); }

inline void explain_as(const char* fn, const Inspect& c, int64_t flat, Explanation& e) {
  e.kind = "apply";
  e.fn = fn;
  e.z = c.in(0, flat);
  e.z_ref = c.in_ref(0, flat);
}

template <class T>
void forward(kernels::Act act, Run<T>& r) {
  kernels::act_forward<T>(act, static_cast<T>(r.attr[0]), r.out_shape[0]->numel(), r.in[0], r.out[0], static_cast<T>(r.attr[1]));
}
template <class T>
void backward(kernels::Act act, Run<T>& r) {
  if (r.din[0]) kernels::act_backward<T>(act, static_cast<T>(r.attr[0]), r.out_shape[0]->numel(), r.in[0], r.out[0], r.dout, r.din[0],
                                     static_cast<T>(r.attr[1]));
}

}  // namespace pg::ops::activation

/// The whole of an activation op. Attributes 0 and 1 are a and b of kernels/elementwise.h; ABOUT adds to its explanation.
#define PG_ACTIVATION(NAME, ATTRS, ABOUT)                                                                   \
  namespace pg::ops {                                                                                       \
  const OpDef NAME::def = {#NAME, Role::layer, ATTRS, 1, 1, activation::infer, activation::flops,           \
                           [](const Inspect& c, int, int64_t flat, Explanation& e) {                        \
                             activation::explain_as(#NAME, c, flat, e);                                     \
                             ABOUT;                                                                         \
                           },                                                                               \
                           activation::feeds};                                                              \
  template <class T>                                                                                        \
  void NAME::forward(Run<T>& r) {                                                                           \
    activation::forward<T>(kernels::Act::NAME, r);                                                          \
  }                                                                                                         \
  template <class T>                                                                                        \
  void NAME::backward(Run<T>& r) {                                                                          \
    activation::backward<T>(kernels::Act::NAME, r);                                                         \
  }                                                                                                         \
  PG_OP_INSTANCES(NAME)                                                                                     \
  }

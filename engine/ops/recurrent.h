// What rnn, lstm and gru share: one direction of one layer over a whole sequence (kernels/recurrent.h).
// Inputs x [B, T, I], weight_ih [G·H, I], weight_hh [G·H, H]; with attribute bias also bias_ih, bias_hh [G·H]; then, if
// given, h0 [B, H] and for lstm c0 [B, H]. Outputs: h [B, T, H]; lstm, gru: gates [B, T, G·H], after their functions;
// lstm: cell [B, T, H].
#pragma once
#include "kernels/recurrent.h"
#include "ops/table.h"

namespace pg::ops::recurrent {

using kernels::Cell;

// relu instead of tanh: rnn only. truncate: steps after which the way back through time ends (a detached state); 0: it does not.
constexpr AttrDef kAttrs[] = {{"reverse", 0}, {"bias", 1}, {"relu", 0}, {"truncate", 0}};

inline int h0_slot(double bias) { return bias != 0 ? 5 : 3; }

inline void infer(Infer& f, Cell cell) {
  const Shape &x = f.in[0].shape, &w_hh = f.in[2].shape;
  const int64_t gates = kernels::recurrent_gates(cell);
  const int h0 = h0_slot(f.attr[1]), states = f.n_in - h0;
  if (x.rank != 3 || f.in[0].dtype != DType::f32) {
    f.rule = "an input of shape [batch, time, features]";
    return;
  }
  const int64_t hidden = w_hh.rank == 2 ? w_hh[1] : 0;
  bool fits = hidden > 0 && w_hh[0] == gates * hidden && f.in[1].shape == Shape{gates * hidden, x[2]};
  for (int i = 3; i < h0 && fits; ++i) fits = i < f.n_in && f.in[static_cast<size_t>(i)].shape == Shape{gates * hidden};
  if (!fits) {
    f.rule = "weights and biases of " + std::to_string(gates) + " gates";
    return;
  }
  for (int i = h0; i < f.n_in; ++i) {
    const ValueType& s = f.in[static_cast<size_t>(i)];
    fits = fits && s.dtype == DType::f32 && s.batched == f.in[0].batched && s.shape == Shape{x[0], hidden};
  }
  if (!fits || (states != 0 && states != (cell == Cell::lstm ? 2 : 1))) {
    f.rule = std::string(cell == Cell::lstm ? "initial states h0 and c0" : "an initial state") + " of shape " + Shape{x[0], hidden}.str();
    return;
  }
  const auto sequence = [&](int64_t width) { return ValueType{Shape{x[0], x[1], width}, f.in[0].batched, DType::f32}; };
  f.out[0] = sequence(hidden);
  if (gates > 1) {
    f.n_out = cell == Cell::lstm ? 3 : 2;
    f.out[1] = sequence(gates * hidden);
    f.out[2] = sequence(hidden);
    f.out_suffix = {"", "gates", "cell"};
    f.saved = x[0] * x[1] * hidden;
  }
  f.workspace = kernels::recurrent_workspace(cell, x[0], x[1], x[2], hidden);
}

inline double flops(const Infer& f) {
  const Shape &x = f.in[0].shape, &w = f.in[1].shape;
  return 2.0 * static_cast<double>(x[0] * x[1]) * static_cast<double>(w[0]) * static_cast<double>(x[2] + f.in[2].shape[1]);
}

/// Where an element of a sequence [B, T, width] is, and the step before it in the order of computing.
struct At {
  int64_t batch, t, i, hidden, steps, before;
  bool first;
  At(const Inspect& c, int64_t width, int64_t flat) {
    hidden = c.in_shape(2)[1];
    steps = c.in_shape(0)[1];
    batch = flat / width / steps;
    t = flat / width % steps;
    i = flat % width;
    const bool reverse = c.attr(0) != 0;
    first = t == (reverse ? steps - 1 : 0);
    before = t + (reverse ? 1 : -1);
  }
  int64_t in_sequence(int64_t step, int64_t width, int64_t k) const { return (batch * steps + step) * width + k; }
};

/// The state, or cell, that a step began with: of the output `slot`, or of the initial state's input, or 0.
inline double state_before(const Inspect& c, const At& at, int slot, int input, int64_t unit, Ref& ref) {
  if (!at.first) {
    const int64_t k = at.in_sequence(at.before, at.hidden, unit);
    ref = c.out_ref(slot, k);
    return c.out(slot, k);
  }
  if (input >= c.n_in()) return 0;
  ref = c.in_ref(input, at.batch * at.hidden + unit);
  return c.in(input, at.batch * at.hidden + unit);
}

/// A gate: a function of row `at.i` of the weights. `reset` is gru's r in its n, else 1.
inline void explain_gate(const Inspect& c, const At& at, const char* fn, double reset, Explanation& e) {
  const int64_t in = c.in_shape(0)[2];
  e.kind = "apply";
  e.fn = fn;
  for (int64_t k = 0; k < in; ++k) {
    const int64_t x = at.in_sequence(at.t, in, k), w = at.i * in + k;
    e.terms.push_back({"", c.in(0, x), c.in(1, w), c.in_ref(0, x), c.in_ref(1, w)});
  }
  for (int64_t k = 0; k < at.hidden; ++k) {
    Ref ref;
    const double h = state_before(c, at, 0, h0_slot(c.attr(1)), k, ref);
    e.terms.push_back({"h", h, reset * c.in(2, at.i * at.hidden + k), ref, c.in_ref(2, at.i * at.hidden + k)});
  }
  e.has_bias = c.attr(1) != 0;
  if (e.has_bias) e.bias = c.in(3, at.i) + reset * c.in(4, at.i);
  e.z = e.bias;
  for (const auto& t : e.terms) e.z += t.a * t.b;
}

inline void explain(const Inspect& c, Cell cell, int slot, int64_t flat, Explanation& e) {
  const int64_t hidden = c.in_shape(2)[1], wide = c.in_shape(2)[0];
  const At at(c, slot == 1 ? wide : hidden, flat);
  const int64_t gates = at.in_sequence(at.t, wide, 0);
  const auto gate = [&](int k) { return gates + k * hidden + at.i; };
  Ref ref;
  if (cell == Cell::rnn_tanh) return explain_gate(c, at, c.attr(2) != 0 ? "relu" : "tanh", 1, e);
  if (slot == 1) {
    const bool fresh = at.i / hidden == 2;
    return explain_gate(c, at, fresh ? "tanh" : "sigmoid", fresh && cell == Cell::gru ? c.out(1, gates + at.i % hidden) : 1, e);
  }
  e.kind = "dot";
  if (cell == Cell::gru) {
    const double u = c.out(1, gate(1)), before = state_before(c, at, 0, h0_slot(c.attr(1)), at.i, ref);
    e.terms.push_back({"z·h", u, before, c.out_ref(1, gate(1)), ref});
    e.terms.push_back({"(1 − z)·n", 1 - u, c.out(1, gate(2)), c.out_ref(1, gate(1)), c.out_ref(1, gate(2))});
  } else if (slot == 2) {
    const double before = state_before(c, at, 2, h0_slot(c.attr(1)) + 1, at.i, ref);
    e.terms.push_back({"f·c", c.out(1, gate(1)), before, c.out_ref(1, gate(1)), ref});
    e.terms.push_back({"i·g", c.out(1, gate(0)), c.out(1, gate(2)), c.out_ref(1, gate(0)), c.out_ref(1, gate(2))});
  } else {
    e.terms.push_back({"o·tanh(c)", c.out(1, gate(3)), c.saved(flat), c.out_ref(1, gate(3)), c.out_ref(2, flat)});
  }
}

/// The units that an element reaches in its own step, or, for a weight, in the first example's steps. Later steps follow.
inline void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const int64_t hidden = c.in_shape(2)[1], steps = c.in_shape(0)[1], in = c.in_shape(0)[2];
  const int h0 = h0_slot(c.attr(1));
  const int64_t first = c.attr(0) != 0 ? steps - 1 : 0;
  if (slot == 0 || slot == h0) {
    const int64_t row = slot == 0 ? flat / in : flat / hidden * steps + first;
    for (int64_t u = 0; u < hidden; ++u) to.push_back(row * hidden + u);
  } else if (slot > h0) {
    to.push_back((flat / hidden * steps + first) * hidden + flat % hidden);
  } else {
    const int64_t unit = flat / (slot == 1 ? in : slot == 2 ? hidden : 1) % hidden;
    for (int64_t t = 0; t < steps; ++t) to.push_back(t * hidden + unit);
  }
}

template <class T>
kernels::Recurrent<T> call(const Run<T>& r, Cell cell) {
  const Shape& x = *r.in_shape[0];
  const size_t h0 = static_cast<size_t>(h0_slot(r.attr[1]));
  const bool bias = r.attr[1] != 0;
  return {cell,
          {static_cast<int>(x[0]), static_cast<int>(x[1]), static_cast<int>(x[2]), static_cast<int>((*r.in_shape[2])[1])},
          r.attr[0] != 0,
          r.in[0], r.in[1], r.in[2],
          bias ? r.in[3] : nullptr, bias ? r.in[4] : nullptr,
          r.in[h0], r.in[h0 + 1],  // null beyond n_in
          r.out[0], r.out[1], r.out[2], r.saved, r.workspace, static_cast<int>(r.attr[3])};
}

template <class T>
void forward(Run<T>& r, Cell cell) {
  kernels::recurrent_forward<T>(call(r, cell));
}
template <class T>
void backward(Run<T>& r, Cell cell) {
  const size_t h0 = static_cast<size_t>(h0_slot(r.attr[1]));
  const bool bias = r.attr[1] != 0;
  kernels::recurrent_backward<T>(call(r, cell), r.dout,
                                 {r.din[0], r.din[1], r.din[2], bias ? r.din[3] : nullptr, bias ? r.din[4] : nullptr, r.din[h0], r.din[h0 + 1]});
}

}  // namespace pg::ops::recurrent

/// The whole of a recurrent op. MOST: its inputs at most. CELL may read the Run `r`.
#define PG_RECURRENT(NAME, SHAPE_CELL, CELL, MOST)                                                                                  \
  namespace pg::ops {                                                                                                               \
  using kernels::Cell;                                                                                                              \
  const OpDef NAME::def = {#NAME, Role::internal, recurrent::kAttrs, 3, MOST, [](Infer& f) { recurrent::infer(f, SHAPE_CELL); },    \
                           recurrent::flops,                                                                                        \
                           [](const Inspect& c, int slot, int64_t flat, Explanation& e) { recurrent::explain(c, SHAPE_CELL, slot, flat, e); }, \
                           recurrent::feeds};                                                                                       \
  template <class T>                                                                                                                \
  void NAME::forward(Run<T>& r) {                                                                                                   \
    recurrent::forward<T>(r, CELL);                                                                                                 \
  }                                                                                                                                 \
  template <class T>                                                                                                                \
  void NAME::backward(Run<T>& r) {                                                                                                  \
    recurrent::backward<T>(r, CELL);                                                                                                \
  }                                                                                                                                 \
  PG_OP_INSTANCES(NAME)                                                                                                             \
  }

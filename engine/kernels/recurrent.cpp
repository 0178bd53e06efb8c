#include "kernels/recurrent.h"

#include <algorithm>

#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/math.h"
#include "kernels/math_simd.h"

namespace pg::kernels {
namespace {

using namespace pg::simd;

// The cells are written once, for four floats and for one double.
template <class T>
struct Lanes;
template <>
struct Lanes<float> {
  using V = f32x4;
  static constexpr int kWidth = 4;
  PG_INLINE static V all(float x) { return splat(x); }
  PG_INLINE static V get(const float* p, int left) { return left >= 4 ? load(p) : load_partial(p, left); }
  PG_INLINE static void put(float* p, V v, int left) {
    if (left >= 4) store(p, v);
    else store_partial(p, v, left);
  }
  PG_INLINE static V sigmoid(V v) { return sigmoid4(v); }
  PG_INLINE static V tanh(V v) { return tanh4(v); }
  PG_INLINE static V relu(V v) { return at_least(v, splat(0.0f)); }
  PG_INLINE static V where_positive(V h, V v) { return simd::select(h <= splat(0.0f), splat(0.0f), v); }
};
template <>
struct Lanes<double> {
  using V = double;
  static constexpr int kWidth = 1;
  static V all(double x) { return x; }
  static V get(const double* p, int) { return *p; }
  static void put(double* p, V v, int) { *p = v; }
  static V sigmoid(V v) { return sigmoid_(v); }
  static V tanh(V v) { return tanh_(v); }
  static V relu(V v) { return v < 0 ? 0 : v; }
  static V where_positive(V h, V v) { return h <= 0 ? 0 : v; }
};

// One step of one example. g: the gates' row, holding the input's part; z: the state's part [G·H].
template <class T>
void rnn_forward(int n, bool relu, T* g, const T* z, T* state) {
  using L = Lanes<T>;
  for (int j = 0; j < n; j += L::kWidth) {
    const int left = n - j;
    const auto sum = L::get(g + j, left) + L::get(z + j, left);
    const auto h = relu ? L::relu(sum) : L::tanh(sum);
    L::put(g + j, h, left);
    L::put(state + j, h, left);
  }
}

template <class T>
void lstm_forward(int n, T* g, const T* z, T* c_state, T* c_out, T* kept, T* h_out, T* state) {
  using L = Lanes<T>;
  for (int j = 0; j < n; j += L::kWidth) {
    const int left = n - j;
    const auto gate = [&](int k) { return L::get(g + k * n + j, left) + L::get(z + k * n + j, left); };
    const auto i = L::sigmoid(gate(0)), f = L::sigmoid(gate(1)), c_new = L::tanh(gate(2)), o = L::sigmoid(gate(3));
    const auto c = f * L::get(c_state + j, left) + i * c_new, tanh_c = L::tanh(c), h = o * tanh_c;
    L::put(g + j, i, left);
    L::put(g + n + j, f, left);
    L::put(g + 2 * n + j, c_new, left);
    L::put(g + 3 * n + j, o, left);
    L::put(c_state + j, c, left);
    L::put(c_out + j, c, left);
    L::put(kept + j, tanh_c, left);
    L::put(h_out + j, h, left);
    L::put(state + j, h, left);
  }
}

template <class T>
void gru_forward(int n, T* g, const T* z, T* kept, T* h_out, T* state) {
  using L = Lanes<T>;
  for (int j = 0; j < n; j += L::kWidth) {
    const int left = n - j;
    const auto gate = [&](int k) { return L::get(g + k * n + j, left) + L::get(z + k * n + j, left); };
    const auto r = L::sigmoid(gate(0)), u = L::sigmoid(gate(1)), inner = L::get(z + 2 * n + j, left);
    const auto fresh = L::tanh(L::get(g + 2 * n + j, left) + r * inner);
    const auto h = fresh + u * (L::get(state + j, left) - fresh);
    L::put(g + j, r, left);
    L::put(g + n + j, u, left);
    L::put(g + 2 * n + j, fresh, left);
    L::put(kept + j, inner, left);
    L::put(h_out + j, h, left);
    L::put(state + j, h, left);
  }
}

// The same step back. dh: the output's gradient; dstate: what came from the step after, then what goes to the step before
// beside the product with W_hh; dg, and dz where the state's part differs from it: gradients of the sums.
template <class T>
void rnn_backward(int n, bool relu, const T* h, const T* dh, const T* dstate, T* dg, T* step) {
  using L = Lanes<T>;
  for (int j = 0; j < n; j += L::kWidth) {
    const int left = n - j;
    const auto y = L::get(h + j, left), d = L::get(dh + j, left) + L::get(dstate + j, left);
    const auto dsum = relu ? L::where_positive(y, d) : d * (L::all(1) - y * y);
    L::put(dg + j, dsum, left);
    L::put(step + j, dsum, left);
  }
}

template <class T>
void lstm_backward(int n, const T* g, const T* c_before, const T* kept, const T* dh, const T* dstate, T* dc_state, T* dg, T* step) {
  using L = Lanes<T>;
  const auto one = L::all(1);
  for (int j = 0; j < n; j += L::kWidth) {
    const int left = n - j;
    const auto i = L::get(g + j, left), f = L::get(g + n + j, left), c_new = L::get(g + 2 * n + j, left), o = L::get(g + 3 * n + j, left);
    const auto tanh_c = L::get(kept + j, left), d = L::get(dh + j, left) + L::get(dstate + j, left);
    const auto dc = L::get(dc_state + j, left) + d * o * (one - tanh_c * tanh_c);
    const auto put = [&](int k, auto v) {
      L::put(dg + k * n + j, v, left);
      L::put(step + k * n + j, v, left);
    };
    put(0, dc * c_new * (i * (one - i)));
    put(1, dc * L::get(c_before + j, left) * (f * (one - f)));
    put(2, dc * i * (one - c_new * c_new));
    put(3, d * tanh_c * (o * (one - o)));
    L::put(dc_state + j, dc * f, left);
  }
}

template <class T>
void gru_backward(int n, const T* g, const T* h_before, const T* kept, const T* dh, T* dstate, T* dg, T* dz, T* step) {
  using L = Lanes<T>;
  const auto one = L::all(1);
  for (int j = 0; j < n; j += L::kWidth) {
    const int left = n - j;
    const auto r = L::get(g + j, left), u = L::get(g + n + j, left), fresh = L::get(g + 2 * n + j, left);
    const auto d = L::get(dh + j, left) + L::get(dstate + j, left);
    const auto du = d * (L::get(h_before + j, left) - fresh) * (u * (one - u));
    const auto dn = d * (one - u) * (one - fresh * fresh), dr = dn * L::get(kept + j, left) * (r * (one - r)), dinner = dn * r;
    const auto put = [&](int k, auto x, auto z) {
      L::put(dg + k * n + j, x, left);
      L::put(dz + k * n + j, z, left);
      L::put(step + k * n + j, z, left);
    };
    put(0, dr, dr);
    put(1, du, du);
    put(2, dn, dinner);
    L::put(dstate + j, d * u, left);
  }
}

int limited(int64_t n) { return static_cast<int>(std::min<int64_t>(n, 1 << 30)); }  // more never fits the memory

}  // namespace

int recurrent_gates(Cell cell) { return cell == Cell::lstm ? 4 : cell == Cell::gru ? 3 : 1; }

int64_t recurrent_workspace(Cell cell, int64_t batch, int64_t steps, int64_t inputs, int64_t hidden) {
  const int64_t wide = recurrent_gates(cell) * hidden, rows = batch * steps;
  const auto product = [](int64_t m, int64_t n, int64_t k) { return gemm_workspace(limited(m), limited(n), limited(k)); };
  const int64_t products = std::max(std::max(product(rows, wide, inputs), product(wide, hidden, rows)), std::max(product(wide, inputs, rows), product(rows, inputs, wide)));
  const int64_t packed = static_cast<int64_t>(std::max(gemm_packed_size(limited(wide), limited(hidden)), gemm_packed_size(limited(hidden), limited(wide))));
  const int64_t states = 3 * batch * hidden + batch * wide, sequences = rows * (hidden + (cell == Cell::gru ? 2 : 1) * wide);
  return products + packed + states + sequences;
}

template <class T>
void recurrent_forward(const Recurrent<T>& r) {
  const int batch = r.size.batch, steps = r.size.steps, inputs = r.size.inputs, hidden = r.size.hidden;
  const int wide = recurrent_gates(r.cell) * hidden, rows = batch * steps;
  const bool plain = r.cell == Cell::rnn_tanh || r.cell == Cell::rnn_relu;
  T* gates = plain ? r.h : r.gates;
  T* state = r.workspace;                                   // [B, H], contiguous: what the product reads again and again
  T* c_state = state + static_cast<int64_t>(batch) * hidden;
  T* z = c_state + static_cast<int64_t>(batch) * hidden;    // [B, G·H]
  T* packed = z + static_cast<int64_t>(batch) * wide;
  T* work = packed + gemm_packed_size(wide, hidden);
  if (r.b_ih) gemm_bias<T>(true, rows, wide, inputs, r.x, inputs, r.w_ih, inputs, r.b_ih, gates, wide, work);
  else gemm<T>(false, true, rows, wide, inputs, 1, r.x, inputs, r.w_ih, inputs, 0, gates, wide, work);
  gemm_pack<T>(true, wide, hidden, r.w_hh, hidden, packed);
  const auto start = [&](const T* from, T* to) {
    if (from) std::copy(from, from + static_cast<int64_t>(batch) * hidden, to);
    else std::fill(to, to + static_cast<int64_t>(batch) * hidden, T(0));
  };
  start(r.h0, state);
  start(r.c0, c_state);
  for (int k = 0; k < steps; ++k) {
    const int t = r.reverse ? steps - 1 - k : k;
    gemm_packed<T>(batch, wide, hidden, state, hidden, packed, r.b_hh, 0, z, wide);
    for (int b = 0; b < batch; ++b) {
      const int64_t row = static_cast<int64_t>(b) * steps + t, at = row * hidden, in_batch = static_cast<int64_t>(b) * hidden;
      const T* zb = z + static_cast<int64_t>(b) * wide;
      if (plain) rnn_forward<T>(hidden, r.cell == Cell::rnn_relu, r.h + at, zb, state + in_batch);
      else if (r.cell == Cell::lstm)
        lstm_forward<T>(hidden, gates + row * wide, zb, c_state + in_batch, r.cells + at, r.kept + at, r.h + at, state + in_batch);
      else gru_forward<T>(hidden, gates + row * wide, zb, r.kept + at, r.h + at, state + in_batch);
    }
  }
}

template <class T>
void recurrent_backward(const Recurrent<T>& r, const T* dh, const RecurrentGradients<T>& d) {
  const int batch = r.size.batch, steps = r.size.steps, inputs = r.size.inputs, hidden = r.size.hidden;
  const int wide = recurrent_gates(r.cell) * hidden, rows = batch * steps;
  const int64_t states = static_cast<int64_t>(batch) * hidden;
  T* dstate = r.workspace;
  T* dc_state = dstate + states;
  T* none = dc_state + states;                                  // zeros, for a state before the first step
  T* step = none + states;                                      // [B, G·H], contiguous
  T* packed = step + static_cast<int64_t>(batch) * wide;
  T* before = packed + gemm_packed_size(hidden, wide);          // [B, T, H]: the state each step began with
  T* dg = before + static_cast<int64_t>(rows) * hidden;         // [B, T, G·H]
  T* dz = r.cell == Cell::gru ? dg + static_cast<int64_t>(rows) * wide : dg;
  T* work = dz + static_cast<int64_t>(rows) * wide;
  std::fill(dstate, step, T(0));
  // One step against the order of the sequence lies one row back, or ahead.
  const int first = r.reverse ? steps - 1 : 0, back = r.reverse ? 1 : -1;
  for (int b = 0; b < batch; ++b)
    for (int t = 0; t < steps; ++t) {
      const int64_t row = static_cast<int64_t>(b) * steps + t;
      const T* from = t == first ? (r.h0 ? r.h0 + static_cast<int64_t>(b) * hidden : none) : r.h + (row + back) * hidden;
      std::copy(from, from + hidden, before + row * hidden);
    }
  gemm_pack<T>(false, hidden, wide, r.w_hh, hidden, packed);
  for (int k = steps - 1; k >= 0; --k) {
    const int t = r.reverse ? steps - 1 - k : k;
    for (int b = 0; b < batch; ++b) {
      const int64_t row = static_cast<int64_t>(b) * steps + t, at = row * hidden, in_batch = static_cast<int64_t>(b) * hidden, w = row * wide;
      T* sb = step + static_cast<int64_t>(b) * wide;
      if (r.cell == Cell::lstm) {
        const T* c_before = t == first ? (r.c0 ? r.c0 + in_batch : none) : r.cells + (row + back) * hidden;
        lstm_backward<T>(hidden, r.gates + w, c_before, r.kept + at, dh + at, dstate + in_batch, dc_state + in_batch, dg + w, sb);
      } else if (r.cell == Cell::gru) {
        gru_backward<T>(hidden, r.gates + w, before + at, r.kept + at, dh + at, dstate + in_batch, dg + w, dz + w, sb);
      } else {
        rnn_backward<T>(hidden, r.cell == Cell::rnn_relu, r.h + at, dh + at, dstate + in_batch, dg + w, sb);
      }
    }
    gemm_packed<T>(batch, hidden, wide, step, wide, packed, nullptr, r.cell == Cell::gru ? T(1) : T(0), dstate, hidden);
    if (r.truncate > 0 && k > 0 && k % r.truncate == 0) std::fill(dstate, none, T(0));
  }
  if (d.h0) add<T>(states, d.h0, dstate, d.h0);
  if (d.c0) add<T>(states, d.c0, dc_state, d.c0);
  if (d.w_ih) gemm<T>(true, false, wide, inputs, rows, 1, dg, wide, r.x, inputs, 1, d.w_ih, inputs, work);
  if (d.w_hh) gemm<T>(true, false, wide, hidden, rows, 1, dz, wide, before, hidden, 1, d.w_hh, hidden, work);
  if (d.b_ih) sum_rows<T>(rows, wide, dg, d.b_ih);
  if (d.b_hh) sum_rows<T>(rows, wide, dz, d.b_hh);
  if (d.x) gemm<T>(false, false, rows, inputs, wide, 1, dg, wide, r.w_ih, inputs, 1, d.x, inputs, work);
}

#define PG_INSTANTIATE(T)                                         \
  template void recurrent_forward<T>(const Recurrent<T>&);        \
  template void recurrent_backward<T>(const Recurrent<T>&, const T*, const RecurrentGradients<T>&);
PG_INSTANTIATE(float)
PG_INSTANTIATE(double)
#undef PG_INSTANTIATE

}  // namespace pg::kernels

// The oracle of kernels/recurrent.h: one example, one step, one unit at a time, in double.
#pragma once

#include <cmath>
#include <vector>

#include "kernels/recurrent.h"

namespace pg::reference {

using kernels::Cell;
using kernels::Recurrent;
using kernels::RecurrentGradients;

inline double logistic(double v) { return 1.0 / (1.0 + std::exp(-v)); }

/// W_ih·x + b_ih and W_hh·h' + b_hh of one gate's row.
template <class T>
double input_part(const Recurrent<T>& r, int b, int t, int row) {
  double s = r.b_ih ? static_cast<double>(r.b_ih[row]) : 0.0;
  for (int k = 0; k < r.size.inputs; ++k)
    s += static_cast<double>(r.w_ih[row * r.size.inputs + k]) * static_cast<double>(r.x[(b * r.size.steps + t) * r.size.inputs + k]);
  return s;
}
template <class T>
double before(const Recurrent<T>& r, const T* sequence, const T* start, int b, int t, int unit) {
  const int n = r.size.hidden, earlier = r.reverse ? t + 1 : t - 1;
  if (earlier >= 0 && earlier < r.size.steps) return static_cast<double>(sequence[(b * r.size.steps + earlier) * n + unit]);
  return start ? static_cast<double>(start[b * n + unit]) : 0.0;
}
template <class T>
double state_part(const Recurrent<T>& r, int b, int t, int row) {
  double s = r.b_hh ? static_cast<double>(r.b_hh[row]) : 0.0;
  for (int k = 0; k < r.size.hidden; ++k) s += static_cast<double>(r.w_hh[row * r.size.hidden + k]) * before(r, r.h, r.h0, b, t, k);
  return s;
}

template <class T>
void recurrent_forward(const Recurrent<T>& r) {
  const int n = r.size.hidden, wide = kernels::recurrent_gates(r.cell) * n;
  for (int b = 0; b < r.size.batch; ++b)
    for (int k = 0; k < r.size.steps; ++k) {
      const int t = r.reverse ? r.size.steps - 1 - k : k, row = b * r.size.steps + t;
      for (int j = 0; j < n; ++j) {
        const auto sum = [&](int gate) { return input_part(r, b, t, gate * n + j) + state_part(r, b, t, gate * n + j); };
        const auto put = [&](int gate, double v) { r.gates[row * wide + gate * n + j] = static_cast<T>(v); };
        double h = 0;
        if (r.cell == Cell::rnn_tanh) h = std::tanh(sum(0));
        if (r.cell == Cell::rnn_relu) h = std::fmax(sum(0), 0.0);
        if (r.cell == Cell::lstm) {
          const double i = logistic(sum(0)), f = logistic(sum(1)), g = std::tanh(sum(2)), o = logistic(sum(3));
          const double c = f * before(r, r.cells, r.c0, b, t, j) + i * g;
          put(0, i), put(1, f), put(2, g), put(3, o);
          r.cells[row * n + j] = static_cast<T>(c);
          r.kept[row * n + j] = static_cast<T>(std::tanh(c));
          h = o * std::tanh(c);
        }
        if (r.cell == Cell::gru) {
          const double reset = logistic(sum(0)), u = logistic(sum(1)), inner = state_part(r, b, t, 2 * n + j);
          const double fresh = std::tanh(input_part(r, b, t, 2 * n + j) + reset * inner);
          put(0, reset), put(1, u), put(2, fresh);
          r.kept[row * n + j] = static_cast<T>(inner);
          h = (1 - u) * fresh + u * before(r, r.h, r.h0, b, t, j);
        }
        r.h[row * n + j] = static_cast<T>(h);
      }
    }
}

template <class T>
void recurrent_backward(const Recurrent<T>& r, const T* dh, const RecurrentGradients<T>& d) {
  const int n = r.size.hidden, in = r.size.inputs, wide = kernels::recurrent_gates(r.cell) * n;
  const auto plus = [](T* to, int at, double v) {
    if (to) to[at] = static_cast<T>(static_cast<double>(to[at]) + v);
  };
  for (int b = 0; b < r.size.batch; ++b) {
    std::vector<double> dstate(static_cast<size_t>(n)), dc(dstate);
    for (int k = r.size.steps - 1; k >= 0; --k) {
      const int t = r.reverse ? r.size.steps - 1 - k : k, row = b * r.size.steps + t;
      std::vector<double> dx(static_cast<size_t>(wide)), dz(dx), dbefore(static_cast<size_t>(n));
      for (int j = 0; j < n; ++j) {
        const size_t u = static_cast<size_t>(j);
        const auto at = [&](int gate) { return static_cast<size_t>(gate * n + j); };
        const auto gate = [&](int g) { return static_cast<double>(r.gates[row * wide + g * n + j]); };
        const double dy = static_cast<double>(dh[row * n + j]) + dstate[u], y = static_cast<double>(r.h[row * n + j]);
        const double kept = r.kept ? static_cast<double>(r.kept[row * n + j]) : 0.0;
        if (r.cell == Cell::rnn_tanh) dx[u] = dz[u] = dy * (1 - y * y);
        if (r.cell == Cell::rnn_relu) dx[u] = dz[u] = y > 0 ? dy : 0.0;
        if (r.cell == Cell::lstm) {
          const double i = gate(0), f = gate(1), g = gate(2), o = gate(3), through = dc[u] + dy * o * (1 - kept * kept);
          dx[at(0)] = through * g * i * (1 - i);
          dx[at(1)] = through * before(r, r.cells, r.c0, b, t, j) * f * (1 - f);
          dx[at(2)] = through * i * (1 - g * g);
          dx[at(3)] = dy * kept * o * (1 - o);
          for (int g2 = 0; g2 < 4; ++g2) dz[at(g2)] = dx[at(g2)];
          dc[u] = through * f;
        }
        if (r.cell == Cell::gru) {
          const double reset = gate(0), update = gate(1), fresh = gate(2);
          const double dfresh = dy * (1 - update) * (1 - fresh * fresh);
          dx[at(0)] = dz[at(0)] = dfresh * kept * reset * (1 - reset);
          dx[at(1)] = dz[at(1)] = dy * (before(r, r.h, r.h0, b, t, j) - fresh) * update * (1 - update);
          dx[at(2)] = dfresh;
          dz[at(2)] = dfresh * reset;
          dbefore[u] = dy * update;
        }
      }
      for (int g = 0; g < wide; ++g) {
        const double from_x = dx[static_cast<size_t>(g)], from_h = dz[static_cast<size_t>(g)];
        plus(d.b_ih, g, from_x);
        plus(d.b_hh, g, from_h);
        for (int i = 0; i < in; ++i) {
          plus(d.w_ih, g * in + i, from_x * static_cast<double>(r.x[row * in + i]));
          plus(d.x, row * in + i, from_x * static_cast<double>(r.w_ih[g * in + i]));
        }
        for (int j = 0; j < n; ++j) {
          plus(d.w_hh, g * n + j, from_h * before(r, r.h, r.h0, b, t, j));
          dbefore[static_cast<size_t>(j)] += from_h * static_cast<double>(r.w_hh[g * n + j]);
        }
      }
      dstate = dbefore;
    }
    for (int j = 0; j < n; ++j) {
      plus(d.h0, b * n + j, dstate[static_cast<size_t>(j)]);
      plus(d.c0, b * n + j, dc[static_cast<size_t>(j)]);
    }
  }
}

}  // namespace pg::reference

// Recurrent cells over whole sequences, forward and back through time. Batch first: x [B, T, I], h [B, T, H].
// G gates a cell: rnn 1, gru 3 (r, z, n), lstm 4 (i, f, g, o); weights are PyTorch's, [G·H, I] and [G·H, H].
//   rnn   h = act(z)                                  with z = W_ih·x + b_ih + W_hh·h' + b_hh, h' the step before
//   lstm  i, f, o = σ(z), g = tanh(z);  c = f·c' + i·g;  h = o·tanh(c)
//   gru   r, u = σ(z);  n = tanh(W_in·x + b_in + r·(W_hn·h' + b_hn));  h = n + u·(h' − n)
#pragma once

#include <cstdint>

namespace pg::kernels {

enum class Cell { rnn_tanh, rnn_relu, lstm, gru };

struct RecurrentSizes {
  int batch, steps, inputs, hidden;
};

template <class T>
struct Recurrent {
  Cell cell;
  RecurrentSizes size;
  bool reverse;             // from the last step to the first
  const T *x, *w_ih, *w_hh;
  const T *b_ih, *b_hh;     // [G·H], both null without biases
  const T *h0, *c0;         // [B, H], null: zeros
  T* h;                     // [B, T, H]
  T* gates;                 // [B, T, G·H], after their functions; rnn: unused, they are h
  T* cells;                 // [B, T, H]: c; lstm only
  T* kept;                  // [B, T, H] for the way back: lstm tanh(c), gru W_hn·h' + b_hn; rnn: unused
  T* workspace;
  int truncate = 0;         // on the way back, no gradient crosses from one stretch of so many steps to the one before; 0: it goes all the way
};

// Gradients, all added to what is there, each may be null.
template <class T>
struct RecurrentGradients {
  T *x, *w_ih, *w_hh, *b_ih, *b_hh, *h0, *c0;
};

int recurrent_gates(Cell cell);
// Elements of T for forward and backward; grows with the batch.
int64_t recurrent_workspace(Cell cell, int64_t batch, int64_t steps, int64_t inputs, int64_t hidden);

template <class T>
void recurrent_forward(const Recurrent<T>& r);
// dh [B, T, H]: the gradient of h.
template <class T>
void recurrent_backward(const Recurrent<T>& r, const T* dh, const RecurrentGradients<T>& d);

}  // namespace pg::kernels

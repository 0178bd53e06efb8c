// h = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu, over a sequence (torch.nn.RNN; Elman 1990).
#include "ops/recurrent.h"

PG_RECURRENT(rnn, Cell::rnn_tanh, r.attr[2] != 0 ? Cell::rnn_relu : Cell::rnn_tanh, 6)

// Long short-term memory over a sequence (torch.nn.LSTM; Hochreiter & Schmidhuber 1997), gates i, f, g, o.
#include "ops/recurrent.h"

PG_RECURRENT(lstm, Cell::lstm, Cell::lstm, 7)

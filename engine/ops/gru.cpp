// Gated recurrent unit over a sequence (torch.nn.GRU; Cho et al. 2014), gates r, z, n.
#include "ops/recurrent.h"

PG_RECURRENT(gru, Cell::gru, Cell::gru, 6)

// x·σ(x), elementwise (torch.nn.SiLU).
#include "ops/activation.h"

PG_ACTIVATION(silu, {}, {})

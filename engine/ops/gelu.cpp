// x·Φ(x), the exact form (torch.nn.GELU's default), elementwise.
#include "ops/activation.h"

PG_ACTIVATION(gelu, {}, {})

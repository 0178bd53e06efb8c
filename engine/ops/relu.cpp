// max(0, x), elementwise.
#include "ops/activation.h"

PG_ACTIVATION(relu, {}, {})

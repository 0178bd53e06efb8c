// 1 / (1 + e^-x), elementwise.
#include "ops/activation.h"

PG_ACTIVATION(sigmoid, {}, {})

// (e^x - e^-x) / (e^x + e^-x), elementwise.
#include "ops/activation.h"

PG_ACTIVATION(tanh, {}, {})

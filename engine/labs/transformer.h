// What labs with a Transformer share: its way into a spec, and the attention weights out of a pass.
#pragma once
#include "labs/lab.h"

namespace pg {

/// Adds to a spec's layers the vectors of the tokens of the input `side`, d_model wide and with the positional encoding of the table; the name of the value.
std::string add_embedding(Json& layers, const std::string& side, size_t vocabulary, const Params& p, double std);
/// Every dropout of the model, those of the attention weights too, has the same rate.
void set_dropout(LabModel& m, double rate);
/// Weights [heads, rows, cols] of the first example, by the tokens there are: who looks (row) at whom (column).
void read_weights(const LabModel& m, int value, int64_t rows, int64_t cols, TensorOut& out);

}  // namespace pg

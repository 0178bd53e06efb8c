// Optimizers: one pass over the parameter arena. Options, names and defaults are torch.optim's; all are live.
#pragma once
#include <array>

#include "graph/op.h"
#include "graph/params.h"

namespace pg {

inline constexpr int kMaxOptions = 8;
/// The options in the order of the table's rows; a list takes as many places as it has items.
using Options = std::array<double, kMaxOptions>;

struct OptimizerDef {
  const char* name;
  ParamTable params;
  int slots;  // state scalars a parameter
  /// The change the step just made to one parameter, from what it left behind: g the gradient it saw, `state` its slots
  /// after the step, p_after the parameter after it, t the step's number from 1. `terms` gets every quantity by name.
  double (*update)(const Options& o, int64_t t, double g, double p_after, const double* state, std::vector<std::pair<std::string, double>>& terms);
};

enum class OptimizerId : uint8_t {
#define PG_OPTIMIZER(NAME) NAME,
#include "optim/optimizers.def"
#undef PG_OPTIMIZER
  count
};

namespace optimizers {
#define PG_OPTIMIZER(NAME)                                                                           \
  struct NAME {                                                                                      \
    static const OptimizerDef def;                                                                   \
    /** state: `slots` blocks of n, one after the other, zero before the first step; t from 1. */   \
    template <class T>                                                                               \
    static void step(const Options& o, int64_t n, T* p, const T* g, T* state, int64_t t);            \
  };
#include "optim/optimizers.def"
#undef PG_OPTIMIZER
}  // namespace optimizers

const OptimizerDef& optimizer_def(OptimizerId id);
/// OptimizerId::count if there is none of that name.
OptimizerId find_optimizer(std::string_view name);
template <class T>
void optimizer_step(OptimizerId id, const Options& o, int64_t n, T* p, const T* g, T* state, int64_t t);
Options options_of(const Params& p);
Json optimizer_schema();
std::string optimizer_names();

}  // namespace pg

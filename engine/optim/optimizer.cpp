#include "optim/optimizer.h"

namespace pg {

namespace {
const OptimizerDef* const kDefs[] = {
#define PG_OPTIMIZER(NAME) &optimizers::NAME::def,
#include "optim/optimizers.def"
#undef PG_OPTIMIZER
};
}  // namespace

const OptimizerDef& optimizer_def(OptimizerId id) { return *kDefs[static_cast<size_t>(id)]; }

OptimizerId find_optimizer(std::string_view name) {
  uint8_t i = 0;
  while (i < static_cast<uint8_t>(OptimizerId::count) && name != kDefs[i]->name) ++i;
  return static_cast<OptimizerId>(i);
}

template <class T>
void optimizer_step(OptimizerId id, const Options& o, int64_t n, T* p, const T* g, T* state, int64_t t) {
  switch (id) {
#define PG_OPTIMIZER(NAME) \
  case OptimizerId::NAME: return optimizers::NAME::step<T>(o, n, p, g, state, t);
#include "optim/optimizers.def"
#undef PG_OPTIMIZER
    case OptimizerId::count: break;
  }
}

template void optimizer_step<float>(OptimizerId, const Options&, int64_t, float*, const float*, float*, int64_t);
template void optimizer_step<double>(OptimizerId, const Options&, int64_t, double*, const double*, double*, int64_t);

Options options_of(const Params& p) {
  Options o{};
  size_t i = 0;
  for (const ParamDef& d : p.table()) {
    if (d.kind == Kind::reals)
      for (double v : p.reals(d.key)) o[i++] = v;
    else
      o[i++] = p.number(d.key);
  }
  return o;
}

Json optimizer_schema() {
  Json out = Json::object();
  for (const OptimizerDef* d : kDefs) out[d->name] = schema_rows(d->params);
  return out;
}

std::string optimizer_names() {
  std::string s;
  for (const OptimizerDef* d : kDefs) s += (s.empty() ? "" : "|") + std::string(d->name);
  return s;
}

}  // namespace pg

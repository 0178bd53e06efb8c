#include "ops/table.h"

namespace pg {

const OpDef& op_def(OpId id) {
  static const OpDef* const defs[] = {
#define PG_OP(NAME) &ops::NAME::def,
#include "ops/ops.def"
#undef PG_OP
  };
  return *defs[static_cast<size_t>(id)];
}

template <class T>
OpFns<T> op_fns(OpId id) {
  static constexpr OpFns<T> fns[] = {
#define PG_OP(NAME) {&ops::NAME::forward<T>, &ops::NAME::backward<T>},
#include "ops/ops.def"
#undef PG_OP
  };
  return fns[static_cast<size_t>(id)];
}

template OpFns<float> op_fns<float>(OpId);
template OpFns<double> op_fns<double>(OpId);

}  // namespace pg

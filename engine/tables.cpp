// The tables of ops, layers and labs of one module: PLAYGRAD_MODULE is a lab's name, "playgrad" for the package, or not defined:
// then everything is there.
#include "tables.h"

#include <string_view>

#include "labs/lab.h"
#include "nn/layer.h"
#include "ops/table.h"

#ifndef PLAYGRAD_MODULE
#define PLAYGRAD_MODULE ""
#endif

namespace pg {

namespace {

constexpr std::string_view kModule = PLAYGRAD_MODULE;
constexpr bool kWhole = kModule.empty();
constexpr unsigned kFamilies = [] {
#define PG_LAB(NAME, FAMILIES) \
  if (kModule == #NAME) return static_cast<unsigned>(FAMILIES);
#include "labs/labs.def"
#undef PG_LAB
  return ~0u;
}();
constexpr bool has(Family family) { return (kFamilies & family) != 0; }

}  // namespace

const OpDef* find_op(OpId id) {
  static constexpr const OpDef* defs[] = {
#define PG_OP(NAME, FAMILY) has(FAMILY) ? &ops::NAME::def : nullptr,
#include "ops/ops.def"
#undef PG_OP
  };
  return defs[static_cast<size_t>(id)];
}

template <class T>
OpFns<T> op_fns(OpId id) {
  static constexpr OpFns<T> fns[] = {
#define PG_OP(NAME, FAMILY) has(FAMILY) ? OpFns<T>{&ops::NAME::forward<T>, &ops::NAME::backward<T>} : OpFns<T>{},
#include "ops/ops.def"
#undef PG_OP
  };
  return fns[static_cast<size_t>(id)];
}

template OpFns<float> op_fns<float>(OpId);
template OpFns<double> op_fns<double>(OpId);

std::span<const LayerDef* const> composed_layers() {
  static constexpr const LayerDef* all[] = {
#define PG_LAYER(NAME, FAMILY) has(FAMILY) ? &layers::NAME : nullptr,
#include "nn/layers.def"
#undef PG_LAYER
  };
  return all;
}

std::span<const LabDef* const> all_labs() {
  static constexpr const LabDef* all[] = {
#define PG_LAB(NAME, FAMILIES) kWhole || kModule == #NAME ? &labs::NAME : nullptr,
#include "labs/labs.def"
#undef PG_LAB
  };
  return all;
}

}  // namespace pg

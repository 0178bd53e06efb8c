// All ops, by number and by name.
#pragma once
#include <string_view>

#include "graph/op.h"

namespace pg {

namespace ops {
#define PG_OP(NAME, FAMILY)              \
  struct NAME {                          \
    static const OpDef def;              \
    template <class T>                   \
    static void forward(Run<T>&);        \
    template <class T>                   \
    static void backward(Run<T>&);       \
  };
#include "ops/ops.def"
#undef PG_OP
}  // namespace ops

enum class OpId : uint8_t {
#define PG_OP(NAME, FAMILY) NAME,
#include "ops/ops.def"
#undef PG_OP
  count
};

/// Null where this module leaves the op out.
const OpDef* find_op(OpId id);
/// Of an op that is there.
inline const OpDef& op_def(OpId id) { return *find_op(id); }
/// float in the product; double in tests (what nobody references, the linker drops).
template <class T>
OpFns<T> op_fns(OpId id);

/// Makes both instances of an op's functions in its file.
#define PG_OP_INSTANCES(NAME)                        \
  template void NAME::forward<float>(Run<float>&);   \
  template void NAME::forward<double>(Run<double>&); \
  template void NAME::backward<float>(Run<float>&);  \
  template void NAME::backward<double>(Run<double>&);

}  // namespace pg

// x where x > 0, alpha·(e^x − 1) elsewhere (torch.nn.ELU).
#include "ops/activation.h"

namespace pg::ops {
namespace {
constexpr AttrDef kEluAttrs[] = {{"alpha", 1, 0, 1e3}};
}
}  // namespace pg::ops

PG_ACTIVATION(elu, kEluAttrs, e.constants.push_back({"alpha", c.attr(0)}))

// log(1 + e^(beta·x))/beta, and x itself where beta·x > threshold (torch.nn.Softplus).
#include "ops/activation.h"

namespace pg::ops {
namespace {
constexpr AttrDef kSoftplusAttrs[] = {{"beta", 1, 1e-3, 1e3}, {"threshold", 20, -1e6, 1e6}};
}
}  // namespace pg::ops

PG_ACTIVATION(softplus, kSoftplusAttrs, e.constants.push_back({"beta", c.attr(0)}); e.constants.push_back({"threshold", c.attr(1)}))

// x where x > 0, negative_slope·x elsewhere (torch.nn.LeakyReLU).
#include "ops/activation.h"

namespace pg::ops {
namespace {
constexpr AttrDef kLeakyReluAttrs[] = {{"negative_slope", 0.01, 0, 1}};
}
}  // namespace pg::ops

PG_ACTIVATION(leaky_relu, kLeakyReluAttrs, e.constants.push_back({"negative_slope", c.attr(0)}))

// torch.nn.Identity: holds a place in the numbering of layers (the activation "linear").
#include "nn/layer.h"

namespace pg::layers {

const LayerDef identity = {"identity", {}, 1, 1, false, [](LayerBuild& b) { return b.in[0]; }};

}  // namespace pg::layers

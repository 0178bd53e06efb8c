// torch.optim.RMSprop (Tieleman & Hinton 2012): alpha, eps, weight_decay, momentum, centered (Graves 2013).
#include <algorithm>
#include <cmath>

#include "kernels/optim.h"
#include "optim/optimizer.h"

namespace pg::optimizers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "lr", .def = 1e-2, .min = 0, .max = 1e6, .apply = Apply::live},
    {.key = "alpha", .def = 0.99, .min = 0, .max = 1, .apply = Apply::live},
    {.key = "eps", .def = 1e-8, .min = 0, .max = 1, .apply = Apply::live},
    {.key = "weight_decay", .def = 0, .min = 0, .max = 1e3, .apply = Apply::live},
    {.key = "momentum", .def = 0, .min = 0, .max = 1, .apply = Apply::live},
    {.key = "centered", .kind = Kind::boolean, .def = 0, .apply = Apply::live},
};

double update(const Options& o, int64_t, double g, double p_after, const double* state, std::vector<std::pair<std::string, double>>& terms) {
  const double lr = o[0], decay = o[3], mean = o[5] != 0 ? state[1] : 0;
  const double root = std::sqrt(std::max(state[0] - mean * mean, 0.0)) + o[2];
  terms = {{"lr", lr}, {"alpha", o[1]}, {"eps", o[2]}, {"weight_decay", decay}, {"momentum", o[4]}, {"square_avg", state[0]}, {"root", root}};
  if (o[5] != 0) terms.push_back({"grad_avg", mean});
  if (o[4] != 0) {
    terms.push_back({"buffer", state[2]});
    return -lr * state[2];
  }
  // The weight before the step, which weight decay acted on, follows from the one after it.
  const double before = (p_after + lr * g / root) / (1.0 - lr * decay / root), direction = (g + decay * before) / root;
  terms.push_back({"direction", direction});
  return -lr * direction;
}

}  // namespace

const OptimizerDef rmsprop::def = {"rmsprop", kParams, 3, update};

template <class T>
void rmsprop::step(const Options& o, int64_t n, T* p, const T* g, T* state, int64_t) {
  kernels::rmsprop_step<T>(n, p, g, state, state + n, state + 2 * n, o[0], o[1], o[2], o[3], o[4], o[5] != 0);
}

template void rmsprop::step<float>(const Options&, int64_t, float*, const float*, float*, int64_t);
template void rmsprop::step<double>(const Options&, int64_t, double*, const double*, double*, int64_t);

}  // namespace pg::optimizers

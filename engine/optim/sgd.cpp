// torch.optim.SGD: momentum, dampening, nesterov, weight_decay.
#include "kernels/optim.h"
#include "optim/optimizer.h"

namespace pg::optimizers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "lr", .def = 1e-3, .min = 0, .max = 1e6, .apply = Apply::live},
    {.key = "momentum", .def = 0, .min = 0, .max = 1, .apply = Apply::live},
    {.key = "dampening", .def = 0, .min = 0, .max = 1, .apply = Apply::live},
    {.key = "nesterov", .kind = Kind::boolean, .def = 0, .apply = Apply::live},
    {.key = "weight_decay", .def = 0, .min = 0, .max = 1e3, .apply = Apply::live},
};

double update(const Options& o, int64_t, double g, double p_after, const double* state, std::vector<std::pair<std::string, double>>& terms) {
  const double lr = o[0], momentum = o[1], decay = o[4];
  // The weight before the step, which weight decay acted on, follows from the one after it.
  const double pull = momentum == 0 ? g : o[3] != 0 ? g + momentum * state[0] : 0;
  const double before = (p_after + lr * pull) / (1.0 - lr * decay);
  const double direction = momentum != 0 && o[3] == 0 ? state[0] : pull + decay * before;
  terms = {{"lr", lr}, {"momentum", momentum}, {"weight_decay", decay}, {"direction", direction}};
  if (momentum != 0) terms.push_back({"buffer", state[0]});
  return -lr * direction;
}

}  // namespace

const OptimizerDef sgd::def = {"sgd", kParams, 1, update};

template <class T>
void sgd::step(const Options& o, int64_t n, T* p, const T* g, T* state, int64_t t) {
  kernels::sgd_step<T>(n, p, g, state, o[0], o[1], o[2], o[3] != 0, o[4], t == 1);
}

template void sgd::step<float>(const Options&, int64_t, float*, const float*, float*, int64_t);
template void sgd::step<double>(const Options&, int64_t, double*, const double*, double*, int64_t);

}  // namespace pg::optimizers

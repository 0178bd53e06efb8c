// torch.optim.Adagrad (Duchi et al. 2011): lr_decay, weight_decay, initial_accumulator_value, eps.
#include <cmath>

#include "kernels/optim.h"
#include "optim/optimizer.h"

namespace pg::optimizers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "lr", .def = 1e-2, .min = 0, .max = 1e6, .apply = Apply::live},
    {.key = "lr_decay", .def = 0, .min = 0, .max = 1e3, .apply = Apply::live},
    {.key = "weight_decay", .def = 0, .min = 0, .max = 1e3, .apply = Apply::live},
    {.key = "initial_accumulator_value", .def = 0, .min = 0, .max = 1e6, .apply = Apply::live},
    {.key = "eps", .def = 1e-10, .min = 0, .max = 1, .apply = Apply::live},
};

double update(const Options& o, int64_t t, double g, double p_after, const double* state, std::vector<std::pair<std::string, double>>& terms) {
  const double rate = o[0] / (1.0 + static_cast<double>(t - 1) * o[1]), root = std::sqrt(state[0]) + o[4];
  // The weight before the step, which weight decay acted on, follows from the one after it.
  const double before = root > 0 ? (p_after + rate * g / root) / (1.0 - rate * o[2] / root) : p_after;
  const double direction = root > 0 ? (g + o[2] * before) / root : 0;
  terms = {{"lr", o[0]}, {"rate", rate}, {"weight_decay", o[2]}, {"eps", o[4]}, {"sum", state[0]}, {"root", root}, {"direction", direction}, {"t", static_cast<double>(t)}};
  return -rate * direction;
}

}  // namespace

const OptimizerDef adagrad::def = {"adagrad", kParams, 1, update};

template <class T>
void adagrad::step(const Options& o, int64_t n, T* p, const T* g, T* state, int64_t t) {
  kernels::adagrad_step<T>(n, p, g, state, o[0], o[1], o[2], o[3], o[4], t);
}

template void adagrad::step<float>(const Options&, int64_t, float*, const float*, float*, int64_t);
template void adagrad::step<double>(const Options&, int64_t, double*, const double*, double*, int64_t);

}  // namespace pg::optimizers

// torch.optim.AdamW (Loshchilov & Hutter 2019): Adam, with a weight decay that acts on the weight itself.
#include <cmath>

#include "kernels/math.h"
#include "kernels/optim.h"
#include "optim/optimizer.h"

namespace pg::optimizers {

namespace {

constexpr ParamDef kParams[] = {
    {.key = "lr", .def = 1e-3, .min = 0, .max = 1e6, .apply = Apply::live},
    {.key = "betas", .kind = Kind::reals, .min = 0, .max = 0.99999999, .apply = Apply::live, .text = "0.9|0.999", .min_length = 2, .max_length = 2},
    {.key = "eps", .def = 1e-8, .min = 0, .max = 1, .apply = Apply::live},
    {.key = "weight_decay", .def = 1e-2, .min = 0, .max = 1e3, .apply = Apply::live},
};

double update(const Options& o, int64_t t, double, double p_after, const double* state, std::vector<std::pair<std::string, double>>& terms) {
  const double m = state[0] / (1.0 - kernels::pow_(o[1], static_cast<double>(t)));
  const double v = state[1] / (1.0 - kernels::pow_(o[2], static_cast<double>(t)));
  const double adam = -o[0] * m / (std::sqrt(v) + o[3]), keep = 1.0 - o[0] * o[4];
  // The weight before the step, which the decay acted on, follows from the one after it, unless the decay left nothing of it.
  const double decay = keep != 0 ? -o[0] * o[4] * (p_after - adam) / keep : 0;
  terms = {{"lr", o[0]}, {"beta1", o[1]}, {"beta2", o[2]}, {"eps", o[3]}, {"weight_decay", o[4]}, {"m", state[0]}, {"v", state[1]},
           {"m_hat", m}, {"v_hat", v}, {"decay", decay}, {"t", static_cast<double>(t)}};
  return adam + decay;
}

}  // namespace

const OptimizerDef adamw::def = {"adamw", kParams, 2, update};

template <class T>
void adamw::step(const Options& o, int64_t n, T* p, const T* g, T* state, int64_t t) {
  kernels::adam_step<T>(n, p, g, state, state + n, o[0], o[1], o[2], o[3], o[4], true, t);
}

template void adamw::step<float>(const Options&, int64_t, float*, const float*, float*, int64_t);
template void adamw::step<double>(const Options&, int64_t, double*, const double*, double*, int64_t);

}  // namespace pg::optimizers

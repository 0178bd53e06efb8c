// The general hyperparameters of labs that train: one set of rows, one way into a spec and into a running model. A lab joins these
// rows with its own; what differs from lab to lab are the defaults.
#pragma once
#include <array>

#include "labs/lab.h"

namespace pg {

#define PG_ACTIVATIONS "relu|leaky_relu|elu|gelu|silu|softplus|sigmoid|tanh|linear"

struct TrainingDefaults {
  double lr = 0.03;
  int batch_size = 10, max_batch_size = 512;
  const char* optimizer = "sgd";
  double clip_norm = 0;
};

constexpr auto weight_init_rows() {
  return std::array{
      ParamDef{.key = "weight_init", .kind = Kind::choice, .group = "model", .more = true, .choices = "default|xavier_uniform|xavier_normal|kaiming_uniform|kaiming_normal|orthogonal|normal|uniform|constant|zeros", .text = "default"},
      ParamDef{.key = "gain", .def = 1, .min = 0.01, .max = 10, .scale = Scale::log, .group = "model", .more = true, .when = "weight_init=xavier_uniform|xavier_normal|orthogonal"},
      ParamDef{.key = "std", .def = 1, .min = 0.001, .max = 10, .scale = Scale::log, .group = "model", .more = true, .when = "weight_init=normal"},
      ParamDef{.key = "val", .def = 0.1, .min = -1, .max = 1, .step = 0.01, .group = "model", .more = true, .when = "weight_init=constant"},
  };
}

constexpr auto training_rows(TrainingDefaults d = {}) {
  return std::array{
      ParamDef{.key = "lr", .def = d.lr, .min = 1e-5, .max = 10, .scale = Scale::log, .apply = Apply::live, .group = "training"},
      ParamDef{.key = "batch_size", .kind = Kind::integer, .def = static_cast<double>(d.batch_size), .min = 1, .max = static_cast<double>(d.max_batch_size), .scale = Scale::log, .group = "training"},
      ParamDef{.key = "epochs", .kind = Kind::integer, .def = 0, .min = 0, .max = 1000, .apply = Apply::live, .group = "training", .more = true},
      ParamDef{.key = "optimizer", .kind = Kind::choice, .apply = Apply::live, .group = "training", .choices = "sgd|rmsprop|adam|adamw|adagrad", .text = d.optimizer},
      ParamDef{.key = "momentum", .def = 0.9, .min = 0, .max = 0.99, .step = 0.01, .apply = Apply::live, .group = "training", .when = "optimizer=sgd|rmsprop"},
      ParamDef{.key = "nesterov", .kind = Kind::boolean, .apply = Apply::live, .group = "training", .more = true, .when = "optimizer=sgd"},
      ParamDef{.key = "dampening", .def = 0, .min = 0, .max = 0.95, .step = 0.05, .apply = Apply::live, .group = "training", .more = true, .when = "optimizer=sgd"},
      ParamDef{.key = "alpha", .def = 0.99, .min = 0, .max = 0.999, .step = 0.001, .apply = Apply::live, .group = "training", .more = true, .when = "optimizer=rmsprop"},
      ParamDef{.key = "centered", .kind = Kind::boolean, .apply = Apply::live, .group = "training", .more = true, .when = "optimizer=rmsprop"},
      ParamDef{.key = "beta1", .def = 0.9, .min = 0, .max = 0.99, .step = 0.01, .apply = Apply::live, .group = "training", .when = "optimizer=adam|adamw"},
      ParamDef{.key = "beta2", .def = 0.999, .min = 0, .max = 0.9999, .step = 0.0001, .apply = Apply::live, .group = "training", .more = true, .when = "optimizer=adam|adamw"},
      ParamDef{.key = "lr_decay", .def = 0, .min = 0, .max = 0.1, .step = 0.001, .apply = Apply::live, .group = "training", .more = true, .when = "optimizer=adagrad"},
      ParamDef{.key = "eps", .def = 1e-8, .min = 1e-12, .max = 0.1, .scale = Scale::log, .apply = Apply::live, .group = "training", .more = true, .when = "optimizer!=sgd"},
      ParamDef{.key = "schedule", .kind = Kind::choice, .apply = Apply::live, .group = "training", .more = true, .choices = "constant|step|exponential|cosine", .text = "constant"},
      ParamDef{.key = "step_size", .kind = Kind::integer, .def = 1000, .min = 1, .max = 100000, .scale = Scale::log, .apply = Apply::live, .group = "training", .more = true, .when = "schedule=step|exponential"},
      ParamDef{.key = "gamma", .def = 0.5, .min = 0.01, .max = 1, .step = 0.01, .apply = Apply::live, .group = "training", .more = true, .when = "schedule=step|exponential"},
      ParamDef{.key = "T_max", .kind = Kind::integer, .def = 5000, .min = 1, .max = 100000, .scale = Scale::log, .apply = Apply::live, .group = "training", .more = true, .when = "schedule=cosine"},
      ParamDef{.key = "eta_min", .def = 0, .min = 0, .max = 0.1, .step = 0.0005, .apply = Apply::live, .group = "training", .more = true, .when = "schedule=cosine"},
      ParamDef{.key = "warmup_steps", .kind = Kind::integer, .def = 0, .min = 0, .max = 5000, .step = 10, .apply = Apply::live, .group = "training", .more = true},
      ParamDef{.key = "weight_decay", .def = 0, .min = 0, .max = 1, .step = 0.0005, .apply = Apply::live, .group = "training", .more = true},
      ParamDef{.key = "l1", .def = 0, .min = 0, .max = 0.1, .step = 0.0005, .apply = Apply::live, .group = "training", .more = true},
      ParamDef{.key = "l2", .def = 0, .min = 0, .max = 0.1, .step = 0.0005, .apply = Apply::live, .group = "training", .more = true},
      ParamDef{.key = "dropout", .def = 0, .min = 0, .max = 0.9, .step = 0.05, .apply = Apply::live, .group = "training", .more = true},
      ParamDef{.key = "clip_norm", .def = d.clip_norm, .min = 0, .max = 10, .step = 0.1, .apply = Apply::live, .group = "training", .more = true},
      ParamDef{.key = "clip_value", .def = 0, .min = 0, .max = 5, .step = 0.05, .apply = Apply::live, .group = "training", .more = true},
      ParamDef{.key = "seed", .kind = Kind::integer, .def = 1, .min = 0, .max = 9999, .group = "training"},
  };
}

template <size_t... N>
constexpr std::array<ParamDef, (N + ...)> join_rows(const std::array<ParamDef, N>&... parts) {
  std::array<ParamDef, (N + ...)> all;
  size_t at = 0;
  const auto add = [&](const auto& part) {
    for (const ParamDef& d : part) all[at++] = d;
  };
  (add(parts), ...);
  return all;
}

/// The "init" of a layer of a spec, of weight_init_rows(); null where each layer's own default holds.
Json init_section(const Params& p);
/// A spec's seed, optimizer, schedule, regularization and gradient_clipping, of training_rows().
void add_training(Json& spec, const Params& p);
/// Takes over what of training_rows() is live into a running model, but dropout: where that stands is the lab's affair.
void set_training(LabModel& m, const Params& p);

}  // namespace pg

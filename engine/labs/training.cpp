#include "labs/training.h"

#include "kernels/math.h"

namespace pg {

namespace {

/// What a table of the engine asks for and the lab's own has under the same key.
Json own_rows(const Params& p, ParamTable wanted) {
  Json mine = p.json(), out = Json::object();
  for (const ParamDef& d : wanted)
    if (mine.contains(d.key)) out[d.key] = mine[d.key];
  return out;
}

Json optimizer_section(const Params& p) {
  Json o = own_rows(p, optimizer_def(find_optimizer(p.text("optimizer"))).params);
  if (p.text("optimizer").starts_with("adam")) o["betas"] = {p.number("beta1"), p.number("beta2")};
  return o;
}

/// One pair of step_size and gamma for the stairs and for the smooth curve through their corners: the engine's exponential
/// schedule multiplies at every step.
Json schedule_section(const Params& p) {
  Json s = own_rows(p, schedule_params(find_schedule(p.text("schedule"))));
  if (p.is("schedule", "exponential")) s["gamma"] = kernels::pow_(p.number("gamma"), 1 / p.number("step_size"));
  return s;
}

}  // namespace

Json init_section(const Params& p) {
  const std::string& name = p.text("weight_init");
  if (name == "default") return nullptr;
  Json init = {{"type", name}};
  if (name.starts_with("kaiming")) init["nonlinearity"] = "relu";
  else if (name.starts_with("xavier") || name == "orthogonal") init["gain"] = p.number("gain");
  else if (name == "normal") init["std"] = p.number("std");
  else if (name == "constant") init["value"] = p.number("val");
  else if (name == "uniform") init["a"] = -1;  // to 1
  return init;
}

void add_training(Json& spec, const Params& p) {
  spec["seed"] = p.integer("seed");
  const auto section = [&](const char* key, Json rows) {
    rows["type"] = p.text(key);
    spec[key] = std::move(rows);
  };
  section("optimizer", optimizer_section(p));
  section("schedule", schedule_section(p));
  spec["regularization"] = {{"l1", p.number("l1")}, {"l2", p.number("l2")}};
  spec["gradient_clipping"] = {{"max_norm", p.number("clip_norm")}, {"clip_value", p.number("clip_value")}};
}

void set_training(LabModel& m, const Params& p) {
  std::vector<Issue> none;
  const OptimizerId id = find_optimizer(p.text("optimizer"));
  m.set_optimizer(id, options_of(Params::read(optimizer_def(id).params, optimizer_section(p), "optimizer", none)));
  m.set_schedule(read_schedule(find_schedule(p.text("schedule")), schedule_section(p), "schedule", none));
  m.set_regularization(p.number("l1"), p.number("l2"));
  m.set_clipping(p.number("clip_norm"), p.number("clip_value"));
}

void Lab::reconcile_training() {
  if (!params_.is("optimizer", "sgd") || !params_.flag("nesterov")) return;
  if (params_.number("momentum") == 0) correct("nesterov", 0.0, "false where momentum is 0");
  else if (params_.number("dampening") != 0) correct("dampening", 0.0, "0 with nesterov");
}

}  // namespace pg

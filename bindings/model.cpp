// Models for JavaScript: the module of the package `playgrad`. web/api wraps it; the types are in model.d.ts.
#include "model/model.h"

#include <cmath>

#include "binding.h"

using namespace binding;

namespace {

std::string schema() {
  return guard([] { return dump(pg::spec_schema()); });
}

/// A whole batch of a value, which stands at `numbers`: a view of the heap, until it grows.
val view(pg::Model& model, int value, const void* numbers) {
  const pg::ValueType& type = model.session().graph().values[static_cast<size_t>(value)].type;
  const size_t n = static_cast<size_t>(type.shape.numel());
  return type.dtype == pg::DType::i32 ? val(emscripten::typed_memory_view(n, static_cast<const int32_t*>(numbers)))
                                      : val(emscripten::typed_memory_view(n, static_cast<const float*>(numbers)));
}
int input_value(pg::Model& model, int i) { return model.session().graph().inputs[static_cast<size_t>(i)]; }

class RawBatch {
 public:
  RawBatch(std::shared_ptr<pg::Model> model, bool targets) : model_(std::move(model)), batch_(model_->session(), targets) {}
  double address() const { return static_cast<double>(reinterpret_cast<uintptr_t>(&batch_)); }
  val input(int i) { return view(*model_, input_value(*model_, i), batch_.numbers(i)); }
  void check(int n) {
    guard([&] { model_->check(batch_, n); });
  }

 private:
  std::shared_ptr<pg::Model> model_;
  pg::Batch batch_;
};

class RawModel {
 public:
  explicit RawModel(std::shared_ptr<pg::Model> model) : model_(std::move(model)) {}

  std::string description() const {
    return guard([&] { return dump(model_->description()); });
  }
  std::string spec() const { return dump(model_->spec()); }
  /// The model's place, for pg_model_run.
  double address() const { return static_cast<double>(reinterpret_cast<uintptr_t>(model_.get())); }
  /// Where input i is written: a view of the whole batch, until the heap grows.
  val input(int i) { return view(*model_, input_value(*model_, i), model_->numbers(i)); }
  val value(const std::string& name) const {
    return guard([&] { return read(model_->value(name)); });
  }
  /// What a pass computed: a view of the whole batch, until the heap grows.
  val output() const {
    const pg::Session<float>& s = model_->session();
    const int v = s.graph().output;
    const bool ids = s.graph().values[static_cast<size_t>(v)].type.dtype == pg::DType::i32;
    return view(*model_, v, ids ? static_cast<const void*>(s.ids(v)) : s.data(v));
  }
  val gradient(const std::string& name) const {
    return guard([&] {
      const int v = model_->value(name);
      const float* g = model_->session().gradient(v);
      if (!g) pg::fail("no_gradient", "name", "a value with a gradient (neither frozen nor an input without requires_grad)", name);
      const pg::Shape& s = model_->session().shape(v);
      return tensor(dims(s), copy("Float32Array", g, static_cast<size_t>(s.numel())));
    });
  }
  val parameter(const std::string& name) const {
    return guard([&] { return read(model_->parameter(name)); });
  }
  void set_parameter(const std::string& name, const val& data) {
    guard([&] {
      const int v = model_->parameter(name);
      const std::vector<float> numbers = emscripten::convertJSArrayToNumberVector<float>(data);
      model_->set_parameter(v, numbers.data(), static_cast<int64_t>(numbers.size()));
    });
  }
  std::string values() const {
    return guard([&] { return dump(model_->values()); });
  }
  std::string divergence() const {
    return guard([&] { return dump(model_->divergence()); });
  }
  double lr() const { return model_->session().lr(); }
  double steps() const { return static_cast<double>(model_->session().step()); }
  double penalty() const { return model_->session().penalty(); }
  double gradient_norm() const { return model_->session().gradient_norm(); }
  void set(const std::string& path, const std::string& json) {
    guard([&] { model_->set(path, parse(json, "value")); });
  }
  void reset() { model_->session().initialize(); }
  RawBatch* batch(bool targets) {
    return guard([&] { return new RawBatch(model_, targets); });
  }
  val save(bool with_optimizer) const {
    return guard([&] {
      const std::vector<uint8_t> b = model_->save(with_optimizer);
      return copy("Uint8Array", b.data(), b.size());
    });
  }
  void load(const val& bytes) {
    guard([&] {
      const std::vector<uint8_t> b = bytes_of(bytes);
      model_->load(b.data(), b.size());
    });
  }
  std::shared_ptr<pg::Model> model() const { return model_; }

 private:
  static std::vector<int64_t> dims(const pg::Shape& s) { return {s.dims.begin(), s.dims.begin() + s.rank}; }
  val read(int v) const {
    const pg::Session<float>& s = model_->session();
    const pg::Shape& shape = s.shape(v);
    const size_t n = static_cast<size_t>(shape.numel());
    const bool ids = s.graph().values[static_cast<size_t>(v)].type.dtype == pg::DType::i32;
    return tensor(dims(shape), ids ? copy("Int32Array", s.ids(v), n) : copy("Float32Array", s.data(v), n));
  }
  std::shared_ptr<pg::Model> model_;
};

/// `names` and `models` side by side: what the spec may share from.
pg::Model::Others others_of(const val& names, const val& models) {
  pg::Model::Others others;
  for (unsigned i = 0, n = names["length"].as<unsigned>(); i < n; ++i) others[names[i].as<std::string>()] = models[i].as<RawModel*>(emscripten::allow_raw_pointers())->model();
  return others;
}

std::string validate(const std::string& spec, const val& names, const val& models) {
  return guard([&] { return dump(pg::to_json(pg::validate(spec, others_of(names, models)))); });
}

RawModel* create_model(const std::string& spec, const val& names, const val& models) {
  return guard([&] { return new RawModel(std::make_shared<pg::Model>(parse(spec, "spec"), others_of(names, models))); });
}

RawModel* load_model(const val& bytes, const val& names, const val& models) {
  return guard([&] {
    const std::vector<uint8_t> b = bytes_of(bytes);
    return new RawModel(pg::Model::from_file(b.data(), b.size(), others_of(names, models)));
  });
}

/// What pg_model_run could not do.
pg::Error run_error;
bool run_failed = false;

void throw_run_error() { throw_js(run_error); }

}  // namespace

/// The one call of a training loop, past Embind: its generic callers take longer than a small network's step. Over `batch`, or
/// where that is null over n examples that were written to the model. Gives the loss, and NaN also where there is more to say:
/// pg_model_state then tells how it went (0 well, 1 it could not be made, and throwRunError says why, 2 the training has diverged),
/// pg_model_loss what the loss is.
extern "C" EMSCRIPTEN_KEEPALIVE double pg_model_run(pg::Model* model, int pass, int n, pg::Batch* batch) {
  using Pass = pg::Model::Pass;
  run_failed = false;
  try {
    const double loss = batch ? model->run(static_cast<Pass>(pass), *batch) : model->run(static_cast<Pass>(pass), n);
    if (!model->session().divergence()) return loss;
  } catch (...) {
    run_error = caught();
    run_failed = true;
  }
  return std::nan("");
}
extern "C" EMSCRIPTEN_KEEPALIVE int pg_model_state(pg::Model* model) { return run_failed ? 1 : model->session().divergence() ? 2 : 0; }
extern "C" EMSCRIPTEN_KEEPALIVE double pg_model_loss(pg::Model* model) { return model->session().loss(); }

EMSCRIPTEN_BINDINGS(model) {
  emscripten::function("schema", &schema);
  emscripten::function("validate", &validate);
  emscripten::function("memoryBytes", &memory_bytes);
  emscripten::function("createModel", &create_model, emscripten::allow_raw_pointers());
  emscripten::function("loadModel", &load_model, emscripten::allow_raw_pointers());
  emscripten::function("throwRunError", &throw_run_error);
  emscripten::class_<RawModel>("RawModel")
      .function("description", &RawModel::description)
      .function("spec", &RawModel::spec)
      .function("address", &RawModel::address)
      .function("input", &RawModel::input)
      .function("value", &RawModel::value)
      .function("output", &RawModel::output)
      .function("gradient", &RawModel::gradient)
      .function("parameter", &RawModel::parameter)
      .function("setParameter", &RawModel::set_parameter)
      .function("values", &RawModel::values)
      .function("divergence", &RawModel::divergence)
      .function("lr", &RawModel::lr)
      .function("steps", &RawModel::steps)
      .function("penalty", &RawModel::penalty)
      .function("gradientNorm", &RawModel::gradient_norm)
      .function("set", &RawModel::set)
      .function("reset", &RawModel::reset)
      .function("batch", &RawModel::batch, emscripten::allow_raw_pointers())
      .function("save", &RawModel::save)
      .function("load", &RawModel::load);
  emscripten::class_<RawBatch>("RawBatch").function("address", &RawBatch::address).function("input", &RawBatch::input).function("check", &RawBatch::check);
}

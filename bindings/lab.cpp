// A lab for JavaScript: the module of one lab (labs.def). The types are in lab.d.ts.
#include "labs/lab.h"

#include "binding.h"

using namespace binding;

namespace {

std::string schema() {
  return guard([] { return dump(pg::labs_schema()); });
}

void provide(const std::string& asset, const val& bytes) {
  guard([&] { pg::provide_asset(asset, bytes_of(bytes)); });
}

class RawLab {
 public:
  explicit RawLab(std::unique_ptr<pg::Lab> lab) : lab_(std::move(lab)) {}

  std::string params() const {
    return guard([&] { return dump(lab_->params().json()); });
  }
  std::string corrections() const {
    return guard([&] { return dump(pg::to_json(lab_->corrections())); });
  }
  std::string set(const std::string& partial) {
    return guard([&] { return dump({{"applied", lab_->set(parse(partial, "params"))}}); });
  }
  int step(int n) {
    return guard([&] { return lab_->step(n); });
  }
  void reset() {
    guard([&] { lab_->reset(); });
  }
  std::string status() const {
    return guard([&] { return dump(lab_->status()); });
  }
  val metrics() {
    return guard([&] {
      const std::vector<double> m = lab_->metrics();
      return copy("Float64Array", m.data(), m.size());
    });
  }
  val history() {
    return guard([&] {
      val out = val::object(), names = val::array();
      names.call<void>("push", std::string("step"));
      for (const char* m : lab_->def().metrics) names.call<void>("push", std::string(m));
      out.set("names", names);
      out.set("rows", lab_->history_rows());
      out.set("data", copy("Float64Array", lab_->history().data(), lab_->history().size()));
      return out;
    });
  }
  val read(const std::string& name, const std::string& args) {
    return guard([&] {
      const pg::TensorOut t = lab_->read(name, parse(args, "args"));
      return tensor(t.shape, t.is_integer ? copy("Int32Array", t.integers.data(), t.integers.size()) : copy("Float32Array", t.values.data(), t.values.size()));
    });
  }
  std::string query(const std::string& name, const std::string& args) {
    return guard([&] { return dump(lab_->query(name, parse(args, "args"))); });
  }
  std::string act(const std::string& name, const std::string& args) {
    return guard([&] { return dump(lab_->act(name, parse(args, "args"))); });
  }
  val save() const {
    return guard([&] {
      const std::vector<uint8_t> b = lab_->save();
      return copy("Uint8Array", b.data(), b.size());
    });
  }
  void load(const val& bytes) {
    guard([&] {
      const std::vector<uint8_t> b = bytes_of(bytes);
      lab_->load(b.data(), b.size());
    });
  }

 private:
  std::unique_ptr<pg::Lab> lab_;
};

RawLab* create_lab(const std::string& lab, const std::string& params) {
  return guard([&] { return new RawLab(pg::Lab::create(lab, parse(params, "params"))); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(lab) {
  emscripten::function("schema", &schema);
  emscripten::function("provide", &provide);
  emscripten::function("memoryBytes", &memory_bytes);
  emscripten::function("createLab", &create_lab, emscripten::allow_raw_pointers());
  emscripten::class_<RawLab>("RawLab")
      .function("params", &RawLab::params)
      .function("corrections", &RawLab::corrections)
      .function("set", &RawLab::set)
      .function("step", &RawLab::step)
      .function("reset", &RawLab::reset)
      .function("status", &RawLab::status)
      .function("metrics", &RawLab::metrics)
      .function("history", &RawLab::history)
      .function("read", &RawLab::read)
      .function("query", &RawLab::query)
      .function("act", &RawLab::act)
      .function("save", &RawLab::save)
      .function("load", &RawLab::load);
}

// The engine for JavaScript: no logic here. Specs, questions and answers cross as JSON, numbers as copies in typed arrays
// made in the same turn (a view of the heap goes stale when the heap grows). The types are in playgrad.d.ts.
#include <emscripten/bind.h>
#include <emscripten/heap.h>

#include <new>

#include "labs/lab.h"

using emscripten::val;

namespace {

/// Throws a JavaScript Error with code, path, rule and value. No C++ exception leaves this file.
[[noreturn]] void throw_js(const pg::Issue& i) {
  val error = val::global("Error").new_(i.message);
  error.set("name", "PlaygradError");
  error.set("code", i.code);
  error.set("path", i.path);
  error.set("rule", i.rule);
  error.set("value", i.value);
  error.throw_();
}

/// What the exception in flight says. One function, not a part of guard: it would be in every binding again.
[[gnu::noinline]] pg::Issue caught() {
  try {
    throw;
  } catch (const pg::Error& e) {
    return e.issue;
  } catch (const std::bad_alloc&) {
    return pg::make_issue("out_of_memory", "engine", "given more memory", "");
  } catch (const std::exception& e) {
    return pg::make_issue("internal", "engine", "free of faults", e.what());
  }
}

/// The error leaves from outside the catch block, so that nothing of C++ is still in flight when JavaScript unwinds.
template <class F>
auto guard(F f) -> decltype(f()) {
  pg::Issue issue;
  try {
    return f();
  } catch (...) {
    issue = caught();
  }
  throw_js(issue);
}

pg::Json parse(const std::string& text, const char* path) {
  pg::Json j = text.empty() ? pg::Json::object() : pg::parse_json(text);
  if (j.is_discarded()) pg::fail("bad_json", path, "JSON", text.substr(0, 80));
  return j;
}

std::string dump(const pg::Json& j) { return j.dump(-1, ' ', false, pg::Json::error_handler_t::replace); }

template <class T>
val copy(const char* type, const T* data, size_t n) {
  return val::global(type).new_(val(emscripten::typed_memory_view(n, data)));
}

std::vector<uint8_t> bytes_of(const val& array) { return emscripten::convertJSArrayToNumberVector<uint8_t>(array); }

std::string schema() {
  return guard([] { return dump(pg::schema()); });
}

std::string validate(const std::string& spec) {
  return guard([&] { return dump(pg::to_json(pg::validate(spec))); });
}

void provide(const std::string& asset, const val& bytes) {
  guard([&] { pg::provide_asset(asset, bytes_of(bytes)); });
}

double memory_bytes() { return static_cast<double>(emscripten_get_heap_size()); }

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
      val out = val::object(), shape = val::array();
      for (int64_t d : t.shape) shape.call<void>("push", static_cast<double>(d));
      out.set("shape", shape);
      out.set("data", t.is_integer ? copy("Int32Array", t.integers.data(), t.integers.size()) : copy("Float32Array", t.values.data(), t.values.size()));
      return out;
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

EMSCRIPTEN_BINDINGS(playgrad) {
  emscripten::function("schema", &schema);
  emscripten::function("validate", &validate);
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

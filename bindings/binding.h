// What both bindings share: errors, JSON, arrays. No logic here. Specs, questions and answers cross as JSON, numbers as copies in
// typed arrays made in the same turn (a view of the heap goes stale when the heap grows).
#pragma once
#include <emscripten/bind.h>
#include <emscripten/heap.h>

#include <new>

#include "graph/params.h"

namespace binding {

using emscripten::val;

inline std::string dump(const pg::Json& j) { return j.dump(-1, ' ', false, pg::Json::error_handler_t::replace); }

/// Throws a JavaScript Error with code, path, rule and value. No C++ exception leaves this file.
[[noreturn]] inline void throw_js(const pg::Error& e) {
  const pg::Issue& i = e.issue;
  val error = val::global("Error").new_(i.message);
  error.set("name", "PlaygradError");
  error.set("code", i.code);
  error.set("path", i.path);
  error.set("rule", i.rule);
  error.set("value", i.value);
  error.set("errors", dump(pg::to_json(e.all)));
  error.throw_();
}

/// What the exception in flight says. One function, not a part of guard: it would be in every binding again.
[[gnu::noinline]] inline pg::Error caught() {
  try {
    throw;
  } catch (const pg::Error& e) {
    return e;
  } catch (const std::bad_alloc&) {
    return {pg::make_issue("out_of_memory", "engine", "given more memory", "")};
  } catch (const std::exception& e) {
    return {pg::make_issue("internal", "engine", "free of faults", e.what())};
  }
}

/// The error leaves from outside the catch block, so that nothing of C++ is still in flight when JavaScript unwinds.
template <class F>
auto guard(F f) -> decltype(f()) {
  pg::Error error;
  try {
    return f();
  } catch (...) {
    error = caught();
  }
  throw_js(error);
}

inline pg::Json parse(const std::string& text, const char* path) {
  pg::Json j = text.empty() ? pg::Json::object() : pg::parse_json(text);
  if (j.is_discarded()) pg::fail("bad_json", path, pg::kJsonRule, text.substr(0, 80));
  return j;
}

template <class T>
val copy(const char* type, const T* data, size_t n) {
  return val::global(type).new_(val(emscripten::typed_memory_view(n, data)));
}

inline std::vector<uint8_t> bytes_of(const val& array) { return emscripten::convertJSArrayToNumberVector<uint8_t>(array); }

inline val tensor(const std::vector<int64_t>& dims, val data) {
  val out = val::object(), shape = val::array();
  for (int64_t d : dims) shape.call<void>("push", static_cast<double>(d));
  out.set("shape", shape);
  out.set("data", data);
  return out;
}

inline double memory_bytes() { return static_cast<double>(emscripten_get_heap_size()); }

}  // namespace binding

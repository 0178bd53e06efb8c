// JSON lives at the borders only (specs in, answers out), never inside a step.
#pragma once
#include <stdexcept>
#include <string_view>

namespace pg {
/// A JSON value was taken for a type it does not have: a fault of ours, since what comes from outside is checked first.
/// nlohmann's own exceptions would put the words for it beside every access: 2 KB (gzip) of the download.
[[noreturn, gnu::noinline]] inline void json_misuse() { throw std::logic_error("JSON of another type than asked for"); }
}  // namespace pg
#define JSON_THROW_USER(exception) ::pg::json_misuse()
#include <nlohmann/json.hpp>

namespace pg {
using Json = nlohmann::ordered_json;

/// What a text may not exceed. Copying and writing a value call themselves at every level, on a small stack in WebAssembly; and an
/// object's keys stand in a list, so that finding one takes as long as there are keys.
inline constexpr int kMaxJsonDepth = 64, kMaxJsonKeys = 16384;
inline constexpr const char* kJsonRule = "JSON, at most 64 levels deep and with at most 16384 keys an object";

class JsonBuilder : public nlohmann::detail::json_sax_dom_parser<Json> {
 public:
  explicit JsonBuilder(Json& value) : json_sax_dom_parser(value, false) {}
  bool start_object(size_t n) { return open() && json_sax_dom_parser::start_object(n); }
  bool start_array(size_t n) { return open() && json_sax_dom_parser::start_array(n); }
  bool key(string_t& k) { return ++keys_[depth_] <= kMaxJsonKeys && json_sax_dom_parser::key(k); }
  bool end_object() { return --depth_, json_sax_dom_parser::end_object(); }
  bool end_array() { return --depth_, json_sax_dom_parser::end_array(); }

 private:
  bool open() {
    if (depth_ == kMaxJsonDepth) return false;
    keys_[++depth_] = 0;
    return true;
  }
  int depth_ = 0, keys_[kMaxJsonDepth + 1];
};

/// A discarded value (is_discarded()) where the text is not JSON, or more of it than fits the limits above. Instead of Json::parse,
/// whose parser for callbacks would be another 3 KB (gzip) for every reader to download.
inline Json parse_json(std::string_view text) {
  Json value;
  JsonBuilder builder(value);
  if (!Json::sax_parse(text, &builder)) return Json(Json::value_t::discarded);
  return value;
}
}

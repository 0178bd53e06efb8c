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

/// A discarded value (is_discarded()) where the text is not JSON. Instead of Json::parse, whose parser for callbacks
/// would be another 3 KB (gzip) for every reader to download.
inline Json parse_json(std::string_view text) {
  Json value;
  nlohmann::detail::json_sax_dom_parser<Json> builder(value, false);
  if (!Json::sax_parse(text, &builder)) return Json(Json::value_t::discarded);
  return value;
}
}

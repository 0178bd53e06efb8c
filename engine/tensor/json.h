// JSON lives at the borders only (specs in, answers out), never inside a step.
#pragma once
#include <string_view>

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

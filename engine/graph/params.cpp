#include "graph/params.h"

#include <algorithm>
#include <cmath>

namespace pg {

namespace {

constexpr size_t kShownLength = 80;

std::string number_text(double v) { return Json(v == std::floor(v) && std::fabs(v) < 1e15 ? Json(static_cast<int64_t>(v)) : Json(v)).dump(); }

std::string range_rule(const ParamDef& d, const char* noun) {
  const bool lo = std::isfinite(d.min), hi = std::isfinite(d.max);
  std::string s = noun;
  if (lo && hi) return s + " from " + number_text(d.min) + " to " + number_text(d.max);
  if (lo) return s + " of at least " + number_text(d.min);
  if (hi) return s + " of at most " + number_text(d.max);
  return s;
}

std::string rule_of(const ParamDef& d) {
  switch (d.kind) {
    case Kind::real: return range_rule(d, "a finite number");
    case Kind::integer: return range_rule(d, "an integer");
    case Kind::boolean: return "true or false";
    case Kind::choice: return std::string("one of ") + d.choices;
    case Kind::choices: return std::string("a list of distinct names out of ") + d.choices + (d.min >= 1 ? ", at least one" : "");
    case Kind::integers:
    case Kind::reals: {
      const std::string list = "a list of " + std::to_string(d.min_length) + " to " + std::to_string(d.max_length) + " items, each ";
      if (d.kind == Kind::reals) return list + range_rule(d, "a finite number");
      return (*d.words ? std::string("one of ") + d.words + ", or " : "") + list + range_rule(d, "an integer") + ", or one such integer";
    }
    case Kind::text: return "a text of at most " + std::to_string(d.max_length) + " bytes";
    case Kind::names: return "a list of at most " + std::to_string(d.max_length) + " names, each one of " + d.choices + " or empty";
  }
  return "";
}

/// Whether `s` is one of "a|b|c".
bool listed(const char* list, const std::string& s) {
  const auto names = split(list, '|');
  return std::find(names.begin(), names.end(), s) != names.end();
}

ParamValue default_of(const ParamDef& d) {
  switch (d.kind) {
    case Kind::choice:
    case Kind::text: return std::string(d.text);
    case Kind::choices:
    case Kind::names: return split(d.text, '|');
    case Kind::integers:
    case Kind::reals: {
      if (*d.words && listed(d.words, d.text)) return std::string(d.text);
      std::vector<double> v;
      for (const std::string& s : split(d.text, '|')) v.push_back(std::stod(s));
      return v;
    }
    default: return d.def;
  }
}

Json value_json(const ParamDef& d, const ParamValue& v) {
  switch (d.kind) {
    case Kind::boolean: return std::get<double>(v) != 0;
    case Kind::integer: return static_cast<int64_t>(std::get<double>(v));
    case Kind::real: return std::get<double>(v);
    case Kind::integers: {
      if (const std::string* word = std::get_if<std::string>(&v)) return *word;
      Json out = Json::array();
      for (double x : std::get<std::vector<double>>(v)) out.push_back(static_cast<int64_t>(x));
      return out;
    }
    case Kind::reals: return std::get<std::vector<double>>(v);
    case Kind::choices:
    case Kind::names: return std::get<std::vector<std::string>>(v);
    default: return std::get<std::string>(v);
  }
}


/// Clamps into the range and rounds integers; tells whether that changed anything.
double legal(const ParamDef& d, double x, bool whole, bool& changed) {
  double y = x;
  if (whole) y = std::floor(y + 0.5);
  y = std::min(std::max(y, d.min), d.max);
  changed = y != x;
  return y;
}

/// Cuts at a boundary of UTF-8.
std::string cut(const std::string& s, size_t bytes) {
  if (s.size() <= bytes) return s;
  while (bytes > 0 && (static_cast<unsigned char>(s[bytes]) & 0xC0) == 0x80) --bytes;
  return s.substr(0, bytes);
}

/// The value for a row, from JSON. A mistake adds an Issue and the nearest legal value comes back.
ParamValue accept(const ParamDef& d, const Json& given, const ParamValue& fallback, const std::string& path,
                  std::vector<Issue>& issues) {
  ParamValue result = fallback;
  std::string code;
  switch (d.kind) {
    case Kind::real:
    case Kind::integer: {
      if (!given.is_number() || !std::isfinite(given.get<double>())) {
        code = "wrong_type";
        break;
      }
      bool changed = false;
      result = legal(d, given.get<double>(), d.kind == Kind::integer, changed);
      if (changed) code = "out_of_range";
      break;
    }
    case Kind::boolean:
      if (given.is_boolean()) result = given.get<bool>() ? 1.0 : 0.0;
      else code = "wrong_type";
      break;
    case Kind::choice:
      if (!given.is_string()) code = "wrong_type";
      else if (!listed(d.choices, given.get<std::string>())) code = "unknown_choice";
      else result = given.get<std::string>();
      break;
    case Kind::choices: {
      if (!given.is_array()) {
        code = "wrong_type";
        break;
      }
      std::vector<std::string> kept;
      // Kept in the table's order, so that one set has one spelling.
      for (const std::string& name : split(d.choices, '|'))
        for (const Json& g : given)
          if (g.is_string() && g.get<std::string>() == name) {
            kept.push_back(name);
            break;
          }
      if (kept.size() != given.size()) code = "unknown_choice";
      if (static_cast<double>(kept.size()) < d.min) code = "out_of_range";
      else result = kept;
      break;
    }
    case Kind::names: {
      if (!given.is_array()) {
        code = "wrong_type";
        break;
      }
      std::vector<std::string> kept;
      for (const Json& g : given) {
        std::string name = g.is_string() ? g.get<std::string>() : "?";
        if (!name.empty() && !listed(d.choices, name)) {
          code = "unknown_choice";
          name.clear();
        }
        if (static_cast<int>(kept.size()) < d.max_length) kept.push_back(std::move(name));
        else code = "out_of_range";
      }
      while (!kept.empty() && kept.back().empty()) kept.pop_back();  // one list has one spelling
      result = kept;
      break;
    }
    case Kind::integers:
    case Kind::reals: {
      if (*d.words && given.is_string()) {
        if (listed(d.words, given.get<std::string>())) result = given.get<std::string>();
        else code = "unknown_choice";
        break;
      }
      const Json list = d.kind == Kind::integers && given.is_number() ? Json::array({given}) : given;
      if (!list.is_array()) {
        code = "wrong_type";
        break;
      }
      std::vector<double> kept;
      for (const Json& g : list) {
        if (!g.is_number() || !std::isfinite(g.get<double>())) {
          code = "wrong_type";
          continue;
        }
        bool changed = false;
        const double x = legal(d, g.get<double>(), d.kind == Kind::integers, changed);
        if (changed) code = "out_of_range";
        if (static_cast<int>(kept.size()) < d.max_length) kept.push_back(x);
        else code = "out_of_range";
      }
      if (static_cast<int>(kept.size()) < d.min_length) code = "out_of_range";
      else result = kept;
      break;
    }
    case Kind::text:
      if (!given.is_string()) code = "wrong_type";
      else {
        const std::string s = given.get<std::string>();
        result = cut(s, static_cast<size_t>(d.max_length));
        if (s.size() > static_cast<size_t>(d.max_length)) code = "out_of_range";
      }
      break;
  }
  if (!code.empty()) {
    Issue issue = make_issue(code, path, rule_of(d), shown(given));
    issue.used = value_json(d, result).dump(-1, ' ', false, Json::error_handler_t::replace);
    issues.push_back(std::move(issue));
  }
  return result;
}

}  // namespace

std::vector<std::string> split(std::string_view s, char separator) {
  std::vector<std::string> out;
  if (s.empty()) return out;
  size_t begin = 0;
  while (true) {
    const size_t end = s.find(separator, begin);
    out.emplace_back(s.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return out;
    begin = end + 1;
  }
}

std::string shown(const Json& v) {
  std::string s = v.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (s.size() > kShownLength) s = cut(s, kShownLength) + "…";
  return s;
}

Issue make_issue(std::string code, std::string path, std::string rule, std::string value) {
  Issue i;
  i.message = path + " must be " + rule + (value.empty() ? "" : "; given: " + value);
  i.code = std::move(code);
  i.path = std::move(path);
  i.rule = std::move(rule);
  i.value = std::move(value);
  return i;
}

void fail(std::string code, std::string path, std::string rule, std::string value) {
  throw Error{make_issue(std::move(code), std::move(path), std::move(rule), std::move(value))};
}

Json to_json(const std::vector<Issue>& issues) {
  Json out = Json::array();
  for (const Issue& i : issues) {
    Json row = {{"code", i.code}, {"path", i.path}, {"rule", i.rule}, {"value", i.value}, {"message", i.message}};
    if (!i.used.empty()) row["used"] = parse_json(i.used);
    out.push_back(std::move(row));
  }
  return out;
}

Params::Params(ParamTable table) : table_(table) {
  values_.reserve(table.size());
  for (const ParamDef& d : table) values_.push_back(default_of(d));
}

std::vector<const ParamDef*> Params::merge(const Json& given, const std::string& path, std::vector<Issue>& issues) {
  std::vector<const ParamDef*> changed;
  if (!given.is_object()) {
    issues.push_back(make_issue("wrong_type", path.empty() ? "params" : path, "an object", shown(given)));
    return changed;
  }
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& [key, value] : given.items()) {
    size_t i = 0;
    while (i < table_.size() && key != table_[i].key) ++i;
    if (i == table_.size()) {
      std::string known;
      for (const ParamDef& d : table_) known += (known.empty() ? "" : "|") + std::string(d.key);
      issues.push_back(make_issue("unknown_key", prefix + cut(key, kShownLength), known.empty() ? "left out" : "one of " + known, shown(value)));
      continue;
    }
    ParamValue v = accept(table_[i], value, values_[i], prefix + key, issues);
    if (v != values_[i]) {
      values_[i] = std::move(v);
      changed.push_back(&table_[i]);
    }
  }
  return changed;
}

Params Params::read(ParamTable table, const Json& given, const std::string& path, std::vector<Issue>& issues) {
  Params p(table);
  p.merge(given, path, issues);
  if (given.is_object())
    for (const ParamDef& d : table)
      if (d.required && !given.contains(d.key)) issues.push_back(make_issue("missing", (path.empty() ? "" : path + ".") + d.key, rule_of(d), ""));
  return p;
}

size_t Params::at(std::string_view key) const {
  for (size_t i = 0; i < table_.size(); ++i)
    if (key == table_[i].key) return i;
  fail("unknown_key", std::string(key), "a key of the parameter table", "");
}

bool Params::has(std::string_view key) const {
  for (const ParamDef& d : table_)
    if (key == d.key) return true;
  return false;
}

double Params::number(std::string_view key) const { return std::get<double>(values_[at(key)]); }
const std::string& Params::text(std::string_view key) const { return std::get<std::string>(values_[at(key)]); }
const std::vector<std::string>& Params::choices(std::string_view key) const {
  return std::get<std::vector<std::string>>(values_[at(key)]);
}
bool Params::has_choice(std::string_view key, std::string_view choice) const {
  const auto& c = choices(key);
  return std::find(c.begin(), c.end(), choice) != c.end();
}
std::vector<int> Params::integers(std::string_view key) const {
  std::vector<int> out;
  if (const auto* list = std::get_if<std::vector<double>>(&values_[at(key)]))
    for (double v : *list) out.push_back(static_cast<int>(v));
  return out;
}
bool Params::has_word(std::string_view key, std::string_view word) const {
  const std::string* given = std::get_if<std::string>(&values_[at(key)]);
  return given && *given == word;
}
const std::vector<double>& Params::reals(std::string_view key) const { return std::get<std::vector<double>>(values_[at(key)]); }
void Params::set(std::string_view key, ParamValue v) { values_[at(key)] = std::move(v); }

Json Params::json() const {
  Json out = Json::object();
  for (size_t i = 0; i < table_.size(); ++i) out[table_[i].key] = value_json(table_[i], values_[i]);
  return out;
}

Json schema_row(const ParamDef& d) {
  static const char* kinds[] = {"real", "integer", "boolean", "choice", "choices", "integers", "reals", "text", "names"};
  Json row = {{"key", d.key}, {"kind", kinds[static_cast<int>(d.kind)]}, {"default", value_json(d, default_of(d))}};
  if (std::isfinite(d.min)) row["min"] = d.min;
  if (std::isfinite(d.max)) row["max"] = d.max;
  if (d.step > 0) row["step"] = d.step;
  if (d.kind == Kind::real || d.kind == Kind::integer) row["scale"] = d.scale == Scale::log ? "log" : "linear";
  if (*d.choices) row["choices"] = split(d.choices, '|');
  if (*d.words) row["words"] = split(d.words, '|');
  if (*d.like) row["like"] = d.like;
  if (*d.per) row["per"] = d.per;
  if (d.kind == Kind::integers || d.kind == Kind::reals || d.kind == Kind::text || d.kind == Kind::names) {
    row["min_length"] = d.min_length;
    row["max_length"] = d.max_length;
  }
  row["unit"] = d.unit;
  row["apply"] = d.apply == Apply::live ? "live" : "rebuild";
  row["group"] = d.group;
  row["more"] = d.more;
  row["when"] = d.when;
  if (d.required) row["required"] = true;
  return row;
}

Json schema_rows(ParamTable table) {
  Json rows = Json::array();
  for (const ParamDef& d : table) rows.push_back(schema_row(d));
  return rows;
}

}  // namespace pg

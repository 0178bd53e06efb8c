// The parameter table (house rule R2): every hyperparameter of a lab, a layer, a loss or an optimizer is declared once,
// here in C++, as a row. Validation, sliders, URL, reference page, TypeScript types and tests are read off the rows.
#pragma once
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tensor/json.h"

namespace pg {

enum class Kind : uint8_t { real, integer, boolean, choice, choices, integers, reals, text, names };
enum class Scale : uint8_t { linear, log };
/// Whether a change acts on the running model or needs a new one.
enum class Apply : uint8_t { live, rebuild };

struct ParamDef {
  const char* key = "";
  Kind kind = Kind::real;
  double def = 0;                 // real, integer, boolean (0 or 1)
  double min = -std::numeric_limits<double>::infinity();  // inclusive; of each element for `integers`; of the count for `choices`
  double max = std::numeric_limits<double>::infinity();   // inclusive
  double step = 0;                // slider's step; 0: chosen by the slider
  Scale scale = Scale::linear;
  const char* unit = "";
  Apply apply = Apply::rebuild;
  const char* group = "";         // task | data | model | training | fine_tuning | decoding
  bool more = false;              // folded under "more"
  const char* choices = "";       // "sgd|adam"; of `names`: of each entry
  const char* text = "";          // default of choice, choices ("x1|x2"), names, integers ("8|8"), reals ("0.9|0.999") and text
  int min_length = 0;             // of `integers`, `reals`, `names` and `text` (bytes of UTF-8)
  int max_length = 0;
  const char* when = "";          // shown only if: "optimizer=sgd&task!=digits"; `|` between values
  bool required = false;          // in specs: no default
  const char* words = "";         // of `integers`: words allowed instead of numbers ("same|valid")
  const char* like = "";          // of `names`: the choice that an empty or missing entry stands for, and whose texts the entries have
  const char* per = "";           // of `names`: the list that it has an entry for each of
};

using ParamTable = std::span<const ParamDef>;
using ParamValue = std::variant<double, std::string, std::vector<double>, std::vector<std::string>>;

/// One mistake in a spec or a parameter. `used` is what a lenient reader took instead.
struct Issue {
  std::string code;     // wrong_type, out_of_range, unknown_choice, unknown_key, missing, unknown_type, bad_shape, …
  std::string path;     // "layers[2].out_features"
  std::string rule;     // "an integer from 1 to 4096"
  std::string value;    // what was given, as JSON, cut at 80 characters
  std::string message;  // one sentence
  std::string used;     // JSON; empty where nothing can be used instead
};
Json to_json(const std::vector<Issue>& issues);

/// What JavaScript receives as an Error with code, path, rule and value.
struct Error {
  Issue issue;
  std::vector<Issue> all = {};  // where several were found together, all of them
};
[[noreturn]] void fail(std::string code, std::string path, std::string rule, std::string value);
Issue make_issue(std::string code, std::string path, std::string rule, std::string value);
/// JSON text of a value, shortened for messages.
std::string shown(const Json& v);

std::vector<std::string> split(std::string_view s, char separator);

/// Values for a table; every row has one.
class Params {
 public:
  Params() = default;
  explicit Params(ParamTable table);  // defaults

  /// Takes `given` (an object) over the defaults. Every mistake becomes an Issue; its nearest legal value is used.
  static Params read(ParamTable table, const Json& given, const std::string& path, std::vector<Issue>& issues);
  /// Merges a partial object into these values, same rules. Returns keys that changed.
  std::vector<const ParamDef*> merge(const Json& given, const std::string& path, std::vector<Issue>& issues);

  double number(std::string_view key) const;
  int integer(std::string_view key) const { return static_cast<int>(number(key)); }
  bool flag(std::string_view key) const { return number(key) != 0; }
  const std::string& text(std::string_view key) const;
  bool is(std::string_view key, std::string_view choice) const { return text(key) == choice; }
  /// Empty where a word stands instead. One integer given for a list is a list of one.
  std::vector<int> integers(std::string_view key) const;
  bool has_word(std::string_view key, std::string_view word) const;
  const std::vector<double>& reals(std::string_view key) const;
  const std::vector<std::string>& choices(std::string_view key) const;
  bool has_choice(std::string_view key, std::string_view choice) const;
  void set(std::string_view key, ParamValue v);
  bool has(std::string_view key) const;

  ParamTable table() const { return table_; }
  Json json() const;

 private:
  size_t at(std::string_view key) const;
  ParamTable table_;
  std::vector<ParamValue> values_;
};

/// The row as schema JSON.
Json schema_row(const ParamDef& d);
Json schema_rows(ParamTable table);

}  // namespace pg

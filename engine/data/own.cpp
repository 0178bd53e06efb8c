#include "data/own.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "graph/params.h"
#include "tensor/rng.h"

namespace pg::data {

namespace {

constexpr size_t kPrefix = 8;
constexpr int kMaxWidth = 4096;
constexpr int64_t kMaxValues = int64_t{1} << 22;

void expect(bool holds, const char* rule) {
  if (!holds) fail("bad_asset", "own", rule, "other bytes");
}

bool texts(const Json& list) {
  return list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& s) { return s.is_string(); });
}

}  // namespace

Own parse_own(const uint8_t* bytes, size_t size) {
  Own d;
  uint32_t length = 0;
  expect(size >= kPrefix && std::memcmp(bytes, "PGO1", 4) == 0, "a pack that begins with PGO1");
  std::memcpy(&length, bytes + 4, sizeof length);
  expect(length <= size - kPrefix, "a pack as long as its header");
  d.header = parse_json({reinterpret_cast<const char*>(bytes) + kPrefix, length});
  Json& h = d.header;
  expect(h.is_object() && texts(h["features"]) && texts(h["classes"]) && h["target"].is_string(), "a header with features, classes and target");
  std::vector<Issue> issues;
  constexpr ParamDef kSizes[] = {
      {.key = "n", .kind = Kind::integer, .min = 2, .max = kMaxOwnRows, .required = true},
      {.key = "shape", .kind = Kind::integers, .min = 1, .max = kMaxWidth, .min_length = 1, .max_length = 2, .required = true},
  };
  const Params p = Params::read(kSizes, {{"n", h["n"]}, {"shape", h["shape"]}}, "own", issues);
  if (!issues.empty()) fail("bad_asset", "own", issues[0].message, issues[0].value);
  const std::vector<int> shape = p.integers("shape");
  d.n = p.integer("n");
  d.width = shape[0];
  if (shape.size() == 2) {
    d.rows = shape[0];
    d.cols = shape[1];
    d.width *= d.cols;
  }
  expect(d.rows > 0 ? h["features"].empty() && d.classes() > 0 : static_cast<int>(h["features"].size()) == d.width, "a name for each column, classes for pictures");
  expect(d.classes() != 1 && d.classes() <= kMaxOwnClasses, "2 to 10 classes, or none");
  const int64_t count = static_cast<int64_t>(d.n) * d.width;
  expect(d.width <= kMaxWidth && count <= kMaxValues, "at most 4194304 values");
  const size_t from = kPrefix + length;
  expect(size - from == sizeof(float) * static_cast<size_t>(count + d.n), "as many numbers as the header says");
  d.values.resize(static_cast<size_t>(count));
  d.targets.resize(static_cast<size_t>(d.n));
  std::memcpy(d.values.data(), bytes + from, sizeof(float) * d.values.size());
  std::memcpy(d.targets.data(), bytes + from + sizeof(float) * d.values.size(), sizeof(float) * d.targets.size());
  const bool picture = d.rows > 0;
  for (float v : d.values) expect(picture ? v >= 0 && v <= 1 : std::isfinite(v), "finite numbers, in a picture from 0 to 1");
  for (float t : d.targets) expect(d.classes() ? t >= 0 && t < static_cast<float>(d.classes()) && t == std::floor(t) : std::isfinite(t), "targets that are numbers, or of its classes");
  return d;
}

void Own::split(double train_fraction, uint64_t seed) {
  std::vector<int> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  Rng(seed, Stream::split).shuffle(order.data(), static_cast<uint32_t>(n));
  n_train = std::clamp(static_cast<int>(n * train_fraction + 0.5), 1, n - 1);
  Json means = Json::array(), divisors = Json::array();
  const auto column = [&](std::vector<float>& all, int stride, int at, double sd) {  // sd 0: as it is
    const auto value = [&](int i) -> float& { return all[static_cast<size_t>(i) * static_cast<size_t>(stride) + static_cast<size_t>(at)]; };
    std::vector<float> sorted(order.size());
    for (size_t i = 0; i < order.size(); ++i) sorted[i] = value(order[i]);
    double mean = 0, spread = 0;
    for (int i = 0; i < n_train; ++i) mean += static_cast<double>(sorted[static_cast<size_t>(i)]) / n_train;
    for (int i = 0; i < n_train; ++i) spread += (static_cast<double>(sorted[static_cast<size_t>(i)]) - mean) * (static_cast<double>(sorted[static_cast<size_t>(i)]) - mean) / n_train;
    if (!(sd > 0)) mean = 0;
    const double divisor = sd > 0 && spread > 0 ? std::sqrt(spread) / sd : 1;  // what does not vary is only shifted
    for (size_t i = 0; i < order.size(); ++i) value(static_cast<int>(i)) = static_cast<float>((static_cast<double>(sorted[i]) - mean) / divisor);
    means.push_back(mean);
    divisors.push_back(divisor);
  };
  for (int c = 0; c < width; ++c) column(values, width, c, rows > 0 ? 0 : drawn() ? 2 : 1);
  column(targets, 1, 0, classes() > 0 ? 0 : 1);
  if (rows > 0) return;
  header["mean"] = means;
  header["sd"] = divisors;
}

}  // namespace pg::data

// What the tests of labs share: numbers read by name, bits compared, refusals taken.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "labs/lab.h"

namespace pg::testing_labs {

/// The sanitizers look at memory and cost ten times the time: what trains for long only to see how well trains less there.
#if defined(PLAYGRAD_SANITIZED)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

inline double metric(Lab& lab, const char* name) {
  const auto m = lab.metrics();
  for (size_t i = 0; i < m.size(); ++i)
    if (std::string_view(lab.def().metrics[i]) == name) return m[i];
  ADD_FAILURE() << name;
  return 0;
}

/// Same bits, NaN included.
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// Every parameter and buffer, in the graph's order.
inline std::vector<float> parameters(Lab& lab) {
  std::vector<float> all;
  const Json graph = lab.query("graph", {});
  for (const Json& row : graph) {
    if (row[1] != "parameter" && row[1] != "buffer") continue;
    const TensorOut t = lab.read("value", {{"name", row[0]}});
    all.insert(all.end(), t.values.begin(), t.values.end());
  }
  EXPECT_FALSE(all.empty());
  return all;
}

/// The Issue of something that must be refused.
inline Issue refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.issue;
  }
  ADD_FAILURE() << "taken";
  return {};
}

}  // namespace pg::testing_labs

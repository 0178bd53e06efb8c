// JSON lives at the borders only (specs in, answers out), never inside a step.
#pragma once
#include <nlohmann/json.hpp>

namespace pg {
using Json = nlohmann::ordered_json;
}

#include "data/digits.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "graph/params.h"

namespace pg::data {

namespace {

constexpr size_t kHeader = 20;
constexpr uint32_t kMaxPictures = 100000, kMaxSide = 256;

uint32_t u32(const uint8_t* p) {
  return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 | static_cast<uint32_t>(p[2]) << 16 | static_cast<uint32_t>(p[3]) << 24;
}

}  // namespace

Digits parse_digits(const uint8_t* bytes, size_t size, const char* asset) {
  const auto bad = [asset](const std::string& rule, const std::string& found) { fail("bad_asset", asset, rule, found); };
  const auto field = [&](int i, const char* name, uint32_t most) {
    const uint32_t v = u32(bytes + 4 + 4 * i);
    if (v < 1 || v > most) bad(std::string("a pack whose ") + name + " is from 1 to " + std::to_string(most), std::to_string(v));
    return static_cast<int>(v);
  };
  if (size < kHeader) bad("a pack of at least " + std::to_string(kHeader) + " bytes", std::to_string(size) + " bytes");
  if (std::memcmp(bytes, "PGD1", 4) != 0) bad("a pack that begins with PGD1", "other bytes");
  Digits d;
  d.n_train = field(0, "n_train", kMaxPictures);
  d.n_test = field(1, "n_test", kMaxPictures);
  d.rows = field(2, "rows", kMaxSide);
  d.cols = field(3, "cols", kMaxSide);
  const size_t n = static_cast<size_t>(d.count());
  const uint64_t expected = kHeader + n + static_cast<uint64_t>(n) * static_cast<uint64_t>(d.picture());
  if (size != expected) bad("a pack of " + std::to_string(expected) + " bytes, as its header says", std::to_string(size) + " bytes");
  d.labels.assign(bytes + kHeader, bytes + kHeader + n);
  d.pixels.assign(bytes + kHeader + n, bytes + size);
  const auto wrong = std::find_if(d.labels.begin(), d.labels.end(), [](uint8_t l) { return l >= kDigitClasses; });
  if (wrong != d.labels.end())
    bad("a pack whose labels are from 0 to " + std::to_string(kDigitClasses - 1),
        std::to_string(*wrong) + " at " + std::to_string(wrong - d.labels.begin()));
  return d;
}

void Digits::values(int example, float* out) const {
  const size_t n = static_cast<size_t>(picture());
  const uint8_t* from = pixels.data() + static_cast<size_t>(example) * n;
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<float>(from[i]) * (1.0f / 255.0f);
}

}  // namespace pg::data

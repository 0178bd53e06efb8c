// What particles ask of the word before them.
#pragma once
#include <string_view>

namespace pg::data {

/// The last syllable of a word in Hangul has a final consonant.
inline bool ends_closed(std::string_view word) {
  const auto* p = reinterpret_cast<const unsigned char*>(word.data() + word.size() - 3);
  const unsigned code = (p[0] & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
  return (code - 0xAC00u) % 28 != 0;
}

}  // namespace pg::data

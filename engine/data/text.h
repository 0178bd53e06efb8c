// A text of the reader's own: any bytes, up to a megabyte, in pieces that can be kept apart for training and for testing.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace pg::data {

inline constexpr size_t kMostText = 1024 * 1024;  // bytes
inline constexpr size_t kLeastText = 200;         // characters

/// Lines; where they are long, sentences; where these are long, as much as fits. Throws Error "bad_asset" (path "own") with what is wrong with it.
std::vector<std::string> text_pieces(const uint8_t* bytes, size_t size);

struct TextParts {
  std::vector<std::string> train, test;
};
/// About a tenth of the pieces, chosen by the seed, is for testing; neither part is empty.
TextParts split_pieces(std::vector<std::string> pieces, uint64_t seed);

}  // namespace pg::data

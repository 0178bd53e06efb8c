#include "data/text.h"

#include "data/tokens.h"
#include "graph/params.h"
#include "tensor/rng.h"

namespace pg::data {
namespace {

/// Characters of a piece after which it ends with its sentence, with its word, in any case.
constexpr size_t kSentence = 60, kWord = 150, kLongest = 180;
constexpr double kTested = 0.1;

bool ends_sentence(std::string_view sign) {
  for (std::string_view mark : {".", "!", "?", "…", "。", "！", "？"})
    if (sign == mark) return true;
  return false;
}

}  // namespace

std::vector<std::string> text_pieces(const uint8_t* bytes, size_t size) {
  if (size > kMostText) fail("bad_asset", "own", "a text of at most " + std::to_string(kMostText) + " bytes", std::to_string(size) + " bytes");
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  std::vector<std::string> pieces;
  std::string piece, sign, before;
  SignKind kind;
  size_t length = 0, all = 0;
  bool spaced = false;
  const auto end = [&] {
    if (!piece.empty()) pieces.push_back(std::move(piece));
    piece.clear();
    length = 0;
    spaced = false;
  };
  for (size_t at = 0; take_sign(text, at, sign, kind);) {
    if (kind == SignKind::space) {
      if (sign == "\n" || sign == "\r" || (length >= kSentence && ends_sentence(before)) || length >= kWord) end();
      spaced = length > 0;
      continue;
    }
    if (length >= kLongest) end();
    if (spaced) piece += ' ';
    spaced = false;
    piece += sign;
    before = sign;
    ++length;
    ++all;
  }
  end();
  if (all < kLeastText) fail("bad_asset", "own", "a text of at least " + std::to_string(kLeastText) + " characters", std::to_string(all) + " characters");
  return pieces;
}

TextParts split_pieces(std::vector<std::string> pieces, uint64_t seed) {
  TextParts out;
  for (size_t i = 0; i < pieces.size(); ++i) (Rng(seed, Stream::split, static_cast<uint32_t>(i)).uniform() < kTested ? out.test : out.train).push_back(std::move(pieces[i]));
  const auto fill = [](std::vector<std::string>& empty, std::vector<std::string>& from) {
    if (!empty.empty()) return;
    empty.push_back(std::move(from.back()));
    from.pop_back();
  };
  fill(out.test, out.train);
  fill(out.train, out.test);
  return out;
}

}  // namespace pg::data

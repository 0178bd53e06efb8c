// Text to ids and back, with a vocabulary that is learned from a text: by words, by characters (syllables in Korean), or by byte-pair encoding (Sennrich et
// al. 2016), which begins with the characters and joins, again and again, the two neighbours that stand side by side most often.
//
// Whatever the text is, this ends: what is learned from is bounded, so are words, and the same text gives the same vocabulary everywhere.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pg::data {

enum class Tokenizer : uint8_t { word, character, bpe };

/// Ids that every vocabulary begins with: what fills up a batch, the end of a piece of text, what is not in the vocabulary, a gap to be filled.
inline constexpr int32_t kPadding = 0, kStop = 1, kUnknown = 2, kMask = 3, kFirstToken = 4;

/// A text longer than this teaches a byte-pair vocabulary with its beginning alone.
inline constexpr size_t kMostLearned = 256 * 1024;

class Vocabulary {
 public:
  Vocabulary() = default;
  /// Learns from pieces of text at most `size` tokens, the four above counted: the most frequent first, of equals the one whose text comes first.
  Vocabulary(const std::vector<std::string>& pieces, Tokenizer tokenizer, int size);

  int size() const { return static_cast<int>(texts_.size()); }
  /// What is written for each id. A space at a word's beginning is its own: byte pairs keep it.
  const std::vector<std::string>& texts() const { return texts_; }
  /// What is not in the vocabulary becomes kUnknown, and is added to `unknown` once.
  std::vector<int32_t> encode(std::string_view text, std::vector<std::string>* unknown = nullptr) const;

 private:
  struct Join {
    int32_t left, right;
    auto operator<=>(const Join&) const = default;
  };
  void learn_pairs(const std::vector<std::string>& pieces, size_t size);
  void encode_word(std::vector<int32_t>& ids) const;
  int32_t id_of(const std::string& text, std::vector<std::string>* unknown) const;

  Tokenizer tokenizer_ = Tokenizer::word;
  std::vector<std::string> texts_ = {"<pad>", "</s>", "<unk>", "<mask>"};
  std::unordered_map<std::string, int32_t> ids_;  // of words or characters
  std::map<Join, int32_t> joins_;                 // what two neighbours become; the smaller came first
};

}  // namespace pg::data

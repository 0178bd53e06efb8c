// Text to tokens, and tokens to vectors that know how a word is spelt. Nothing here depends on a locale or a library's
// tables, so a sentence gives the same numbers everywhere.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pg::data {

enum class Units { word, character };

struct Tokens {
  std::vector<std::string> tokens;  // UTF-8
  bool truncated = false;           // the text has more tokens than were asked for
  std::string rest;                 // the beginning of what was left out
};

/// At most `most` tokens of a text. Words: runs between white space; a punctuation mark or an emoji is a token of its own,
/// an apostrophe, hyphen, point or comma between two letters or digits is not ("don't", "3.14"). Characters: what a
/// reader takes for one, so that accents, joined emoji and Hangul written in jamo stay whole; white space is left out.
/// Bytes that are not UTF-8 become U+FFFD. Reads no further than it must.
Tokens tokenize(std::string_view text, Units units, size_t most);

enum class SignKind : uint8_t { space, mark, word };  // mark: punctuation or an emoji
/// Moves `at` behind the next sign, what a reader takes for one character; marks of direction and the like are passed over. False at the end.
bool take_sign(std::string_view text, size_t& at, std::string& sign, SignKind& kind);

/// The text with every byte that is not UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

/// The pieces of a token that its vector is made of, in lower case: of Hangul and other scripts that write syllables or
/// words in one sign every sign and every pair of neighbours, of other scripts pairs and triples with the word's ends
/// marked "‹" and "›"; and the whole word.
std::vector<std::string> ngrams(std::string_view token);

/// The vector of one n-gram, d independent standard normal numbers that depend on its letters alone.
void ngram_vector(std::string_view ngram, int d, double* out);

/// Sum of the n-grams' vectors, scaled so that the mean of the d squares is 1: words that share letters point the same
/// way. Returns the factor of the scaling.
double token_vector(std::string_view token, int d, float* out);

}  // namespace pg::data

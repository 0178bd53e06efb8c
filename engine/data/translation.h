// Pairs of Korean and English sentences made by a grammar of our own: subject, time, place, object, verb, tense, negation. Korean puts the verb last and marks
// what a word is by a particle behind it; English says it by the order. Both sides are made of one frame, so each sentence has
// one right translation in each direction.
//
// A Korean noun and its particle are two tokens ("사과", "-를"), as are the words of a verb ("먹지", "않았다"). Particles and "a" or "an" take the
// form that their neighbour asks for.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pg::data {

enum class Language : uint8_t { ko, en };

/// Ids that both vocabularies begin with.
inline constexpr int32_t kPad = 0, kBegin = 1, kEnd = 2;
/// Tokens of the longest sentence, without the marks of its beginning and end.
inline constexpr int kLongestSentence = 13;

/// What is written for each id, the marks included.
const std::vector<std::string>& vocabulary(Language language);

/// Ids without marks.
using Sentence = std::vector<int32_t>;
struct Pair {
  Sentence ko, en;
  const Sentence& of(Language l) const { return l == Language::ko ? ko : en; }
};

/// How many different pairs the grammar makes.
int64_t pairs_in_grammar();
/// One of them, 0 .. pairs_in_grammar() − 1; different numbers are different sentences in both languages.
Pair make_pair(int64_t number);

struct Corpus {
  std::vector<Pair> train, test;
};
/// That many different pairs, drawn by the seed; no sentence is in both parts. `train + test` must be at most half of all there are.
Corpus make_corpus(uint64_t seed, int train, int test);

/// A sentence as one writes it: particles on their nouns, a full stop, a capital letter in English.
std::string written(Language language, const Sentence& sentence);

struct Read {
  Sentence sentence;
  std::vector<std::string> unknown;  // words of the text that are in no vocabulary
};
/// What a reader wrote: capitals and the full stop do not matter, a Korean word may carry a particle, in the form that it should have or another.
Read read_sentence(Language language, std::string_view text);

}  // namespace pg::data

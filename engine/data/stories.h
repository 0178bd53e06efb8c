// Very short stories made by a grammar of our own, in Korean and in English: what somebody did, how they felt about it, what they did then. The end fits the beginning:
// who found a key is glad, who lost it is sad. So what a verb means can be learned from the text alone, and the small labelled task asks for it: did it go well?
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace pg::data {

struct Story {
  std::string text;  // one line, written as one writes it
  bool good = false;
};

/// How many different beginnings there are.
int64_t beginnings_in_grammar();
/// One of them, 0 .. beginnings_in_grammar() − 1, alone: a sentence that says what happened, not how it felt.
Story make_beginning(bool korean, int64_t number);

struct Stories {
  std::vector<Story> train, test;                    // whole
  std::vector<Story> labelled, labelled_test;        // beginnings alone; none of those tested begins a story of any other list
};
/// Drawn by the seed; no story of `test` is in `train`. Good and bad take turns in the labelled lists.
Stories make_stories(bool korean, uint64_t seed, int train, int test, int labelled, int labelled_test);

}  // namespace pg::data

#include "data/translation.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "data/korean.h"
#include "tensor/rng.h"

namespace pg::data {
namespace {

// Which nouns a verb can have for its object.
enum Kind : unsigned { food = 1, drink = 2, text = 4, thing = 8, person = 16, sight = 32 };

struct Noun {
  const char *ko, *en;
  unsigned kinds;
  bool counted;  // "a cup", but "water"
};
constexpr Noun kNouns[] = {
    {"사과", "apple", food, true},        {"빵", "bread", food, false},          {"밥", "rice", food, false},        {"달걀", "egg", food, true},
    {"물", "water", drink, false},        {"우유", "milk", drink, false},        {"커피", "coffee", drink, false},   {"책", "book", text | thing, true},
    {"편지", "letter", text | thing, true}, {"이야기", "story", text, true},     {"의자", "chair", thing, true},     {"가방", "bag", thing, true},
    {"모자", "hat", thing, true},         {"우산", "umbrella", thing, true},     {"그림", "picture", thing | sight, true}, {"영화", "movie", sight, true},
    {"학생", "student", person, true},    {"선생님", "teacher", person, true},   {"의사", "doctor", person, true},   {"아이", "child", person, true},
    {"친구", "friend", person, true},     {"배우", "actor", person, true},
};

struct Pronoun {
  const char *ko, *en;
  bool third;  // he eats
};
constexpr Pronoun kPronouns[] = {{"나", "i", false}, {"너", "you", false}, {"우리", "we", false}, {"그", "he", true}, {"그녀", "she", true}, {"그들", "they", false}};

// 그 and 우리 are pronouns too: what they mean is told by what follows.
struct Word {
  const char *ko, *en;
};
constexpr Word kOwners[] = {{"이", "this"}, {"그", "that"}, {"내", "my"}, {"네", "your"}, {"우리", "our"}};
constexpr Word kAdjectives[] = {{"작은", "small"}, {"큰", "big"}, {"새", "new"}, {"오래된", "old"}, {"빨간", "red"}, {"좋은", "good"}};
constexpr unsigned kDescribed = thing;  // what has size, age and colour: "새 물" would be odd
constexpr Word kPlaces[] = {{"집", "home"}, {"학교", "school"}, {"공항", "the airport"}, {"시장", "the market"}};

struct Verb {
  unsigned objects;
  const char *present, *past, *coming, *before_not;  // 먹는다, 먹었다, 먹을 (것이다), 먹지 (않는다)
  const char *plain, *third, *english_past;
};
constexpr Verb kVerbs[] = {
    {food, "먹는다", "먹었다", "먹을", "먹지", "eat", "eats", "ate"},
    {drink, "마신다", "마셨다", "마실", "마시지", "drink", "drinks", "drank"},
    {text | food, "받는다", "받았다", "받을", "받지", "receive", "receives", "received"},  // "read" would be its own past
    {text, "쓴다", "썼다", "쓸", "쓰지", "write", "writes", "wrote"},
    {food | drink | thing, "산다", "샀다", "살", "사지", "buy", "buys", "bought"},
    {food | drink | thing, "판다", "팔았다", "팔", "팔지", "sell", "sells", "sold"},
    {thing | person, "찾는다", "찾았다", "찾을", "찾지", "find", "finds", "found"},
    {sight | person, "본다", "봤다", "볼", "보지", "see", "sees", "saw"},
    {food | thing, "만든다", "만들었다", "만들", "만들지", "make", "makes", "made"},
    {person, "만난다", "만났다", "만날", "만나지", "meet", "meets", "met"},
    {person, "돕는다", "도왔다", "도울", "돕지", "help", "helps", "helped"},
};

enum Tense : uint8_t { present, past, future };
constexpr Word kTimes[] = {{"지금", "now"}, {"어제", "yesterday"}, {"내일", "tomorrow"}};  // of each tense

constexpr int kPronounCount = std::size(kPronouns), kOwnerCount = std::size(kOwners), kAdjectiveCount = std::size(kAdjectives), kPlaceCount = std::size(kPlaces);

/// A subject, one number each: the pronouns, and every person with every owner.
struct Subject {
  int pronoun, noun, owner;  // pronoun −1: a noun
};
/// A verb with an object that suits it, one number each.
struct Deed {
  int verb, noun, owner, adjective;  // owner, adjective −1: none
};

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = [] {
    std::vector<Subject> s;
    for (int p = 0; p < kPronounCount; ++p) s.push_back({p, -1, -1});
    for (int n = 0; n < static_cast<int>(std::size(kNouns)); ++n)
      for (int o = 0; kNouns[n].kinds & person && o < kOwnerCount; ++o) s.push_back({-1, n, o});
    return s;
  }();
  return all;
}

const std::vector<Deed>& deeds() {
  static const std::vector<Deed> all = [] {
    std::vector<Deed> d;
    for (int v = 0; v < static_cast<int>(std::size(kVerbs)); ++v)
      for (int n = 0; n < static_cast<int>(std::size(kNouns)); ++n) {
        if (!(kVerbs[v].objects & kNouns[n].kinds)) continue;
        for (int o = -1; o < kOwnerCount; ++o) {
          if (o < 0 && kNouns[n].kinds & person) continue;  // a person is somebody's, or this one
          for (int a = -1; a < (kNouns[n].kinds & kDescribed ? kAdjectiveCount : 0); ++a) d.push_back({v, n, o, a});
        }
      }
    return d;
  }();
  return all;
}

constexpr int kMoods = 3 * 2 * 2 * (kPlaceCount + 1);  // tense, negation, with a word for the time, place

bool begins_with_vowel(std::string_view word) { return std::string_view("aeiou").find(word[0]) != std::string_view::npos; }

// Particles, each in the form behind a consonant and behind a vowel.
constexpr std::array<const char*, 2> kTopic = {"-은", "-는"}, kObject = {"-을", "-를"};
constexpr const char* kAt = "-에서";

using Words = std::vector<std::string>;

Words korean(const Subject& s, const Deed& d, int tense, bool negative, bool time, int place) {
  Words w;
  const auto marked = [&](const char* noun, const std::array<const char*, 2>& forms) {
    w.push_back(noun);
    w.push_back(forms[ends_closed(noun) ? 0 : 1]);
  };
  if (s.pronoun >= 0) {
    marked(kPronouns[s.pronoun].ko, kTopic);
  } else {
    w.push_back(kOwners[s.owner].ko);
    marked(kNouns[s.noun].ko, kTopic);
  }
  if (time) w.push_back(kTimes[tense].ko);
  if (place >= 0) {
    w.push_back(kPlaces[place].ko);
    w.push_back(kAt);
  }
  if (d.owner >= 0) w.push_back(kOwners[d.owner].ko);
  if (d.adjective >= 0) w.push_back(kAdjectives[d.adjective].ko);
  marked(kNouns[d.noun].ko, kObject);
  const Verb& v = kVerbs[d.verb];
  if (negative) w.push_back(v.before_not);
  if (tense == future) {
    w.push_back(negative ? "않을" : v.coming);
    w.push_back("것이다");
  } else if (negative) {
    w.push_back(tense == past ? "않았다" : "않는다");
  } else {
    w.push_back(tense == past ? v.past : v.present);
  }
  return w;
}

Words english(const Subject& s, const Deed& d, int tense, bool negative, bool time, int place) {
  Words w;
  const bool third = s.pronoun < 0 || kPronouns[s.pronoun].third;
  if (s.pronoun >= 0) {
    w.push_back(kPronouns[s.pronoun].en);
  } else {
    w.push_back(kOwners[s.owner].en);
    w.push_back(kNouns[s.noun].en);
  }
  const Verb& v = kVerbs[d.verb];
  if (tense == future) w.push_back("will");
  else if (negative) w.push_back(tense == past ? "did" : third ? "does" : "do");
  if (negative) w.push_back("not");
  w.push_back(negative || tense == future ? v.plain : tense == past ? v.english_past : third ? v.third : v.plain);
  const Noun& n = kNouns[d.noun];
  const char* first = d.adjective >= 0 ? kAdjectives[d.adjective].en : n.en;
  if (d.owner >= 0) w.push_back(kOwners[d.owner].en);
  else if (n.counted) w.push_back(begins_with_vowel(first) ? "an" : "a");
  if (d.adjective >= 0) w.push_back(kAdjectives[d.adjective].en);
  w.push_back(n.en);
  if (place >= 0) {
    w.push_back("at");
    std::string_view where = kPlaces[place].en;
    if (where.starts_with("the ")) {
      w.push_back("the");
      where.remove_prefix(4);
    }
    w.emplace_back(where);
  }
  if (time) w.push_back(kTimes[tense].en);
  return w;
}

/// The words of a pair by its number.
struct Both {
  Words ko, en;
};
Both words_of(int64_t number) {
  const auto take = [&](int64_t n) {
    const int at = static_cast<int>(number % n);
    number /= n;
    return at;
  };
  const Subject& s = subjects()[static_cast<size_t>(take(static_cast<int64_t>(subjects().size())))];
  const Deed& d = deeds()[static_cast<size_t>(take(static_cast<int64_t>(deeds().size())))];
  const int tense = take(3);
  const bool negative = take(2) != 0, time = take(2) != 0;
  const int place = take(kPlaceCount + 1) - 1;
  return {korean(s, d, tense, negative, time, place), english(s, d, tense, negative, time, place)};
}

/// Every word of the grammar in the order of its tables.
struct Lexicon {
  std::vector<std::string> words = {"<pad>", "<s>", "</s>"};
  std::map<std::string, int32_t, std::less<>> ids;

  void add(std::string_view word) {
    if (ids.emplace(word, static_cast<int32_t>(words.size())).second) words.emplace_back(word);
  }
  int32_t id(std::string_view word) const {
    const auto at = ids.find(word);
    return at == ids.end() ? -1 : at->second;
  }
  Sentence sentence(const Words& w) const {
    Sentence s;
    for (const std::string& word : w) s.push_back(id(word));
    return s;
  }
};

const Lexicon& lexicon(Language language) {
  static const auto all = [] {
    std::array<Lexicon, 2> l;
    const auto both = [&](std::string_view ko, std::string_view en) {
      l[0].add(ko);
      l[1].add(en);
    };
    for (const Pronoun& p : kPronouns) both(p.ko, p.en);
    for (const Word& w : kOwners) both(w.ko, w.en);
    for (const Noun& n : kNouns) both(n.ko, n.en);
    for (const Word& w : kAdjectives) both(w.ko, w.en);
    for (const Verb& v : kVerbs) {
      for (const char* word : {v.present, v.past, v.coming, v.before_not}) l[0].add(word);
      for (const char* word : {v.plain, v.third, v.english_past}) l[1].add(word);
    }
    for (const Word& w : kTimes) both(w.ko, w.en);
    for (const Word& w : kPlaces) both(w.ko, std::string_view(w.en).substr(std::string_view(w.en).rfind(' ') + 1));
    for (const char* word : {"않는다", "않았다", "않을", "것이다", kTopic[0], kTopic[1], kObject[0], kObject[1], kAt}) l[0].add(word);
    for (const char* word : {"will", "do", "does", "did", "not", "a", "an", "the", "at"}) l[1].add(word);
    return l;
  }();
  return all[static_cast<size_t>(language)];
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_mark(char c) { return c == '.' || c == '!' || c == '?' || c == ','; }

/// Words of a text in lower case, without the marks at their ends.
Words split_words(std::string_view text) {
  Words words;
  std::string word;
  const auto end = [&] {
    while (!word.empty() && is_mark(word.back())) word.pop_back();
    if (!word.empty()) words.push_back(word);
    word.clear();
  };
  for (char c : text) {
    if (is_space(c)) end();
    else word.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  end();
  return words;
}

}  // namespace

const std::vector<std::string>& vocabulary(Language language) { return lexicon(language).words; }

int64_t pairs_in_grammar() { return static_cast<int64_t>(subjects().size()) * static_cast<int64_t>(deeds().size()) * kMoods; }

Pair make_pair(int64_t number) {
  const Both both = words_of(number);
  return {lexicon(Language::ko).sentence(both.ko), lexicon(Language::en).sentence(both.en)};
}

Corpus make_corpus(uint64_t seed, int train, int test) {
  Rng rng(seed, Stream::text);
  std::set<int64_t> taken;
  Corpus c;
  const auto draw = [&](std::vector<Pair>& to, int n) {
    const uint32_t all = static_cast<uint32_t>(subjects().size());
    while (static_cast<int>(to.size()) < n) {
      // Every second sentence is about a pronoun, though there are many more persons.
      const int64_t subject = rng.below(rng.below(2) ? kPronounCount : all);
      const int64_t number = subject + all * static_cast<int64_t>(rng.below(static_cast<uint32_t>(pairs_in_grammar() / all)));
      if (taken.insert(number).second) to.push_back(make_pair(number));
    }
  };
  draw(c.test, test);  // first: another size of the corpus is measured on the same sentences
  draw(c.train, train);
  return c;
}

std::string written(Language language, const Sentence& sentence) {
  const std::vector<std::string>& words = vocabulary(language);
  std::string text;
  for (int32_t id : sentence) {
    std::string_view word = words[static_cast<size_t>(id)];
    const bool particle = word[0] == '-';
    if (particle) word.remove_prefix(1);
    if (!text.empty() && !particle) text.push_back(' ');
    text += language == Language::en && word == "i" ? "I" : word;
  }
  if (text.empty()) return text;
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  text.push_back('.');
  return text;
}

Read read_sentence(Language language, std::string_view given) {
  const Lexicon& l = lexicon(language);
  Read r;
  for (const std::string& word : split_words(given)) {
    if (const int32_t id = l.id(word); id > kEnd && word[0] != '-') {
      r.sentence.push_back(id);
      continue;
    }
    bool known = false;
    for (const auto* forms : {&kTopic, &kObject})
      for (const char* form : *forms) {
        const std::string_view ending = form + 1;
        if (known || language != Language::ko || word.size() <= ending.size() || !word.ends_with(ending)) continue;
        const std::string_view stem = std::string_view(word).substr(0, word.size() - ending.size());
        const int32_t id = l.id(stem);
        if (id <= kEnd) continue;
        r.sentence.push_back(id);
        r.sentence.push_back(l.id((*forms)[ends_closed(stem) ? 0 : 1]));
        known = true;
      }
    if (const std::string_view ending = kAt + 1; !known && language == Language::ko && word.ends_with(ending)) {
      const int32_t id = l.id(std::string_view(word).substr(0, word.size() - ending.size()));
      if (id > kEnd) {
        r.sentence.push_back(id);
        r.sentence.push_back(l.id(kAt));
        known = true;
      }
    }
    if (!known) r.unknown.push_back(word);
  }
  return r;
}

}  // namespace pg::data

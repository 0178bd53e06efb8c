#include "data/vocabulary.h"

#include <algorithm>
#include <queue>
#include <set>
#include <utility>

#include "data/tokens.h"

namespace pg::data {
namespace {

/// A longer run of letters is cut into words of so many.
constexpr size_t kLongestWord = 24;
/// What stands side by side only once is no pattern.
constexpr int64_t kFewest = 2;

/// Calls back with each sign of the text; runs of white space are one space, none at the beginning.
template <class F>
void each_sign(std::string_view text, F call) {
  std::string sign;
  SignKind kind;
  bool spaced = false, any = false;
  for (size_t at = 0; take_sign(text, at, sign, kind);) {
    if (kind == SignKind::space) {
      spaced = true;
      continue;
    }
    if (spaced && any) call(std::string(" "), SignKind::space);
    spaced = false;
    any = true;
    call(sign, kind);
  }
}

/// Calls back with the signs of each word. A word is what no space and no change between letters and marks parts; the space before it is its first sign, and
/// the first word of a text has one too, so that it is the same word there as elsewhere.
template <class F>
void each_word(std::string_view text, F call) {
  std::vector<std::string> word = {" "};
  SignKind before = SignKind::word;
  const auto end = [&] {
    if (!word.empty() && !(word.size() == 1 && word[0] == " ")) call(word);
    word.clear();
  };
  each_sign(text, [&](const std::string& sign, SignKind kind) {
    const bool begun = word.size() > (!word.empty() && word[0] == " " ? 1u : 0u);
    if (kind == SignKind::space || (begun && kind != before) || word.size() > kLongestWord) end();
    word.push_back(sign);
    if (kind != SignKind::space) before = kind;
  });
  end();
}

/// The most frequent first; of equals the one that comes first as text.
std::vector<std::string> by_frequency(const std::unordered_map<std::string, int64_t>& counts, size_t most) {
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [text, count] : counts) order.push_back({-count, text});
  std::sort(order.begin(), order.end());
  if (order.size() > most) order.resize(most);
  std::vector<std::string> out;
  for (auto& [count, text] : order) out.push_back(std::move(text));
  return out;
}

}  // namespace

Vocabulary::Vocabulary(const std::vector<std::string>& pieces, Tokenizer tokenizer, int size) : tokenizer_(tokenizer) {
  std::unordered_map<std::string, int64_t> counts;
  for (const std::string& piece : pieces) {
    if (tokenizer == Tokenizer::word)
      for (const std::string& word : tokenize(piece, Units::word, piece.size()).tokens) ++counts[word];
    else
      each_sign(piece, [&](const std::string& sign, SignKind) { ++counts[sign]; });
  }
  const size_t most = static_cast<size_t>(std::max(size, kFirstToken + 1));
  for (std::string& text : by_frequency(counts, most - texts_.size())) {
    ids_.emplace(text, static_cast<int32_t>(texts_.size()));
    texts_.push_back(std::move(text));
  }
  if (tokenizer == Tokenizer::bpe) learn_pairs(pieces, most);
}

/// Every round joins the most frequent pair of neighbours in all words. Only the words that have it are gone over again.
void Vocabulary::learn_pairs(const std::vector<std::string>& pieces, size_t size) {
  struct Word {
    std::vector<int32_t> ids;
    int64_t count = 0;
  };
  std::map<std::vector<int32_t>, int64_t> found;
  size_t read = 0;
  for (const std::string& piece : pieces) {
    if ((read += piece.size()) > kMostLearned) break;
    each_word(piece, [&](const std::vector<std::string>& signs) {
      std::vector<int32_t> ids;
      for (const std::string& s : signs) ids.push_back(id_of(s, nullptr));
      ++found[ids];
    });
  }
  std::vector<Word> words;
  for (const auto& [ids, count] : found) words.push_back({ids, count});
  struct Pair {
    int64_t count = 0;
    std::set<int32_t> words;
  };
  std::map<Join, Pair> pairs;
  // The most frequent pair on top, of equals that of the oldest tokens. Every count a pair ever had is in it: one that it no longer has is passed over.
  struct Counted {
    int64_t count;
    Join join;
    bool operator<(const Counted& other) const { return count != other.count ? count < other.count : other.join < join; }
  };
  std::priority_queue<Counted> order;
  const auto tally = [&](int32_t w, int64_t sign) {
    const Word& word = words[static_cast<size_t>(w)];
    for (size_t i = 0; i + 1 < word.ids.size(); ++i) {
      if (word.ids[i] == kUnknown || word.ids[i + 1] == kUnknown) continue;
      const auto p = pairs.try_emplace({word.ids[i], word.ids[i + 1]}).first;
      p->second.count += sign * word.count;
      order.push({p->second.count, p->first});
      if (sign > 0) p->second.words.insert(w);
      else if (p->second.count == 0) pairs.erase(p);
    }
  };
  for (int32_t w = 0; w < static_cast<int32_t>(words.size()); ++w) tally(w, 1);
  while (texts_.size() < size) {
    auto best = pairs.end();
    for (; !order.empty() && best == pairs.end(); order.pop()) {
      best = pairs.find(order.top().join);
      if (best != pairs.end() && best->second.count != order.top().count) best = pairs.end();
    }
    if (best == pairs.end() || best->second.count < kFewest) break;
    const Join join = best->first;
    const int32_t id = static_cast<int32_t>(texts_.size());
    texts_.push_back(texts_[static_cast<size_t>(join.left)] + texts_[static_cast<size_t>(join.right)]);
    joins_.emplace(join, id);
    const std::set<int32_t> having = std::move(best->second.words);
    for (int32_t w : having) {
      tally(w, -1);
      std::vector<int32_t>& ids = words[static_cast<size_t>(w)].ids;
      size_t to = 0;
      for (size_t i = 0; i < ids.size(); ++to) {
        const bool joined = i + 1 < ids.size() && ids[i] == join.left && ids[i + 1] == join.right;
        ids[to] = joined ? id : ids[i];
        i += joined ? 2 : 1;
      }
      ids.resize(to);
      tally(w, 1);
    }
  }
}

int32_t Vocabulary::id_of(const std::string& text, std::vector<std::string>* unknown) const {
  if (const auto at = ids_.find(text); at != ids_.end()) return at->second;
  if (unknown && std::find(unknown->begin(), unknown->end(), text) == unknown->end()) unknown->emplace_back(text);
  return kUnknown;
}

/// Joins what was joined first, first: as when it was learned.
void Vocabulary::encode_word(std::vector<int32_t>& ids) const {
  while (ids.size() > 1) {
    int32_t best = -1;
    Join what{};
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto at = joins_.find({ids[i], ids[i + 1]});
      if (at != joins_.end() && (best < 0 || at->second < best)) {
        best = at->second;
        what = at->first;
      }
    }
    if (best < 0) return;
    size_t to = 0;
    for (size_t i = 0; i < ids.size(); ++to) {
      const bool joined = i + 1 < ids.size() && ids[i] == what.left && ids[i + 1] == what.right;
      ids[to] = joined ? best : ids[i];
      i += joined ? 2 : 1;
    }
    ids.resize(to);
  }
}

std::vector<int32_t> Vocabulary::encode(std::string_view text, std::vector<std::string>* unknown) const {
  std::vector<int32_t> out;
  if (tokenizer_ == Tokenizer::word) {
    for (const std::string& word : tokenize(text, Units::word, text.size()).tokens) out.push_back(id_of(word, unknown));
  } else if (tokenizer_ == Tokenizer::character) {
    each_sign(text, [&](const std::string& sign, SignKind) { out.push_back(id_of(sign, unknown)); });
  } else {
    std::vector<int32_t> ids;
    each_word(text, [&](const std::vector<std::string>& signs) {
      ids.clear();
      for (const std::string& s : signs) ids.push_back(id_of(s, unknown));
      encode_word(ids);
      out.insert(out.end(), ids.begin(), ids.end());
    });
  }
  return out;
}

}  // namespace pg::data

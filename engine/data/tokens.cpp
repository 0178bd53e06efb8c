#include "data/tokens.h"

#include <algorithm>
#include <cmath>

#include "tensor/rng.h"

namespace pg::data {

namespace {

constexpr char32_t kReplacement = 0xFFFD, kJoiner = 0x200D;
constexpr size_t kRestBytes = 60;
constexpr int kMaxDimension = 256;

/// Decodes what stands at `at` and moves it on; anything malformed (also overlong forms and surrogates) costs one byte.
char32_t decode(std::string_view s, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 && first < 0xF8 ? 3 : first >= 0xE0 && first < 0xF0 ? 2 : first >= 0xC2 && first < 0xE0 ? 1 : 0;
  if (more == 0 || at + static_cast<size_t>(more) > s.size()) return kReplacement;
  char32_t c = first & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) {
    const unsigned char b = byte(at + static_cast<size_t>(i));
    if ((b & 0xC0) != 0x80) return kReplacement;
    c = (c << 6) | (b & 0x3Fu);
  }
  static constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return kReplacement;
  at += static_cast<size_t>(more);
  return c;
}

void append(std::string& s, char32_t c) {
  const auto put = [&](char32_t b) { s.push_back(static_cast<char>(b)); };
  if (c < 0x80) put(c);
  else if (c < 0x800) put(0xC0 | (c >> 6)), put(0x80 | (c & 0x3F));
  else if (c < 0x10000) put(0xE0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  else put(0xF0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3F)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
}

struct Range {
  char32_t first, last;
};
template <size_t N>
constexpr bool ascend(const Range (&ranges)[N]) {
  for (size_t i = 0; i < N; ++i)
    if (ranges[i].first > ranges[i].last || (i > 0 && ranges[i].first <= ranges[i - 1].last)) return false;
  return true;
}
/// Whether one of the ranges, which ascend, has the code point.
template <size_t N>
bool in(const Range (&ranges)[N], char32_t c) {
  const Range* behind = std::upper_bound(ranges, ranges + N, c, [](char32_t point, const Range& r) { return point < r.first; });
  return behind != ranges && c <= behind[-1].last;
}

constexpr Range kSpace[] = {{0, 0x20}, {0x7F, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200B}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};
/// Marks of direction and the like: nothing to be seen, nothing to be attended to.
constexpr Range kInvisible[] = {{0xAD, 0xAD}, {0x200C, 0x200C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2069}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}};
/// What belongs to the sign before it: accents, variants, skin tones, tags, and the second and third jamo of a syllable
/// that has no sign of its own.
constexpr Range kExtending[] = {{0x300, 0x36F}, {0x483, 0x489}, {0x591, 0x5BD}, {0x610, 0x61A}, {0x64B, 0x65F}, {0x93A, 0x93C}, {0x93E, 0x94F}, {0xE31, 0xE31}, {0xE34, 0xE3A}, {0xE47, 0xE4E},
                                {0x1160, 0x11FF}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0x1F3FB, 0x1F3FF}, {0xE0020, 0xE007F}, {0xE0100, 0xE01EF}};
constexpr Range kPunctuation[] = {{0x21, 0x2F}, {0x3A, 0x40}, {0x5B, 0x5E}, {0x60, 0x60}, {0x7B, 0x7E}, {0xA1, 0xA9}, {0xAB, 0xAC}, {0xAE, 0xB1}, {0xB4, 0xB4}, {0xB6, 0xB8}, {0xBB, 0xBB}, {0xBF, 0xBF}, {0xD7, 0xD7}, {0xF7, 0xF7},
                                  {0x2010, 0x2027}, {0x2030, 0x205E}, {0x20A0, 0x20BF}, {0x2190, 0x23FF}, {0x25A0, 0x25FF}, {0x3001, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030},
                                  {0x30FB, 0x30FB}, {0xFE30, 0xFE6F}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}};
constexpr Range kEmoji[] = {{0x2600, 0x27BF}, {0x2B00, 0x2BFF}, {0x1F000, 0x1FAFF}};
constexpr Range kFlag[] = {{0x1F1E6, 0x1F1FF}};
/// Scripts in which one sign is a syllable or a word: pairs of signs say enough.
constexpr Range kSyllabic[] = {{0x1100, 0x11FF}, {0x3040, 0x30FF}, {0x3130, 0x318F}, {0x3400, 0x9FFF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0x20000, 0x3FFFF}};

static_assert(ascend(kSpace) && ascend(kInvisible) && ascend(kExtending) && ascend(kPunctuation) && ascend(kEmoji) && ascend(kFlag) && ascend(kSyllabic));

constexpr char32_t kL = 0x1100, kV = 0x1161, kT = 0x11A7, kS = 0xAC00;
bool is_lead(char32_t c) { return c >= kL && c < kL + 19; }
bool is_vowel(char32_t c) { return c >= kV && c < kV + 21; }
bool is_tail(char32_t c) { return c > kT && c < kT + 28; }

/// One sign as a reader sees it: a code point with what hangs on it. Jamo come together as the syllable they spell
/// (Unicode, §3.12), so that a word is the same however it was typed.
struct Sign {
  char32_t base = 0;
  std::string text;
};

bool next_sign(std::string_view s, size_t& at, Sign& sign) {
  sign.text.clear();
  // Most signs of most texts: ASCII before ASCII, which is never invisible and has nothing hanging on it.
  const auto ascii = [&](size_t i) { return static_cast<unsigned char>(s[i]) < 0x80; };
  if (at < s.size() && ascii(at) && (at + 1 == s.size() || ascii(at + 1))) {
    sign.base = static_cast<unsigned char>(s[at]);
    sign.text.push_back(s[at++]);
    return true;
  }
  char32_t c = 0;
  do {
    if (at >= s.size()) return false;
    c = decode(s, at);
  } while (in(kInvisible, c));
  const auto peek = [&](size_t& after) {
    after = at;
    return after < s.size() ? decode(s, after) : char32_t{0};
  };
  size_t after;
  char32_t following = peek(after);
  if (is_lead(c) && is_vowel(following)) {
    c = kS + ((c - kL) * 21 + (following - kV)) * 28;
    at = after;
    following = peek(after);
  }
  if (c >= kS && c <= 0xD7A3 && (c - kS) % 28 == 0 && is_tail(following)) {
    c += following - kT;
    at = after;
    following = peek(after);
  }
  sign.base = c;
  append(sign.text, c);
  if (in(kSpace, c)) return true;
  if (in(kFlag, c) && in(kFlag, following)) {
    append(sign.text, following);
    at = after;
    following = peek(after);
  }
  // A joiner binds the next sign only between emoji. The length is bounded: a sign is not a place to hide a text.
  for (int extra = 0; extra < 16 && at < s.size(); ++extra) {
    if (!in(kExtending, following) && following != kJoiner) break;
    append(sign.text, following);
    at = after;
    const bool joins = following == kJoiner;
    following = peek(after);
    if (joins && in(kEmoji, following)) {
      append(sign.text, following);
      at = after;
      following = peek(after);
    }
  }
  return true;
}

bool is_word_sign(char32_t c) { return c != 0 && !in(kSpace, c) && !in(kPunctuation, c) && !in(kEmoji, c); }
bool binds_words(char32_t c) { return c == '\'' || c == 0x2019 || c == '-' || c == 0x2011; }
bool binds_digits(char32_t c) { return c == '.' || c == ','; }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

char32_t lower(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;        // Latin-1
  if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 32;     // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 32;                   // Cyrillic
  return c;
}

uint64_t fnv1a(std::string_view s) {
  uint64_t h = 14695981039346656037ull;
  for (char c : s) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return h;
}

}  // namespace

bool take_sign(std::string_view text, size_t& at, std::string& sign, SignKind& kind) {
  Sign next;
  if (!next_sign(text, at, next)) return false;
  kind = in(kSpace, next.base) ? SignKind::space : is_word_sign(next.base) ? SignKind::word : SignKind::mark;
  sign = std::move(next.text);
  return true;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) append(out, decode(text, at));
  return out;
}

Tokens tokenize(std::string_view text, Units units, size_t most) {
  Tokens out;
  std::string word;
  Sign sign;
  size_t at = 0, word_begin = 0;
  // False once the list is full: what begins at `begin` is the rest.
  const auto push = [&](std::string token, size_t begin) {
    if (out.tokens.size() < most) {
      out.tokens.push_back(std::move(token));
      return true;
    }
    out.truncated = true;
    size_t end = std::min(text.size(), begin + kRestBytes);
    while (end < text.size() && end > begin && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    out.rest = valid_utf8(text.substr(begin, end - begin));
    return false;
  };
  char32_t previous = 0;
  while (true) {
    const size_t begin = at;
    const bool any = next_sign(text, at, sign);
    const bool spaced = !any || in(kSpace, sign.base);
    if (units == Units::character) {
      if (!any) break;
      if (!spaced && !push(sign.text, begin)) break;
      continue;
    }
    bool in_word = any && is_word_sign(sign.base);
    if (any && !in_word && !word.empty() && (binds_words(sign.base) || (binds_digits(sign.base) && is_digit(previous)))) {
      size_t ahead = at;
      Sign next;
      const bool follows = next_sign(text, ahead, next);
      in_word = follows && is_word_sign(next.base) && (binds_words(sign.base) || is_digit(next.base));
    }
    if (in_word) {
      if (word.empty()) word_begin = begin;
      word += sign.text;
      previous = sign.base;
      continue;
    }
    if (!word.empty()) {
      std::string whole;
      whole.swap(word);
      if (!push(std::move(whole), word_begin)) break;
    }
    if (!any) break;
    if (!spaced && !push(sign.text, begin)) break;
  }
  return out;
}

std::vector<std::string> ngrams(std::string_view token) {
  std::vector<std::string> signs;
  bool syllabic = false;
  Sign sign;
  for (size_t at = 0; next_sign(token, at, sign);) {
    syllabic = syllabic || in(kSyllabic, sign.base);
    std::string text;
    for (size_t i = 0; i < sign.text.size();) append(text, lower(decode(sign.text, i)));
    signs.push_back(std::move(text));
  }
  std::string whole = "‹";
  for (const std::string& s : signs) whole += s;
  whole += "›";
  if (!syllabic) {
    signs.insert(signs.begin(), "‹");
    signs.push_back("›");
  }
  std::vector<std::string> out;
  const size_t shortest = syllabic ? 1 : 2, n = signs.size();
  for (size_t length = shortest; length < shortest + 2; ++length)
    for (size_t i = 0; i + length <= n; ++i) {
      std::string gram;
      for (size_t k = 0; k < length; ++k) gram += signs[i + k];
      if (gram != whole) out.push_back(std::move(gram));
    }
  out.push_back(std::move(whole));
  return out;
}

void ngram_vector(std::string_view ngram, int d, double* out) {
  Rng rng(fnv1a(ngram), Stream::text);
  for (int i = 0; i < d; ++i) out[i] = rng.normal();
}

double token_vector(std::string_view token, int d, float* out) {
  double sum[kMaxDimension] = {}, gram[kMaxDimension];
  d = std::min(d, kMaxDimension);
  for (const std::string& g : ngrams(token)) {
    ngram_vector(g, d, gram);
    for (int i = 0; i < d; ++i) sum[i] += gram[i];
  }
  double squares = 0;
  for (int i = 0; i < d; ++i) squares += sum[i] * sum[i];
  const double factor = squares > 0 ? std::sqrt(static_cast<double>(d) / squares) : 0;
  for (int i = 0; i < d; ++i) out[i] = static_cast<float>(sum[i] * factor);
  return factor;
}

}  // namespace pg::data

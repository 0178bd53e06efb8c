#include "data/series.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "kernels/math.h"

namespace pg::data {

namespace {

constexpr int kTestShare = 8;    // one sequence of tokens in so many is held out
constexpr int kMaxTries = 4096;
constexpr uint32_t kTestRegion = 0x80000000u;  // as in sequences.cpp: steps of training stay below
constexpr double kTurn = 6.283185307179586;

// First names, and dishes: words whose endings say what they are.
constexpr std::string_view kNames =
    "ada adam adele agnes aidan alan alba albert alice alina amber amelia amir anders andrea angela anita anna anton aria ariel arthur astrid aurora ava "
    "bella ben bianca boris brenda bruno camila carla carlos carmen carol cecilia celia chloe clara claudia colin conrad cora cyril daisy dalia damian daniel dana daria "
    "david delia diana diego dora dylan edgar edith edmund elena elias elisa ella ellen eloise elsa emil emilia emma enrico eric erica esther eva evan fabian felix "
    "fiona flora frank freya gavin gemma george gloria grace greta hanna harold hector heidi helen helena henry hugo ian ida ingrid irene iris isaac isabel ivan jacob "
    "jana jasmin jasper joan joel johanna jonas julia julian june karen karin karl kira lara laura lea lena leo leon lewis lila lilian linda lisa livia lorena louis "
    "lucas lucia lydia mabel magda marco maria marian marina mario marion martin matilda maura max maya mila milan mina mira miriam molly mona monica nadia naomi nathan nela "
    "nina noah nora norman olga oliver olivia omar oscar otto owen paula perla petra philip quentin rachel ralph ramona raul regina rita robert robin roland rosa ruben ruth "
    "sabina samuel sandra sara selma silvia simon sofia stella stefan sven tamara tanya teresa theo thomas tina tobias una ursula valerie vera victor vincent viola walter wanda wilma yara zoe";
constexpr std::string_view kDishes =
    "김치찌개 된장찌개 순두부찌개 부대찌개 동태찌개 참치찌개 고추장찌개 청국장 김치국 미역국 북엇국 콩나물국 된장국 배추국 무국 소고기국 시래깃국 떡국 만둣국 "
    "갈비탕 삼계탕 설렁탕 곰탕 감자탕 매운탕 해물탕 알탕 추어탕 대구탕 꼬리곰탕 도가니탕 육개장 닭개장 김밥 참치김밥 김치김밥 치즈김밥 비빔밥 돌솥비빔밥 육회비빔밥 "
    "콩나물밥 김치볶음밥 새우볶음밥 낙지볶음밥 오징어덮밥 제육덮밥 불고기덮밥 회덮밥 쌈밥 국밥 돼지국밥 소고기국밥 콩나물국밥 주먹밥 보리밥 잡곡밥 칼국수 해물칼국수 "
    "바지락칼국수 닭칼국수 잔치국수 비빔국수 콩국수 막국수 쫄면 냉면 물냉면 비빔냉면 라면 김치라면 떡라면 치즈라면 짜장면 짬뽕 수제비 감자수제비 떡볶이 치즈떡볶이 궁중떡볶이 "
    "라볶이 순대볶음 제육볶음 낙지볶음 오징어볶음 닭볶음탕 감자볶음 멸치볶음 어묵볶음 버섯볶음 김치전 파전 해물파전 감자전 녹두전 부추전 호박전 동태전 육전 배추전 김치만두 고기만두 "
    "새우만두 물만두 군만두 찐만두 왕만두 갈비찜 닭찜 아귀찜 해물찜 계란찜 갈치조림 고등어조림 감자조림 두부조림 장조림 연근조림 불고기 돼지불고기 닭갈비 소갈비 돼지갈비 갈비구이 "
    "고등어구이 갈치구이 삼치구이 장어구이 더덕구이 두부구이 버섯구이 김치 배추김치 파김치 총각김치 물김치 백김치 열무김치 깍두기 동치미 오이소박이 시금치나물 콩나물 무나물 고사리나물 "
    "도라지나물 호박나물 잡채 버섯잡채 해물잡채 송편 인절미 시루떡 꿀떡 찹쌀떡 가래떡 호박떡 무지개떡 팥죽 호박죽 전복죽 야채죽 닭죽 잣죽 깨죽 식혜 수정과";

// Of an English sentence: who says it, what of, whether it is so, how much, how good, and a close. "!" turns the meaning.
constexpr std::string_view kEnglish[] = {
    "the|to me the|i think the|they say the|everyone said the|we all thought the|!nobody said the|!i do not think the",
    "film|food|book|music|game|hotel|show|coffee|trip|story",
    "was|seemed|felt|proved|!was not|!was hardly",
    "|very|really|so",
    "good|great|lovely|perfect|brilliant|wonderful|superb|pleasant|!bad|!awful|!terrible|!dull|!poor|!horrible|!boring|!dreadful",
    "|today|this time|for me"};
// Of a Korean one: when, what, how much. The end follows: adjective, negation and who says it grow together there.
constexpr std::string_view kKorean[] = {"|솔직히|이번에는|오늘", "영화가|음식이|책이|음악이|게임이|호텔이|공연이|커피가|여행이|이야기가", "|정말|아주|꽤"};
struct Adjective {
  std::string_view plain, before_negation, reported;
  int sign;
};
constexpr Adjective kAdjectives[] = {
    {"좋았다", "좋지", "좋았다고", 1}, {"훌륭했다", "훌륭하지", "훌륭했다고", 1}, {"멋졌다", "멋지지", "멋졌다고", 1}, {"완벽했다", "완벽하지", "완벽했다고", 1},
    {"근사했다", "근사하지", "근사했다고", 1}, {"만족스러웠다", "만족스럽지", "만족스러웠다고", 1}, {"인상적이었다", "인상적이지", "인상적이었다고", 1}, {"대단했다", "대단하지", "대단했다고", 1},
    {"나빴다", "나쁘지", "나빴다고", -1}, {"형편없었다", "형편없지", "형편없었다고", -1}, {"지루했다", "지루하지", "지루했다고", -1}, {"실망스러웠다", "실망스럽지", "실망스러웠다고", -1},
    {"엉망이었다", "엉망이지", "엉망이었다고", -1}, {"끔찍했다", "끔찍하지", "끔찍했다고", -1}, {"따분했다", "따분하지", "따분했다고", -1}, {"답답했다", "답답하지", "답답했다고", -1}};
constexpr std::string_view kReports[] = {"생각한다", "모두가 말했다", "!생각하지 않는다", "!말한 사람은 없다"};

template <class F>
void each(std::string_view list, char between, F take) {
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(between, at), list.size());
    take(list.substr(at, end - at));
    at = end + 1;
  }
}

int32_t token_of(SeriesTask& t, std::string_view word) {
  const size_t at = static_cast<size_t>(std::find(t.vocabulary.begin(), t.vocabulary.end(), word) - t.vocabulary.begin());
  if (at == t.vocabulary.size()) t.vocabulary.emplace_back(word);
  return static_cast<int32_t>(at);
}

SeriesTask::Option option_of(SeriesTask& t, std::string_view text) {
  SeriesTask::Option o;
  if (text.starts_with('!')) {
    o.sign = -1;
    text.remove_prefix(1);
  }
  if (!text.empty()) each(text, ' ', [&](std::string_view word) { o.tokens.push_back(token_of(t, word)); });
  return o;
}

/// The options of one part; the same end of a sentence that several adjectives share costs no second token.
std::vector<SeriesTask::Option> part_of(SeriesTask& t, std::string_view list) {
  std::vector<SeriesTask::Option> options;
  each(list, '|', [&](std::string_view text) { options.push_back(option_of(t, text)); });
  return options;
}

void make_sentences(SeriesTask& t, bool korean) {
  t.vocabulary = {"·"};  // before a short sentence
  if (!korean) {
    for (std::string_view part : kEnglish) t.parts.push_back(part_of(t, part));
  } else {
    for (std::string_view part : kKorean) t.parts.push_back(part_of(t, part));
    std::vector<SeriesTask::Option> ends;
    const auto add = [&](const std::string& text, int sign) {
      ends.push_back(option_of(t, text));
      ends.back().sign = sign;
    };
    for (const Adjective& a : kAdjectives) {
      const std::string negated = std::string(a.before_negation) + " ";
      add(std::string(a.plain), a.sign);
      add(negated + "않았다", -a.sign);
      for (std::string_view r : kReports) {
        const bool turns = r.starts_with('!');
        const std::string report(turns ? r.substr(1) : r);
        const int sign = turns ? -a.sign : a.sign;
        add(std::string(a.reported) + " " + report, sign);
        add(negated + "않았다고 " + report, -sign);
      }
    }
    t.parts.push_back(std::move(ends));
  }
  t.steps = 0;
  for (const auto& part : t.parts) {
    size_t most = 0;
    for (const auto& o : part) most = std::max(most, o.tokens.size());
    t.steps += static_cast<int>(most);
  }
}

void make_words(SeriesTask& t, bool korean) {
  t.vocabulary = {"·"};  // before the first letter and after the last
  t.parts.emplace_back();
  size_t longest = 0;
  each(korean ? kDishes : kNames, ' ', [&](std::string_view word) {
    SeriesTask::Option o;
    for (size_t at = 0; at < word.size();) {  // one letter: the bytes of its UTF-8
      const size_t n = static_cast<unsigned char>(word[at]) < 0x80 ? 1 : 3;
      o.tokens.push_back(token_of(t, word.substr(at, n)));
      at += n;
    }
    longest = std::max(longest, o.tokens.size());
    t.parts[0].push_back(std::move(o));
  });
  t.steps = static_cast<int>(longest) + 1;
}

constexpr int kSignal = 2, kFillers = 4;  // order: X, Y; a .. d

/// 1, 2 for ( [ and −1, −2 for ) ]: tokens are ( ) [ ].
bool balanced(const int32_t* tokens, int n) {
  std::array<int32_t, kLongestSeries> open;
  int depth = 0;
  for (int i = 0; i < n; ++i) {
    if (tokens[i] % 2 == 0) open[static_cast<size_t>(depth++)] = tokens[i] + 1;
    else if (depth == 0 || open[static_cast<size_t>(--depth)] != tokens[i]) return false;
  }
  return depth == 0;
}

/// Half of them balanced; the others were until one or two of their brackets changed.
void draw_brackets(const SeriesTask& t, Rng& rng, const Series& out) {
  std::array<int32_t, kLongestSeries> open;
  int depth = 0;
  for (int i = 0; i < t.steps; ++i) {
    const int left = t.steps - i;
    const bool up = depth == 0 || (depth < left && rng.below(2) == 0);
    const int32_t kind = static_cast<int32_t>(rng.below(2));
    if (up && depth < left) {
      out.tokens[i] = 2 * kind;
      open[static_cast<size_t>(depth++)] = 2 * kind + 1;
    } else {
      out.tokens[i] = open[static_cast<size_t>(--depth)];
    }
  }
  const bool right = rng.below(2) == 0;
  while (!right && balanced(out.tokens, t.steps)) {
    const int changes = 1 + static_cast<int>(rng.below(2));
    for (int k = 0; k < changes; ++k) out.tokens[rng.below(static_cast<uint32_t>(t.steps))] = static_cast<int32_t>(rng.below(4));
  }
  out.labels[0] = right ? 1 : 0;
  int opened = 0;
  for (int i = 0; out.fact && i < t.steps; ++i) out.fact[i] = static_cast<float>(opened += out.tokens[i] % 2 == 0 ? 1 : -1);
}

void draw_waves(const SeriesTask& t, Rng& rng, const Series& out) {
  const bool two = t.kind == SeriesKind::waves;
  const double quick = two ? rng.uniform(6, 12) : rng.uniform(8, 20), slow = rng.uniform(18, 36), phase = rng.uniform(0, kTurn), second = rng.uniform(0, kTurn);
  for (int i = 0; i <= t.steps; ++i) {
    const double part = two ? 0.6 * static_cast<double>(kernels::sin_(static_cast<float>(kTurn * i / slow + second))) : 0;
    const double v = (two ? 0.4 : 1) * static_cast<double>(kernels::sin_(static_cast<float>(kTurn * i / quick + phase))) + part + t.noise * rng.normal();
    if (i > 0) out.y[i - 1] = static_cast<float>(v);
    if (i == t.steps) break;
    out.x[i] = static_cast<float>(v);
    if (out.fact) out.fact[i] = static_cast<float>(two ? part : quick);
  }
}

/// Two different steps before the last `distance`, in their order; the first in the first half of them.
std::array<int, 2> two_steps(const SeriesTask& t, Rng& rng) {
  const int n = t.steps - t.distance, half = n / 2;
  const int first = static_cast<int>(rng.below(static_cast<uint32_t>(half)));
  return {first, half + static_cast<int>(rng.below(static_cast<uint32_t>(n - half)))};
}

void draw_adding(const SeriesTask& t, Rng& rng, const Series& out) {
  const auto marked = two_steps(t, rng);
  double sum = 0;
  for (int i = 0; i < t.steps; ++i) {
    const bool mark = i == marked[0] || i == marked[1];
    const float v = static_cast<float>(rng.uniform());
    out.x[2 * i] = v;
    out.x[2 * i + 1] = mark ? 1 : 0;
    if (mark) sum += static_cast<double>(v);
    if (out.fact) out.fact[i] = static_cast<float>(sum);
  }
  out.y[0] = static_cast<float>(sum);
}

void draw_order(const SeriesTask& t, Rng& rng, const Series& out) {
  const auto at = two_steps(t, rng);
  int32_t said[2];
  for (int32_t& s : said) s = static_cast<int32_t>(rng.below(kSignal));
  for (int i = 0; i < t.steps; ++i) {
    const int32_t filler = kSignal + static_cast<int32_t>(rng.below(kFillers));
    out.tokens[i] = i == at[0] ? said[0] : i == at[1] ? said[1] : filler;
    if (out.fact) out.fact[i] = i < at[0] ? 0 : said[0] == 0 ? 1.0f : -1.0f;
  }
  out.labels[0] = 2 * said[0] + said[1];
}

void draw_parity(const SeriesTask& t, Rng& rng, const Series& out) {
  int32_t odd = 0;
  for (int i = 0; i < t.steps; ++i) {
    out.tokens[i] = static_cast<int32_t>(rng.below(2));
    odd ^= out.tokens[i];
    out.labels[i] = odd;
    if (out.fact) out.fact[i] = static_cast<float>(odd);
  }
}

void draw_word(const SeriesTask& t, Rng& rng, const Series& out) {
  const auto& word = t.parts[0][rng.below(static_cast<uint32_t>(t.parts[0].size()))].tokens;
  const int n = static_cast<int>(word.size());
  for (int i = 0; i < t.steps; ++i) {
    out.tokens[i] = i > 0 && i <= n ? word[static_cast<size_t>(i - 1)] : 0;
    out.labels[i] = i < n ? word[static_cast<size_t>(i)] : i == n ? 0 : kNothingAsked;
    if (out.fact) out.fact[i] = static_cast<float>(std::min(i, n));
  }
}

void draw_sentence(const SeriesTask& t, Rng& rng, const Series& out) {
  int sign = 1, n = 0;
  for (const auto& part : t.parts) {
    const auto& o = part[rng.below(static_cast<uint32_t>(part.size()))];
    for (size_t i = 0; i < o.tokens.size(); ++i) {
      // A part has said its sign once its last word is there.
      if (out.fact) out.fact[n] = static_cast<float>(i + 1 == o.tokens.size() ? sign * o.sign : sign);
      out.tokens[n++] = o.tokens[i];
    }
    sign *= o.sign;
  }
  // Short ones are filled up in front, so that all end at the last step.
  const int fill = t.steps - n;
  std::memmove(out.tokens + fill, out.tokens, static_cast<size_t>(n) * sizeof(int32_t));
  std::fill_n(out.tokens, fill, 0);
  if (out.fact) {
    std::memmove(out.fact + fill, out.fact, static_cast<size_t>(n) * sizeof(float));
    std::fill_n(out.fact, fill, 1.0f);
  }
  out.labels[0] = sign > 0 ? 1 : 0;
}

Split side_of(const SeriesTask& t, const int32_t* tokens) {
  uint64_t h = 14695981039346656037ull;  // FNV-1a; its high bits are the well mixed ones
  for (int i = 0; i < t.steps; ++i) h = (h ^ static_cast<uint32_t>(tokens[i])) * 1099511628211ull;
  h ^= h >> 32;
  h *= 0x9E3779B97F4A7C15ull;
  return (h >> 32) % kTestShare == 0 ? Split::test : Split::train;
}

}  // namespace

SeriesTask series_task(SeriesKind kind, int length, int distance, double noise, bool korean) {
  SeriesTask t;
  t.kind = kind;
  t.steps = std::min(std::max(length, kShortestSeries), kLongestSeries);
  switch (kind) {
    case SeriesKind::sine:
    case SeriesKind::waves:
      t.width = 1;
      t.noise = noise;
      t.every_step = true;
      break;
    case SeriesKind::order:
      t.distance = distance;
      t.vocabulary = {"X", "Y", "a", "b", "c", "d"};
      t.classes = 4;
      break;
    case SeriesKind::adding:
      t.distance = distance;
      t.width = 2;
      break;
    case SeriesKind::parity:
      t.vocabulary = {"0", "1"};
      t.classes = 2;
      t.every_step = true;
      break;
    case SeriesKind::brackets:
      t.steps -= t.steps % 2;
      t.vocabulary = {"(", ")", "[", "]"};
      t.classes = 2;
      break;
    case SeriesKind::names:
      make_words(t, korean);
      t.classes = t.vocab_size();
      t.every_step = true;
      break;
    case SeriesKind::sentiment:
      make_sentences(t, korean);
      t.classes = 2;
      break;
  }
  t.distance = std::max(0, std::min(t.distance, t.steps - kShortestSeries));
  return t;
}

void draw_series(const SeriesTask& t, uint64_t seed, Split split, uint32_t step, uint32_t index, const Series& out) {
  Rng rng(seed, Stream::data, split == Split::test ? kTestRegion : step % kTestRegion, index);
  for (int tries = 0; tries < kMaxTries; ++tries) {
    switch (t.kind) {
      case SeriesKind::sine:
      case SeriesKind::waves: draw_waves(t, rng, out); break;
      case SeriesKind::order: draw_order(t, rng, out); break;
      case SeriesKind::adding: draw_adding(t, rng, out); break;
      case SeriesKind::parity: draw_parity(t, rng, out); break;
      case SeriesKind::brackets: draw_brackets(t, rng, out); break;
      case SeriesKind::names: draw_word(t, rng, out); break;
      case SeriesKind::sentiment: draw_sentence(t, rng, out); break;
    }
    if (t.width > 0 || side_of(t, out.tokens) == split) return;
  }
}

}  // namespace pg::data

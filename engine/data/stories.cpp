#include "data/stories.h"

#include <set>

#include "data/korean.h"
#include "tensor/rng.h"

namespace pg::data {
namespace {

struct Word {
  const char *ko, *en;
};
struct Person {
  const char *ko, *en;
  bool she;
};
constexpr Person kPersons[] = {{"미나", "Mina", true}, {"지수", "Jisu", true}, {"소라", "Sora", true}, {"안나", "Anna", true}, {"민호", "Minho", false}, {"준호", "Junho", false}, {"톰", "Tom", false}, {"벤", "Ben", false}};

/// Two verbs for the same things: with one it went well, with the other not. `particle`: what Korean puts behind the thing, behind a consonant and behind a vowel.
struct Deed {
  const char *good_ko, *bad_ko, *good_en, *bad_en;
  const char* particle[2];
  const char* article;
  std::vector<Word> things;
};
const std::vector<Deed>& deeds() {
  static constexpr const char *eul = "을", *reul = "를", *gwa = "과", *wa = "와";
  static const std::vector<Deed> all = {
      {"찾았다", "잃어버렸다", "found", "lost", {eul, reul}, "the", {{"열쇠", "key"}, {"지갑", "wallet"}, {"반지", "ring"}, {"우산", "umbrella"}}},
      {"이겼다", "졌다", "won", "lost", {"에서", "에서"}, "the", {{"경기", "game"}, {"시합", "match"}, {"달리기", "race"}}},
      {"붙었다", "떨어졌다", "passed", "failed", {"에", "에"}, "the", {{"시험", "test"}, {"면접", "interview"}}},
      {"탔다", "놓쳤다", "caught", "missed", {eul, reul}, "the", {{"버스", "bus"}, {"기차", "train"}, {"배", "boat"}}},
      {"고쳤다", "망가뜨렸다", "repaired", "broke", {eul, reul}, "the", {{"시계", "clock"}, {"자전거", "bike"}, {"장난감", "toy"}, {"라디오", "radio"}}},
      {"놀았다", "싸웠다", "played with", "fought with", {gwa, wa}, "a", {{"친구", "friend"}, {"동생", "cousin"}, {"짝꿍", "classmate"}}},
      {"구웠다", "태웠다", "baked", "burned", {eul, reul}, "the", {{"빵", "bread"}, {"과자", "cookie"}, {"파이", "pie"}}},
      {"빨았다", "더럽혔다", "washed", "stained", {eul, reul}, "the", {{"셔츠", "shirt"}, {"외투", "coat"}, {"모자", "hat"}}},
      {"끝냈다", "잊었다", "finished", "forgot", {eul, reul}, "the", {{"숙제", "homework"}, {"편지", "letter"}, {"그림", "drawing"}}},
      {"아꼈다", "낭비했다", "saved", "wasted", {eul, reul}, "", {{"돈", "money"}, {"물", "water"}, {"시간", "time"}}},
      {"땄다", "떨어뜨렸다", "picked", "dropped", {eul, reul}, "the", {{"사과", "apple"}, {"배", "pear"}, {"꽃", "flower"}}},
      {"도왔다", "괴롭혔다", "helped", "teased", {eul, reul}, "the", {{"고양이", "cat"}, {"강아지", "puppy"}, {"새", "bird"}}},
      {"받았다", "찢었다", "received", "tore", {eul, reul}, "the", {{"편지", "letter"}, {"사진", "photo"}, {"책", "book"}}},
      {"심었다", "밟았다", "planted", "crushed", {eul, reul}, "the", {{"나무", "tree"}, {"꽃", "flower"}, {"씨앗", "seed"}}},
  };
  return all;
}

constexpr Word kTimes[] = {{"", ""}, {"어제", "yesterday"}, {"오늘", "today"}, {"아침에", "this morning"}};
constexpr Word kPlaces[] = {{"", ""}, {"학교에서", "at school"}, {"공원에서", "in the park"}, {"시장에서", "at the market"}, {"집에서", "at home"}};

// Of each what fits a story that went well, then what fits one that did not.
constexpr Word kFeelings[2][6] = {
    {{"기뻤다", "glad"}, {"행복했다", "happy"}, {"즐거웠다", "cheerful"}, {"뿌듯했다", "proud"}, {"신났다", "excited"}, {"만족했다", "pleased"}},
    {{"슬펐다", "sad"}, {"속상했다", "upset"}, {"우울했다", "gloomy"}, {"괴로웠다", "miserable"}, {"화났다", "angry"}, {"실망했다", "disappointed"}},
};
constexpr Word kReactions[2][3] = {
    {{"노래했다", "sang"}, {"웃었다", "laughed"}, {"춤췄다", "danced"}},
    {{"울었다", "cried"}, {"투덜거렸다", "grumbled"}, {"흐느꼈다", "sobbed"}},
};
constexpr Word kCries[2][3] = {
    {{"와", "Hooray"}, {"만세", "Great"}, {"야호", "Yay"}},
    {{"이런", "Alas"}, {"저런", "Ouch"}, {"아이고", "Oops"}},
};
constexpr int kHows = 3;  // of saying what somebody felt
constexpr Word kWhen[] = {{"집에 오는 길에", "on the way home"}, {"하루 종일", "all day"}, {"잠시", "for a while"}};

constexpr int kTested = 5;  // every fifth beginning is kept for the labelled test

struct Event {
  int deed, thing;
};
const std::vector<Event>& events() {
  static const std::vector<Event> all = [] {
    std::vector<Event> e;
    for (int d = 0; d < static_cast<int>(deeds().size()); ++d)
      for (int t = 0; t < static_cast<int>(deeds()[static_cast<size_t>(d)].things.size()); ++t) e.push_back({d, t});
    return e;
  }();
  return all;
}

/// A beginning in its parts.
struct Beginning {
  const Person& who;
  const Deed& deed;
  const Word &thing, &time, &place;
  bool good;
};
Beginning beginning(int64_t number) {
  const auto take = [&](size_t n) {
    const size_t at = static_cast<size_t>(number) % n;
    number /= static_cast<int64_t>(n);
    return at;
  };
  const bool good = take(2) == 0;
  const Event& e = events()[take(events().size())];
  const Deed& deed = deeds()[static_cast<size_t>(e.deed)];
  const Person& who = kPersons[take(std::size(kPersons))];
  const Word& time = kTimes[take(std::size(kTimes))];
  return {who, deed, deed.things[static_cast<size_t>(e.thing)], time, kPlaces[take(std::size(kPlaces))], good};
}

void add(std::string& text, std::string_view words) {
  if (words.empty()) return;
  if (!text.empty()) text += ' ';
  text += words;
}

std::string korean_beginning(const Beginning& b) {
  std::string s = std::string(b.who.ko) + (ends_closed(b.who.ko) ? "은" : "는");
  add(s, b.time.ko);
  add(s, b.place.ko);
  add(s, std::string(b.thing.ko) + b.deed.particle[ends_closed(b.thing.ko) ? 0 : 1]);
  add(s, b.good ? b.deed.good_ko : b.deed.bad_ko);
  return s + '.';
}

std::string english_beginning(const Beginning& b) {
  std::string s = b.who.en;
  add(s, b.good ? b.deed.good_en : b.deed.bad_en);
  add(s, b.deed.article);
  add(s, b.thing.en);
  add(s, b.place.en);
  add(s, b.time.en);
  return s + '.';
}

std::string korean_end(bool good, int cry, int feeling, int how, int reaction, int when) {
  static constexpr const char* hows[kHows] = {"그래서", "몹시", "그 일로"};
  const std::string then = std::string(kWhen[when].ko) + ' ' + kReactions[!good][reaction].ko;
  return std::string(kCries[!good][cry].ko) + "! " + hows[how] + ' ' + kFeelings[!good][feeling].ko + ". " + then + '.';
}

std::string english_end(bool she, bool good, int cry, int feeling, int how, int reaction, int when) {
  static constexpr const char* hows[kHows] = {" was ", " was very ", " felt "};
  const std::string who = she ? "She" : "He";
  return std::string(kCries[!good][cry].en) + "! " + who + hows[how] + kFeelings[!good][feeling].en + ". " + who + ' ' + kReactions[!good][reaction].en + ' ' + kWhen[when].en + '.';
}

}  // namespace

int64_t beginnings_in_grammar() { return static_cast<int64_t>(2 * events().size() * std::size(kPersons) * std::size(kTimes) * std::size(kPlaces)); }

Story make_beginning(bool korean, int64_t number) {
  const Beginning b = beginning(number);
  return {korean ? korean_beginning(b) : english_beginning(b), b.good};
}

Stories make_stories(bool korean, uint64_t seed, int train, int test, int labelled, int labelled_test) {
  Rng rng(seed, Stream::text);
  Stories out;
  const auto below = [&](size_t n) { return static_cast<int>(rng.below(static_cast<uint32_t>(n))); };
  const auto draw = [&](bool tested) {
    while (true) {
      const int64_t number = below(static_cast<size_t>(beginnings_in_grammar()));
      if ((number / 2 % kTested == 0) == tested) return number;
    }
  };
  std::set<std::string> taken;
  const auto stories = [&](std::vector<Story>& to, int n) {
    while (static_cast<int>(to.size()) < n) {
      const int64_t number = draw(false);
      const Beginning b = beginning(number);
      const int cry = below(std::size(kCries[0])), feeling = below(std::size(kFeelings[0])), how = below(kHows), reaction = below(std::size(kReactions[0])), when = below(std::size(kWhen));
      Story s = make_beginning(korean, number);
      add(s.text, korean ? korean_end(b.good, cry, feeling, how, reaction, when) : english_end(b.who.she, b.good, cry, feeling, how, reaction, when));
      if (taken.insert(s.text).second) to.push_back(std::move(s));
    }
  };
  const auto beginnings = [&](std::vector<Story>& to, int n, bool tested) {
    std::set<int64_t> had;
    while (static_cast<int>(to.size()) < n) {
      const int64_t number = draw(tested);
      if ((number % 2 == 0) != (to.size() % 2 == 0) || !had.insert(number).second) continue;
      to.push_back(make_beginning(korean, number));
    }
  };
  stories(out.test, test);  // first: another size of the corpus is measured on the same stories
  beginnings(out.labelled_test, labelled_test, true);
  stories(out.train, train);
  beginnings(out.labelled, labelled, false);
  return out;
}

}  // namespace pg::data

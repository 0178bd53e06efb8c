#include "decode/decode.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/math.h"

namespace pg::decode {
namespace {

/// Ids by falling value; of equals the smaller id comes first.
std::vector<int32_t> ranked(std::span<const float> values, size_t k) {
  std::vector<int32_t> ids(values.size());
  std::iota(ids.begin(), ids.end(), 0);
  k = std::min(k, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(k), ids.end(),
                    [&](int32_t a, int32_t b) { return values[static_cast<size_t>(a)] != values[static_cast<size_t>(b)] ? values[static_cast<size_t>(a)] > values[static_cast<size_t>(b)] : a < b; });
  ids.resize(k);
  return ids;
}

}  // namespace

void softmax(std::span<const float> logits, std::span<float> p) {
  const float max = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) sum += p[i] = static_cast<float>(kernels::exp_(static_cast<double>(logits[i]) - max));
  for (float& x : p) x = static_cast<float>(x / sum);
}

std::vector<Candidate> most_probable(std::span<const float> p, int k) {
  std::vector<Candidate> all;
  for (int32_t id : ranked(p, static_cast<size_t>(std::max(0, k)))) all.push_back({id, p[static_cast<size_t>(id)]});
  return all;
}

void distribution(std::span<const float> logits, const Sampling& s, std::span<float> p) {
  if (s.temperature <= 0) {
    std::fill(p.begin(), p.end(), 0.0f);
    p[static_cast<size_t>(ranked(logits, 1)[0])] = 1;
    return;
  }
  std::vector<float> scaled(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) scaled[i] = static_cast<float>(logits[i] / s.temperature);
  softmax(scaled, p);
  if ((s.top_k <= 0 || s.top_k >= static_cast<int>(p.size())) && s.top_p >= 1) return;
  std::vector<int32_t> kept = ranked(p, s.top_k > 0 ? static_cast<size_t>(s.top_k) : p.size());
  const auto sum_of = [&] { return std::accumulate(kept.begin(), kept.end(), 0.0, [&](double sum, int32_t id) { return sum + p[static_cast<size_t>(id)]; }); };
  if (s.top_p < 1) {
    const double enough = s.top_p * sum_of();
    double sum = 0;
    size_t n = 0;
    while (n < kept.size() && (n == 0 || sum < enough)) sum += p[static_cast<size_t>(kept[n++])];
    kept.resize(n);
  }
  const double sum = sum_of();
  std::vector<float> from(p.begin(), p.end());
  std::fill(p.begin(), p.end(), 0.0f);
  for (int32_t id : kept) p[static_cast<size_t>(id)] = static_cast<float>(from[static_cast<size_t>(id)] / sum);
}

int32_t draw(std::span<const float> p, Rng& rng) {
  double left = rng.uniform();
  int32_t last = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] <= 0) continue;
    last = static_cast<int32_t>(i);
    left -= p[i];
    if (left < 0) break;
  }
  return last;  // rounding may leave a little: the last one that can be drawn
}

double Hypothesis::score(double length_penalty) const {
  const double length = static_cast<double>(tokens.size() + (ended ? 1 : 0));
  return length == 0 ? log_probability : log_probability / kernels::pow_(length, length_penalty);
}

std::vector<Hypothesis> beam_search(int width, int max_length, int32_t end, double length_penalty, const Next& next) {
  std::vector<Hypothesis> open = {{}}, done;
  const auto by_score = [&](std::vector<Hypothesis>& h) {
    std::stable_sort(h.begin(), h.end(), [&](const Hypothesis& a, const Hypothesis& b) { return a.score(length_penalty) > b.score(length_penalty); });
    if (static_cast<int>(h.size()) > width) h.resize(static_cast<size_t>(width));
  };
  std::vector<float> scores;
  for (int length = 0; length < max_length && !open.empty(); ++length) {
    std::vector<std::vector<int32_t>> prefixes;
    for (const Hypothesis& h : open) prefixes.push_back(h.tokens);
    if (!next(prefixes, scores)) break;
    const size_t words = scores.size() / open.size();
    std::vector<Hypothesis> grown;
    for (size_t i = 0; i < open.size(); ++i) {
      const std::span<const float> row(scores.data() + i * words, words);
      // One more than the width: the end mark takes no place among those that go on.
      for (int32_t id : ranked(row, static_cast<size_t>(width) + 1)) {
        Hypothesis h = open[i];
        h.log_probability += row[static_cast<size_t>(id)];
        h.ended = id == end;
        if (h.ended) done.push_back(std::move(h));
        else {
          h.tokens.push_back(id);
          grown.push_back(std::move(h));
        }
      }
    }
    by_score(grown);
    by_score(done);
    open = std::move(grown);
    if (static_cast<int>(done.size()) < width) continue;
    // A log probability only falls. Divided by a greater length it may still rise above one that has ended: the best case is the longest.
    const double limit = done.back().score(length_penalty), longest = kernels::pow_(static_cast<double>(max_length + 1), std::max(0.0, length_penalty));
    if (std::none_of(open.begin(), open.end(), [&](const Hypothesis& h) { return h.log_probability / longest > limit; })) open.clear();
  }
  done.insert(done.end(), open.begin(), open.end());
  by_score(done);
  return done;
}

}  // namespace pg::decode

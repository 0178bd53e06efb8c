#include "data/boxes.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace pg::data {

namespace {

double shared(double a, double a_size, double b, double b_size) { return std::max(0.0, std::min(a + a_size, b + b_size) - std::max(a, b)); }

double area(const Box& b) { return static_cast<double>(b.w) * static_cast<double>(b.h); }

}  // namespace

double intersection(const Box& a, const Box& b) {
  return shared(static_cast<double>(a.x), static_cast<double>(a.w), static_cast<double>(b.x), static_cast<double>(b.w)) *
         shared(static_cast<double>(a.y), static_cast<double>(a.h), static_cast<double>(b.y), static_cast<double>(b.h));
}

double iou(const Box& a, const Box& b) {
  const double both = intersection(a, b), either = area(a) + area(b) - both;
  return either > 0 ? both / either : 0;
}

void suppress(std::span<Detection> all, double threshold, std::vector<int>& order) {
  order.resize(all.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return all[static_cast<size_t>(a)].score > all[static_cast<size_t>(b)].score; });
  for (Detection& d : all) d.by = -1, d.overlap = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const Detection& best = all[static_cast<size_t>(order[i])];
    if (best.by >= 0) continue;
    for (size_t k = i + 1; k < order.size(); ++k) {
      Detection& other = all[static_cast<size_t>(order[k])];
      if (other.by >= 0 || other.cls != best.cls) continue;
      const double overlap = iou(best.box, other.box);
      if (overlap > threshold) other.by = order[i], other.overlap = static_cast<float>(overlap);
    }
  }
}

double average_precision(std::span<const Truth> truths, std::span<const Detection> kept, int classes, double min_iou, std::vector<ClassScore>& scores,
                         std::vector<Ranked>& ranking) {
  scores.assign(static_cast<size_t>(classes), {});
  ranking.clear();
  std::vector<int> order;
  std::vector<char> taken(truths.size());
  double sum = 0;
  int occurring = 0;
  for (int c = 0; c < classes; ++c) {
    ClassScore& of = scores[static_cast<size_t>(c)];
    for (const Truth& t : truths) of.truths += t.cls == c;
    order.clear();
    for (size_t i = 0; i < kept.size(); ++i)
      if (kept[i].cls == c) order.push_back(static_cast<int>(i));
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return kept[static_cast<size_t>(a)].score > kept[static_cast<size_t>(b)].score; });
    of.detections = static_cast<int>(order.size());
    const size_t first = ranking.size();
    for (const int i : order) {
      const Detection& d = kept[static_cast<size_t>(i)];
      double best = -1;
      size_t at = 0;
      const auto begin = std::lower_bound(truths.begin(), truths.end(), d.scene, [](const Truth& t, int scene) { return t.scene < scene; });
      for (auto t = begin; t != truths.end() && t->scene == d.scene; ++t) {
        if (t->cls != c) continue;
        const double overlap = iou(d.box, t->box);
        if (overlap > best) best = overlap, at = static_cast<size_t>(t - truths.begin());
      }
      const bool right = best >= min_iou && !taken[at];
      if (right) taken[at] = 1, ++of.right;
      const double seen = static_cast<double>(ranking.size() - first + 1);
      ranking.push_back({c, d.score, right, of.truths ? static_cast<double>(of.right) / of.truths : 0, of.right / seen, 0});
    }
    double above = 0;
    for (size_t i = ranking.size(); i-- > first;) ranking[i].envelope = above = std::max(above, ranking[i].precision);
    if (of.truths == 0) {
      of.ap = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    double recall = 0;
    for (size_t i = first; i < ranking.size(); ++i) {
      of.ap += (ranking[i].recall - recall) * ranking[i].envelope;
      recall = ranking[i].recall;
    }
    sum += of.ap;
    ++occurring;
  }
  return occurring ? sum / occurring : 0;
}

}  // namespace pg::data

// What the labs that classify pictures have in common: the pictures, which of them is looked at, and what was said of those held out.
#pragma once
#include <algorithm>

#include "labs/lab.h"

namespace pg {

struct Pictures {
  int channels = 1, rows = 0, cols = 0, n_train = 0, n_test = 0;
  std::vector<uint8_t> pixels;  // [n, channels, rows, cols], the training pictures first
  std::vector<int32_t> labels;  // [n]
  std::vector<std::string> classes;
  int size() const { return channels * rows * cols; }
  void values(int example, float* out) const {
    const uint8_t* from = pixels.data() + static_cast<int64_t>(example) * size();
    for (int i = 0; i < size(); ++i) out[i] = static_cast<float>(from[i]) * (1.0f / 255.0f);
  }
};

/// Digits or clothes of their pack, at most `most` of them to learn from. Error "needs_asset" where it was not provided.
Pictures packed_pictures(const std::string& asset, int most);

inline int best_of(const float* p, int n) { return static_cast<int>(std::max_element(p, p + n) - p); }

/// The example that the arguments name by split and example; −1 where they bring pixels of their own, x.
int example_arg(const Pictures& p, const Json& args);
/// The pixels that example_arg speaks of.
void picture_arg(const Pictures& p, const Json& args, float* to);

/// Share of `count` examples from `begin` on that a model gets right; `put(first, n)` makes n of them its batch. Input 1 has the classes.
template <class F>
double accuracy_of(LabModel& m, int begin, int count, int batch, double* loss, std::vector<int32_t>* predicted, F put) {
  const int probs = value_named(m, "loss.probs"), classes = static_cast<int>(m.shape(probs).last());
  double total = 0;
  int right = 0;
  for (int at = 0; at < count; at += batch) {
    const int n = std::min(batch, count - at);
    put(begin + at, n);
    m.forward(false);
    total += m.loss() * n;
    for (int i = 0; i < n; ++i) {
      const int best = best_of(m.data(probs) + static_cast<int64_t>(i) * classes, classes);
      right += best == m.ids_in(1)[i];
      if (predicted) (*predicted)[static_cast<size_t>(at + i)] = best;
    }
  }
  if (loss) *loss = total / count;
  return static_cast<double>(right) / count;
}

/// "labels": of each test picture what it is and what was predicted; "confusion": how often which was taken for which. False: neither.
bool read_answers(const std::string& name, const Pictures& p, const std::vector<int32_t>& predicted, TensorOut& out);

}  // namespace pg

// Every op of the table against an obvious reference and against central differences. The table is walked: an op without
// a case here fails.
#include <functional>
#include <map>
#include <set>

#include "kernels/reference/recurrent.h"
#include "op_harness.h"

namespace pg::test {

using Values = std::vector<std::vector<double>>;

struct Case {
  OpId op;
  std::string label;
  std::vector<Input> inputs;
  std::vector<double> attrs;
  bool training = true;
  /// Outputs, from inputs as doubles (token ids too).
  std::function<Values(const Values&)> reference;
  double tolerance = 1e-5;  // of float against the reference, relative to max(1, |reference|)
};

}  // namespace pg::test

#include "ops_cases_planes.h"

namespace pg::test {
namespace {

double gauss_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

std::function<Values(const Values&)> each(double (*f)(double)) {
  return [f](const Values& in) {
    std::vector<double> y;
    for (double x : in[0]) y.push_back(f(x));
    return Values{y};
  };
}

std::vector<double> softmax_row(const std::vector<double>& z) {
  double max = -INFINITY, sum = 0;
  for (double v : z) max = std::max(max, v);
  std::vector<double> p;
  for (double v : z) p.push_back(std::exp(v - max)), sum += p.back();
  for (double& v : p) v /= sum;
  return p;
}

Values linear_reference(const Values& in, int64_t m, int64_t k, int64_t n, int64_t begin) {
  std::vector<double> y;
  for (int64_t r = 0; r < m; ++r)
    for (int64_t o = begin; o < begin + n; ++o) {
      double s = in.size() > 2 ? in[2][static_cast<size_t>(o)] : 0;
      for (int64_t i = 0; i < k; ++i) s += in[0][static_cast<size_t>(r * k + i)] * in[1][static_cast<size_t>(o * k + i)];
      y.push_back(s);
    }
  return {y};
}

struct Attention {
  int64_t b, h, tq, tk, dk, ldq, ldk, ldv, k0, v0;
  double scale;
  int mask;
  int padding_idx = -1;
  double dropout = 0;
  int window = 0;
};

Values attention_reference(const Values& in, const Attention& a) {
  std::vector<double> out(static_cast<size_t>(a.b * a.tq * a.h * a.dk)), scores, weights;
  Rng rng(7, Stream::dropout, 3, 2);  // as in dropout's case
  const auto pads = [&](double id) { return a.padding_idx < 0 ? id != 0 : static_cast<int>(id) == a.padding_idx; };
  for (int64_t b = 0; b < a.b; ++b)
    for (int64_t h = 0; h < a.h; ++h)
      for (int64_t i = 0; i < a.tq; ++i) {
        std::vector<double> z;
        for (int64_t j = 0; j < a.tk; ++j) {
          double s = 0;
          for (int64_t c = 0; c < a.dk; ++c)
            s += in[0][static_cast<size_t>((b * a.tq + i) * a.ldq + h * a.dk + c)] * in[1][static_cast<size_t>((b * a.tk + j) * a.ldk + a.k0 + h * a.dk + c)];
          scores.push_back(s);
          const bool hidden = (a.mask == 1 && j > i) || (a.mask == 2 && j != i) || (a.window > 0 && std::abs(i - j) > a.window) || (in.size() > 3 && pads(in[3][static_cast<size_t>(b * a.tk + j)]));
          z.push_back(hidden ? -INFINITY : s * a.scale);
        }
        bool any = false;
        for (double v : z) any = any || std::isfinite(v);
        const std::vector<double> w = any ? softmax_row(z) : std::vector<double>(z.size(), 0.0);
        std::vector<double> kept = w;
        for (double& v : kept)
          if (a.dropout > 0) v *= rng.uniform() < a.dropout ? 0.0 : 1 / (1 - a.dropout);
        for (int64_t c = 0; c < a.dk; ++c) {
          double s = 0;
          for (int64_t j = 0; j < a.tk; ++j) s += kept[static_cast<size_t>(j)] * in[2][static_cast<size_t>((b * a.tk + j) * a.ldv + a.v0 + h * a.dk + c)];
          out[static_cast<size_t>((b * a.tq + i) * a.h * a.dk + h * a.dk + c)] = s;
        }
        weights.insert(weights.end(), w.begin(), w.end());
      }
  return {out, scores, weights};
}

#include "ops_cases_losses.h"
#include "ops_cases_recurrent.h"

std::vector<Case> cases() {
  std::vector<Case> all;
  const Input x = {{3, 5}};

  for (int64_t m : {1, 4, 9})
    for (int64_t n : {1, 3, 8}) {
      all.push_back({OpId::linear, "linear", {{{m, 5}}, {{n, 5}, false}, {{n}, false}}, {}, true, [=](const Values& in) { return linear_reference(in, m, 5, n, 0); }});
    }
  all.push_back({OpId::linear, "linear without bias", {{{4, 3, 6}}, {{7, 6}, false}}, {}, true, [](const Values& in) { return linear_reference(in, 12, 6, 7, 0); }});
  all.push_back({OpId::linear, "linear on a window of rows", {{{4, 6}}, {{9, 6}, false}, {{9}, false}}, {3, 2}, true, [](const Values& in) { return linear_reference(in, 4, 6, 2, 3); }});
  all.push_back({OpId::embedding, "embedding", {{{3, 4}, true, 5}, {{5, 6}, false}}, {}, true, [](const Values& in) {
                   std::vector<double> y;
                   for (double id : in[0])
                     for (int c = 0; c < 6; ++c) y.push_back(in[1][static_cast<size_t>(id) * 6 + static_cast<size_t>(c)]);
                   return Values{y};
                 }});

  const Input off = {{3, 5}, true, 0, 0.05};
  all.push_back({OpId::relu, "relu", {off}, {}, true, each([](double v) { return v > 0 ? v : 0.0; })});
  all.push_back({OpId::leaky_relu, "leaky_relu", {off}, {0.2}, true, each([](double v) { return v > 0 ? v : 0.2 * v; })});
  all.push_back({OpId::sigmoid, "sigmoid", {x}, {}, true, each([](double v) { return 1 / (1 + std::exp(-v)); })});
  all.push_back({OpId::tanh, "tanh", {x}, {}, true, each([](double v) { return std::tanh(v); })});
  all.push_back({OpId::gelu, "gelu", {x}, {}, true, each([](double v) { return v * gauss_cdf(v); })});
  all.push_back({OpId::softmax, "softmax", {x}, {}, true, [](const Values& in) {
                   std::vector<double> y;
                   for (size_t r = 0; r < 3; ++r)
                     for (double p : softmax_row({in[0].begin() + static_cast<long>(5 * r), in[0].begin() + static_cast<long>(5 * r + 5)})) y.push_back(p);
                   return Values{y};
                 }});

  for (size_t n = 2; n <= 4; ++n)
    all.push_back({OpId::add, "add of " + std::to_string(n), std::vector<Input>(n, x), {}, true, [](const Values& in) {
                     std::vector<double> y(in[0].size(), 0);
                     for (const auto& v : in)
                       for (size_t i = 0; i < y.size(); ++i) y[i] += v[i];
                     return Values{y};
                   }});
  all.push_back({OpId::add, "add to every example", {{{3, 2, 5}}, {{2, 5}, false}}, {}, true, [](const Values& in) {
                   std::vector<double> y;
                   for (size_t i = 0; i < in[0].size(); ++i) y.push_back(in[0][i] + in[1][i % 10]);
                   return Values{y};
                 }});
  all.push_back({OpId::layer_norm, "layer_norm", {{{2, 3, 7}}, {{7}, false}, {{7}, false}}, {1e-5}, true, [](const Values& in) {
                   std::vector<double> y;
                   for (size_t r = 0; r < 6; ++r) {
                     double mean = 0, var = 0;
                     for (size_t i = 0; i < 7; ++i) mean += in[0][r * 7 + i] / 7;
                     for (size_t i = 0; i < 7; ++i) var += (in[0][r * 7 + i] - mean) * (in[0][r * 7 + i] - mean) / 7;
                     for (size_t i = 0; i < 7; ++i) y.push_back((in[0][r * 7 + i] - mean) / std::sqrt(var + 1e-5) * in[1][i] + in[2][i]);
                   }
                   return Values{y};
                 }});
  all.push_back({OpId::dropout, "dropout in evaluation", {x}, {0.4}, false, [](const Values& in) { return Values{in[0]}; }});
  all.push_back({OpId::dropout, "dropout in training", {x}, {0.4}, true, [](const Values& in) {
                   // The mask's definition, drawn again from its place in the counter space (harness: seed 7, step 3, node 2).
                   Rng rng(7, Stream::dropout, 3, 2);
                   std::vector<double> y;
                   for (double v : in[0]) y.push_back(rng.uniform() < 0.4 ? 0.0 : v / 0.6);
                   return Values{y};
                 }});

  for (int mask : {0, 1, 2})
    all.push_back({OpId::scaled_dot_product_attention, "attention, mask " + std::to_string(mask), {{{2, 4, 6}}, {{2, 4, 6}}, {{2, 4, 6}}},
                   {2, 6, 0, static_cast<double>(mask), 0, 0}, true,
                   [=](const Values& in) { return attention_reference(in, {2, 2, 4, 4, 3, 6, 6, 6, 0, 0, 1 / std::sqrt(3.0), mask}); }});
  for (int mask : {0, 1})
    for (int window : {1, 2})
      all.push_back({OpId::scaled_dot_product_attention, "attention, mask " + std::to_string(mask) + ", window " + std::to_string(window), {{{2, 5, 4}}, {{2, 5, 4}}, {{2, 5, 4}}, {{2, 5}, true, 2}},
                     {2, 4, 0, static_cast<double>(mask), 0, 0, -1, 0, static_cast<double>(window)}, true,
                     [=](const Values& in) { return attention_reference(in, {2, 2, 5, 5, 2, 4, 4, 4, 0, 0, 1 / std::sqrt(2.0), mask, -1, 0, window}); }});
  all.push_back({OpId::scaled_dot_product_attention, "attention across lengths, own scale, padding", {{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 4}}, {{2, 5}, true, 2}},
                 {2, 4, 0.8, 0, 0, 0}, true, [](const Values& in) { return attention_reference(in, {2, 2, 3, 5, 2, 4, 4, 4, 0, 0, 0.8, 0}); }});
  all.push_back({OpId::scaled_dot_product_attention, "attention, token ids name the padding", {{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 4}}, {{2, 5}, true, 4}},
                 {2, 4, 0, 0, 0, 0, 2}, true, [](const Values& in) { return attention_reference(in, {2, 2, 3, 5, 2, 4, 4, 4, 0, 0, 1 / std::sqrt(2.0), 0, 2}); }});
  for (bool training : {true, false})
    all.push_back({OpId::scaled_dot_product_attention, training ? "attention with dropout in training" : "attention with dropout in evaluation",
                   {{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 4}}}, {2, 4, 0, 1, 0, 0, -1, 0.4}, training,
                   [=](const Values& in) { return attention_reference(in, {2, 2, 3, 5, 2, 4, 4, 4, 0, 0, 1 / std::sqrt(2.0), 1, -1, training ? 0.4 : 0}); }});
  all.push_back({OpId::scaled_dot_product_attention, "attention on windows of wider tensors", {{{1, 3, 12}}, {{1, 3, 12}}, {{1, 3, 12}}}, {1, 4, 0, 0, 4, 8}, true,
                 [](const Values& in) { return attention_reference(in, {1, 1, 3, 3, 4, 12, 12, 12, 4, 8, 0.5, 0}); }});
  all.push_back({OpId::reshape, "reshape", {{{3, 2, 4}}}, {8}, true, [](const Values& in) { return Values{in[0]}; }});
  all.push_back({OpId::mean, "mean over time", {{{2, 3, 4}}}, {}, true, [](const Values& in) {
                   std::vector<double> y(8, 0);
                   for (size_t b = 0; b < 2; ++b)
                     for (size_t t = 0; t < 3; ++t)
                       for (size_t c = 0; c < 4; ++c) y[b * 4 + c] += in[0][(b * 3 + t) * 4 + c] / 3;
                   return Values{y};
                 }});

  Input target = x;
  target.constant = true;
  all.push_back({OpId::mse, "mse", {x, target}, {}, true, [](const Values& in) {
                   double s = 0;
                   for (size_t i = 0; i < 15; ++i) s += (in[0][i] - in[1][i]) * (in[0][i] - in[1][i]) / 15;
                   return Values{{s}};
                 }});
  const Input probability = {{3, 5}, true, 0, 0, 0.01, 0.99, true};
  all.push_back({OpId::bce_with_logits, "bce_with_logits", {x, probability}, {}, true, [](const Values& in) {
                   double s = 0;
                   for (size_t i = 0; i < 15; ++i) {
                     const double p = 1 / (1 + std::exp(-in[0][i])), t = in[1][i];
                     s -= (t * std::log(p) + (1 - t) * std::log(1 - p)) / 15;
                   }
                   return Values{{s}};
                 }});
  for (int ignore : {-100, 2})
    all.push_back({OpId::cross_entropy, "cross_entropy, ignore_index " + std::to_string(ignore), {{{4, 3, 5}}, {{4, 3}, true, 5}}, {static_cast<double>(ignore)}, true,
                   [=](const Values& in) {
                     double s = 0;
                     int n = 0;
                     std::vector<double> probs;
                     for (size_t r = 0; r < 12; ++r) {
                       const auto p = softmax_row({in[0].begin() + static_cast<long>(5 * r), in[0].begin() + static_cast<long>(5 * r + 5)});
                       probs.insert(probs.end(), p.begin(), p.end());
                       if (static_cast<int>(in[1][r]) == ignore) continue;
                       s -= std::log(p[static_cast<size_t>(in[1][r])]);
                       ++n;
                     }
                     return Values{{s / n}, probs};
                   }});
  add_loss_cases(all);
  add_planes_cases(all);
  add_recurrent_cases(all);
  return all;
}

template <class T>
void expect_reference(const Case& c, double tolerance) {
  OpHarness<T> h(c.op, c.inputs, c.attrs);
  ASSERT_EQ(h.infer.rule, "") << c.label;
  Values in;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    std::vector<double> v;
    for (int64_t k = 0; k < c.inputs[i].shape.numel(); ++k)
      v.push_back(c.inputs[i].ids_below ? static_cast<double>(h.ids[i].data()[k]) : static_cast<double>(h.values[i].data()[k]));
    in.push_back(std::move(v));
  }
  h.forward(c.training);
  const Values want = c.reference(in);
  ASSERT_EQ(static_cast<int>(want.size()), h.infer.n_out) << c.label;
  for (size_t o = 0; o < want.size(); ++o) {
    ASSERT_EQ(static_cast<int64_t>(want[o].size()), h.infer.out[o].shape.numel()) << c.label << " output " << o;
    for (size_t k = 0; k < want[o].size(); ++k)
      ASSERT_NEAR(static_cast<double>(h.run.out[o][k]), want[o][k], tolerance * std::max(1.0, std::fabs(want[o][k]))) << c.label << " output " << o << " element " << k;
  }
}

TEST(Ops, EveryOpHasACase) {
  std::set<OpId> seen;
  for (const Case& c : cases()) seen.insert(c.op);
  for (int i = 0; i < static_cast<int>(OpId::count); ++i)
    EXPECT_TRUE(seen.count(static_cast<OpId>(i))) << op_def(static_cast<OpId>(i)).name << " has no reference and no gradient check";
}

TEST(Ops, AgreeWithTheirReferenceInDouble) {
  for (const Case& c : cases()) expect_reference<double>(c, 1e-12);
}

TEST(Ops, AgreeWithTheirReferenceInFloat) {
  for (const Case& c : cases()) expect_reference<float>(c, c.tolerance);
}

TEST(Ops, GradientsAgreeWithCentralDifferences) {
  for (const Case& c : cases())
    if (c.op != OpId::reshape) expect_gradients(c.op, c.inputs, c.attrs, c.training, c.label);  // an alias has no backward of its own
}

TEST(Ops, BackwardAddsToWhatIsThere) {
  for (const Case& c : cases()) {
    if (c.op == OpId::reshape) continue;
    OpHarness<double> once(c.op, c.inputs, c.attrs), twice(c.op, c.inputs, c.attrs);
    once.forward(c.training);
    once.backward();
    twice.forward(c.training);
    twice.backward();
    twice.backward();
    for (size_t i = 0; i < c.inputs.size(); ++i)
      for (int64_t k = 0; k < once.gradients[i].size(); ++k)
        ASSERT_NEAR(twice.gradients[i].data()[k], 2 * once.gradients[i].data()[k], 1e-9) << c.label << ": backward overwrites input " << i;
  }
}

TEST(Ops, EveryInputMayWantNoGradient) {
  for (const Case& c : cases())
    for (size_t without = 0; without < c.inputs.size(); ++without) {
      if (c.inputs[without].ids_below || c.op == OpId::reshape) continue;
      OpHarness<double> all(c.op, c.inputs, c.attrs), fewer(c.op, c.inputs, c.attrs);
      fewer.run.din[without] = nullptr;
      all.forward(c.training);
      all.backward();
      fewer.forward(c.training);
      fewer.backward();
      for (size_t i = 0; i < c.inputs.size(); ++i)
        for (int64_t k = 0; i != without && k < all.gradients[i].size(); ++k)
          ASSERT_EQ(all.gradients[i].data()[k], fewer.gradients[i].data()[k]) << c.label << ": input " << i << " without " << without;
    }
}

/// Explanations are what the reader checks by hand: they must give the number they explain.
class HarnessView : public Inspect {
 public:
  explicit HarnessView(const OpHarness<double>& h) : h_(h) {}
  int n_in() const override { return h_.infer.n_in; }
  const Shape& in_shape(int i) const override { return h_.infer.in[static_cast<size_t>(i)].shape; }
  const Shape& out_shape(int i) const override { return h_.infer.out[static_cast<size_t>(i)].shape; }
  double in(int i, int64_t k) const override {
    const size_t s = static_cast<size_t>(i);
    return h_.run.ids[s] ? static_cast<double>(h_.run.ids[s][k]) : h_.run.in[s][k];
  }
  double out(int i, int64_t k) const override { return h_.run.out[static_cast<size_t>(i)][k]; }
  double attr(int i) const override { return h_.run.attr[static_cast<size_t>(i)]; }
  double saved(int64_t k) const override { return h_.run.saved[k]; }
  Ref in_ref(int i, int64_t k) const override { return {i, k}; }
  Ref out_ref(int i, int64_t k) const override { return {100 + i, k}; }

 private:
  const OpHarness<double>& h_;
};

TEST(Ops, ExplanationsGiveTheNumberTheyExplain) {
  const std::set<std::string> sums = {"affine", "dot", "weighted_sum", "add", "mean", "embedding"};
  for (const Case& c : cases()) {
    OpHarness<double> h(c.op, c.inputs, c.attrs);
    h.forward(c.training);
    const HarnessView view(h);
    for (int slot = 0; slot < h.infer.n_out; ++slot)
      for (int64_t k = 0; k < h.infer.out[static_cast<size_t>(slot)].shape.numel(); ++k) {
        Explanation e;
        op_def(c.op).explain(view, slot, k, e);
        ASSERT_FALSE(e.kind.empty()) << c.label;
        const double result = view.out(slot, k);
        double sum = e.has_bias ? e.bias : 0;
        for (const auto& t : e.terms) sum += t.a * t.b;
        if (sums.count(e.kind)) {
          ASSERT_NEAR(sum, result, 1e-9) << c.label << " output " << slot << " element " << k;
        }
        if (e.kind == "softmax") {
          bool found = false;
          double total = 0;
          for (const auto& t : e.terms) {
            total += t.b;
            found = found || t.b == result;
          }
          ASSERT_TRUE(found) << c.label;
          ASSERT_TRUE(std::fabs(total - 1) < 1e-9 || total == 0) << c.label;
        }
      }
  }
}

TEST(Ops, WhatFeedsIsWhatExplains) {
  // If element k of an input appears in the explanation of output element o, feeds(k) must name o.
  for (const Case& c : cases()) {
    if (c.op == OpId::mse || c.op == OpId::bce_with_logits || c.op == OpId::cross_entropy || c.op == OpId::scaled_dot_product_attention || c.op == OpId::softmax || c.op == OpId::layer_norm)
      continue;  // their feeds are wider than the terms shown
    OpHarness<double> h(c.op, c.inputs, c.attrs);
    h.forward(c.training);
    const HarnessView view(h);
    for (int64_t o = 0; o < h.infer.out[0].shape.numel(); ++o) {
      Explanation e;
      op_def(c.op).explain(view, 0, o, e);
      std::vector<Ref> refs;
      for (const auto& t : e.terms) refs.push_back(t.a_ref);
      if (e.z_ref.value >= 0) refs.push_back(e.z_ref);
      for (const Ref& r : refs) {
        if (r.value < 0 || r.value >= h.infer.n_in || !h.infer.in[static_cast<size_t>(r.value)].batched) continue;
        std::vector<int64_t> to;
        op_def(c.op).feeds(view, r.value, r.flat, to);
        ASSERT_NE(std::find(to.begin(), to.end(), o), to.end()) << c.label << ": input " << r.value << " element " << r.flat << " feeds output element " << o;
      }
    }
  }
}

TEST(Ops, ThePaddingsEmbeddingGetsNoGradient) {
  OpHarness<double> h(OpId::embedding, {{{3, 4}, true, 3}, {{3, 2}, false}}, {1});
  h.forward(true);
  h.backward();
  for (int64_t k = 0; k < 6; ++k) EXPECT_EQ(h.gradients[1].data()[k] == 0, k / 2 == 1) << k;
}

TEST(Ops, RefuseShapesThatDoNotFit) {
  const auto rule = [](OpId op, std::vector<Input> in, std::vector<double> attrs = {}) { return infer_of(op, in, attrs).rule; };
  EXPECT_NE(rule(OpId::linear, {{{3, 5}}, {{4, 6}, false}}), "");
  EXPECT_NE(rule(OpId::add, {{{3, 5}}, {{3, 4}}}), "");
  EXPECT_NE(rule(OpId::embedding, {{{3, 5}}, {{4, 6}, false}}), "");
  EXPECT_NE(rule(OpId::layer_norm, {{{3, 5}}, {{4}, false}, {{5}, false}}), "");
  EXPECT_NE(rule(OpId::mean, {{{3, 5}}}), "");
  EXPECT_NE(rule(OpId::reshape, {{{3, 5}}}, {4}), "");
  EXPECT_NE(rule(OpId::mse, {{{3, 5}}, {{3, 4}}}), "");
  EXPECT_NE(rule(OpId::cross_entropy, {{{3, 5}}, {{3, 5}, true, 5}}), "");
  EXPECT_NE(rule(OpId::cross_entropy, {{{3, 5}}, {{3}, true, 5}, {{4}, false}}), "");
  EXPECT_NE(rule(OpId::bce_with_logits, {{{3, 5}}, {{3, 5}}, {{3}, false}}), "");
  EXPECT_NE(rule(OpId::kl, {{{3, 5}}, {{3, 4}}}), "");
  EXPECT_EQ(rule(OpId::detection_loss, {{{2, 6, 3, 3}}, {{2, 6, 3, 3}}}), "");
  EXPECT_NE(rule(OpId::detection_loss, {{{2, 5, 3, 3}}, {{2, 6, 3, 3}}}), "");
  EXPECT_NE(rule(OpId::detection_loss, {{{2, 9, 3, 3}}, {{2, 6, 3, 4}}}), "");
  EXPECT_NE(rule(OpId::detection_loss, {{{2, 9, 3}}, {{2, 6, 3}}}), "");
  EXPECT_NE(rule(OpId::reparameterize, {{{3, 5}}, {{3, 4}}}), "");
  EXPECT_NE(rule(OpId::weighted_sum, {{{1}, false}, {{2}, false}}), "");
  EXPECT_NE(rule(OpId::mul, {{{3, 5}}, {{5}, false}}), "");
  EXPECT_NE(rule(OpId::add, {{{3, 5}}, {{3, 5}, true, 4}}), "");
  EXPECT_NE(rule(OpId::cat, {{{3, 5}}, {{3, 5}}}, {0}), "");
  EXPECT_NE(rule(OpId::cat, {{{3, 5}}, {{3, 5}}}, {2}), "");
  EXPECT_NE(rule(OpId::cat, {{{3, 5}}, {{4, 5}}}, {1}), "");
  EXPECT_NE(rule(OpId::cat, {{{3, 5}}, {{3, 5, 2}}}, {1}), "");
  const Input sequence = {{2, 3, 4}}, w_ih = {{20, 4}, false}, w_hh = {{20, 5}, false}, b = {{20}, false}, state = {{2, 5}};
  EXPECT_EQ(rule(OpId::lstm, {sequence, w_ih, w_hh, b, b, state, state}), "");
  EXPECT_NE(rule(OpId::lstm, {sequence, w_ih, w_hh, b, b, state}), "");
  EXPECT_NE(rule(OpId::lstm, {sequence, w_ih, w_hh, b}), "");
  EXPECT_NE(rule(OpId::lstm, {sequence, w_ih, w_hh}), "");
  EXPECT_NE(rule(OpId::lstm, {sequence, w_ih, w_hh, b, b, state, {{3, 5}}}), "");
  EXPECT_NE(rule(OpId::lstm, {{{2, 4}}, w_ih, w_hh, b, b}), "");
  EXPECT_NE(rule(OpId::gru, {sequence, w_ih, w_hh, b, b}), "");
  EXPECT_NE(rule(OpId::rnn, {sequence, {{5, 3}, false}, {{5, 5}, false}, {{5}, false}, {{5}, false}}), "");
  EXPECT_NE(rule(OpId::select, {{{3, 5}}}), "");
  EXPECT_NE(rule(OpId::select, {{{3, 5, 2}}}, {5}), "");
  EXPECT_NE(rule(OpId::select, {{{3, 5, 2}}}, {-6}), "");
  EXPECT_NE(rule(OpId::layer_norm, {{{3, 4, 5}}, {{5}, false}}, {1e-5, 2}), "");
  EXPECT_NE(rule(OpId::layer_norm, {{{3, 5}}}, {1e-5, 3}), "");
  EXPECT_NE(rule(OpId::scaled_dot_product_attention, {{{1, 3, 6}}, {{1, 3, 6}}, {{1, 3, 6}}}, {4, 6}), "");
}

}  // namespace
}  // namespace pg::test

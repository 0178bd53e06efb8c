// Cases of ops_test.cpp: losses with their reductions and weights, the activations beside them, and what joins values.
// Included by ops_test.cpp after Case.
#pragma once

inline Values one_loss(const Values& in, bool sum, double (*element)(double, double)) {
  double s = 0;
  for (size_t i = 0; i < in[0].size(); ++i) s += element(in[0][i], in[1][i]);
  return {{sum ? s : s / static_cast<double>(in[0].size())}};
}

/// torch.nn.functional.cross_entropy as its documentation writes it: q·log p summed over the classes.
inline Values cross_entropy_reference(const Values& in, size_t classes, int ignore, double smoothing, bool sum) {
  double loss = 0, total = 0;
  std::vector<double> probs;
  for (size_t r = 0; r < in[1].size(); ++r) {
    const auto p = softmax_row({in[0].begin() + static_cast<long>(classes * r), in[0].begin() + static_cast<long>(classes * (r + 1))});
    probs.insert(probs.end(), p.begin(), p.end());
    const size_t target = static_cast<size_t>(in[1][r]);
    if (static_cast<int>(in[1][r]) == ignore) continue;
    for (size_t c = 0; c < classes; ++c) {
      const double w = in.size() > 2 ? in[2][c] : 1;
      loss -= w * (smoothing / static_cast<double>(classes) + (c == target ? 1 - smoothing : 0)) * std::log(p[c]);
    }
    total += in.size() > 2 ? in[2][target] : 1;
  }
  return {{sum ? loss : loss / total}, probs};
}

/// Cell by cell, as its file's head writes it: in[0] [batch, 5 + classes, cells], in[1] [batch, 6, cells].
inline Values detection_loss_reference(const Values& in, size_t batch, size_t classes, size_t cells, const std::vector<double>& lambda) {
  const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  double obj = 0, noobj = 0, box = 0, cls = 0, n = 0;
  for (size_t b = 0; b < batch; ++b)
    for (size_t cell = 0; cell < cells; ++cell) {
      const auto x = [&](size_t channel) { return in[0][(b * (5 + classes) + channel) * cells + cell]; };
      const auto t = [&](size_t channel) { return in[1][(b * 6 + channel) * cells + cell]; };
      if (t(0) <= 0.5) {
        noobj -= std::log(1 - sigmoid(x(0)));
        continue;
      }
      n += 1;
      obj -= std::log(sigmoid(x(0)));
      for (size_t k = 1; k <= 4; ++k) box += std::pow(sigmoid(x(k)) - t(k), 2);
      double sum = 0;
      for (size_t k = 0; k < classes; ++k) sum += std::exp(x(5 + k));
      const size_t right = static_cast<size_t>(std::min(std::max(std::trunc(t(5)), 0.0), static_cast<double>(classes) - 1));
      cls -= std::log(std::exp(x(5 + right)) / sum);
    }
  n = std::max(n, 1.0);
  return {{(lambda[0] * obj + lambda[1] * noobj + lambda[2] * box + lambda[3] * cls) / n}, {obj / n, noobj / n, box / n, cls / n}};
}

inline void add_loss_cases(std::vector<Case>& all) {
  const Input x = {{3, 5}}, off = {{3, 5}, true, 0, 0.05};
  all.push_back({OpId::elu, "elu", {off}, {1}, true, each([](double v) { return v > 0 ? v : std::expm1(v); })});
  all.push_back({OpId::elu, "elu, alpha", {off}, {0.3}, true, each([](double v) { return v > 0 ? v : 0.3 * std::expm1(v); })});
  all.push_back({OpId::silu, "silu", {x}, {}, true, each([](double v) { return v / (1 + std::exp(-v)); })});
  all.push_back({OpId::softplus, "softplus", {x}, {}, true, each([](double v) { return std::log1p(std::exp(v)); })});
  all.push_back({OpId::softplus, "softplus, beta and threshold", {off}, {3, 2.5}, true, each([](double v) { return 3 * v > 2.5 ? v : std::log1p(std::exp(3 * v)) / 3; })});

  Input target = x;
  target.constant = true;
  const Input probability = {{3, 5}, true, 0, 0, 0.01, 0.99, true};
  const Input weights = {{5}, false, 0, 0, 0.2, 2, true};
  for (bool sum : {false, true}) {
    const std::string how = sum ? ", sum" : ", mean";
    const double s = sum;
    all.push_back({OpId::mse, "mse" + how, {x, target}, {s}, true, [=](const Values& in) { return one_loss(in, sum, [](double p, double t) { return (p - t) * (p - t); }); }});
    all.push_back({OpId::l1, "l1" + how, {x, target}, {s}, true, [=](const Values& in) { return one_loss(in, sum, [](double p, double t) { return std::fabs(p - t); }); }});
    all.push_back({OpId::huber, "huber" + how, {x, target}, {s}, true, [=](const Values& in) {
                     return one_loss(in, sum, [](double p, double t) { return std::fabs(p - t) < 1 ? (p - t) * (p - t) / 2 : std::fabs(p - t) - 0.5; });
                   }});
    all.push_back({OpId::huber, "huber, delta" + how, {x, target}, {s, 0.7}, true, [=](const Values& in) {
                     return one_loss(in, sum, [](double p, double t) { return std::fabs(p - t) < 0.7 ? (p - t) * (p - t) / 2 : 0.7 * (std::fabs(p - t) - 0.35); });
                   }});
    all.push_back({OpId::bce_with_logits, "bce_with_logits" + how, {x, probability}, {s}, true, [=](const Values& in) {
                     return one_loss(in, sum, [](double z, double t) { return std::log1p(std::exp(z)) - t * z; });
                   }});
    all.push_back({OpId::bce_with_logits, "bce_with_logits with pos_weight" + how, {x, probability, weights}, {s}, true, [=](const Values& in) {
                     double loss = 0;
                     for (size_t i = 0; i < 15; ++i) {
                       const double p = 1 / (1 + std::exp(-in[0][i])), t = in[1][i];
                       loss -= in[2][i % 5] * t * std::log(p) + (1 - t) * std::log(1 - p);
                     }
                     return Values{{sum ? loss : loss / 15}};
                   }});
    for (int ignore : {-100, 2})
      for (double smoothing : {0.0, 0.3, 1.0})
        for (bool weighted : {false, true}) {
          std::vector<Input> in = {{{4, 3, 5}}, {{4, 3}, true, 5}};
          if (weighted) in.push_back(weights);
          all.push_back({OpId::cross_entropy, "cross_entropy" + how + ", ignore_index " + std::to_string(ignore) + ", smoothing " + std::to_string(smoothing) + (weighted ? ", weights" : ""), in,
                         {static_cast<double>(ignore), smoothing, s}, true, [=](const Values& v) { return cross_entropy_reference(v, 5, ignore, smoothing, sum); }});
        }
  }
  for (int reduction : {0, 1, 2})
    all.push_back({OpId::kl, "kl, reduction " + std::to_string(reduction), {x, x}, {static_cast<double>(reduction)}, true, [=](const Values& in) {
                     double s = 0;
                     for (size_t i = 0; i < 15; ++i) s -= 0.5 * (1 + in[1][i] - in[0][i] * in[0][i] - std::exp(in[1][i]));
                     return Values{{s / (reduction == 0 ? 3 : reduction == 1 ? 1 : 15)}};
                   }});
  // Targets from −2 to 4: some cells have an object, some have none, and ids lie beyond the classes on both sides.
  for (double most : {4.0, 0.4})
    for (const std::vector<double>& lambda : {std::vector<double>{1, 0.5, 5, 1}, {0.3, 2, 0.7, 4}, {0, 1, 0, 0}})
      all.push_back({OpId::detection_loss, "detection_loss, targets up to " + std::to_string(most), {{{2, 8, 3, 2}}, {{2, 6, 3, 2}, true, 0, 0, -2, most, true}}, lambda, true,
                     [=](const Values& in) { return detection_loss_reference(in, 2, 3, 6, lambda); }});
  all.push_back({OpId::weighted_sum, "weighted_sum", {{{1}, false}, {{1}, false}, {{1}, false}}, {0.5, -2, 3}, true, [](const Values& in) {
                   return Values{{0.5 * in[0][0] - 2 * in[1][0] + 3 * in[2][0]}};
                 }});
  all.push_back({OpId::reparameterize, "reparameterize in evaluation", {x, x}, {}, false, [](const Values& in) { return Values{in[0]}; }});
  all.push_back({OpId::reparameterize, "reparameterize in training", {x, x}, {}, true, [](const Values& in) {
                   Rng rng(7, Stream::dropout, 3, 2);  // the harness's place in the counter space
                   std::vector<double> y;
                   for (size_t i = 0; i < 15; ++i) y.push_back(in[0][i] + std::exp(in[1][i] / 2) * rng.normal());
                   return Values{y};
                 }});
  for (size_t n = 2; n <= 4; ++n)
    all.push_back({OpId::mul, "mul of " + std::to_string(n), std::vector<Input>(n, x), {}, true, [](const Values& in) {
                     std::vector<double> y(in[0].size(), 1);
                     for (const auto& v : in)
                       for (size_t i = 0; i < y.size(); ++i) y[i] *= v[i];
                     return Values{y};
                   }});
  for (double dim : {1.0, 2.0, -1.0}) {
    // Widths 3, 1, 2 along the joined dimension of [2, ·, 4] or [2, 4, ·].
    const bool first = dim == 1;
    std::vector<Input> in;
    for (int64_t w : {3, 1, 2}) in.push_back(first ? Input{{2, w, 4}} : Input{{2, 4, w}});
    all.push_back({OpId::cat, "cat along " + std::to_string(static_cast<int>(dim)), in, {dim}, true, [=](const Values& v) {
                     std::vector<double> y;
                     const size_t outer = first ? 2 : 8, inner = first ? 4 : 1, widths[] = {3, 1, 2};
                     for (size_t o = 0; o < outer; ++o)
                       for (size_t i = 0; i < 3; ++i)
                         for (size_t k = 0; k < widths[i] * inner; ++k) y.push_back(v[i][o * widths[i] * inner + k]);
                     return Values{y};
                   }});
  }
  // What has no batch stands in every example: a token before all others, or features beside each step's.
  all.push_back({OpId::cat, "cat with a token of all examples", {{{1, 4}, false}, {{2, 3, 4}}}, {1}, true, [](const Values& v) {
                   std::vector<double> y;
                   for (size_t b = 0; b < 2; ++b) {
                     y.insert(y.end(), v[0].begin(), v[0].end());
                     y.insert(y.end(), v[1].begin() + static_cast<std::ptrdiff_t>(b * 12), v[1].begin() + static_cast<std::ptrdiff_t>(b * 12 + 12));
                   }
                   return Values{y};
                 }});
  all.push_back({OpId::cat, "cat with features of all examples", {{{2, 3, 4}}, {{3, 2}, false}}, {-1}, true, [](const Values& v) {
                   std::vector<double> y;
                   for (size_t r = 0; r < 6; ++r) {
                     for (size_t k = 0; k < 4; ++k) y.push_back(v[0][r * 4 + k]);
                     for (size_t k = 0; k < 2; ++k) y.push_back(v[1][r % 3 * 2 + k]);
                   }
                   return Values{y};
                 }});
  for (int index : {-1, 0, 1, -3})
    all.push_back({OpId::select, "select " + std::to_string(index), {{{2, 3, 4}}}, {static_cast<double>(index)}, true, [=](const Values& in) {
                     std::vector<double> y;
                     for (size_t b = 0; b < 2; ++b)
                       for (size_t c = 0; c < 4; ++c) y.push_back(in[0][(b * 3 + static_cast<size_t>((index + 3) % 3)) * 4 + c]);
                     return Values{y};
                   }});
  for (size_t n_in : {size_t{1}, size_t{2}, size_t{3}}) {
    std::vector<Input> in = {{{2, 3, 4}}};
    while (in.size() < n_in) in.push_back({{3, 4}, false});
    all.push_back({OpId::layer_norm, "layer_norm over two dimensions, inputs " + std::to_string(n_in), in, {1e-5, 2}, true, [](const Values& v) {
                     std::vector<double> y;
                     for (size_t r = 0; r < 2; ++r) {
                       double mean = 0, var = 0;
                       for (size_t i = 0; i < 12; ++i) mean += v[0][r * 12 + i] / 12;
                       for (size_t i = 0; i < 12; ++i) var += (v[0][r * 12 + i] - mean) * (v[0][r * 12 + i] - mean) / 12;
                       for (size_t i = 0; i < 12; ++i)
                         y.push_back((v[0][r * 12 + i] - mean) / std::sqrt(var + 1e-5) * (v.size() > 1 ? v[1][i] : 1) + (v.size() > 2 ? v[2][i] : 0));
                     }
                     return Values{y};
                   }});
  }
}

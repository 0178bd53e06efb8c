// Runs one op outside of any session: infer, memory, forward, backward. For float and double.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "ops/table.h"
#include "tensor/buffer.h"

namespace pg::test {

struct Input {
  Shape shape;
  bool batched = true;
  int ids_below = 0;      // > 0: token ids in [0, ids_below)
  double keep_off = 0;    // values keep this far from 0 (kinks)
  double lo = -2, hi = 2;
  bool constant = false;  // a target: data, which no gradient flows into
  bool buffer = false;    // a running statistic: the op may write it in training, and no gradient flows into it
};

inline Infer infer_of(OpId op, const std::vector<Input>& inputs, const std::vector<double>& attrs) {
  const OpDef& def = op_def(op);
  Infer f;
  f.n_in = static_cast<int>(inputs.size());
  for (size_t i = 0; i < def.attrs.size(); ++i) f.attr[i] = i < attrs.size() ? attrs[i] : def.attrs[i].def;
  for (size_t i = 0; i < inputs.size(); ++i) f.in[i] = {inputs[i].shape, inputs[i].batched, inputs[i].ids_below ? DType::i32 : DType::f32};
  def.infer(f);
  return f;
}

template <class T>
class OpHarness {
 public:
  OpHarness(OpId op, const std::vector<Input>& inputs, const std::vector<double>& attrs, uint64_t seed = 1) : op_(op), inputs_(inputs) {
    infer = infer_of(op, inputs, attrs);
    if (!infer.rule.empty()) return;
    Rng rng(seed, Stream::data);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Input& in = inputs[i];
      const int64_t n = in.shape.numel();
      values.emplace_back(in.ids_below ? 0 : n);
      ids.emplace_back(in.ids_below ? n : 0);
      gradients.emplace_back(in.ids_below ? 0 : n);
      for (int64_t k = 0; k < n; ++k) {
        if (in.ids_below) {
          ids.back().data()[k] = static_cast<int32_t>(rng.below(static_cast<uint32_t>(in.ids_below)));
          continue;
        }
        double x = rng.uniform(in.lo, in.hi);
        while (std::fabs(x) < in.keep_off) x = rng.uniform(in.lo, in.hi);
        values.back().data()[k] = static_cast<T>(static_cast<float>(x));  // the same number in float and in double
      }
    }
    for (int i = 0; i < infer.n_out; ++i) outputs.emplace_back(infer.alias && i == 0 ? 0 : infer.out[static_cast<size_t>(i)].shape.numel());
    saved_ = Buffer<T>(infer.saved);
    workspace_ = Buffer<T>(infer.workspace);
    dout_ = Buffer<T>(infer.out[0].shape.numel());
    for (int64_t k = 0; k < dout_.size(); ++k) dout_.data()[k] = static_cast<T>(static_cast<float>(rng.uniform(-1, 1)));
    run.n_in = infer.n_in;
    for (size_t i = 0; i < inputs.size(); ++i) {
      run.in[i] = inputs[i].ids_below ? nullptr : values[i].data();
      run.ids[i] = inputs[i].ids_below ? ids[i].data() : nullptr;
      run.din[i] = inputs[i].ids_below || inputs[i].buffer ? nullptr : gradients[i].data();
      run.buffer[i] = inputs[i].buffer ? values[i].data() : nullptr;
      run.in_shape[i] = &infer.in[i].shape;
    }
    for (size_t i = 0; i < static_cast<size_t>(infer.n_out); ++i) {
      run.out[i] = infer.alias && i == 0 ? values[0].data() : outputs[i].data();
      run.out_shape[i] = &infer.out[i].shape;
    }
    run.attr = infer.attr;
    run.dout = dout_.data();
    run.saved = saved_.data();
    run.workspace = workspace_.data();
    run.seed = 7;
    run.step = 3;
    run.node = 2;
  }

  void forward(bool training) {
    run.training = training;
    op_fns<T>(op_).forward(run);
  }
  void backward() { op_fns<T>(op_).backward(run); }

  /// Σ dout·out of output 0 after a forward pass: the scalar whose gradient is checked.
  double objective(bool training) {
    forward(training);
    double s = 0;
    for (int64_t k = 0; k < dout_.size(); ++k) s += static_cast<double>(dout_.data()[k]) * static_cast<double>(run.out[0][k]);
    return s;
  }

  Infer infer;
  Run<T> run;
  std::vector<Buffer<T>> values, gradients, outputs;
  std::vector<Buffer<int32_t>> ids;

 private:
  OpId op_;
  std::vector<Input> inputs_;
  Buffer<T> saved_, workspace_, dout_;
};

/// Compares every input gradient with five-point central differences in double.
inline void expect_gradients(OpId op, const std::vector<Input>& inputs, const std::vector<double>& attrs, bool training, const std::string& label) {
  constexpr double kStep = 1e-3, kTolerance = 1e-6, kFloor = 1e-4;  // the floor: below it the difference quotient itself is noise
  OpHarness<double> h(op, inputs, attrs);
  h.forward(training);
  h.backward();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].constant || inputs[i].buffer) continue;
    for (int64_t k = 0; k < h.gradients[i].size(); ++k) {
      double& x = h.values[i].data()[k];
      const double at = x;
      double f[4];
      const double offsets[4] = {-2, -1, 1, 2};
      for (int j = 0; j < 4; ++j) {
        x = at + offsets[j] * kStep;
        f[j] = h.objective(training);
      }
      x = at;
      const double numeric = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * kStep);
      const double analytic = h.gradients[i].data()[k];
      const double scale = std::max(std::max(std::fabs(numeric), std::fabs(analytic)), kFloor);
      ASSERT_LE(std::fabs(numeric - analytic) / scale, kTolerance)
          << label << ": input " << i << " element " << k << ": backward says " << analytic << ", central differences " << numeric;
    }
  }
}

}  // namespace pg::test

// (x − mean)/√(var + eps)·gamma + beta with mean and variance of each channel (torch.nn.functional.batch_norm).
// x [B, C], [B, C, L] or [B, C, H, W]; then, where they exist, gamma [C] and beta [C]; then, where they exist, the buffers
// running_mean [C], running_var [C] and num_batches_tracked [1]. In training, and always without buffers, the statistics are
// the batch's (the variance biased), and the running ones move towards them by `momentum` (the variance unbiased). In evaluation they
// are the running ones. A batch with one number a channel, at which PyTorch raises, has the variance 0: y is beta.
// `saved` keeps the mean and 1/√(var + eps) that the last pass used.
#include "kernels/batch_norm.h"

#include <cmath>

#include "ops/window.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"eps", 1e-5}, {"momentum", 0.1}};

bool affine(int n_in) { return n_in == 3 || n_in == 6; }
/// The input that is running_mean; 0: none.
size_t buffers(int n_in) { return n_in == 4 ? 1 : n_in == 6 ? 3 : 0; }

void infer(Infer& f) {
  const Shape& x = f.in[0].shape;
  const bool fits = f.n_in == 1 || f.n_in == 3 || f.n_in == 4 || f.n_in == 6;
  const int vectors = f.n_in == 4 || f.n_in == 6 ? f.n_in - 1 : f.n_in;  // the last is the counter
  if (x.rank < 2 || x.rank > 4 || !fits) {
    f.rule = "an input of shape [batch, channels, …]";
    return;
  }
  for (int i = 1; i < vectors; ++i)
    if (!(f.in[static_cast<size_t>(i)].shape == Shape{x[1]})) f.rule = "an input whose channels are num_features";
  f.out[0] = f.in[0];
  f.saved = 2 * x[1];
  f.workspace = 3 * x[1];
}
double flops(const Infer& f) { return 8.0 * static_cast<double>(f.in[0].shape.numel()); }

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const Planes p = planes(c.in_shape(0));
  const int64_t k = flat / p.pixels() % p.channels;
  e.kind = "layer_norm";
  e.z = c.in(0, flat);
  e.z_ref = c.in_ref(0, flat);
  e.has_bias = true;
  if (affine(c.n_in())) {
    e.terms.push_back({"gamma", c.in(1, k), 1, c.in_ref(1, k), {}});
    e.bias = c.in(2, k);
    e.bias_ref = c.in_ref(2, k);
  } else {
    e.terms.push_back({"gamma", 1, 1, {}, {}});
  }
  e.constants = {{"mean", c.saved(k)}, {"rstd", c.saved(p.channels + k)}};
}

/// In training a number reaches its whole channel; itself comes first.
void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const Planes p = planes(c.in_shape(0));
  const int64_t k = slot == 0 ? flat / p.pixels() % p.channels : flat;
  if (slot == 0) to.push_back(flat);
  for (int64_t n = 0; n < p.batch; ++n)
    for (int64_t i = 0; i < p.pixels(); ++i) {
      const int64_t at = (n * p.channels + k) * p.pixels() + i;
      if (slot != 0 || at != flat) to.push_back(at);
    }
}

template <class T>
bool of_batch(const Run<T>& r) {
  return r.training || buffers(r.n_in) == 0;
}

}  // namespace

const OpDef batch_norm::def = {"batch_norm", Role::internal, kAttrs, 1, 6, infer, flops, explain, feeds};

template <class T>
void batch_norm::forward(Run<T>& r) {
  const Planes p = planes(*r.in_shape[0]);
  const int batch = static_cast<int>(p.batch), channels = static_cast<int>(p.channels), pixels = static_cast<int>(p.pixels());
  const size_t running = buffers(r.n_in);
  T *mean = r.saved, *rstd = r.saved + channels;
  if (of_batch(r)) {
    kernels::channel_statistics<T>(batch, channels, pixels, r.in[0], mean, rstd);
    if (r.training && running && r.buffer[running]) {
      const T m = static_cast<T>(r.attr[1]);
      const double count = static_cast<double>(batch) * pixels;
      const T unbiased = static_cast<T>(count > 1 ? count / (count - 1) : 1);
      T *running_mean = r.buffer[running], *running_var = r.buffer[running + 1];
      for (int c = 0; c < channels; ++c) {
        running_mean[c] = (T(1) - m) * running_mean[c] + m * mean[c];
        running_var[c] = (T(1) - m) * running_var[c] + m * (rstd[c] * unbiased);
      }
      r.buffer[running + 2][0] += T(1);
    }
  } else {
    for (int c = 0; c < channels; ++c) {
      mean[c] = r.in[running][c];
      rstd[c] = r.in[running + 1][c];
    }
  }
  for (int c = 0; c < channels; ++c) rstd[c] = T(1) / std::sqrt(rstd[c] + static_cast<T>(r.attr[0]));
  kernels::batch_norm_forward<T>(batch, channels, pixels, r.in[0], mean, rstd, affine(r.n_in) ? r.in[1] : nullptr, affine(r.n_in) ? r.in[2] : nullptr, r.out[0]);
}

template <class T>
void batch_norm::backward(Run<T>& r) {
  const Planes p = planes(*r.in_shape[0]);
  const int channels = static_cast<int>(p.channels);
  const bool a = affine(r.n_in);
  kernels::batch_norm_backward<T>(static_cast<int>(p.batch), channels, static_cast<int>(p.pixels()), r.in[0], r.saved, r.saved + channels, a ? r.in[1] : nullptr,
                                  r.dout, of_batch(r), r.din[0], a ? r.din[1] : nullptr, a ? r.din[2] : nullptr, r.workspace);
}

PG_OP_INSTANCES(batch_norm)

}  // namespace pg::ops

// softmax(scale·Q·Kᵀ + mask)·V for every head (Vaswani et al. 2017, eq. 1).
// Inputs: q [B, Tq, ≥ H·dk], k [B, Tk, …], v [B, Tk, …], optionally key_padding ids [B, Tk]: no query sees a key whose id
// is padding_idx, or, where that is -1, is not 0.
// q, k and v may be windows of wider tensors (columns q_begin.., k_begin.., v_begin..), so that one product can make all three.
// Outputs: out [B, Tq, H·dk] (heads side by side), scores [B, H, Tq, Tk] (raw Q·Kᵀ), weights [B, H, Tq, Tk].
// scale 0 means 1/√dk. mask: 0 none, 1 causal, 2 diagonal (every token sees only itself). window > 0: of what the mask leaves, only
// keys at most so far away.
// dropout zeroes weights in training and scales the others by 1/(1 − p), on their way into out; the output `weights` is before
// that. The factors are a function of (seed, step, node, element) alone. The attribute may change while > 0 at the start.
#include "kernels/attention.h"
#include "kernels/math.h"
#include "ops/table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"num_heads", 1}, {"embed_dim", 0}, {"scale", 0}, {"mask", 0}, {"k_begin", 0}, {"v_begin", 0}, {"padding_idx", -1}, {"dropout", 0}, {"window", 0}};
constexpr size_t kPaddingIdx = 6, kDropout = 7, kWindow = 8;

struct Sizes {
  int b, tq, tk, heads, dk, d;
  int ldq, ldk, ldv;
  double scale;
  kernels::Mask mask;
  int window;
};

Sizes sizes(const Shape& q, const Shape& k, const Shape& v, const std::array<double, kMaxAttr>& a) {
  Sizes s;
  s.b = static_cast<int>(q[0]);
  s.tq = static_cast<int>(q[1]);
  s.tk = static_cast<int>(k[1]);
  s.heads = static_cast<int>(a[0]);
  s.d = static_cast<int>(a[1]);
  s.dk = s.d / s.heads;
  s.ldq = static_cast<int>(q[2]);
  s.ldk = static_cast<int>(k[2]);
  s.ldv = static_cast<int>(v[2]);
  s.scale = a[2] != 0 ? a[2] : 1.0 / std::sqrt(static_cast<double>(s.dk));
  s.mask = static_cast<kernels::Mask>(static_cast<int>(a[3]));
  s.window = static_cast<int>(a[kWindow]);
  return s;
}

int64_t padding_scalars(const Sizes& s) { return (s.tk + 3) / 4; }  // bytes of one example's padding, in scalars of ≥ 4 bytes

int64_t attention_scalars(const Sizes& s) {
  return static_cast<int64_t>(kernels::attention_workspace(s.tq, s.tk, s.dk, s.dk)) + padding_scalars(s);
}

void infer(Infer& f) {
  const Shape &q = f.in[0].shape, &k = f.in[1].shape, &v = f.in[2].shape;
  const int64_t d = static_cast<int64_t>(f.attr[1]), heads = static_cast<int64_t>(f.attr[0]);
  if (q.rank != 3 || k.rank != 3 || v.rank != 3 || k[1] != v[1]) {
    f.rule = "q, k and v of shape [batch, tokens, features], k and v of one length";
    return;
  }
  if (heads < 1 || d < 1 || d % heads != 0) {
    f.rule = "embed_dim divisible by num_heads";
    return;
  }
  if (q[2] < d || k[2] < d + static_cast<int64_t>(f.attr[4]) || v[2] < d + static_cast<int64_t>(f.attr[5])) {
    f.rule = "q, k and v at least embed_dim wide";
    return;
  }
  if (f.n_in > 3 && (f.in[3].dtype != DType::i32 || f.in[3].shape.rank != 2 || f.in[3].shape[1] != k[1])) {
    f.rule = "key_padding of shape [batch, tokens of k]";
    return;
  }
  const Sizes s = sizes(q, k, v, f.attr);
  f.n_out = 3;
  f.out[0] = {Shape{q[0], q[1], d}, f.in[0].batched, DType::f32};
  f.out[1] = {Shape{q[0], heads, q[1], k[1]}, f.in[0].batched, DType::f32};
  f.out[2] = f.out[1];
  f.out_suffix = {"", "scores", "weights"};
  if (f.attr[kDropout] > 0) f.saved = f.out[2].shape.numel();  // the factor of every weight: 0 or 1/(1 − p)
  // The backward's, then a place for the gradients of those of q, k and v that want none.
  f.workspace = attention_scalars(s) + std::max(q.numel(), std::max(k.numel(), v.numel()));
}

double flops(const Infer& f) {
  const Sizes s = sizes(f.in[0].shape, f.in[1].shape, f.in[2].shape, f.attr);
  return static_cast<double>(s.b) * s.heads * s.tq * s.tk * (4.0 * s.dk + 5.0);
}

bool hides(int32_t id, double padding_idx) { return padding_idx < 0 ? id != 0 : id == static_cast<int32_t>(padding_idx); }

bool masked(const Inspect& c, const Sizes& s, int64_t b, int64_t i, int64_t j) {
  if (s.mask == kernels::Mask::causal && j > i) return true;
  if (s.mask == kernels::Mask::diagonal && j != i) return true;
  if (s.window > 0 && std::abs(i - j) > s.window) return true;
  return c.n_in() > 3 && hides(static_cast<int32_t>(c.in(3, b * s.tk + j)), c.attr(kPaddingIdx));
}

void explain(const Inspect& c, int slot, int64_t flat, Explanation& e) {
  std::array<double, kMaxAttr> attr;
  for (int i = 0; i < kMaxAttr; ++i) attr[static_cast<size_t>(i)] = c.attr(i);
  const Sizes s = sizes(c.in_shape(0), c.in_shape(1), c.in_shape(2), attr);
  const int64_t k0 = static_cast<int64_t>(attr[4]), v0 = static_cast<int64_t>(attr[5]);
  if (slot == 0) {  // out[b, i, h·dk + c] = Σ_j weights[b, h, i, j]·v[b, j, h·dk + c], each weight with its dropout factor
    const int64_t col = flat % s.d, i = flat / s.d % s.tq, b = flat / s.d / s.tq, h = col / s.dk;
    e.kind = "weighted_sum";
    for (int64_t j = 0; j < s.tk; ++j) {
      const int64_t w = ((b * s.heads + h) * s.tq + i) * s.tk + j, v = (b * s.tk + j) * s.ldv + v0 + col;
      e.terms.push_back({"", c.out(2, w) * (attr[kDropout] > 0 ? c.saved(w) : 1), c.in(2, v), c.out_ref(2, w), c.in_ref(2, v)});
    }
    return;
  }
  const int64_t j = flat % s.tk, i = flat / s.tk % s.tq, h = flat / s.tk / s.tq % s.heads, b = flat / s.tk / s.tq / s.heads;
  if (slot == 1) {  // scores = q_i · k_j
    e.kind = "dot";
    for (int64_t d = 0; d < s.dk; ++d) {
      const int64_t q = (b * s.tq + i) * s.ldq + h * s.dk + d, k = (b * s.tk + j) * s.ldk + k0 + h * s.dk + d;
      e.terms.push_back({"", c.in(0, q), c.in(1, k), c.in_ref(0, q), c.in_ref(1, k)});
    }
    return;
  }
  e.kind = "softmax";
  double max = -std::numeric_limits<double>::infinity();
  const int64_t row = flat - j;
  for (int64_t t = 0; t < s.tk; ++t)
    if (!masked(c, s, b, i, t)) max = std::max(max, c.out(1, row + t) * s.scale);
  double sum = 0;
  for (int64_t t = 0; t < s.tk; ++t) {
    const bool hidden = masked(c, s, b, i, t);
    const double x = hidden ? -std::numeric_limits<double>::infinity() : c.out(1, row + t) * s.scale;
    if (!hidden) sum += kernels::exp_(x - max);
    e.terms.push_back({"", x, c.out(2, row + t), c.out_ref(1, row + t), c.out_ref(2, row + t)});
  }
  e.z = e.terms[static_cast<size_t>(j)].a;
  e.z_ref = c.out_ref(1, flat);
  e.constants = {{"max", max}, {"sum", sum}, {"scale", s.scale}};
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const int64_t d = static_cast<int64_t>(c.attr(1)), width = c.in_shape(slot).last(), tq = c.in_shape(0)[1], tk = c.in_shape(1)[1];
  const int64_t col = flat % width, t = flat / width % (slot == 0 ? tq : tk), b = flat / width / (slot == 0 ? tq : tk);
  const int64_t begin = slot == 2 ? static_cast<int64_t>(c.attr(5)) : 0;
  if (slot == 2 && col >= begin && col < begin + d)
    for (int64_t i = 0; i < tq; ++i) to.push_back((b * tq + i) * d + col - begin);
  if (slot == 0 && col < d) to.push_back((b * tq + t) * d + col);
}

template <class T>
const uint8_t* padding(Run<T>& r, const Sizes& s, int b, T*& workspace) {
  if (r.n_in < 4) return nullptr;
  uint8_t* p = reinterpret_cast<uint8_t*>(workspace);
  for (int j = 0; j < s.tk; ++j) p[j] = hides(r.ids[3][static_cast<int64_t>(b) * s.tk + j], r.attr[kPaddingIdx]);
  workspace += padding_scalars(s);
  return p;
}

template <class T>
const T* factors(const Run<T>& r, int64_t cell) {
  return r.training && r.attr[kDropout] > 0 ? r.saved + cell : nullptr;
}

}  // namespace

const OpDef scaled_dot_product_attention::def = {"scaled_dot_product_attention", Role::internal, kAttrs, 3, 4, infer, flops, explain, feeds};

template <class T>
void scaled_dot_product_attention::forward(Run<T>& r) {
  const Sizes s = sizes(*r.in_shape[0], *r.in_shape[1], *r.in_shape[2], r.attr);
  const int64_t k0 = static_cast<int64_t>(r.attr[4]), v0 = static_cast<int64_t>(r.attr[5]), cells = static_cast<int64_t>(s.tq) * s.tk;
  if (r.attr[kDropout] > 0) {
    const int64_t n = s.b * s.heads * cells;
    const double p = r.training ? r.attr[kDropout] : 0;
    const T keep = p >= 1 ? T(0) : static_cast<T>(1.0 / (1.0 - p));
    Rng rng(r.seed, Stream::dropout, r.step, r.node);
    for (int64_t i = 0; i < n; ++i) r.saved[i] = p > 0 && rng.uniform() < p ? T(0) : keep;
  }
  for (int b = 0; b < s.b; ++b) {
    T* workspace = r.workspace;
    const uint8_t* pad = padding(r, s, b, workspace);
    for (int h = 0; h < s.heads; ++h) {
      const int64_t cell = (static_cast<int64_t>(b) * s.heads + h) * cells, at = static_cast<int64_t>(h) * s.dk;
      kernels::attention_forward<T>(s.tq, s.tk, s.dk, s.dk, r.in[0] + static_cast<int64_t>(b) * s.tq * s.ldq + at, s.ldq,
                                    r.in[1] + static_cast<int64_t>(b) * s.tk * s.ldk + k0 + at, s.ldk,
                                    r.in[2] + static_cast<int64_t>(b) * s.tk * s.ldv + v0 + at, s.ldv, static_cast<T>(s.scale), s.mask,
                                    pad, r.out[1] ? r.out[1] + cell : nullptr, r.out[2] ? r.out[2] + cell : nullptr, r.out[0] + static_cast<int64_t>(b) * s.tq * s.d + at, s.d, workspace,
                                    factors(r, cell), s.window);
    }
  }
}

template <class T>
void scaled_dot_product_attention::backward(Run<T>& r) {
  const Sizes s = sizes(*r.in_shape[0], *r.in_shape[1], *r.in_shape[2], r.attr);
  T* unwanted = r.workspace + attention_scalars(s);
  T* dq = r.din[0] ? r.din[0] : unwanted;
  T* dk = r.din[1] ? r.din[1] : unwanted;
  T* dv = r.din[2] ? r.din[2] : unwanted;
  const int64_t k0 = static_cast<int64_t>(r.attr[4]), v0 = static_cast<int64_t>(r.attr[5]), cells = static_cast<int64_t>(s.tq) * s.tk;
  for (int b = 0; b < s.b; ++b)
    for (int h = 0; h < s.heads; ++h) {
      const int64_t cell = (static_cast<int64_t>(b) * s.heads + h) * cells, at = static_cast<int64_t>(h) * s.dk;
      const int64_t q = static_cast<int64_t>(b) * s.tq * s.ldq + at, k = static_cast<int64_t>(b) * s.tk * s.ldk + k0 + at,
                    v = static_cast<int64_t>(b) * s.tk * s.ldv + v0 + at;
      kernels::attention_backward<T>(s.tq, s.tk, s.dk, s.dk, r.in[0] + q, s.ldq, r.in[1] + k, s.ldk, r.in[2] + v, s.ldv,
                                     static_cast<T>(s.scale), r.out[2] + cell, r.dout + static_cast<int64_t>(b) * s.tq * s.d + at, s.d,
                                     dq + q, s.ldq, dk + k, s.ldk, dv + v, s.ldv, r.workspace, factors(r, cell));
    }
}

PG_OP_INSTANCES(scaled_dot_product_attention)

}  // namespace pg::ops

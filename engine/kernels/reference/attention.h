// The oracle of kernels/attention.h: sums over single elements, in double.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "kernels/attention.h"

namespace pg::reference {

using kernels::Mask;

template <class T>
void attention_forward(int tq, int tk, int dk, int dv, const T* q, int ldq, const T* k, int ldk, const T* v,
                       int ldv, T scale, Mask mask, const uint8_t* key_padding, T* scores, T* weights, T* out,
                       int ldo, T* /*workspace*/, const T* keep = nullptr, int window = 0) {
  const auto factor = [&](int i, int j) { return keep ? static_cast<double>(keep[static_cast<ptrdiff_t>(i) * tk + j]) : 1.0; };
  const auto visible = [&](int i, int j) {
    if ((key_padding && key_padding[j]) || (window > 0 && std::abs(i - j) > window)) return false;
    return mask == Mask::none || (mask == Mask::causal && j <= i) || (mask == Mask::diagonal && j == i);
  };
  for (int i = 0; i < tq; ++i) {
    T* s = scores + static_cast<ptrdiff_t>(i) * tk;
    T* w = weights + static_cast<ptrdiff_t>(i) * tk;
    double max = -1e300, sum = 0;
    for (int j = 0; j < tk; ++j) {
      double dot = 0;
      for (int d = 0; d < dk; ++d)
        dot += static_cast<double>(q[static_cast<ptrdiff_t>(i) * ldq + d]) *
               static_cast<double>(k[static_cast<ptrdiff_t>(j) * ldk + d]);
      s[j] = static_cast<T>(dot);
      if (visible(i, j)) max = std::fmax(max, static_cast<double>(scale) * dot);
    }
    const auto e = [&](int j) {
      return visible(i, j) ? std::exp(static_cast<double>(scale) * static_cast<double>(s[j]) - max) : 0.0;
    };
    for (int j = 0; j < tk; ++j) sum += e(j);
    for (int j = 0; j < tk; ++j) w[j] = sum == 0.0 ? T(0) : static_cast<T>(e(j) / sum);
    for (int d = 0; d < dv; ++d) {
      double o = 0;
      for (int j = 0; j < tk; ++j)
        o += static_cast<double>(w[j]) * factor(i, j) * static_cast<double>(v[static_cast<ptrdiff_t>(j) * ldv + d]);
      out[static_cast<ptrdiff_t>(i) * ldo + d] = static_cast<T>(o);
    }
  }
}

template <class T>
void attention_backward(int tq, int tk, int dk, int dv, const T* q, int ldq, const T* k, int ldk, const T* v,
                        int ldv, T scale, const T* weights, const T* dout, int lddo, T* dq, int lddq, T* dk_out,
                        int lddk, T* dv_out, int lddv, T* workspace, const T* keep = nullptr) {
  const auto factor = [&](int i, int j) { return keep ? static_cast<double>(keep[static_cast<ptrdiff_t>(i) * tk + j]) : 1.0; };
  const auto at = [](const T* x, int ld, int i, int j) {
    return static_cast<double>(x[static_cast<ptrdiff_t>(i) * ld + j]);
  };
  const auto accumulate = [](T* x, int ld, int i, int j, double d) {
    T& out = x[static_cast<ptrdiff_t>(i) * ld + j];
    out = static_cast<T>(static_cast<double>(out) + d);
  };
  std::vector<double> dw(static_cast<size_t>(tk));
  for (int i = 0; i < tq; ++i) {
    double inner = 0;
    for (int j = 0; j < tk; ++j) {
      double d = 0;
      for (int c = 0; c < dv; ++c) {
        d += at(dout, lddo, i, c) * at(v, ldv, j, c);
        accumulate(dv_out, lddv, j, c, at(weights, tk, i, j) * factor(i, j) * at(dout, lddo, i, c));
      }
      dw[static_cast<size_t>(j)] = d * factor(i, j);
      inner += at(weights, tk, i, j) * d * factor(i, j);
    }
    for (int j = 0; j < tk; ++j) {
      const double ds = static_cast<double>(scale) * at(weights, tk, i, j) * (dw[static_cast<size_t>(j)] - inner);
      workspace[static_cast<ptrdiff_t>(i) * tk + j] = static_cast<T>(ds);
      for (int c = 0; c < dk; ++c) {
        accumulate(dq, lddq, i, c, ds * at(k, ldk, j, c));
        accumulate(dk_out, lddk, j, c, ds * at(q, ldq, i, c));
      }
    }
  }
}

}  // namespace pg::reference

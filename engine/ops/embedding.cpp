// y[..., :] = W[ids[...], :] (torch.nn.functional.embedding). ids [...] in [0, num_embeddings): checked where they enter.
// Row padding_idx (−1: none) gets no gradient.
#include "kernels/elementwise.h"
#include "ops/table.h"

#include <cstring>

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"padding_idx", -1}};

void infer(Infer& f) {
  if (f.in[0].dtype != DType::i32 || f.in[1].shape.rank != 2) {
    f.rule = "token ids and a [num_embeddings, embedding_dim] weight";
    return;
  }
  f.out[0] = f.in[0];
  f.out[0].dtype = DType::f32;
  f.out[0].shape.push(f.in[1].shape[1]);
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const int64_t d = c.in_shape(1).last(), row = static_cast<int64_t>(c.in(0, flat / d)), at = row * d + flat % d;
  e.kind = "embedding";
  e.terms.push_back({"", c.in(1, at), 1, c.in_ref(1, at), c.in_ref(0, flat / d)});
  e.constants.push_back({"row", static_cast<double>(row)});
}

void feeds(const Inspect& c, int slot, int64_t flat, std::vector<int64_t>& to) {
  const int64_t d = c.in_shape(1).last(), n = c.in_shape(0).numel();
  if (slot == 0) {
    for (int64_t i = 0; i < d; ++i) to.push_back(flat * d + i);
  } else {
    for (int64_t i = 0; i < n; ++i)
      if (static_cast<int64_t>(c.in(0, i)) == flat / d) to.push_back(i * d + flat % d);
  }
}

}  // namespace

const OpDef embedding::def = {"embedding", Role::internal, kAttrs, 2, 2, infer, nullptr, explain, feeds};

template <class T>
void embedding::forward(Run<T>& r) {
  const int64_t n = r.in_shape[0]->numel(), d = r.in_shape[1]->last();
  for (int64_t i = 0; i < n; ++i) std::memcpy(r.out[0] + i * d, r.in[1] + r.ids[0][i] * d, static_cast<size_t>(d) * sizeof(T));
}

template <class T>
void embedding::backward(Run<T>& r) {
  if (!r.din[1]) return;
  const int64_t n = r.in_shape[0]->numel(), d = r.in_shape[1]->last();
  const int32_t padding = static_cast<int32_t>(r.attr[0]);
  for (int64_t i = 0; i < n; ++i) {
    T* row = r.din[1] + r.ids[0][i] * d;
    if (r.ids[0][i] != padding) kernels::add<T>(d, row, r.dout + i * d, row);
  }
}

PG_OP_INSTANCES(embedding)

}  // namespace pg::ops

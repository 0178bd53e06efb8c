// Every pixel becomes scale_h × scale_w of its like (torch.nn.Upsample, mode "nearest"). x [B, C, H, W] -> y [B, C, H·scale_h, W·scale_w].
#include "kernels/pool.h"
#include "ops/window.h"

namespace pg::ops {

namespace {

constexpr AttrDef kAttrs[] = {{"scale_h", 1}, {"scale_w", 1}};

void infer(Infer& f) {
  const Shape& x = f.in[0].shape;
  f.rule = planes_rule(x);
  if (!f.rule.empty()) return;
  const Planes p = planes(x);
  const int64_t h = p.h * static_cast<int64_t>(f.attr[0]), w = p.w * static_cast<int64_t>(f.attr[1]);
  if (!sane(x, p.channels, h, w)) f.rule = "a scale that gives at most 2^30 numbers";
  else f.out[0] = {with_plane(x, p.channels, h, w), f.in[0].batched, DType::f32};
}

void explain(const Inspect& c, int, int64_t flat, Explanation& e) {
  const Planes in = planes(c.in_shape(0)), out = planes(c.out_shape(0));
  const int64_t y = flat / out.w % out.h / static_cast<int64_t>(c.attr(0)), x = flat % out.w / static_cast<int64_t>(c.attr(1));
  const int64_t at = (flat / out.pixels() * in.h + y) * in.w + x;
  e.kind = "add";
  e.terms.push_back({"", c.in(0, at), 1, c.in_ref(0, at), {}});
}

void feeds(const Inspect& c, int, int64_t flat, std::vector<int64_t>& to) {
  const Planes in = planes(c.in_shape(0)), out = planes(c.out_shape(0));
  const int64_t scale_h = static_cast<int64_t>(c.attr(0)), scale_w = static_cast<int64_t>(c.attr(1));
  for (int64_t r = 0; r < scale_h; ++r)
    for (int64_t s = 0; s < scale_w; ++s)
      to.push_back((flat / in.pixels() * out.h + flat / in.w % in.h * scale_h + r) * out.w + flat % in.w * scale_w + s);
}

template <class T>
struct Sizes {
  int planes, h, w, scale_h, scale_w;
  explicit Sizes(const Run<T>& r) {
    const Planes p = ops::planes(*r.in_shape[0]);
    planes = static_cast<int>(p.batch * p.channels);
    h = static_cast<int>(p.h);
    w = static_cast<int>(p.w);
    scale_h = static_cast<int>(r.attr[0]);
    scale_w = static_cast<int>(r.attr[1]);
  }
};

}  // namespace

const OpDef upsample::def = {"upsample", Role::internal, kAttrs, 1, 1, infer, nullptr, explain, feeds};

template <class T>
void upsample::forward(Run<T>& r) {
  const Sizes<T> s(r);
  kernels::upsample_forward<T>(s.planes, s.h, s.w, s.scale_h, s.scale_w, r.in[0], r.out[0]);
}

template <class T>
void upsample::backward(Run<T>& r) {
  const Sizes<T> s(r);
  if (r.din[0]) kernels::upsample_backward<T>(s.planes, s.h, s.w, s.scale_h, s.scale_w, r.dout, r.din[0]);
}

PG_OP_INSTANCES(upsample)

}  // namespace pg::ops

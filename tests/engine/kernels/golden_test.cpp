// The kernels against PyTorch's values (tests/golden/make_golden.py), in float and in double.
#include <fstream>

#include "tensor/json.h"

#include "kernels/attention.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/loss.h"
#include "kernels/norm.h"
#include "kernels/optim.h"
#include "kernels/softmax.h"
#include "kernels/testing.h"

namespace {

using namespace pg::testing;
using Json = nlohmann::json;
namespace k = pg::kernels;

const Json& fixtures() {
  static const Json json = Json::parse(std::ifstream(PLAYGRAD_TEST_DATA "/golden/kernels.json"));
  return json;
}

template <class T>
std::vector<T> array(const Json& json) {
  std::vector<T> v;
  for (const Json& x : json) v.push_back(x.is_string() ? (x == "inf" ? kInf<T> : -kInf<T>) : x.get<T>());
  return v;
}

// Fixtures hold 12 digits; float gets a few dozen roundings.
template <class T>
constexpr double kBound = sizeof(T) == 8 ? 1e-11 : 4e-6;

template <class T>
class KernelGolden : public ::testing::Test {};
TYPED_TEST_SUITE(KernelGolden, Scalars);

TYPED_TEST(KernelGolden, Linear) {
  using T = TypeParam;
  const Json& g = fixtures()["linear"];
  const int rows = g["rows"], in = g["inputs"], out = g["outputs"];
  const std::vector<T> x = array<T>(g["x"]), w = array<T>(g["w"]), b = array<T>(g["b"]), dy = array<T>(g["dy"]);
  std::vector<T> y(dy.size()), dx(x.size()), dw(w.size()), db(b.size()), workspace(k::gemm_workspace(16, 16, 16));
  k::gemm_bias(true, rows, out, in, x.data(), in, w.data(), in, b.data(), y.data(), out, workspace.data());
  k::gemm(false, false, rows, in, out, T(1), dy.data(), out, w.data(), in, T(0), dx.data(), in, workspace.data());
  k::gemm(true, false, out, in, rows, T(1), dy.data(), out, x.data(), in, T(0), dw.data(), in, workspace.data());
  k::sum_rows(rows, out, dy.data(), db.data());
  EXPECT_TRUE(close(y, array<T>(g["y"]), kBound<T>));
  EXPECT_TRUE(close(dx, array<T>(g["dx"]), kBound<T>));
  EXPECT_TRUE(close(dw, array<T>(g["dw"]), kBound<T>));
  EXPECT_TRUE(close(db, array<T>(g["db"]), kBound<T>));
}

TYPED_TEST(KernelGolden, Activations) {
  using T = TypeParam;
  const std::pair<const char*, k::Act> names[] = {{"linear", k::Act::linear},   {"relu", k::Act::relu},
                                                  {"leaky_relu", k::Act::leaky_relu}, {"sigmoid", k::Act::sigmoid},
                                                  {"tanh", k::Act::tanh},       {"gelu", k::Act::gelu}};
  size_t seen = 0;
  for (const Json& g : fixtures()["activations"])
    for (const auto& [name, act] : names) {
      if (g["name"] != name) continue;
      ++seen;
      const std::vector<T> x = array<T>(g["x"]), dy = array<T>(g["dy"]);
      std::vector<T> y(x.size()), dx(x.size());
      const int64_t n = static_cast<int64_t>(x.size());
      k::act_forward(act, g["slope"].get<T>(), n, x.data(), y.data());
      k::act_backward(act, g["slope"].get<T>(), n, x.data(), y.data(), dy.data(), dx.data());
      EXPECT_TRUE(close(y, array<T>(g["y"]), kBound<T>)) << name;
      EXPECT_TRUE(close(dx, array<T>(g["dx"]), kBound<T>)) << name;
    }
  EXPECT_EQ(seen, std::size(names));
}

TYPED_TEST(KernelGolden, Softmax) {
  using T = TypeParam;
  const Json& g = fixtures()["softmax"];
  const int rows = g["rows"], cols = g["cols"];
  const std::vector<T> x = array<T>(g["x"]), dy = array<T>(g["dy"]);
  std::vector<T> y(x.size()), dx(x.size());
  k::softmax_rows(rows, cols, x.data(), cols, y.data(), cols);
  k::softmax_backward_rows(rows, cols, y.data(), dy.data(), dx.data());
  EXPECT_TRUE(close(y, array<T>(g["y"]), kBound<T>));
  EXPECT_TRUE(close(dx, array<T>(g["dx"]), kBound<T>));
}

TYPED_TEST(KernelGolden, CrossEntropyWithIgnoredRows) {
  using T = TypeParam;
  const Json& g = fixtures()["cross_entropy"];
  const int rows = g["rows"], cols = g["cols"];
  const std::vector<T> x = array<T>(g["x"]);
  const std::vector<int32_t> target = g["target"];
  std::vector<T> losses(target.size()), probs(x.size()), dx(x.size());
  const int64_t count = rows - std::count(target.begin(), target.end(), -100);
  k::cross_entropy_rows(rows, cols, x.data(), target.data(), -100, losses.data(), probs.data());
  k::cross_entropy_backward_rows(rows, cols, probs.data(), target.data(), -100, T(1) / static_cast<T>(count),
                                 dx.data());
  EXPECT_TRUE(close(losses, array<T>(g["losses"]), kBound<T>));
  EXPECT_NEAR(k::sum(rows, losses.data()) / static_cast<double>(count), g["loss"].get<double>(), kBound<T>);
  EXPECT_TRUE(close(dx, array<T>(g["dx"]), kBound<T>));
}

TYPED_TEST(KernelGolden, PointwiseLosses) {
  using T = TypeParam;
  for (const char* name : {"bce_with_logits", "mse"}) {
    const bool bce = std::string(name) == "bce_with_logits";
    const Json& g = fixtures()[name];
    const std::vector<T> x = array<T>(g["x"]), target = array<T>(g["target"]);
    std::vector<T> losses(x.size()), dx(x.size());
    const int64_t n = static_cast<int64_t>(x.size());
    (bce ? k::bce_with_logits<T> : k::mse<T>)(n, x.data(), target.data(), losses.data());
    (bce ? k::bce_with_logits_backward<T> : k::mse_backward<T>)(n, x.data(), target.data(), T(1) / static_cast<T>(n),
                                                                dx.data());
    EXPECT_TRUE(close(losses, array<T>(g["losses"]), kBound<T>)) << name;
    EXPECT_NEAR(k::sum(n, losses.data()) / static_cast<double>(n), g["loss"].get<double>(), 8 * kBound<T>) << name;
    EXPECT_TRUE(close(dx, array<T>(g["dx"]), kBound<T>)) << name;
  }
}

TYPED_TEST(KernelGolden, LayerNorm) {
  using T = TypeParam;
  const Json& g = fixtures()["layer_norm"];
  const int rows = g["rows"], cols = g["cols"];
  const std::vector<T> x = array<T>(g["x"]), gamma = array<T>(g["gamma"]), beta = array<T>(g["beta"]),
                       dy = array<T>(g["dy"]);
  std::vector<T> y(x.size()), mean(static_cast<size_t>(rows)), rstd(mean), dx(x.size()), dgamma(gamma.size()),
      dbeta(beta.size());
  k::layer_norm_forward(rows, cols, x.data(), gamma.data(), beta.data(), g["eps"].get<T>(), y.data(), mean.data(),
                        rstd.data());
  k::layer_norm_backward(rows, cols, x.data(), gamma.data(), mean.data(), rstd.data(), dy.data(), dx.data(),
                         dgamma.data(), dbeta.data());
  EXPECT_TRUE(close(y, array<T>(g["y"]), kBound<T>));
  EXPECT_TRUE(close(dx, array<T>(g["dx"]), kBound<T>));
  EXPECT_TRUE(close(dgamma, array<T>(g["dgamma"]), kBound<T>));
  EXPECT_TRUE(close(dbeta, array<T>(g["dbeta"]), kBound<T>));
}

// nn.MultiheadAttention put together from kernels: in-projection, heads, out-projection, and all the way back.
TYPED_TEST(KernelGolden, MultiheadAttention) {
  using T = TypeParam;
  ASSERT_EQ(fixtures()["attention"].size(), 3u);
  for (const Json& g : fixtures()["attention"]) {
    const std::string name = g["name"];
    const int batch = g["batch"], t = g["tokens"], d = g["dim"], heads = g["heads"], dk = d / heads;
    const Json &p = g["parameters"], &grads = g["gradients"];
    const std::vector<T> x = array<T>(g["x"]), dy = array<T>(g["dy"]), w_in = array<T>(p["in_proj_weight"]),
                         b_in = array<T>(p["in_proj_bias"]), w_out = array<T>(p["out_proj.weight"]),
                         b_out = array<T>(p["out_proj.bias"]);
    const std::vector<uint8_t> padding = g["padding"];
    const int rows = batch * t, wide = 3 * d, area = t * t;
    const k::Mask mask = name == "causal" ? k::Mask::causal : k::Mask::none;
    const T scale = T(1) / std::sqrt(static_cast<T>(dk));
    std::vector<T> workspace(std::max(k::gemm_workspace(rows, wide, wide), k::attention_workspace(t, t, dk, dk)));
    T* work = workspace.data();

    std::vector<T> qkv(static_cast<size_t>(rows * wide)), joined(x.size()), y(x.size());
    std::vector<T> scores(static_cast<size_t>(batch * heads * area)), weights(scores.size());
    k::gemm_bias(true, rows, wide, d, x.data(), d, w_in.data(), d, b_in.data(), qkv.data(), wide, work);
    std::vector<T> djoined(x.size()), dqkv(qkv.size()), dx(x.size());
    k::gemm(false, false, rows, d, d, T(1), dy.data(), d, w_out.data(), d, T(0), djoined.data(), d, work);
    for (int b = 0; b < batch; ++b)
      for (int h = 0; h < heads; ++h) {
        const int at = b * t * wide + h * dk, out = b * t * d + h * dk, square = (b * heads + h) * area;
        const T *q = qkv.data() + at, *key = q + d, *v = q + 2 * d;
        k::attention_forward(t, t, dk, dk, q, wide, key, wide, v, wide, scale, mask, padding.data() + b * t,
                             scores.data() + square, weights.data() + square, joined.data() + out, d, work);
        T* dq = dqkv.data() + at;
        k::attention_backward(t, t, dk, dk, q, wide, key, wide, v, wide, scale, weights.data() + square,
                              djoined.data() + out, d, dq, wide, dq + d, wide, dq + 2 * d, wide, work);
      }
    k::gemm_bias(true, rows, d, d, joined.data(), d, w_out.data(), d, b_out.data(), y.data(), d, work);

    std::vector<T> dw_in(w_in.size()), db_in(b_in.size()), dw_out(w_out.size()), db_out(b_out.size());
    k::gemm(true, false, d, d, rows, T(1), dy.data(), d, joined.data(), d, T(0), dw_out.data(), d, work);
    k::sum_rows(rows, d, dy.data(), db_out.data());
    k::gemm(true, false, wide, d, rows, T(1), dqkv.data(), wide, x.data(), d, T(0), dw_in.data(), d, work);
    k::sum_rows(rows, wide, dqkv.data(), db_in.data());
    k::gemm(false, false, rows, d, wide, T(1), dqkv.data(), wide, w_in.data(), d, T(0), dx.data(), d, work);

    EXPECT_TRUE(close(y, array<T>(g["y"]), kBound<T>)) << name;
    EXPECT_TRUE(close(weights, array<T>(g["weights"]), kBound<T>)) << name;
    EXPECT_TRUE(close(dx, array<T>(g["dx"]), kBound<T>)) << name;
    EXPECT_TRUE(close(dw_in, array<T>(grads["in_proj_weight"]), kBound<T>)) << name;
    EXPECT_TRUE(close(db_in, array<T>(grads["in_proj_bias"]), kBound<T>)) << name;
    EXPECT_TRUE(close(dw_out, array<T>(grads["out_proj.weight"]), kBound<T>)) << name;
    EXPECT_TRUE(close(db_out, array<T>(grads["out_proj.bias"]), kBound<T>)) << name;
  }
}

TYPED_TEST(KernelGolden, OptimizerTrajectories) {
  using T = TypeParam;
  ASSERT_GE(fixtures()["optimizers"].size(), 7u);
  for (const Json& g : fixtures()["optimizers"]) {
    const std::string name = g["name"];
    const Json& o = g["options"];
    const int n = g["n"], steps = g["steps"];
    const std::vector<T> gradients = array<T>(g["gradients"]), trajectory = array<T>(g["trajectory"]);
    std::vector<T> p = array<T>(g["start"]), first(p.size()), second(p.size());
    const double decay = o.value("weight_decay", 0.0);
    const std::vector<double> betas = o.value("betas", std::vector<double>{0.9, 0.999});
    for (int t = 0; t < steps; ++t) {
      const T* grad = gradients.data() + t * n;
      if (name == "sgd")
        k::sgd_step(n, p.data(), grad, first.data(), o["lr"], o.value("momentum", 0.0), o.value("dampening", 0.0),
                    o.value("nesterov", false), decay, t == 0);
      else
        k::adam_step(n, p.data(), grad, first.data(), second.data(), o["lr"], betas[0], betas[1],
                     o.value("eps", 1e-8), decay, name == "adamw", t + 1);
      EXPECT_TRUE(close(p, std::vector<T>(trajectory.begin() + t * n, trajectory.begin() + (t + 1) * n), kBound<T>))
          << g["options"] << " step " << t + 1;
    }
  }
}

}  // namespace

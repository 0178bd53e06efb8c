// The op contract. An op is plain data: a row in ops/ops.def, and in its one file `def` (name, attributes, infer, flops,
// explain) beside `forward` and `backward`. No op has state; what it must remember between forward and backward it asks
// for as `saved` scalars, and scratch as `workspace` scalars, both in infer. An op never allocates.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensor/rng.h"
#include "tensor/shape.h"

namespace pg {

inline constexpr int kMaxIn = 8, kMaxOut = 3, kMaxAttr = 12;

enum class DType : uint8_t { f32, i32 };

struct AttrDef {
  const char* name;
  double def;
  double min = 0, max = 0;  // range where a spec may set it
};

/// Whether specs can name the op itself, as a layer whose keys are its attributes.
enum class Role : uint8_t { internal, layer };

/// A value as infer sees it. `batched`: dimension 0 is the batch (here its maximum; at run time the actual one).
struct ValueType {
  Shape shape;
  bool batched = false;
  DType dtype = DType::f32;
};

/// What an op is told about its inputs, and what it answers. Sizes are scalars for the maximal batch.
struct Infer {
  int n_in = 0;
  std::array<ValueType, kMaxIn> in;
  std::array<double, kMaxAttr> attr{};

  int n_out = 1;
  std::array<ValueType, kMaxOut> out;
  std::array<const char*, kMaxOut> out_suffix{"", "", ""};  // output 0 carries the node's name, others "name.suffix"
  bool alias = false;      // output 0 is input 0 under another shape: no memory, no work
  int64_t saved = 0;
  int64_t workspace = 0;
  std::string rule;        // why the inputs do not fit; empty if they do
};

/// What forward and backward see: pointers into the arenas, resolved once when the session is made.
/// Shapes carry the actual batch. backward ADDS to din (a null din wants no gradient); dout of outputs other than 0 does
/// not exist. Integer inputs come in `ids`.
template <class T>
struct Run {
  std::array<const T*, kMaxIn> in{};
  std::array<const int32_t*, kMaxIn> ids{};
  std::array<T*, kMaxIn> din{};
  std::array<T*, kMaxIn> buffer{};  // input k, writable, where it is a buffer (running statistics); null elsewhere
  std::array<T*, kMaxOut> out{};
  const T* dout = nullptr;
  std::array<const Shape*, kMaxIn> in_shape{};
  std::array<const Shape*, kMaxOut> out_shape{};
  int n_in = 0;
  std::array<double, kMaxAttr> attr{};
  T* saved = nullptr;
  T* workspace = nullptr;
  bool training = false;
  uint64_t seed = 0;
  uint32_t step = 0, node = 0;  // place in the counter space of the generator
};

/// Where a number came from: an element of a named value.
struct Ref {
  int value = -1;
  int64_t flat = 0;
};

/// How one element of an output was computed, with the engine's numbers. The inspector shows nothing else.
struct Explanation {
  struct Term {
    std::string label;
    double a = 0, b = 0;
    Ref a_ref, b_ref;
  };
  std::string kind;  // affine | dot | apply | softmax | weighted_sum | add | scale | layer_norm | embedding | mean | loss | dropout | input | parameter
  std::vector<Term> terms;
  bool has_bias = false;
  double bias = 0;
  Ref bias_ref;
  std::string fn;
  double z = 0;
  Ref z_ref;
  std::vector<std::pair<std::string, double>> constants;
};

/// Reads numbers of a finished forward pass, for explain.
class Inspect {
 public:
  virtual ~Inspect() = default;
  virtual int n_in() const = 0;
  virtual const Shape& in_shape(int slot) const = 0;
  virtual const Shape& out_shape(int slot) const = 0;
  virtual double in(int slot, int64_t flat) const = 0;
  virtual double out(int slot, int64_t flat) const = 0;
  virtual double attr(int i) const = 0;
  virtual double saved(int64_t flat) const = 0;
  virtual Ref in_ref(int slot, int64_t flat) const = 0;
  virtual Ref out_ref(int slot, int64_t flat) const = 0;
};

struct OpDef {
  const char* name;
  Role role;
  std::span<const AttrDef> attrs;
  int min_in, max_in;
  void (*infer)(Infer&);
  /// Multiply-adds counted as two, forward only, for the shapes given.
  double (*flops)(const Infer&);
  /// How element `flat` of output `slot` came about.
  void (*explain)(const Inspect&, int slot, int64_t flat, Explanation&);
  /// Elements of output 0 that element `flat` of input `slot` feeds (at most 16 are asked for).
  void (*feeds)(const Inspect&, int slot, int64_t flat, std::vector<int64_t>&);
};

template <class T>
struct OpFns {
  void (*forward)(Run<T>&);
  void (*backward)(Run<T>&);
};

}  // namespace pg

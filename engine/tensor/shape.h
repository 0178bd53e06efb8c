// Shapes: at most five dimensions, the batch first where there is one.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace pg {

struct Shape {
  static constexpr int kMaxRank = 5;
  std::array<int64_t, kMaxRank> dims{};
  int rank = 0;

  Shape() = default;
  Shape(std::initializer_list<int64_t> d) {
    for (int64_t v : d) push(v);
  }

  int64_t operator[](int i) const { return dims[static_cast<size_t>(i < 0 ? i + rank : i)]; }
  int64_t& operator[](int i) { return dims[static_cast<size_t>(i < 0 ? i + rank : i)]; }
  void push(int64_t d) { dims[static_cast<size_t>(rank++)] = d; }
  int64_t last() const { return dims[static_cast<size_t>(rank - 1)]; }

  int64_t numel() const {
    int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= dims[static_cast<size_t>(i)];
    return n;
  }
  /// Product of all dimensions but the last: the rows of the matrix that the tensor is in memory.
  int64_t rows() const { return rank == 0 ? 1 : (last() == 0 ? 0 : numel() / last()); }

  bool operator==(const Shape& o) const {
    if (rank != o.rank) return false;
    for (int i = 0; i < rank; ++i)
      if (dims[static_cast<size_t>(i)] != o.dims[static_cast<size_t>(i)]) return false;
    return true;
  }

  /// "[32, 8]"
  std::string str() const {
    std::string s = "[";
    for (int i = 0; i < rank; ++i) s += (i ? ", " : "") + std::to_string(dims[static_cast<size_t>(i)]);
    return s + "]";
  }

  std::vector<int64_t> index_of(int64_t flat) const {
    std::vector<int64_t> index(static_cast<size_t>(rank));
    for (int i = rank - 1; i >= 0; --i) {
      const int64_t d = dims[static_cast<size_t>(i)];
      index[static_cast<size_t>(i)] = flat % d;
      flat /= d;
    }
    return index;
  }
};

}  // namespace pg

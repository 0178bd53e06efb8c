// One aligned, zeroed block of scalars that never moves: the arenas' storage.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace pg {

inline constexpr size_t kAlign = 64;

template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t n) : size_(n) {
    // Some room after the end lets a SIMD load of a tail stay inside the block.
    const size_t bytes = static_cast<size_t>(n) * sizeof(T) + kAlign;
    data_.reset(static_cast<T*>(::operator new(bytes, std::align_val_t(kAlign))));
    std::memset(static_cast<void*>(data_.get()), 0, bytes);
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  int64_t size() const { return size_; }
  void zero() {
    if (size_) std::memset(static_cast<void*>(data_.get()), 0, static_cast<size_t>(size_) * sizeof(T));
  }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete(p, std::align_val_t(kAlign)); }
  };
  std::unique_ptr<T[], Free> data_;
  int64_t size_ = 0;
};

/// Rounds a count of scalars up so that the next tensor in an arena starts on a cache line.
inline int64_t align_up(int64_t n) { return (n + 15) / 16 * 16; }

}  // namespace pg

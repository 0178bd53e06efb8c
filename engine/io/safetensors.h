// The safetensors format (huggingface.co/docs/safetensors): 8 bytes with the header's length, a JSON header, the tensors' bytes.
// What PyTorch's safetensors.torch.load_file reads, we write; what it writes (in F32, F64, I64), we read.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tensor/json.h"
#include "tensor/shape.h"

namespace pg {

struct StoredTensor {
  std::string name;
  std::string dtype;  // "F32" | "F64" | "I64"
  Shape shape;
  const uint8_t* bytes = nullptr;  // little-endian, row-major; not aligned
  int64_t size() const;            // in bytes

  /// Element i as a number.
  double at(int64_t i) const;
};

struct StoredModel {
  Json metadata = Json::object();  // text by text
  std::vector<StoredTensor> tensors;
  const StoredTensor* find(const std::string& name) const;
};

std::vector<uint8_t> write_safetensors(const StoredModel& model);

/// The tensors point into `bytes`. Throws Error (code "bad_file") where the bytes are cut short, the header lies, or a tensor is
/// of another type or of more than Shape::kMaxRank dimensions. Nothing is allocated that the file does not hold.
StoredModel read_safetensors(const uint8_t* bytes, size_t size);

}  // namespace pg

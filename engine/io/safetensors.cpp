#include "io/safetensors.h"

#include <algorithm>
#include <cstring>

#include "graph/params.h"

namespace pg {

namespace {

int64_t size_of(const std::string& dtype) { return dtype == "F32" ? 4 : dtype == "F64" || dtype == "I64" ? 8 : 0; }

[[noreturn]] void refuse(std::string rule, std::string value) { fail("bad_file", "file", std::move(rule), std::move(value)); }

/// A whole number from 0 to `most`, or −1.
int64_t count(const Json& j, int64_t most) {
  if (!j.is_number_unsigned()) return -1;
  const uint64_t n = j.get<uint64_t>();
  return n <= static_cast<uint64_t>(most) ? static_cast<int64_t>(n) : -1;
}

}  // namespace

int64_t StoredTensor::size() const { return shape.numel() * size_of(dtype); }

double StoredTensor::at(int64_t i) const {
  if (dtype == "F32") {
    float x;
    std::memcpy(&x, bytes + i * 4, sizeof x);
    return static_cast<double>(x);
  }
  if (dtype == "F64") {
    double x;
    std::memcpy(&x, bytes + i * 8, sizeof x);
    return x;
  }
  int64_t x;
  std::memcpy(&x, bytes + i * 8, sizeof x);
  return static_cast<double>(x);
}

const StoredTensor* StoredModel::find(const std::string& name) const {
  for (const StoredTensor& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

std::vector<uint8_t> write_safetensors(const StoredModel& model) {
  Json header = {{"__metadata__", model.metadata}};
  int64_t at = 0;
  for (const StoredTensor& t : model.tensors) {
    Json shape = Json::array();
    for (int d = 0; d < t.shape.rank; ++d) shape.push_back(t.shape[d]);
    header[t.name] = {{"dtype", t.dtype}, {"shape", shape}, {"data_offsets", {at, at + t.size()}}};
    at += t.size();
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');  // so that the tensors are aligned for those who map the file
  std::vector<uint8_t> out(8 + text.size() + static_cast<size_t>(at));
  const uint64_t length = text.size();
  std::memcpy(out.data(), &length, 8);
  std::memcpy(out.data() + 8, text.data(), text.size());
  uint8_t* to = out.data() + 8 + text.size();
  for (const StoredTensor& t : model.tensors) {
    if (t.size()) std::memcpy(to, t.bytes, static_cast<size_t>(t.size()));
    to += t.size();
  }
  return out;
}

StoredModel read_safetensors(const uint8_t* bytes, size_t size) {
  if (size < 8) refuse("a safetensors file: 8 bytes with the header's length come first", std::to_string(size) + " bytes");
  uint64_t length;
  std::memcpy(&length, bytes, 8);
  if (length > size - 8) refuse("whole: its header has " + std::to_string(length) + " bytes", std::to_string(size - 8) + " bytes");
  const Json header = parse_json({reinterpret_cast<const char*>(bytes) + 8, static_cast<size_t>(length)});
  if (!header.is_object()) refuse("a safetensors file: its header is a JSON object", header.is_discarded() ? "no JSON" : shown(header));
  const int64_t room = static_cast<int64_t>(size - 8 - static_cast<size_t>(length));
  const uint8_t* data = bytes + 8 + length;
  StoredModel model;
  std::vector<std::pair<int64_t, int64_t>> places;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) refuse("a safetensors file: its __metadata__ is an object", shown(entry));
      for (const auto& item : entry.items())
        if (!item.value().is_string()) refuse("a safetensors file: its __metadata__ holds texts", shown(item.value()));
      model.metadata = entry;
      continue;
    }
    const std::string what = "a safetensors file whose tensor " + shown(Json(name));
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets")) refuse(what + " has dtype, shape and data_offsets", shown(entry));
    StoredTensor t;
    t.name = name;
    if (!entry["dtype"].is_string() || size_of(t.dtype = entry["dtype"].get<std::string>()) == 0) refuse(what + " is F32, F64 or I64", shown(entry["dtype"]));
    const Json& shape = entry["shape"];
    if (!shape.is_array() || shape.size() > static_cast<size_t>(Shape::kMaxRank)) refuse(what + " has at most " + std::to_string(Shape::kMaxRank) + " dimensions", shown(shape));
    int64_t n = 1;
    for (const Json& d : shape) {
      const int64_t dim = count(d, room);
      if (dim < 0) refuse(what + " has a shape that the file has room for", shown(shape));
      t.shape.push(dim);
      n = std::min(n * dim, room + 1);  // dim ≤ room, so no overflow below 2^62
    }
    const Json& offsets = entry["data_offsets"];
    const int64_t begin = offsets.is_array() && offsets.size() == 2 ? count(offsets[0], room) : -1;
    const int64_t end = begin >= 0 ? count(offsets[1], room) : -1;
    if (end < begin || begin < 0) refuse(what + " lies within its " + std::to_string(room) + " bytes of data", shown(offsets));
    if (n > room || end - begin != n * size_of(t.dtype)) refuse(what + " has as many bytes as its shape " + t.shape.str() + " takes", std::to_string(end - begin) + " bytes");
    t.bytes = data + begin;
    places.push_back({begin, end});
    model.tensors.push_back(std::move(t));
  }
  std::sort(places.begin(), places.end());
  int64_t at = 0;
  for (const auto& [begin, end] : places) {
    if (begin != at) refuse("without gaps or overlaps between its tensors", "byte " + std::to_string(at));
    at = end;
  }
  if (at != room) refuse("as long as its tensors take (" + std::to_string(at) + " bytes of data)", std::to_string(room) + " bytes");
  return model;
}

}  // namespace pg

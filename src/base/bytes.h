// Bytes and the only two ways to read and write them: ByteReader takes hostile input, widens every length
// and checks it before use; ByteWriter appends. All integers of our formats are little-endian.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aplomb {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lower-case hexadecimal, and back (nullopt on odd length or a foreign character).
std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);

// a + b and a * b, or nullopt when they do not fit 64 bits.
std::optional<uint64_t> checked_add(uint64_t a, uint64_t b);
std::optional<uint64_t> checked_mul(uint64_t a, uint64_t b);

// An identifier of N bytes with its own type: ChunkId, PackId and SnapshotId do not mix.
template <typename Tag, size_t N = 32>
struct Id {
  static constexpr size_t kSize = N;
  std::array<uint8_t, N> bytes{};

  auto operator<=>(const Id&) const = default;
  ByteView view() const { return bytes; }
  std::string hex() const { return to_hex(bytes); }
  static std::optional<Id> parse(std::string_view text) {
    auto raw = from_hex(text);
    if (!raw || raw->size() != N) return std::nullopt;
    Id id;
    std::memcpy(id.bytes.data(), raw->data(), N);
    return id;
  }
};

// Ids are hashes, so their first eight bytes are already a good hash value.
struct IdHash {
  template <typename T>
  size_t operator()(const T& id) const {
    size_t value;
    std::memcpy(&value, id.bytes.data(), sizeof value);
    return value;
  }
};

struct Sha256Tag;
using Sha256 = Id<Sha256Tag>;  // an unkeyed SHA-256 of some content

// Reads forward through a buffer it does not own. Every getter fails with Code::corrupt past the end.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes), size_(bytes.size()) {}

  size_t remaining() const { return rest_.size(); }
  size_t offset() const { return size_ - rest_.size(); }
  bool at_end() const { return rest_.empty(); }
  ByteView rest() const { return rest_; }

  Result<uint8_t> u8();
  Result<uint16_t> u16();
  Result<uint32_t> u32();
  Result<uint64_t> u64();
  Result<int64_t> i64();
  // LEB128, at most 10 bytes, the shortest form only.
  Result<uint64_t> varint();
  Result<ByteView> bytes(uint64_t count);
  // varint length, then the bytes; fails when the length is over `limit`.
  Result<ByteView> sized(uint64_t limit);
  Result<std::string> text(uint64_t limit);
  template <typename Identifier>
  Result<Identifier> id() {
    ByteView raw = TRY(bytes(Identifier::kSize));
    Identifier identifier;
    std::memcpy(identifier.bytes.data(), raw.data(), raw.size());
    return identifier;
  }
  // Fails unless the whole input was read: trailing bytes are damage, not decoration.
  Status finish() const;

 private:
  ByteView rest_;
  size_t size_;
};

class ByteWriter {
 public:
  void u8(uint8_t value) { out_.push_back(value); }
  void u16(uint16_t value) { little_endian(value, 2); }
  void u32(uint32_t value) { little_endian(value, 4); }
  void u64(uint64_t value) { little_endian(value, 8); }
  void i64(int64_t value) { u64(static_cast<uint64_t>(value)); }
  void varint(uint64_t value);
  void bytes(ByteView view) { out_.insert(out_.end(), view.begin(), view.end()); }
  void sized(ByteView view);
  void clear() { out_.clear(); }
  void reserve(size_t size) { out_.reserve(size); }
  void text(std::string_view value) { sized(as_bytes(value)); }
  template <typename Tag, size_t N>
  void id(const Id<Tag, N>& value) {
    bytes(value.bytes);
  }

  size_t size() const { return out_.size(); }
  ByteView view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  void little_endian(uint64_t value, int width) {
    for (int i = 0; i < width; ++i) out_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  Bytes out_;
};

}  // namespace aplomb

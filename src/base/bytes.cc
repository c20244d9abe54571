#include "base/bytes.h"

#include "base/messages.h"

namespace aplomb {
namespace {

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error truncated(size_t offset) {
  return make_error(Code::corrupt, tr("the data end too early, at byte {}", offset));
}

}  // namespace

std::string to_hex(ByteView bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (uint8_t byte : bytes) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = nibble(text[i]), low = nibble(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::optional<uint64_t> checked_add(uint64_t a, uint64_t b) {
  uint64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<uint64_t> checked_mul(uint64_t a, uint64_t b) {
  uint64_t product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

Result<ByteView> ByteReader::bytes(uint64_t count) {
  if (count > rest_.size()) return fail(truncated(offset()));
  ByteView taken = rest_.first(static_cast<size_t>(count));
  rest_ = rest_.subspan(static_cast<size_t>(count));
  return taken;
}

Result<uint8_t> ByteReader::u8() {
  return TRY(bytes(1))[0];
}

Result<uint16_t> ByteReader::u16() {
  ByteView raw = TRY(bytes(2));
  return static_cast<uint16_t>(raw[0] | raw[1] << 8);
}

Result<uint32_t> ByteReader::u32() {
  ByteView raw = TRY(bytes(4));
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | raw[static_cast<size_t>(i)];
  return value;
}

Result<uint64_t> ByteReader::u64() {
  ByteView raw = TRY(bytes(8));
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | raw[static_cast<size_t>(i)];
  return value;
}

Result<int64_t> ByteReader::i64() {
  return static_cast<int64_t>(TRY(u64()));
}

Result<uint64_t> ByteReader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    uint8_t byte = TRY(u8());
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      if (byte == 0 && shift != 0) break;  // a longer form than needed
      return value;
    }
  }
  return fail(Code::corrupt, tr("a number is badly written, at byte {}", offset()));
}

Result<ByteView> ByteReader::sized(uint64_t limit) {
  uint64_t length = TRY(varint());
  if (length > limit)
    return fail(Code::corrupt,
                tr("a length of {} is over its limit of {}, at byte {}", length, limit, offset()));
  return bytes(length);
}

Result<std::string> ByteReader::text(uint64_t limit) {
  return std::string(as_text(TRY(sized(limit))));
}

Status ByteReader::finish() const {
  if (rest_.empty()) return {};
  return fail(Code::corrupt, tr("{} bytes too many, from byte {}", rest_.size(), offset()));
}

void ByteWriter::varint(uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<uint8_t>(value));
}

void ByteWriter::sized(ByteView view) {
  varint(view.size());
  bytes(view);
}

}  // namespace aplomb

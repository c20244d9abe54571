#include "base/log.h"

#include <fmt/format.h>

#include <cstdio>

namespace aplomb {
namespace {

// Length of the valid UTF-8 sequence at `text`, or 0. No overlong forms, no surrogates (RFC 3629).
size_t utf8_length(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto continuation = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continuation(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    return continuation(1) && continuation(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return continuation(1) && continuation(2) && continuation(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

void StderrLog::info(std::string_view line) {
  if (level_ == Level::all) fmt::print(stderr, "aplomb: {}\n", line);
}

void StderrLog::warn(std::string_view line) {
  fmt::print(stderr, "aplomb: {}\n", line);
}

std::string printable(std::string_view name) {
  std::string shown;
  while (!name.empty()) {
    size_t length = utf8_length(name);
    unsigned char first = static_cast<unsigned char>(name[0]);
    bool c1 = length == 2 && first == 0xc2 && static_cast<unsigned char>(name[1]) < 0xa0;
    // U+202A..U+202E and U+2066..U+2069 turn the reading direction round.
    bool bidi = length == 3 && first == 0xe2 &&
                ((name[1] == '\x80' && name[2] >= '\xaa' && name[2] <= '\xae') ||
                 (name[1] == '\x81' && name[2] >= '\xa6' && name[2] <= '\xa9'));
    if (length == 0 || first < 0x20 || first == 0x7f || c1 || bidi) {
      size_t count = length == 0 ? 1 : length;
      for (size_t i = 0; i < count; ++i)
        shown += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(name[i])));
      name.remove_prefix(count);
      continue;
    }
    shown += name.substr(0, length);
    name.remove_prefix(length);
  }
  return shown;
}

}  // namespace aplomb

#include "php/codecs.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "php/characters.h"

namespace aplomb::php {
namespace {
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> make_base64_table() {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (size_t i = 0; i < kBase64.size(); ++i)
    table[static_cast<unsigned char>(kBase64[i])] = static_cast<int8_t>(i);
  return table;
}
constexpr std::array<int8_t, 256> kBase64Values = make_base64_table();
}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    int8_t value = kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0) continue;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    if (++count == 4) {
      out.push_back(static_cast<char>(bits >> 16));
      out.push_back(static_cast<char>(bits >> 8));
      out.push_back(static_cast<char>(bits));
      bits = 0;
      count = 0;
    }
  }
  if (count == 2) out.push_back(static_cast<char>(bits >> 4));
  if (count == 3) {
    out.push_back(static_cast<char>(bits >> 10));
    out.push_back(static_cast<char>(bits >> 2));
  }
  return out;
}

std::string encode_base64(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = (bits << 8) | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (size_t j = 0; j < 4; ++j)
      out.push_back(i + j <= text.size() ? kBase64[(bits >> (18 - 6 * j)) & 63] : '=');
  }
  return out;
}

std::string rotate13(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>('a' + (c - 'a' + 13) % 26);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>('A' + (c - 'A' + 13) % 26);
  }
  return out;
}

std::optional<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = hex_value(text[i]);
    int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

std::string decode_url(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::optional<std::string> decode_uu(std::string_view text) {
  std::string out;
  size_t i = 0;
  while (i < text.size()) {
    size_t length = (static_cast<unsigned char>(text[i++]) - 32U) & 63U;
    if (length == 0) break;
    std::string line;
    while (line.size() < length) {
      if (i + 4 > text.size()) return std::nullopt;
      uint32_t bits = 0;
      for (size_t j = 0; j < 4; ++j)
        bits = (bits << 6) | ((static_cast<unsigned char>(text[i++]) - 32U) & 63U);
      line.push_back(static_cast<char>(bits >> 16));
      line.push_back(static_cast<char>(bits >> 8));
      line.push_back(static_cast<char>(bits));
    }
    out.append(line, 0, length);
    while (i < text.size() && text[i] != '\n') ++i;
    ++i;
  }
  return out;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
    } else if (i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      while (i + 1 < text.size() && is(text[i + 1], kSpace)) ++i;
    }
  }
  return out;
}

std::string decode_entities(std::string_view text) {
  constexpr std::pair<std::string_view, char> kNamed[] = {{"&lt;", '<'},   {"&gt;", '>'},    {"&amp;", '&'},
                                                          {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", ' '}};
  std::string out;
  for (size_t i = 0; i < text.size();) {
    bool replaced = false;
    if (text[i] == '&') {
      for (const auto& [name, character] : kNamed)
        if (text.substr(i).starts_with(name)) {
          out.push_back(character);
          i += name.size();
          replaced = true;
          break;
        }
      if (!replaced && text.substr(i).starts_with("&#")) {
        bool is_hex = i + 2 < text.size() && lower(text[i + 2]) == 'x';
        size_t j = i + (is_hex ? 3 : 2);
        uint32_t code = 0;
        size_t start = j;
        while (j < text.size() && j - start < 7 && (is_hex ? hex_value(text[j]) >= 0 : is(text[j], kDigit)))
          code = code * (is_hex ? 16U : 10U) + static_cast<uint32_t>(hex_value(text[j++]));
        if (j > start && code < 256) {
          out.push_back(static_cast<char>(code));
          i = j + (j < text.size() && text[j] == ';' ? 1 : 0);
          replaced = true;
        }
      }
    }
    if (!replaced) out.push_back(text[i++]);
  }
  return out;
}

std::optional<std::string> inflate_text(std::string_view data, Zlib format, uint64_t limit, bool& truncated) {
  z_stream stream{};
  int window = format == Zlib::raw ? -MAX_WBITS : format == Zlib::zlib ? MAX_WBITS : MAX_WBITS + 16;
  if (inflateInit2(&stream, window) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(std::min<size_t>(data.size(), UINT32_MAX));
  std::string out;
  std::array<char, 16384> buffer;
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_NO_FLUSH);
    size_t made = buffer.size() - stream.avail_out;
    if (made == 0 && status != Z_STREAM_END) break;
    if (out.size() + made > limit) {
      truncated = true;
      break;
    }
    out.append(buffer.data(), made);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END && !truncated && out.empty()) return std::nullopt;
  return out;
}

}  // namespace aplomb::php

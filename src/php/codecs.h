// The decoders that hide code: PHP's own base64, rot13, hex, URL, uuencode and zlib functions, on constants.
// Each writes at most `limit` bytes and answers nothing when its input is none of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aplomb::php {

std::optional<std::string> decode_base64(std::string_view text);  // lenient, as PHP's default
std::string encode_base64(std::string_view text);
std::string rotate13(std::string_view text);
std::optional<std::string> decode_hex(std::string_view text);
std::string decode_url(std::string_view text, bool plus_is_space);
std::optional<std::string> decode_uu(std::string_view text);
std::string decode_quoted_printable(std::string_view text);
std::string decode_entities(std::string_view text);

enum class Zlib : uint8_t { raw, zlib, gzip };
// `truncated` is set when the output reached the limit: what came out is a beginning.
std::optional<std::string> inflate_text(std::string_view data, Zlib format, uint64_t limit, bool& truncated);

}  // namespace aplomb::php

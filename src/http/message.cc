#include "http/message.h"

#include <algorithm>

namespace aplomb::http {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

const std::string* find_header(const Headers& headers, std::string_view name) {
  auto found = std::ranges::find_if(
      headers, [&](const auto& header) { return equal_ignoring_case(header.first, name); });
  return found == headers.end() ? nullptr : &found->second;
}

bool is_header_safe(std::string_view name, std::string_view value) {
  auto name_fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  auto value_fits = [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); };
  return !name.empty() && std::ranges::all_of(name, name_fits) && std::ranges::all_of(value, value_fits);
}

}  // namespace aplomb::http

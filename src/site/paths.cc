#include "site/paths.h"

#include <cstdint>
#include <filesystem>

namespace aplomb::site {

std::string normal_path(std::string_view path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

bool is_beneath(std::string_view path, std::string_view folder) {
  if (folder == "/") return path.starts_with('/');
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string_view relative_to(std::string_view path, std::string_view folder) {
  path.remove_prefix(folder == "/" ? 0 : folder.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

// RFC 3629 section 4: the shortest form only, no surrogates, at most U+10FFFF.
bool is_readable_text(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto first = static_cast<uint8_t>(text[i]);
    if (first < 0x20 || first == 0x7f) return false;
    if (first < 0x80) continue;
    int length = first >= 0xc2 && first < 0xe0   ? 1
                 : first >= 0xe0 && first < 0xf0 ? 2
                 : first >= 0xf0 && first < 0xf5 ? 3
                                                 : 0;
    if (length == 0) return false;
    uint32_t code = first & (0x3fU >> length);
    for (int k = 0; k < length; ++k) {
      if (++i >= text.size() || (static_cast<uint8_t>(text[i]) & 0xc0) != 0x80) return false;
      code = code << 6 | (static_cast<uint8_t>(text[i]) & 0x3fU);
    }
    bool shortest = code >= (length == 1 ? 0x80U : length == 2 ? 0x800U : 0x10000U);
    if (!shortest || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return false;
  }
  return true;
}

}  // namespace aplomb::site

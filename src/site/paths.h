// Absolute paths as text: cleaned, and compared by whole components. Pure: links are not looked at.
#pragma once

#include <string>
#include <string_view>

namespace aplomb::site {

// Without ".", "..", doubled and trailing slashes.
std::string normal_path(std::string_view path);
// path is folder or lies under it; both normal.
bool is_beneath(std::string_view path, std::string_view folder);
// What follows folder in path: "" for the folder itself. Only when is_beneath.
std::string_view relative_to(std::string_view path, std::string_view folder);
// Well-formed UTF-8 without control characters: what a configuration file can hold and a person can read.
bool is_readable_text(std::string_view text);

}  // namespace aplomb::site

// What the server and the client have in common: header lists, and the words for a status.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aplomb::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The first header of this name, in any capitals; nullptr when there is none.
const std::string* find_header(const Headers& headers, std::string_view name);

bool equal_ignoring_case(std::string_view a, std::string_view b);

// False when it could break out of its line: such a header is never sent.
bool is_header_safe(std::string_view name, std::string_view value);

}  // namespace aplomb::http

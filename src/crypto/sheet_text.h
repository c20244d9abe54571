// The recovery sheet as people type it: takes the words out of a text. Pure; what a word means is not known
// here. Internal to crypto.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aplomb::crypto {

constexpr size_t kSheetTokensMax = 256;  // read no further: there are 27 words

// Words in small letters without accents. Numbers before words, blanks, line breaks and punctuation part
// words and are nothing else. When a line is the title, only what stands between it and the line END counts,
// so that the whole sheet can be given as it is.
std::vector<std::string> sheet_tokens(std::string_view text);

// Is there a title line?
bool has_sheet_title(std::string_view text);

}  // namespace aplomb::crypto

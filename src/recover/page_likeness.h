// Are two copies of one page the same to a reader? Compared are the words that a page shows, in any order:
// what stands in tags, scripts, style sheets and comments does not count, nor does a word with a digit in it
// (a date, a time, a counter, a token). Two pages are alike when nine words in ten are the same: a calendar
// of today may differ, an error page or an empty one is not alike. It does not see a picture that is missing,
// a changed figure, or a changed address of a link. Pure; the pages may be hostile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace aplomb::recover {

constexpr double kAlike = 0.9;

// In lower case, sorted, repeats included.
std::vector<std::string> words_of_page(std::string_view html);

// The share of words that both have: 0 to 1; 1 for two pages without words.
double likeness(const std::vector<std::string>& a, const std::vector<std::string>& b);

// The same for pages of HTML; for everything else, 1 when the bytes are the same and 0 when not.
double likeness_of_pages(std::string_view content_type, ByteView a, ByteView b);
bool is_html(std::string_view content_type);

}  // namespace aplomb::recover

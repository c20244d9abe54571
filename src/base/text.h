// Small functions on text that several parts need.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aplomb {

// How many letters have to be put in, taken out or changed to make one text of the other (Levenshtein). Time
// and memory are the product of the sizes: for words.
size_t edit_distance(std::string_view a, std::string_view b);

// Text as it may stand in HTML, also within a quoted attribute.
std::string escape_html(std::string_view text);

// ASCII alone, whatever the locale: what protocols and file names compare without case.
char lower(char c);
std::string lower(std::string_view text);

// Without the blanks (space, tab, line ends, form feed) around it.
std::string_view trim(std::string_view text);

}  // namespace aplomb

// What people read, in French or English, through GNU gettext. The source text is English; po/fr.po holds the
// French. tr() is fmt with a translated pattern; a test compares the placeholders of the two languages.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace aplomb {

enum class Language { english, french };

// Chooses the language for the whole process; called once by main, before any thread.
void set_language(Language language);
Language language();

// The translation of a message; the message itself when there is none.
const char* translate(const char* message);
// The form for `count`, by the language's own plural rule.
const char* translate_plural(const char* one, const char* many, unsigned long count);

template <typename... Arguments>
std::string tr(const char* message, const Arguments&... arguments) {
  return fmt::vformat(translate(message), fmt::make_format_args(arguments...));
}

// tr_n("{} file", "{} files", n, …): the count is the first argument.
template <typename... Arguments>
std::string tr_n(const char* one, const char* many, unsigned long count, const Arguments&... arguments) {
  return fmt::vformat(translate_plural(one, many, count), fmt::make_format_args(count, arguments...));
}

// Marks a message that is translated later, where it is shown.
constexpr const char* tr_later(const char* message) {
  return message;
}

}  // namespace aplomb

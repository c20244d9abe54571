// The reserved words of PHP 5 to 8.4, found by length and first letter: a lexer asks for every name it meets.
#include <array>

#include "php/characters.h"
#include "php/token.h"

namespace aplomb::php {
namespace {

struct Entry {
  std::string_view spelling;
  Keyword keyword = Keyword::none;
};

constexpr Entry kEntries[] = {
    {"abstract", Keyword::k_abstract},
    {"and", Keyword::k_and},
    {"array", Keyword::k_array},
    {"as", Keyword::k_as},
    {"break", Keyword::k_break},
    {"callable", Keyword::k_callable},
    {"case", Keyword::k_case},
    {"catch", Keyword::k_catch},
    {"class", Keyword::k_class},
    {"clone", Keyword::k_clone},
    {"const", Keyword::k_const},
    {"continue", Keyword::k_continue},
    {"declare", Keyword::k_declare},
    {"default", Keyword::k_default},
    {"die", Keyword::k_exit},
    {"do", Keyword::k_do},
    {"echo", Keyword::k_echo},
    {"else", Keyword::k_else},
    {"elseif", Keyword::k_elseif},
    {"empty", Keyword::k_empty},
    {"enddeclare", Keyword::k_enddeclare},
    {"endfor", Keyword::k_endfor},
    {"endforeach", Keyword::k_endforeach},
    {"endif", Keyword::k_endif},
    {"endswitch", Keyword::k_endswitch},
    {"endwhile", Keyword::k_endwhile},
    {"enum", Keyword::k_enum},
    {"eval", Keyword::k_eval},
    {"exit", Keyword::k_exit},
    {"extends", Keyword::k_extends},
    {"final", Keyword::k_final},
    {"finally", Keyword::k_finally},
    {"fn", Keyword::k_fn},
    {"for", Keyword::k_for},
    {"foreach", Keyword::k_foreach},
    {"function", Keyword::k_function},
    {"global", Keyword::k_global},
    {"goto", Keyword::k_goto},
    {"__halt_compiler", Keyword::k_halt_compiler},
    {"if", Keyword::k_if},
    {"implements", Keyword::k_implements},
    {"include", Keyword::k_include},
    {"include_once", Keyword::k_include},
    {"instanceof", Keyword::k_instanceof},
    {"insteadof", Keyword::k_insteadof},
    {"interface", Keyword::k_interface},
    {"isset", Keyword::k_isset},
    {"list", Keyword::k_list},
    {"match", Keyword::k_match},
    {"namespace", Keyword::k_namespace},
    {"new", Keyword::k_new},
    {"or", Keyword::k_or},
    {"print", Keyword::k_print},
    {"private", Keyword::k_private},
    {"protected", Keyword::k_protected},
    {"public", Keyword::k_public},
    {"readonly", Keyword::k_readonly},
    {"require", Keyword::k_require},
    {"require_once", Keyword::k_require},
    {"return", Keyword::k_return},
    {"static", Keyword::k_static},
    {"switch", Keyword::k_switch},
    {"throw", Keyword::k_throw},
    {"trait", Keyword::k_trait},
    {"try", Keyword::k_try},
    {"unset", Keyword::k_unset},
    {"use", Keyword::k_use},
    {"var", Keyword::k_var},
    {"while", Keyword::k_while},
    {"xor", Keyword::k_xor},
    {"yield", Keyword::k_yield},
};
constexpr size_t kLongest = 15;

constexpr size_t bucket(std::string_view name) {
  return name.size() * 32 + (static_cast<unsigned char>(lower(name[0])) & 31U);
}

// Entries by bucket: those of bucket b stand from begin[b] to begin[b + 1].
struct Buckets {
  std::array<uint8_t, (kLongest + 1) * 32 + 1> begin{};
  std::array<Entry, std::size(kEntries)> entries{};

  constexpr Buckets() {
    size_t filled = 0;
    for (size_t b = 0; b + 1 < begin.size(); ++b) {
      begin[b] = static_cast<uint8_t>(filled);
      for (const Entry& entry : kEntries)
        if (bucket(entry.spelling) == b) entries[filled++] = entry;
    }
    begin.back() = static_cast<uint8_t>(filled);
  }
};
constexpr Buckets kBuckets;

}  // namespace

Keyword keyword(std::string_view name) {
  if (name.size() < 2 || name.size() > kLongest) return Keyword::none;
  size_t at = bucket(name);
  for (size_t i = kBuckets.begin[at]; i < kBuckets.begin[at + 1]; ++i)
    if (equals_ignoring_case(name, kBuckets.entries[i].spelling)) return kBuckets.entries[i].keyword;
  return Keyword::none;
}

}  // namespace aplomb::php

#include "site/executable_value.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace aplomb::site {
namespace {

using Kind = std::optional<std::string>;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_folded(std::string_view text, std::string_view small_prefix) {
  return text.size() >= small_prefix.size() &&
         std::ranges::equal(text.substr(0, small_prefix.size()), small_prefix, {}, small);
}

template <size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::ranges::any_of(list, [&](std::string_view item) {
    return item.size() == word.size() && starts_with_folded(word, item);
  });
}

// `<?php` followed by something that is code, `<?=` by an expression. "<?xml" and a bare "<?" are neither.
bool is_php(std::string_view after_tag_open) {
  std::string_view rest = after_tag_open;
  if (starts_with_folded(rest, "php") && (rest.size() == 3 || is_space(rest[3]))) {
    return rest.substr(0, 512).find_first_of("$(;") != std::string_view::npos;
  }
  if (rest.starts_with('=')) {
    rest.remove_prefix(1);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    return rest.starts_with('$') || (!rest.empty() && is_letter(rest.front()) &&
                                     rest.substr(0, 200).find('(') != std::string_view::npos);
  }
  // Short tags, where they are enabled: only with a call or a variable right behind.
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  if (rest.starts_with('$')) return true;
  size_t word = 0;
  while (word < rest.size() && word < 40 &&
         (is_letter(rest[word]) || is_digit(rest[word]) || rest[word] == '_'))
    ++word;
  return word > 0 && word < rest.size() && rest[word] == '(';
}

// O:8:"Evil_One":1:{ with a length that fits, as unserialize() demands; stdClass has no methods to misuse.
bool is_php_object(std::string_view text) {
  size_t i = 2;
  if (i < text.size() && text[i] == '+') ++i;
  size_t length = 0, digits = 0;
  for (; i < text.size() && is_digit(text[i]) && digits < 4; ++i, ++digits)
    length = length * 10 + static_cast<size_t>(text[i] - '0');
  if (digits == 0 || length == 0 || !text.substr(i).starts_with(":\"")) return false;
  i += 2;
  if (text.size() < i + length + 4) return false;
  std::string_view name = text.substr(i, length);
  auto fits = [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '\\' || static_cast<uint8_t>(c) >= 0x80;
  };
  if (!std::ranges::all_of(name, fits) || one_of(name, std::to_array<std::string_view>({"stdclass"})))
    return false;
  std::string_view rest = text.substr(i + length);
  return rest.starts_with("\":") && is_digit(rest[2]);
}

bool finds_php_object(std::string_view text) {
  for (size_t i = 0; i + 8 < text.size(); ++i) {
    if ((text[i] != 'O' && text[i] != 'C') || text[i + 1] != ':') continue;
    bool begins = i == 0 || text[i - 1] == ';' || text[i - 1] == '{' || text[i - 1] == '}' ||
                  text[i - 1] == '|' || is_space(text[i - 1]) || text[i - 1] == '"';
    if (begins && is_php_object(text.substr(i))) return true;
  }
  return false;
}

// The first 64 significant characters of an attribute's value as a browser compares schemes: entities
// decoded, white space and control characters dropped, small letters.
std::string scheme_text(std::string_view value) {
  std::string result;
  for (size_t i = 0; i < value.size() && result.size() < 64; ++i) {
    char c = value[i];
    if (c == '&' && i + 2 < value.size() && value[i + 1] == '#') {
      size_t k = i + 2;
      bool hexadecimal = value[k] == 'x' || value[k] == 'X';
      if (hexadecimal) ++k;
      uint32_t code = 0;
      size_t first = k;
      for (; k < value.size() && k < first + 8; ++k) {
        char d = small(value[k]);
        if (is_digit(d))
          code = code * (hexadecimal ? 16 : 10) + static_cast<uint32_t>(d - '0');
        else if (hexadecimal && d >= 'a' && d <= 'f')
          code = code * 16 + static_cast<uint32_t>(d - 'a' + 10);
        else
          break;
      }
      if (k > first && code < 0x80) {
        c = static_cast<char>(code);
        i = k < value.size() && value[k] == ';' ? k : k - 1;
      }
    } else if (c == '&') {
      for (auto [entity, character] :
           {std::pair<std::string_view, char>{"&colon;", ':'}, {"&tab;", '\t'}, {"&newline;", '\n'}})
        if (starts_with_folded(value.substr(i), entity)) {
          c = character;
          i += entity.size() - 1;
          break;
        }
    }
    if (static_cast<unsigned char>(c) > 0x20) result += small(c);
  }
  return result;
}

bool is_script_address(std::string_view value) {
  std::string text = scheme_text(value);
  if (text.starts_with("javascript:") || text.starts_with("vbscript:"))
    return text.size() > 11 && text != "javascript:void(0)" && text != "javascript:void(0);" &&
           text != "javascript:;";
  return text.starts_with("data:text/html") || text.starts_with("data:application/xhtml") ||
         text.starts_with("data:text/javascript");
}

// onclick="return false" and an empty handler do nothing.
bool is_handler_code(std::string_view value) {
  std::string text = scheme_text(value);
  return !text.empty() && text != "returnfalse" && text != "returnfalse;" && text != "returntrue;" &&
         text != "void(0)";
}

constexpr auto kFrames = std::to_array<std::string_view>({"iframe", "frame", "frameset"});
constexpr auto kObjects = std::to_array<std::string_view>({"object", "embed", "applet"});
constexpr auto kMeta = std::to_array<std::string_view>({"meta"});
constexpr auto kBase = std::to_array<std::string_view>({"base"});
constexpr auto kLink = std::to_array<std::string_view>({"link"});
constexpr auto kStyle = std::to_array<std::string_view>({"style"});
constexpr auto kRel = std::to_array<std::string_view>({"rel"});
constexpr auto kType = std::to_array<std::string_view>({"type"});
constexpr auto kSrcdoc = std::to_array<std::string_view>({"srcdoc"});
constexpr auto kHttpEquiv = std::to_array<std::string_view>({"http-equiv"});
constexpr auto kContent = std::to_array<std::string_view>({"content"});
constexpr auto kWordsOnly =
    std::to_array<std::string_view>({"title", "alt", "placeholder", "aria-label", "content"});

struct Tag {
  std::string_view name;
  size_t end = 0;  // where reading goes on
  bool handler = false, script_address = false, refresh = false, url_content = false;
  bool style_link = false, password = false;
  std::string_view inner;  // a tag's name where an attribute's should be: "<b <script>"
};

void look_at_attribute(Tag& tag, std::string_view name, std::string_view value) {
  if (name.starts_with('<') && tag.inner.empty()) tag.inner = name.substr(1);
  if (name.size() > 4 && starts_with_folded(name, "on") && std::ranges::all_of(name, is_letter) &&
      is_handler_code(value))
    tag.handler = true;
  if (!one_of(name, kWordsOnly) && !starts_with_folded(name, "data-") && is_script_address(value))
    tag.script_address = true;
  if (one_of(name, kSrcdoc) && !value.empty()) tag.handler = true;  // a page of its own, scripts and all
  if (one_of(name, kRel)) {
    std::string rel = scheme_text(value);
    tag.style_link = rel.find("stylesheet") != std::string::npos || rel.find("import") != std::string::npos ||
                     rel.find("preload") != std::string::npos;
  }
  if (one_of(name, kType) && scheme_text(value) == "password") tag.password = true;
  if (one_of(name, kHttpEquiv) && scheme_text(value) == "refresh") tag.refresh = true;
  if (one_of(name, kContent) && scheme_text(value).find("url=") != std::string::npos) tag.url_content = true;
}

// The tokenizer of the HTML standard (13.2.5.32 to 13.2.5.40), as far as attributes go. An unfinished tag at
// the end counts: the page around the text will finish it. `open` is at '<', and a letter follows.
Tag read_tag(std::string_view text, size_t open) {
  Tag tag;
  size_t i = open + 1, reread = 0;
  while (i < text.size() && !is_space(text[i]) && text[i] != '/' && text[i] != '>') ++i;
  tag.name = text.substr(open + 1, i - open - 1);
  while (i < text.size() && text[i] != '>') {
    if (is_space(text[i]) || text[i] == '/') {
      ++i;
      continue;
    }
    size_t name_begin = i++;  // a '=' here is part of the name
    while (i < text.size() && !is_space(text[i]) && text[i] != '/' && text[i] != '>' && text[i] != '=') ++i;
    std::string_view name = text.substr(name_begin, i - name_begin), value;
    size_t k = i;
    while (k < text.size() && is_space(text[k])) ++k;
    if (k < text.size() && text[k] == '=') {
      i = k + 1;
      while (i < text.size() && is_space(text[i])) ++i;
      size_t value_begin = i;
      if (i < text.size() && (text[i] == '"' || text[i] == '\'')) {
        size_t close = text.find(text[i], i + 1);
        value = text.substr(i + 1, close == std::string_view::npos ? close : close - i - 1);
        // A quote left open swallows the rest for this reader; another may see a tag there, so look again. It
        // happens at most once for each kind of quote, which keeps the whole linear.
        if (close == std::string_view::npos) reread = i + 1;
        i = close == std::string_view::npos ? text.size() : close + 1;
      } else {
        while (i < text.size() && !is_space(text[i]) && text[i] != '>') ++i;
        value = text.substr(value_begin, i - value_begin);
      }
    }
    look_at_attribute(tag, name, value);
  }
  tag.end = reread ? reread : std::min(text.size(), i + 1);
  return tag;
}

// A prefix, because "<script<b>" is one too for lenient filters that clean up afterwards.
bool is_script(std::string_view name) {
  return starts_with_folded(name, "script") && (name.size() == 6 || !is_letter(name[6]));
}

// A style that fetches another, or that old browsers run as a script.
bool style_reaches_out(std::string_view after_tag) {
  std::string_view style = after_tag.substr(0, 64 * 1024);
  style = style.substr(0, style.find('<'));
  constexpr auto kReach =
      std::to_array<std::string_view>({"@import", "expression(", "-moz-binding", "behavior:"});
  for (size_t i = 0; i < style.size(); ++i)
    if (std::ranges::any_of(kReach,
                            [&](std::string_view word) { return starts_with_folded(style.substr(i), word); }))
      return true;
  return false;
}

Kind acting_kind(const Tag& tag, std::string_view after_tag) {
  if (is_script(tag.name) || is_script(tag.inner)) return "script";
  if (tag.handler) return "event-handler";
  if (tag.script_address) return "script-address";
  if (one_of(tag.name, kMeta) && tag.refresh && tag.url_content) return "redirect";
  if (one_of(tag.name, kBase)) return "base-address";
  if (one_of(tag.name, kLink) && tag.style_link) return "outer-style";
  if (one_of(tag.name, kStyle) && style_reaches_out(after_tag)) return "outer-style";
  if (tag.password) return "password-field";
  return std::nullopt;
}

Kind embedding_kind(const Tag& tag) {
  if (one_of(tag.name, kFrames) || one_of(tag.inner, kFrames)) return "frame";
  if (one_of(tag.name, kObjects) || one_of(tag.inner, kObjects)) return "embedded-object";
  return std::nullopt;
}

struct Markup {
  Kind acts;   // the first thing that acts by itself
  Kind shows;  // the first that embeds or mentions: a film, a question about "<?php"
};

Markup read_markup(std::string_view text) {
  Markup found;
  for (size_t i = text.find('<'); i != std::string_view::npos; i = text.find('<', i)) {
    if (i + 1 >= text.size()) break;
    if (text[i + 1] == '?' && is_php(text.substr(i + 2))) {
      Kind& place = i == 0 ? found.acts : found.shows;
      if (!place) place = "php-code";
      if (found.acts) break;
    }
    if (!is_letter(text[i + 1])) {
      ++i;
      continue;
    }
    Tag tag = read_tag(text, i);
    if ((found.acts = acting_kind(tag, text.substr(tag.end)))) break;
    if (!found.shows) found.shows = embedding_kind(tag);
    i = tag.end;
  }
  return found;
}

// Script tags as they stand in JSON: "\u003cscript>" and "<\/script>".
bool is_escaped_script(std::string_view text) {
  for (size_t i = text.find("003"); i != std::string_view::npos; i = text.find("003", i + 1)) {
    if (i < 2 || text[i - 2] != '\\' || text[i - 1] != 'u' || i + 4 > text.size() ||
        small(text[i + 3]) != 'c')
      continue;
    std::string_view rest = text.substr(i + 4);
    if (starts_with_folded(rest, "script") || starts_with_folded(rest, "iframe") ||
        starts_with_folded(rest, "?php"))
      return true;
  }
  return false;
}

Kind other_kind(std::string_view text) {
  if (finds_php_object(text)) return "php-object";
  if (is_escaped_script(text)) return "script";
  // A value that is an address itself, or a link of Markdown.
  auto is_address = [](std::string_view value) {
    return is_script_address(value) && value.substr(0, 40).find(": ") == std::string_view::npos;
  };
  if (is_address(text)) return "script-address";
  for (size_t i = text.find("]("); i != std::string_view::npos; i = text.find("](", i + 2))
    if (is_address(text.substr(i + 2))) return "script-address";
  return std::nullopt;
}

}  // namespace

std::optional<ExecutableValue> executable_value(std::string_view text) {
  const Markup markup = read_markup(text);
  Kind acts = markup.acts ? markup.acts : other_kind(text);
  if (acts) return ExecutableValue{*acts, true};
  if (markup.shows) return ExecutableValue{*markup.shows, false};
  return std::nullopt;
}

}  // namespace aplomb::site

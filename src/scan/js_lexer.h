// JavaScript into tokens. A real lexer (strings, templates with their substitutions, regular expressions told
// from divisions, comments), because every question the detectors ask is about tokens and none is about text.
// It accepts anything: broken input becomes odd tokens, never an error. It is not a parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aplomb::scan {

enum class JsType : uint8_t { identifier, number, string, template_text, regex, punctuator };

// Identifiers that the lexer or a detector asks for, recognised once. The order is that of kWords in the
// source.
enum class JsWord : uint8_t {
  none,
  eval,
  function_constructor,  // Function
  exec_script,
  set_timeout,
  set_interval,
  write,
  writeln,
  insert_adjacent_html,
  window,
  self,
  global_this,
  this_,
  top,
  location,
  src,
  set_attribute,
  from_char_code,
  fetch,
  send_beacon,
  web_socket,
  post,
  open,
  url,
  document,
  navigator,
  referrer,
  user_agent,
  operand_expected,  // return, typeof …: a slash behind them begins a regular expression
  opens_condition,   // if, while, for, with
};

struct JsToken {
  uint32_t begin, length, line;  // line is 1-based
  JsType type;
  JsWord word = JsWord::none;
};

struct JsTokens {
  std::string_view source;
  std::vector<JsToken> tokens;
  bool hit_limit = false;  // there was more than `tokens_max`
  uint32_t words = 0;      // which JsWords there are, by bit
  size_t longest_string = 0;
  size_t escaped_strings = 0;  // that write letters as \\x61, \\u0061 or \\141
  size_t machine_names = 0;    // like _0x1a2b
  size_t brackets = 0;         // tokens that are one of []()!+
  bool has_wide_gap = false;   // two tokens stand far apart

  size_t size() const { return tokens.size(); }
  // "" past the end, so that looking ahead needs no check.
  std::string_view text(size_t i) const {
    return i < tokens.size() ? source.substr(tokens[i].begin, tokens[i].length) : std::string_view{};
  }
  bool is(size_t i, std::string_view word) const { return text(i) == word; }
  bool is(size_t i, JsType type) const { return i < tokens.size() && tokens[i].type == type; }
  JsWord word(size_t i) const { return i < tokens.size() ? tokens[i].word : JsWord::none; }
  bool is(size_t i, JsWord wanted) const { return word(i) == wanted; }
  template <typename... Words>
  bool has_any(Words... wanted) const {
    return (words & ((1u << static_cast<unsigned>(wanted)) | ...)) != 0;
  }
  uint32_t line(size_t i) const { return i < tokens.size() ? tokens[i].line : 0; }
};

constexpr size_t kJsWideGap = 200;
constexpr size_t kJsTokensMax = 2'000'000;
JsTokens lex_js(std::string_view source, uint32_t first_line = 1, size_t tokens_max = kJsTokensMax);

// The value of a string literal (with its quotes) or of a template's text, escapes resolved, as UTF-8.
// `hidden` counts escapes that stand for a plain printable character: nobody needs those to write "http".
struct JsString {
  std::string value;
  size_t hidden = 0;
};
JsString js_string_value(std::string_view literal);

}  // namespace aplomb::scan

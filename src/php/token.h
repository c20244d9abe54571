// The vocabulary of the PHP lexer: what a token is. A token is a view (offset, length, line) into the source;
// the tokens of a source, concatenated, are the source byte for byte. Operators of one character carry that
// character as their id, longer ones an Op; keywords carry a Keyword.
#pragma once

#include <cstdint>
#include <string_view>

namespace aplomb::php {

enum class TokenKind : uint8_t {
  end,          // past the last byte, length 0
  inline_html,  // text outside of PHP
  open_tag,     // <?php, <?, <%, <script language=php>
  open_echo,    // <?=, <%=
  close_tag,    // ?>, %>, </script>, with the newline that PHP swallows
  whitespace,
  comment,
  variable,        // $name
  name,            // name
  qualified_name,  // a\b, \a, namespace\a
  keyword,
  integer,
  floating,
  string,       // a whole literal without interpolation, quotes included
  string_open,  // " or ` or <<<LABEL: parts follow until string_close
  string_close,
  encapsed,      // literal text between the parts of an interpolated string
  brace_open,    // { of "{$"
  dollar_brace,  // ${
  cast,          // (int)
  op,
  attribute_open,  // #[
  data,            // what follows __halt_compiler();
  bad,             // a byte that is no PHP
};

enum class Keyword : uint16_t {
  none,
  k_abstract,
  k_and,
  k_array,
  k_as,
  k_break,
  k_callable,
  k_case,
  k_catch,
  k_class,
  k_clone,
  k_const,
  k_continue,
  k_declare,
  k_default,
  k_do,
  k_echo,
  k_else,
  k_elseif,
  k_empty,
  k_enddeclare,
  k_endfor,
  k_endforeach,
  k_endif,
  k_endswitch,
  k_endwhile,
  k_enum,
  k_eval,
  k_exit,
  k_extends,
  k_final,
  k_finally,
  k_fn,
  k_for,
  k_foreach,
  k_function,
  k_global,
  k_goto,
  k_halt_compiler,
  k_if,
  k_implements,
  k_include,
  k_instanceof,
  k_insteadof,
  k_interface,
  k_isset,
  k_list,
  k_match,
  k_namespace,
  k_new,
  k_or,
  k_print,
  k_private,
  k_protected,
  k_public,
  k_readonly,
  k_require,
  k_return,
  k_static,
  k_switch,
  k_throw,
  k_trait,
  k_try,
  k_unset,
  k_use,
  k_var,
  k_while,
  k_xor,
  k_yield,
};

enum class Op : uint16_t {
  none = 0,
  not_ = '!',
  dollar = '$',
  percent = '%',
  bit_and = '&',
  paren = '(',
  paren_end = ')',
  times = '*',
  plus = '+',
  comma = ',',
  minus = '-',
  dot = '.',
  divide = '/',
  colon = ':',
  semicolon = ';',
  less = '<',
  set = '=',
  greater = '>',
  question = '?',
  silence = '@',
  bracket = '[',
  backslash = '\\',
  bracket_end = ']',
  bit_xor = '^',
  brace = '{',
  bit_or = '|',
  brace_end = '}',
  bit_not = '~',
  // longer ones
  arrow = 256,
  nullsafe,
  scope,
  double_arrow,
  increment,
  decrement,
  equal,
  not_equal,
  identical,
  not_identical,
  spaceship,
  less_equal,
  greater_equal,
  and_and,
  or_or,
  coalesce,
  shift_left,
  shift_right,
  power,
  ellipsis,
  // assignments, kept last: is_assignment() relies on it
  add_assign,
  sub_assign,
  mul_assign,
  div_assign,
  concat_assign,
  mod_assign,
  and_assign,
  or_assign,
  xor_assign,
  shift_left_assign,
  shift_right_assign,
  power_assign,
  coalesce_assign,
};

constexpr Op op(char character) {
  return static_cast<Op>(static_cast<unsigned char>(character));
}
constexpr bool is_assignment(Op id) {
  return id >= Op::add_assign || id == Op::set;
}

struct Token {
  TokenKind kind = TokenKind::end;
  uint16_t id = 0;  // Keyword, Op, or for a string_open its quote: '"', '`', '<'
  uint32_t offset = 0;
  uint32_t length = 0;
  uint32_t line = 1;

  bool is(Op wanted) const { return kind == TokenKind::op && id == static_cast<uint16_t>(wanted); }
  bool is(char wanted) const { return is(op(wanted)); }
  bool is(Keyword wanted) const { return kind == TokenKind::keyword && id == static_cast<uint16_t>(wanted); }
  bool is_trivia() const { return kind == TokenKind::whitespace || kind == TokenKind::comment; }
  bool is_name() const { return kind == TokenKind::name || kind == TokenKind::qualified_name; }
  std::string_view text(std::string_view source) const { return source.substr(offset, length); }
};

// The keyword a name spells, in any case; Keyword::none when it spells none. die is exit.
Keyword keyword(std::string_view name);

}  // namespace aplomb::php

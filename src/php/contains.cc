// Does a content hold PHP? See analysis.h.
#include <algorithm>

#include "php/analysis.h"
#include "php/characters.h"

namespace aplomb::php {
namespace {

constexpr size_t kWindow = 4096;       // a statement is judged by its first bytes
constexpr int kEnoughTokens = 48;      // that many in order are no accident
constexpr size_t kReadMax = 64 << 20;  // of all windows; a content that asks for more is made to mislead

bool is_operand(const Token& token) {
  switch (token.kind) {
    case TokenKind::variable:
    case TokenKind::name:
    case TokenKind::qualified_name:
    case TokenKind::integer:
    case TokenKind::floating:
    case TokenKind::string:
      return true;
    default:
      return false;
  }
}

bool is_text_byte(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || is(c, kSpace);
}

// What has been seen of a statement that would make an interpreter do something.
struct Evidence {
  bool variable = false, acts = false, calls = false, shell = false;

  void see(const Token& token, const Token& previous) {
    variable = variable || token.kind == TokenKind::variable;
    acts = acts || token.is('(') || token.is('[') || token.is('=');
    bool callable = previous.length >= 3 && (previous.is_name() || previous.kind == TokenKind::keyword);
    bool speaks = token.is(Keyword::k_echo) || token.is(Keyword::k_print) || token.is(Keyword::k_include) ||
                  token.is(Keyword::k_require) || token.is(Keyword::k_eval);
    calls = calls || (token.is('(') && callable) || speaks;
    shell = shell || (token.kind == TokenKind::string_close && token.length == 1);
  }
  bool enough() const { return calls || shell || (variable && acts); }
};

// Reads what follows a short tag the way a compiler would, without a grammar: no foreign bytes, no two
// operands in a row, an end of the statement, and something that acts. PHP compiles a whole file or runs none
// of it, so chance bytes never run: two bytes of a tag happen 15 times in a megabyte of noise, all of this
// does not.
bool reads_as_code(std::string_view rest, Dialect dialect, size_t& read) {
  std::string_view window = rest.substr(0, kWindow);
  Lexer lexer(window, dialect);
  Token previous = lexer.next();  // the open tag
  bool is_echo = previous.kind == TokenKind::open_echo;
  Evidence evidence;
  for (int count = 0; count < kEnoughTokens; ++count) {
    Token token = lexer.next_significant();
    read += token.offset + token.length - previous.offset;
    if (token.kind == TokenKind::end) return rest.size() > kWindow && evidence.enough();
    if (token.kind == TokenKind::close_tag) return evidence.enough() || (is_echo && evidence.variable);
    if (token.is(';') && evidence.enough()) return true;
    if (token.is('{') && !is_echo && evidence.acts && evidence.enough()) return true;
    if (token.kind == TokenKind::bad) return false;
    std::string_view text = token.text(window);
    bool is_literal = token.kind == TokenKind::string || token.kind == TokenKind::encapsed;
    if (!std::all_of(text.begin(), text.end(), is_text_byte)) return false;
    bool is_foreign =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (is_foreign && !is_literal && token.kind != TokenKind::variable) return false;
    bool typed = previous.is_name() && token.kind == TokenKind::variable;
    if (is_operand(token) && is_operand(previous) && !typed) return false;
    evidence.see(token, previous);
    previous = token;
  }
  return evidence.enough();
}

uint32_t line_of(std::string_view text, size_t offset) {
  return 1 + static_cast<uint32_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

// `<?php` and a blank: five bytes and a blank do not happen by chance; only an empty rest runs nothing.
bool is_full_tag(std::string_view rest) {
  return starts_ignoring_case(rest, "<?php") && rest.size() > 6 && is(rest[5], kSpace) &&
         std::any_of(rest.begin() + 6,
                     rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.size(), kWindow)),
                     [](char c) { return !is(c, kSpace); });
}

}  // namespace

std::optional<PhpStart> contains_php(ByteView content) {
  std::string_view text = as_text(content);
  size_t read = 0;
  for (size_t i = 0; (i = text.find('<', i)) != std::string_view::npos; ++i) {
    std::string_view rest = text.substr(i);
    char following = rest.size() > 1 ? rest[1] : '\0';
    bool found = false;
    if (following == '?') {
      if (starts_ignoring_case(rest, "<?xml")) continue;
      found = is_full_tag(rest) || reads_as_code(rest, Dialect::short_tags, read);
    } else if (following == '%' || lower(following) == 's') {
      if (following != '%' && !starts_ignoring_case(rest, "<script")) continue;
      Lexer lexer(rest.substr(0, kWindow), Dialect::legacy);
      bool is_tag = lexer.next().kind == TokenKind::open_tag;
      found = is_tag && following != '%' && reads_as_code(rest, Dialect::legacy, read);
    }
    if (found || read > kReadMax) return PhpStart{i, line_of(text, i)};
  }
  return std::nullopt;
}

}  // namespace aplomb::php

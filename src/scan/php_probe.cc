#include "scan/php_probe.h"

#include <algorithm>
#include <array>

#include "php/analysis.h"
#include "php/lexer.h"

namespace aplomb::scan {
namespace {

using php::Keyword;
using php::Lexer;
using php::Token;
using php::TokenKind;

// Where an archive's own bytes end: behind the end record of a zip (with its comment), nowhere in a tar.
ByteView outside_members(ByteView content, Format format) {
  if (format == Format::tar || format == Format::package || format == Format::sqlite) return {};
  std::string_view text = as_text(content);
  size_t end = text.rfind("PK\5\6");
  if (end == std::string_view::npos || end + 22 > text.size()) return content;
  return content.subspan(end + 22);
}

bool is_harmless_keyword(uint16_t id) {
  switch (static_cast<Keyword>(id)) {
    case Keyword::k_exit:
    case Keyword::k_if:
    case Keyword::k_else:
    case Keyword::k_return:
    case Keyword::k_isset:
    case Keyword::k_empty:
    case Keyword::k_or:
    case Keyword::k_and:
      return true;
    default:
      return false;
  }
}

bool is_harmless_function(std::string_view name) {
  constexpr std::array<std::string_view, 8> names{
      "header", "defined", "http_response_code", "headers_sent", "function_exists", "gmdate", "date", "time"};
  if (name.starts_with('\\')) name.remove_prefix(1);
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_harmless(const Token& token, std::string_view source) {
  switch (token.kind) {
    case TokenKind::keyword:
      return is_harmless_keyword(token.id);
    case TokenKind::string_open:
      return token.id == '"';
    case TokenKind::dollar_brace:
    case TokenKind::bad:
    case TokenKind::data:
    case TokenKind::cast:
    case TokenKind::attribute_open:
      return false;
    case TokenKind::op:
      return !token.is('`') && !token.is('=') && !token.is('$') &&
             !is_assignment(static_cast<php::Op>(token.id));
    default:
      return token.text(source).size() < 4096;
  }
}

// Can a call begin with this token? name( must be known to be harmless; "$x(" and "'system'(" never are.
bool is_harmless_callee(const Token& token, std::string_view source) {
  if (token.is_name()) return is_harmless_function(token.text(source));
  return token.kind == TokenKind::keyword ||
         (token.kind == TokenKind::op && !token.is(')') && !token.is(']') && !token.is('}')) ||
         token.kind == TokenKind::end || token.kind == TokenKind::open_tag;
}

}  // namespace

PhpProbe probe_php(ByteView content, Format format, bool is_container_name) {
  // Only where the name says archive or database too: a "ustar" at byte 257 makes no archive of an include.
  bool container = (kind_of(format) == Kind::archive || format == Format::sqlite) && is_container_name;
  ByteView asked = container ? outside_members(content, format) : content;
  std::optional<php::PhpStart> place = php::contains_php(asked);
  if (!place) return {};
  std::string_view before = as_text(content.first(place->offset));
  return {true, asked.size() == content.size() &&
                    before.find_first_not_of(" \t\r\n\xef\xbb\xbf") == std::string_view::npos};
}

bool php_does_nothing(ByteView content) {
  std::string_view source = as_text(content);
  Lexer lexer(source, php::Dialect::short_tags);
  Token before;
  for (Token token = lexer.next_significant(); token.kind != TokenKind::end;
       token = lexer.next_significant()) {
    if (!is_harmless(token, source) || (token.is('(') && !is_harmless_callee(before, source))) return false;
    before = token;
  }
  return true;
}

std::string markup_outside_php(ByteView content) {
  std::string_view source = as_text(content);
  // Nearly all PHP files are nothing but code: without a close tag before something else than blanks, nothing
  // stands outside. (A close tag in a text or comment only costs the slow way.)
  size_t close = source.find("?>");
  bool is_all_code = source.starts_with("<?php") &&
                     (close == std::string_view::npos ||
                      source.find_first_not_of(" \t\r\n", close + 2) == std::string_view::npos);
  if (is_all_code) return {};
  std::string out(source);
  bool has_markup = false;
  Lexer lexer(source, php::Dialect::short_tags);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    if (token.kind == TokenKind::inline_html) {
      has_markup = has_markup || token.text(source).find('<') != std::string_view::npos;
      continue;
    }
    for (char* c = out.data() + token.offset; c != out.data() + token.offset + token.length; ++c)
      *c = *c == '\n' ? '\n' : ' ';
  }
  if (!has_markup) return {};
  return out;
}

}  // namespace aplomb::scan

#include "php/lexer.h"

#include <algorithm>
#include <array>

#include "php/characters.h"

namespace aplomb::php {
namespace {
constexpr size_t kNestingMax = 4096;
constexpr std::string_view kCasts[] = {"int",  "integer", "bool",   "boolean", "float",  "double",
                                       "real", "string",  "binary", "array",   "object", "unset"};

uint32_t count_lines(std::string_view text, bool may_return) {
  uint32_t lines = 0;
  if (!may_return && text.size() >= 16) {
    for (size_t i = text.find('\n'); i != std::string_view::npos; i = text.find('\n', i + 1)) ++lines;
    return lines;
  }
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) ++lines;
  return lines;
}

struct Operator {
  std::string_view spelling;
  Op id;
};
// Longest first within a first character.
constexpr Operator kOperators[] = {
    {"<<=", Op::shift_left_assign},
    {"<=>", Op::spaceship},
    {"<<", Op::shift_left},
    {"<=", Op::less_equal},
    {"<>", Op::not_equal},
    {">>=", Op::shift_right_assign},
    {">>", Op::shift_right},
    {">=", Op::greater_equal},
    {"===", Op::identical},
    {"==", Op::equal},
    {"=>", Op::double_arrow},
    {"!==", Op::not_identical},
    {"!=", Op::not_equal},
    {"?->", Op::nullsafe},
    {"?\?=", Op::coalesce_assign},
    {"??", Op::coalesce},
    {"->", Op::arrow},
    {"--", Op::decrement},
    {"-=", Op::sub_assign},
    {"++", Op::increment},
    {"+=", Op::add_assign},
    {"**=", Op::power_assign},
    {"**", Op::power},
    {"*=", Op::mul_assign},
    {"/=", Op::div_assign},
    {"...", Op::ellipsis},
    {".=", Op::concat_assign},
    {"%=", Op::mod_assign},
    {"&&", Op::and_and},
    {"&=", Op::and_assign},
    {"||", Op::or_or},
    {"|=", Op::or_assign},
    {"^=", Op::xor_assign},
    {"::", Op::scope},
};
constexpr std::string_view kSingles = ";:,.|^&+-/=%!~$<>?@*()[]{}\\";

// Which bytes are an operator, which may go on as a longer one, and where the longer ones with this first
// byte begin in kOperators.
struct OperatorTable {
  std::array<bool, 256> is_single{}, may_follow{};
  std::array<uint8_t, 256> first{};
  constexpr OperatorTable() {
    for (char c : kSingles) is_single[static_cast<unsigned char>(c)] = true;
    for (char c : std::string_view("=<>&|+-*.?:")) may_follow[static_cast<unsigned char>(c)] = true;
    for (size_t i = std::size(kOperators); i-- > 0;)
      first[static_cast<unsigned char>(kOperators[i].spelling[0])] = static_cast<uint8_t>(i + 1);
  }
};
constexpr OperatorTable kOperatorTable;
}  // namespace

Lexer::Lexer(std::string_view source, Dialect dialect, Start start)
    : source_(source.substr(0, UINT32_MAX)),
      dialect_(dialect),
      may_return_(source_.find('\r') != std::string_view::npos) {
  stack_.push_back({start == Start::code ? Mode::code : Mode::html});
}

bool Lexer::name_start_at(size_t position) const {
  return position < source_.size() && is(source_[position], kNameStart);
}

size_t Lexer::skip_name(size_t position) const {
  while (position < source_.size() && is(source_[position], kNameByte)) ++position;
  return position;
}

size_t Lexer::skip_blanks(size_t position) const {
  while (position < source_.size() && (source_[position] == ' ' || source_[position] == '\t')) ++position;
  return position;
}

bool Lexer::push(State state) {
  if (stack_.size() >= kNestingMax) {
    nested_too_deep_ = true;
    return false;
  }
  stack_.push_back(state);
  return true;
}

void Lexer::pop() {
  if (stack_.size() > 1) stack_.pop_back();
}

Token Lexer::make(TokenKind kind, size_t length, uint16_t id) {
  Token token{kind, id, static_cast<uint32_t>(position_), static_cast<uint32_t>(length), line_};
  switch (kind) {
    case TokenKind::inline_html:
    case TokenKind::open_tag:
    case TokenKind::close_tag:
    case TokenKind::whitespace:
    case TokenKind::comment:
    case TokenKind::string:
    case TokenKind::string_open:
    case TokenKind::encapsed:
    case TokenKind::cast:
    case TokenKind::data:
      line_ += count_lines(source_.substr(position_, length), may_return_);
      break;
    default:
      break;
  }
  position_ += length;
  if (token.is_trivia()) return token;
  if (until_data_ > 0) --until_data_;
  if (token.is(Keyword::k_halt_compiler)) until_data_ = 3;
  previous_ = token;
  return token;
}

Token Lexer::next() {
  if (position_ >= source_.size())
    return Token{TokenKind::end, 0, static_cast<uint32_t>(position_), 0, line_};
  if (until_data_ == 0) return make(TokenKind::data, source_.size() - position_);
  switch (stack_.back().mode) {
    case Mode::html:
      return html();
    case Mode::code:
      return code();
    case Mode::offset:
      return offset();
    case Mode::property:
      return property();
    default:
      return encapsed();
  }
}

Token Lexer::next_significant() {
  Token token = next();
  while (token.is_trivia()) token = next();
  return token;
}

Token Lexer::html() {
  TokenKind kind = TokenKind::open_tag;
  size_t found = position_;
  size_t length = 0;
  while ((found = source_.find('<', found)) != std::string_view::npos) {
    length = open_tag_at(found, kind);
    if (length != 0) break;
    ++found;
  }
  if (found == std::string_view::npos) return make(TokenKind::inline_html, source_.size() - position_);
  if (found > position_) return make(TokenKind::inline_html, found - position_);
  stack_.back().mode = Mode::code;
  return make(kind, length);
}

// The length of an open tag at `position`, 0 when there is none.
size_t Lexer::open_tag_at(size_t position, TokenKind& kind) const {
  std::string_view rest = source_.substr(position);
  kind = TokenKind::open_tag;
  if (rest.starts_with("<?")) {
    if (rest.starts_with("<?=")) {
      kind = TokenKind::open_echo;
      return 3;
    }
    if (starts_ignoring_case(rest, "<?php")) {
      if (rest.size() == 5) return 5;
      if (rest.substr(5, 2) == "\r\n") return 7;
      if (is(rest[5], kSpace)) return 6;
    }
    return dialect_ == Dialect::modern || starts_ignoring_case(rest, "<?xml") ? 0 : 2;
  }
  if (dialect_ != Dialect::legacy) return 0;
  if (rest.starts_with("<%=")) {
    kind = TokenKind::open_echo;
    return 3;
  }
  return rest.starts_with("<%") ? 2 : script_tag_at(position);
}

size_t Lexer::script_tag_at(size_t position) const {
  if (!starts_ignoring_case(source_.substr(position), "<script")) return 0;
  auto skip_space = [&](size_t from) {
    while (from < source_.size() && is(source_[from], kSpace)) ++from;
    return from;
  };
  size_t here = skip_space(position + 7);
  if (here == position + 7 || !starts_ignoring_case(source_.substr(here), "language")) return 0;
  here = skip_space(here + 8);
  if (at(here) != '=') return 0;
  here = skip_space(here + 1);
  char quote = at(here) == '"' || at(here) == '\'' ? at(here) : '\0';
  if (quote != '\0') ++here;
  if (!starts_ignoring_case(source_.substr(here), "php")) return 0;
  here += 3;
  if (quote != '\0' && at(here++) != quote) return 0;
  here = skip_space(here);
  return at(here) == '>' ? here + 1 - position : 0;
}

// The length of a close tag at `position`, with the one newline that belongs to it; 0 when there is none.
size_t Lexer::close_tag_at(size_t position) const {
  std::string_view rest = source_.substr(position);
  size_t length = 0;
  if (rest.starts_with("?>") || (dialect_ == Dialect::legacy && rest.starts_with("%>"))) {
    length = 2;
  } else if (dialect_ == Dialect::legacy && starts_ignoring_case(rest, "</script")) {
    length = 8;
    while (length < rest.size() && is(rest[length], kSpace)) ++length;
    if (length >= rest.size() || rest[length] != '>') return 0;
    ++length;
  } else {
    return 0;
  }
  if (rest.substr(length, 2) == "\r\n") return length + 2;
  return length < rest.size() && (rest[length] == '\n' || rest[length] == '\r') ? length + 1 : length;
}

Token Lexer::close_tag(size_t length) {
  stack_.back().mode = Mode::html;
  return make(TokenKind::close_tag, length);
}

Token Lexer::code() {
  char c = source_[position_];
  if (is(c, kSpace)) {
    size_t end = position_ + 1;
    while (end < source_.size() && is(source_[end], kSpace)) ++end;
    return make(TokenKind::whitespace, end - position_);
  }
  char following = at(position_ + 1);
  switch (c) {
    case '$':
      if (name_start_at(position_ + 1))
        return make(TokenKind::variable, skip_name(position_ + 1) - position_);
      if (following == '{') {
        stack_.back().braces++;
        return make(TokenKind::dollar_brace, 2);
      }
      break;
    case '#':
      if (following == '[' && dialect_ != Dialect::legacy) return make(TokenKind::attribute_open, 2);
      return line_comment();
    case '/':
      if (following == '/') return line_comment();
      if (following == '*') return block_comment();
      break;
    case '\'':
      return single_quoted(position_);
    case '"':
      return double_quoted(position_);
    case '`':
      return backtick();
    case '(':
      if (size_t length = cast_at(position_)) return make(TokenKind::cast, length);
      break;
    case '.':
      if (is(following, kDigit)) return number();
      break;
    case '?':
    case '%':
    case '<':
      if (size_t length = close_tag_at(position_)) return close_tag(length);
      if (Token token; c == '<' && heredoc(position_, token)) return token;
      break;
    case '\\':
      if (name_start_at(position_ + 1)) return name();
      break;
    default:
      break;
  }
  if (is(c, kDigit)) return number();
  if (is(c, kNameStart)) return name();
  return punctuation();
}

// ?> ends a comment too, and so do %> and </script> where they are tags at all.
Token Lexer::line_comment() {
  size_t end = position_ + 1;
  for (;; ++end) {
    while (end < source_.size() && !is(source_[end], kCommentStop)) ++end;
    if (end >= source_.size() || source_[end] == '\n' || source_[end] == '\r' || close_tag_at(end) != 0)
      break;
  }
  return make(TokenKind::comment, end - position_);
}

Token Lexer::block_comment() {
  size_t end = source_.find("*/", position_ + 2);
  return make(TokenKind::comment, (end == std::string_view::npos ? source_.size() : end + 2) - position_);
}

Token Lexer::name() {
  size_t end = skip_name(position_ + 1);
  char first = source_[position_];
  if (end == position_ + 1 && (first == 'b' || first == 'B')) {  // binary strings: b'…', b"…", b<<<X
    if (at(end) == '\'') return single_quoted(end);
    if (at(end) == '"') return double_quoted(end);
    if (Token token; at(end) == '<' && heredoc(end, token)) return token;
  }
  Keyword word = first == '\\' ? Keyword::none : keyword(source_.substr(position_, end - position_));
  bool qualified = first == '\\';
  while (at(end) == '\\' && name_start_at(end + 1)) {
    qualified = true;
    end = skip_name(end + 1);
  }
  if (qualified) return make(TokenKind::qualified_name, end - position_);
  bool is_member = previous_.is(Op::arrow) || previous_.is(Op::nullsafe) || previous_.is(Op::scope);
  if (word == Keyword::none || is_member) return make(TokenKind::name, end - position_);
  if (word == Keyword::k_enum && !enum_declaration_follows(end))
    return make(TokenKind::name, end - position_);
  return make(TokenKind::keyword, end - position_, static_cast<uint16_t>(word));
}

// `enum` is a name unless another name follows, and `enum extends Base` declares nothing.
bool Lexer::enum_declaration_follows(size_t position) const {
  size_t start = position;
  while (start < source_.size() && is(source_[start], kSpace)) ++start;
  if (start == position || !name_start_at(start)) return false;
  Keyword word = keyword(source_.substr(start, std::min<size_t>(skip_name(start) - start, 16)));
  return word != Keyword::k_extends && word != Keyword::k_implements;
}

Token Lexer::number() {
  size_t end = position_;
  auto digits = [&](CharacterClass wanted) {
    while (end < source_.size() &&
           (is(source_[end], wanted) || (source_[end] == '_' && end > position_ &&
                                         is(source_[end - 1], wanted) && is(at(end + 1), wanted))))
      ++end;
  };
  char prefix = source_[position_] == '0' ? lower(at(position_ + 1)) : '\0';
  char after = at(position_ + 2);
  bool based = (prefix == 'x' && is(after, kHexDigit)) || (prefix == 'b' && (after == '0' || after == '1')) ||
               (prefix == 'o' && after >= '0' && after <= '7');
  if (based) {
    end += 2;
    digits(prefix == 'x' ? kHexDigit : kDigit);
    return make(TokenKind::integer, end - position_);
  }
  digits(kDigit);
  TokenKind kind = TokenKind::integer;
  if (at(end) == '.' && (end > position_ || is(at(end + 1), kDigit))) {
    // 1...$x is 1. followed by .., as PHP reads it
    kind = TokenKind::floating;
    ++end;
    if (is(at(end), kDigit)) digits(kDigit);
  }
  if (lower(at(end)) == 'e') {
    size_t sign = at(end + 1) == '+' || at(end + 1) == '-' ? 2 : 1;
    if (is(at(end + sign), kDigit)) {
      kind = TokenKind::floating;
      end += sign;
      digits(kDigit);
    }
  }
  return make(kind, end - position_);
}

// The length of a cast at the parenthesis, 0 when it is none.
size_t Lexer::cast_at(size_t position) const {
  size_t start = skip_blanks(position + 1);
  size_t end = start;
  while (end < source_.size() && end - start < 8 && is(source_[end], kNameStart)) ++end;
  size_t close = skip_blanks(end);
  if (end == start || at(close) != ')') return 0;
  std::string_view type = source_.substr(start, end - start);
  for (std::string_view cast : kCasts)
    if (equals_ignoring_case(type, cast)) return close + 1 - position;
  return 0;
}

Token Lexer::punctuation() {
  auto c = static_cast<unsigned char>(source_[position_]);
  if (kOperatorTable.may_follow[static_cast<unsigned char>(at(position_ + 1))] &&
      kOperatorTable.first[c] != 0) {
    std::string_view rest = source_.substr(position_, 3);
    for (size_t i = kOperatorTable.first[c] - 1u; i < std::size(kOperators); ++i) {
      const Operator& entry = kOperators[i];
      if (entry.spelling[0] != rest[0]) break;
      if (rest.starts_with(entry.spelling))
        return make(TokenKind::op, entry.spelling.size(), static_cast<uint16_t>(entry.id));
    }
  }
  if (!kOperatorTable.is_single[c]) return make(TokenKind::bad, 1);
  State& state = stack_.back();
  if (c == '{') state.braces++;
  if (c == '}') {
    if (state.braces > 0) {
      state.braces--;
    } else if (stack_.size() > 1) {
      pop();  // the end of "{$ … }": back into the string
    }
  }
  return make(TokenKind::op, 1, c);
}

}  // namespace aplomb::php

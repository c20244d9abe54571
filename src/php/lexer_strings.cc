// String literals: a literal without interpolation is one token; one with interpolation is opened, given in
// parts, and closed, with "{$ … }" lexed as code by a state pushed on the stack.
#include "php/characters.h"
#include "php/lexer.h"

namespace aplomb::php {

Token Lexer::single_quoted(size_t quote) {
  size_t end = quote + 1;
  while (end < source_.size() && source_[end] != '\'') end += source_[end] == '\\' ? 2 : 1;
  end = std::min(end + 1, source_.size());
  return make(TokenKind::string, end - position_);
}

bool Lexer::interpolation_at(size_t position) const {
  char c = source_[position];
  char following = at(position + 1);
  return (c == '$' && (following == '{' || name_start_at(position + 1))) || (c == '{' && following == '$');
}

Token Lexer::double_quoted(size_t quote) {
  size_t end = quote + 1;
  for (; end < source_.size(); end += source_[end] == '\\' ? 2 : 1) {
    while (end < source_.size() && !is(source_[end], kQuotedStop)) ++end;
    if (end >= source_.size() || source_[end] == '"' || interpolation_at(end)) break;
  }
  if (end < source_.size() && source_[end] == '"') return make(TokenKind::string, end + 1 - position_);
  if (!push({Mode::quoted})) return make(TokenKind::string, std::min(end, source_.size()) - position_);
  return make(TokenKind::string_open, quote + 1 - position_, '"');
}

Token Lexer::backtick() {
  if (!push({Mode::backtick})) return make(TokenKind::bad, 1);
  return make(TokenKind::string_open, 1, '`');
}

// <<<LABEL, <<<"LABEL" and <<<'LABEL', the rest of the line being empty.
bool Lexer::heredoc(size_t position, Token& token) {
  if (source_.substr(position, 3) != "<<<") return false;
  size_t label = skip_blanks(position + 3);
  char quote = at(label) == '"' || at(label) == '\'' ? at(label) : '\0';
  if (quote != '\0') ++label;
  if (!name_start_at(label)) return false;
  size_t end = skip_name(label);
  size_t length = end - label;
  if (quote != '\0' && at(end++) != quote) return false;
  if (at(end) == '\r') {
    end += at(end + 1) == '\n' ? 2 : 1;
  } else if (at(end) == '\n') {
    ++end;
  } else {
    return false;
  }
  Mode mode = quote == '\'' ? Mode::nowdoc : Mode::heredoc;
  if (!push({mode, 0, static_cast<uint32_t>(label), static_cast<uint32_t>(length)})) return false;
  token = make(TokenKind::string_open, end - position_, quote == '\'' ? '\'' : '<');
  return true;
}

// Since PHP 7.3 the closing label may be indented, and anything that does not continue a name may follow it.
size_t Lexer::heredoc_end_at(size_t line_start) const {
  const State& state = stack_.back();
  size_t label = skip_blanks(line_start);
  size_t end = label + state.label_length;
  if (end > source_.size() || (end < source_.size() && is(source_[end], kNameByte)))
    return std::string_view::npos;
  bool same =
      source_.substr(label, state.label_length) == source_.substr(state.label_offset, state.label_length);
  return same ? end - line_start : std::string_view::npos;
}

Token Lexer::encapsed() {
  Mode mode = stack_.back().mode;
  bool labelled = mode == Mode::heredoc || mode == Mode::nowdoc;
  char terminator = mode == Mode::quoted ? '"' : '`';
  char c = source_[position_];
  if (!labelled && c == terminator) {
    pop();
    return make(TokenKind::string_close, 1);
  }
  if (labelled && (previous_.kind == TokenKind::string_open || previous_.kind == TokenKind::encapsed)) {
    // A part stops right behind a newline only where the label closes the literal.
    size_t length = at(position_ - 1) == '\n' || at(position_ - 1) == '\r' ? heredoc_end_at(position_)
                                                                           : std::string_view::npos;
    if (length != std::string_view::npos) {
      pop();
      return make(TokenKind::string_close, length);
    }
  }
  if (mode != Mode::nowdoc && interpolation_at(position_)) {
    if (c == '{') {
      if (push({Mode::code})) return make(TokenKind::brace_open, 1);
    } else if (at(position_ + 1) == '{') {
      if (push({Mode::code})) return make(TokenKind::dollar_brace, 2);
    } else {
      size_t end = skip_name(position_ + 1);
      bool arrow = source_.substr(end, 2) == "->" && name_start_at(end + 2);
      bool nullsafe = source_.substr(end, 3) == "?->" && name_start_at(end + 3);
      if (at(end) == '[') {
        push({Mode::offset});
      } else if (arrow || nullsafe) {
        push({Mode::property});
      }
      return make(TokenKind::variable, end - position_);
    }
  }
  size_t end = position_;
  while (end < source_.size()) {
    c = source_[end];
    if (!labelled && c == terminator) break;
    if (mode != Mode::nowdoc && end > position_ && interpolation_at(end)) break;
    if (c == '\\' && mode != Mode::nowdoc && !(labelled && (at(end + 1) == '\n' || at(end + 1) == '\r'))) {
      end += 2;
      continue;
    }
    ++end;
    if (!labelled || (c != '\n' && !(c == '\r' && at(end) != '\n'))) continue;
    if (heredoc_end_at(end) != std::string_view::npos) break;
  }
  return make(TokenKind::encapsed, std::min(end, source_.size()) - position_);
}

// "$name[ … ]": a number, a name, a variable, and nothing else.
Token Lexer::offset() {
  char c = source_[position_];
  if (c == '$' && name_start_at(position_ + 1))
    return make(TokenKind::variable, skip_name(position_ + 1) - position_);
  if (is(c, kDigit)) return number();
  if (is(c, kNameStart)) return make(TokenKind::name, skip_name(position_) - position_);
  if (c == '[' || c == '-') return make(TokenKind::op, 1, static_cast<uint16_t>(op(c)));
  pop();
  return c == ']' ? make(TokenKind::op, 1, static_cast<uint16_t>(op(c))) : encapsed();
}

// "$name->property": the arrow, then the name.
Token Lexer::property() {
  if (source_[position_] == '-') return make(TokenKind::op, 2, static_cast<uint16_t>(Op::arrow));
  if (source_[position_] == '?') return make(TokenKind::op, 3, static_cast<uint16_t>(Op::nullsafe));
  pop();
  return make(TokenKind::name, skip_name(position_) - position_);
}

}  // namespace aplomb::php

// The PHP lexer: bytes in, one token a call out, for PHP 5 to 8.4, and for anything else that calls itself
// PHP. It never fails and never loses a byte: what PHP would refuse becomes a `bad` token, an unterminated
// string or comment runs to the end. Nesting lives on an explicit stack with a limit, never on the C stack;
// every byte is looked at a bounded number of times. It knows no grammar: that is the parser's work.
//
// The same bytes mean different things to different interpreters, and an attacker may write for the one that
// we do not expect; so the caller chooses a dialect, and the analysis reads a doubtful file in more than one.
#pragma once

#include <string_view>
#include <vector>

#include "php/token.h"

namespace aplomb::php {

enum class Dialect : uint8_t {
  modern,      // PHP 8 as shipped: <?php and <?=
  short_tags,  // and <? (short_open_tag), but never <?xml
  legacy,      // and PHP 5: <%, <%=, <script language=php>; #[ is a comment as it was before PHP 8
};
enum class Start : uint8_t { html, code };  // a file starts outside of PHP, the argument of eval() inside

class Lexer {
 public:
  // The source must outlive the lexer; what lies beyond 4 GiB is not read.
  explicit Lexer(std::string_view source, Dialect dialect = Dialect::modern, Start start = Start::html);

  Token next();              // kind `end` for ever once the source is used up
  Token next_significant();  // skips whitespace and comments
  bool nested_too_deep() const { return nested_too_deep_; }
  std::string_view source() const { return source_; }

 private:
  enum class Mode : uint8_t { html, code, quoted, backtick, heredoc, nowdoc, offset, property };
  struct State {
    Mode mode;
    uint32_t braces = 0;        // code: { not yet closed
    uint32_t label_offset = 0;  // heredoc, nowdoc
    uint32_t label_length = 0;
  };

  char at(size_t position) const { return position < source_.size() ? source_[position] : '\0'; }
  bool name_start_at(size_t position) const;
  size_t skip_name(size_t position) const;
  size_t skip_blanks(size_t position) const;  // spaces and tabs
  bool push(State state);
  void pop();
  Token make(TokenKind kind, size_t length, uint16_t id = 0);

  // lexer.cc: outside, and the code itself
  Token html();
  size_t open_tag_at(size_t position, TokenKind& kind) const;
  size_t script_tag_at(size_t position) const;
  Token code();
  Token close_tag(size_t length);
  size_t close_tag_at(size_t position) const;
  Token line_comment();
  Token block_comment();
  Token name();
  Token number();
  Token punctuation();
  size_t cast_at(size_t position) const;
  bool enum_declaration_follows(size_t position) const;

  // lexer_strings.cc: literals and their parts
  Token single_quoted(size_t quote);
  Token double_quoted(size_t quote);
  Token backtick();
  bool heredoc(size_t position, Token& token);
  Token encapsed();
  Token offset();
  Token property();
  bool interpolation_at(size_t position) const;
  size_t heredoc_end_at(size_t line_start) const;  // length of indentation and label, or npos

  std::string_view source_;
  size_t position_ = 0;
  uint32_t line_ = 1;
  Dialect dialect_;
  bool may_return_;  // some line ends with a carriage return
  std::vector<State> stack_;
  Token previous_;       // the last token that is not trivia
  int until_data_ = -1;  // tokens left between __halt_compiler and its data; -1 when there is none
  bool nested_too_deep_ = false;
};

}  // namespace aplomb::php

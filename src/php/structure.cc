#include "php/structure.h"

#include <algorithm>
#include <array>
#include <utility>

#include "php/characters.h"
#include "php/fold.h"
#include "php/functions.h"

namespace aplomb::php {
namespace {

constexpr uint32_t kRunCounted = 400;  // shorter literals are not measured
constexpr uint32_t kHiddenColumns = 200;
constexpr size_t kUnreadableEscapes = 6;
constexpr size_t kNameMax = 40;

constexpr std::array<bool, 256> kDelimiters = [] {
  std::array<bool, 256> table{};
  for (char c : std::string_view("/#~@%!|{(")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_encoded_character(char c) {
  return is(c, kNameByte) ? static_cast<unsigned char>(c) < 0x80
                          : c == '+' || c == '/' || c == '=' || c == '%' || c == '-';
}

// Pictures and fonts are written in base64 for honest reasons; what they decode to starts so.
bool is_media(std::string_view run, std::string_view before) {
  constexpr std::string_view kStarts[] = {"iVBOR",  "R0lGOD", "/9j/",  "d09GR", "AAEAAA",
                                          "T1RUTw", "PHN2Z",  "UklGR", "Qk"};
  for (std::string_view start : kStarts)
    if (run.starts_with(start)) return true;
  size_t data = before.rfind("data:");
  return data != std::string_view::npos && before.size() - data < 64;
}

struct Run {
  size_t begin = 0;
  size_t length = 0;
};
Run longest_run(std::string_view text) {
  Run best;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_encoded_character(text[i])) continue;
    if (i - begin > best.length) best = {begin, i - begin};
    begin = i + 1;
  }
  return best;
}

// php://input and its kin: the body of the request.
bool names_php_stream(std::string_view source) {
  for (size_t i = source.find("://"); i != std::string_view::npos; i = source.find("://", i + 3))
    if (i >= 3 && source.substr(i - 3, 3) == "php") return true;
  return false;
}

class Observer {
 public:
  Observer(std::string_view source, Structure& seen) : source_(source), seen_(seen) {}

  void token(const Token& token) {
    if (token.kind == TokenKind::whitespace) {
      blanks_ = token;
      return;
    }
    std::string_view text = token.text(source_);
    line_ = token.line;
    if (token.kind == TokenKind::comment) return;
    ++seen_.tokens;
    if (pending_ != Pending::none) settle(token, text);
    look_at(token, text);
    bool out_of_sight = blanks_.length > kHiddenColumns && blanks_.offset + blanks_.length == token.offset &&
                        token.kind != TokenKind::close_tag && token.kind != TokenKind::inline_html;
    if (out_of_sight && seen_.hidden_code_line == 0) look_at_blanks(token);
    previous_ = token;
  }

 private:
  // Blanks without a newline, behind something that is seen on the same line.
  void look_at_blanks(const Token& token) {
    std::string_view blanks = blanks_.text(source_);
    if (blanks.find_first_of("\r\n") != std::string_view::npos || blanks_.offset == 0) return;
    char before = source_[blanks_.offset - 1];
    if (before == '\n' || before == '\r') return;
    seen_.hidden_code_line = token.line;
    size_t line_start = source_.rfind('\n', token.offset);
    seen_.hidden_code_column =
        token.offset - static_cast<uint32_t>(line_start == std::string_view::npos ? 0 : line_start);
  }

  void look_at(const Token& token, std::string_view text) {
    if (token.kind != TokenKind::string && !token.is('.')) word_before_ = false;
    switch (token.kind) {
      case TokenKind::open_echo:
        seen_.has_code = true;
        break;
      case TokenKind::variable:
        variable(text.substr(1));
        break;
      case TokenKind::name:
      case TokenKind::qualified_name:
        name(text);
        break;
      case TokenKind::keyword:
        keyword(static_cast<Keyword>(token.id));
        break;
      case TokenKind::string:
      case TokenKind::encapsed:
        literal(token, text);
        break;
      case TokenKind::string_open:
        if (token.id == '`') seen_.runs_commands = true;
        break;
      case TokenKind::dollar_brace:
        seen_.takes_requests = true;
        break;
      case TokenKind::data:
        seen_.takes_foreign = true;
        break;
      case TokenKind::op:
        operation(token);
        break;
      default:
        break;
    }
    if (token.kind != TokenKind::inline_html && token.kind != TokenKind::open_tag &&
        token.kind != TokenKind::close_tag)
      seen_.has_code = true;
  }

  // What a name means is decided by the tokens behind it: most of what is asked of $_SERVER does not come
  // from a visitor, and most functions that take a pattern or a callback are given a fixed one.
  void settle(const Token& token, std::string_view text) {
    Pending before = std::exchange(pending_, Pending::none);
    bool is_literal = token.kind == TokenKind::string && text.size() > 2;
    std::string_view inner = is_literal ? text.substr(1, text.size() - 2) : std::string_view();
    switch (before) {
      case Pending::server:
        if (token.is('['))
          pending_ = Pending::server_key;
        else
          seen_.takes_requests = true;
        break;
      case Pending::server_key:
        if (inner == "SCRIPT_FILENAME" || inner == "PATH_TRANSLATED")
          seen_.takes_foreign = true;
        else if (!is_literal || is_request_key(inner) || inner.starts_with("REMOTE_") ||
                 inner == "SERVER_NAME")
          seen_.takes_requests = true;
        break;
      case Pending::function:
        if (token.is('('))
          pending_ = Pending::argument;
        else
          seen_.calls_dynamically = true;
        break;
      case Pending::argument: {
        // "ass\x65rt" and a pattern between escaped quotes are fixed too, but not readable.
        bool is_plain = is_literal && inner[0] != '\\' &&
                        (text[0] == '\'' || (inner.find("\\x") == std::string_view::npos &&
                                             inner.find("\\1") == std::string_view::npos));
        if (is_plain && facts(lower(inner)).role == Role::none) {
          pending_ = Pending::behind_literal;
          break;
        }
        bool is_fixed = token.is('[') || token.is(Keyword::k_array) || token.is(Keyword::k_function) ||
                        token.is(Keyword::k_fn) || token.is(Keyword::k_static);
        if (!is_fixed) seen_.calls_dynamically = true;
        break;
      }
      case Pending::behind_literal:
        if (!token.is(',') && !token.is(')')) seen_.calls_dynamically = true;
        break;
      case Pending::none:
        break;
    }
  }

  void variable(std::string_view name) {
    if (is_command_ && (previous_.is('(') || previous_.kind == TokenKind::string_open ||
                        previous_.kind == TokenKind::brace_open))
      seen_.runs_variable = true;
    is_command_ = false;
    if (including_) seen_.includes_values = true;
    if (previous_.is('$')) seen_.takes_requests = true;  // $$name may be anything
    if (name.size() < 4 || (name[0] != '_' && name[0] != 'H' && name[0] != 'G')) return;
    if (name == "_SERVER") pending_ = Pending::server;
    if (is_request_array(name) || name == "GLOBALS" || name == "_ENV") seen_.takes_requests = true;
  }

  void name(std::string_view text) {
    if (text.starts_with('\\')) text.remove_prefix(1);
    if (text.size() >= 1000 && text.size() > seen_.longest_run) {  // a literal that lost its quotes
      seen_.longest_run = static_cast<uint32_t>(text.size());
      seen_.longest_run_line = line_;
    }
    if (text.size() > kNameMax || !may_be_known(text)) return;
    if (previous_.is(Op::scope) || previous_.is(Keyword::k_function)) return;
    if (including_ && !text.starts_with("__")) seen_.includes_values = true;
    std::array<char, kNameMax> buffer;
    for (size_t i = 0; i < text.size(); ++i) buffer[i] = lower(text[i]);
    std::string_view lowered(buffer.data(), text.size());
    if (previous_.is(Op::arrow)) {
      seen_.calls_dynamically = seen_.calls_dynamically || callback_place(lowered) >= 0;
      seen_.acts = seen_.acts || lowered == "registerphpfunctions";
      return;
    }
    switch (facts(lowered).role) {
      case Role::execute:
        seen_.runs_code = true;
        break;
      case Role::command:
        seen_.runs_commands = true;
        is_command_ = true;
        break;
      case Role::replace:
        pending_ = Pending::function;
        if (lowered.starts_with("mb_")) seen_.calls_dynamically = true;  // their flags stand further on
        break;
      case Role::callback:
        if (facts(lowered).place == 0)
          pending_ = Pending::function;
        else
          seen_.calls_dynamically = true;
        break;
      case Role::filter:
      case Role::unserialize:
        seen_.calls_dynamically = true;
        break;
      case Role::account:
        seen_.acts = true;
        break;
      case Role::write:
      case Role::move:
      case Role::mail:
        seen_.writes_files = true;
        break;
      case Role::trace:
        (lowered == "unlink" ? seen_.deletes : seen_.dates) = true;
        break;
      case Role::request:
      case Role::environment:
      case Role::extract:
        seen_.takes_requests = true;
        break;
      case Role::remote:
      case Role::neighbour:
      case Role::read: {
        seen_.takes_foreign = true;
        Role role = facts(lowered).role;
        seen_.reads_hidden = seen_.reads_hidden || role == Role::neighbour;
        seen_.exposes_files = seen_.exposes_files || lowered == "readfile" || lowered == "highlight_file" ||
                              lowered == "show_source";
        break;
      }
      case Role::expose:
        seen_.exposes_files = true;
        break;
      default:
        if (is_decoder(lowered)) seen_.decodes = true;
        if (lowered == "str_replace" || lowered == "str_ireplace" || lowered == "implode" ||
            lowered == "join" || lowered == "substr" || lowered == "sprintf")
          seen_.builds_texts = true;
        if (lowered == "__file__") seen_.takes_foreign = true;
        break;
    }
  }

  void keyword(Keyword word) {
    if (word == Keyword::k_eval) seen_.runs_code = true;
    including_ = word == Keyword::k_include || word == Keyword::k_require;
  }

  void operation(const Token& token) {
    if (token.is(';')) including_ = false;
    if (token.is('.') && (previous_.is(']') || previous_.is('}')) && ++picks_ >= 2) seen_.in_pieces = true;
    if (token.is('(')) {
      bool is_called = previous_.kind == TokenKind::variable || previous_.kind == TokenKind::string ||
                       previous_.kind == TokenKind::string_close || previous_.is(')') || previous_.is(']') ||
                       previous_.is('}');
      if (is_called) seen_.calls_values = true;
    }
    if ((token.is('^') || token.is(Op::xor_assign)) &&
        (previous_.kind == TokenKind::string || previous_.kind == TokenKind::variable || previous_.is(')') ||
         previous_.is(']')))
      seen_.decodes = true;
    if (token.is('~')) seen_.decodes = true;
  }

  void literal(const Token& token, std::string_view text) {
    if (text.size() >= 2 * kUnreadableEscapes && text.size() < 400 &&
        text.find('\\') != std::string_view::npos && escape_count(text) >= kUnreadableEscapes)
      seen_.decodes = true;
    std::string_view inner = text.size() > 2 ? text.substr(1, text.size() - 2) : std::string_view();
    if (including_ && (inner.find(':') != std::string_view::npos ||
                       inner.find('\\') != std::string_view::npos || is_data_name(inner)))
      seen_.includes_oddly = true;
    if (inner.empty()) return;
    if (text.size() < 200 && kDelimiters[static_cast<unsigned char>(inner[0])] && runs_replacement(inner))
      seen_.runs_code = true;
    if (inner.size() >= 4 && inner.size() <= 13 && may_be_known(inner)) {
      Role named = facts(inner).role;
      seen_.names_executor = seen_.names_executor || named == Role::execute || named == Role::command;
    }
    if (inner.find("<?") != std::string_view::npos) seen_.holds_code = true;
    bool is_digest_length = inner.size() == 32 || inner.size() == 40 || inner.size() == 64;
    if (is_digest_length && inner.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos)
      seen_.holds_digest = true;
    if (inner.size() == 60 && inner.starts_with("$2")) seen_.holds_digest = true;
    bool is_word = token.kind == TokenKind::string && inner.size() <= 16 &&
                   std::ranges::all_of(inner, [](char c) { return is(c, kNameByte); });
    if (is_word && previous_.is('.') && word_before_) seen_.in_pieces = true;
    word_before_ = is_word;
    if (text.size() < kRunCounted) return;
    Run run = longest_run(text);
    if (run.length < kRunCounted || is_media(text.substr(run.begin), text.substr(0, run.begin))) return;
    seen_.decodes = true;
    if (run.length <= seen_.longest_run) return;
    seen_.longest_run = static_cast<uint32_t>(run.length);
    seen_.longest_run_line = token.line;
  }

  std::string_view source_;
  Structure& seen_;
  Token previous_, blanks_;
  uint32_t line_ = 1;
  enum class Pending : uint8_t { none, server, server_key, function, argument, behind_literal };
  Pending pending_ = Pending::none;
  uint32_t picks_ = 0;        // $a[1] . … : letters or pieces of a table, put together
  bool word_before_ = false;  // a literal of one word, with nothing but a dot behind it
  bool is_command_ = false;   // behind the name of a function that runs commands
  bool including_ = false;    // between include and the end of its statement
};

}  // namespace

Structure structure(std::string_view source, Dialect dialect) {
  Structure seen;
  Lexer lexer(source, dialect);
  Observer observer(lexer.source(), seen);
  TraitCounter counter;
  TraitReader<TraitCounter> reader(lexer.source(), counter);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    observer.token(token);
    reader.token(token);
  }
  reader.end_portion();
  seen.traits = counter.best();
  // What only matters together with something rare is looked for in the whole text, where that was seen.
  if (!seen.takes_requests) seen.takes_requests = names_php_stream(source);
  if (seen.takes_requests && seen.takes_foreign) seen.names_crawler = names_crawler(source);
  if (seen.runs_commands) seen.fetches = fetches_program(source);
  return seen;
}

Doubts doubts(std::string_view source) {
  Doubts found;
  for (size_t i = 0; (i = source.find('<', i)) != std::string_view::npos; ++i) {
    std::string_view rest = source.substr(i);
    if (rest.starts_with("<%")) found.legacy = true;
    if (starts_ignoring_case(rest, "<script") && lower(rest.substr(0, 64)).find("php") != std::string::npos)
      found.legacy = true;
    if (!rest.starts_with("<?") || rest.starts_with("<?=") || starts_ignoring_case(rest, "<?xml")) continue;
    if (!starts_ignoring_case(rest, "<?php") || (rest.size() > 5 && !is(rest[5], kSpace)))
      found.short_tags = true;
  }
  // #[ was a comment before PHP 8: then a quote in it opens nothing.
  for (size_t i = 0; (i = source.find("#[", i)) != std::string_view::npos; i += 2) {
    std::string_view line = source.substr(i, source.find_first_of("\r\n", i) - i);
    i += line.size() - std::min<size_t>(line.size(), 2);
    size_t single = 0, twice = 0, back = 0;
    for (char c : line) {
      single += c == '\'';
      twice += c == '"';
      back += c == '`';
    }
    bool open = line.find("/*") != std::string_view::npos || line.find("<<<") != std::string_view::npos;
    if (open || single % 2 != 0 || twice % 2 != 0 || back % 2 != 0) found.legacy = true;
  }
  return found;
}

}  // namespace aplomb::php

#include "scan/js_lexer.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace aplomb::scan {
namespace {

enum Class : uint8_t { kName = 1, kBlank = 2, kStringStop = 4 };

constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || (c >= '0' && c <= '9') || c == '_' || c == '$' || c >= 0x80) table[c] |= kName;
    if (c <= ' ' && c != '\n') table[c] |= kBlank;
    if (c == '"' || c == '\'' || c == '\n' || c == '\\') table[c] |= kStringStop;
  }
  return table;
}();

bool is(char c, Class wanted) {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}
bool is_name_char(char c) {
  return is(c, kName);
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct KnownWord {
  std::string_view text;
  JsWord word;
};
constexpr KnownWord kWords[] = {{"eval", JsWord::eval},
                                {"Function", JsWord::function_constructor},
                                {"execScript", JsWord::exec_script},
                                {"setTimeout", JsWord::set_timeout},
                                {"setInterval", JsWord::set_interval},
                                {"write", JsWord::write},
                                {"writeln", JsWord::writeln},
                                {"insertAdjacentHTML", JsWord::insert_adjacent_html},
                                {"window", JsWord::window},
                                {"self", JsWord::self},
                                {"globalThis", JsWord::global_this},
                                {"this", JsWord::this_},
                                {"top", JsWord::top},
                                {"location", JsWord::location},
                                {"src", JsWord::src},
                                {"setAttribute", JsWord::set_attribute},
                                {"fromCharCode", JsWord::from_char_code},
                                {"fetch", JsWord::fetch},
                                {"sendBeacon", JsWord::send_beacon},
                                {"WebSocket", JsWord::web_socket},
                                {"post", JsWord::post},
                                {"open", JsWord::open},
                                {"url", JsWord::url},
                                {"document", JsWord::document},
                                {"navigator", JsWord::navigator},
                                {"referrer", JsWord::referrer},
                                {"userAgent", JsWord::user_agent},
                                // After these an operand follows, so a slash begins a regular expression.
                                {"return", JsWord::operand_expected},
                                {"typeof", JsWord::operand_expected},
                                {"case", JsWord::operand_expected},
                                {"in", JsWord::operand_expected},
                                {"of", JsWord::operand_expected},
                                {"delete", JsWord::operand_expected},
                                {"void", JsWord::operand_expected},
                                {"throw", JsWord::operand_expected},
                                {"new", JsWord::operand_expected},
                                {"else", JsWord::operand_expected},
                                {"do", JsWord::operand_expected},
                                {"yield", JsWord::operand_expected},
                                {"await", JsWord::operand_expected},
                                {"if", JsWord::opens_condition},
                                {"while", JsWord::opens_condition},
                                {"for", JsWord::opens_condition},
                                {"with", JsWord::opens_condition}};

// Words by first and last letter; most names meet an empty place.
struct WordTable {
  std::array<uint8_t, 1024> head{};
  std::array<uint8_t, std::size(kWords)> next{};

  static constexpr size_t slot(std::string_view text) {
    return (static_cast<unsigned char>(text.front()) & 31u) * 32 +
           (static_cast<unsigned char>(text.back()) & 31u);
  }
  constexpr WordTable() {
    for (size_t i = 0; i < std::size(kWords); ++i) {
      next[i] = head[slot(kWords[i].text)];
      head[slot(kWords[i].text)] = static_cast<uint8_t>(i + 1);
    }
  }
  JsWord find(std::string_view text) const {
    for (size_t at = head[slot(text)]; at != 0; at = next[at - 1])
      if (kWords[at - 1].text == text) return kWords[at - 1].word;
    return JsWord::none;
  }
};
constexpr WordTable kWordTable;

bool is_machine_name(std::string_view name) {
  return name.size() >= 6 && name.starts_with("_0x") &&
         name.find_first_not_of("0123456789abcdef", 3) == std::string_view::npos;
}

class Lexer {
 public:
  Lexer(std::string_view source, uint32_t line, size_t tokens_max)
      : text_(source), line_(line), max_(tokens_max) {
    out_.source = source;
    out_.tokens.reserve(std::min<size_t>(source.size() / 4, 1 << 16));
  }

  JsTokens run() {
    if (text_.starts_with("#!")) skip_line();
    while (at_ < text_.size() && !out_.hit_limit) step();
    return std::move(out_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void step() {
    char c = peek();
    if (c == '\n') {
      ++line_;
      ++at_;
    } else if (is(c, kBlank)) {
      while (++at_ < text_.size() && is(text_[at_], kBlank)) {
      }
    } else if (c == '/' && peek(1) == '/') {
      skip_line();
    } else if (c == '/' && peek(1) == '*') {
      skip_comment();
    } else if (c == '"' || c == '\'') {
      string(c);
    } else if (c == '`') {
      ++at_;
      template_text();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (is_name_char(c) || c == '#' || c == '\\') {
      name();
    } else if (c == '/' && operand_expected_) {
      regex();
    } else {
      punctuator(c);
    }
  }

  void emit(JsType type, size_t begin, uint32_t line, JsWord word = JsWord::none) {
    if (out_.tokens.size() >= max_) {
      out_.hit_limit = true;
      return;
    }
    size_t length = at_ - begin;
    if (begin >= end_before_ + kJsWideGap) out_.has_wide_gap = true;
    end_before_ = at_;
    if (length == 1 && std::string_view("[]()!+").find(text_[begin]) != std::string_view::npos)
      ++out_.brackets;
    out_.tokens.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(length), line, type, word});
  }

  void skip_line() {
    size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
  }

  void skip_comment() {
    size_t end = text_.find("*/", at_ + 2);
    size_t stop = end == std::string_view::npos ? text_.size() : end + 2;
    line_ += static_cast<uint32_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                              text_.begin() + static_cast<std::ptrdiff_t>(stop), '\n'));
    at_ = stop;
  }

  void string(char quote) {
    size_t begin = at_++;
    uint32_t line = line_;
    bool has_escape = false;
    for (; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (!is(c, kStringStop)) continue;
      if (c == quote || c == '\n') break;
      if (c != '\\' || at_ + 1 >= text_.size()) continue;
      ++at_;
      line_ += text_[at_] == '\n' ? 1 : 0;
      has_escape |= text_[at_] == 'x' || text_[at_] == 'u' || (text_[at_] >= '0' && text_[at_] <= '7');
    }
    at_ = std::min(at_, text_.size());
    if (peek() == quote) ++at_;
    out_.escaped_strings += has_escape;
    out_.longest_string = std::max(out_.longest_string, at_ - begin);
    emit(JsType::string, begin, line);
    operand_expected_ = false;
  }

  // From behind the opening ` or the } of a substitution, up to the next ${ or the closing `.
  void template_text() {
    size_t begin = at_;
    uint32_t line = line_;
    while (at_ < text_.size() && peek() != '`' && !(peek() == '$' && peek(1) == '{')) {
      if (peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      if (peek() == '\n') ++line_;
      ++at_;
    }
    emit(JsType::template_text, begin, line);
    if (peek() == '`') {
      ++at_;
      operand_expected_ = false;
      return;
    }
    if (at_ >= text_.size()) return;
    size_t substitution = at_;
    at_ += 2;
    emit(JsType::punctuator, substitution, line_);
    braces_.push_back('`');
    operand_expected_ = true;
  }

  void number() {
    size_t begin = at_;
    while (is_name_char(peek()) || peek() == '.' ||
           ((peek() == '+' || peek() == '-') && (text_[at_ - 1] | 0x20) == 'e' && text_[begin] != '0'))
      ++at_;
    emit(JsType::number, begin, line_);
    operand_expected_ = false;
  }

  void name() {
    size_t begin = at_++;
    while (at_ < text_.size() && (is_name_char(text_[at_]) || text_[at_] == '\\')) ++at_;
    std::string_view text = text_.substr(begin, at_ - begin);
    JsWord word = kWordTable.find(text);
    out_.words |= 1u << static_cast<unsigned>(word);
    if (text[0] == '_' && is_machine_name(text)) ++out_.machine_names;
    emit(JsType::identifier, begin, line_, word);
    last_word_opens_condition_ = word == JsWord::opens_condition;
    operand_expected_ = word == JsWord::operand_expected;
  }

  void regex() {
    size_t begin = at_++;
    bool in_class = false;
    while (at_ < text_.size() && peek() != '\n' && (peek() != '/' || in_class)) {
      if (peek() == '[') in_class = true;
      if (peek() == ']') in_class = false;
      if (peek() == '\\' && peek(1) != '\n') ++at_;
      ++at_;
    }
    at_ = std::min(at_, text_.size());
    if (peek() == '/') ++at_;
    while (is_name_char(peek())) ++at_;
    emit(JsType::regex, begin, line_);
    operand_expected_ = false;
  }

  void punctuator(char c) {
    size_t begin = at_++;
    bool joins = (c == '+' || c == '-' || c == '=' || c == '&' || c == '|') && peek() == c;
    bool assigns = std::string_view("+-*/%&|^=!<>").find(c) != std::string_view::npos && peek() == '=';
    if (joins || assigns) ++at_;
    if (text_.substr(begin, 2) == "=>") ++at_;
    if ((c == '=' || c == '!') && at_ - begin == 2 && peek() == '=') ++at_;
    emit(JsType::punctuator, begin, line_);
    operand_expected_ = true;
    if (c == '(') {
      conditions_.push_back(last_word_opens_condition_);
    } else if (c == ')') {
      // "if (x) /re/.test(y)" begins an expression, "(a) / b" goes on with one.
      operand_expected_ = !conditions_.empty() && conditions_.back();
      if (!conditions_.empty()) conditions_.pop_back();
    } else if (c == ']') {
      operand_expected_ = false;
    } else if (c == '{') {
      braces_.push_back('{');
    } else if (c == '}' && !braces_.empty()) {
      char opened_by = braces_.back();
      braces_.pop_back();
      if (opened_by == '`') template_text();
    } else if ((c == '+' || c == '-') && joins) {
      operand_expected_ = false;  // x++ / y; after ++x a slash would be an error anyway
    }
    last_word_opens_condition_ = false;
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_;
  size_t max_;
  size_t end_before_ = 0;  // of the last token
  bool operand_expected_ = true;
  bool last_word_opens_condition_ = false;
  std::vector<char> braces_;      // '{', or '`' for a template's substitution
  std::vector<bool> conditions_;  // per open parenthesis: does it belong to if, while, for
  JsTokens out_;
};

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | code >> 12));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (code >> 18 & 7)));
    out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

// Reads up to `digits` hexadecimal digits at `at`; returns how many there were.
size_t read_hex(std::string_view text, size_t at, size_t digits, uint32_t& code) {
  size_t read = 0;
  code = 0;
  for (; read < digits && at + read < text.size() && hex_value(text[at + read]) >= 0; ++read)
    code = code << 4 | static_cast<uint32_t>(hex_value(text[at + read]));
  return read;
}

// The escape behind the backslash at `at - 1`; returns how many characters it takes.
size_t resolve_escape(std::string_view text, size_t at, JsString& out) {
  char c = text[at];
  uint32_t code = 0;
  size_t taken = 1;
  if (c == 'x') {
    taken += read_hex(text, at + 1, 2, code);
  } else if (c == 'u' && at + 1 < text.size() && text[at + 1] == '{') {
    taken += 1 + read_hex(text, at + 2, 6, code);
    if (at + taken < text.size() && text[at + taken] == '}') ++taken;
  } else if (c == 'u') {
    taken += read_hex(text, at + 1, 4, code);
  } else if (c >= '0' && c <= '7') {
    for (taken = 0;
         taken < 3 && at + taken < text.size() && text[at + taken] >= '0' && text[at + taken] <= '7'; ++taken)
      code = code * 8 + static_cast<uint32_t>(text[at + taken] - '0');
  } else {
    constexpr std::string_view from = "nrtbfv", to = "\n\r\t\b\f\v";
    size_t known = from.find(c);
    if (c != '\n') out.value.push_back(known == std::string_view::npos ? c : to[known]);
    return 1;
  }
  // Code points above the Unicode range keep their low bits; the text is only looked at.
  append_utf8(out.value, code & 0x1fffff);
  if (code > 0x20 && code < 0x7f && code != '<' && code != '>' && code != '"' && code != '\'' && code != '&')
    ++out.hidden;
  return taken;
}

}  // namespace

JsTokens lex_js(std::string_view source, uint32_t first_line, size_t tokens_max) {
  return Lexer(source, first_line, tokens_max).run();
}

JsString js_string_value(std::string_view literal) {
  if (!literal.empty() && (literal.front() == '"' || literal.front() == '\'')) {
    char quote = literal.front();
    literal.remove_prefix(1);
    if (!literal.empty() && literal.back() == quote) literal.remove_suffix(1);
  }
  JsString out;
  out.value.reserve(literal.size());
  for (size_t at = 0; at < literal.size(); ++at) {
    if (literal[at] != '\\' || at + 1 >= literal.size()) {
      out.value.push_back(literal[at]);
      continue;
    }
    at += resolve_escape(literal, at + 1, out);
  }
  return out;
}

}  // namespace aplomb::scan

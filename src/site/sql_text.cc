#include "site/sql_text.h"

#include <algorithm>
#include <charconv>

namespace aplomb::site {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

// How many bytes of `text` the quoted piece at its front takes, its quotes included.
size_t quoted_size(std::string_view text) {
  const char quote = text.front();
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote != '`') {
      ++i;
    } else if (text[i] == quote) {
      if (i + 1 < text.size() && text[i + 1] == quote)
        ++i;
      else
        return i + 1;
    }
  }
  return text.size();
}

// Of the comment at the front; 0 when there is none. A version comment is none: the server reads it.
size_t comment_size(std::string_view text) {
  char c = text.front();
  if (c == '#' || (text.starts_with("--") && (text.size() == 2 || is_space(text[2]))))
    return std::min(text.find('\n'), text.size());
  if (text.starts_with("/*") && !text.starts_with("/*!") && !text.starts_with("/*M!")) {
    size_t end = text.find("*/", 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  return 0;
}

// A quoted piece, a comment, or one character.
size_t piece_size(std::string_view text) {
  char c = text.front();
  if (c == '\'' || c == '"' || c == '`') return quoted_size(text);
  return std::max<size_t>(comment_size(text), 1);
}

char unescaped(char c) {
  switch (c) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1a';
    default:
      return c;
  }
}

Value number(std::string_view digits) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // 0042 of a ZEROFILL column and 1.50 of a DECIMAL keep their digits.
  bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (whole && std::to_string(value) == digits) return Value{value};
  return Value{std::string(digits)};
}

}  // namespace

void SqlCursor::skip_space() {
  while (!rest_.empty()) {
    size_t size = is_space(rest_.front()) ? 1 : comment_size(rest_);
    if (size == 0) return;
    rest_.remove_prefix(size);
  }
}

bool SqlCursor::take_word(std::string_view word) {
  skip_space();
  if (rest_.size() < word.size() || fold_case(rest_.substr(0, word.size())) != fold_case(word)) return false;
  if (rest_.size() > word.size() && is_word(rest_[word.size()])) return false;
  rest_.remove_prefix(word.size());
  return true;
}

bool SqlCursor::take_mark(char mark) {
  skip_space();
  if (rest_.empty() || rest_.front() != mark) return false;
  rest_.remove_prefix(1);
  return true;
}

std::optional<std::string> SqlCursor::take_name() {
  skip_space();
  if (rest_.empty() || rest_.front() != '`') return std::nullopt;
  std::string name;
  size_t i = 1;
  for (; i < rest_.size(); ++i) {
    if (rest_[i] == '`' && (i + 1 >= rest_.size() || rest_[i + 1] != '`')) break;
    if (rest_[i] == '`') ++i;
    name += rest_[i];
  }
  if (i >= rest_.size()) return std::nullopt;
  rest_.remove_prefix(i + 1);
  return name;
}

std::optional<std::string> SqlCursor::take_any_name() {
  auto take = [this]() -> std::optional<std::string> {
    if (auto name = take_name()) return name;
    size_t size = 0;
    while (size < rest_.size() && (is_word(rest_[size]) || (rest_[size] & 0x80) != 0)) ++size;
    if (size == 0) return std::nullopt;
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  };
  auto name = take();
  if (name && rest_.starts_with('.')) {
    rest_.remove_prefix(1);
    return take();
  }
  return name;
}

std::optional<std::string> SqlCursor::take_text() {
  std::string text;
  size_t i = 1;
  while (i < rest_.size()) {
    size_t plain = std::min(rest_.find_first_of("'\\", i), rest_.size());
    text.append(rest_, i, plain - i);
    i = plain;
    if (i + 1 < rest_.size() && (rest_[i] == '\\' || rest_[i + 1] == '\'')) {
      text += rest_[i] == '\\' ? unescaped(rest_[i + 1]) : '\'';
      i += 2;
    } else {
      break;
    }
  }
  if (i >= rest_.size() || rest_[i] != '\'') return std::nullopt;
  rest_.remove_prefix(i + 1);
  return text;
}

std::optional<Value> SqlCursor::take_value() {
  skip_space();
  if (take_word("NULL")) return Value{};
  bool binary = take_word("_binary");
  skip_space();
  if (rest_.empty()) return std::nullopt;
  if (rest_.front() == '\'') {
    auto text = take_text();
    if (!text) return std::nullopt;
    if (binary) return Value{Blob{Bytes(text->begin(), text->end())}};
    return Value{std::move(*text)};
  }
  size_t size = std::min(rest_.find_first_of(",); \n"), rest_.size());
  std::string_view literal = rest_.substr(0, size);
  if (literal.starts_with("0x")) {
    auto bytes = from_hex(fold_case(literal.substr(2)));
    if (!bytes) return std::nullopt;
    rest_.remove_prefix(size);
    return Value{Blob{std::move(*bytes)}};
  }
  if (literal.empty() || literal.find_first_not_of("+-0123456789.eE") != std::string_view::npos)
    return std::nullopt;
  rest_.remove_prefix(size);
  return number(literal);
}

void SqlCursor::skip_one() {
  size_t word = 0;
  while (word < rest_.size() && is_word(rest_[word])) ++word;
  if (!rest_.empty()) rest_.remove_prefix(word > 0 ? word : piece_size(rest_));
}

bool StatementReader::take_delimiter_line() {
  SqlCursor cursor(rest_);
  if (!cursor.take_word("DELIMITER")) return false;
  std::string_view line = cursor.rest().substr(0, cursor.rest().find('\n'));
  size_t from = line.find_first_not_of(" \t"), to = line.find_last_not_of(" \t\r");
  if (from == std::string_view::npos) return false;
  std::string_view word = line.substr(from, to - from + 1);
  sound_ = sound_ && (word == ";" || word == ";;");
  delimiter_ = word;
  rest_ = cursor.rest().substr(line.size());
  return true;
}

std::optional<std::string_view> StatementReader::next() {
  while (true) {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    if (rest_.empty()) return std::nullopt;
    if (rest_.front() == '#' || rest_.starts_with("-- ") || rest_.starts_with("--\n")) {
      rest_.remove_prefix(piece_size(rest_));
      continue;
    }
    if (take_delimiter_line()) continue;
    size_t end = 0;
    while (end < rest_.size() && !rest_.substr(end).starts_with(delimiter_)) {
      char c = rest_[end];
      // Most of a dump is neither quote nor comment.
      bool special = c == '\'' || c == '"' || c == '`' || c == '#' || c == '-' || c == '/';
      end += special ? piece_size(rest_.substr(end)) : 1;
    }
    sound_ = sound_ && end < rest_.size();
    std::string_view statement = rest_.substr(0, std::min(end, rest_.size()));
    rest_.remove_prefix(std::min(end + delimiter_.size(), rest_.size()));
    while (!statement.empty() && is_space(statement.back())) statement.remove_suffix(1);
    if (!statement.empty()) return statement;
  }
}

std::string without_version_marks(std::string_view text) {
  std::string out;
  size_t open = 0;
  // One blank in the place of a mark: what stood on its two sides must not become a word, or another mark.
  auto take_space = [&] {
    while (!out.empty() && out.back() == ' ') out.pop_back();
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (!out.empty() && !is_space(out.back())) out += ' ';
  };
  while (!text.empty()) {
    if (text.starts_with("/*!") || text.starts_with("/*M!")) {
      text.remove_prefix(text.find('!') + 1);
      text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
      take_space();
      ++open;
    } else if (open > 0 && text.starts_with("*/")) {
      text.remove_prefix(2);
      take_space();
      --open;
    } else {
      size_t size = piece_size(text);
      // A comment to the end of the line may hold the end of the version comment.
      if (open > 0 && (text.front() == '#' || text.starts_with("--")))
        size = std::max<size_t>(1, std::min(size, text.find("*/")));
      out.append(text.substr(0, size));
      text.remove_prefix(size);
    }
  }
  while (!out.empty() && is_space(out.back())) out.pop_back();
  return out;
}

void append_name(std::string& out, std::string_view name) {
  out += '`';
  for (char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  out += '`';
}

namespace {

// No byte of a character of UTF-8 is a quote or a backslash, valid or not: bytes from 0x80 on stand as they
// are.
void append_quoted(std::string& out, std::string_view text) {
  out += '\'';
  for (char c : text) {
    switch (c) {
      case '\0':
        out += "\\0";
        break;
      case '\x1a':
        out += "\\Z";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\'':
      case '\\':
      case '"':
        out += '\\';
        out += c;
        break;
      default:
        out += c;
    }
  }
  out += '\'';
}

}  // namespace

void append_value(std::string& out, const Value& value) {
  if (auto integer = std::get_if<int64_t>(&value.data)) {
    out += std::to_string(*integer);
  } else if (value.is_null()) {
    out += "NULL";
  } else if (auto text = std::get_if<std::string>(&value.data)) {
    append_quoted(out, *text);
  } else if (auto blob = std::get_if<Blob>(&value.data)) {
    out += blob->bytes.empty() ? "_binary ''" : "0x" + to_hex(blob->bytes);
  } else {
    out += "NULL";  // a dump makes no double
  }
}

}  // namespace aplomb::site

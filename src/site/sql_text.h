// The words of MariaDB's SQL as far as dumps use them: names in backticks, literals, statements split at
// their delimiter. Reading takes hostile text and says so by nullopt; it never reads behind the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "site/database_model.h"

namespace aplomb::site {

// Reads forward through one statement.
class SqlCursor {
 public:
  explicit SqlCursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  void skip_space();  // and comments
  // The word, in any case, after white space; taken only when it is there.
  bool take_word(std::string_view word);
  bool take_mark(char mark);
  // `name`, with a doubled backtick for one.
  std::optional<std::string> take_name();
  // The same, or a bare word, as people write it; of `database`.`name` the name.
  std::optional<std::string> take_any_name();
  // NULL, a number, 'text', 0x…; with "_binary" in front of a text its bytes are meant.
  std::optional<Value> take_value();
  // Behind the word, quoted text, name, comment or single character at the front.
  void skip_one();

 private:
  std::optional<std::string> take_text();
  std::string_view rest_;
};

// Statements one after the other, and what DELIMITER lines say between them: ; or ;; as dumps have it. The
// text of each is as it stands.
class StatementReader {
 public:
  explicit StatementReader(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> next();  // without delimiter and white space around; nullopt at the end
  // False: the statement that came last is cut off, or another delimiter was set.
  bool is_sound() const { return sound_; }

 private:
  bool take_delimiter_line();
  std::string_view rest_;
  std::string delimiter_ = ";";
  bool sound_ = true;
};

// Comments that MariaDB executes (/*!50003 … */) without their marks; other comments stay.
std::string without_version_marks(std::string_view text);

void append_name(std::string& out, std::string_view name);  // `name`
void append_value(std::string& out, const Value& value);    // a literal, safe under NAMES utf8mb4

}  // namespace aplomb::site

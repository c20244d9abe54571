// Constant folding over JavaScript tokens: what does this expression come to, and was it hidden on the way?
// Understands literals, concatenation, atob, unescape, String.fromCharCode, split/reverse/join, replace with
// literals, arrays of constants and variables assigned exactly once. Everything else is "not a constant".
// Bounded by a step budget that hostile input cannot exceed. It never runs anything.
#pragma once

#include <optional>
#include <unordered_map>

#include "scan/js_lexer.h"

namespace aplomb::scan {

// How a value was written. `escaped` (percent-encoding) is common in honest pages; `hidden` (base64,
// character codes, reversed, hexadecimal escapes of plain letters) is not.
enum class Veil : uint8_t { none, escaped, hidden };

struct JsConstant {
  std::string value;
  Veil veil = Veil::none;
  size_t next = 0;  // the token behind the expression
};

// "…" decoded as each decoder does it; also used for the values of HTML attributes and database rows.
std::string percent_decode(std::string_view text);
std::optional<std::string> base64_decode(std::string_view text);

class JsFolder {
 public:
  JsFolder(const JsTokens& tokens, size_t steps_max) : tokens_(tokens), steps_max_(steps_max) {}

  // The constant value of the expression that begins at token `at` (a sum of terms), or nothing.
  std::optional<JsConstant> fold(size_t at);
  // The constant part that the expression begins with: of "https://x/?d=" + data, the first term.
  std::optional<JsConstant> fold_beginning(size_t at);
  bool hit_limit() const { return steps_ > steps_max_; }
  size_t steps() const { return steps_; }

  static constexpr size_t kStepsMax = 2'000'000;
  static constexpr size_t kValueMax = 4u << 20;

 private:
  static constexpr int kDepthMax = 24;
  enum class Rest { must_be_constant, may_be_unknown };

  std::optional<JsConstant> sum(size_t at, Rest rest);
  std::optional<JsConstant> term(size_t at);
  std::optional<JsConstant> primary(size_t at);
  std::optional<JsConstant> name(size_t at);
  std::optional<JsConstant> call(std::string_view function, size_t open);
  std::optional<JsConstant> char_codes(size_t open);
  std::optional<JsConstant> array_element(size_t open_bracket, size_t index);
  std::optional<JsConstant> joined_array(size_t open_bracket);
  std::optional<JsConstant> apply_methods(JsConstant value);
  std::optional<double> small_number(size_t at, size_t& next) const;
  size_t assigned(std::string_view word);

  const JsTokens& tokens_;
  // name -> the token behind its only "=", or 0 when there is none or several. Filled when first needed.
  std::unordered_map<std::string_view, size_t> assigned_;
  bool assignments_known_ = false;
  size_t steps_max_;
  size_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace aplomb::scan

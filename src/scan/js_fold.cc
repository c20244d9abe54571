#include "scan/js_fold.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace aplomb::scan {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  std::string out;
  size_t at = 0;
  for (size_t hit; (hit = text.find(from, at)) != std::string::npos && out.size() <= JsFolder::kValueMax;
       at = hit + from.size())
    out.append(text, at, hit - at).append(to);
  text = out.append(text, std::min(at, text.size()));
}

// The literal that a regular expression without any operator stands for: "/abc/g" -> "abc".
std::optional<std::string> plain_regex(std::string_view token) {
  size_t end = token.rfind('/');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  std::string_view body = token.substr(1, end - 1);
  if (body.find_first_of("\\[](){}.*+?|^$") != std::string_view::npos) return std::nullopt;
  return std::string(body);
}

// 1 for a plain assignment to the name at token i, 2 for any other change of it, 0 for neither.
int changes_name(const JsTokens& tokens, size_t i) {
  if (!tokens.is(i + 1, JsType::punctuator)) return 0;
  std::string_view op = tokens.text(i + 1);
  bool assigns = op == "=", modifies = op == "+=" || op == "-=" || op == "++" || op == "--";
  if ((!assigns && !modifies) || (i > 0 && tokens.is(i - 1, "."))) return 0;
  return assigns ? 1 : 2;
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    if (c == '=' || c == '\n' || c == '\r' || c == ' ') continue;
    int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 0xff));
  }
  return out;
}

// The token behind the only assignment to the name, or 0. The first few names that are asked for are looked
// for one by one, since most code asks for no more; then all assignments are learned at once.
size_t JsFolder::assigned(std::string_view word) {
  constexpr size_t kLooksMax = 4;
  if (auto known = assigned_.find(word); known != assigned_.end()) return known->second;
  if (assignments_known_) return 0;
  if (assigned_.size() < kLooksMax) {
    size_t place = 0;
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      const JsToken& token = tokens_.tokens[i];
      if (token.length != word.size() || token.type != JsType::identifier || tokens_.text(i) != word)
        continue;
      int how = changes_name(tokens_, i);
      if (how == 0) continue;
      bool is_only = how == 1 && place == 0;
      place = is_only ? i + 2 : 0;
      if (!is_only) break;
    }
    return assigned_[word] = place;
  }
  assigned_.clear();
  assignments_known_ = true;
  for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
    if (!tokens_.is(i, JsType::identifier)) continue;
    int how = changes_name(tokens_, i);
    if (how == 0) continue;
    auto [place, is_new] = assigned_.try_emplace(tokens_.text(i), how == 1 ? i + 2 : 0);
    if (!is_new) place->second = 0;
  }
  auto known = assigned_.find(word);
  return known == assigned_.end() ? 0 : known->second;
}

std::optional<JsConstant> JsFolder::fold_beginning(size_t at) {
  return sum(at, Rest::may_be_unknown);
}

std::optional<JsConstant> JsFolder::fold(size_t at) {
  return sum(at, Rest::must_be_constant);
}

std::optional<JsConstant> JsFolder::sum(size_t at, Rest rest) {
  if (depth_ >= kDepthMax) return std::nullopt;
  ++depth_;
  std::optional<JsConstant> total = term(at);
  while (total && tokens_.is(total->next, "+") && tokens_.is(total->next, JsType::punctuator)) {
    std::optional<JsConstant> right = term(total->next + 1);
    if (!right || total->value.size() + right->value.size() > kValueMax) {
      if (rest == Rest::must_be_constant) total = std::nullopt;
      break;
    }
    total->value += right->value;
    total->veil = std::max(total->veil, right->veil);
    total->next = right->next;
  }
  --depth_;
  return total;
}

std::optional<JsConstant> JsFolder::term(size_t at) {
  if (++steps_ > steps_max_) return std::nullopt;
  std::optional<JsConstant> value = primary(at);
  if (value) steps_ += value->value.size() / 64;  // copying long values is work too
  return value ? apply_methods(std::move(*value)) : std::nullopt;
}

std::optional<JsConstant> JsFolder::primary(size_t at) {
  if (tokens_.is(at, JsType::string) ||
      (tokens_.is(at, JsType::template_text) && !tokens_.is(at + 1, "${"))) {
    JsString literal = js_string_value(tokens_.text(at));
    bool hidden = literal.hidden >= 4 && literal.hidden * 2 >= literal.value.size();
    return JsConstant{std::move(literal.value), hidden ? Veil::hidden : Veil::none, at + 1};
  }
  if (tokens_.is(at, "(")) {
    std::optional<JsConstant> inner = fold(at + 1);
    if (!inner || !tokens_.is(inner->next, ")")) return std::nullopt;
    ++inner->next;
    return inner;
  }
  if (tokens_.is(at, "[")) return joined_array(at);
  if (tokens_.is(at, JsType::identifier)) return name(at);
  return std::nullopt;
}

std::optional<JsConstant> JsFolder::name(size_t at) {
  std::string_view word = tokens_.text(at);
  if ((word == "window" || word == "self" || word == "globalThis") && tokens_.is(at + 1, "."))
    word = tokens_.text(at += 2);
  if (word == "String") {
    if (tokens_.is(at + 1, ".") && tokens_.is(at + 2, "fromCharCode") && tokens_.is(at + 3, "("))
      return char_codes(at + 3);
    if (tokens_.is(at + 1, "[") && tokens_.is(at + 3, "]") && tokens_.is(at + 4, "(") &&
        js_string_value(tokens_.text(at + 2)).value == "fromCharCode")
      return char_codes(at + 4);
    return std::nullopt;
  }
  if (tokens_.is(at + 1, "(")) return call(word, at + 1);
  size_t place = assigned(word);
  // Only what was assigned before is known here; this also keeps "a = a + …" from going round.
  if (place == 0 || place >= at) return std::nullopt;
  if (tokens_.is(place, "[") && tokens_.is(at + 1, "[") && tokens_.is(at + 3, "]")) {
    size_t behind = 0;
    std::optional<double> index = small_number(at + 2, behind);
    if (!index || *index < 0 || *index > 1e6 || behind != at + 3) return std::nullopt;
    std::optional<JsConstant> element = array_element(place, static_cast<size_t>(*index));
    if (element) element->next = at + 4;
    return element;
  }
  std::optional<JsConstant> value = fold(place);
  // The whole right side must have been the constant.
  if (!value || !(tokens_.is(value->next, ";") || tokens_.is(value->next, ",") ||
                  tokens_.line(value->next) != tokens_.line(value->next - 1)))
    return std::nullopt;
  value->next = at + 1;
  return value;
}

std::optional<JsConstant> JsFolder::call(std::string_view function, size_t open) {
  bool percent = function == "unescape" || function == "decodeURIComponent" || function == "decodeURI";
  if (function != "atob" && !percent) return std::nullopt;
  std::optional<JsConstant> argument = fold(open + 1);
  if (!argument || !tokens_.is(argument->next, ")")) return std::nullopt;
  if (percent) {
    argument->value = percent_decode(argument->value);
    argument->veil = std::max(argument->veil, Veil::escaped);
  } else {
    std::optional<std::string> decoded = base64_decode(argument->value);
    if (!decoded) return std::nullopt;
    argument->value = std::move(*decoded);
    argument->veil = Veil::hidden;
  }
  ++argument->next;
  return argument;
}

// A number, or two joined by one arithmetic operator: obfuscators write 104 as 0x34^92 or 52+52.
std::optional<double> JsFolder::small_number(size_t at, size_t& next) const {
  auto literal = [&](size_t i) -> std::optional<double> {
    if (!tokens_.is(i, JsType::number)) return std::nullopt;
    std::string_view text = tokens_.text(i);
    int base = 10;
    if (text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
      text.remove_prefix(2);
      base = 16;
    }
    uint32_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  };
  std::optional<double> left = literal(at);
  if (!left) return std::nullopt;
  next = at + 1;
  std::string_view op = tokens_.text(next);
  std::optional<double> right = literal(at + 2);
  if (!right || op.size() != 1 || std::string_view("+-*/^").find(op[0]) == std::string_view::npos)
    return left;
  next = at + 3;
  switch (op[0]) {
    case '+':
      return *left + *right;
    case '-':
      return *left - *right;
    case '*':
      return *left * *right;
    case '^':
      return static_cast<double>(static_cast<uint32_t>(*left) ^ static_cast<uint32_t>(*right));
    default:
      return *right == 0 ? std::nullopt : std::optional(*left / *right);
  }
}

std::optional<JsConstant> JsFolder::char_codes(size_t open) {
  JsConstant out{"", Veil::hidden, open + 1};
  while (!tokens_.is(out.next, ")")) {
    if (++steps_ > steps_max_) return std::nullopt;
    std::optional<double> code = small_number(out.next, out.next);
    if (!code || *code < 0 || *code > 0xffff) return std::nullopt;
    if (*code < 0x80) {
      out.value.push_back(static_cast<char>(*code));
    } else {
      out.value += '?';  // the words that detectors look for are ASCII
    }
    if (tokens_.is(out.next, ",")) {
      ++out.next;
    } else if (!tokens_.is(out.next, ")")) {
      return std::nullopt;
    }
  }
  ++out.next;
  return out;
}

std::optional<JsConstant> JsFolder::array_element(size_t open_bracket, size_t index) {
  size_t at = open_bracket + 1;
  for (size_t i = 0;; ++i) {
    std::optional<JsConstant> element = fold(at);
    if (!element) return std::nullopt;
    if (i == index) return element;
    if (!tokens_.is(element->next, ",")) return std::nullopt;
    at = element->next + 1;
  }
}

// ["a", "b"].join(""), the only use of an array literal as a string.
std::optional<JsConstant> JsFolder::joined_array(size_t open_bracket) {
  std::vector<JsConstant> elements;
  size_t at = open_bracket + 1;
  while (!tokens_.is(at, "]")) {
    std::optional<JsConstant> element = fold(at);
    if (!element) return std::nullopt;
    at = element->next;
    elements.push_back(std::move(*element));
    if (tokens_.is(at, ",")) ++at;
  }
  if (!tokens_.is(at + 1, ".") || !tokens_.is(at + 2, "join") || !tokens_.is(at + 3, "("))
    return std::nullopt;
  std::optional<JsConstant> separator = fold(at + 4);
  if (!separator || !tokens_.is(separator->next, ")")) return std::nullopt;
  JsConstant out{"", Veil::none, separator->next + 1};
  bool single_characters = elements.size() > 3;
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) out.value += separator->value;
    out.value += elements[i].value;
    out.veil = std::max(out.veil, elements[i].veil);
    single_characters = single_characters && elements[i].value.size() <= 2;
    if (out.value.size() > kValueMax) return std::nullopt;
  }
  if (single_characters) out.veil = Veil::hidden;
  return out;
}

std::optional<JsConstant> JsFolder::apply_methods(JsConstant value) {
  while (tokens_.is(value.next, ".") && tokens_.is(value.next + 2, "(")) {
    if (++steps_ > steps_max_) return std::nullopt;
    std::string_view method = tokens_.text(value.next + 1);
    size_t argument = value.next + 3;
    if (method == "toString" || method == "trim") {
      if (!tokens_.is(argument, ")")) return std::nullopt;
      value.next = argument + 1;
    } else if (method == "split") {
      // .split(X).reverse().join(Y), or .split(X).join(Y): a replacement
      std::optional<JsConstant> by = fold(argument);
      if (!by || !tokens_.is(by->next, ")") || !tokens_.is(by->next + 1, ".")) return std::nullopt;
      size_t next = by->next + 2;
      bool reverse = tokens_.is(next, "reverse");
      if (reverse) next += 4;
      if (!tokens_.is(next, "join") || !tokens_.is(next + 1, "(")) return std::nullopt;
      std::optional<JsConstant> with = fold(next + 2);
      if (!with || !tokens_.is(with->next, ")") || (reverse && !by->value.empty())) return std::nullopt;
      if (reverse) std::reverse(value.value.begin(), value.value.end());
      replace_all(value.value, by->value, with->value);
      value.veil = Veil::hidden;
      value.next = with->next + 1;
    } else if (method == "replace") {
      std::optional<std::string> from;
      if (tokens_.is(argument, JsType::regex)) from = plain_regex(tokens_.text(argument));
      if (tokens_.is(argument, JsType::string)) from = js_string_value(tokens_.text(argument)).value;
      if (!from || !tokens_.is(argument + 1, ",")) return std::nullopt;
      std::optional<JsConstant> to = fold(argument + 2);
      if (!to || !tokens_.is(to->next, ")")) return std::nullopt;
      replace_all(value.value, *from, to->value);
      value.veil = Veil::hidden;
      value.next = to->next + 1;
    } else {
      return std::nullopt;
    }
    if (value.value.size() > kValueMax) return std::nullopt;
  }
  return value;
}

}  // namespace aplomb::scan

#include "php/fold.h"

#include <charconv>
#include <cmath>

#include "php/characters.h"

namespace aplomb::php {
namespace {

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 63)));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 63)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 63)));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  }
}

// One escape of a double-quoted literal, text[i] being what follows the backslash. Returns the characters
// used.
size_t unescape(std::string_view text, size_t i, char terminator, std::string& out) {
  constexpr std::string_view kLetters = "nrtvef\\$";
  constexpr std::string_view kMeanings = "\n\r\t\v\x1b\f\\$";
  char c = text[i];
  if (size_t letter = kLetters.find(c); letter != std::string_view::npos) {
    out.push_back(kMeanings[letter]);
    return 1;
  }
  if (c == terminator) {
    out.push_back(c);
    return 1;
  }
  size_t used = 1;
  if (c >= '0' && c <= '7') {
    unsigned value = 0;
    for (used = 0; used < 3 && i + used < text.size() && text[i + used] >= '0' && text[i + used] <= '7';
         ++used)
      value = value * 8 + static_cast<unsigned>(text[i + used] - '0');
    out.push_back(static_cast<char>(value));
    return used;
  }
  if (lower(c) == 'x' && i + 1 < text.size() && hex_value(text[i + 1]) >= 0) {
    int value = 0;
    for (; used < 3 && i + used < text.size() && hex_value(text[i + used]) >= 0; ++used)
      value = value * 16 + hex_value(text[i + used]);
    out.push_back(static_cast<char>(value));
    return used;
  }
  if (c == 'u' && i + 1 < text.size() && text[i + 1] == '{') {
    uint32_t code = 0;
    for (used = 2; i + used < text.size() && hex_value(text[i + used]) >= 0 && used < 9; ++used)
      code = code * 16 + static_cast<uint32_t>(hex_value(text[i + used]));
    if (i + used < text.size() && text[i + used] == '}' && code <= 0x10FFFF) {
      append_utf8(out, code);
      return used + 1;
    }
  }
  out.push_back('\\');
  out.push_back(c);
  return 1;
}

Constant number(std::string_view text) {
  std::string digits;
  for (char c : text)
    if (c != '_') digits.push_back(c);
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    char mark = lower(digits[1]);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    if (mark == 'x' || mark == 'b' || mark == 'o') digits.erase(0, 2);
  }
  bool is_floating = base != 16 && digits.find_first_of(".eE") != std::string::npos;
  int64_t value = 0;
  if (!is_floating) {
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error == std::errc()) return Constant::of(value);
  }
  double floating = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), floating);
  return Constant::of(floating);
}

Constant arithmetic(Op op, const Constant& left, const Constant& right) {
  if (left.is_array() || right.is_array()) return {};
  auto is_whole = [](const Constant& c) {
    return c.type() != Constant::Type::floating && c.to_floating() == static_cast<double>(c.to_integer());
  };
  if (op == Op::percent) {
    int64_t divisor = right.to_integer();
    return divisor == 0 || divisor == -1 ? Constant() : Constant::of(left.to_integer() % divisor);
  }
  if (is_whole(left) && is_whole(right)) {
    int64_t a = left.to_integer(), b = right.to_integer(), out = 0;
    bool overflow = op == Op::plus    ? __builtin_add_overflow(a, b, &out)
                    : op == Op::minus ? __builtin_sub_overflow(a, b, &out)
                    : op == Op::times ? __builtin_mul_overflow(a, b, &out)
                                      : true;
    if (!overflow) return Constant::of(out);
    if (op == Op::divide && b != 0 && b != -1 && a % b == 0) return Constant::of(a / b);
  }
  double a = left.to_floating(), b = right.to_floating();
  switch (op) {
    case Op::plus:
      return Constant::of(a + b);
    case Op::minus:
      return Constant::of(a - b);
    case Op::times:
      return Constant::of(a * b);
    case Op::divide:
      return b == 0 ? Constant() : Constant::of(a / b);
    default: {
      double power = std::pow(a, b);
      return std::fabs(power) < 9e15 && std::floor(power) == power ? Constant::of(static_cast<int64_t>(power))
                                                                   : Constant::of(power);
    }
  }
}

// ^ | & on two strings work on their bytes.
Constant bitwise(Op op, const Constant& left, const Constant& right, Meter& meter) {
  auto combine = [op](int64_t a, int64_t b) {
    return op == Op::bit_xor ? a ^ b : op == Op::bit_or ? a | b : a & b;
  };
  if (!left.is_text() || !right.is_text())
    return Constant::of(combine(left.to_integer(), right.to_integer()));
  std::string_view a = left.text(), b = right.text();
  size_t size = op == Op::bit_or ? std::max(a.size(), b.size()) : std::min(a.size(), b.size());
  if (!meter.spend_bytes(size)) return {};
  std::string out;
  out.reserve(size);
  for (size_t i = 0; i < size; ++i)
    out.push_back(static_cast<char>(combine(i < a.size() ? static_cast<unsigned char>(a[i]) : 0,
                                            i < b.size() ? static_cast<unsigned char>(b[i]) : 0)));
  return Constant::of(std::move(out));
}

bool loosely_equal(const Constant& left, const Constant& right) {
  if (left.is_text() && right.is_text()) return left.text() == right.text();
  if (left.is_number() && right.is_number()) return left.to_floating() == right.to_floating();
  if (left.type() == Constant::Type::boolean || right.type() == Constant::Type::boolean)
    return left.to_boolean() == right.to_boolean();
  return left.to_text() == right.to_text();
}

}  // namespace

Constant literal(std::string_view text, Quote quote, Meter& meter) {
  if (quote == Quote::none)
    return text.empty() || is(text[0], kDigit) || text[0] == '.' ? number(text)
                                                                 : Constant::of(std::string(text));
  if (!meter.spend_bytes(text.size())) return {};
  char terminator = quote == Quote::backtick ? '`' : '"';
  size_t begin = 0, end = text.size();
  if (quote == Quote::single_quote || quote == Quote::double_quote) {
    char delimiter = quote == Quote::single_quote ? '\'' : '"';
    size_t open = text.substr(0, 2).find(delimiter);  // b"…"
    if (open != std::string_view::npos) {
      begin = open + 1;
      if (end > begin && text[end - 1] == delimiter) --end;
    }
  }
  text = text.substr(begin, end - begin);
  if (quote == Quote::nowdoc || text.find('\\') == std::string_view::npos)
    return Constant::of(std::string(text));
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i++]);
    } else if (quote == Quote::single_quote) {
      if (text[i + 1] != '\\' && text[i + 1] != '\'') out.push_back('\\');
      out.push_back(text[i + 1]);
      i += 2;
    } else {
      i += 1 + unescape(text, i + 1, quote == Quote::heredoc ? '\\' : terminator, out);
    }
  }
  return Constant::of(std::move(out));
}

size_t escape_count(std::string_view text) {
  size_t count = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '\\') continue;
    char c = lower(text[++i]);
    if (c == 'x' || c == 'u' || (c >= '0' && c <= '7')) ++count;
  }
  return count;
}

Constant fold_binary(Op op, Constant left, const Constant& right, Meter& meter) {
  if (!left.known() || !right.known() || !meter.spend_steps(1)) return {};
  switch (op) {
    case Op::dot: {
      if (left.is_array() || right.is_array()) return {};
      std::string number;
      std::string_view more = right.text();
      if (!right.is_text()) more = number = right.to_text();
      size_t copied = left.is_shared() ? left.text().size() : 0;
      if (!meter.spend_bytes(copied + more.size() + 1)) return {};
      left.append(more);
      return left;
    }
    case Op::plus:
    case Op::minus:
    case Op::times:
    case Op::divide:
    case Op::power:
    case Op::percent:
      return arithmetic(op, left, right);
    case Op::bit_xor:
    case Op::bit_or:
    case Op::bit_and:
      return bitwise(op, left, right, meter);
    case Op::shift_left:
    case Op::shift_right: {
      int64_t by = right.to_integer();
      if (by < 0 || by > 63) return {};
      return Constant::of(op == Op::shift_left
                              ? static_cast<int64_t>(static_cast<uint64_t>(left.to_integer()) << by)
                              : left.to_integer() >> by);
    }
    case Op::and_and:
      return Constant::of(left.to_boolean() && right.to_boolean());
    case Op::or_or:
      return Constant::of(left.to_boolean() || right.to_boolean());
    case Op::equal:
      return Constant::of(loosely_equal(left, right));
    case Op::not_equal:
      return Constant::of(!loosely_equal(left, right));
    case Op::identical:
      return Constant::of(left == right);
    case Op::not_identical:
      return Constant::of(!(left == right));
    case Op::less:
      return Constant::of(left.to_floating() < right.to_floating());
    case Op::greater:
      return Constant::of(left.to_floating() > right.to_floating());
    case Op::less_equal:
      return Constant::of(left.to_floating() <= right.to_floating());
    case Op::greater_equal:
      return Constant::of(left.to_floating() >= right.to_floating());
    default:
      return {};
  }
}

Constant fold_unary(Op op, const Constant& operand, Meter& meter) {
  if (!operand.known() || operand.is_array()) return {};
  switch (op) {
    case Op::not_:
      return Constant::of(!operand.to_boolean());
    case Op::minus:
      if (operand.type() == Constant::Type::floating) return Constant::of(-operand.to_floating());
      return operand.to_integer() == INT64_MIN ? Constant() : Constant::of(-operand.to_integer());
    case Op::bit_not: {
      if (!operand.is_text()) return Constant::of(~operand.to_integer());
      if (!meter.spend_bytes(operand.text().size())) return {};
      std::string out(operand.text());
      for (char& c : out) c = static_cast<char>(~c);
      return Constant::of(std::move(out));
    }
    case Op::increment: {
      if (!operand.is_text() || operand.text().empty())
        return Constant::of(operand.to_integer() + (operand.to_integer() < INT64_MAX));
      std::string out(operand.text());  // 'a'++ is 'b', 'z'++ is 'aa'
      for (size_t i = out.size(); i-- > 0;) {
        char& c = out[i];
        bool wraps = c == 'z' || c == 'Z' || c == '9';
        if (!is(c, kNameByte) || c == '_' || static_cast<unsigned char>(c) >= 0x80) return {};
        if (!wraps) {
          ++c;
          return Constant::of(std::move(out));
        }
        c = c == 'z' ? 'a' : c == 'Z' ? 'A' : '0';
      }
      out.insert(out.begin(), out[0] == '0' ? '1' : out[0]);
      return Constant::of(std::move(out));
    }
    case Op::decrement:
      return Constant::of(operand.to_integer() - (operand.to_integer() > INT64_MIN));
    default:
      return {};
  }
}

Constant fold_cast(char type, const Constant& operand) {
  if (!operand.known()) return {};
  switch (type) {
    case 'i':
      return Constant::of(operand.to_integer());
    case 'b':
      return Constant::of(operand.to_boolean());
    case 'f':
    case 'd':
    case 'r':
      return Constant::of(operand.to_floating());
    case 's':
      return operand.is_text() ? operand : Constant::of(operand.to_text());
    case 'a':
      return operand.is_array() ? operand : Constant();
    default:
      return {};
  }
}

Constant fold_index(const Constant& whole, const Constant& key, Meter& meter) {
  if (!whole.known() || !key.known() || !meter.spend_steps(1)) return {};
  if (whole.is_array()) {
    const Constant* found =
        meter.spend_steps(key.is_text() ? whole.items().size() : 1) ? whole.find(key) : nullptr;
    return found != nullptr ? *found : Constant();
  }
  std::string_view text = whole.text();
  int64_t place = key.to_integer();
  if (place < 0) place += static_cast<int64_t>(text.size());
  if (place < 0 || static_cast<uint64_t>(place) >= text.size()) return {};
  return Constant::of(std::string(1, text[static_cast<size_t>(place)]));
}

}  // namespace aplomb::php

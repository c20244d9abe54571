// The functions of PHP that fold: those which obfuscators build names and code with.
#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "php/characters.h"
#include "php/codecs.h"
#include "php/fold.h"
#include "php/fold_call.h"

namespace aplomb::php {
namespace {

using Function = Constant (*)(const Call&);

Constant substr(const Call& call) {
  std::string text = call.text(0);
  size_t from = 0, count = 0;
  bool has_length = call.count() > 2 && call.arguments[2].type() != Constant::Type::null;
  if (!slice(static_cast<int64_t>(text.size()), call.integer(1, 0), call.integer(2, 0), has_length, from,
             count))
    return Constant::of(std::string());
  return call.made(text.substr(from, count));
}

std::string replace_all(const std::string& in, std::string_view from, std::string_view to, bool any_case,
                        Meter& meter) {
  if (from.empty() || from.size() > in.size() || !meter.spend_steps(in.size())) return in;
  std::string folded = any_case ? lower(in) : std::string();
  std::string wanted = any_case ? lower(from) : std::string(from);
  std::string_view haystack = any_case ? std::string_view(folded) : std::string_view(in);
  std::string out;
  size_t start = 0;
  for (size_t found; (found = haystack.find(wanted, start)) != std::string::npos;
       start = found + from.size()) {
    out.append(in, start, found - start).append(to);
    if (!meter.spend_bytes(to.size() + 1)) return {};
  }
  return out.append(in, start);
}

Constant str_replace(const Call& call, bool any_case) {
  if (call.count() < 3 || call.is_array(2)) return {};
  std::string text = call.text(2);
  if (!call.is_array(0))
    return call.made(replace_all(text, call.text(0), call.text(1), any_case, call.meter));
  const Constant::Items& from = call.arguments[0].items();
  for (size_t i = 0; i < from.size() && !call.meter.exhausted(); ++i) {
    std::string to = !call.is_array(1)                      ? call.text(1)
                     : i < call.arguments[1].items().size() ? call.arguments[1].items()[i].second.to_text()
                                                            : "";
    text = replace_all(text, from[i].second.to_text(), to, any_case, call.meter);
  }
  return call.made(std::move(text));
}

Constant strtr(const Call& call) {
  std::string text = call.text(0);
  if (call.count() == 3) {
    std::string from = call.text(1), to = call.text(2);
    size_t size = std::min(from.size(), to.size());
    char map[256];
    for (unsigned i = 0; i < 256; ++i) map[i] = static_cast<char>(i);
    for (size_t i = 0; i < size; ++i) map[static_cast<unsigned char>(from[i])] = to[i];
    for (char& c : text) c = map[static_cast<unsigned char>(c)];
    return call.made(std::move(text));
  }
  if (!call.is_array(1)) return {};
  std::unordered_map<std::string, std::string> pairs;
  size_t longest = 0;
  for (const auto& [key, value] : call.arguments[1].items()) {
    pairs[key.to_text()] = value.to_text();
    longest = std::max(longest, key.to_text().size());
  }
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t length = std::min(longest, text.size() - i);
    if (!call.meter.spend_steps(length * length / 16 + 1)) return {};
    for (; length > 0; --length) {
      auto found = pairs.find(text.substr(i, length));
      if (found == pairs.end()) continue;
      out += found->second;
      break;
    }
    if (length == 0) out.push_back(text[i]);
    i += std::max<size_t>(1, length);
    if (!call.meter.spend_bytes(1) || out.size() > call.meter.bytes_left()) return {};
  }
  return call.made(std::move(out));
}

Constant pack(const Call& call) {
  std::string format = call.text(0);
  if (format.starts_with('H') || format.starts_with('h')) {
    std::string hex = call.text(1);
    if (hex.size() % 2 != 0) hex.push_back('0');
    if (format[0] == 'h')
      for (size_t i = 0; i + 1 < hex.size(); i += 2) std::swap(hex[i], hex[i + 1]);
    return call.made(decode_hex(hex));
  }
  if (!format.starts_with('C') && !format.starts_with('c')) return {};
  std::string out;
  for (size_t i = 1; i < call.count(); ++i) out.push_back(static_cast<char>(call.integer(i, 0)));
  return call.made(std::move(out));
}

Constant sprintf_items(const Call& call, Arguments values) {
  std::string format = call.text(0), out;
  size_t next = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out.push_back(format[i]);
      continue;
    }
    size_t j = i + 1, place = 0;
    while (j < format.size() && is(format[j], kDigit) && j - i < 6)
      place = place * 10 + static_cast<size_t>(format[j++] - '0');
    bool is_numbered = place > 0 && j < format.size() && format[j] == '$';
    if (is_numbered) ++j;
    if (j == format.size()) return {};
    char kind = format[j];
    i = j;
    if (kind == '%') {
      out.push_back('%');
      continue;
    }
    size_t which = is_numbered ? place - 1 : next++;
    if (which >= values.size()) return {};
    const Constant& value = values[which];
    if (kind == 's')
      out += value.to_text();
    else if (kind == 'c')
      out.push_back(static_cast<char>(value.to_integer()));
    else if (kind == 'd' || kind == 'u')
      out += std::to_string(value.to_integer());
    else
      return {};
    if (out.size() > call.meter.bytes_left()) return {};
  }
  return call.made(std::move(out));
}

Constant vsprintf(const Call& call) {
  if (!call.is_array(1)) return {};
  std::vector<Constant> values;
  for (const auto& [key, value] : call.arguments[1].items()) values.push_back(value);
  return sprintf_items(call, values);
}

Constant trimmed(const Call& call, bool left, bool right) {
  std::string text = call.text(0);
  std::string unwanted = call.count() > 1 ? call.text(1) : std::string(" \t\n\r\0\x0B", 6);
  size_t begin = left ? std::min(text.find_first_not_of(unwanted), text.size()) : 0;
  size_t last = right ? text.find_last_not_of(unwanted) : text.size() - 1;
  if (text.empty() || last == std::string::npos || begin > last) return Constant::of(std::string());
  return call.made(text.substr(begin, last + 1 - begin));
}

Constant inflated(const Call& call, Zlib format) {
  bool truncated = false;
  std::string data = call.text(0);
  uint64_t limit = call.meter.bytes_left();
  std::optional<std::string> out = inflate_text(data, format, limit, truncated);
  if (truncated) call.meter.exhaust();
  return call.made(std::move(out));
}

Constant first_in_case(const Call& call, bool upper) {
  std::string text = call.text(0);
  if (text.empty()) return call.made(std::move(text));
  char first = lower(text[0]);
  text[0] = upper && first >= 'a' && first <= 'z' ? static_cast<char>(first - 'a' + 'A') : first;
  return call.made(std::move(text));
}

Constant in_case(const Call& call, bool upper) {
  std::string text = call.text(0);
  for (char& c : text) c = upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : upper ? c : lower(c);
  return call.made(std::move(text));
}

Constant repeated(const Call& call) {
  std::string text = call.text(0), out;
  int64_t times = call.integer(1, 0);
  if (times < 0 || (times > 0 && text.size() > call.meter.bytes_left() / static_cast<uint64_t>(times)))
    return {};
  for (int64_t i = 0; i < times && !text.empty(); ++i) out += text;
  return call.made(std::move(out));
}

Constant based(const Call& call, int base) {
  int64_t value = 0;
  for (char c : call.text(0)) {
    int digit = hex_value(c);
    if (digit < 0 || digit >= base) continue;
    if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
      return {};
  }
  return Constant::of(value);
}

std::string hex(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (char c : text) {
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

Constant chr(const Call& c) {
  return c.made(std::string(1, static_cast<char>(c.integer(0, 0))));
}

Constant ord(const Call& call) {
  std::string text = call.text(0);
  return Constant::of(text.empty() ? int64_t{0} : int64_t{static_cast<unsigned char>(text[0])});
}

Constant strrev(const Call& call) {
  std::string text = call.text(0);
  std::reverse(text.begin(), text.end());
  return call.made(std::move(text));
}

const std::unordered_map<std::string_view, Function>& functions() {
  static const std::unordered_map<std::string_view, Function> table = {
      {"chr", chr},
      {"ord", ord},
      {"strrev", strrev},
      {"str_rot13", [](const Call& c) { return c.made(rotate13(c.text(0))); }},
      {"base64_decode", [](const Call& c) { return c.made(decode_base64(c.text(0))); }},
      {"base64_encode", [](const Call& c) { return c.made(encode_base64(c.text(0))); }},
      {"gzinflate", [](const Call& c) { return inflated(c, Zlib::raw); }},
      {"gzuncompress", [](const Call& c) { return inflated(c, Zlib::zlib); }},
      {"gzdecode", [](const Call& c) { return inflated(c, Zlib::gzip); }},
      {"zlib_decode", [](const Call& c) { return inflated(c, Zlib::zlib); }},
      {"urldecode", [](const Call& c) { return c.made(decode_url(c.text(0), true)); }},
      {"rawurldecode", [](const Call& c) { return c.made(decode_url(c.text(0), false)); }},
      {"hex2bin", [](const Call& c) { return c.made(decode_hex(c.text(0))); }},
      {"bin2hex", [](const Call& c) { return c.made(hex(c.text(0))); }},
      {"convert_uudecode", [](const Call& c) { return c.made(decode_uu(c.text(0))); }},
      {"quoted_printable_decode", [](const Call& c) { return c.made(decode_quoted_printable(c.text(0))); }},
      {"html_entity_decode", [](const Call& c) { return c.made(decode_entities(c.text(0))); }},
      {"htmlspecialchars_decode", [](const Call& c) { return c.made(decode_entities(c.text(0))); }},
      {"pack", pack},
      {"implode", implode},
      {"join", implode},
      {"explode", explode},
      {"str_split", str_split},
      {"substr", substr},
      {"mb_substr", substr},
      {"str_replace", [](const Call& c) { return str_replace(c, false); }},
      {"str_ireplace", [](const Call& c) { return str_replace(c, true); }},
      {"strtr", strtr},
      {"sprintf",
       [](const Call& c) { return sprintf_items(c, c.arguments.subspan(std::min<size_t>(1, c.count()))); }},
      {"vsprintf", vsprintf},
      {"trim", [](const Call& c) { return trimmed(c, true, true); }},
      {"ltrim", [](const Call& c) { return trimmed(c, true, false); }},
      {"rtrim", [](const Call& c) { return trimmed(c, false, true); }},
      {"chop", [](const Call& c) { return trimmed(c, false, true); }},
      {"strtolower", [](const Call& c) { return in_case(c, false); }},
      {"strtoupper", [](const Call& c) { return in_case(c, true); }},
      {"str_repeat", repeated},
      {"strlen", [](const Call& c) { return Constant::of(static_cast<int64_t>(c.text(0).size())); }},
      {"strval", [](const Call& c) { return c.made(c.text(0)); }},
      {"intval", [](const Call& c) { return Constant::of(c.integer(0, 0)); }},
      {"hexdec", [](const Call& c) { return based(c, 16); }},
      {"octdec", [](const Call& c) { return based(c, 8); }},
      {"bindec", [](const Call& c) { return based(c, 2); }},
      {"array_reverse", reversed_items},
      {"array_merge", merged},
      {"array_slice", array_slice},
      {"array_values", [](const Call& c) { return c.count() == 1 ? merged(c) : Constant(); }},
      {"array_shift", [](const Call& c) { return item_at_end(c, false); }},
      {"array_pop", [](const Call& c) { return item_at_end(c, true); }},
      {"current", [](const Call& c) { return item_at_end(c, false); }},
      {"reset", [](const Call& c) { return item_at_end(c, false); }},
      {"end", [](const Call& c) { return item_at_end(c, true); }},
      {"range", range},
      {"array_keys", keys_of},
      {"array_flip", flipped},
      {"array_diff", difference},
      {"ucfirst", [](const Call& c) { return first_in_case(c, true); }},
      {"lcfirst", [](const Call& c) { return first_in_case(c, false); }},
  };
  return table;
}

}  // namespace

Constant fold_call(std::string_view lower_name, std::span<const Constant> arguments, Meter& meter) {
  auto found = functions().find(lower_name);
  if (found == functions().end() || arguments.empty()) return {};
  uint64_t size = 8;
  for (const Constant& argument : arguments) {
    if (!argument.known()) return {};
    size += argument.text().size() / 8 + argument.items().size();
  }
  if (!meter.spend_steps(size)) return {};
  return found->second({arguments, meter});
}

std::span<const std::string_view> decoders() {
  static constexpr std::string_view kNames[] = {"chr",
                                                "strrev",
                                                "str_rot13",
                                                "base64_decode",
                                                "gzinflate",
                                                "gzuncompress",
                                                "gzdecode",
                                                "zlib_decode",
                                                "urldecode",
                                                "rawurldecode",
                                                "hex2bin",
                                                "convert_uudecode",
                                                "pack",
                                                "strtr",
                                                "openssl_decrypt",
                                                "quoted_printable_decode",
                                                "mcrypt_cbc",
                                                "mcrypt_decrypt",
                                                "mcrypt_ecb",
                                                "html_entity_decode",
                                                "bzdecompress",
                                                "lzf_decompress",
                                                "htmlspecialchars_decode"};
  return kNames;
}

bool is_decoder(std::string_view lower_name) {
  static const std::unordered_set<std::string_view> table(decoders().begin(), decoders().end());
  return table.contains(lower_name);
}

}  // namespace aplomb::php

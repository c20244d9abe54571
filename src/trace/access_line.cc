// Access logs: common and combined, with or without the name of the virtual host in front, and PHP-FPM's.
#include <algorithm>
#include <charconv>

#include "trace/log_line.h"

namespace aplomb::trace {
namespace {

// The next quote that no backslash escapes.
size_t find_quote(std::string_view line, size_t from) {
  for (size_t at = line.find('"', from); at != line.npos; at = line.find('"', at + 1)) {
    size_t slashes = 0;
    while (at > slashes && line[at - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return at;
  }
  return line.npos;
}

std::string_view take_token(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const size_t end = std::min(text.find(' '), text.size());
  std::string_view token = text.substr(0, end);
  text.remove_prefix(end);
  return token;
}

std::string_view take_quoted(std::string_view& text) {
  const size_t begin = text.find('"');
  const size_t end = begin == text.npos ? text.npos : find_quote(text, begin + 1);
  if (end == text.npos) {
    text = {};
    return {};
  }
  std::string_view quoted = text.substr(begin + 1, end - begin - 1);
  text.remove_prefix(end + 1);
  return quoted == "-" ? std::string_view() : quoted;
}

template <typename Number>
Number number_of(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view without_port(std::string_view host) {
  const size_t colon = host.rfind(':');
  return colon == host.npos || host.ends_with(']') ? host : host.substr(0, colon);
}

}  // namespace

bool is_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']') && text.size() > 2) text = text.substr(1, text.size() - 2);
  if (text.size() < 2 || text.size() > 45) return false;
  size_t dots = 0, colons = 0;
  for (char c : text) {
    const bool digit = c >= '0' && c <= '9';
    const bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!hex && c != '.' && c != ':') return false;
    dots += c == '.';
    colons += c == ':';
    if (hex && !digit && dots > 0) return false;
  }
  return colons >= 2 || (colons == 0 && dots == 3 && text.find_first_not_of("0123456789.") == text.npos);
}

void parse_client(std::string_view prefix, Line& out) {
  std::string_view rest = prefix;
  std::string_view first = take_token(rest);
  const bool list = first.ends_with(',');  // X-Forwarded-For: the client, then proxies
  if (list) first.remove_suffix(1);
  std::string_view after = rest;
  const std::string_view second = take_token(after);
  if (is_address(first) && list) {
    while (!rest.empty()) {  // the proxies
      after = rest;
      const std::string_view proxy = take_token(after);
      if (!is_address(proxy.substr(0, proxy.find(',')))) break;
      rest = after;
    }
    out.address = first;
  } else if (is_address(second)) {
    out.host = without_port(first);
    out.address = second;
    rest = after;
  } else {
    out.address = first;  // or the name that HostnameLookups found
  }
  take_token(rest);  // identd's word
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  while (rest.ends_with(' ')) rest.remove_suffix(1);
  if (rest != "-") out.account = rest;
}

void parse_request(std::string_view request, Line& out) {
  const size_t blank = request.find(' ');
  if (blank == request.npos || blank == 0 || blank > 20) return;
  const std::string_view method = request.substr(0, blank);
  if (!std::ranges::all_of(method, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; }))
    return;
  std::string_view target = request.substr(blank + 1);
  if (const size_t protocol = target.rfind(" HTTP/"); protocol != target.npos)
    target = target.substr(0, protocol);
  out.method = method;
  out.target = target;
}

bool LineParser::access(std::string_view line, Line& out) {
  constexpr size_t kDate = 26;
  const size_t quote = find_quote(line, 0);
  if (quote == line.npos || quote < kDate + 3 || line[quote - 1] != ' ') return false;
  size_t end = quote - 1;
  const bool brackets = line[end - 1] == ']';
  if (brackets) --end;
  if (end < kDate + (brackets ? 1U : 0U)) return false;
  size_t begin = end - kDate;
  const auto time = stamps_.access(line.substr(begin, kDate));
  if (!time) return false;
  if (brackets && line[--begin] != '[') return false;
  out.time = *time;
  parse_client(line.substr(0, begin), out);
  if (out.address.empty()) return false;
  out.kind = LineKind::request;
  const size_t close = find_quote(line, quote + 1);
  if (close == line.npos) {  // cut: what there is of the request
    parse_request(line.substr(quote + 1), out);
    return true;
  }
  parse_request(line.substr(quote + 1, close - quote - 1), out);
  std::string_view rest = line.substr(close + 1);
  out.status = number_of<unsigned>(take_token(rest));
  out.bytes = number_of<uint64_t>(take_token(rest));
  out.referer = take_quoted(rest);
  out.agent = take_quoted(rest);
  return true;
}

}  // namespace aplomb::trace

#include "http/url.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/messages.h"
#include "base/text.h"

namespace aplomb::http {
namespace {

// Characters of RFC 3986 that may stand in a path or query as they are, beside the unreserved ones. '%' is
// treated before.
constexpr std::string_view kPathKept = "/!$&()*+,;=:@";
constexpr std::string_view kQueryKept = "/!$&()*+,;=:@?[]|";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_unreserved(char c) {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that the escape at text[at] stands for, or -1.
int escape_at(std::string_view text, size_t at) {
  if (text[at] != '%' || text.size() - at < 3) return -1;
  int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void append_escape(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  auto byte = static_cast<unsigned char>(c);
  out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
}

std::string canonical_escapes(std::string_view text, std::string_view keep) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (int byte = escape_at(text, i); byte >= 0) {
      char c = static_cast<char>(byte);
      is_unreserved(c) ? void(out += c) : append_escape(out, c);
      i += 2;
    } else if (is_unreserved(text[i]) || keep.find(text[i]) != keep.npos) {
      out += text[i];
    } else {
      append_escape(out, text[i]);
    }
  }
  return out;
}

// RFC 3986 section 5.2.4, on a path that starts with '/'.
std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool folder = false;  // whether the result ends with '/'
  for (size_t start = 1; start <= path.size();) {
    size_t end = std::min(path.find('/', start), path.size());
    std::string_view segment = path.substr(start, end - start);
    folder = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!folder) kept.push_back(segment);
    start = end + 1;
  }
  std::string out;
  for (std::string_view segment : kept) {
    out += '/';
    out += segment;
  }
  if (folder || out.empty()) out += '/';
  return out;
}

bool is_control_or_space(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
}

// Browsers drop tabs and line ends inside, and blanks around, a link.
std::string tidy(std::string_view text) {
  while (!text.empty() && is_control_or_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_control_or_space(text.back())) text.remove_suffix(1);
  std::string out(text);
  std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return out;
}

// "name:" at the start, as RFC 3986 section 3.1; empty when there is none.
std::string_view scheme_of(std::string_view text) {
  size_t colon = text.find(':');
  bool digit_first = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (colon == text.npos || colon == 0 || digit_first) return {};
  std::string_view scheme = text.substr(0, colon);
  bool fits = std::ranges::all_of(
      scheme, [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
  return fits ? scheme : std::string_view();
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 255) return false;
  if (host.front() == '[') {
    if (host.back() != ']' || host.size() < 4) return false;
    return std::ranges::all_of(host.substr(1, host.size() - 2),
                               [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; });
  }
  return std::ranges::all_of(host,
                             [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

std::unexpected<Error> not_a_url() {
  return fail(Code::usage, tr("this is not a web address (http:// or https://)"));
}

uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

void set_target(Url& url, std::string_view target) {
  target = target.substr(0, target.find('#'));
  size_t mark = target.find('?');
  url.path = canonical_path(target.substr(0, mark));
  url.query.reset();
  if (mark != target.npos) url.query = canonical_escapes(target.substr(mark + 1), kQueryKept);
}

// "host:port/path?query", after "//".
Result<Url> parse_after_slashes(std::string scheme, std::string_view text) {
  Url url;
  url.scheme = std::move(scheme);
  size_t end = std::min(text.find_first_of("/?#\\"), text.size());
  std::string_view authority = text.substr(0, end);
  if (end < text.size() && text[end] == '\\') return not_a_url();
  size_t colon = authority.rfind(':');
  if (colon != authority.npos && authority.find(']', colon) != authority.npos) colon = authority.npos;
  std::string_view port = colon == authority.npos ? std::string_view() : authority.substr(colon + 1);
  url.host = lower(authority.substr(0, colon));
  url.port = default_port(url.scheme);
  if (!is_host(url.host)) return not_a_url();
  if (!port.empty()) {
    auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || stop != port.data() + port.size() || url.port == 0) return not_a_url();
  }
  set_target(url, text.substr(end));
  return url;
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    int byte = escape_at(text, i);
    out += byte >= 0 ? static_cast<char>(byte) : text[i];
    if (byte >= 0) i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string out;
  for (char c : text) {
    if (is_unreserved(c) || keep.find(c) != keep.npos) {
      out += c;
    } else {
      append_escape(out, c);
    }
  }
  return out;
}

std::string canonical_path(std::string_view path) {
  std::string escaped = canonical_escapes(path, kPathKept);
  if (!escaped.starts_with('/')) escaped.insert(0, "/");
  return remove_dot_segments(escaped);
}

std::string canonical_target(std::string_view target) {
  Url url;
  set_target(url, target);
  return url.target();
}

Result<Url> Url::parse(std::string_view raw) {
  if (raw.size() > kUrlSizeMax) return not_a_url();
  std::string text = tidy(raw);
  std::string scheme = lower(scheme_of(text));
  if (scheme != "http" && scheme != "https") return not_a_url();
  std::string_view rest = std::string_view(text).substr(scheme.size() + 1);
  if (!rest.starts_with("//")) return not_a_url();
  return parse_after_slashes(scheme, rest.substr(2));
}

Result<Url> Url::resolve(std::string_view raw) const {
  if (raw.size() > kUrlSizeMax) return not_a_url();
  std::string link = tidy(raw);
  if (!scheme_of(link).empty()) return parse(link);
  if (link.starts_with("//")) return parse_after_slashes(scheme, std::string_view(link).substr(2));
  // Browsers read "\\host" and "/\host" as "//host".
  if (link.starts_with('\\') || link.starts_with("/\\")) return not_a_url();
  Url url = *this;
  if (link.empty() || link.starts_with('#')) return url;
  if (link.starts_with('?')) {
    set_target(url, path + link);
  } else if (link.starts_with('/')) {
    set_target(url, link);
  } else {
    set_target(url, path.substr(0, path.rfind('/') + 1) + link);
  }
  return url;
}

std::string Url::origin() const {
  std::string text = scheme + "://" + host;
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::target() const {
  return query ? path + "?" + *query : path;
}

std::string Url::to_string() const {
  return origin() + target();
}

}  // namespace aplomb::http

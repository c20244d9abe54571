#include "scan/web_address.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "scan/name_class.h"

namespace aplomb::scan {
namespace {

char lower_char(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string foreign_host(std::string_view url) {
  size_t begin = url.find_first_not_of(" \t\r\n\"'");
  if (begin == std::string_view::npos) return "";
  url.remove_prefix(begin);
  std::string head = lower(url.substr(0, 300));
  std::string_view rest = head;
  for (std::string_view scheme : {"https:", "http:", "wss:", "ws:", "ftp:"})
    if (rest.starts_with(scheme)) {
      rest.remove_prefix(scheme.size());
      break;
    }
  if (!rest.starts_with("//")) return "";
  rest.remove_prefix(2);
  size_t slash = rest.find_first_of("/?#\\ \t\r\n\"'<>`");
  std::string_view authority = rest.substr(0, slash);
  size_t at = authority.rfind('@');
  if (at != std::string_view::npos) authority.remove_prefix(at + 1);
  std::string_view host = authority.substr(0, authority.find(':'));
  if (host.find('.') == std::string_view::npos || !std::all_of(host.begin(), host.end(), is_host_char))
    return "";
  if (host.starts_with("127.") || host == "www.w3.org" || host.ends_with(".localhost")) return "";
  return std::string(host);
}

bool is_common_measurement_host(std::string_view host) {
  constexpr std::array<std::string_view, 5> known{"googletagmanager.com", "doubleclick.net",
                                                  "google-analytics.com", "facebook.com", "matomo.cloud"};
  return std::any_of(known.begin(), known.end(), [&](std::string_view name) {
    return host == name || (host.ends_with(name) && host[host.size() - name.size() - 1] == '.');
  });
}

bool contains_word(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return lower_char(a) == b; }) != text.end();
}

}  // namespace aplomb::scan

// URLs of http and https, taken apart and made canonical, so that two spellings of one page are one string.
// The idea is RFC 3986 with the leniency of browsers (WHATWG): odd characters are encoded, not refused. What
// could mislead (another scheme, user:password@, control characters in the host) is refused. Pure functions;
// the input is hostile: links found in pages, request lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aplomb::http {

constexpr size_t kUrlSizeMax = 8192;

struct Url {
  std::string scheme;                // "http" or "https"
  std::string host;                  // lower case; an IPv6 address in its brackets
  uint16_t port = 80;                // the scheme's own when the URL names none
  std::string path;                  // canonical, starts with '/'
  std::optional<std::string> query;  // without '?'; canonical. A fragment is dropped.

  // Code::usage when it is not an absolute URL of http or https.
  static Result<Url> parse(std::string_view text);

  // The URL that a link in this page means: absolute, "//host/x", "/x", "x", "../x", "?q", "#f", "".
  Result<Url> resolve(std::string_view link) const;

  std::string origin() const;     // "https://example.org", with the port unless it is the scheme's own
  std::string target() const;     // "/path?query"
  std::string to_string() const;  // origin() + target()
  bool same_origin(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
  bool operator==(const Url&) const = default;
};

// "%41%zz" -> "A%zz": a broken escape stays as it is. '+' stays '+'.
std::string percent_decode(std::string_view text);

// Everything but letters, digits, "-._~" and the characters in `keep` becomes %XX.
std::string percent_encode(std::string_view text, std::string_view keep = {});

// A path in its one spelling: escapes of unreserved characters undone, the others in capitals, "." and ".."
// (also as %2e) resolved and never above the root, a leading '/'. "//" stays: servers tell it from "/".
std::string canonical_path(std::string_view path);

// The same for a request target or a link of one site, "/path?query"; the fragment is dropped.
std::string canonical_target(std::string_view target);

}  // namespace aplomb::http

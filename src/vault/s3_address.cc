#include "vault/s3_address.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/messages.h"

namespace aplomb::vault {
namespace {

constexpr size_t kPrefixMax = 512;
constexpr uint32_t kDaysMax = 36'500;
constexpr char kShape[] = "s3://bucket/prefix?endpoint=https://host&region=name&credentials=/file";

bool is_small(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_bucket(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && is_small(name.front()) && is_small(name.back()) &&
         std::ranges::all_of(name, [](char c) { return is_small(c) || c == '.' || c == '-'; });
}

bool is_region(std::string_view name) {
  return !name.empty() && name.size() <= 63 &&
         std::ranges::all_of(name, [](char c) { return is_small(c) || c == '-' || c == '_'; });
}

bool is_prefix(std::string_view prefix) {
  if (prefix.empty() || prefix.size() > kPrefixMax) return false;
  while (!prefix.empty()) {
    size_t end = std::min(prefix.find('/'), prefix.size());
    std::string_view name = prefix.substr(0, end);
    bool plain = std::ranges::all_of(name, [](char c) {
      return is_small(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
    });
    if (!plain || name.empty() || name == "." || name == ".." || end + 1 == prefix.size()) return false;
    prefix.remove_prefix(std::min(end + 1, prefix.size()));
  }
  return true;
}

std::optional<uint32_t> parse_days(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  uint32_t days = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    days = days * 10 + static_cast<uint32_t>(c - '0');
  }
  if (days == 0 || days > kDaysMax) return std::nullopt;
  return days;
}

Error wrong(std::string_view text, std::string what) {
  return make_error(Code::usage, std::move(what)).at(printable(text)).then(tr("write {}", kShape));
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

// Dates and lists are not signed by the server: only TLS says that they are its own.
Result<http::Url> parse_endpoint(std::string_view text, const std::string& value) {
  auto url = http::Url::parse(value);
  if (!url || url->path != "/" || url->query)
    return fail(wrong(text, tr("the endpoint is not the address of an S3 server")));
  if (url->scheme != "https" && !is_this_machine(url->host))
    return fail(wrong(text, tr("an S3 server on another machine must be asked over https")));
  return *url;
}

// One "name=value" of the query; `style` stays empty when it is not said.
Status take(std::string_view text, std::string_view part, S3Address& address, std::string& style) {
  size_t equals = std::min(part.find('='), part.size());
  std::string_view name = part.substr(0, equals);
  std::string value = http::percent_decode(part.substr(std::min(equals + 1, part.size())));
  if (name == "endpoint") {
    address.endpoint = TRY(parse_endpoint(text, value));
    return {};
  }
  if (name == "region" && is_region(value)) {
    address.region = value;
    return {};
  }
  if (name == "style" && (value == "path" || value == "host")) {
    style = value;
    return {};
  }
  if (name == "credentials" && value.starts_with('/') && value.find('\0') == std::string::npos) {
    address.credentials = value;
    return {};
  }
  if (name == "days") {
    address.days = parse_days(value);
    if (address.days) return {};
  }
  return fail(
      wrong(text, tr("the address of the vault says something that cannot be right: {}", printable(part))));
}

}  // namespace

http::Url S3Address::url(std::string_view key, const S3Query& query) const {
  http::Url url = endpoint;
  std::string path = http::percent_encode(key, "/");
  if (path_style) {
    url.path = "/" + bucket + (path.empty() ? "" : "/" + path);
  } else {
    url.host = bucket + "." + endpoint.host;
    url.path = "/" + path;
  }
  std::vector<std::string> parts;
  for (const auto& [name, value] : query)
    parts.push_back(http::percent_encode(name) + "=" + http::percent_encode(value));
  std::ranges::sort(parts);
  if (!parts.empty()) url.query = fmt::format("{}", fmt::join(parts, "&"));
  return url;
}

bool S3Address::on_this_machine() const {
  return is_this_machine(endpoint.host);
}

Result<S3Address> parse_s3_address(std::string_view text) {
  constexpr std::string_view kScheme = "s3://";
  if (!text.starts_with(kScheme)) return fail(wrong(text, tr("this is not the address of a vault")));
  std::string_view rest = text.substr(kScheme.size());
  size_t question = std::min(rest.find('?'), rest.size());
  std::string_view query = rest.substr(std::min(question + 1, rest.size()));
  rest = rest.substr(0, question);
  size_t slash = std::min(rest.find('/'), rest.size());
  S3Address address;
  address.bucket = rest.substr(0, slash);
  address.prefix = rest.substr(std::min(slash + 1, rest.size()));
  if (!is_bucket(address.bucket) || !is_prefix(address.prefix))
    return fail(wrong(text, tr("the bucket or the prefix of the vault cannot be right")));
  std::string style;
  while (!query.empty()) {
    size_t end = std::min(query.find('&'), query.size());
    TRY(take(text, query.substr(0, end), address, style));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  bool named = !address.endpoint.host.empty();
  if (!named) address.endpoint = TRY(http::Url::parse("https://s3." + address.region + ".amazonaws.com/"));
  address.path_style = style.empty() ? named : style == "path";
  return address;
}

}  // namespace aplomb::vault

#include "vault/s3_sign.h"

#include <fmt/format.h>

#include <map>

#include "base/messages.h"
#include "base/text.h"

namespace aplomb::vault {
namespace {

constexpr char kAlgorithm[] = "AWS4-HMAC-SHA256";

// "2013-05-24T00:00:00Z" as "20130524T000000Z".
std::string compact(Time time) {
  std::string text = to_iso(Time{time.ns - time.ns % kSecond});
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string host_of(const http::Url& url) {
  bool usual = url.port == (url.scheme == "https" ? 443 : 80);
  return usual ? url.host : fmt::format("{}:{}", url.host, url.port);
}

// Each step is a secret that would sign for a day, a region, a service.
crypto::Secret step(const crypto::Secret& key, std::string_view text) {
  return crypto::Secret(crypto::hmac_sha256(key.view(), as_bytes(text)));
}

crypto::Secret signing_key(const S3Credentials& credentials, std::string_view day, std::string_view region) {
  crypto::Secret key(4 + credentials.secret_key.size());
  std::memcpy(key.writable().data(), "AWS4", 4);
  if (!credentials.secret_key.empty())
    std::memcpy(key.writable().data() + 4, credentials.secret_key.view().data(),
                credentials.secret_key.size());
  return step(step(step(step(key, day), region), "s3"), "aws4_request");
}

}  // namespace

http::Headers sign_s3_request(const S3Request& request, const S3Credentials& credentials,
                              std::string_view region, Time now) {
  const std::string time = compact(now), day = time.substr(0, 8);
  http::Headers headers = request.headers;
  headers.emplace_back("x-amz-date", time);
  headers.emplace_back("x-amz-content-sha256", request.body_hash.hex());
  if (!credentials.session_token.empty())
    headers.emplace_back("x-amz-security-token", as_text(credentials.session_token.view()));
  std::map<std::string, std::string> sorted{{"host", host_of(request.url)}};
  for (const auto& [name, value] : headers) sorted[lower(name)] = trim(value);
  std::string lines, names;
  for (const auto& [name, value] : sorted) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.url.path,
                                      request.url.query.value_or(""), lines, names, request.body_hash.hex());
  std::string scope = fmt::format("{}/{}/s3/aws4_request", day, region);
  std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, crypto::sha256(as_bytes(canonical)).hex());
  crypto::Secret key = signing_key(credentials, day, region);
  std::string signature = to_hex(crypto::hmac_sha256(key.view(), as_bytes(to_sign)));
  headers.emplace_back("Authorization",
                       fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                                   credentials.access_key, scope, names, signature));
  return headers;
}

Result<S3Credentials> parse_s3_credentials(std::string_view text) {
  S3Credentials found;
  bool inside = true;  // a file without sections is one
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) inside = line == "[default]";
    size_t equals = line.find('=');
    if (!inside || line.starts_with('#') || line.starts_with(';') || equals == line.npos) continue;
    std::string_view name = trim(line.substr(0, equals)), value = trim(line.substr(equals + 1));
    if (name == "aws_access_key_id") found.access_key = value;
    if (name == "aws_secret_access_key") found.secret_key = crypto::Secret(as_bytes(value));
    if (name == "aws_session_token") found.session_token = crypto::Secret(as_bytes(value));
  }
  const char* missing = found.access_key.empty()   ? "aws_access_key_id"
                        : found.secret_key.empty() ? "aws_secret_access_key"
                                                   : nullptr;
  if (missing) return fail(Code::key, tr("the S3 credentials do not have {}", missing));
  return found;
}

}  // namespace aplomb::vault

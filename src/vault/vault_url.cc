#include "vault/vault_url.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/messages.h"
#include "vault/store.h"

namespace aplomb::vault {
namespace {

constexpr size_t kNameMax = 255;
constexpr char kSshShape[] = "ssh://user@host/path";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A name that no program takes for an option or a list: ssh(1) is given it as an argument.
bool is_plain_name(std::string_view name, std::string_view also) {
  if (name.empty() || name.size() > kNameMax || name.front() == '-') return false;
  return std::ranges::all_of(
      name, [&](char c) { return is_letter_or_digit(c) || also.find(c) != std::string_view::npos; });
}

Error wrong(std::string_view text, std::string what, std::string next) {
  return make_error(Code::usage, std::move(what)).at(printable(text)).then(next);
}

std::optional<uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  uint32_t port = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  if (port == 0 || port > 65535) return std::nullopt;
  return static_cast<uint16_t>(port);
}

// "host", "host:2222", "[2001:db8::1]", "[2001:db8::1]:2222".
bool take_host(std::string_view text, SshUrl& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!is_plain_name(url.host, ":.%")) return false;
  } else {
    size_t colon = std::min(text.find(':'), text.size());
    url.host = text.substr(0, colon);
    port = text.substr(colon);
    if (!is_plain_name(url.host, "._-")) return false;
  }
  if (port.empty()) return true;
  auto number = parse_port(port.substr(1));
  if (!port.starts_with(':') || !number) return false;
  url.port = *number;
  return true;
}

bool take_pins(std::string_view query, SshUrl& url) {
  while (!query.empty()) {
    size_t end = std::min(query.find('&'), query.size());
    std::string_view pin = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pin.starts_with("keeper=") && !url.keeper) {
      url.keeper = crypto::VerifyKey::parse(pin.substr(7));
      if (!url.keeper) return false;
    } else if (pin.starts_with("host=") && !url.host_key) {
      url.host_key = HostKey::parse(pin.substr(5));
      if (!url.host_key) return false;
    } else {
      return false;
    }
  }
  return true;
}

Result<VaultUrl> parse_ssh(std::string_view text) {
  SshUrl url;
  std::string_view rest = text.substr(6);
  size_t question = std::min(rest.find('?'), rest.size());
  std::string_view query = rest.substr(std::min(question + 1, rest.size()));
  rest = rest.substr(0, question);
  size_t slash = rest.find('/');
  size_t at = rest.find('@');
  if (slash == std::string_view::npos || at == std::string_view::npos || at > slash)
    return fail(wrong(text, tr("this is not the address of a vault"), tr("write {}", kSshShape)));
  url.user = rest.substr(0, at);
  url.path = rest.substr(slash);
  if (!is_plain_name(url.user, "._-") || !take_host(rest.substr(at + 1, slash - at - 1), url) ||
      !is_plain_path(url.path))
    return fail(wrong(text, tr("this address of a vault has a user, machine or folder that cannot be right"),
                      tr("write {}", kSshShape)));
  if (!take_pins(query, url))
    return fail(wrong(text, tr("the keys behind the address of the vault are incomplete"),
                      tr("copy the whole line that aplomb keeper create printed")));
  return url;
}

}  // namespace

bool is_plain_path(std::string_view path) {
  if (!path.starts_with('/') || path.size() > 4096) return false;
  return std::ranges::all_of(path, [](char c) {
    return is_letter_or_digit(c) || std::string_view("/._-+").find(c) != std::string_view::npos;
  });
}

Result<VaultUrl> parse_vault_url(std::string_view text) {
  if (text.starts_with("file:/")) return FileUrl{std::string(text.substr(5))};
  if (text.starts_with("ssh://")) return parse_ssh(text);
  if (text.starts_with("s3://")) return TRY(parse_s3_address(text));
  return fail(wrong(text, tr("this is not the address of a vault"),
                    tr("write file:/path, {} or s3://bucket/prefix", kSshShape)));
}

std::string to_text(const SshUrl& url) {
  bool literal = url.host.find(':') != std::string::npos;
  std::string text = fmt::format("ssh://{}@{}", url.user, literal ? "[" + url.host + "]" : url.host);
  if (url.port != 22) text += fmt::format(":{}", url.port);
  text += url.path;
  if (url.keeper) text += "?keeper=" + url.keeper->hex();
  if (url.host_key) text += (url.keeper ? "&host=" : "?host=") + url.host_key->hex();
  return text;
}

Result<Extended> VaultAccess::extend_locks() {
  return fail(make_error(Code::unsupported, tr("nothing of this vault is locked by its store")));
}

}  // namespace aplomb::vault

// The address of a vault, as `init --vault` and the configuration write it:
//
//   file:/absolute/path
//   ssh://user@host[:port]/path[?keeper=KEY[&host=KEY]]
//   s3://bucket/prefix[?endpoint=…&…]
//
// The two keys of an ssh address are pins, 64 hexadecimal digits each: the keeper's verify key, and the
// Ed25519 key by which the other machine's sshd proves itself. Pure. Who opens what is said:
// cli/open_vault.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "crypto/crypto.h"
#include "vault/s3_address.h"

namespace aplomb::vault {

struct HostTag;
using HostKey = Id<HostTag>;  // an Ed25519 public key of an SSH server

struct FileUrl {
  std::string path;  // absolute
  bool operator==(const FileUrl&) const = default;
};

struct SshUrl {
  std::string user, host;
  uint16_t port = 22;
  std::string path;  // absolute, on the other machine
  std::optional<crypto::VerifyKey> keeper;
  std::optional<HostKey> host_key;
  bool operator==(const SshUrl&) const = default;
};

using VaultUrl = std::variant<FileUrl, SshUrl, S3Address>;  // S3: s3_address.h

// Code::usage, with what to write instead.
Result<VaultUrl> parse_vault_url(std::string_view text);
std::string to_text(const SshUrl& url);

// A path that a shell, a configuration and an authorized_keys line all take as it is.
bool is_plain_path(std::string_view path);

}  // namespace aplomb::vault

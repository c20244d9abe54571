#include "keeper/ssh_key.h"

#include <fmt/format.h>

#include "crypto/base64.h"

namespace aplomb::keeper {
namespace {

constexpr char kType[] = "ssh-ed25519";
constexpr char kComment[] = "vault";  // five letters: the parts below then need no padding
constexpr size_t kLine = 70;

// RFC 4251, section 5: integers are big-endian here.
void put_u32(Bytes& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

void put_string(Bytes& out, ByteView bytes) {
  put_u32(out, static_cast<uint32_t>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes public_blob(const crypto::VerifyKey& key) {
  Bytes blob;
  put_string(blob, as_bytes(kType));
  put_string(blob, key.view());
  return blob;
}

}  // namespace

std::string public_word(const crypto::VerifyKey& key) {
  return crypto::to_base64(public_blob(key));
}

std::string public_line(const crypto::VerifyKey& key, std::string_view comment) {
  return fmt::format("{} {} {}", kType, public_word(key), comment);
}

std::optional<crypto::VerifyKey> parse_public(std::string_view text) {
  if (text.starts_with(kType)) text.remove_prefix(std::min(text.size(), sizeof kType));
  text = text.substr(0, text.find_first_of(" \t\r\n"));
  auto blob = crypto::from_base64(text);
  Bytes head = public_blob(crypto::VerifyKey());
  if (!blob || blob->size() != head.size()) return std::nullopt;
  crypto::VerifyKey key;
  std::copy(blob->end() - crypto::VerifyKey::kSize, blob->end(), key.bytes.begin());
  return public_blob(key) == *blob ? std::optional(key) : std::nullopt;
}

crypto::Secret private_file(const crypto::SigningKey& key) {
  Bytes secret;
  secret.reserve(256);  // so that no copy of the seed stays behind
  put_u32(secret, 0x41706c6d);
  put_u32(secret, 0x41706c6d);  // twice the same number shows that the decryption was right; there is none
  put_string(secret, as_bytes(kType));
  put_string(secret, key.verify_key.view());
  put_u32(secret, 64);
  secret.insert(secret.end(), key.seed.view().begin(), key.seed.view().end());
  secret.insert(secret.end(), key.verify_key.bytes.begin(), key.verify_key.bytes.end());
  put_string(secret, as_bytes(kComment));
  crypto::Secret section(std::move(secret));
  Bytes file;
  file.reserve(512);
  for (char c : std::string_view("openssh-key-v1", 15)) file.push_back(static_cast<uint8_t>(c));
  put_string(file, as_bytes("none"));
  put_string(file, as_bytes("none"));
  put_string(file, {});
  put_u32(file, 1);
  put_string(file, public_blob(key.verify_key));
  put_string(file, section.view());
  crypto::Secret whole(std::move(file));
  std::string base64 = crypto::to_base64(whole.view());
  Bytes text;
  text.reserve(1024);
  auto add = [&](std::string_view part) { text.insert(text.end(), part.begin(), part.end()); };
  add("-----BEGIN OPENSSH PRIVATE KEY-----\n");
  for (size_t at = 0; at < base64.size(); at += kLine) {
    add(std::string_view(base64).substr(at, kLine));
    add("\n");
  }
  add("-----END OPENSSH PRIVATE KEY-----\n");
  base64.assign(base64.size(), '\0');
  return crypto::Secret(std::move(text));
}

crypto::SigningKey login_key(ByteView secret, Role role) {
  const char* info = role == Role::owner ? kInfoSshOwner : kInfoSshReader;
  auto key = crypto::signing_key_from_seed(crypto::hkdf_sha256(secret, {}, info, 32).view());
  APLOMB_CHECK(key.has_value());  // any 32 bytes are a seed
  return std::move(*key);
}

std::string_view name(Role role) {
  switch (role) {
    case Role::writer:
      return "writer";
    case Role::reader:
      return "reader";
    case Role::owner:
      return "owner";
  }
  return "";
}

std::optional<Role> parse_role(std::string_view text) {
  for (Role role : {Role::writer, Role::reader, Role::owner})
    if (text == name(role)) return role;
  return std::nullopt;
}

std::string authorized_line(std::string_view program, Role role, std::string_view folder,
                            const crypto::VerifyKey& key) {
  return fmt::format("restrict,command=\"{} keeper {} {}\" {}", program, name(role), folder,
                     public_line(key, fmt::format("aplomb-{}", name(role))));
}

std::string known_host_line(const vault::SshUrl& url, const vault::HostKey& key) {
  crypto::VerifyKey host;
  host.bytes = key.bytes;
  std::string where = url.port == 22 ? url.host : fmt::format("[{}]:{}", url.host, url.port);
  return fmt::format("{} {} {}\n", where, kType, public_word(host));
}

}  // namespace aplomb::keeper

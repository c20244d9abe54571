// The keys of the logins at a keeper: Ed25519, as OpenSSH reads them (PROTOCOL.key in its sources; RFC 8709
// for the public half), and how those of reader and owner follow from their key files. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keeper/protocol.h"
#include "vault/vault_url.h"

namespace aplomb::keeper {

// "ssh-ed25519 AAAAC3… comment", without a newline.
std::string public_line(const crypto::VerifyKey& key, std::string_view comment);
// The key of such a line, whatever stands behind it; also of its middle word alone.
std::optional<crypto::VerifyKey> parse_public(std::string_view text);
// The middle word.
std::string public_word(const crypto::VerifyKey& key);

// An unencrypted OpenSSH private key file.
crypto::Secret private_file(const crypto::SigningKey& key);

// The login of the reader, from the secret of the recovery key; of the owner, from that of the owner key.
crypto::SigningKey login_key(ByteView secret, Role role);

// "writer", "reader", "owner".
std::string_view name(Role role);
std::optional<Role> parse_role(std::string_view name);

// A line of authorized_keys: this login may be this role at the vault in this folder, and nothing else.
std::string authorized_line(std::string_view program, Role role, std::string_view folder,
                            const crypto::VerifyKey& key);

// A line of known_hosts, for a machine whose key is known.
std::string known_host_line(const vault::SshUrl& url, const vault::HostKey& key);

}  // namespace aplomb::keeper

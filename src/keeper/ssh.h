// A connection to a keeper: OpenSSH's own client, started with everything that it could do besides switched
// off, and as a Stream. It reads no configuration of the user or the machine; it asks nothing; it offers one
// key.
#pragma once

#include <memory>

#include "crypto/crypto.h"
#include "keeper/stream.h"
#include "vault/vault_url.h"

namespace aplomb::keeper {

struct SshLogin {
  vault::SshUrl url;
  std::string key_file;     // an OpenSSH private key file; or
  crypto::Secret key;       // its contents, handed over in memory
  std::string known_hosts;  // where the key of an unpinned machine is kept after the first contact
};

Result<std::unique_ptr<Stream>> open_ssh(const SshLogin& login);

// What ssh wrote to its standard error, as an error of ours with what to do next.
Error explain_ssh(std::string_view said);

}  // namespace aplomb::keeper

// From the address of a vault to its three roles: the one place that knows which kinds of vault there are
// (file: here, ssh:// in remote_vault.cc, s3:// in s3_vault.cc). Nothing is connected before a role is asked
// for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/app.h"
#include "site/config.h"
#include "vault/store.h"
#include "vault/vault_url.h"

namespace aplomb::cli {

// The keys that some vaults ask for when a role is first used; each may ask for a passphrase.
struct VaultKeys {
  std::function<Result<const crypto::SigningKey*>()> owner;
  std::function<Result<const crypto::KeyFile*>()> recovery;
};
Result<std::unique_ptr<vault::VaultAccess>> open_vault(App& app, const site::Config& config, VaultKeys keys);

// The folder on this machine that a vault lies in: of "file:/path" alone.
std::optional<std::string> local_folder(std::string_view url);

// How well the vault is out of an intruder's reach. One stable word for programs, one sentence for people.
enum class Protection {
  none_against_root,  // it lies on this machine, or on what this machine can write to
  append_only,        // a keeper on another machine takes what is new and gives nothing up
  object_lock,        // no credentials remove or change what an S3 store holds, until a date
};
// As far as the address tells; Session::protection asks the store where it must.
Protection protection_of(const site::Config& config);
std::string_view name(Protection protection);  // "none-against-root", "append-only", "object-lock"
std::string describe(Protection protection);

}  // namespace aplomb::cli

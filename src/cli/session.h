// What most commands begin with: the configuration, the vault it names, and the keys, each opened when it is
// first asked for and then kept. Errors name the file and what to do next. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/app.h"
#include "cli/open_vault.h"
#include "cli/passphrase.h"
#include "crypto/key_file.h"
#include "crypto/sheet_key.h"
#include "judge/machine.h"
#include "site/config.h"
#include "vault/reader.h"
#include "vault/store.h"

namespace aplomb::cli {

class Session {
 public:
  // Reads the configuration. Code::config when there is none.
  static Result<std::unique_ptr<Session>> open(App& app);
  // With a configuration that is not on disk yet (init).
  Session(App& app, site::Config config) : app_(app), config_(std::move(config)), passphrases_(app) {}

  App& app() { return app_; }
  const site::Config& config() const { return config_; }
  void set_vault(std::string address) { config_.vault = std::move(address); }  // the same vault, better said
  // By name; an empty name is the only site there is. Code::not_found names those there are.
  Result<const site::SiteConfig*> site(std::string_view name) const;
  judge::SiteState state(const site::SiteConfig& site) const;
  std::string vouchers_path() const {
    return config_.state_dir + "/packages";
  }  // of the apt hook, for all sites

  // The vault's header and the three roles at it. Opened once; `file:` serves all three.
  Result<vault::VaultHeader> header();
  Status reach();
  Result<vault::WriterStore*> writer_store();
  Result<vault::ReaderStore*> reader_store();
  Result<vault::OwnerStore*> owner_store();
  // The reader where it needs no key that was not opened yet; null elsewhere, and when the vault is away.
  vault::ReaderStore* reader_at_hand();
  // Makes the vault of the configuration (init). Code::exists when there is one.
  Status create_vault(const vault::VaultHeader& header);

  // How well the vault is out of reach; where the store alone can say it, it is asked.
  Protection protection();
  Result<vault::StoreLock> lock();
  Result<std::vector<vault::SnapshotId>> apply_retention();
  Result<vault::Extended> extend_locks();
  Result<vault::Collected> collect();

  std::string owner_key_path() const;     // of --owner-key, the configuration, or state_dir/owner.key
  std::string recovery_key_path() const;  // of --recovery-key, the configuration, or state_dir/recovery.key
  // Was it named, on the command line or in the configuration? `history` and `clean-point` judge from the
  // vault then.
  bool recovery_key_named() const;
  // Not yet compared with the vault: to reach it may need the key.
  Result<const crypto::SigningKey*> unlocked_owner();
  // Code::key when it is missing, not of this vault, or the passphrase is wrong.
  Result<const crypto::SigningKey*> owner_key();
  // Its file may also hold the words of the recovery sheet.
  Result<const crypto::KeyFile*> recovery_key();
  // The same key as the words of a recovery sheet, for its passphrase.
  Result<std::vector<std::string>> sheet_words();
  Result<crypto::SheetVault> sheet_vault();
  // The vault, opened with the recovery key.
  Result<vault::VaultReader*> reader();

  Passphrases& passphrases() { return passphrases_; }

 private:
  Result<vault::VaultAccess*> access();
  // `opened`: called with the key and the passphrase that opened it.
  using Opened = std::function<Status(const crypto::KeyFile& key, std::string_view passphrase)>;
  Result<crypto::KeyFile> open_key(crypto::KeyKind kind, const std::string& path, const Opened& opened = {});
  Result<crypto::KeyFile> unlock(crypto::KeyKind kind, std::string_view text, const Opened& opened);

  App& app_;
  site::Config config_;
  Passphrases passphrases_;
  std::unique_ptr<vault::VaultAccess> access_;
  std::optional<crypto::SigningKey> owner_;
  crypto::VaultId owner_vault_;
  std::optional<crypto::KeyFile> recovery_;
  bool asking_for_sheet_vault_ = false;  // where the recovery key itself would be the login, nobody can ask
  std::unique_ptr<vault::VaultReader> reader_;
};

// 64 hexadecimal digits cut to what people read: the first 12.
std::string short_id(std::string_view hex);

}  // namespace aplomb::cli

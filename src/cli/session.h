// What most commands begin with: the configuration, the vault it names, and the keys, each opened when it is
// first asked for and then kept. Errors name the file and what to do next. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/app.h"
#include "cli/passphrase.h"
#include "crypto/key_file.h"
#include "crypto/sheet_key.h"
#include "judge/machine.h"
#include "site/config.h"
#include "vault/keeper.h"
#include "vault/reader.h"

namespace aplomb::cli {

class Session {
 public:
  // Reads the configuration. Code::config when there is none.
  static Result<std::unique_ptr<Session>> open(App& app);
  // With a configuration that is not on disk yet (init).
  Session(App& app, site::Config config) : app_(app), config_(std::move(config)), passphrases_(app) {}

  App& app() { return app_; }
  const site::Config& config() const { return config_; }
  // By name; an empty name is the only site there is. Code::not_found names those there are.
  Result<const site::SiteConfig*> site(std::string_view name) const;
  judge::SiteState state(const site::SiteConfig& site) const;

  // The three roles at the vault. The store is opened once; `file:` serves all three.
  Result<vault::WriterStore*> writer_store();
  Result<vault::ReaderStore*> reader_store();
  Result<vault::OwnerStore*> owner_store();
  // Makes the vault of the configuration (init). Code::exists when there is one.
  Status create_vault(const vault::VaultHeader& header);

  std::string owner_key_path() const;     // of --owner-key, the configuration, or state_dir/owner.key
  std::string recovery_key_path() const;  // of --recovery-key, the configuration, or state_dir/recovery.key
  // Was it named, on the command line or in the configuration? `history` and `clean-point` judge from the
  // vault then.
  bool recovery_key_named() const;
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
  Result<vault::Keeper*> keeper();
  // `opened`: called with the key and the passphrase that opened it.
  using Opened = std::function<Status(const crypto::KeyFile& key, std::string_view passphrase)>;
  Result<crypto::KeyFile> open_key(crypto::KeyKind kind, const std::string& path, const Opened& opened = {});
  Result<crypto::KeyFile> unlock(crypto::KeyKind kind, std::string_view text, const Opened& opened);

  App& app_;
  site::Config config_;
  Passphrases passphrases_;
  std::unique_ptr<vault::Keeper> keeper_;
  std::optional<crypto::SigningKey> owner_;
  std::optional<crypto::KeyFile> recovery_;
  std::unique_ptr<vault::VaultReader> reader_;
};

// The folder of "file:/path". Code::unsupported for ssh:// and s3://, Code::usage for anything else.
Result<std::string> vault_folder(std::string_view url);

// How well the vault is out of an intruder's reach. One stable word for programs, one sentence for people.
enum class Protection { none_against_root };
Protection protection_of(const site::Config& config);
std::string_view name(Protection protection);  // "none-against-root"
std::string describe(Protection protection);

// 64 hexadecimal digits cut to what people read: the first 12.
std::string short_id(std::string_view hex);

}  // namespace aplomb::cli

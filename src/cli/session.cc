#include "cli/session.h"

#include <algorithm>

#include "base/messages.h"

namespace aplomb::cli {
namespace {

constexpr uint64_t kKeyFileMax = 64 * 1024;

std::string site_names(const site::Config& config) {
  std::string names;
  for (const site::SiteConfig& site : config.sites) names += (names.empty() ? "" : ", ") + site.name;
  return names;
}

std::string key_name(crypto::KeyKind kind) {
  return kind == crypto::KeyKind::owner ? tr("the owner key") : tr("the recovery key");
}

const char* key_option(crypto::KeyKind kind) {
  return kind == crypto::KeyKind::owner ? "--owner-key" : "--recovery-key";
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(App& app) {
  site::Config config = TRY(site::load_config(app.fs(), app.options().config));
  return std::make_unique<Session>(app, std::move(config));
}

Result<const site::SiteConfig*> Session::site(std::string_view wanted) const {
  if (wanted.empty()) {
    if (config_.sites.size() == 1) return &config_.sites.front();
    if (config_.sites.empty())
      return fail(make_error(Code::config, tr("the configuration has no site"))
                      .at(config_.file)
                      .then(tr("run aplomb init")));
    return fail(make_error(Code::usage, tr("there are several sites: name one"))
                    .at(config_.file)
                    .then(tr("the sites are {}", site_names(config_))));
  }
  if (const site::SiteConfig* found = config_.find(wanted)) return found;
  return fail(make_error(Code::not_found, tr("there is no site \"{}\"", printable(wanted)))
                  .at(config_.file)
                  .then(tr("the sites are {}", site_names(config_))));
}

judge::SiteState Session::state(const site::SiteConfig& site) const {
  return {site, judge::site_state_path(config_.state_dir, site.name)};
}

Result<vault::VaultAccess*> Session::access() {
  if (!access_)
    access_ = TRY(
        open_vault(app_, config_, {[this] { return unlocked_owner(); }, [this] { return recovery_key(); }}));
  return access_.get();
}

Result<vault::VaultHeader> Session::header() {
  return TRY(access())->header();
}
Status Session::reach() {
  return TRY(access())->reach();
}
Result<vault::WriterStore*> Session::writer_store() {
  return TRY(access())->writer();
}
Result<vault::ReaderStore*> Session::reader_store() {
  return TRY(access())->reader();
}
vault::ReaderStore* Session::reader_at_hand() {
  if (config_.vault.starts_with("ssh://") && !recovery_) return nullptr;
  return reader_store().value_or(nullptr);
}
Result<vault::OwnerStore*> Session::owner_store() {
  return TRY(access())->owner();
}

Status Session::create_vault(const vault::VaultHeader& header) {
  return TRY(access())->create(header);
}

Result<vault::StoreLock> Session::lock() {
  return TRY(access())->lock();
}
Result<std::vector<vault::SnapshotId>> Session::apply_retention() {
  return TRY(access())->apply_retention();
}

Result<vault::Extended> Session::extend_locks() {
  return TRY(access())->extend_locks();
}

Result<vault::Collected> Session::collect() {
  return TRY(access())->collect();
}

// A store that this very machine runs is in its root's reach, whatever it promises.
Protection Session::protection() {
  auto url = vault::parse_vault_url(config_.vault);
  const auto* s3 = url ? std::get_if<vault::S3Address>(&*url) : nullptr;
  if (!s3) return protection_of(config_);
  auto held = s3->on_this_machine() ? Result<vault::StoreLock>(vault::StoreLock()) : lock();
  return held && held->days > 0 ? Protection::object_lock : Protection::none_against_root;
}

std::string Session::owner_key_path() const {
  if (!app_.options().owner_key.empty()) return app_.options().owner_key;
  return config_.owner_key.empty() ? config_.state_dir + "/owner.key" : config_.owner_key;
}

std::string Session::recovery_key_path() const {
  if (!app_.options().recovery_key.empty()) return app_.options().recovery_key;
  return config_.recovery_key.empty() ? config_.state_dir + "/recovery.key" : config_.recovery_key;
}

bool Session::recovery_key_named() const {
  return !app_.options().recovery_key.empty() || !config_.recovery_key.empty();
}

Result<crypto::SheetVault> Session::sheet_vault() {
  vault::VaultHeader header = TRY(this->header());
  return crypto::SheetVault{header.id, header.recovery_public, header.owner_verify};
}

// A slip in the words is said before the passphrase is asked for.
Result<crypto::KeyFile> Session::unlock(crypto::KeyKind kind, std::string_view text, const Opened& opened) {
  std::optional<crypto::SheetBytes> words;
  std::optional<crypto::SheetVault> vault;
  if (kind == crypto::KeyKind::recovery && crypto::holds_sheet_words(text)) {
    words = TRY(crypto::decode_sheet(text));
    if (asking_for_sheet_vault_)
      return fail(
          make_error(Code::key, tr("the words of a recovery sheet need the vault's own description, and "
                                   "this machine has no login at the keeper to ask for it"))
              .then(tr("give it the login of a writer, as docs/format/keeper-protocol.md says")));
    asking_for_sheet_vault_ = true;
    auto asked = sheet_vault();
    asking_for_sheet_vault_ = false;
    vault = TRY(std::move(asked));
  }
  std::optional<crypto::KeyFile> key;
  TRY(passphrases_.unlock(key_name(kind), [&](std::string_view passphrase) -> Status {
    key = words ? TRY(crypto::open_sheet(*words, *vault, passphrase))
                : TRY(crypto::decode_key_file(text, kind, passphrase));
    return opened ? opened(*key, passphrase) : Status();
  }));
  return std::move(*key);
}

Result<crypto::KeyFile> Session::open_key(crypto::KeyKind kind, const std::string& path,
                                          const Opened& opened) {
  auto [folder, file] = fs::split_path(path);
  auto dir = app_.fs().open_dir(folder.empty() ? "/" : folder);
  auto text = dir ? fs::read_file(**dir, file, kKeyFileMax) : Result<Bytes>(fail(std::move(dir).error()));
  if (!text) {
    bool missing = text.error().code == Code::not_found;
    Error error =
        make_error(Code::key, missing ? tr("{} is not there", key_name(kind))
                                      : tr("{} cannot be read: {}", key_name(kind), text.error().what));
    return fail(std::move(error).at(path).then(tr("name the file with {} FILE", key_option(kind))));
  }
  auto key = unlock(kind, as_text(*text), opened);
  if (!key) {
    // Whatever is wrong with a key file, it is the key that is missing.
    Error error = std::move(key).error();
    if (error.code == Code::corrupt) error.code = Code::key;
    if (error.where.empty()) error.where = path;
    if (error.next.empty()) error.next = tr("use another copy of the key");
    return fail(std::move(error));
  }
  return key;
}

Result<const crypto::SigningKey*> Session::unlocked_owner() {
  if (owner_) return &*owner_;
  crypto::KeyFile key = TRY(open_key(crypto::KeyKind::owner, owner_key_path()));
  owner_ = TRY(crypto::signing_key_from_seed(key.secret.view()));
  owner_vault_ = key.vault;
  return &*owner_;
}

Result<const crypto::SigningKey*> Session::owner_key() {
  const crypto::SigningKey* key = TRY(unlocked_owner());
  vault::VaultHeader header = TRY(this->header());
  if (owner_vault_ == header.id && key->verify_key == header.owner_verify) return key;
  return fail(make_error(Code::key, tr("this owner key was not made for this vault"))
                  .at(owner_key_path())
                  .then(tr("check the address of the vault and which key you hold")));
}

Result<const crypto::KeyFile*> Session::recovery_key() {
  if (!recovery_) recovery_ = TRY(open_key(crypto::KeyKind::recovery, recovery_key_path()));
  return &*recovery_;
}

Result<std::vector<std::string>> Session::sheet_words() {
  std::vector<std::string> words;
  auto make = [&words](const crypto::KeyFile& key, std::string_view passphrase) -> Status {
    words = TRY(crypto::sheet_of(key, passphrase));
    return {};
  };
  crypto::KeyFile key = TRY(open_key(crypto::KeyKind::recovery, recovery_key_path(), make));
  crypto::SheetVault vault = TRY(sheet_vault());
  if (key.vault != vault.vault || key.recovery_public != vault.recovery_public ||
      key.owner_verify != vault.owner_verify)
    return fail(
        make_error(Code::key, tr("this recovery key was not made for this vault, or the vault was replaced"))
            .at(recovery_key_path())
            .then(tr("check the address of the vault and which key you hold")));
  return words;
}

Result<vault::VaultReader*> Session::reader() {
  if (reader_) return reader_.get();
  vault::ReaderStore* store = TRY(reader_store());
  const crypto::KeyFile* key = TRY(recovery_key());
  auto opened = vault::VaultReader::open(*store, *key, app_.log());
  if (!opened) {
    Error error = std::move(opened).error();
    if (error.where.empty()) error.where = config_.vault;
    return fail(std::move(error));
  }
  reader_ = std::move(*opened);
  return reader_.get();
}

std::string short_id(std::string_view hex) {
  return std::string(hex.substr(0, 12));
}

}  // namespace aplomb::cli

#include "cli/open_vault.h"

#include "base/messages.h"
#include "cli/remote_vault.h"
#include "cli/s3_vault.h"
#include "vault/keeper.h"

namespace aplomb::cli {
namespace {

// The keeper's own code in this process.
class FileVault final : public vault::VaultAccess {
 public:
  FileVault(App& app, const site::Config& config, std::string path)
      : app_(app), config_file_(config.file), path_(std::move(path)) {}

  Status create(const vault::VaultHeader& header) override {
    auto folder = app_.fs().make_dirs(path_, 0700);
    if (!folder) return fail(std::move(folder).error().in(tr("the vault's folder cannot be made")).at(path_));
    auto created = vault::Keeper::create(std::move(*folder), header, context());
    if (!created) return fail(std::move(created).error().at(path_));
    keeper_ = std::move(*created);
    return {};
  }
  Result<vault::VaultHeader> header() override { return TRY(keeper())->header(); }
  Status reach() override {
    TRY(keeper());
    return {};
  }
  Result<vault::WriterStore*> writer() override { return TRY(keeper()); }
  Result<vault::ReaderStore*> reader() override { return TRY(keeper()); }
  Result<vault::OwnerStore*> owner() override { return TRY(keeper()); }

 private:
  vault::Keeper::Context context() { return {app_.clock(), app_.random(), app_.log()}; }

  Result<vault::Keeper*> keeper() {
    if (keeper_) return keeper_.get();
    auto folder = app_.fs().open_dir(path_);
    if (!folder) {
      Error error = std::move(folder).error().in(tr("the vault cannot be opened")).at(path_);
      return fail(std::move(error).then(
          tr("check that the vault's disk is there, and the address in {}", config_file_)));
    }
    auto opened = vault::Keeper::open(std::move(*folder), context());
    if (!opened) {
      Error error = std::move(opened).error();
      if (error.where.empty()) error.where = path_;
      return fail(std::move(error));
    }
    keeper_ = std::move(*opened);
    return keeper_.get();
  }

  App& app_;
  const std::string config_file_, path_;
  std::unique_ptr<vault::Keeper> keeper_;
};

}  // namespace

std::optional<std::string> local_folder(std::string_view url) {
  auto parsed = vault::parse_vault_url(url);
  if (!parsed) return std::nullopt;
  if (const auto* file = std::get_if<vault::FileUrl>(&*parsed)) return absolute_path(file->path);
  return std::nullopt;
}

Result<std::unique_ptr<vault::VaultAccess>> open_vault(App& app, const site::Config& config, VaultKeys keys) {
  vault::VaultUrl url = TRY(vault::parse_vault_url(config.vault));
  if (const auto* file = std::get_if<vault::FileUrl>(&url))
    return std::make_unique<FileVault>(app, config, absolute_path(file->path));
  if (const auto* ssh = std::get_if<vault::SshUrl>(&url))
    return std::make_unique<RemoteVault>(app, config, *ssh, std::move(keys));
  return std::make_unique<S3Vault>(app, config, std::get<vault::S3Address>(url));
}

// A keeper that this very machine runs is in its root's reach.
Protection protection_of(const site::Config& config) {
  auto url = vault::parse_vault_url(config.vault);
  const auto* ssh = url ? std::get_if<vault::SshUrl>(&*url) : nullptr;
  if (!ssh || ssh->host == "localhost" || ssh->host.starts_with("127.") || ssh->host == "::1")
    return Protection::none_against_root;
  return Protection::append_only;
}

std::string_view name(Protection protection) {
  switch (protection) {
    case Protection::append_only:
      return "append-only";
    case Protection::object_lock:
      return "object-lock";
    case Protection::none_against_root:
      break;
  }
  return "none-against-root";
}

std::string describe(Protection protection) {
  if (protection == Protection::append_only)
    return tr(
        "protected against root: the keeper on the other machine takes what is new, and whoever becomes "
        "root on this one can delete or change nothing there");
  if (protection == Protection::object_lock)
    return tr(
        "protected against root by Object Lock: until its date, nobody's credentials can delete or change "
        "what the S3 store holds; whoever runs the store and reaches its disks can");
  return tr("not protected against root: whoever becomes root on this machine can also destroy the vault");
}

}  // namespace aplomb::cli

#include "cli/s3_vault.h"

#include <cstdlib>

#include "base/messages.h"

namespace aplomb::cli {
namespace {

constexpr uint64_t kCredentialsMax = 64 << 10;
constexpr uint32_t kOthers = 077;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<vault::S3Credentials> from_environment() {
  vault::S3Credentials found;
  found.access_key = variable("AWS_ACCESS_KEY_ID");
  found.secret_key = crypto::Secret(as_bytes(variable("AWS_SECRET_ACCESS_KEY")));
  found.session_token = crypto::Secret(as_bytes(variable("AWS_SESSION_TOKEN")));
  if (!found.access_key.empty() && !found.secret_key.empty()) return found;
  return fail(make_error(Code::key, tr("there are no credentials for the S3 server"))
                  .then(tr("name their file in the address of the vault, credentials=/path, or set "
                           "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")));
}

}  // namespace

S3Vault::S3Vault(App& app, const site::Config& config, vault::S3Address address)
    : app_(app), state_dir_(config.state_dir), address_(std::move(address)) {}

Result<vault::S3Credentials> S3Vault::credentials() {
  if (address_.credentials.empty()) return from_environment();
  auto [folder, file] = fs::split_path(address_.credentials);
  auto dir = app_.fs().open_dir(folder.empty() ? "/" : folder);
  auto stat = dir ? (*dir)->stat(file) : Result<fs::Stat>(fail(std::move(dir).error()));
  if (stat && (stat->mode & kOthers) != 0)
    return fail(make_error(Code::key, tr("others can read the S3 credentials"))
                    .at(address_.credentials)
                    .then(tr("run chmod 600 on this file")));
  auto text =
      stat ? fs::read_file(**dir, file, kCredentialsMax) : Result<Bytes>(fail(std::move(stat).error()));
  if (!text)
    return fail(make_error(Code::key, tr("the S3 credentials cannot be read: {}", text.error().what))
                    .at(address_.credentials)
                    .then(tr("check the path in the address of the vault")));
  const crypto::Secret whole(std::move(*text));
  auto found = vault::parse_s3_credentials(as_text(whole.view()));
  if (!found)
    return fail(std::move(found)
                    .error()
                    .at(address_.credentials)
                    .then(tr("the file is like "
                             "~/.aws/credentials")));
  return found;
}

Result<std::unique_ptr<vault::S3Client>> S3Vault::client() {
  return std::make_unique<vault::S3Client>(address_, TRY(credentials()), app_.clock(), app_.random());
}

// One folder for each vault that this machine has to do with; none where the state cannot be written.
std::unique_ptr<fs::Dir> S3Vault::cache() {
  std::string place = address_.url(address_.prefix).to_string();
  std::string name = crypto::sha256(as_bytes(place)).hex().substr(0, 16);
  auto folder = app_.fs().make_dirs(state_dir_ + "/s3/" + name, 0700);
  return folder ? std::move(*folder) : nullptr;
}

Status S3Vault::create(const vault::VaultHeader& header) {
  auto made = vault::S3Store::create(TRY(client()), header, cache(), {app_.clock(), app_.log()});
  if (!made) {
    Error error = std::move(made).error();
    if (error.where.empty()) error.where = address_.url(address_.prefix).to_string();
    return fail(std::move(error));
  }
  store_ = std::move(*made);
  return {};
}

Result<vault::S3Store*> S3Vault::store() {
  if (store_) return store_.get();
  if (unreachable_) return fail(*unreachable_);
  auto opened = open();
  if (!opened) {
    unreachable_ = std::move(opened).error();
    if (unreachable_->where.empty()) unreachable_->where = address_.url(address_.prefix).to_string();
    return fail(*unreachable_);
  }
  store_ = std::move(*opened);
  return store_.get();
}

Result<std::unique_ptr<vault::S3Store>> S3Vault::open() {
  return vault::S3Store::open(TRY(client()), cache(), {app_.clock(), app_.log()});
}

Result<vault::VaultHeader> S3Vault::header() {
  return TRY(store())->header();
}

Status S3Vault::reach() {
  TRY(store());
  return {};
}

Result<vault::StoreLock> S3Vault::lock() {
  vault::S3Store* opened = TRY(store());
  return vault::StoreLock{opened->lock().days, TRY(opened->locked_until())};
}

Result<std::vector<vault::SnapshotId>> S3Vault::apply_retention() {
  return TRY(store())->apply_retention();
}

Result<vault::Extended> S3Vault::extend_locks() {
  vault::S3Store* opened = TRY(store());
  if (opened->lock().days == 0)
    return fail(make_error(Code::unsupported, tr("the bucket of this vault has no Object Lock"))
                    .at(address_.bucket)
                    .then(tr("make a bucket with Object Lock and a new vault in it")));
  return opened->extend_locks(opened->lock().days, TRY(opened->packs_in_use()));
}

Result<vault::Collected> S3Vault::collect() {
  return TRY(store())->collect();
}

}  // namespace aplomb::cli

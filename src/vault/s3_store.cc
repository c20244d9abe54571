#include "vault/s3_store.h"

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {

constexpr uint64_t kHeaderMax = 4096;

}  // namespace

S3Store::S3Store(std::unique_ptr<S3Client> client, std::unique_ptr<fs::Dir> cache, Context context)
    : client_(std::move(client)), cache_(std::move(cache)), context_(context) {}

Result<S3Store::Versions> S3Store::list(const std::string& prefix, const S3VersionList::Wanted& wanted) {
  const std::string start = client_->address().key("");
  S3VersionList versions(
      [&](std::string_view key) { return key.starts_with(start) && wanted(key.substr(start.size())); });
  TRY(client_->list_versions(start + prefix, versions));
  if (versions.passed_over() > 0)
    context_.log.info(tr("{} objects in the bucket are not of this vault", versions.passed_over()));
  Versions found;
  for (auto& [key, listed] : versions.take()) found.emplace(key.substr(start.size()), std::move(listed));
  return found;
}

Result<std::optional<VaultHeader>> S3Store::find_header() {
  Versions versions = TRY(list("vault", [](std::string_view name) { return name == "vault"; }));
  std::optional<VaultHeader> header;
  auto valid = [&](const S3Version& version) -> Result<bool> {
    if (version.size > kHeaderMax) return false;
    auto bytes = client_->get(client_->address().key("vault"), version.id, kHeaderMax);
    if (!bytes && bytes.error().code == Code::not_found) return false;
    if (!bytes) return fail(std::move(bytes).error());
    auto decoded = decode_header(*bytes);
    if (!decoded && decoded.error().code == Code::unsupported) return fail(std::move(decoded).error());
    if (decoded) header = *decoded;
    return decoded.has_value();
  };
  auto found = TRY(first_valid(versions["vault"], valid));
  if (found) header_version_ = *found;
  return header;
}

Result<std::unique_ptr<S3Store>> S3Store::create(std::unique_ptr<S3Client> client, const VaultHeader& header,
                                                 std::unique_ptr<fs::Dir> cache, Context context) {
  std::unique_ptr<S3Store> store(new S3Store(std::move(client), std::move(cache), context));
  TRY(store->learn_lock());
  if (TRY(store->find_header()))
    return fail(make_error(Code::exists, tr("there is a vault here already"))
                    .then(tr("choose another prefix, or the address of that vault")));
  Versions log = TRY(store->list("log/", [](std::string_view name) { return name.starts_with("log/"); }));
  if (!log.empty())
    return fail(make_error(Code::exists, tr("there is a vault here that lost its header"))
                    .then(tr("choose another prefix")));
  VaultHeader without_keeper = header;
  without_keeper.keeper_verify = crypto::VerifyKey();
  TRY(store->client_->put(store->client_->address().key("vault"), encode(without_keeper),
                          store->lock_until()));
  auto found = TRY(store->find_header());
  if (!found || found->id != header.id)
    return fail(make_error(Code::exists, tr("another vault was made here at the same moment"))
                    .then(tr("choose another prefix")));
  store->header_ = *found;
  return store;
}

Result<std::unique_ptr<S3Store>> S3Store::open(std::unique_ptr<S3Client> client,
                                               std::unique_ptr<fs::Dir> cache, Context context) {
  std::unique_ptr<S3Store> store(new S3Store(std::move(client), std::move(cache), context));
  TRY(store->learn_lock());
  auto header = TRY(store->find_header());
  if (!header)
    return fail(make_error(Code::not_found, tr("there is no vault here"))
                    .then(tr("check the address of the vault, or make one with aplomb init")));
  store->header_ = *header;
  TRY(store->refresh_log());
  TRY(store->refresh_packs());
  store->keep_new_runs();
  return store;
}

}  // namespace aplomb::vault

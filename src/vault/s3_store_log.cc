// The log of a vault on S3: read from the store's list, and grown by one PUT.
#include <algorithm>

#include "base/messages.h"
#include "base/parallel.h"
#include "vault/format.h"
#include "vault/references.h"
#include "vault/s3_store.h"

namespace aplomb::vault {
namespace {

constexpr unsigned kFetchers = 8;
constexpr uint64_t kObjectMax = kLogEntryMax + 4096;

bool contains(const std::vector<S3VersionMark>& marks, const S3Version& version) {
  return std::ranges::find(marks, S3VersionMark::of(version)) != marks.end();
}

}  // namespace

// The object in its first valid version, from the cache when it was found in a version that is still listed.
Result<std::optional<S3Store::FoundObject>> S3Store::find_log_object(const LogHash& name, EntryKind kind,
                                                                     const std::vector<S3Version>& versions) {
  const std::string path = s3_log_name(name, kind);
  std::optional<FoundObject> found;
  auto take = [&](ByteView bytes, const S3Version& version) {
    auto decoded = decode_s3_log_object(bytes);
    if (!decoded || decoded->name != name || decoded->kind != kind) return false;
    found = FoundObject{std::move(*decoded), version};
    found->object.date = version.date;
    return true;
  };
  auto cached = cache_.object(path);
  if (cached) {
    auto same = [&](const S3Version& version) { return contains(cached->versions, version); };
    if (cached->bytes.empty() && std::ranges::all_of(versions, same)) return found;
    auto known = std::ranges::find_if(versions, same);
    if (!cached->bytes.empty() && known != versions.end() && take(cached->bytes, *known)) return found;
  }
  S3CachedObject looked_at;
  auto valid = [&](const S3Version& version) -> Result<bool> {
    looked_at.versions.push_back(S3VersionMark::of(version));
    if (version.size > kObjectMax) return false;
    auto bytes = client_->get(client_->address().key(path), version.id, kObjectMax);
    if (!bytes && bytes.error().code == Code::not_found) return false;
    if (!bytes) return fail(std::move(bytes).error());
    if (!take(*bytes, version)) return false;
    looked_at.versions = {S3VersionMark::of(version)};
    looked_at.bytes = std::move(*bytes);
    return true;
  };
  TRY(first_valid(versions, valid));
  cache_.keep_object(path, looked_at);
  return found;
}

Status S3Store::refresh_log() {
  Versions listed =
      TRY(list("log/", [](std::string_view name) { return parse_s3_log_name(name).has_value(); }));
  struct Unknown {
    LogHash name;
    EntryKind kind = EntryKind::commit;
    const std::vector<S3Version>* versions = nullptr;
    std::optional<FoundObject> found;
  };
  std::vector<Unknown> unknown;
  std::vector<S3LogItem*> there;
  for (const auto& [name, versions] : listed) {
    auto parsed = *parse_s3_log_name(name);
    auto known = log_versions_.find(parsed.first);
    if (known != log_versions_.end() && std::ranges::find(versions, known->second) != versions.end())
      there.push_back(&items_.at(parsed.first));
    else
      unknown.push_back({parsed.first, parsed.second, &versions, std::nullopt});
  }
  TRY(parallel_for(unknown.size(), kFetchers, [&](size_t i) -> Status {
    unknown[i].found = TRY(find_log_object(unknown[i].name, unknown[i].kind, *unknown[i].versions));
    return {};
  }));
  for (const Unknown& one : unknown) {
    if (!one.found) continue;
    S3LogItem& item = items_[one.name] = understand(one.found->object, header_.owner_verify);
    log_versions_[one.name] = one.found->version;
    there.push_back(&item);
  }
  put_in_order(there);
  log_ = S3Log(there);
  if (log_.ignored() > 0)
    context_.log.info(
        tr("{} objects in the log of the vault are not believed, and passed over", log_.ignored()));
  return {};
}

Result<std::vector<LogHead>> S3Store::log() {
  TRY(refresh_log());
  TRY(refresh_packs());
  std::vector<LogHead> heads;
  for (const S3Entry& entry : log_.entries()) heads.push_back({entry.receipt.sequence, entry.kind});
  return heads;
}

Result<Bytes> S3Store::log_object_bytes(const S3Entry& entry) {
  const std::string path = s3_log_name(entry.name, entry.kind);
  auto right = [&](ByteView bytes) { return crypto::sha256(bytes).bytes == entry.name.bytes; };
  if (auto cached = cache_.object(path); cached && right(cached->bytes)) return std::move(cached->bytes);
  Bytes bytes = TRY(client_->get(client_->address().key(path), log_versions_.at(entry.name).id, kObjectMax));
  if (!right(bytes)) return fail(make_error(Code::corrupt, tr("a log entry is damaged")).at(path));
  return bytes;
}

Result<LogEntry> S3Store::log_entry(const LogHead& head) {
  const auto& entries = log_.entries();
  if (head.sequence == 0 || head.sequence > entries.size() || entries[head.sequence - 1].kind != head.kind)
    return fail(Code::not_found, tr("there is no such entry in the log"));
  const S3Entry& known = entries[head.sequence - 1];
  S3LogObject object = TRY(decode_s3_log_object(TRY(log_object_bytes(known))));
  LogEntry entry;
  entry.kind = known.kind;
  entry.sequence = known.receipt.sequence;
  entry.received = known.receipt.received;
  entry.previous = known.previous;
  entry.content = std::move(object.content);
  if (entry.kind == EntryKind::removal) entry.content = encode(Removal{known.removed});
  entry.hash = known.name;
  return entry;
}

// The sole commit point is the PUT.
Result<Receipt> S3Store::append(EntryKind kind, ByteView content) {
  const Sha256 hash = crypto::sha256(content);
  if (const S3Entry* entered = log_.with_content(hash)) return entered->receipt;
  S3LogObject object;
  object.kind = kind;
  object.previous = log_.newest();
  object.content.assign(content.begin(), content.end());
  Bytes bytes = encode(object);
  std::string key = client_->address().key(s3_log_name(object.name, kind));
  TRY_IN(client_->put(key, bytes, lock_until()), tr("the snapshot could not be entered in the vault's log"));
  TRY(refresh_log());
  keep_new_runs();
  if (const S3Entry* entered = log_.with_content(hash)) return entered->receipt;
  return fail(make_error(Code::network, tr("the S3 server confirmed an entry and does not list it"))
                  .at(key)
                  .then(tr("try again later; nothing that was stored is lost")));
}

Result<Receipt> S3Store::commit(ByteView content) {
  SignedCommit commit = TRY(decode_commit(content));
  TRY(refresh_log());
  const crypto::VerifyKey* writer = log_.writer_of(commit.commit.domain);
  if (!writer)
    return fail(make_error(Code::refused, tr("the vault does not know this site's domain"))
                    .then(tr("the owner must first register it: aplomb init, or a finished recovery")));
  if (!commit.signed_by(*writer))
    return fail(Code::refused, tr("the snapshot is not signed by the site's writer"));
  if (log_.is_closed(commit.commit.domain) && !log_.with_content(crypto::sha256(content)))
    return fail(make_error(Code::refused, tr("a recovery of this site has closed its earlier writer key"))
                    .then(tr("the state folder is older than the last recovery of this site")));
  auto check = [&]() -> Status {
    const uint64_t missing = TRY(missing_chunks(commit.commit));
    if (missing == 0) return {};
    return fail(make_error(Code::corrupt,
                           tr("the snapshot refers to {} chunks that the vault does not have", missing))
                    .then(tr("run the backup again: it will read everything anew")));
  };
  TRY(check());
  const Receipt receipt = TRY(append(EntryKind::commit, content));
  // A collection may have removed a pack between the two. It looks at the log once more after it has removed
  // something, so that one of both sees it.
  TRY(check());
  return receipt;
}

Result<uint64_t> S3Store::missing_chunks(const Commit& commit) {
  TRY(refresh_packs());
  References references(*this,
                        [this](const DomainId& domain, std::span<const ChunkId> ids) -> Result<uint64_t> {
                          return static_cast<uint64_t>(std::ranges::count(TRY(has(domain, ids)), false));
                        });
  return references.missing(commit);
}

Result<Receipt> S3Store::append_record(ByteView content) {
  SignedRecord record = TRY(decode_record(content));
  if (!record.signed_by(header_.owner_verify))
    return fail(Code::refused, tr("the record is not signed by the vault's owner"));
  TRY(refresh_log());
  return append(EntryKind::record, content);
}

Result<std::vector<SnapshotId>> S3Store::apply_retention() {
  TRY(refresh_log());
  if (log_.has_later_records())
    return fail(
        make_error(Code::unsupported, tr("the log has a record of the owner that this Aplomb does not "
                                         "understand, and it may be a hold"))
            .then(tr("install a newer Aplomb on this machine")));
  Removal removal{log_.let_go()};
  if (removal.snapshots.empty()) return removal.snapshots;
  TRY(append(EntryKind::removal, encode(removal)));
  return removal.snapshots;
}

}  // namespace aplomb::vault

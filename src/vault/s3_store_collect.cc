// What a vault on S3 gets rid of, by the keeper's credentials: delete markers, versions that do not count
// (put over the one that does, or junk under a name of ours), log objects that are no entry, and packs that
// no commit refers to a week after they came. Never what may be of a later format, nor names that are not
// ours.
//
// Locks decide: the server refuses what is still locked, whoever asks. So nothing is asked about first, and
// what was locked goes at a later run.
#include <algorithm>

#include "base/messages.h"
#include "base/parallel.h"
#include "vault/format.h"
#include "vault/s3_store.h"

namespace aplomb::vault {
namespace {

constexpr unsigned kRemovers = 8;
constexpr int64_t kGrace = kGraceDays * kDay;
constexpr size_t kFamily = 7;  // of a magic's eight characters: the last is the format's digit

}  // namespace

Result<Collected> S3Store::collect() {
  TRY(refresh_log());
  TRY(refresh_packs());
  const InUse living = TRY(find_in_use());
  std::set<LogHash> seen;
  for (const S3Entry& entry : log_.entries()) seen.insert(entry.name);
  rightly_.clear();
  const std::string start = client_->address().key("");
  std::vector<S3Version> condemned;
  TRY(client_->each_page(start, [&](S3VersionPage page) -> Status {
    for (S3Version& version : page.versions) {
      if (!version.key.starts_with(start)) continue;
      if (TRY(fate_of(version.key.substr(start.size()), version, living)) == Fate::goes)
        condemned.push_back(std::move(version));
    }
    return {};
  }));
  Collected collected;
  std::mutex mutex;
  TRY(parallel_for(condemned.size(), kRemovers, [&](size_t i) -> Status {
    Status removed = client_->remove(condemned[i].key, condemned[i].id);
    if (!removed && removed.error().code != Code::refused) return removed;
    std::lock_guard lock(mutex);
    if (!removed) {
      ++collected.locked;
      return {};
    }
    ++collected.versions;
    collected.bytes += condemned[i].size;
    return {};
  }));
  // Whoever committed meanwhile looks too, after its commit (S3Store::commit).
  TRY(refresh_log());
  for (const S3Entry& entry : std::vector<S3Entry>(log_.entries())) {
    if (entry.kind != EntryKind::commit || seen.contains(entry.name)) continue;
    Commit commit;
    commit.domain = entry.domain;
    commit.references = entry.references;
    if (TRY(missing_chunks(commit)) > 0)
      return fail(make_error(Code::busy, tr("a backup counted on a pack that was removed at that moment"))
                      .then(tr("run the backup of that site again: it will read everything anew")));
  }
  return collected;
}

Result<S3Store::Fate> S3Store::fate_of(const std::string& name, const S3Version& version,
                                       const InUse& living) {
  const auto pack = parse_s3_pack_name(name);
  const auto entry = parse_s3_log_name(name);
  if (!pack && !entry && name != "vault") return Fate::stays;  // not ours
  if (version.marker) return Fate::goes;
  if (pack) return fate_of_pack(*pack, version, living);
  if (entry) return fate_of_log_object(entry->first, name, version);
  return version.id == header_version_.id ? Fate::stays : Fate::goes;
}

Result<S3Store::Fate> S3Store::fate_of_pack(const PackId& pack, const S3Version& version,
                                            const InUse& living) {
  const auto listed = packs_.find(pack);
  if (listed == packs_.end()) return is_known_junk(pack, {version}) ? Fate::goes : Fate::stays;
  if (listed->second.id != version.id) {
    const bool later = version.date > listed->second.date;
    return later && TRY(counts_rightly(pack, listed->second)) ? Fate::goes : Fate::stays;
  }
  const bool young = version.date.ns > context_.clock.now().ns - kGrace;
  return living.packs.contains(pack) || !living.whole || young ? Fate::stays : Fate::goes;
}

// Usually a pack's only version is believed without being hashed. Before others are removed for its sake, it
// is.
Result<bool> S3Store::counts_rightly(const PackId& pack, const S3Version& version) {
  auto known = rightly_.find(pack);
  if (known == rightly_.end()) known = rightly_.emplace(pack, TRY(hash_fits(pack, version))).first;
  return known->second;
}

Result<S3Store::Fate> S3Store::fate_of_log_object(const LogHash& name, const std::string& path,
                                                  const S3Version& version) {
  const auto counts = log_versions_.find(name);
  if (counts != log_versions_.end()) {
    if (counts->second.id != version.id) return version.date > counts->second.date ? Fate::goes : Fate::stays;
    // What is no entry, though it can be read, will never be one. What cannot be read may be of later days.
    const bool entry = std::ranges::find(log_.entries(), name, &S3Entry::name) != log_.entries().end();
    return entry || !items_.at(name).readable ? Fate::stays : Fate::goes;
  }
  if (version.size < kMagicSize) return Fate::goes;
  const std::string key = client_->address().key(path);
  Bytes magic = TRY(client_->get_range(key, version.id, 0, kMagicSize));
  const bool ours = as_text(magic).starts_with(std::string_view(kS3LogMagic, kFamily));
  return ours ? Fate::stays : Fate::goes;
}

}  // namespace aplomb::vault

// How a vault on S3 is held: what is put is locked, and the keeper's credentials move the locks forward.
#include "base/messages.h"
#include "base/parallel.h"
#include "vault/format.h"
#include "vault/references.h"
#include "vault/s3_store.h"

namespace aplomb::vault {
namespace {

constexpr unsigned kAskers = 8;
constexpr uint32_t kDaysUsual = 90;

}  // namespace

S3Lock choose_lock(const S3LockRule& rule, std::optional<uint32_t> days) {
  S3Lock lock;
  lock.rule = rule;
  if (!rule.enabled) return lock;
  lock.by_rule = rule.compliance && rule.days > 0 && !days;
  lock.days = lock.by_rule ? rule.days : days.value_or(kDaysUsual);
  return lock;
}

// Without the right to ask it is not known whether anything is locked, and then nothing is promised.
Status S3Store::learn_lock() {
  auto rule = client_->lock_rule();
  if (!rule && rule.error().code == Code::refused)
    context_.log.warn(
        tr("the S3 server does not say whether the bucket has Object Lock: {}", rule.error().what));
  else if (!rule && rule.error().code != Code::not_found)
    return fail(std::move(rule).error());
  lock_ = choose_lock(rule.value_or(S3LockRule()), client_->address().days);
  return {};
}

std::optional<Time> S3Store::lock_until() const {
  if (lock_.days == 0 || lock_.by_rule) return std::nullopt;
  return Time{context_.clock.now().ns + int64_t{lock_.days} * kDay};
}

Result<std::optional<Time>> S3Store::locked_until() {
  if (lock_.days == 0) return std::nullopt;
  auto retention = client_->retention(client_->address().key("vault"), header_version_.id);
  if (!retention && (retention.error().code == Code::not_found || retention.error().code == Code::refused))
    return std::nullopt;  // not locked, or not ours to know
  if (!retention) return fail(std::move(retention).error());
  if (!retention->compliance) return std::nullopt;
  return retention->until;
}

Result<std::set<PackId>> S3Store::packs_in_use() {
  return std::move(TRY(find_in_use()).packs);
}

// What retention let go is kept for its grace.
bool S3Store::lives(const S3Entry& commit) const {
  auto removed = log_.removed().find(commit.snapshot);
  return removed == log_.removed().end() || removed->second.ns + kGraceDays * kDay > context_.clock.now().ns;
}

// Of a commit whose lists of references are gone nobody knows what else it needs; verify names it.
Result<S3Store::InUse> S3Store::find_in_use() {
  InUse in_use;
  References references(*this, nullptr);
  for (const S3Entry& entry : log_.entries()) {
    if (entry.kind != EntryKind::commit || !lives(entry)) continue;
    Commit commit;
    commit.domain = entry.domain;
    commit.references = entry.references;
    Status visited = references.for_each(commit, [&](std::span<const ChunkId> ids) {
      for (const ChunkId& id : ids)
        for (const Location& place : places_of(entry.domain, id)) in_use.packs.insert(place.pack);
    });
    if (!visited && visited.error().code != Code::corrupt) return fail(std::move(visited).error());
    in_use.whole = in_use.whole && visited;
  }
  // What an import refers to, its snapshots' own lists have led to. Here comes the import's list itself.
  for (const KnownImport& import : imports_) {
    in_use.whole = in_use.whole && import.run;
    for (const ChunkId& id : import.pieces)
      for (const Location& place : places_of(import.domain, id)) in_use.packs.insert(place.pack);
  }
  return in_use;
}

Result<Extended> S3Store::extend_locks(uint32_t days, const std::set<PackId>& living) {
  Extended extended;
  extended.until = Time{context_.clock.now().ns + int64_t{days} * kDay};
  std::vector<std::pair<std::string, std::string>> objects = {{"vault", header_version_.id}};
  for (const S3Entry& entry : log_.entries())
    objects.emplace_back(s3_log_name(entry.name, entry.kind), log_versions_.at(entry.name).id);
  extended.entries = log_.entries().size();
  for (const PackId& pack : living) {
    auto listed = packs_.find(pack);
    if (listed == packs_.end()) continue;
    objects.emplace_back(pack_path(pack), listed->second.id);
    ++extended.packs;
  }
  TRY(parallel_for(objects.size(), kAskers, [&](size_t i) -> Status {
    const std::string key = client_->address().key(objects[i].first);
    Status done = client_->extend(key, objects[i].second, extended.until);
    if (done || done.error().code == Code::network) return done;
    // A date that is later already cannot be brought forward, and need not be.
    auto now = client_->retention(key, objects[i].second);
    if (now && now->compliance && now->until >= extended.until) return {};
    return done;
  }));
  return extended;
}

}  // namespace aplomb::vault

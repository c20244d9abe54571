#include "vault/s3_log.h"

#include <algorithm>
#include <array>

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {

constexpr std::string_view kFolder = "log/";

constexpr std::array kKinds{EntryKind::commit, EntryKind::record, EntryKind::removal};

std::string_view suffix(EntryKind kind) {
  switch (kind) {
    case EntryKind::commit:
      return ".commit";
    case EntryKind::record:
      return ".record";
    case EntryKind::removal:
      break;
  }
  return ".removal";
}

bool owner_signed(ByteView record, const crypto::VerifyKey& owner) {
  constexpr size_t kSignature = sizeof(crypto::Signature);
  if (record.size() <= kSignature) return false;
  const size_t length = record.size() - kSignature;
  return crypto::verify(owner, kInfoRecord, record.first(length), record.subspan(length));
}

SnapshotId snapshot_of(const S3LogItem& commit) {
  SnapshotId id;
  id.bytes = commit.content_hash.bytes;
  return id;
}

using Iterator = std::vector<S3LogItem*>::iterator;

// Of one date, sorted by name: repeatedly the smallest name whose predecessor is not among the rest.
void put_in_causal_order(Iterator first, Iterator last) {
  std::map<LogHash, S3LogItem*> group;
  for (Iterator it = first; it != last; ++it) group.emplace((*it)->name, *it);
  std::multimap<LogHash, LogHash> followers;
  std::set<LogHash> free;
  for (const auto& [name, item] : group) {
    if (group.contains(item->previous))
      followers.emplace(item->previous, name);
    else
      free.insert(name);
  }
  // A name is a hash over `previous`, so there is no circle and nothing is left over.
  for (Iterator place = first; !free.empty(); ++place) {
    LogHash name = *free.begin();
    free.erase(free.begin());
    *place = group.at(name);
    auto [from, to] = followers.equal_range(name);
    for (auto it = from; it != to; ++it) free.insert(it->second);
  }
}

}  // namespace

Bytes encode(S3LogObject& object) {
  ByteWriter writer;
  writer.bytes(as_bytes({kS3LogMagic, kMagicSize}));
  writer.u8(kFormat);
  writer.u8(static_cast<uint8_t>(object.kind));
  writer.id(object.previous);
  writer.sized(object.content);
  object.name.bytes = crypto::sha256(writer.view()).bytes;
  return writer.take();
}

Result<S3LogObject> decode_s3_log_object(ByteView bytes) {
  ByteReader reader(bytes);
  std::string_view magic = as_text(TRY(reader.bytes(kMagicSize)));
  uint8_t format = TRY(reader.u8());
  if (magic != std::string_view(kS3LogMagic, kMagicSize) || format != kFormat)
    return fail(Code::corrupt, tr("these bytes do not begin as they must"));
  S3LogObject object;
  uint8_t kind = TRY(reader.u8());
  if (std::ranges::find(kKinds, static_cast<EntryKind>(kind)) == kKinds.end())
    return fail(Code::corrupt, tr("a log entry is of an unknown kind"));
  object.kind = static_cast<EntryKind>(kind);
  object.previous = TRY(reader.id<LogHash>());
  ByteView content = TRY(reader.sized(kLogEntryMax));
  object.content.assign(content.begin(), content.end());
  TRY(reader.finish());
  object.name.bytes = crypto::sha256(bytes).bytes;
  return object;
}

std::string s3_log_name(const LogHash& name, EntryKind kind) {
  return std::string(kFolder) + name.hex() + std::string(suffix(kind));
}

std::optional<std::pair<LogHash, EntryKind>> parse_s3_log_name(std::string_view name) {
  if (!name.starts_with(kFolder)) return std::nullopt;
  name.remove_prefix(kFolder.size());
  for (EntryKind kind : kKinds) {
    if (!name.ends_with(suffix(kind))) continue;
    auto hash = LogHash::parse(name.substr(0, name.size() - suffix(kind).size()));
    if (hash && name.starts_with(hash->hex())) return std::pair(*hash, kind);
  }
  return std::nullopt;
}

S3LogItem understand(const S3LogObject& object, const crypto::VerifyKey& owner) {
  S3LogItem item;
  item.name = object.name;
  item.kind = object.kind;
  item.previous = object.previous;
  item.date = object.date;
  item.content_hash = crypto::sha256(object.content);
  if (object.kind == EntryKind::record) {
    auto record = decode_record(object.content);
    item.readable = record.has_value();
    item.sound = record && record->signed_by(owner);
    item.later = !record && owner_signed(object.content, owner);
    if (!item.sound) return item;
    item.record = record->record.kind;
    item.domain = record->record.domain;
    item.closes = std::move(record->record.closes);
    item.snapshots = std::move(record->record.snapshots);
    if (item.record == RecordKind::imported) item.listing = record->record.listing;
    if (item.record == RecordKind::domain) item.writer = record->record.writer;
    return item;
  }
  if (object.kind == EntryKind::removal) {
    auto removal = decode_removal(object.content);
    if (!removal) return item;
    item.readable = item.sound = true;
    item.snapshots = std::move(removal->snapshots);
    return item;
  }
  auto commit = decode_commit(object.content);
  if (!commit) return item;
  item.readable = item.sound = true;
  item.domain = commit->commit.domain;
  item.references = commit->commit.references;
  item.commit = std::move(*commit);
  return item;
}

void put_in_order(std::vector<S3LogItem*>& items) {
  std::ranges::sort(items, {}, [](const S3LogItem* item) { return std::pair(item->date, item->name); });
  for (auto first = items.begin(); first != items.end();) {
    auto last =
        std::find_if(first, items.end(), [&](const S3LogItem* o) { return o->date != (*first)->date; });
    if (last - first > 1) put_in_causal_order(first, last);
    first = last;
  }
}

S3Log::S3Log(const std::vector<S3LogItem*>& items) {
  std::set<LogHash> there;
  for (const S3LogItem* item : items) there.insert(item->name);
  for (S3LogItem* item : items) {
    std::vector<SnapshotId> removed;
    if (item->kind == EntryKind::removal && item->sound) removed = believed(*item);
    if (item->kind == EntryKind::removal ? removed.empty() : !admit(*item)) {
      later_records_ = later_records_ || item->later;
      ++ignored_;
      continue;
    }
    bool known = item->previous == LogHash() || there.contains(item->previous);
    by_content_.emplace(item->content_hash, entries_.size());
    entries_.push_back({item->name, item->kind, Receipt{entries_.size() + 1, item->date},
                        known ? newest() : item->previous, item->references, item->domain, snapshot_of(*item),
                        std::move(removed)});
  }
}

bool S3Log::admit(S3LogItem& item) {
  if (!item.sound || by_content_.contains(item.content_hash)) return false;
  if (item.kind == EntryKind::commit) return admit_commit(item);
  take_record(item);
  return true;
}

bool S3Log::admit_commit(S3LogItem& item) {
  const crypto::VerifyKey* writer = writer_of(item.domain);
  if (!writer || is_closed(item.domain)) return false;
  if (item.signer != *writer) {
    if (!item.commit || !item.commit->signed_by(*writer)) return false;
    item.signer = *writer;
  }
  const SnapshotId id = snapshot_of(item);
  candidates_.push_back({id, item.domain, item.date, early_pins_.contains(id)});
  let_go_.reset();
  return true;
}

void S3Log::take_record(const S3LogItem& item) {
  if (item.writer) writers_[item.domain] = *item.writer;
  if (item.listing) imports_.emplace_back(item.domain, *item.listing);
  closed_.insert(item.closes.begin(), item.closes.end());
  const bool pins = item.record == RecordKind::approval || item.record == RecordKind::incident_closed ||
                    item.record == RecordKind::hold;
  if (!pins && item.record != RecordKind::release) return;
  let_go_.reset();
  for (const SnapshotId& id : item.snapshots) {
    auto known = std::ranges::find(candidates_, id, &Candidate::id);
    if (known != candidates_.end()) known->pinned = pins;
    if (known == candidates_.end() && pins) early_pins_.insert(id);
  }
}

std::vector<SnapshotId> S3Log::let_go() const {
  if (candidates_.empty()) return {};
  const std::vector<Keep> kept = decide_retention(candidates_, candidates_.back().received);
  std::vector<SnapshotId> gone;
  for (size_t i = 0; i < kept.size(); ++i)
    if (kept[i] == Keep::removed) gone.push_back(candidates_[i].id);
  return gone;
}

std::vector<SnapshotId> S3Log::believed(const S3LogItem& removal) {
  if (by_content_.contains(removal.content_hash)) return {};
  const std::set<SnapshotId> named(removal.snapshots.begin(), removal.snapshots.end());
  if (!let_go_) let_go_ = let_go();
  std::vector<SnapshotId> gone = *let_go_;
  std::erase_if(gone, [&](const SnapshotId& id) { return !named.contains(id); });
  if (gone.empty()) return gone;
  let_go_.reset();
  for (const SnapshotId& id : gone) removed_.emplace(id, removal.date);
  std::erase_if(candidates_, [&](const Candidate& one) { return removed_.contains(one.id); });
  return gone;
}

const crypto::VerifyKey* S3Log::writer_of(const DomainId& domain) const {
  auto found = writers_.find(domain);
  return found == writers_.end() ? nullptr : &found->second;
}

const S3Entry* S3Log::with_content(const Sha256& hash) const {
  auto found = by_content_.find(hash);
  return found == by_content_.end() ? nullptr : &entries_[found->second];
}

}  // namespace aplomb::vault

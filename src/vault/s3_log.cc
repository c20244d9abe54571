#include "vault/s3_log.h"

#include <algorithm>

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {

constexpr std::string_view kFolder = "log/";

std::string_view suffix(EntryKind kind) {
  return kind == EntryKind::commit ? ".commit" : ".record";
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
  if (kind != static_cast<uint8_t>(EntryKind::commit) && kind != static_cast<uint8_t>(EntryKind::record))
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
  for (EntryKind kind : {EntryKind::commit, EntryKind::record}) {
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
    item.sound = record && record->signed_by(owner);
    if (!item.sound) return item;
    item.domain = record->record.domain;
    item.closes = std::move(record->record.closes);
    if (record->record.kind != RecordKind::domain) return item;
    item.writer = record->record.writer;
    return item;
  }
  auto commit = decode_commit(object.content);
  if (!commit) return item;
  item.sound = true;
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
    if (!admit(*item)) {
      ++ignored_;
      continue;
    }
    bool known = item->previous == LogHash() || there.contains(item->previous);
    by_content_.emplace(item->content_hash, entries_.size());
    entries_.push_back({item->name, item->kind, Receipt{entries_.size() + 1, item->date},
                        known ? newest() : item->previous, item->references, item->domain});
  }
}

bool S3Log::admit(S3LogItem& item) {
  if (!item.sound || by_content_.contains(item.content_hash)) return false;
  if (item.kind == EntryKind::record) {
    if (item.writer) writers_[item.domain] = *item.writer;
    closed_.insert(item.closes.begin(), item.closes.end());
    return true;
  }
  const crypto::VerifyKey* writer = writer_of(item.domain);
  if (!writer || is_closed(item.domain)) return false;
  if (item.signer == *writer) return true;
  if (!item.commit || !item.commit->signed_by(*writer)) return false;
  item.signer = *writer;
  return true;
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

#include "vault/log_state.h"

#include <algorithm>
#include <set>

#include "base/messages.h"

namespace aplomb::vault {
namespace {

class LogStateReader {
 public:
  explicit LogStateReader(ReaderStore& store) : store_(store) {}

  Result<LogState> run() {
    header_ = TRY(store_.header());
    const std::vector<LogHead> heads = TRY(store_.log());
    for (const LogHead& head : heads) {
      // An entry that is gone may have been a record too.
      if (head.sequence != state_.last_sequence + 1) state_.unreadable_records.push_back(head.sequence - 1);
      state_.last_sequence = head.sequence;
      auto entry = store_.log_entry(head);
      if (!entry) {
        // What the disk does not give now may come later; what is damaged stays so.
        if (entry.error().code != Code::corrupt) return fail(std::move(entry).error());
        if (head.kind == EntryKind::record) state_.unreadable_records.push_back(head.sequence);
        continue;
      }
      if (!entry->signed_by(header_.keeper_verify)) continue;  // somebody put it there; verify says so
      if (!entered_.insert(crypto::sha256(entry->content)).second) continue;  // a repeat is not believed
      if (head.kind == EntryKind::commit) take_commit(*entry);
      if (head.kind == EntryKind::record) take_record(*entry);
      if (head.kind == EntryKind::removal) take_removal(*entry);
    }
    return std::move(state_);
  }

 private:
  void take_commit(const LogEntry& entry) {
    auto commit = decode_commit(entry.content);
    if (!commit) return;
    auto writer = writers_.find(commit->commit.domain);
    if (writer == writers_.end() || !commit->signed_by(writer->second)) return;
    state_.newest = std::max(state_.newest, entry.received);
    places_[commit->id] = state_.snapshots.size();
    state_.snapshots.push_back({commit->id,
                                entry.sequence,
                                entry.received,
                                std::move(commit->commit),
                                early_pins_.contains(commit->id),
                                {}});
  }

  void take_record(const LogEntry& entry) {
    auto record = decode_record(entry.content);
    if (!record || !record->signed_by(header_.owner_verify)) return;
    const RecordKind kind = record->record.kind;
    if (kind == RecordKind::domain) {
      const bool fresh = writers_.insert_or_assign(record->record.domain, record->record.writer).second;
      if (fresh) state_.domains.push_back({record->record.domain, entry.received, false});
    }
    for (LoggedDomain& domain : state_.domains)
      if (std::ranges::find(record->record.closes, domain.id) != record->record.closes.end())
        domain.closed = true;
    const bool pins =
        kind == RecordKind::approval || kind == RecordKind::incident_closed || kind == RecordKind::hold;
    if (!pins && kind != RecordKind::release) return;
    for (const SnapshotId& id : record->record.snapshots) {
      auto place = places_.find(id);
      if (place != places_.end()) state_.snapshots[place->second].pinned = pins;
      if (place == places_.end() && pins) early_pins_.insert(id);
    }
  }

  void take_removal(const LogEntry& entry) {
    auto removal = decode_removal(entry.content);
    if (!removal) return;
    for (const SnapshotId& id : removal->snapshots) {
      auto place = places_.find(id);
      if (place == places_.end()) continue;
      LoggedSnapshot& snapshot = state_.snapshots[place->second];
      if (snapshot.pinned) state_.removed_while_pinned.push_back(id);
      if (!snapshot.removed) snapshot.removed = entry.received;
    }
  }

  ReaderStore& store_;
  VaultHeader header_;
  LogState state_;
  std::map<DomainId, crypto::VerifyKey> writers_;
  std::map<SnapshotId, size_t> places_;
  std::set<SnapshotId> early_pins_;  // named before its commit could be read
  std::set<Sha256> entered_;
};

}  // namespace

Result<LogState> read_log_state(ReaderStore& store) {
  return LogStateReader(store).run();
}

Result<std::map<SnapshotId, Time>> removed_snapshots(ReaderStore& store) {
  std::map<SnapshotId, Time> removed;
  const VaultHeader header = TRY(store.header());
  const std::vector<LogHead> heads = TRY(store.log());
  for (const LogHead& head : heads) {
    if (head.kind != EntryKind::removal) continue;
    auto entry = store.log_entry(head);
    if (!entry || !entry->signed_by(header.keeper_verify)) continue;  // verify says so
    auto removal = decode_removal(entry->content);
    if (!removal) continue;
    for (const SnapshotId& id : removal->snapshots) removed.try_emplace(id, entry->received);
  }
  return removed;
}

}  // namespace aplomb::vault

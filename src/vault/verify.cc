#include "vault/verify.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/messages.h"
#include "vault/references.h"

namespace aplomb::vault {
namespace {

constexpr uint64_t kStep = 4 * 1024 * 1024;

std::string pack_name(const PackId& pack) {
  return tr("pack {}", pack.hex().substr(0, 16));
}

// The whole file hashes to its name: this covers frames, tables and footers at once.
Status check_pack_hash(ReaderStore& store, const PackId& pack, uint64_t size, Progress& progress) {
  crypto::Sha256Stream hash;
  for (uint64_t position = 0; position < size; position += kStep) {
    Bytes part = TRY(store.pack_range(pack, position, std::min(kStep, size - position)));
    hash.update(part);
    progress.advance(part.size());
  }
  if (hash.finish().bytes == pack.bytes) return {};
  return fail(Code::corrupt, tr("its bytes are not those that were written"));
}

// What is wrong in a pack, frame by frame, when the key is there.
void check_frames_of(VaultReader& reader, const PackId& pack, VerifyReport& report) {
  auto table = reader.pack_table(pack);
  if (!table) {
    report.damaged.push_back({pack_name(pack), table.error().what});
    return;
  }
  for (size_t i = 0; i < (*table)->frames.size(); ++i) {
    Status checked = reader.check_frame(pack, (*table)->frames[i]);
    if (!checked) report.damaged.push_back({tr("{}, frame {}", pack_name(pack), i), checked.error().what});
  }
}

// The log, without a key: its chain, its copies, its signatures, and what each commit refers to.
class LogCheck {
 public:
  LogCheck(ReaderStore& store, VerifyReport& report, const std::set<PackId>& packs)
      : store_(store),
        report_(report),
        packs_(packs),
        references_(store, [this](const DomainId& domain, std::span<const ChunkId> ids) {
          return count_absent(domain, ids);
        }) {}

  Status run() {
    header_ = TRY(store_.header());
    if (!header_.intact) damaged(tr("the vault's header"), tr("one of its two copies is damaged"));
    LogHash previous;
    uint64_t expected = 1;
    for (const LogHead& head : TRY(store_.log())) {
      std::string what = tr("log entry {}", head.sequence);
      if (head.sequence != expected) damaged(what, tr("entries before it are missing"));
      expected = head.sequence + 1;
      auto entry = store_.log_entry(head);
      if (!entry) {
        if (entry.error().code == Code::unsupported) return fail(std::move(entry).error());
        damaged(what, entry.error().what);
        previous = LogHash();
        continue;
      }
      if (!entry->intact) damaged(what, tr("one of its two copies is damaged"));
      if (entry->previous != previous) damaged(what, tr("the chain of the log is broken before it"));
      previous = entry->hash;
      TRY(head.kind == EntryKind::commit ? check_commit(what, *entry) : check_record(what, *entry));
    }
    return {};
  }

 private:
  void damaged(std::string what, std::string reason) {
    report_.damaged.push_back({std::move(what), std::move(reason)});
  }

  Status check_record(const std::string& what, const LogEntry& entry) {
    auto record = decode_record(entry.content);
    if (!record) {
      damaged(what, record.error().what);
    } else if (!record->signed_by(header_.owner_verify)) {
      damaged(what, tr("a record with a false signature"));
    } else if (record->record.kind == RecordKind::domain) {
      writers_[record->record.domain] = record->record.writer;
    }
    return {};
  }

  Status check_commit(const std::string& what, const LogEntry& entry) {
    ++report_.snapshots;
    auto commit = decode_commit(entry.content);
    if (!commit) {
      damaged(what, commit.error().what);
      return {};
    }
    auto writer = writers_.find(commit->commit.domain);
    if (writer == writers_.end()) {
      damaged(what, tr("a snapshot of a site that the owner did not register"));
      return {};
    }
    if (!commit->signed_by(writer->second)) {
      damaged(what, tr("a snapshot with a false signature"));
      return {};
    }
    std::string snapshot = tr("snapshot {}", commit->id.hex().substr(0, 12));
    auto missing = references_.missing(commit->commit);
    if (!missing) {
      damaged(snapshot, missing.error().what);
    } else if (*missing > 0) {
      damaged(snapshot, tr("{} chunks it refers to are missing", *missing));
    }
    return {};
  }

  Result<uint64_t> count_absent(const DomainId& domain, std::span<const ChunkId> ids) {
    uint64_t absent = 0;
    for (const ChunkId& id : ids) {
      auto places = TRY(store_.locate(domain, id));
      if (std::ranges::none_of(places, [&](const Location& place) { return packs_.contains(place.pack); }))
        ++absent;
    }
    return absent;
  }

  ReaderStore& store_;
  VerifyReport& report_;
  const std::set<PackId>& packs_;
  References references_;
  VaultHeader header_;
  std::map<DomainId, crypto::VerifyKey> writers_;
};

void check_pack(ReaderStore& store, VaultReader* reader, const PackId& pack, Progress& progress,
                VerifyReport& report) {
  ++report.packs;
  auto size = store.pack_size(pack);
  Status hashed = size ? check_pack_hash(store, pack, *size, progress) : fail(std::move(size).error());
  if (!hashed) {
    report.damaged.push_back({pack_name(pack), hashed.error().what});
    report.bad_packs.push_back(pack);
  }
  report.bytes += size.value_or(0);
  if (reader) check_frames_of(*reader, pack, report);
}

}  // namespace

Result<VerifyReport> verify(ReaderStore& store, VaultReader* reader, Progress& progress) {
  VerifyReport report;
  std::vector<PackId> packs = TRY(store.packs());
  const std::set<PackId> there(packs.begin(), packs.end());
  TRY(LogCheck(store, report, there).run());
  if (reader) {
    for (const Damage& damage : reader->log_damage()) {
      bool known =
          std::ranges::any_of(report.damaged, [&](const Damage& other) { return other.what == damage.what; });
      if (!known) report.damaged.push_back(damage);
    }
  }
  uint64_t total = 0;
  for (const PackId& pack : packs) total += store.pack_size(pack).value_or(0);
  progress.stage(tr("checking the vault"), total);
  for (const PackId& pack : packs) check_pack(store, reader, pack, progress, report);
  progress.done();
  return report;
}

}  // namespace aplomb::vault

#include "vault/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/messages.h"
#include "vault/import.h"
#include "vault/log_state.h"
#include "vault/pack_check.h"
#include "vault/references.h"

namespace aplomb::vault {
namespace {

std::string pack_name(const PackId& pack) {
  return tr("pack {}", pack.hex().substr(0, 16));
}

// Every pack: its hash, and its frames when the key is there. Tells the store what it found.
class PackCheck {
 public:
  PackCheck(ReaderStore& store, VaultReader* reader, Opening opening, Progress& progress,
            VerifyReport& report)
      : store_(store), reader_(reader), opening_(opening), progress_(progress), report_(report) {}

  Status run(const std::vector<PackId>& packs) {
    for (const DoubtfulPack& mark : TRY(store_.doubtful())) marks_[mark.pack].insert(mark.doubt);
    uint64_t total = 0;
    for (const PackId& pack : packs) total += store_.pack_size(pack).value_or(0);
    progress_.stage(tr("checking the vault"), total);
    auto opens = [&](const PackId& pack) {
      return reader_ && (opening_ == Opening::every_frame || marked(pack, Doubt::false_chunks));
    };
    for (PackFindings& found : read_packs(store_, reader_, packs, opens, progress_)) conclude(found);
    progress_.done();
    for (const auto& [pack, doubts] : marks_)
      if (!report_.bad.there.contains(pack))
        for (Doubt doubt : doubts) (void)store_.trust({pack, doubt});
    return {};
  }

 private:
  void conclude(PackFindings& found) {
    const PackId& pack = found.pack;
    if (found.unlike_its_name && found.unlike_its_name->code == Code::not_found) {
      report_.bad.there.erase(pack);  // collected meanwhile, or lost: what the snapshots miss is told below
      return;
    }
    ++report_.packs;
    report_.bytes += found.size;
    const bool hashed = !found.unlike_its_name;
    if (!hashed) {
      report_.damaged_bytes = true;
      found_bad(pack, *found.unlike_its_name);
      if (found.unlike_its_name->code == Code::corrupt) (void)store_.doubt({pack, Doubt::damaged});
    } else if (marked(pack, Doubt::damaged)) {
      (void)store_.trust({pack, Doubt::damaged});
    }
    if (found.strange) return found_strange(pack);
    if (reader_ && !hashed && !found.opened) found = read_pack(store_, *reader_, pack, progress_);
    if (found.opened) {
      conclude_frames(found, hashed);
    } else if (!hashed) {
      report_.bad.packs.insert(pack);
    } else if (marked(pack, Doubt::false_chunks)) {
      found_bad(pack, make_error(Code::corrupt, tr("chunks in it were found not to be what they are called; "
                                                   "aplomb verify --read-all tells which")));
      report_.bad.packs.insert(pack);
      report_.false_chunks = true;
    }
  }

  // What is wrong in it, frame by frame. A pack of the right bytes with a false frame: its writer lied.
  void conclude_frames(const PackFindings& found, bool hashed) {
    const PackId& pack = found.pack;
    if (found.no_table) {
      report_.bad.packs.insert(pack);
      if (hashed) found_bad(pack, *found.no_table);
      return;
    }
    for (const auto& [index, error] : found.bad_frames) {
      report_.bad.frames.insert({pack, index});
      report_.damaged.push_back({tr("{}, frame {}", pack_name(pack), index), error.what, pack});
    }
    const bool sound = found.bad_frames.empty();
    if (sound && marked(pack, Doubt::false_chunks)) (void)store_.trust({pack, Doubt::false_chunks});
    if (!sound && hashed) {
      report_.bad_packs.push_back(pack);
      report_.false_chunks = true;
      (void)store_.doubt({pack, Doubt::false_chunks});
    }
  }

  // Perhaps all of a site, whose record is gone: nothing is said of what it holds.
  void found_strange(const PackId& pack) {
    report_.strange_packs = true;
    report_.damaged.push_back(
        {pack_name(pack),
         tr("it belongs to a site that no record of the log opens: the record is missing or "
            "damaged, or the pack came from elsewhere"),
         pack});
  }

  void found_bad(const PackId& pack, const Error& error) {
    report_.damaged.push_back({pack_name(pack), error.what, pack});
    report_.bad_packs.push_back(pack);
  }

  bool marked(const PackId& pack, Doubt doubt) const {
    auto found = marks_.find(pack);
    return found != marks_.end() && found->second.contains(doubt);
  }

  ReaderStore& store_;
  VaultReader* reader_;
  const Opening opening_;
  Progress& progress_;
  VerifyReport& report_;
  std::map<PackId, std::set<Doubt>> marks_;
};

// The log, without a key: its chain, its copies, its signatures, and what each commit refers to.
class LogCheck {
 public:
  LogCheck(ReaderStore& store, VerifyReport& report)
      : store_(store),
        report_(report),
        bad_packs_(report.bad_packs.begin(), report.bad_packs.end()),
        references_(store, [this](const DomainId& domain, std::span<const ChunkId> ids) {
          return count_absent(domain, ids);
        }) {}

  Status run(const std::vector<LogHead>& heads) {
    header_ = TRY(store_.header());
    if (auto state = read_log_state(store_)) {
      for (const LoggedSnapshot& snapshot : state->snapshots)
        if (snapshot.removed) removed_.insert(snapshot.id);
      for (const SnapshotId& id : state->removed_while_pinned)
        report_.damaged.push_back({tr("snapshot {}", id.hex().substr(0, 12)),
                                   tr("the vault let it go although the owner had put it on hold"),
                                   {},
                                   {},
                                   {id}});
    }
    if (!header_.intact) damaged(tr("the vault's header"), tr("one of its two copies is damaged"));
    LogHash previous;
    uint64_t expected = 1;
    for (const LogHead& head : heads) {
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
      if (!entry->signed_by(header_.keeper_verify)) damaged(what, tr("the keeper did not sign it"));
      if (entry->previous != previous) damaged(what, tr("the chain of the log is broken before it"));
      previous = entry->hash;
      if (head.kind == EntryKind::commit) TRY(check_commit(what, *entry));
      if (head.kind == EntryKind::record) TRY(check_record(what, *entry));
      if (head.kind == EntryKind::removal) check_removal(what, *entry);
    }
    return {};
  }

 private:
  void damaged(std::string what, std::string reason) {
    report_.log_damaged = true;
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
    } else if (record->record.kind == RecordKind::imported) {
      std::vector<KnownImport> imports = {{record->record.domain, record->record.listing}};
      read_imports(store_, imports);
      if (!imports[0].run) damaged(what, tr("what it takes over from an earlier epoch cannot be read"));
    }
    return {};
  }

  void check_removal(const std::string& what, const LogEntry& entry) {
    auto removal = decode_removal(entry.content);
    if (!removal) return damaged(what, removal.error().what);
    report_.removed += removal->snapshots.size();
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
    if (removed_.contains(commit->id)) return {};  // its packs may be gone, as they should
    auto missing = references_.missing(commit->commit);
    if (missing && *missing == 0) return {};
    report_.incomplete.push_back(commit->id);
    report_.damaged.push_back({tr("snapshot {}", commit->id.hex().substr(0, 12)),
                               missing
                                   ? tr("{} chunks it refers to are missing or in a damaged pack", *missing)
                                   : missing.error().what,
                               {},
                               {},
                               {commit->id}});
    return {};
  }

  // Also notes whether any of them rests on a bad pack.
  Result<uint64_t> count_absent(const DomainId& domain, std::span<const ChunkId> ids) {
    uint64_t absent = 0;
    for (const ChunkId& id : ids) {
      auto places = TRY(store_.locate(domain, id));
      std::erase_if(places, [&](const Location& place) { return !report_.bad.there.contains(place.pack); });
      if (std::ranges::none_of(places, [&](const Location& place) { return report_.bad.sound(place); }))
        ++absent;
      if (!places.empty() &&
          std::ranges::all_of(places, [&](const Location& place) { return bad_packs_.contains(place.pack); }))
        report_.needed = true;
    }
    return absent;
  }

  ReaderStore& store_;
  VerifyReport& report_;
  const std::set<PackId> bad_packs_;
  References references_;
  VaultHeader header_;
  std::map<DomainId, crypto::VerifyKey> writers_;
  std::set<SnapshotId> removed_;
};

}  // namespace

Result<VerifyReport> verify(ReaderStore& store, VaultReader* reader, Progress& progress, Opening opening) {
  VerifyReport report;
  (void)store.renew_index();  // where nothing can be written, the one that is there has to do
  // The log before the packs: what an entry names was there before it. A backup may be running.
  const std::vector<LogHead> heads = TRY(store.log());
  const std::vector<PackId> packs = TRY(store.packs());
  report.bad.there.insert(packs.begin(), packs.end());
  TRY(PackCheck(store, reader, opening, progress, report).run(packs));
  std::vector<Damage> of_packs = std::exchange(report.damaged, {});
  TRY(store.log());  // a collection may have moved frames to new packs
  const std::vector<PackId> packs_now = TRY(store.packs());
  report.bad.there.insert(packs_now.begin(), packs_now.end());
  TRY(LogCheck(store, report).run(heads));
  if (reader) {
    for (const Damage& damage : reader->log_damage()) {
      bool known =
          std::ranges::any_of(report.damaged, [&](const Damage& other) { return other.what == damage.what; });
      if (!known) report.damaged.push_back(damage);
    }
  }
  report.damaged.insert(report.damaged.end(), of_packs.begin(), of_packs.end());
  return report;
}

Result<bool> is_lost(ReaderStore& store, const BadPlaces& bad, const DomainId& domain, const ChunkId& id) {
  return std::ranges::none_of(TRY(store.locate(domain, id)),
                              [&](const Location& place) { return bad.sound(place); });
}

}  // namespace aplomb::vault

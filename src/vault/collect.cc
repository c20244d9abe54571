#include "vault/collect.h"

#include <algorithm>

#include "base/messages.h"
#include "vault/format.h"
#include "vault/pack_file.h"
#include "vault/references.h"

namespace aplomb::vault {
namespace {

constexpr int64_t kGrace = kGraceDays * kDay;

Status check_records(const LogState& state) {
  if (state.unreadable_records.empty()) return {};
  return fail(make_error(Code::corrupt, tr("log entry {} cannot be read, and may be a hold of the owner",
                                           state.unreadable_records.front()))
                  .then(tr("nothing is removed from this vault as long as that is so; run aplomb verify")));
}

// The ids that living snapshots of one domain refer to, each once, sorted.
class LivingChunks {
 public:
  void add(std::span<const ChunkId> ids) { ids_.insert(ids_.end(), ids.begin(), ids.end()); }
  void sort() {
    std::ranges::sort(ids_);
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
  }
  bool contains(const ChunkId& id) const { return std::ranges::binary_search(ids_, id); }

 private:
  std::vector<ChunkId> ids_;
};

// A pack, seen by who holds no key.
struct PackLook {
  PackId id;
  uint64_t size = 0, frame_bytes = 0, living_bytes = 0;
  std::vector<uint32_t> living;  // frames
};

// The living frames of one domain's mostly dead packs, copied into new ones of about the usual size.
class Mover {
 public:
  Mover(Keeper& keeper, const DomainId& domain) : keeper_(keeper), domain_(domain) {}

  Status add(const PackLook& look, const PackTable& table) {
    for (uint32_t index : look.living) {
      const FrameEntry& frame = table.frames[index];
      if (!sink_) TRY(begin());
      Bytes stored = TRY(keeper_.pack_range(look.id, frame.offset, frame.stored_length));
      FrameEntry moved = frame;
      moved.offset = offset_;
      moved.origin = origin_number(table.origins[frame.origin]);
      TRY(sink_->append(stored));
      offset_ += stored.size();
      table_size_ += moved.chunks.size() * kTableChunk;
      table_.frames.push_back(std::move(moved));
      if (offset_ >= kPackTarget || table_size_ >= kTableTarget) TRY(finish());
    }
    return {};
  }

  Status finish() {
    if (!sink_) return {};
    PackId made = TRY(sink_->finish(table_));
    bytes_ += TRY(keeper_.pack_size(made));
    made_.insert(made);
    sink_.reset();
    return {};
  }

  uint64_t bytes() const { return bytes_; }
  const std::set<PackId>& made() const { return made_; }

 private:
  Status begin() {
    sink_ = TRY(keeper_.begin_pack(domain_));
    table_ = PackTable();
    table_.domain = domain_;
    offset_ = table_size_ = 0;
    return {};
  }

  uint32_t origin_number(const Origin& origin) {
    auto same = [&](const Origin& other) {
      return other.salt == origin.salt && other.session == origin.session;
    };
    auto found = std::ranges::find_if(table_.origins, same);
    if (found == table_.origins.end()) found = table_.origins.insert(found, origin);
    return static_cast<uint32_t>(found - table_.origins.begin());
  }

  Keeper& keeper_;
  const DomainId domain_;
  std::unique_ptr<PackSink> sink_;
  PackTable table_;
  uint64_t offset_ = 0, table_size_ = 0, bytes_ = 0;
  std::set<PackId> made_;
};

class Sweep {
 public:
  Sweep(Keeper& keeper, const Clock& clock, Progress& progress, PruneReport& report)
      : keeper_(keeper), clock_(clock), progress_(progress), report_(report) {}

  Status run() {
    auto alone = TRY(keeper_.lock_collection());
    LogState state = TRY(read_log_state(keeper_));
    TRY(check_records(state));
    last_sequence_ = state.last_sequence;
    if (!TRY(find_lent(state))) return {};
    const auto by_domain = TRY(packs_by_domain());
    const auto marks = TRY(keeper_.doubtful());
    for (const DoubtfulPack& mark : marks) doubtful_.insert(mark.pack);
    progress_.stage(tr("collecting"), by_domain.size());
    for (const auto& [domain, packs] : by_domain) {
      TRY(collect(domain, packs, state));
      progress_.advance(1);
    }
    progress_.done();
    if (condemned_.empty()) return {};
    const uint64_t freed =
        TRY(keeper_.delete_packs(condemned_, [&]() -> Result<std::set<PackId>> { return needed_since(); }));
    report_.bytes_freed = freed > moved_bytes_ ? freed - moved_bytes_ : 0;
    return {};
  }

 private:
  // Old enough ones only: the commit of a young one may be on its way.
  Result<std::map<DomainId, std::vector<PackId>>> packs_by_domain() {
    std::map<DomainId, std::vector<PackId>> found;
    const std::vector<PackId> packs = TRY(keeper_.packs());
    for (const PackId& pack : packs) {
      auto stat = keeper_.pack_stat(pack);
      if (!stat || stat->mtime_ns > clock_.now().ns - kGrace) continue;
      auto table = table_of(pack);
      if (!table && table.error().code == Code::unsupported) return fail(std::move(table).error());
      if (table) found[table->domain].push_back(pack);  // verify names the others
    }
    return found;
  }

  Result<PackTable> table_of(const PackId& pack) {
    auto read = [&](uint64_t offset, uint64_t length) { return keeper_.pack_range(pack, offset, length); };
    OpenPack opened = TRY(read_pack_table(TRY(keeper_.pack_size(pack)), read));
    return std::move(opened.table);
  }

  bool lives(const LoggedSnapshot& snapshot) const {
    return !snapshot.removed || snapshot.removed->ns + kGrace > clock_.now().ns;
  }

  // What the living snapshots of a domain refer to; false when that cannot be known.
  Result<bool> find_living(const DomainId& domain, const LogState& state, LivingChunks& living) {
    References references(keeper_, nullptr);
    for (const LoggedSnapshot& snapshot : state.snapshots) {
      if (snapshot.commit.domain != domain || !lives(snapshot)) continue;
      Status listed =
          references.for_each(snapshot.commit, [&](std::span<const ChunkId> ids) { living.add(ids); });
      if (listed) continue;
      if (listed.error().code != Code::corrupt && listed.error().code != Code::not_found)
        return fail(std::move(listed).error());
      report_.left_alone.push_back(
          tr("what snapshot {} refers to cannot be read, so nothing of its site is collected: {}",
             snapshot.id.hex().substr(0, 12), listed.error().what));
      return false;
    }
    for (const KnownImport& import : keeper_.imports())
      if (import.domain == domain) living.add(import.pieces);
    living.sort();
    return true;
  }

  // The packs of earlier epochs in which living snapshots of later ones have something, by an import. They
  // are neither moved nor deleted: the import names them.
  Result<bool> find_lent(const LogState& state) {
    std::map<DomainId, LivingChunks> living;
    for (const KnownImport& import : keeper_.imports()) {
      if (!import.run) {
        report_.left_alone.push_back(
            tr("what a recovery took over from an earlier epoch cannot be read, so nothing is collected"));
        return false;
      }
      auto [known, fresh] = living.try_emplace(import.domain);
      if (fresh && !TRY(find_living(import.domain, state, known->second))) return false;
      for (const IndexRun::Entry& entry : import.run->entries)
        if (known->second.contains(entry.id)) lent_.insert(import.run->packs[entry.pack].id);
    }
    imports_seen_ = keeper_.imports().size();
    return true;
  }

  Status collect(const DomainId& domain, const std::vector<PackId>& packs, const LogState& state) {
    LivingChunks living;
    if (!TRY(find_living(domain, state, living))) return {};
    Mover mover(keeper_, domain);
    std::vector<PackId> emptied;
    for (const PackId& pack : packs) TRY(collect_pack(pack, living, mover, emptied));
    TRY(mover.finish());
    // Only now: all that was in them has another place, which is durable. Packs are named by their content,
    // so a new one could be an old one.
    std::erase_if(emptied, [&](const PackId& pack) { return mover.made().contains(pack); });
    condemned_.insert(condemned_.end(), emptied.begin(), emptied.end());
    moved_bytes_ += mover.bytes();
    return {};
  }

  Status collect_pack(const PackId& pack, const LivingChunks& living, Mover& mover,
                      std::vector<PackId>& emptied) {
    if (lent_.contains(pack)) return {};
    PackTable table = TRY(table_of(pack));
    PackLook look{pack, TRY(keeper_.pack_size(pack)), 0, 0, {}};
    auto lives = [&](const ChunkEntry& chunk) { return living.contains(chunk.id); };
    for (uint32_t i = 0; i < table.frames.size(); ++i) {
      look.frame_bytes += table.frames[i].stored_length;
      if (std::ranges::none_of(table.frames[i].chunks, lives)) continue;
      look.living.push_back(i);
      look.living_bytes += table.frames[i].stored_length;
    }
    // Of a doubtful pack perhaps only these frames are true, and what else claims to hold them may be false:
    // without the key nobody knows, so it stays.
    if (!look.living.empty() && (doubtful_.contains(pack) || look.living_bytes * 2 >= look.frame_bytes))
      return {};
    if (!look.living.empty()) {
      // Under a new name, damage would look sound.
      auto read = [&](uint64_t offset, uint64_t length) { return keeper_.pack_range(pack, offset, length); };
      if (Status sound = check_pack_hash(pack, look.size, read); !sound) {
        if (sound.error().code != Code::corrupt) return sound;
        (void)keeper_.doubt({pack, Doubt::damaged});
        report_.left_alone.push_back(tr("pack {} is damaged and was not touched", pack.hex().substr(0, 16)));
        return {};
      }
      TRY(mover.add(look, table));
      ++report_.packs_moved;
    }
    emptied.push_back(pack);
    ++report_.packs_deleted;
    return {};
  }

  // Under the lock: which of the condemned packs do snapshots need that were entered meanwhile? Where they
  // also lie in a pack that stays, they need none.
  Result<std::set<PackId>> needed_since() {
    LogState state = TRY(read_log_state(keeper_));
    std::set<PackId> needed;
    const std::set<PackId> condemned(condemned_.begin(), condemned_.end());
    const auto& imports = keeper_.imports();
    for (size_t i = imports_seen_; i < imports.size(); ++i) {
      if (!imports[i].run) return condemned;
      for (const IndexRun::Pack& pack : imports[i].run->packs) needed.insert(pack.id);
    }
    References references(keeper_, nullptr);
    for (const LoggedSnapshot& snapshot : state.snapshots) {
      if (snapshot.sequence <= last_sequence_) continue;
      std::vector<ChunkId> ids;
      TRY(references.for_each(snapshot.commit, [&](std::span<const ChunkId> more) {
        ids.insert(ids.end(), more.begin(), more.end());
      }));
      for (const ChunkId& id : ids) {
        const std::vector<Location> places = TRY(keeper_.locate(snapshot.commit.domain, id));
        auto goes = [&](const Location& place) { return condemned.contains(place.pack); };
        if (std::ranges::all_of(places, goes))
          for (const Location& place : places) needed.insert(place.pack);
      }
    }
    return needed;
  }

  Keeper& keeper_;
  const Clock& clock_;
  Progress& progress_;
  PruneReport& report_;
  uint64_t last_sequence_ = 0, moved_bytes_ = 0;
  std::set<PackId> doubtful_, lent_;
  size_t imports_seen_ = 0;
  std::vector<PackId> condemned_;
};

}  // namespace

Status mark_removals(Keeper& keeper, const Clock& clock, PruneReport& report) {
  LogState state = TRY(read_log_state(keeper));
  TRY(check_records(state));
  std::vector<Candidate> candidates;
  for (const LoggedSnapshot& snapshot : state.snapshots)
    if (!snapshot.removed)
      candidates.push_back({snapshot.id, snapshot.commit.domain, snapshot.received, snapshot.pinned});
  // A snapshot that came while the clock stood ahead makes none before it older than they are today.
  const std::vector<Keep> kept = decide_retention(candidates, std::min(state.newest, clock.now()));
  Removal removal;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (kept[i] == Keep::removed) {
      removal.snapshots.push_back(candidates[i].id);
    } else {
      ++report.kept;
      if (kept[i] == Keep::pinned) ++report.pinned;
    }
  }
  if (removal.snapshots.empty()) return {};
  TRY(keeper.append_removal(removal, [&]() -> Status {
    // Under the lock: the owner may have signed a hold meanwhile.
    LogState now = TRY(read_log_state(keeper));
    TRY(check_records(now));
    const std::set<SnapshotId> going(removal.snapshots.begin(), removal.snapshots.end());
    auto held = [&](const LoggedSnapshot& snapshot) {
      return snapshot.pinned && going.contains(snapshot.id);
    };
    if (std::ranges::none_of(now.snapshots, held)) return {};
    return fail(
        make_error(Code::busy, tr("a snapshot was put on hold meanwhile")).then(tr("try again in a moment")));
  }));
  report.removed = std::move(removal.snapshots);
  return {};
}

Status sweep(Keeper& keeper, const Clock& clock, Progress& progress, PruneReport& report) {
  return Sweep(keeper, clock, progress, report).run();
}

Result<PruneReport> prune(Keeper& keeper, const Clock& clock, Progress& progress) {
  PruneReport report;
  TRY(mark_removals(keeper, clock, report));
  TRY(sweep(keeper, clock, progress, report));
  const std::map<SnapshotId, Time> removed = TRY(removed_snapshots(keeper));
  for (const auto& [id, time] : removed)
    if (time.ns + kGrace > clock.now().ns) ++report.waiting;
  return report;
}

}  // namespace aplomb::vault

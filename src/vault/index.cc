#include "vault/index.h"

#include <algorithm>
#include <optional>

#include "base/messages.h"

namespace aplomb::vault {
namespace {

constexpr size_t kEntrySize = ChunkId::kSize + 16, kPackSize = PackId::kSize + 8;

// The entries with this id, in a sorted run.
std::span<const IndexRun::Entry> find(const IndexRun& run, const ChunkId& id) {
  auto less = [](const auto& a, const auto& b) {
    if constexpr (std::is_same_v<std::decay_t<decltype(a)>, ChunkId>)
      return a < b.id;
    else
      return a.id < b;
  };
  auto first = std::lower_bound(run.entries.begin(), run.entries.end(), id, less);
  auto last = first;
  while (last != run.entries.end() && last->id == id) ++last;
  return {first, last};
}

}  // namespace

Bytes encode(const IndexRun& run) {
  ByteWriter writer;
  writer.bytes(as_bytes({kIndexMagic, kMagicSize}));
  writer.u8(kFormat);
  writer.id(run.domain);
  writer.varint(run.packs.size());
  for (const IndexRun::Pack& pack : run.packs) {
    writer.id(pack.id);
    writer.u64(pack.size);
  }
  writer.varint(run.entries.size());
  for (const IndexRun::Entry& entry : run.entries) {
    writer.id(entry.id);
    writer.u32(entry.pack);
    writer.u32(entry.frame);
    writer.u32(entry.offset);
    writer.u32(entry.length);
  }
  writer.id(crypto::sha256(writer.view()));
  return writer.take();
}

Result<IndexRun> decode_index_run(ByteView bytes) {
  if (bytes.size() < Sha256::kSize) return fail(Code::corrupt, tr("an index run is too short"));
  ByteView covered = bytes.first(bytes.size() - Sha256::kSize);
  ByteReader tail(bytes.subspan(covered.size()));
  if (TRY(tail.id<Sha256>()) != crypto::sha256(covered))
    return fail(Code::corrupt, tr("an index run is damaged"));
  ByteReader reader(covered);
  ByteView magic = TRY(reader.bytes(kMagicSize));
  uint8_t format = TRY(reader.u8());
  if (as_text(magic) != std::string_view(kIndexMagic, kMagicSize) || format != kFormat)
    return fail(Code::unsupported, tr("an index run is of another format"));
  IndexRun run;
  run.domain = TRY(reader.id<DomainId>());
  uint64_t pack_count = TRY(reader.varint());
  if (pack_count > reader.remaining() / kPackSize) return fail(Code::corrupt, tr("an index run is damaged"));
  for (uint64_t i = 0; i < pack_count; ++i) {
    IndexRun::Pack pack;
    pack.id = TRY(reader.id<PackId>());
    pack.size = TRY(reader.u64());
    run.packs.push_back(pack);
  }
  uint64_t entry_count = TRY(reader.varint());
  if (entry_count > reader.remaining() / kEntrySize)
    return fail(Code::corrupt, tr("an index run is damaged"));
  run.entries.reserve(static_cast<size_t>(entry_count));
  for (uint64_t i = 0; i < entry_count; ++i) {
    IndexRun::Entry entry;
    entry.id = TRY(reader.id<ChunkId>());
    entry.pack = TRY(reader.u32());
    entry.frame = TRY(reader.u32());
    entry.offset = TRY(reader.u32());
    entry.length = TRY(reader.u32());
    if (entry.pack >= run.packs.size() || (!run.entries.empty() && entry.id < run.entries.back().id))
      return fail(Code::corrupt, tr("an index run is damaged"));
    run.entries.push_back(entry);
  }
  TRY(reader.finish());
  return run;
}

IndexRun merge(const std::vector<const IndexRun*>& runs) {
  IndexRun merged;
  std::map<PackId, uint32_t> numbers;
  for (const IndexRun* run : runs) {
    merged.domain = run->domain;
    std::vector<std::optional<uint32_t>> number_of(
        run->packs.size());  // of the packs that came with this run
    for (size_t i = 0; i < run->packs.size(); ++i) {
      auto [place, fresh] = numbers.try_emplace(run->packs[i].id, static_cast<uint32_t>(merged.packs.size()));
      if (!fresh) continue;
      merged.packs.push_back(run->packs[i]);
      number_of[i] = place->second;
    }
    for (IndexRun::Entry entry : run->entries) {
      if (!number_of[entry.pack]) continue;
      entry.pack = *number_of[entry.pack];
      merged.entries.push_back(entry);
    }
  }
  std::stable_sort(merged.entries.begin(), merged.entries.end(),
                   [](const IndexRun::Entry& a, const IndexRun::Entry& b) { return a.id < b.id; });
  return merged;
}

void Index::add_pack(const PackId& pack, const PackTable& table, uint64_t size) {
  if (!known_packs_.insert(pack).second) return;
  Domain& domain = domains_[table.domain];
  std::vector<IndexRun::Entry> entries;
  for (size_t frame = 0; frame < table.frames.size(); ++frame) {
    uint32_t offset = 0;
    for (const ChunkEntry& chunk : table.frames[frame].chunks) {
      entries.push_back({chunk.id, 0, static_cast<uint32_t>(frame), offset, chunk.length});
      domain.fresh_ids[chunk.id].push_back({pack, static_cast<uint32_t>(frame), offset, chunk.length});
      offset += chunk.length;
    }
  }
  domain.fresh.emplace_back(IndexRun::Pack{pack, size}, std::move(entries));
}

void Index::add_run(IndexRun run) {
  for (const IndexRun::Pack& pack : run.packs) known_packs_.insert(pack.id);
  domains_[run.domain].runs.push_back(std::move(run));
}

bool Index::has(const DomainId& domain, const ChunkId& id, const std::set<PackId>& doubtful) const {
  auto found = domains_.find(domain);
  if (found == domains_.end()) return false;
  auto sound = [&](const PackId& pack) { return doubtful.empty() || !doubtful.contains(pack); };
  if (auto fresh = found->second.fresh_ids.find(id); fresh != found->second.fresh_ids.end())
    if (std::ranges::any_of(fresh->second, sound, &Location::pack)) return true;
  return std::ranges::any_of(found->second.runs, [&](const IndexRun& run) {
    return std::ranges::any_of(find(run, id),
                               [&](const IndexRun::Entry& entry) { return sound(run.packs[entry.pack].id); });
  });
}

std::vector<Location> Index::locate(const DomainId& domain, const ChunkId& id) const {
  std::vector<Location> locations;
  auto found = domains_.find(domain);
  if (found == domains_.end()) return locations;
  if (auto fresh = found->second.fresh_ids.find(id); fresh != found->second.fresh_ids.end())
    locations = fresh->second;
  for (const IndexRun& run : found->second.runs)
    for (const IndexRun::Entry& entry : find(run, id))
      locations.push_back({run.packs[entry.pack].id, entry.frame, entry.offset, entry.length});
  return locations;
}

std::optional<std::vector<ChunkId>> Index::ids(const DomainId& domain, size_t most) const {
  std::vector<ChunkId> ids;
  auto found = domains_.find(domain);
  if (found == domains_.end()) return ids;
  size_t count = found->second.fresh_ids.size();
  for (const IndexRun& run : found->second.runs) count += run.entries.size();
  if (count > most) return std::nullopt;
  ids.reserve(count);
  for (const auto& [id, places] : found->second.fresh_ids) ids.push_back(id);
  for (const IndexRun& run : found->second.runs)
    for (const IndexRun::Entry& entry : run.entries) ids.push_back(entry.id);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

std::vector<IndexRun> Index::take_new_runs() {
  std::vector<IndexRun> runs;
  for (auto& [id, domain] : domains_) {
    if (domain.fresh.empty()) continue;
    IndexRun run;
    run.domain = id;
    for (auto& [pack, entries] : domain.fresh) {
      for (IndexRun::Entry& entry : entries) {
        entry.pack = static_cast<uint32_t>(run.packs.size());
        run.entries.push_back(entry);
      }
      run.packs.push_back(pack);
    }
    std::stable_sort(run.entries.begin(), run.entries.end(),
                     [](const IndexRun::Entry& a, const IndexRun::Entry& b) { return a.id < b.id; });
    domain.fresh.clear();
    domain.fresh_ids.clear();
    domain.runs.push_back(run);
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace aplomb::vault

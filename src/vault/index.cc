#include "vault/index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "base/messages.h"

namespace aplomb::vault {
namespace {

constexpr size_t kEntrySize = ChunkId::kSize + 16, kPackSize = PackId::kSize + 8;

// Where an id stands among all ids, in 2^31sts.
int64_t rank(const ChunkId& id) {
  uint32_t first = uint32_t{id.bytes[0]} << 24 | uint32_t{id.bytes[1]} << 16 | uint32_t{id.bytes[2]} << 8 |
                   uint32_t{id.bytes[3]};
  return first >> 1;
}

uint64_t first_bytes(const ChunkId& id) {
  uint64_t value;
  std::memcpy(&value, id.bytes.data(), sizeof value);
  return std::endian::native == std::endian::little ? std::byteswap(value) : value;
}

// Nearly always decided by the first eight bytes.
bool before(const ChunkId& a, const ChunkId& b) {
  uint64_t first = first_bytes(a), second = first_bytes(b);
  return first != second ? first < second : a < b;
}

// The entries with this id, in a sorted run. Ids are hashes, so that they are spread evenly: the search
// begins where this one should be by what stands where it would be at first sight, and doubles its steps from
// there. Of a million places that touches a few that lie together, instead of twenty all over them.
std::span<const IndexRun::Entry> find(const IndexRun& run, const ChunkId& id) {
  const std::vector<IndexRun::Entry>& entries = run.entries;
  const size_t size = entries.size();
  if (size == 0) return {};
  const int64_t count = static_cast<int64_t>(std::min<size_t>(size, INT32_MAX)), wanted = rank(id);
  const int64_t sight = wanted * count >> 31;
  const int64_t off = (wanted - rank(entries[static_cast<size_t>(sight)].id)) * count >> 31;
  const size_t guess = static_cast<size_t>(std::clamp<int64_t>(sight + off, 0, count - 1));
  size_t low = guess, high = guess;  // what is before low is less, what is from high on is not
  for (size_t step = 1; low > 0 && !before(entries[low - 1].id, id); step *= 2) {
    high = low;
    low -= std::min(step, low);
  }
  for (size_t step = 1; high < size && before(entries[high].id, id); step *= 2) {
    low = high + 1;
    high = std::min(size, high + step);
  }
  auto begin = entries.begin();
  auto first = std::partition_point(begin + static_cast<ptrdiff_t>(low), begin + static_cast<ptrdiff_t>(high),
                                    [&](const IndexRun::Entry& entry) { return before(entry.id, id); });
  auto last = first;
  while (last != entries.end() && last->id == id) ++last;
  return {first, last};
}

}  // namespace

Bytes encode(const IndexRun& run) {
  constexpr size_t kRest = 128;  // header, counts, hash
  ByteWriter writer;
  writer.reserve(kRest + run.packs.size() * kPackSize + run.entries.size() * kEntrySize);
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
    if (entry.pack >= run.packs.size() || (!run.entries.empty() && before(entry.id, run.entries.back().id)))
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
  domain.fresh.domain = table.domain;
  uint32_t number = static_cast<uint32_t>(domain.fresh.packs.size());
  domain.fresh.packs.push_back({pack, size});
  size_t chunks = 0;
  for (const FrameEntry& frame : table.frames) chunks += frame.chunks.size();
  if (size_t needed = domain.fresh.entries.size() + chunks; needed > domain.fresh.entries.capacity())
    domain.fresh.entries.reserve(needed + needed / 4);  // twice of a million would be 50 MB for nothing
  for (size_t frame = 0; frame < table.frames.size(); ++frame) {
    uint32_t offset = 0;
    for (const ChunkEntry& chunk : table.frames[frame].chunks) {
      domain.fresh.entries.push_back({chunk.id, number, static_cast<uint32_t>(frame), offset, chunk.length});
      offset += chunk.length;
    }
  }
  domain.sorted = false;
}

void Index::Domain::sort() const {
  if (std::exchange(sorted, true)) return;
  std::ranges::sort(fresh.entries, [](const IndexRun::Entry& a, const IndexRun::Entry& b) {
    return std::tie(a.id, a.pack, a.frame, a.offset) < std::tie(b.id, b.pack, b.frame, b.offset);
  });
}

void Index::add_run(IndexRun run) {
  for (const IndexRun::Pack& pack : run.packs) known_packs_.insert(pack.id);
  domains_[run.domain].runs.push_back(std::make_shared<const IndexRun>(std::move(run)));
}

void Index::add_import(const std::shared_ptr<const IndexRun>& import) {
  auto& imports = domains_[import->domain].imports;
  if (std::ranges::find(imports, import) == imports.end()) imports.push_back(import);
}

std::vector<ChunkId> Index::imported_ids(const DomainId& domain, const PackId& pack, uint32_t frame) const {
  std::vector<std::tuple<uint32_t, uint32_t, ChunkId>> places;
  if (auto found = domains_.find(domain); found != domains_.end())
    for (const auto& run : found->second.imports)
      for (const IndexRun::Entry& entry : run->entries)
        if (entry.frame >= frame && run->packs[entry.pack].id == pack)
          places.emplace_back(entry.frame, entry.offset, entry.id);
  std::ranges::sort(places);
  std::vector<ChunkId> ids;
  for (const auto& place : places) ids.push_back(std::get<ChunkId>(place));
  return ids;
}

bool Index::has(const DomainId& domain, const ChunkId& id, const std::set<PackId>& doubtful) const {
  auto found = domains_.find(domain);
  if (found == domains_.end()) return false;
  found->second.sort();
  auto in = [&](const IndexRun& run) {
    return std::ranges::any_of(find(run, id), [&](const IndexRun::Entry& entry) {
      return doubtful.empty() || !doubtful.contains(run.packs[entry.pack].id);
    });
  };
  auto imported = [&](const IndexRun& run) {
    return std::ranges::any_of(find(run, id), [&](const IndexRun::Entry& entry) {
      const PackId& pack = run.packs[entry.pack].id;
      return known_packs_.contains(pack) && !doubtful.contains(pack);
    });
  };
  return in(found->second.fresh) ||
         std::ranges::any_of(found->second.runs, [&](const auto& run) { return in(*run); }) ||
         std::ranges::any_of(found->second.imports, [&](const auto& run) { return imported(*run); });
}

std::vector<Location> Index::locate(const DomainId& domain, const ChunkId& id) const {
  std::vector<Location> locations;
  auto found = domains_.find(domain);
  if (found == domains_.end()) return locations;
  found->second.sort();
  auto add = [&](const IndexRun& run) {
    for (const IndexRun::Entry& entry : find(run, id))
      locations.push_back({run.packs[entry.pack].id, entry.frame, entry.offset, entry.length});
  };
  add(found->second.fresh);
  for (const auto& run : found->second.runs) add(*run);
  const size_t own = locations.size();
  for (const auto& run : found->second.imports) add(*run);
  locations.erase(std::remove_if(locations.begin() + static_cast<ptrdiff_t>(own), locations.end(),
                                 [&](const Location& place) { return !known_packs_.contains(place.pack); }),
                  locations.end());
  return locations;
}

std::optional<std::vector<ChunkId>> Index::ids(const DomainId& domain, size_t most) const {
  std::vector<ChunkId> ids;
  auto found = domains_.find(domain);
  if (found == domains_.end()) return ids;
  size_t count = found->second.fresh.entries.size();
  for (const auto* runs : {&found->second.runs, &found->second.imports})
    for (const auto& run : *runs) count += run->entries.size();
  if (count > most) return std::nullopt;
  ids.reserve(count);
  for (const IndexRun::Entry& entry : found->second.fresh.entries) ids.push_back(entry.id);
  for (const auto* runs : {&found->second.runs, &found->second.imports})
    for (const auto& run : *runs)
      for (const IndexRun::Entry& entry : run->entries) ids.push_back(entry.id);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

std::vector<std::shared_ptr<const IndexRun>> Index::take_new_runs() {
  std::vector<std::shared_ptr<const IndexRun>> runs;
  for (auto& [id, domain] : domains_) {
    if (domain.fresh.packs.empty()) continue;
    domain.sort();
    domain.runs.push_back(std::make_shared<const IndexRun>(std::exchange(domain.fresh, IndexRun())));
    runs.push_back(domain.runs.back());
  }
  return runs;
}

}  // namespace aplomb::vault

#include "judge/seen.h"

#include <algorithm>
#include <cstring>

#include "crypto/crypto.h"
#include "vault/frame.h"

namespace aplomb::judge {
namespace {

constexpr std::string_view kMagic = "APLMSEE0";
constexpr uint64_t kBlockMax = 512ull << 20, kPathMax = 1 << 20;
constexpr int kLevel = 9;

// Calls take(time, path, prefix) for each entry of each whole block; returns how many bytes those take.
size_t for_each_entry(ByteView bytes, auto&& take) {
  if (!as_text(bytes).starts_with(kMagic)) return 0;
  ByteReader reader(bytes.subspan(kMagic.size()));
  size_t whole = kMagic.size();
  auto read_block = [&]() -> Status {
    uint32_t size = TRY(reader.u32());
    Bytes block = TRY(vault::decompress(TRY(reader.bytes(size)), kBlockMax));
    ByteReader entries(block);
    Time time{TRY(entries.i64())};
    uint64_t count = TRY(entries.varint());
    std::string path;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t shared = TRY(entries.varint());
      if (shared > path.size()) return fail(Code::corrupt, "path");
      path.resize(shared);
      path += TRY(entries.text(kPathMax));
      take(time, path, TRY(entries.bytes(kSeenPrefix)));
    }
    return entries.finish();
  };
  while (!reader.at_end()) {
    if (!read_block()) return whole;
    whole = kMagic.size() + reader.offset();
  }
  return whole;
}

}  // namespace

uint64_t SeenList::identity(const std::string& path, ByteView prefix) const {
  ByteWriter writer;
  writer.bytes(prefix);
  writer.text(path);
  auto mac = crypto::hmac_sha256(key_, writer.view());
  uint64_t value = 0;
  std::memcpy(&value, mac.data(), sizeof value);
  return value;
}

SeenList SeenList::decode(ByteView bytes, ByteView key) {
  SeenList list(key);
  size_t whole = for_each_entry(bytes, [&](Time, const std::string& path, ByteView prefix) {
    list.known_.push_back(list.identity(path, prefix));
  });
  std::ranges::sort(list.known_);
  list.bytes_.assign(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(whole));
  return list;
}

bool SeenList::add(Time time, std::vector<std::pair<std::string, Sha256>> files) {
  std::vector<uint64_t> fresh;
  std::erase_if(files, [&](const auto& file) {
    uint64_t mine = identity(file.first, file.second.view().first(kSeenPrefix));
    if (std::ranges::binary_search(known_, mine)) return true;
    fresh.push_back(mine);
    return false;
  });
  if (files.empty()) return false;
  std::ranges::sort(files);
  files.erase(std::ranges::unique(files).begin(), files.end());
  std::ranges::sort(fresh);
  auto middle = static_cast<ptrdiff_t>(known_.size());
  known_.insert(known_.end(), fresh.begin(), fresh.end());
  std::inplace_merge(known_.begin(), known_.begin() + middle, known_.end());
  ByteWriter block;
  block.i64(time.ns);
  block.varint(files.size());
  std::string_view before;
  for (const auto& [path, hash] : files) {
    auto shared = static_cast<size_t>(std::ranges::mismatch(path, before).in1 - path.begin());
    block.varint(shared);
    block.text(std::string_view(path).substr(shared));
    block.bytes(hash.view().first(kSeenPrefix));
    before = path;
  }
  Bytes packed = vault::compress(block.view(), kLevel);
  ByteWriter writer;
  if (bytes_.empty()) writer.bytes(as_bytes(kMagic));
  writer.u32(static_cast<uint32_t>(packed.size()));
  writer.bytes(packed);
  bytes_.insert(bytes_.end(), writer.view().begin(), writer.view().end());
  return true;
}

std::vector<Sighting> find_sightings(ByteView list, const std::set<Sha256>& hashes) {
  std::vector<Sighting> found;
  for_each_entry(list, [&](Time time, const std::string& path, ByteView prefix) {
    Sha256 lowest;  // the first hash that begins so
    std::ranges::copy(prefix, lowest.bytes.begin());
    for (auto hash = hashes.lower_bound(lowest);
         hash != hashes.end() && std::ranges::equal(hash->view().first(kSeenPrefix), prefix); ++hash)
      found.push_back({*hash, path, time});
  });
  return found;
}

}  // namespace aplomb::judge

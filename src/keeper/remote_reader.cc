#include <algorithm>

#include "keeper/remote_store.h"
#include "vault/index.h"

namespace aplomb::keeper {
namespace {

constexpr uint32_t kEntriesStep = 1024 * 1024;
constexpr uint64_t kTailStep = 256 * 1024;
constexpr size_t kPlacesKept = 200'000;

}  // namespace

Result<vault::VaultHeader> RemoteReader::header() {
  return header_of(*client_);
}

Result<std::vector<vault::LogHead>> RemoteReader::log() {
  Bytes answer = TRY(client_->call(Verb::log, {}));
  {
    std::lock_guard lock(mutex_);
    places_.clear();  // the keeper may have learnt of packs
  }
  return understood(*client_, decode_log(answer));
}

// Entries are read in order by everybody, so the next ones come along.
Result<vault::LogEntry> RemoteReader::log_entry(const vault::LogHead& head) {
  std::lock_guard lock(mutex_);
  if (!entries_.contains(head.sequence)) {
    entries_.clear();
    Bytes answer = TRY(client_->call(Verb::entries, encode(EntriesCall{head.sequence, kEntriesStep})));
    std::vector<SentEntry> sent = TRY(understood(*client_, decode_sent(answer)));
    for (SentEntry& entry : sent) entries_.emplace(entry.sequence, std::move(entry.entry));
  }
  auto found = entries_.find(head.sequence);
  if (found == entries_.end()) return fail(Code::not_found, tr("log entry {} is not there", head.sequence));
  Result<vault::LogEntry> entry = std::move(found->second);
  entries_.erase(found);
  if (entry && (entry->sequence != head.sequence || entry->kind != head.kind))
    return fail(Code::corrupt, tr("a log entry lies under another's name"));
  return entry;
}

Status RemoteReader::load_packs() {
  Bytes answer = TRY(client_->call(Verb::packs, {}));
  std::vector<SizedPack> packs = TRY(understood(*client_, decode_packs(answer)));
  sizes_.clear();
  for (const SizedPack& pack : packs) sizes_[pack.id] = pack.size;
  return {};
}

Result<std::vector<vault::PackId>> RemoteReader::packs() {
  std::lock_guard lock(mutex_);
  TRY(load_packs());
  std::vector<vault::PackId> ids;
  for (const auto& [id, size] : sizes_) ids.push_back(id);
  return ids;
}

Result<uint64_t> RemoteReader::pack_size(const vault::PackId& pack) {
  std::lock_guard lock(mutex_);
  if (!sizes_.contains(pack)) TRY(load_packs());
  auto found = sizes_.find(pack);
  if (found != sizes_.end()) return found->second;
  return fail(make_error(Code::not_found, tr("pack {} is not in the vault", pack.hex().substr(0, 12))));
}

Result<Bytes> RemoteReader::fetch(const vault::PackId& pack, uint64_t offset, uint64_t length) {
  if (length > vault::kPackMax) return fail(Code::corrupt, tr("a pack says an impossible length"));
  Bytes bytes =
      TRY(client_->call(Verb::range, encode(RangeCall{pack, offset, static_cast<uint32_t>(length)})));
  if (bytes.size() != length) return fail(client_->broken_protocol());
  return bytes;
}

// The footer is asked for first, then the table before it: both come with one call.
Result<Bytes> RemoteReader::pack_range(const vault::PackId& pack, uint64_t offset, uint64_t length) {
  uint64_t tail_from = 0;
  {
    std::lock_guard lock(mutex_);
    if (tail_.pack == pack && offset >= tail_.offset && length <= tail_.bytes.size() &&
        offset - tail_.offset <= tail_.bytes.size() - length) {
      auto first = tail_.bytes.begin() + static_cast<ptrdiff_t>(offset - tail_.offset);
      return Bytes(first, first + static_cast<ptrdiff_t>(length));
    }
    auto size = sizes_.find(pack);
    bool at_end =
        size != sizes_.end() && length <= vault::kFooterSize && checked_add(offset, length) == size->second;
    if (!at_end)
      tail_from = offset;
    else
      tail_from = size->second - std::min(size->second, kTailStep);
  }
  if (tail_from >= offset) return fetch(pack, offset, length);
  Tail tail{pack, tail_from, TRY(fetch(pack, tail_from, offset + length - tail_from))};
  Bytes asked(tail.bytes.end() - static_cast<ptrdiff_t>(length), tail.bytes.end());
  std::lock_guard lock(mutex_);
  tail_ = std::move(tail);
  return asked;
}

Result<std::vector<vault::Location>> RemoteReader::locate(const vault::DomainId& domain,
                                                          const vault::ChunkId& id) {
  std::lock_guard lock(mutex_);
  auto known = places_.find({domain, id});
  if (known != places_.end()) return known->second;
  Bytes answer = TRY(client_->call(Verb::locate, encode(LocateCall{domain, id})));
  if (answer.empty()) return std::vector<vault::Location>();
  vault::IndexRun run = TRY(understood(*client_, vault::decode_index_run(answer)));
  if (run.domain != domain) return fail(client_->broken_protocol());
  if (places_.size() > kPlacesKept) places_.clear();
  std::set<vault::ChunkId> fresh;
  for (const vault::IndexRun::Entry& entry : run.entries) {
    auto& places = places_[{domain, entry.id}];
    if (fresh.insert(entry.id).second) places.clear();
    places.push_back({run.packs[entry.pack].id, entry.frame, entry.offset, entry.length});
  }
  return places_[{domain, id}];
}

Result<std::vector<vault::DoubtfulPack>> RemoteReader::doubtful() {
  Bytes answer = TRY(client_->call(Verb::doubtful, {}));
  return understood(*client_, decode_doubts(answer));
}

Status RemoteReader::doubt(const vault::DoubtfulPack& pack) {
  return judge(Verb::doubt, pack);
}

Status RemoteReader::trust(const vault::DoubtfulPack& pack) {
  return judge(Verb::trust, pack);
}

Status RemoteReader::judge(Verb verb, const vault::DoubtfulPack& pack) {
  TRY(client_->call(verb, encode_doubts({pack})));
  std::lock_guard lock(mutex_);
  places_.clear();  // doubtful ones come last from now on
  return {};
}

}  // namespace aplomb::keeper

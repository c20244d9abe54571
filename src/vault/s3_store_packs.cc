// The packs of a vault on S3: new ones, which version of each counts, and the tables of those that others
// put.
#include <algorithm>

#include "base/messages.h"
#include "base/parallel.h"
#include "vault/format.h"
#include "vault/s3_store.h"

namespace aplomb::vault {
namespace {

constexpr unsigned kFetchers = 8;
constexpr uint64_t kHashStep = 4 << 20;
constexpr uint64_t kTailRead = 96 << 10;  // both tables of a usual pack, with one request

}  // namespace

std::optional<PackId> parse_s3_pack_name(std::string_view name) {
  constexpr std::string_view kEnd = ".pack";
  size_t slash = name.rfind('/');
  if (slash == std::string_view::npos || !name.ends_with(kEnd)) return std::nullopt;
  auto id = PackId::parse(name.substr(slash + 1, name.size() - slash - 1 - kEnd.size()));
  if (!id || pack_path(*id) != name) return std::nullopt;
  return id;
}

// Held in memory until it is whole: its name is its hash, and a store gives a name to what comes, at once.
class S3PackSink final : public PackSink {
 public:
  S3PackSink(S3Store& store, const DomainId& domain) : store_(store), domain_(domain) {
    bytes_.reserve(kPackTarget + kFrameMax);
  }

  Status append(ByteView frame) override {
    auto end = checked_add(bytes_.size(), frame.size());
    if (!end || *end > kPackMax)
      return fail(Code::limit, tr("a pack would become larger than the format allows"));
    bytes_.insert(bytes_.end(), frame.begin(), frame.end());
    return {};
  }

  Result<PackId> finish(const PackTable& table) override {
    if (table.domain != domain_) return fail(Code::refused, tr("a pack of another site's domain is refused"));
    TRY(check_frames(table, bytes_.size()));
    TRY(append(encode_pack_tail(table, bytes_.size())));
    PackId id;
    id.bytes = crypto::sha256(bytes_).bytes;
    TRY(store_.stored_pack(id, bytes_, table));
    return id;
  }

 private:
  S3Store& store_;
  const DomainId domain_;
  Bytes bytes_;
};

Result<std::unique_ptr<PackSink>> S3Store::begin_pack(const DomainId& domain) {
  return std::make_unique<S3PackSink>(*this, domain);
}

// From several threads.
Status S3Store::stored_pack(const PackId& id, ByteView bytes, const PackTable& table) {
  TRY_IN(client_->put(client_->address().key(pack_path(id)), bytes, lock_until()),
         tr("a pack could not be stored"));
  std::lock_guard lock(mutex_);
  index_.add_pack(id, table, bytes.size());
  own_[id] = bytes.size();
  return {};
}

Result<std::vector<bool>> S3Store::has(const DomainId& domain, std::span<const ChunkId> ids) {
  std::lock_guard lock(mutex_);
  std::vector<bool> answers;
  answers.reserve(ids.size());
  for (const ChunkId& id : ids) answers.push_back(index_.has(domain, id, doubtful_.packs()));
  return answers;
}

Result<std::vector<Location>> S3Store::locate(const DomainId& domain, const ChunkId& id) {
  return places_of(domain, id);
}

std::vector<Location> S3Store::places_of(const DomainId& domain, const ChunkId& id) {
  std::lock_guard lock(mutex_);
  std::vector<Location> places = index_.locate(domain, id);
  if (!doubtful_.packs().empty())
    std::ranges::stable_partition(
        places, [&](const Location& place) { return !doubtful_.packs().contains(place.pack); });
  return places;
}

Result<std::vector<DoubtfulPack>> S3Store::doubtful() {
  return cache_.folder() ? DoubtfulPacks::read(*cache_.folder()) : Result<std::vector<DoubtfulPack>>();
}

Status S3Store::doubt(const DoubtfulPack& pack) {
  DoubtfulPack told = pack;
  S3Version version;
  {
    std::lock_guard lock(mutex_);
    auto listed = packs_.find(pack.pack);
    if (listed == packs_.end() || doubtful_.marked(pack.pack)) return {};
    version = listed->second;
  }
  if (!TRY(hash_fits(pack.pack, version))) told.doubt = Doubt::damaged;
  {
    std::lock_guard lock(mutex_);
    doubtful_.mark(told);
  }
  return cache_.folder() ? DoubtfulPacks::mark_on_disk(*cache_.folder(), told) : Status();
}

Status S3Store::trust(const DoubtfulPack& pack) {
  if (cache_.folder()) TRY(DoubtfulPacks::clear_on_disk(*cache_.folder(), pack));
  std::lock_guard lock(mutex_);
  doubtful_.clear(pack);
  return {};
}

// Junk below packs/ is no damage of the vault: a pack is what has a table, and what a commit misses is found
// by its chunks.
Result<std::vector<PackId>> S3Store::packs() {
  std::lock_guard lock(mutex_);
  std::vector<PackId> ids;
  for (const auto& [id, version] : packs_) ids.push_back(id);
  return ids;
}

Result<uint64_t> S3Store::pack_size(const PackId& pack) {
  std::lock_guard lock(mutex_);
  auto found = packs_.find(pack);
  if (found == packs_.end()) return fail(Code::not_found, tr("the vault has no such pack"));
  return found->second.size;
}

Result<Bytes> S3Store::pack_range(const PackId& pack, uint64_t offset, uint64_t length) {
  std::string version;
  {
    std::lock_guard lock(mutex_);
    auto found = packs_.find(pack);
    if (found == packs_.end()) return fail(Code::not_found, tr("the vault has no such pack"));
    version = found->second.id;
    if (length > kPackMax || offset > found->second.size || length > found->second.size - offset)
      return fail(make_error(Code::corrupt, tr("the pack ends too early")).at(pack_path(pack)));
  }
  return client_->get_range(client_->address().key(pack_path(pack)), version, offset, length);
}

Status S3Store::refresh_packs() {
  auto doubts = TRY(doubtful());
  {
    std::lock_guard lock(mutex_);
    doubtful_.set_marks(doubts);
  }
  Versions listed =
      TRY(list("packs/", [](std::string_view name) { return parse_s3_pack_name(name).has_value(); }));
  std::vector<std::pair<PackId, std::optional<S3Version>>> chosen;
  std::vector<const std::vector<S3Version>*> versions;
  for (const auto& [name, of_name] : listed) {
    chosen.emplace_back(*parse_s3_pack_name(name), std::nullopt);
    versions.push_back(&of_name);
  }
  std::vector<S3CachedRun> runs;
  if (!loaded_) runs = cache_.runs();
  std::map<PackId, S3VersionMark> remembered;
  for (const S3CachedRun& run : runs)
    for (size_t i = 0; i < run.run.packs.size(); ++i) remembered[run.run.packs[i].id] = run.versions[i];
  for (const auto& [id, version] : packs_) remembered[id] = S3VersionMark::of(version);
  TRY(parallel_for(chosen.size(), kFetchers, [&](size_t i) -> Status {
    auto known = remembered.find(chosen[i].first);
    if (known != remembered.end()) {
      auto same = std::ranges::find(*versions[i], known->second, &S3VersionMark::of);
      if (same != versions[i]->end()) {
        chosen[i].second = *same;
        return {};
      }
    }
    chosen[i].second = TRY(choose_version(chosen[i].first, *versions[i]));
    return {};
  }));
  std::map<PackId, S3Version> usable;
  for (auto& [id, version] : chosen)
    if (version) usable.emplace(id, std::move(*version));
  use_versions(std::move(usable), runs);
  TRY(read_new_tables());
  load_imports();
  return {};
}

void S3Store::load_imports() {
  for (const auto& [domain, listing] : log_.imports())
    if (std::ranges::find(imports_, listing, &KnownImport::listing) == imports_.end())
      imports_.push_back({domain, listing});
  read_imports(*this, imports_);
  std::lock_guard lock(mutex_);
  for (const KnownImport& import : imports_)
    if (import.run) index_.add_import(import.run);
}

Result<bool> S3Store::hash_fits(const PackId& pack, const S3Version& version) {
  if (version.size > kPackMax) return false;
  const std::string key = client_->address().key(pack_path(pack));
  crypto::Sha256Stream hash;
  for (uint64_t at = 0; at < version.size; at += kHashStep) {
    auto part = client_->get_range(key, version.id, at, std::min(kHashStep, version.size - at));
    if (!part && (part.error().code == Code::not_found || part.error().code == Code::corrupt)) return false;
    if (!part) return fail(std::move(part).error());
    hash.update(*part);
  }
  return hash.finish().bytes == pack.bytes;
}

// A pack's only version needs no hashing: its table, frames and chunks are checked when they are read.
Result<std::optional<S3Version>> S3Store::choose_version(const PackId& pack,
                                                         const std::vector<S3Version>& versions) {
  if (is_known_junk(pack, versions)) return std::nullopt;
  if (versions.size() == 1) return versions.front();
  auto found = TRY(first_valid(versions, [&](const S3Version& version) { return hash_fits(pack, version); }));
  if (!found) remember_junk(pack, versions);
  return found;
}

bool S3Store::is_known_junk(const PackId& pack, const std::vector<S3Version>& versions) {
  auto known = cache_.object("junk/" + pack.hex());
  return known && std::ranges::all_of(versions, [&](const S3Version& version) {
           return std::ranges::find(known->versions, S3VersionMark::of(version)) != known->versions.end();
         });
}

void S3Store::remember_junk(const PackId& pack, const std::vector<S3Version>& versions) {
  S3CachedObject junk;
  for (const S3Version& version : versions) junk.versions.push_back(S3VersionMark::of(version));
  cache_.keep_object("junk/" + pack.hex(), junk);
}

Result<OpenPack> S3Store::read_table(const PackId& pack, const S3Version& version) {
  const std::string key = client_->address().key(pack_path(pack));
  const uint64_t tail_at = version.size - std::min(version.size, kTailRead);
  Bytes tail = TRY(client_->get_range(key, version.id, tail_at, version.size - tail_at));
  return read_pack_table(version.size, [&](uint64_t offset, uint64_t length) -> Result<Bytes> {
    if (offset > version.size || length > version.size - offset)
      return fail(Code::corrupt, tr("the pack ends too early"));
    if (offset < tail_at) return client_->get_range(key, version.id, offset, length);
    ByteView part = ByteView(tail).subspan(offset - tail_at, length);
    return Bytes(part.begin(), part.end());
  });
}

// nullopt when it is no pack. Junk is hashed as a whole once, so that no slip of the network makes a pack
// junk.
Result<std::optional<OpenPack>> S3Store::open_listed(const PackId& pack, const S3Version& version) {
  for (bool again : {false, true}) {
    auto opened = read_table(pack, version);
    if (opened && opened->whole_size == opened->size) return std::move(*opened);
    // Whoever may put objects may put a pack of a format to come; it must not keep the vault from being read.
    Code why = opened ? Code::corrupt : opened.error().code;
    if (why == Code::unsupported) return std::nullopt;
    if (why != Code::corrupt && why != Code::not_found) return fail(std::move(opened).error());
    if (again || !TRY(hash_fits(pack, version))) break;
  }
  remember_junk(pack, {version});
  return std::nullopt;
}

Status S3Store::read_new_tables() {
  std::vector<std::pair<PackId, S3Version>> fresh;
  for (const auto& [id, version] : packs_)
    if (!index_.knows(id)) fresh.emplace_back(id, version);
  std::vector<PackId> strange;
  TRY(parallel_for(fresh.size(), kFetchers, [&](size_t i) -> Status {
    auto opened = TRY(open_listed(fresh[i].first, fresh[i].second));
    std::lock_guard lock(mutex_);
    if (opened)
      index_.add_pack(fresh[i].first, opened->table, opened->size);
    else
      strange.push_back(fresh[i].first);
    return {};
  }));
  for (const PackId& pack : strange) packs_.erase(pack);
  if (!strange.empty())
    context_.log.warn(
        tr("{} objects among the packs of the vault are none, and are passed over", strange.size()));
  return {};
}

}  // namespace aplomb::vault

#include "vault/keeper.h"

#include <algorithm>

#include "base/messages.h"
#include "vault/format.h"
#include "vault/keeper_key.h"
#include "vault/pack_file.h"

namespace aplomb::vault {
namespace {

constexpr size_t kRunsMax = 8;  // of a domain; more are merged into one
constexpr int kSinkTries = 100;
constexpr char kSpareHeader[] = "log/vault";
constexpr uint64_t kHeaderFileMax = 4096;
constexpr uint64_t kReadStep = 256 * 1024;  // stays in the cache of its core while it is hashed
constexpr uint64_t kRunBytesMax = 1ull << 30;

std::optional<PackId> parse_pack_name(std::string_view name) {
  if (!name.ends_with(".pack")) return std::nullopt;
  return PackId::parse(name.substr(0, name.size() - 5));
}

std::string run_name(const IndexRun& run, ByteView encoded) {
  return run.domain.hex() + "-" + to_hex(ByteView(crypto::sha256(encoded).bytes).first(8)) + ".run";
}

Result<VaultHeader> read_header_at(fs::Dir& folder, std::string_view path) {
  return decode_header(TRY(fs::read_file(folder, path, kHeaderFileMax)));
}

Result<bool> has_entries(fs::Dir& folder) {
  auto log = folder.open_dir("log");
  if (!log) return false;
  for (const fs::Entry& entry : TRY((*log)->list()))
    if (entry.name != fs::split_path(kSpareHeader).second && !entry.name.starts_with(fs::kTemporaryPrefix))
      return true;
  return false;
}

// Who makes a vault writes the spare header first: alone and without a log, it is a vault that was never
// made. A newer format, and a disk that does not answer, are not damage: the spare one would say something
// else.
Result<VaultHeader> read_header(fs::Dir& folder) {
  auto first = read_header_at(folder, "vault");
  bool lost = !first && (first.error().code == Code::not_found || first.error().code == Code::corrupt);
  if (!first && !lost) return first;
  auto spare = read_header_at(folder, kSpareHeader);
  if (lost && (!spare || !TRY(has_entries(folder)))) {
    if (first.error().code == Code::corrupt) return first;
    return fail(make_error(Code::not_found, tr("there is no vault here"))
                    .then(tr("check the address of the vault, or make one with aplomb init")));
  }
  VaultHeader header = first ? *first : *spare;
  header.intact = first && spare && first->intact && spare->intact && encode(*first) == encode(*spare);
  return header;
}

Result<OpenPack> load_table(ReaderStore& store, const PackId& pack) {
  uint64_t size = TRY(store.pack_size(pack));
  return read_pack_table(
      size, [&](uint64_t offset, uint64_t length) { return store.pack_range(pack, offset, length); });
}

}  // namespace

Keeper::Keeper(std::unique_ptr<fs::Dir> folder, VaultHeader header, Context context)
    : folder_(std::move(folder)), header_(header), context_(context) {
  std::array<uint8_t, 12> prefix;
  context_.random.fill(prefix);
  sink_prefix_ = to_hex(prefix);
}

Result<std::unique_ptr<Keeper>> Keeper::create(std::unique_ptr<fs::Dir> folder, const VaultHeader& header,
                                               Context context) {
  if (folder->stat("vault"))
    return fail(
        make_error(Code::exists, tr("there is a vault here already")).then(tr("choose an empty folder")));
  if (TRY(has_entries(*folder)))
    return fail(make_error(Code::exists, tr("there is a vault here that lost its header"))
                    .then(tr("choose an empty folder")));
  for (const char* part : {"packs", "packs/tmp", "log", "index"}) TRY(fs::make_dirs(*folder, part, 0700));
  TRY(folder->open("lock", fs::Open::create));
  TRY(folder->sync());
  VaultHeader own = header;
  own.keeper_verify = TRY(keeper_key(*folder, context.random)).verify_key;
  TRY(fs::write_file_durably(*folder, kSpareHeader, encode(own)));
  TRY(fs::write_file_durably(*folder, "vault", encode(own)));
  return std::unique_ptr<Keeper>(new Keeper(std::move(folder), own, context));
}

Result<std::unique_ptr<Keeper>> Keeper::open(std::unique_ptr<fs::Dir> folder, Context context) {
  VaultHeader header = TRY(read_header(*folder));
  std::unique_ptr<Keeper> keeper(new Keeper(std::move(folder), header, context));
  TRY(keeper->load_index());
  (void)keeper->read_log();  // for its imports; whoever needs the log reads it again, and is told
  (void)remove_abandoned_packs(*keeper->folder_);  // they only take space, and a reader may not be allowed to
  return keeper;
}

// Called by who holds the lock.
Status Keeper::mend_header() {
  if (header_.intact) return {};
  for (const char* place : {kSpareHeader, "vault"})
    TRY(fs::write_file_durably(*folder_, place, encode(header_)));
  header_.intact = true;
  return {};
}

Result<std::vector<IndexRun>> Keeper::read_runs() {
  std::vector<IndexRun> usable;
  auto folder = folder_->open_dir("index");
  if (!folder) return usable;
  for (const fs::Entry& entry : TRY((*folder)->list())) {
    if (!entry.name.ends_with(".run")) continue;
    auto bytes = fs::read_file(**folder, entry.name, kRunBytesMax);
    auto run = bytes ? decode_index_run(*bytes) : Result<IndexRun>(fail(std::move(bytes).error()));
    if (run) {
      usable.push_back(std::move(*run));
    } else if (run.error().code != Code::not_found) {  // merged away by another process meanwhile
      drop_run(entry.name, run.error());
    }
  }
  return usable;
}

void Keeper::drop_run(const std::string& name, const Error& reason) {
  context_.log.warn(tr("index run {} is not usable and will be made anew: {}", printable(name), reason.what));
  if (reason.code == Code::corrupt) (void)folder_->remove("index/" + name);
}

// A run is believed only when all its packs are there: an index that promises chunks of a lost pack would
// make the writer leave them out. Runs are read before the packs are listed, because a run is written after
// its packs.
Status Keeper::load_index() {
  std::vector<IndexRun> runs = TRY(read_runs());
  std::vector<PackId> listed = TRY(packs());
  const std::set<PackId> there(listed.begin(), listed.end());
  for (IndexRun& run : runs) {
    bool whole =
        std::ranges::all_of(run.packs, [&](const IndexRun::Pack& pack) { return there.contains(pack.id); });
    if (whole) {
      check_sizes(run);
      index_.add_run(std::move(run));
    } else {
      drop_run(run_name(run, encode(run)), make_error(Code::corrupt, tr("it names packs that are gone")));
    }
  }
  return add_unindexed_packs();
}

// A pack that was cut or lengthened where it lies. One that cannot be looked at is left to who reads it.
void Keeper::check_sizes(const IndexRun& run) {
  for (const IndexRun::Pack& pack : run.packs) {
    auto size = pack_size(pack.id);
    if (size && *size != pack.size) doubt_size(pack.id);
  }
}

void Keeper::doubt_size(const PackId& pack) {
  {
    std::lock_guard lock(index_mutex_);
    if (doubtful_.packs().contains(pack)) return;
    doubtful_.has_wrong_size(pack);
  }
  context_.log.warn(tr("pack {} is not as long as it was; what it held is stored again by the next backup",
                       pack.hex().substr(0, 12)));
}

Status Keeper::read_doubts() {
  auto marks = TRY(DoubtfulPacks::read(*folder_));
  std::lock_guard lock(index_mutex_);
  doubtful_.set_marks(marks);
  return {};
}

// Who could not open a frame does not know whether the disk or the writer is at fault; the hash tells.
Status Keeper::doubt(const DoubtfulPack& pack) {
  {
    std::lock_guard lock(index_mutex_);
    if (doubtful_.marked(pack.pack)) return {};
  }
  DoubtfulPack told = pack;
  auto read = [&](uint64_t offset, uint64_t length) { return pack_range(pack.pack, offset, length); };
  if (!check_pack_hash(pack.pack, TRY(pack_size(pack.pack)), read)) told.doubt = Doubt::damaged;
  {
    std::lock_guard lock(index_mutex_);
    doubtful_.mark(told);
  }
  return DoubtfulPacks::mark_on_disk(*folder_, told);
}

Status Keeper::trust(const DoubtfulPack& pack) {
  TRY(DoubtfulPacks::clear_on_disk(*folder_, pack));
  std::lock_guard lock(index_mutex_);
  doubtful_.clear(pack);
  return {};
}

Status Keeper::add_unindexed_packs() {
  TRY(read_doubts());
  unread_pack_.reset();
  for (const PackId& pack : TRY(packs())) {
    {
      std::lock_guard lock(index_mutex_);
      if (index_.knows(pack)) continue;
    }
    auto opened = load_table(*this, pack);
    if (!opened) {
      // A bad pack quarantines itself: it is in no index, so nothing is read from it, and verify names it.
      if (opened.error().code == Code::unsupported) return fail(std::move(opened).error());
      if (opened.error().code != Code::corrupt) unread_pack_ = opened.error();
      if (left_out_.insert(pack).second)
        context_.log.warn(
            tr("pack {} cannot be read and is left out: {}", pack.hex().substr(0, 12), opened.error().what));
      continue;
    }
    if (opened->whole_size != opened->size) doubt_size(pack);
    std::lock_guard lock(index_mutex_);
    index_.add_pack(pack, opened->table, opened->whole_size);
    unsynced_shelves_.insert(fs::split_path(pack_path(pack)).first);
  }
  return {};
}

// A collection, or somebody's hand, took packs away that the index still promises: it is read anew.
Status Keeper::forget_deleted_packs() {
  const std::vector<PackId> listed = TRY(packs());
  const std::set<PackId> there(listed.begin(), listed.end());
  {
    std::lock_guard lock(index_mutex_);
    if (std::ranges::includes(there, index_.packs())) return {};
    index_ = Index();
  }
  TRY(load_index());
  load_imports();
  return {};
}

// What cannot be read yet lies in a pack that is not known yet, or not given by the disk.
void Keeper::load_imports() {
  read_imports(*this, imports_);
  std::lock_guard lock(index_mutex_);
  for (const KnownImport& import : imports_)
    if (import.run) index_.add_import(import.run);
}

std::vector<ChunkId> Keeper::imported_ids(const DomainId& domain, const PackId& pack, uint32_t frame) {
  std::lock_guard lock(index_mutex_);
  return index_.imported_ids(domain, pack, frame);
}

Result<fs::Stat> Keeper::pack_stat(const PackId& pack) {
  return folder_->stat(pack_path(pack));
}

Result<uint64_t> Keeper::delete_packs(const std::vector<PackId>& packs,
                                      const std::function<Result<std::set<PackId>>()>& still_needed) {
  auto held = TRY(lock_log());
  TRY(add_unindexed_packs());
  TRY(sync_new_packs());  // what was copied elsewhere is durable before its first place goes
  const std::set<PackId> needed = TRY(still_needed());
  std::set<PackId> going;
  for (const PackId& pack : packs)
    if (!needed.contains(pack)) going.insert(pack);
  // The runs that name them go first; the tables say what they said.
  const std::vector<IndexRun> runs = TRY(read_runs());
  for (const IndexRun& run : runs) {
    auto goes = [&](const IndexRun::Pack& pack) { return going.contains(pack.id); };
    if (std::ranges::any_of(run.packs, goes)) (void)folder_->remove("index/" + run_name(run, encode(run)));
  }
  uint64_t freed = 0;
  for (const PackId& pack : going) {
    const uint64_t size = TRY(pack_size(pack));
    TRY(folder_->remove(pack_path(pack)));
    freed += size;
    for (Doubt doubt : {Doubt::damaged, Doubt::false_chunks}) (void)trust({pack, doubt});
  }
  TRY(forget_deleted_packs());
  TRY(write_new_runs());
  return freed;
}

Status Keeper::sync_new_packs() {
  if (unsynced_shelves_.empty()) return {};
  for (const std::string& shelf : unsynced_shelves_) {
    auto dir = TRY(folder_->open_dir(shelf));
    TRY(dir->sync());
  }
  auto packs_dir = TRY(folder_->open_dir("packs"));
  TRY(packs_dir->sync());
  unsynced_shelves_.clear();
  return {};
}

Result<std::vector<PackId>> Keeper::rebuild_index() {
  auto held = TRY(lock_log());
  if (auto runs = folder_->open_dir("index")) {
    for (const fs::Entry& entry : TRY((*runs)->list())) TRY((*runs)->remove(entry.name));
  }
  {
    std::lock_guard lock(index_mutex_);
    index_ = Index();
  }
  TRY(add_unindexed_packs());
  load_imports();
  TRY(sync_new_packs());
  TRY(write_new_runs());
  std::vector<PackId> unreadable;
  for (const PackId& pack : TRY(packs()))
    if (!index_.knows(pack)) unreadable.push_back(pack);
  return unreadable;
}

Status Keeper::renew_index() {
  TRY(rebuild_index());
  return {};
}

Status Keeper::write_new_runs() {
  std::vector<std::shared_ptr<const IndexRun>> runs;
  {
    std::lock_guard lock(index_mutex_);
    runs = index_.take_new_runs();
  }
  for (const auto& run : runs) {
    Bytes encoded = encode(*run);
    TRY(fs::write_file_durably(*folder_, "index/" + run_name(*run, encoded), encoded));
  }
  return merge_runs_if_many();
}

Status Keeper::merge_runs_if_many() {
  auto folder = TRY(folder_->open_dir("index"));
  std::map<std::string, std::vector<std::string>> by_domain;
  for (const fs::Entry& entry : TRY(folder->list()))
    if (entry.name.ends_with(".run"))
      by_domain[entry.name.substr(0, entry.name.find('-'))].push_back(entry.name);
  for (const auto& [domain, names] : by_domain) {
    if (names.size() <= kRunsMax) continue;
    std::vector<IndexRun> runs;
    for (const std::string& name : names)
      runs.push_back(TRY(decode_index_run(TRY(fs::read_file(*folder, name, kRunBytesMax)))));
    std::vector<const IndexRun*> parts;
    for (const IndexRun& run : runs) parts.push_back(&run);
    IndexRun merged = merge(parts);
    Bytes encoded = encode(merged);
    if (encoded.size() > kRunBytesMax) continue;
    std::string merged_name = run_name(merged, encoded);
    TRY(fs::write_file_durably(*folder, merged_name, encoded));
    for (const std::string& name : names)
      if (name != merged_name) TRY(folder->remove(name));
  }
  return {};
}

Result<std::vector<bool>> Keeper::has(const DomainId& domain, std::span<const ChunkId> ids) {
  std::lock_guard lock(index_mutex_);
  std::vector<bool> answers;
  answers.reserve(ids.size());
  for (const ChunkId& id : ids) answers.push_back(index_.has(domain, id, doubtful_.packs()));
  return answers;
}

Result<std::optional<std::vector<ChunkId>>> Keeper::known_ids(const DomainId& domain, size_t most) {
  std::optional<std::vector<ChunkId>> ids;
  {
    std::lock_guard lock(index_mutex_);
    ids = index_.ids(domain, most);
  }
  if (!ids) return ids;
  std::vector<bool> stored = TRY(has(domain, *ids));
  size_t kept = 0;
  for (size_t i = 0; i < ids->size(); ++i)
    if (stored[i]) (*ids)[kept++] = (*ids)[i];
  ids->resize(kept);
  return ids;
}

Result<std::unique_ptr<PackSink>> Keeper::begin_pack(const DomainId& domain) {
  for (int tries = 1;; ++tries) {
    auto sink = make_pack_sink(*folder_, domain, sink_prefix_ + "-" + std::to_string(sinks_++));
    if (sink || sink.error().sys_errno != EEXIST || tries == kSinkTries) return sink;
  }
}

Result<std::vector<PackId>> Keeper::packs() {
  auto folder = TRY(folder_->open_dir("packs"));
  std::vector<PackId> ids;
  for (const fs::Entry& shelf : TRY(folder->list())) {
    if (shelf.type != fs::FileType::directory || shelf.name.size() != 2) continue;
    auto opened = TRY(folder->open_dir(shelf.name));
    for (const fs::Entry& entry : TRY(opened->list()))
      if (auto id = parse_pack_name(entry.name)) ids.push_back(*id);
  }
  return ids;
}

Result<uint64_t> Keeper::pack_size(const PackId& pack) {
  return TRY(folder_->stat(pack_path(pack))).size;
}

Result<Bytes> Keeper::pack_range(const PackId& pack, uint64_t offset, uint64_t length) {
  std::string path = pack_path(pack);
  auto file = TRY(folder_->open(path, fs::Open::read));
  if (length > kPackMax)
    return fail(make_error(Code::corrupt, tr("a pack says an impossible length")).at(path));
  Bytes bytes(static_cast<size_t>(length));
  size_t got = TRY(file->read_at(offset, bytes));
  if (got != length) return fail(make_error(Code::corrupt, tr("the pack ends too early")).at(path));
  return bytes;
}

Status Keeper::read_pack(const PackId& pack, uint64_t size, const std::function<void(ByteView)>& take) {
  auto file = TRY(folder_->open(pack_path(pack), fs::Open::read));
  Bytes buffer(static_cast<size_t>(std::min(size, kReadStep)));
  for (uint64_t position = 0; position < size;) {
    std::span<uint8_t> part = std::span(buffer).first(std::min<uint64_t>(size - position, buffer.size()));
    if (TRY(file->read_at(position, part)) != part.size())
      return fail(make_error(Code::corrupt, tr("the pack ends too early")).at(pack_path(pack)));
    take(part);
    position += part.size();
  }
  return {};
}

Result<std::vector<Location>> Keeper::locate(const DomainId& domain, const ChunkId& id) {
  std::lock_guard lock(index_mutex_);
  std::vector<Location> places = index_.locate(domain, id);
  if (!doubtful_.packs().empty())
    std::ranges::stable_partition(
        places, [&](const Location& place) { return !doubtful_.packs().contains(place.pack); });
  return places;
}

}  // namespace aplomb::vault

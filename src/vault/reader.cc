#include "vault/reader.h"

#include <algorithm>
#include <functional>

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {
constexpr size_t kFramesKept = 16;  // 8 MiB of raw frames
constexpr size_t kTablesKept = 64;
constexpr uint64_t kBodyMax = 512ull * 1024 * 1024;
}  // namespace

Result<std::unique_ptr<VaultReader>> VaultReader::open(ReaderStore& store,
                                                       const crypto::KeyFile& recovery_key, Log& log) {
  std::unique_ptr<VaultReader> reader(new VaultReader(store, log));
  reader->header_ = TRY(store.header());
  if (reader->header_.id != recovery_key.vault ||
      reader->header_.recovery_public != recovery_key.recovery_public ||
      reader->header_.owner_verify != recovery_key.owner_verify)
    return fail(
        make_error(Code::key, tr("this recovery key was not made for this vault, or the vault was replaced"))
            .then(tr("check the address of the vault and which key you hold")));
  reader->key_.public_key = recovery_key.recovery_public;
  reader->key_.secret = recovery_key.secret.clone();
  TRY(reader->load_log());
  return reader;
}

Status VaultReader::load_log() {
  LogHash previous;
  uint64_t expected = 1;
  for (const LogHead& head : TRY(store_.log())) {
    std::string what = tr("log entry {}", head.sequence);
    if (head.sequence != expected) log_damage_.push_back({what, tr("entries before it are missing")});
    expected = head.sequence + 1;
    Status loaded = load_entry(head, previous);
    if (loaded) continue;
    if (loaded.error().code == Code::unsupported) return loaded;
    log_damage_.push_back({what, loaded.error().what});
  }
  return {};
}

Status VaultReader::load_entry(const LogHead& head, LogHash& previous) {
  auto entry = store_.log_entry(head);
  if (!entry) {
    previous = LogHash();
    return fail(std::move(entry).error());
  }
  bool chained = entry->previous == previous;
  previous = entry->hash;
  if (!entry->signed_by(header_.keeper_verify)) return fail(Code::corrupt, tr("the keeper did not sign it"));
  // An old approval played again after its revocation, or a snapshot that would stand twice, is not believed.
  if (!entered_.insert(crypto::sha256(entry->content)).second)
    return fail(Code::corrupt, tr("it repeats an earlier entry"));
  switch (head.kind) {
    case EntryKind::commit:
      TRY(load_commit(*entry));
      break;
    case EntryKind::record:
      TRY(load_record(*entry));
      break;
    case EntryKind::removal:
      TRY(load_removal(*entry));
      break;
  }
  if (!chained) return fail(Code::corrupt, tr("the chain of the log is broken before it"));
  return {};
}

Status VaultReader::load_commit(const LogEntry& entry) {
  SignedCommit commit = TRY(decode_commit(entry.content));
  auto domain = domains_.find(commit.commit.domain);
  if (domain == domains_.end())
    return fail(Code::corrupt, tr("a snapshot of a site that the owner did not register"));
  if (!commit.signed_by(domain->second.writer))
    return fail(Code::corrupt, tr("a snapshot with a false signature"));
  Bytes root = TRY(crypto::box_open(key_, kInfoCommit, commit.commit.sealed_root));
  ByteReader reader(root);
  SnapshotInfo info;
  info.manifest = TRY(decode_object(reader));
  TRY(reader.finish());
  info.id = commit.id;
  info.sequence = entry.sequence;
  info.received = entry.received;
  info.claimed = commit.commit.claimed;
  info.domain = commit.commit.domain;
  info.site = domain->second.site;
  info.epoch = domain->second.epoch;
  info.raw_bytes = commit.commit.raw_bytes;
  snapshots_.push_back(std::move(info));
  return {};
}

Status VaultReader::load_record(const LogEntry& entry) {
  SignedRecord record = TRY(decode_record(entry.content));
  if (!record.signed_by(header_.owner_verify))
    return fail(Code::corrupt, tr("a record with a false signature"));
  OpenRecord open;
  open.kind = record.record.kind;
  open.id = record.id;
  open.sequence = entry.sequence;
  open.received = entry.received;
  open.domain = record.record.domain;
  open.snapshots = record.record.snapshots;
  Bytes packed = TRY(crypto::box_open(key_, kInfoRecord, record.record.sealed_body));
  open.body = TRY(decompress(packed, kBodyMax));
  if (open.kind == RecordKind::domain) {
    DomainBody body = TRY(decode_domain_body(open.body));
    Domain domain;
    domain.site = std::move(body.site);
    domain.epoch = body.epoch;
    domain.writer = record.record.writer;
    domain.id_key = std::move(body.id_key);
    domain.cut_key = std::move(body.cut_key);
    domains_.insert_or_assign(open.domain, std::move(domain));
  }
  const bool pins = open.kind == RecordKind::approval || open.kind == RecordKind::incident_closed ||
                    open.kind == RecordKind::hold;
  for (const SnapshotId& id : open.snapshots) {
    if (pins) pinned_.insert(id);
    if (open.kind == RecordKind::release) pinned_.erase(id);
  }
  records_.push_back(std::move(open));
  return {};
}

// The keeper's word alone. What the owner pinned is not his to let go.
Status VaultReader::load_removal(const LogEntry& entry) {
  Removal removal = TRY(decode_removal(entry.content));
  bool pinned = false;
  for (const SnapshotId& id : removal.snapshots) {
    if (pinned_.contains(id)) {
      pinned = true;
    } else {
      removed_.try_emplace(id, entry.received);
    }
  }
  std::erase_if(snapshots_, [&](const SnapshotInfo& info) { return removed_.contains(info.id); });
  if (!pinned) return {};
  return fail(Code::corrupt, tr("it removes a snapshot that the owner had put on hold"));
}

std::vector<DomainId> VaultReader::domains_of(const std::string& site) const {
  std::vector<DomainId> ids;
  for (const auto& [id, domain] : domains_)
    if (domain.site == site) ids.push_back(id);
  return ids;
}

Result<SnapshotInfo> VaultReader::find(std::string_view prefix) const {
  const SnapshotInfo* found = nullptr;
  for (const SnapshotInfo& info : snapshots_) {
    if (prefix.size() < 4 || !info.id.hex().starts_with(prefix)) continue;
    if (found)
      return fail(make_error(Code::not_found, tr("several snapshots begin with {}", prefix))
                      .then(tr("give more characters")));
    found = &info;
  }
  for (const auto& [id, time] : removed_)
    if (!found && prefix.size() >= 4 && id.hex().starts_with(prefix))
      return fail(make_error(Code::not_found,
                             tr("snapshot {} was removed by retention on {}", prefix, to_local(time)))
                      .then(tr("aplomb snapshots lists those that are kept")));
  if (!found)
    return fail(make_error(Code::not_found, tr("there is no snapshot {}", prefix))
                    .then(tr("aplomb snapshots lists them")));
  return *found;
}

Result<const PackTable*> VaultReader::pack_table(const PackId& pack) {
  auto found = tables_.find(pack);
  if (found != tables_.end()) return &found->second;
  uint64_t size = TRY(store_.pack_size(pack));
  OpenPack opened = TRY(read_pack_table(
      size, [&](uint64_t offset, uint64_t length) { return store_.pack_range(pack, offset, length); }));
  if (tables_.size() >= kTablesKept) tables_.clear();
  return &tables_.insert_or_assign(pack, std::move(opened.table)).first->second;
}

Result<const crypto::Secret*> VaultReader::origin_key(const Origin& origin) {
  auto known = keys_.find({origin.session, origin.salt});
  if (known != keys_.end()) return &known->second;
  auto session = sessions_.find(origin.session);
  if (session == sessions_.end()) {
    crypto::Secret secret =
        TRY(crypto::agree(key_.secret.view(), origin.session, origin.session, key_.public_key, kInfoSession));
    session = sessions_.emplace(origin.session, std::move(secret)).first;
  }
  return &keys_.emplace(std::pair(origin.session, origin.salt), pack_key(session->second, origin.salt))
              .first->second;
}

Result<VaultReader::FramePlan> VaultReader::plan_frame(const PackId& pack, uint32_t index) {
  const PackTable* table = TRY(pack_table(pack));
  return plan_frame(pack, *table, index);
}

Result<VaultReader::FramePlan> VaultReader::plan_frame(const PackId& pack, const PackTable& table,
                                                       uint32_t index) {
  if (index >= table.frames.size())
    return fail(Code::corrupt, tr("the index names a frame that the pack does not have"));
  FramePlan plan;
  plan.pack = pack;
  plan.entry = table.frames[index];
  plan.domain = table.domain;
  if ((plan.entry.flags & kFramePlain) != 0) return plan;
  const Origin& origin = table.origins[plan.entry.origin];
  plan.salt = origin.salt;
  plan.key = TRY(origin_key(origin));
  return plan;
}

Result<VaultReader::OpenedFrame> VaultReader::open_frame(const FramePlan& plan) const {
  return open_frame(plan, TRY(store_.pack_range(plan.pack, plan.entry.offset, plan.entry.stored_length)));
}

Result<VaultReader::OpenedFrame> VaultReader::open_frame(const FramePlan& plan, ByteView stored) const {
  OpenedFrame opened;
  opened.raw = TRY(plan.key ? vault::open_frame(plan.entry, *plan.key, plan.domain, plan.salt, stored)
                            : open_plain_frame(plan.entry, stored));
  uint32_t offset = 0;
  for (const ChunkEntry& chunk : plan.entry.chunks) {
    ByteView bytes = ByteView(opened.raw).subspan(offset, chunk.length);
    opened.offsets.push_back(offset);
    opened.hashes.push_back(crypto::sha256(bytes));
    opened.sound.push_back(
        check_chunk(plan.domain, chunk.id, plan.entry.flags, opened.hashes.back()).has_value());
    offset += chunk.length;
  }
  return opened;
}

bool VaultReader::OpenedFrame::all_sound() const {
  return std::ranges::all_of(sound, std::identity());
}

std::optional<ByteView> VaultReader::OpenedFrame::chunk(const FrameEntry& entry, const ChunkRef& ref,
                                                        uint32_t offset) const {
  auto place = std::ranges::lower_bound(offsets, offset);
  if (place == offsets.end() || *place != offset) return std::nullopt;
  size_t number = static_cast<size_t>(place - offsets.begin());
  const ChunkEntry& chunk = entry.chunks[number];
  if (!sound[number] || chunk.id != ref.id || chunk.length != ref.length) return std::nullopt;
  return ByteView(raw).subspan(offset, ref.length);
}

std::optional<ByteView> VaultReader::chunk_in(const FramePlan& plan, const OpenedFrame& opened,
                                              const DomainId& domain, const ChunkRef& ref,
                                              uint32_t offset) const {
  if (domain == plan.domain) return opened.chunk(plan.entry, ref, offset);
  auto place = std::ranges::lower_bound(opened.offsets, offset);
  if (place == opened.offsets.end() || *place != offset) return std::nullopt;
  size_t number = static_cast<size_t>(place - opened.offsets.begin());
  if (plan.entry.chunks[number].length != ref.length) return std::nullopt;
  auto id = id_in(domain, opened.hashes[number]);
  if (!id || *id != ref.id) return std::nullopt;
  return ByteView(opened.raw).subspan(offset, ref.length);
}

Result<ChunkId> VaultReader::id_in(const DomainId& domain, const Sha256& hash) const {
  auto known = domains_.find(domain);
  if (known == domains_.end())
    return fail(Code::not_found, tr("a pack of a site that the owner did not register"));
  return chunk_id(known->second.id_key, hash);
}

Result<crypto::Secret> VaultReader::cut_key(const DomainId& domain) const {
  auto known = domains_.find(domain);
  if (known == domains_.end())
    return fail(Code::not_found, tr("a pack of a site that the owner did not register"));
  return known->second.cut_key.clone();
}

Result<Bytes> VaultReader::whole_pack(const PackId& pack) {
  const uint64_t size = TRY(store_.pack_size(pack));
  if (size > kPackMax) return fail(Code::corrupt, tr("a pack says an impossible length"));
  Bytes bytes = TRY(store_.pack_range(pack, 0, size));
  if (crypto::sha256(bytes).bytes == pack.bytes) return bytes;
  return fail(make_error(Code::corrupt, tr("the pack does not hash to its name")).at(pack_path(pack)));
}

Result<const Bytes*> VaultReader::frame(const PackId& pack, uint32_t index) {
  for (auto it = frames_.begin(); it != frames_.end(); ++it) {
    if (it->first != FrameKey(pack, index)) continue;
    frames_.splice(frames_.begin(), frames_, it);
    return &frames_.front().second;
  }
  FramePlan plan = TRY(plan_frame(pack, index));
  Bytes stored = TRY(store_.pack_range(pack, plan.entry.offset, plan.entry.stored_length));
  Bytes raw = TRY(plan.key ? vault::open_frame(plan.entry, *plan.key, plan.domain, plan.salt, stored)
                           : open_plain_frame(plan.entry, stored));
  frames_.emplace_front(FrameKey(pack, index), std::move(raw));
  if (frames_.size() > kFramesKept) frames_.pop_back();
  return &frames_.front().second;
}

Status VaultReader::check_chunk(const DomainId& domain, const ChunkId& id, uint8_t frame_flags,
                                const Sha256& hash) const {
  if ((frame_flags & kFramePlain) != 0) {
    if (hash.bytes == id.bytes) return {};
  } else {
    auto known = domains_.find(domain);
    if (known == domains_.end())
      return fail(Code::corrupt, tr("a pack of a site that the owner did not register"));
    if (chunk_id(known->second.id_key, hash) == id) return {};
  }
  return fail(Code::corrupt, tr("a chunk does not hold what its name says"));
}

// So that the next backup does not count on what cannot be read. A store that this process may only read
// forgets it, and then verify finds it.
void VaultReader::doubt(const PackId& pack) {
  (void)store_.doubt({pack, Doubt::false_chunks});
}

Result<Bytes> VaultReader::chunk(const DomainId& domain, const ChunkRef& ref) {
  auto bytes = chunk_where_known(domain, ref);
  if (bytes || bytes.error().code != Code::not_found) return bytes;
  TRY(store_.log());  // a collection moved it meanwhile: learn of the new packs, and look again
  return chunk_where_known(domain, ref);
}

Result<Bytes> VaultReader::chunk_where_known(const DomainId& domain, const ChunkRef& ref) {
  Error last =
      make_error(Code::corrupt, tr("chunk {} is missing from the vault", ref.id.hex().substr(0, 12)));
  for (const Location& location : TRY(store_.locate(domain, ref.id))) {
    auto raw = frame(location.pack, location.frame);
    if (!raw) {
      if (raw.error().code == Code::corrupt) doubt(location.pack);
      last = std::move(raw).error();
      continue;
    }
    if (location.length != ref.length || location.offset + uint64_t{location.length} > (*raw)->size())
      continue;
    ByteView bytes = ByteView(**raw).subspan(location.offset, location.length);
    Status checked = check_chunk(domain, ref.id, 0, crypto::sha256(bytes));
    if (checked) return Bytes(bytes.begin(), bytes.end());
    doubt(location.pack);
    last = std::move(checked).error().at(pack_path(location.pack));
  }
  return fail(std::move(last).then(tr("aplomb verify --read-all shows what is damaged")));
}

Result<Bytes> VaultReader::object(const DomainId& domain, const ObjectRef& object, uint64_t limit) {
  if (object_size(object) > limit)
    return fail(Code::limit, tr("an object of the snapshot is larger than {} bytes", limit));
  Bytes bytes;
  bytes.reserve(static_cast<size_t>(object_size(object)));
  for (const ChunkRef& ref : object) {
    Bytes piece = TRY(chunk(domain, ref));
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
  return bytes;
}

Status VaultReader::holds(const DomainId& domain, const ObjectRef& object, const Sha256& hash) {
  auto known = domains_.find(domain);
  if (known == domains_.end())
    return fail(Code::corrupt, tr("a pack of a site that the owner did not register"));
  Error wrong = make_error(Code::corrupt, tr("its bytes do not hash to what its snapshot says"));
  if (object.empty()) return hash == crypto::sha256({}) ? Status() : fail(std::move(wrong));
  if (object.size() == 1)
    return object[0].id == chunk_id(known->second.id_key, hash) ? Status() : fail(std::move(wrong));
  ByteWriter ids;
  for (const ChunkRef& ref : object) ids.id(ref.id);
  std::pair<Sha256, Sha256> claim{crypto::sha256(ids.view()), hash};
  if (held_.contains(claim)) return {};
  crypto::Sha256Stream stream;
  for (const ChunkRef& ref : object) {
    Bytes bytes = TRY(chunk(domain, ref));
    stream.update(bytes);
  }
  if (stream.finish() != hash) return fail(std::move(wrong));
  held_.insert(claim);
  return {};
}

}  // namespace aplomb::vault

#include "vault/snapshot_writer.h"

#include "base/messages.h"
#include "vault/format.h"
#include "vault/frame.h"

namespace aplomb::vault {
namespace {
constexpr unsigned kWorkers = 2;
constexpr size_t kQueue = 3;      // frames of 512 KiB waiting: bounds memory, keeps both threads busy
constexpr size_t kFullPacks = 1;  // packs waiting for the disk; more would only make the last wait longer

chunk::GearTable gear_of(const WriterKey& key) {
  crypto::Secret material = crypto::hkdf_sha256(key.cut_key.view(), {}, kInfoGear, chunk::kGearKeySize);
  return chunk::GearTable(material.view().first<chunk::kGearKeySize>());
}

}  // namespace

// One thread's pack: opened at the first frame, closed when it is full.
class SnapshotWriter::PackFiller {
 public:
  explicit PackFiller(SnapshotWriter& writer) : writer_(writer) {}

  Status add(const RawFrame& frame) {
    if (!sink_) TRY(open(frame.salt));
    FrameEntry entry;
    entry.offset = size_;
    entry.number = static_cast<uint32_t>(table_.frames.size());
    entry.flags = frame.flags;
    entry.chunks = frame.chunks;
    buffer_.clear();
    seal_frame(buffer_, entry, key_, table_.domain, table_.origins[0].salt, frame.bytes, frame.packing);
    TRY(sink_->append(buffer_));
    size_ += buffer_.size();
    bytes_stored_ += buffer_.size();
    table_size_ += entry.chunks.size() * kTableChunk;
    table_.frames.push_back(std::move(entry));
    return size_ >= kPackTarget || table_size_ >= kTableTarget ? finish() : Status();
  }

  Status finish() {
    if (!sink_) return {};
    FullPack full{std::move(sink_), std::move(table_)};
    if (!writer_.full_.put(std::move(full))) return writer_.first_error();
    return {};
  }

  uint64_t bytes_stored() const { return bytes_stored_; }

 private:
  Status open(const std::array<uint8_t, 32>& salt) {
    table_ = PackTable();
    table_.domain = writer_.key_.domain;
    sink_ = TRY(writer_.store_.begin_pack(table_.domain));
    table_.origins.push_back({salt, writer_.session_.public_key});
    key_ = pack_key(writer_.session_secret_, salt);
    size_ = table_size_ = 0;
    return {};
  }

  SnapshotWriter& writer_;
  std::unique_ptr<PackSink> sink_;
  PackTable table_;
  crypto::Secret key_;
  uint64_t size_ = 0, table_size_ = 0, bytes_stored_ = 0;
  Bytes buffer_;
};

SnapshotWriter::SnapshotWriter(WriterStore& store, const WriterKey& key, Random& random, Import* import)
    : store_(store),
      key_(key),
      random_(random),
      import_(import),
      gear_(gear_of(key)),
      frames_(kQueue),
      full_(kFullPacks) {
  plain_.flags = kFramePlain;
  as_it_is_.packing = Packing::as_it_is;
}

SnapshotWriter::~SnapshotWriter() {
  frames_.abort();
  full_.abort();
  threads_.clear();  // joins, while all that the threads use is still there
}

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::create(WriterStore& store, const WriterKey& key,
                                                               Random& random, Import* import) {
  std::unique_ptr<SnapshotWriter> writer(new SnapshotWriter(store, key, random, import));
  TRY(writer->start());
  return writer;
}

Status SnapshotWriter::start() {
  session_ = crypto::make_box_key(random_);
  session_secret_ = TRY(crypto::agree(session_.secret.view(), key_.recovery_public, session_.public_key,
                                      key_.recovery_public, kInfoSession));
  for (unsigned i = 0; i < kWorkers; ++i) fillers_.push_back(std::make_unique<PackFiller>(*this));
  for (auto& filler : fillers_) threads_.emplace_back([this, &filler] { work(*filler); });
  closer_ = std::jthread([this] { close_packs(); });
  return {};
}

void SnapshotWriter::work(PackFiller& filler) {
  while (auto frame = frames_.take()) {
    if (Status added = filler.add(*frame); !added) return fail_with(std::move(added).error());
    give_back(std::move(frame->bytes));
  }
}

void SnapshotWriter::close_packs() {
  while (auto pack = full_.take()) {
    auto finished = pack->sink->finish(pack->table);
    if (!finished) return fail_with(std::move(finished).error());
  }
}

Bytes SnapshotWriter::spare_buffer() {
  std::lock_guard lock(mutex_);
  Bytes buffer;
  if (!spare_.empty()) {
    buffer = std::move(spare_.back());
    spare_.pop_back();
  }
  return buffer;
}

void SnapshotWriter::give_back(Bytes buffer) {
  buffer.clear();
  std::lock_guard lock(mutex_);
  spare_.push_back(std::move(buffer));
}

void SnapshotWriter::fail_with(Error error) {
  {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }
  frames_.abort();
  full_.abort();
}

Status SnapshotWriter::first_error() {
  std::lock_guard lock(mutex_);
  if (error_) return fail(*error_);
  return {};
}

Result<ChunkRef> SnapshotWriter::put(ByteView chunk, Packing packing) {
  return put(chunk, crypto::sha256(chunk), packing);
}

Result<ChunkRef> SnapshotWriter::put(ByteView chunk, const Sha256& hash, Packing packing) {
  return store_chunk(chunk, hash, packing, Holds::content);
}

Result<ChunkRef> SnapshotWriter::store_chunk(ByteView chunk, const Sha256& hash, Packing packing,
                                             Holds holds) {
  APLOMB_CHECK(!chunk.empty() && chunk.size() <= kChunkMax);
  ChunkRef ref{chunk_id(key_.id_key, hash), static_cast<uint32_t>(chunk.size())};
  TRY(reference({ref}));
  if (sent_.contains(ref.id) || TRY(store_.has(key_.domain, {&ref.id, 1}))[0]) return ref;
  if (import_ && holds == Holds::content && import_->take(ref, hash)) {
    sent_.insert(ref.id);
    return ref;
  }
  RawFrame& frame = packing == Packing::compress ? sealed_ : as_it_is_;
  if (!frame.bytes.empty() && frame.bytes.size() + chunk.size() > kFrameMax) TRY(queue_frame(frame));
  frame.bytes.insert(frame.bytes.end(), chunk.begin(), chunk.end());
  frame.chunks.push_back({ref.id, ref.length});
  sent_.insert(ref.id);
  if (frame.bytes.size() >= kFrameTarget) TRY(queue_frame(frame));
  return ref;
}

Result<ObjectRef> SnapshotWriter::put_object(ByteView bytes, Holds holds) {
  ObjectRef object;
  while (!bytes.empty()) {
    size_t length = bytes.size() <= chunk::kWholeFile
                        ? bytes.size()
                        : chunk::next_cut(bytes, true, gear_, chunk::kFileParams);
    ByteView chunk = bytes.first(length);
    object.push_back(TRY(store_chunk(chunk, crypto::sha256(chunk), Packing::compress, holds)));
    bytes = bytes.subspan(length);
  }
  return object;
}

Result<bool> SnapshotWriter::reuse(const ObjectRef& object) {
  for (const ChunkRef& chunk : object) {
    if (!sent_.contains(chunk.id) && !TRY(store_.has(key_.domain, {&chunk.id, 1}))[0]) return false;
  }
  TRY(reference(object));
  return true;
}

Status SnapshotWriter::queue_frame(RawFrame& frame) {
  if (frame.bytes.empty()) return {};
  RawFrame full;
  full.flags = frame.flags;
  full.packing = frame.packing;
  std::swap(full.bytes, frame.bytes);
  std::swap(full.chunks, frame.chunks);
  random_.fill(full.salt);
  frame.bytes = spare_buffer();
  frame.bytes.reserve(kFrameTarget + kFrameTarget / 4);
  if (!frames_.put(std::move(full))) return first_error();
  return {};
}

Status SnapshotWriter::reference(const ObjectRef& object) {
  for (const ChunkRef& chunk : object) {
    ++chunk_count_;
    raw_bytes_ += chunk.length;
    if (chunk.id == last_referenced_) continue;
    last_referenced_ = chunk.id;
    segment_.insert(segment_.end(), chunk.id.bytes.begin(), chunk.id.bytes.end());
    uint64_t low = uint64_t{chunk.id.bytes[0]} | uint64_t{chunk.id.bytes[1]} << 8;
    if ((low & kSegmentMask) == 0 || segment_.size() >= kSegmentMax * ChunkId::kSize) TRY(end_segment());
  }
  return {};
}

Status SnapshotWriter::end_segment() {
  if (segment_.empty()) return {};
  segments_.id(TRY(put_segment(segment_)));
  segment_.clear();
  return {};
}

Result<ChunkId> SnapshotWriter::put_segment(ByteView segment) {
  ChunkId id;
  id.bytes = crypto::sha256(segment).bytes;
  if (sent_.contains(id) || TRY(store_.has(key_.domain, {&id, 1}))[0]) return id;
  if (plain_.bytes.size() + segment.size() > kFrameMax) TRY(queue_frame(plain_));
  plain_.bytes.insert(plain_.bytes.end(), segment.begin(), segment.end());
  plain_.chunks.push_back({id, static_cast<uint32_t>(segment.size())});
  sent_.insert(id);
  return id;
}

// Cut at fixed places: two imports share nothing.
Result<std::optional<ChunkId>> SnapshotWriter::put_listing() {
  if (!import_ || import_->chunks() == 0) return std::nullopt;
  const Bytes listing = import_->listing();
  ByteWriter ids;
  for (ByteView rest = listing; !rest.empty();) {
    ByteView piece = rest.first(std::min<size_t>(rest.size(), kChunkMax));
    ids.id(TRY(put_segment(piece)));
    rest = rest.subspan(piece.size());
  }
  return TRY(put_segment(ids.view()));
}

Status SnapshotWriter::finish_packs() {
  for (RawFrame* frame : {&sealed_, &as_it_is_, &plain_}) TRY(queue_frame(*frame));
  frames_.close();
  threads_.clear();  // joins
  TRY(first_error());
  for (auto& filler : fillers_) TRY(filler->finish());
  full_.close();
  closer_.join();
  sent_.clear();  // the keeper's index comes next, and needs the room
  return first_error();
}

Result<SnapshotWriter::Committed> SnapshotWriter::commit(const ObjectRef& manifest, Time claimed) {
  APLOMB_CHECK(!manifest.empty());
  TRY(end_segment());
  Commit commit;
  commit.domain = key_.domain;
  commit.claimed = claimed;
  if (segments_.size() > kFrameMax)
    return fail(Code::limit, tr("the snapshot refers to more chunks than the format allows"));
  commit.references = TRY(put_segment(segments_.view()));
  commit.chunk_count = chunk_count_;
  commit.raw_bytes = raw_bytes_;
  ByteWriter root;
  encode(root, manifest);
  commit.sealed_root = crypto::box_seal(random_, key_.recovery_public, kInfoCommit, root.view());
  const std::optional<ChunkId> listing = TRY(put_listing());
  TRY(finish_packs());
  if (listing) TRY(import_->sign(*listing));
  Bytes content = encode_signed(commit, key_.signing);
  Committed committed;
  committed.receipt = TRY(store_.commit(content));
  committed.id.bytes = crypto::sha256(content).bytes;
  for (auto& filler : fillers_) committed.bytes_stored += filler->bytes_stored();
  return committed;
}

}  // namespace aplomb::vault

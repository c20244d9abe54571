#include "vault/references.h"

#include "base/messages.h"
#include "vault/frame.h"
#include "vault/pack_file.h"

namespace aplomb::vault {

Result<uint64_t> References::missing(const Commit& commit) {
  // The lists themselves are counted too: they can be read, but perhaps only where nothing is promised.
  uint64_t count = TRY(count_absent_(commit.domain, {&commit.references, 1}));
  const std::vector<ChunkId> segments = TRY(segment(commit.domain, commit.references));
  std::set<ChunkId> seen;
  for (const ChunkId& id : segments) {
    if (!seen.insert(id).second) continue;
    count += TRY(missing_in(commit.domain, id)) + TRY(count_absent_(commit.domain, {&id, 1}));
  }
  return count;
}

Status References::for_each(const Commit& commit, const Visit& visit) {
  visit({&commit.references, 1});
  const std::vector<ChunkId> segments = TRY(segment(commit.domain, commit.references));
  visit(segments);
  for (const ChunkId& id : segments)
    if (visited_.insert({commit.domain, id}).second) visit(TRY(segment(commit.domain, id)));
  return {};
}

Result<uint64_t> References::missing_in(const DomainId& domain, const ChunkId& id) {
  auto known = counted_.find({domain, id});
  if (known != counted_.end()) return known->second;
  uint64_t absent = TRY(count_absent_(domain, TRY(segment(domain, id))));
  counted_.emplace(std::pair(domain, id), absent);
  return absent;
}

Result<std::vector<ChunkId>> References::segment(const DomainId& domain, const ChunkId& id) {
  const Bytes bytes = TRY(plain_chunk(domain, id));
  if (bytes.size() % ChunkId::kSize != 0) return fail(Code::corrupt, tr("a list of references is damaged"));
  std::vector<ChunkId> ids(bytes.size() / ChunkId::kSize);
  for (size_t i = 0; i < ids.size(); ++i)
    std::memcpy(ids[i].bytes.data(), bytes.data() + i * ChunkId::kSize, ChunkId::kSize);
  return ids;
}

Result<Bytes> References::plain_chunk(const DomainId& domain, const ChunkId& id) {
  Error last = make_error(Code::corrupt, tr("a list of references is missing from the vault"));
  for (const Location& location : TRY(store_.locate(domain, id))) {
    auto frame = plain_frame(location);
    if (!frame) {
      last = std::move(frame).error();
      continue;
    }
    if (location.offset + uint64_t{location.length} > frame->size()) continue;
    ByteView bytes = frame->subspan(location.offset, location.length);
    if (crypto::sha256(bytes).bytes == id.bytes) return Bytes(bytes.begin(), bytes.end());
  }
  return fail(std::move(last));
}

Result<ByteView> References::plain_frame(const Location& location) {
  if (frame_ && frame_->pack == location.pack && frame_->index == location.frame)
    return ByteView(frame_->bytes);
  auto read = [&](uint64_t offset, uint64_t length) {
    return store_.pack_range(location.pack, offset, length);
  };
  OpenPack opened = TRY(read_pack_table(TRY(store_.pack_size(location.pack)), read));
  if (location.frame >= opened.table.frames.size())
    return fail(Code::corrupt, tr("the index names a frame that the pack does not have"));
  const FrameEntry& entry = opened.table.frames[location.frame];
  Bytes stored = TRY(read(entry.offset, entry.stored_length));
  frame_ = PlainFrame{location.pack, location.frame, TRY(open_plain_frame(entry, stored))};
  return ByteView(frame_->bytes);
}

}  // namespace aplomb::vault

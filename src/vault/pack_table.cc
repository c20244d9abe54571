#include "vault/pack_table.h"

#include "base/messages.h"

namespace aplomb::vault {
namespace {

Result<FrameEntry> decode_frame_entry(ByteReader& reader, size_t origin_count) {
  FrameEntry frame;
  frame.offset = TRY(reader.u64());
  frame.stored_length = TRY(reader.u32());
  frame.raw_length = TRY(reader.u32());
  frame.origin = TRY(reader.u32());
  frame.number = TRY(reader.u32());
  frame.flags = TRY(reader.u8());
  if (frame.raw_length > kFrameMax || frame.stored_length > kFrameMax + kFrameMax / 8 ||
      (frame.flags & ~(kFrameZstd | kFramePlain)) != 0 || frame.origin >= origin_count)
    return fail(Code::corrupt, tr("a frame of the pack is described wrongly"));
  uint64_t count = TRY(reader.varint());
  if (count > reader.remaining() / ChunkId::kSize)
    return fail(Code::corrupt, tr("a frame names more chunks than there is room for"));
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    ChunkEntry chunk;
    chunk.id = TRY(reader.id<ChunkId>());
    chunk.length = TRY(reader.u32());
    total += chunk.length;
    frame.chunks.push_back(chunk);
  }
  if (total != frame.raw_length)
    return fail(Code::corrupt, tr("the chunks of a frame do not add up to its length"));
  return frame;
}

}  // namespace

Bytes encode(const PackTable& table) {
  ByteWriter writer;
  writer.u8(kFormat);
  writer.id(table.domain);
  writer.varint(table.origins.size());
  for (const Origin& origin : table.origins) {
    writer.bytes(origin.salt);
    writer.id(origin.session);
  }
  writer.varint(table.frames.size());
  for (const FrameEntry& frame : table.frames) {
    writer.u64(frame.offset);
    writer.u32(frame.stored_length);
    writer.u32(frame.raw_length);
    writer.u32(frame.origin);
    writer.u32(frame.number);
    writer.u8(frame.flags);
    writer.varint(frame.chunks.size());
    for (const ChunkEntry& chunk : frame.chunks) {
      writer.id(chunk.id);
      writer.u32(chunk.length);
    }
  }
  return writer.take();
}

Result<PackTable> decode_pack_table(ByteView bytes) {
  ByteReader reader(bytes);
  uint8_t format = TRY(reader.u8());
  if (format > kFormat)
    return fail(
        make_error(Code::unsupported, tr("this pack has format {}, newer than this program knows", format))
            .then(tr("install a newer Aplomb")));
  if (format != kFormat) return fail(Code::corrupt, tr("the table of the pack is damaged"));
  PackTable table;
  table.domain = TRY(reader.id<DomainId>());
  uint64_t origin_count = TRY(reader.varint());
  if (origin_count > reader.remaining() / 64)
    return fail(Code::corrupt, tr("the pack names too many origins"));
  for (uint64_t i = 0; i < origin_count; ++i) {
    Origin origin;
    ByteView salt = TRY(reader.bytes(32));
    std::memcpy(origin.salt.data(), salt.data(), 32);
    origin.session = TRY(reader.id<crypto::BoxPublicKey>());
    table.origins.push_back(origin);
  }
  uint64_t frame_count = TRY(reader.varint());
  if (frame_count > reader.remaining() / 26) return fail(Code::corrupt, tr("the pack names too many frames"));
  for (uint64_t i = 0; i < frame_count; ++i)
    table.frames.push_back(TRY(decode_frame_entry(reader, table.origins.size())));
  TRY(reader.finish());
  return table;
}

Bytes encode_pack_tail(const PackTable& table, uint64_t frames_end) {
  Bytes encoded = encode(table);
  APLOMB_CHECK(encoded.size() <= kTableMax);
  ByteWriter writer;
  for (int copy = 0; copy < 2; ++copy) {
    uint64_t offset = frames_end + writer.size();
    writer.bytes(encoded);
    writer.u64(offset);
    writer.u32(static_cast<uint32_t>(encoded.size()));
    writer.id(crypto::sha256(encoded));
    writer.bytes(as_bytes({kPackMagic, kMagicSize}));
  }
  return writer.take();
}

Result<PackFooter> decode_pack_footer(ByteView footer) {
  ByteReader reader(footer);
  PackFooter result;
  result.table_offset = TRY(reader.u64());
  result.table_length = TRY(reader.u32());
  result.table_hash = TRY(reader.id<Sha256>());
  ByteView magic = TRY(reader.bytes(kMagicSize));
  TRY(reader.finish());
  if (as_text(magic) != std::string_view(kPackMagic, kMagicSize))
    return fail(Code::corrupt, tr("this is not the end of a pack"));
  if (result.table_length > kTableMax) return fail(Code::corrupt, tr("the table of the pack is too large"));
  return result;
}

Status check_frames(const PackTable& table, uint64_t frames_end) {
  uint64_t position = 0;
  for (const FrameEntry& frame : table.frames) {
    auto end = checked_add(frame.offset, frame.stored_length);
    if (frame.offset < position || !end || *end > frames_end)
      return fail(Code::corrupt, tr("the frames of the pack overlap or leave it"));
    position = *end;
  }
  return {};
}

}  // namespace aplomb::vault

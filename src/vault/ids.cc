#include "vault/ids.h"

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {

void encode(ByteWriter& writer, const ObjectRef& object) {
  writer.varint(object.size());
  for (const ChunkRef& chunk : object) {
    writer.id(chunk.id);
    writer.varint(chunk.length);
  }
}

namespace {

template <typename Take>
Status read_object(ByteReader& reader, Take take) {
  uint64_t count = TRY(reader.varint());
  if (count > reader.remaining() / ChunkId::kSize)
    return fail(Code::corrupt, tr("an object names more chunks than there is room for"));
  for (uint64_t i = 0; i < count; ++i) {
    ChunkRef chunk;
    chunk.id = TRY(reader.id<ChunkId>());
    uint64_t length = TRY(reader.varint());
    if (length == 0 || length > kChunkMax) return fail(Code::corrupt, tr("a chunk has an impossible length"));
    chunk.length = static_cast<uint32_t>(length);
    take(chunk, count);
  }
  return {};
}

}  // namespace

Result<ObjectRef> decode_object(ByteReader& reader) {
  ObjectRef object;
  TRY(read_object(reader, [&](const ChunkRef& chunk, uint64_t count) {
    if (object.empty()) object.reserve(static_cast<size_t>(count));
    object.push_back(chunk);
  }));
  return object;
}

Status check_object(ByteReader& reader) {
  return read_object(reader, [](const ChunkRef&, uint64_t) {});
}

}  // namespace aplomb::vault

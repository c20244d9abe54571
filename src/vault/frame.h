// A frame: several chunks compressed and sealed together. It is sealed under (pack salt, frame number), never
// under the pack's name, so that a keeper without a key can move it to another pack. Pure.
#pragma once

#include "vault/pack_table.h"

namespace aplomb::vault {

// The key of all frames that were first written to the pack with this salt, in this session.
crypto::Secret pack_key(const crypto::Secret& session_secret, const std::array<uint8_t, 32>& salt);

enum class Packing : uint8_t {
  compress,  // unless that gains nothing
  as_it_is,  // whoever made the bytes has compressed them: not even tried
};
// Packs, seals, appends to `out` and fills entry.flags, raw_length and stored_length. entry.number, origin
// and chunks are the caller's. With kFramePlain set: neither packed nor sealed.
void seal_frame(Bytes& out, FrameEntry& entry, const crypto::Secret& key, const DomainId& domain,
                const std::array<uint8_t, 32>& salt, ByteView raw, Packing packing = Packing::compress);

// The raw bytes of a frame; exactly entry.raw_length of them, or Code::corrupt.
Result<Bytes> open_frame(const FrameEntry& entry, const crypto::Secret& key, const DomainId& domain,
                         const std::array<uint8_t, 32>& salt, ByteView stored);
// The same for a plain frame, which needs no key.
Result<Bytes> open_plain_frame(const FrameEntry& entry, ByteView stored);

// zstd for bodies of log entries and the like; `limit` bounds what decompression may produce.
Bytes compress(ByteView raw, int level);
Result<Bytes> decompress(ByteView packed, uint64_t limit);

}  // namespace aplomb::vault

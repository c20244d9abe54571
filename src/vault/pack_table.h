// The table of a pack: which frames it holds, under which key each is sealed, and which chunks are in each.
// It is not encrypted, so that a keeper without a key rebuilds its index, checks and moves frames. It stands
// twice at the end of the pack, each copy with a footer. Pure: bytes to values and back.
#pragma once

#include <vector>

#include "vault/format.h"
#include "vault/ids.h"

namespace aplomb::vault {

// What a frame's key is made of: the salt of the pack it was first written to and the session's public key.
struct Origin {
  std::array<uint8_t, 32> salt{};
  crypto::BoxPublicKey session;
  bool operator==(const Origin&) const = default;
};

struct ChunkEntry {
  ChunkId id;
  uint32_t length = 0;
  bool operator==(const ChunkEntry&) const = default;
};

struct FrameEntry {
  uint64_t offset = 0;         // in the pack file
  uint32_t stored_length = 0;  // with the tag when sealed
  uint32_t raw_length = 0;     // the sum of its chunks
  uint32_t origin = 0;         // index into origins
  uint32_t number = 0;         // the frame number it was sealed under
  uint8_t flags = 0;
  std::vector<ChunkEntry> chunks;
  bool operator==(const FrameEntry&) const = default;
};

struct PackTable {
  DomainId domain;
  std::vector<Origin> origins;
  std::vector<FrameEntry> frames;
  bool operator==(const PackTable&) const = default;
};

Bytes encode(const PackTable& table);
Result<PackTable> decode_pack_table(ByteView bytes);

struct PackFooter {
  uint64_t table_offset = 0;
  uint32_t table_length = 0;
  Sha256 table_hash;
};

// table ‖ footer ‖ table ‖ footer, for a pack whose frames end at `frames_end`.
Bytes encode_pack_tail(const PackTable& table, uint64_t frames_end);
Result<PackFooter> decode_pack_footer(ByteView footer);
// Fails unless every frame lies between 0 and `frames_end`, in order and without overlap.
Status check_frames(const PackTable& table, uint64_t frames_end);

}  // namespace aplomb::vault

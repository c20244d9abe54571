// The identifiers of a vault. Each has its own type, so that they do not mix.
#pragma once

#include "base/bytes.h"
#include "crypto/crypto.h"
#include "crypto/key_file.h"

namespace aplomb::vault {

struct ChunkTag;
struct PackTag;
struct SnapshotTag;
struct DomainTag;
struct LogHashTag;
using ChunkId = Id<ChunkTag>;        // HMAC(id key of the domain, SHA-256(chunk)); SHA-256 alone for segments
using PackId = Id<PackTag>;          // SHA-256 of the whole pack file
using SnapshotId = Id<SnapshotTag>;  // SHA-256 of the commit as the writer signed it
using DomainId = Id<DomainTag, 16>;  // one site in one epoch: the only place where chunks are shared
using LogHash = Id<LogHashTag>;      // SHA-256 of a log entry; chains the keeper's log
using crypto::VaultId;

// A piece of an object: its id and its raw length.
struct ChunkRef {
  ChunkId id;
  uint32_t length = 0;
  bool operator==(const ChunkRef&) const = default;
};

// An object of any size: its chunks in order. Files, trees and manifests are objects.
using ObjectRef = std::vector<ChunkRef>;

inline uint64_t object_size(const ObjectRef& object) {
  uint64_t size = 0;
  for (const ChunkRef& chunk : object) size += chunk.length;
  return size;
}

void encode(ByteWriter& writer, const ObjectRef& object);
Result<ObjectRef> decode_object(ByteReader& reader);
// Reads past one, checking as decode_object does.
Status check_object(ByteReader& reader);

}  // namespace aplomb::vault

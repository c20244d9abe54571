// The writer's side of a backup: chunks in, a committed snapshot out. Chunks the vault has are not sent
// again. The rest are bundled into frames, compressed and sealed by two threads, each filling a pack of its
// own, so that no lock is held while bytes are worked on. Nothing is visible in the vault before commit()
// returns.
//
// put(), reuse() and commit() are called from one thread, and only there is randomness drawn: it may be
// shared with the caller. After an error the writer is given up; packs that were finished stay in the vault
// and make the next attempt quicker.
#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "base/channel.h"
#include "base/clock.h"
#include "vault/store.h"
#include "vault/writer_key.h"

namespace aplomb::vault {

class SnapshotWriter {
 public:
  static Result<std::unique_ptr<SnapshotWriter>> create(WriterStore& store, const WriterKey& key,
                                                        Random& random);
  ~SnapshotWriter();

  // Stores one chunk (at most kChunkMax bytes) unless the vault has it. `hash` is SHA-256(chunk), when known.
  Result<ChunkRef> put(ByteView chunk);
  Result<ChunkRef> put(ByteView chunk, const Sha256& hash);
  // Stores bytes of any size as an object, cut by content.
  Result<ObjectRef> put_object(ByteView bytes);
  // Takes over an object of an earlier snapshot; false when the vault no longer has all of it.
  Result<bool> reuse(const ObjectRef& object);

  // Finishes all packs and commits. `manifest` is the root object, already put.
  struct Committed {
    SnapshotId id;
    Receipt receipt;
    uint64_t bytes_stored = 0;  // what this snapshot added to the vault
  };
  Result<Committed> commit(const ObjectRef& manifest, Time claimed);

  // The key for content-defined chunking of this domain.
  std::array<uint8_t, 2048> gear_material() const;

 private:
  struct RawFrame {
    Bytes bytes;
    std::vector<ChunkEntry> chunks;
    uint8_t flags = 0;
    std::array<uint8_t, 32> salt{};  // for the pack that this frame opens, if it does
  };
  class PackFiller;

  SnapshotWriter(WriterStore& store, const WriterKey& key, Random& random);
  Status start();
  Status queue_frame(RawFrame& frame);
  Status reference(const ObjectRef& object);
  Status end_segment();
  Result<ChunkId> put_segment(ByteView segment);
  Status finish_packs();
  void work(PackFiller& filler);
  void fail_with(Error error);
  Status first_error();

  WriterStore& store_;
  const WriterKey& key_;
  Random& random_;
  crypto::BoxKeyPair session_;
  crypto::Secret session_secret_;
  std::unordered_set<ChunkId, IdHash> sent_;
  RawFrame sealed_, plain_;
  Channel<RawFrame> frames_;
  std::vector<std::unique_ptr<PackFiller>> fillers_;
  std::vector<std::jthread> threads_;
  std::mutex error_mutex_;
  std::optional<Error> error_;
  Bytes segment_;        // ids of the open reference segment
  ByteWriter segments_;  // ids of the finished ones
  ChunkId last_referenced_;
  uint64_t chunk_count_ = 0, raw_bytes_ = 0;
};

}  // namespace aplomb::vault

// The writer's side of a backup: chunks in, a committed snapshot out. Chunks the vault has are not sent
// again. The rest are bundled into frames, compressed and sealed by two threads, each filling a pack of its
// own, so that no lock is held while bytes are worked on; a third waits for the disk, pack by pack, while
// they go on. Nothing is visible in the vault before commit() returns.
//
// put(), reuse() and commit() are called from one thread, and only there is randomness drawn: it may be
// shared with the caller. After an error the writer is given up; packs that were finished stay in the vault
// and make the next attempt quicker.
#pragma once

#include <memory>
#include <mutex>
#include <thread>

#include "base/channel.h"
#include "base/clock.h"
#include "chunk/chunker.h"
#include "vault/frame.h"
#include "vault/id_set.h"
#include "vault/import.h"
#include "vault/store.h"
#include "vault/writer_key.h"

namespace aplomb::vault {

class SnapshotWriter {
 public:
  // `import` may be null: what chunks of files the epoch before has need not be stored again.
  static Result<std::unique_ptr<SnapshotWriter>> create(WriterStore& store, const WriterKey& key,
                                                        Random& random, Import* import = nullptr);
  ~SnapshotWriter();

  // Stores one chunk (at most kChunkMax bytes) unless the vault has it. `hash` is SHA-256(chunk), when known.
  Result<ChunkRef> put(ByteView chunk, Packing packing = Packing::compress);
  Result<ChunkRef> put(ByteView chunk, const Sha256& hash, Packing packing = Packing::compress);
  // Stores bytes of any size as an object, cut by content. What holds ids of this domain (trees, manifests)
  // no other epoch can have.
  enum class Holds : uint8_t { content, ids };
  Result<ObjectRef> put_object(ByteView bytes, Holds holds = Holds::content);
  // Takes over an object of an earlier snapshot; false when the vault no longer has all of it.
  Result<bool> reuse(const ObjectRef& object);

  // Finishes all packs and commits. `manifest` is the root object, already put.
  struct Committed {
    SnapshotId id;
    Receipt receipt;
    uint64_t bytes_stored = 0;  // what this snapshot added to the vault
  };
  Result<Committed> commit(const ObjectRef& manifest, Time claimed);

  // For content-defined chunking in this domain.
  const chunk::GearTable& gear() const { return gear_; }

 private:
  struct RawFrame {
    Bytes bytes;
    std::vector<ChunkEntry> chunks;
    uint8_t flags = 0;
    Packing packing = Packing::compress;
    std::array<uint8_t, 32> salt{};  // for the pack that this frame opens, if it does
  };
  class PackFiller;
  struct FullPack {
    std::unique_ptr<PackSink> sink;
    PackTable table;
  };

  SnapshotWriter(WriterStore& store, const WriterKey& key, Random& random, Import* import);
  Status start();
  Result<ChunkRef> store_chunk(ByteView chunk, const Sha256& hash, Packing packing, Holds holds);
  Status queue_frame(RawFrame& frame);
  Status reference(const ObjectRef& object);
  Status end_segment();
  Result<ChunkId> put_segment(ByteView segment);
  Result<std::optional<ChunkId>> put_listing();
  Status finish_packs();
  void work(PackFiller& filler);
  void close_packs();
  Bytes spare_buffer();
  void give_back(Bytes buffer);
  void fail_with(Error error);
  Status first_error();

  WriterStore& store_;
  const WriterKey& key_;
  Random& random_;
  Import* const import_;
  const chunk::GearTable gear_;
  crypto::BoxKeyPair session_;
  crypto::Secret session_secret_;
  IdSet sent_;
  // Three frames are open: what compresses and what does not would only be in each other's way.
  RawFrame sealed_, as_it_is_, plain_;
  Channel<RawFrame> frames_;
  Channel<FullPack> full_;
  std::vector<std::unique_ptr<PackFiller>> fillers_;
  std::mutex mutex_;
  std::vector<Bytes> spare_;  // of frames that are done: new memory costs more than filling it
  std::optional<Error> error_;
  std::vector<std::jthread> threads_;
  std::jthread closer_;
  Bytes segment_;        // ids of the open reference segment
  ByteWriter segments_;  // ids of the finished ones
  ChunkId last_referenced_;
  uint64_t chunk_count_ = 0, raw_bytes_ = 0;
};

}  // namespace aplomb::vault

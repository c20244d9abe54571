// What a commit refers to. Its references are listed in plain segments, so that a keeper without a key knows
// what a snapshot needs: before it accepts a commit, when it verifies, and when it collects. Believes no
// segment that does not hash to its id.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "vault/store.h"

namespace aplomb::vault {

class References {
 public:
  // How many of these ids the vault does not have.
  using CountAbsent = std::function<Result<uint64_t>(const DomainId& domain, std::span<const ChunkId> ids)>;
  References(ReaderStore& store, CountAbsent count_absent)
      : store_(store), count_absent_(std::move(count_absent)) {}

  // How many chunks the commit refers to that the vault does not have. A segment is read once, whichever
  // commits name it, and however often. Code::corrupt when a segment itself cannot be had.
  Result<uint64_t> missing(const Commit& commit);
  // Every chunk the commit refers to, segments and the root among them. A segment that an earlier call of
  // this object visited is left out. Code::corrupt when a segment cannot be had: then nobody knows what it
  // lists.
  using Visit = std::function<void(std::span<const ChunkId> ids)>;
  Status for_each(const Commit& commit, const Visit& visit);
  // The ids that a segment lists; the bytes of any chunk of a plain frame. Hashed against their id.
  Result<std::vector<ChunkId>> segment(const DomainId& domain, const ChunkId& id);
  Result<Bytes> plain_chunk(const DomainId& domain, const ChunkId& id);

 private:
  struct PlainFrame {
    PackId pack;
    uint32_t index = 0;
    Bytes bytes;
  };
  Result<uint64_t> missing_in(const DomainId& domain, const ChunkId& segment);
  Result<ByteView> plain_frame(const Location& location);

  ReaderStore& store_;
  CountAbsent count_absent_;
  std::map<std::pair<DomainId, ChunkId>, uint64_t> counted_;  // segments read so far, with what they lack
  std::set<std::pair<DomainId, ChunkId>> visited_;
  std::optional<PlainFrame> frame_;  // the last one: segments written together lie together
};

}  // namespace aplomb::vault

// Chunks that will soon be wanted, in the order in which they will be: the frames they lie in are read,
// opened and hashed by two threads while the caller works on what came before. A few frames are kept, so that
// each is opened once as long as the order is roughly that of the packs. What a frame does not give, the
// reader is asked for, which tries every other place. Used from one thread, and by nobody else while it
// lives: it uses the reader.
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/channel.h"
#include "vault/reader.h"

namespace aplomb::vault {

class ReadAhead {
 public:
  explicit ReadAhead(VaultReader& reader);
  ~ReadAhead();

  void want(const DomainId& domain, const ObjectRef& object);
  // The bytes of a chunk, checked against its id; they stay as long as `owner` does. Quick when the chunk is
  // the next one that was wanted; right in any case.
  struct Piece {
    std::shared_ptr<const void> owner;
    ByteView bytes;
  };
  Result<Piece> take(const DomainId& domain, const ChunkRef& ref);
  // What was wanted of this object and was not taken is wanted no more.
  void pass_over(const DomainId& domain, const ObjectRef& object);

 private:
  struct Frame;
  using FrameKey = std::pair<PackId, uint32_t>;
  struct Wanted {
    DomainId domain;
    ChunkRef ref;
    std::optional<Location> place;
    std::shared_ptr<Frame> frame;  // once it was sent for
    bool begins_frame = false;     // … when the chunk before lies in another
  };

  Wanted take_front();
  void look_further();
  std::shared_ptr<Frame> send_for(const Location& place);
  void work();
  std::optional<Piece> piece_of(const Wanted& wanted);

  VaultReader& reader_;
  std::deque<Wanted> wanted_;
  size_t sent_for_ = 0;  // of wanted_, from its front
  size_t ahead_ = 0;     // of them, how many begin a frame
  const Frame* last_sent_for_ = nullptr;
  std::list<FrameKey> recent_;  // most recently used first
  std::map<FrameKey, std::pair<std::shared_ptr<Frame>, std::list<FrameKey>::iterator>> frames_;
  Channel<std::shared_ptr<Frame>> jobs_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<std::jthread> threads_;
};

}  // namespace aplomb::vault

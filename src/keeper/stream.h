// A two-way stream of bytes to a peer: the standard input and output of an ssh process, of a forced command,
// or two queues in memory (tests). One thread may read while others write; writes are put one after the other
// by who uses it.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"

namespace aplomb::keeper {

class Stream {
 public:
  virtual ~Stream() = default;
  // At least one byte, at most out.size(); 0 at the end.
  virtual Result<size_t> read(std::span<uint8_t> out) = 0;
  // All of it, or an error: then the stream is of no use any more.
  virtual Status write(ByteView bytes) = 0;
  // Ends both directions and wakes who waits in read(). From any thread; the second time it does nothing.
  virtual void close() = 0;
  // Why the stream ended, when more is known than that it did.
  virtual std::optional<Error> why_ended() { return std::nullopt; }
};

}  // namespace aplomb::keeper

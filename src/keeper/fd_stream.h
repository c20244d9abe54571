// A Stream over two descriptors: the pipes of an ssh process, or the standard input and output of the forced
// command. close() wakes a reader through a third.
#pragma once

#include "keeper/stream.h"
#include "proc/unique_fd.h"

namespace aplomb::keeper {

class FdStream : public Stream {
 public:
  FdStream(proc::UniqueFd in, proc::UniqueFd out);
  Result<size_t> read(std::span<uint8_t> out) override;
  Status write(ByteView bytes) override;
  void close() override;

 private:
  proc::UniqueFd in_, out_, woken_;
};

}  // namespace aplomb::keeper

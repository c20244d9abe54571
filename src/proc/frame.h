// Messages over a pipe or a socket, as a worker reads and writes them: a little-endian u32 with the length,
// then the bytes. Blocking; the parent's side, with its deadlines, is Child.
#pragma once

#include <functional>
#include <optional>

#include "base/bytes.h"

namespace aplomb::proc {

constexpr size_t kFrameHeader = 4;

// The next message; nullopt at the end of the stream between two messages. A message over `size_max` is
// Code::limit, an end in the middle Code::corrupt.
Result<std::optional<Bytes>> read_frame(int fd, size_t size_max);

Status write_frame(int fd, ByteView message);

// A worker's whole main: answers each request with handler(request) until the parent closes. Returns the
// status to exit with.
int serve_frames(int in_fd, int out_fd, size_t request_max, const std::function<Bytes(ByteView)>& handler);

}  // namespace aplomb::proc

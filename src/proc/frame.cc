#include "proc/frame.h"

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/messages.h"

namespace aplomb::proc {
namespace {

constexpr size_t kStep = 1 << 20;  // memory follows the bytes that came, not the length that was announced

// Reads up to out.size() bytes; less only at the end of the stream.
Result<size_t> read_up_to(int fd, std::span<uint8_t> out) {
  size_t done = 0;
  while (done < out.size()) {
    ssize_t count = ::read(fd, out.data() + done, out.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(os_error(errno, tr("cannot read from the other process"), {}));
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

Status write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(os_error(errno, tr("cannot write to the other process"), {}));
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

}  // namespace

Result<std::optional<Bytes>> read_frame(int fd, size_t size_max) {
  uint8_t header[kFrameHeader];
  size_t got = TRY(read_up_to(fd, header));
  if (got == 0) return std::nullopt;
  if (got < kFrameHeader) return fail(Code::corrupt, tr("a message from another process is cut short"));
  size_t size = TRY(ByteReader(header).u32());
  if (size > size_max) return fail(Code::limit, tr("a message of {} bytes is too long", size));
  Bytes message;
  while (message.size() < size) {
    size_t before = message.size();
    message.resize(before + std::min(kStep, size - before));
    got = TRY(read_up_to(fd, std::span(message).subspan(before)));
    if (got < message.size() - before)
      return fail(Code::corrupt, tr("a message from another process is cut short"));
  }
  return message;
}

Status write_frame(int fd, ByteView message) {
  if (message.size() > std::numeric_limits<uint32_t>::max())
    return fail(Code::limit, tr("a message of {} bytes is too long", message.size()));
  ByteWriter header;
  header.u32(static_cast<uint32_t>(message.size()));
  TRY(write_all(fd, header.view()));
  return write_all(fd, message);
}

int serve_frames(int in_fd, int out_fd, size_t request_max, const std::function<Bytes(ByteView)>& handler) {
  for (;;) {
    auto request = read_frame(in_fd, request_max);
    if (!request) return 1;
    if (!*request) return 0;
    if (!write_frame(out_fd, handler(**request))) return 1;
  }
}

}  // namespace aplomb::proc

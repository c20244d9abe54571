#include "keeper/fd_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "base/messages.h"

namespace aplomb::keeper {
namespace {

Error broken(int error) {
  Error made = os_error(error, tr("the connection to the keeper broke off"), {});
  made.code = Code::network;
  return made;
}

}  // namespace

FdStream::FdStream(proc::UniqueFd in, proc::UniqueFd out)
    : in_(std::move(in)), out_(std::move(out)), woken_(eventfd(0, EFD_CLOEXEC)) {
  fcntl(in_.get(), F_SETFL, fcntl(in_.get(), F_GETFL) | O_NONBLOCK);
  fcntl(out_.get(), F_SETFL, fcntl(out_.get(), F_GETFL) | O_NONBLOCK);
}

Result<size_t> FdStream::read(std::span<uint8_t> out) {
  while (true) {
    pollfd entries[] = {{in_.get(), POLLIN, 0}, {woken_.get(), POLLIN, 0}};
    if (poll(entries, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return fail(broken(errno));
    }
    if (entries[1].revents != 0) return 0;
    ssize_t count = ::read(in_.get(), out.data(), out.size());
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EAGAIN && errno != EINTR) return fail(broken(errno));
  }
}

Status FdStream::write(ByteView bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(out_.get(), bytes.data(), bytes.size());
    if (count > 0) {
      bytes = bytes.subspan(static_cast<size_t>(count));
      continue;
    }
    if (count < 0 && errno != EAGAIN && errno != EINTR) return fail(broken(errno));
    pollfd entries[] = {{out_.get(), POLLOUT, 0}, {woken_.get(), POLLIN, 0}};
    if (poll(entries, 2, -1) < 0 && errno != EINTR) return fail(broken(errno));
    if (entries[1].revents != 0) return fail(broken(EPIPE));
  }
  return {};
}

void FdStream::close() {
  uint64_t one = 1;
  [[maybe_unused]] ssize_t written = ::write(woken_.get(), &one, sizeof one);
}

}  // namespace aplomb::keeper

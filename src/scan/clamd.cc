#include "scan/clamd.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/messages.h"
#include "proc/unique_fd.h"

namespace aplomb::scan {
namespace {

constexpr char kSocket[] = "/run/clamav/clamd.ctl";
constexpr size_t kAnswerMax = 4096, kStep = 1u << 20, kNameMax = 200;
constexpr time_t kTimeoutSeconds = 60;

Result<proc::UniqueFd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Code::usage, path);
  path.copy(address.sun_path, path.size());
  proc::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  timeval limit{kTimeoutSeconds, 0};
  if (fd.get() < 0 || setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
      setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(os_error(errno, tr("clamd cannot be asked"), path));
  return fd;
}

Status send_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return fail(os_error(errno, tr("clamd cannot be asked"), {}));
    bytes = bytes.subspan(static_cast<size_t>(sent));
  }
  return {};
}

std::array<uint8_t, 4> big_endian(size_t size) {
  return {static_cast<uint8_t>(size >> 24), static_cast<uint8_t>(size >> 16), static_cast<uint8_t>(size >> 8),
          static_cast<uint8_t>(size)};
}

}  // namespace

std::string Clamd::default_socket() {
  const char* given = std::getenv("APLOMB_CLAMD");
  return given && *given ? given : kSocket;
}

std::unique_ptr<Clamd> Clamd::find(const std::string& socket) {
  if (socket == "none") return nullptr;
  std::unique_ptr<Clamd> clamd(new Clamd(socket));
  auto answer = clamd->converse("PING", {});
  return answer && *answer == "PONG" ? std::move(clamd) : nullptr;
}

// clamd(8): "zCOMMAND", a NUL, and behind INSTREAM pieces with their length before them, the last one empty.
Result<std::string> Clamd::converse(std::string_view command, ByteView content) const {
  proc::UniqueFd fd = TRY(connect_to(socket_));
  std::string line = "z" + std::string(command);
  line.push_back('\0');
  TRY(send_all(fd.get(), as_bytes(line)));
  if (command == "INSTREAM") {
    while (!content.empty()) {
      ByteView piece = content.first(std::min(content.size(), kStep));
      TRY(send_all(fd.get(), big_endian(piece.size())));
      TRY(send_all(fd.get(), piece));
      content = content.subspan(piece.size());
    }
    TRY(send_all(fd.get(), big_endian(0)));
  }
  std::string answer;
  std::array<char, 512> buffer;
  while (answer.size() < kAnswerMax && answer.find('\0') == std::string::npos) {
    ssize_t got = recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return fail(os_error(errno, tr("clamd cannot be asked"), socket_));
    if (got == 0) break;
    answer.append(buffer.data(), static_cast<size_t>(got));
  }
  return answer.substr(0, answer.find('\0'));
}

std::optional<Finding> Clamd::ask(ByteView content) {
  if (gone_ || content.empty() || content.size() > kContentMax) return std::nullopt;
  auto answer = converse("INSTREAM", content);
  if (!answer || answer->empty()) {
    gone_ = true;
    return std::nullopt;
  }
  constexpr std::string_view kBefore = "stream: ", kAfter = " FOUND";
  if (!answer->starts_with(kBefore) || !answer->ends_with(kAfter) ||
      answer->size() <= kBefore.size() + kAfter.size())
    return std::nullopt;
  std::string name = answer->substr(kBefore.size(), answer->size() - kBefore.size() - kAfter.size());
  return Finding{Level::suspicious, "clamd", {tr_later("clamd calls it {}"), {name.substr(0, kNameMax)}}, 0};
}

}  // namespace aplomb::scan

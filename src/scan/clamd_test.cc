// clamd's protocol against a daemon of the test.
#include "scan/clamd.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <thread>

#include "proc/unique_fd.h"

namespace aplomb::scan {
namespace {

// Answers each connection with what `answer` says of its content.
class TestDaemon {
 public:
  explicit TestDaemon(std::string answer) : answer_(std::move(answer)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "aplomb-clamd.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path = folder_ + "/clamd.ctl";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    listening_ = proc::UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listening_.get(), 8), 0);
    thread_ = std::jthread([this] { serve(); });
  }
  ~TestDaemon() {
    shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
    std::filesystem::remove_all(folder_);
  }

  std::string path, received;

 private:
  static bool read_exactly(int fd, void* out, size_t size) {
    return recv(fd, out, size, MSG_WAITALL) == static_cast<ssize_t>(size);
  }
  void serve() {
    for (;;) {
      proc::UniqueFd fd(accept(listening_.get(), nullptr, nullptr));
      if (fd.get() < 0) return;
      std::string command;
      for (char c = 0; read_exactly(fd.get(), &c, 1) && c != '\0';) command += c;
      if (command == "zPING") {
        send(fd.get(), "PONG", 5, MSG_NOSIGNAL);
        continue;
      }
      received.clear();
      uint8_t size[4];
      while (read_exactly(fd.get(), size, 4)) {
        size_t count = static_cast<size_t>(size[0]) << 24 | static_cast<size_t>(size[1]) << 16 |
                       static_cast<size_t>(size[2]) << 8 | size[3];
        if (count == 0) break;
        std::string piece(count, '\0');
        if (!read_exactly(fd.get(), piece.data(), count)) break;
        received += piece;
      }
      if (!answer_.empty()) send(fd.get(), answer_.c_str(), answer_.size() + 1, MSG_NOSIGNAL);
    }
  }

  std::string answer_, folder_;
  proc::UniqueFd listening_;
  std::jthread thread_;
};

TEST(ClamdClient, SaysWhatTheDaemonCallsIt) {
  TestDaemon daemon("stream: Test.Marker.INERT FOUND");
  auto clamd = Clamd::find(daemon.path);
  ASSERT_TRUE(clamd);
  std::string content(3'000'000, 'x');
  auto finding = clamd->ask(as_bytes(content));
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->reason.text(), "clamd calls it Test.Marker.INERT");
  EXPECT_EQ(finding->level, Level::suspicious);
  EXPECT_EQ(daemon.received, content);
}

TEST(ClamdClient, HasNothingToSayOfWhatTheDaemonDoesNotKnow) {
  TestDaemon clean("stream: OK"), failing("INSTREAM size limit exceeded. ERROR"), odd("stream:  FOUND");
  for (TestDaemon* daemon : {&clean, &failing, &odd}) {
    auto clamd = Clamd::find(daemon->path);
    ASSERT_TRUE(clamd);
    auto finding = clamd->ask(as_bytes("content"));
    EXPECT_FALSE(finding);
    EXPECT_FALSE(clamd->gone());
  }
}

TEST(ClamdClient, GoesOnWithoutADaemonThatStopsAnswering) {
  EXPECT_FALSE(Clamd::find("/nonexistent/clamd.ctl"));
  EXPECT_FALSE(Clamd::find("none"));
  TestDaemon silent("");
  auto clamd = Clamd::find(silent.path);
  ASSERT_TRUE(clamd);
  EXPECT_FALSE(clamd->ask(as_bytes("content")));
  EXPECT_TRUE(clamd->gone());
}

}  // namespace
}  // namespace aplomb::scan

// What runs isolated reaches no network, sees no file that it was not shown, holds no privilege, and is gone
// when the call returns. Skipped where the kernel refuses.
#include "proc/isolated.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "proc/command.h"
#include "proc/frame.h"
#include "proc/process_list.h"
#include "proc/spawn.h"
#include "proc/worker.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::proc {
namespace {

[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = worker_early_main, true);

std::string connects(const char* address, uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  inet_pton(AF_INET, address, &to.sin_addr);
  int result = connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to);
  int error = errno;
  close(fd);
  return result == 0             ? "reached"
         : error == ENETUNREACH  ? "no route"
         : error == ECONNREFUSED ? "nobody"
                                 : "other";
}

std::string capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct now[2] = {};
  syscall(SYS_capget, &header, now);
  return now[0].effective | now[0].permitted | now[1].effective | now[1].permitted ? "some" : "none";
}

std::string look(std::string_view what) {
  if (what == "network") return connects("192.0.2.1", 80);
  if (what.starts_with("port "))
    return connects("127.0.0.1", static_cast<uint16_t>(std::stoi(std::string(what.substr(5)))));
  if (what == "capabilities") return capabilities() + " " + std::to_string(getpid());
  if (what == "user") return std::to_string(getuid());
  if (what.starts_with("read ")) {
    std::ifstream file{std::string(what.substr(5))};
    return file ? std::string(std::istreambuf_iterator<char>(file), {}) : "missing";
  }
  if (what.starts_with("write "))
    return std::ofstream(std::string(what.substr(6))) << "x" ? "written" : "refused";
  if (what == "program") {
    Command command;
    command.argv = {"sh", "-c", "echo from a program"};
    auto said = run(command);
    return said ? said->out : said.error().what;
  }
  if (what.starts_with("leave ")) {  // a program that would outlive us, found by its arguments
    Command command;
    command.argv = {"sleep", std::string(what.substr(6))};
    int null = open("/dev/null", O_WRONLY);
    return start_background(command, null) ? "left" : "not started";
  }
  for (;;) pause();
}

int look_main(int in_fd, int out_fd) {
  auto request = read_frame(in_fd, 1 << 20);
  if (!request || !*request) return 1;
  return write_frame(out_fd, as_bytes(look(as_text(**request)))) ? 0 : 1;
}
const IsolatedRegistration registration("test-look", look_main);

class IsolatedTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "aplomb-isolated-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    for (const char* name : {"/root", "/open", "/closed"}) std::filesystem::create_directory(folder_ + name);
    std::filesystem::permissions(folder_ + "/open", std::filesystem::perms::all);
    std::ofstream(folder_ + "/open/a") << "seen";
    std::ofstream(folder_ + "/closed/b") << "seen too";
    root_.folder = folder_ + "/root";
    root_.shown = {{folder_ + "/open", "/srv/www/site", true}, {folder_ + "/closed", "/srv/closed", false}};
    root_.uid = root_.gid = 65534;
    auto probe = ask("user");
    if (!probe && probe.error().code == Code::unsupported) GTEST_SKIP() << probe.error().what;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<std::string> ask(std::string_view what, int64_t timeout_ms = 30'000) {
    auto answer = run_isolated("test-look", root_, as_bytes(what), timeout_ms, 1 << 20);
    if (!answer) return fail(std::move(answer).error());
    return std::string(as_text(*answer));
  }
  std::string said(std::string_view what) {
    auto answer = ask(what);
    return answer ? *answer : "error: " + answer.error().what;
  }

  std::string folder_;
  PrivateRoot root_;
};

bool runs(const std::string& argument) {
  for (const Process& process : list_processes())
    if (!process.ended && process.name == "sleep" && process.arguments.size() > 1 &&
        process.arguments[1] == argument)
      return true;
  return false;
}

}  // namespace

TEST_F(IsolatedTest, ReachesNoNetwork) {
  EXPECT_EQ(said("network"), "no route");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  inet_pton(AF_INET, "127.0.0.1", &here.sin_addr);
  socklen_t size = sizeof here;
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&here), size), 0);
  ASSERT_EQ(listen(fd, 1), 0);
  ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size), 0);
  EXPECT_EQ(connects("127.0.0.1", ntohs(here.sin_port)), "reached");
  EXPECT_EQ(said("port " + std::to_string(ntohs(here.sin_port))), "nobody") << "its loopback is its own";
  close(fd);
}

TEST_F(IsolatedTest, SeesWhatItWasShownAndNothingElse) {
  EXPECT_EQ(said("read /srv/www/site/a"), "seen");
  EXPECT_EQ(said("read /srv/closed/b"), "seen too");
  for (const std::string& hidden : {folder_ + "/open/a", std::string("/etc/hostname"),
                                    std::string("/etc/fstab"), std::string("/proc/version")})
    EXPECT_EQ(said("read " + hidden), "missing") << hidden;
  EXPECT_EQ(said("write /srv/www/site/c"), "written");
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/open/c"));
  EXPECT_EQ(said("write /tmp/d"), "written");
  for (const char* closed : {"/srv/closed/e", "/usr/f", "/usr/bin/g"})
    EXPECT_EQ(said(std::string("write ") + closed), "refused") << closed;
}

TEST_F(IsolatedTest, HoldsNoPrivilege) {
  EXPECT_EQ(said("capabilities"), "none 1");
  EXPECT_EQ(said("user"), std::to_string(geteuid() == 0 ? 65534 : geteuid()));
}

TEST_F(IsolatedTest, RunsProgramsAndNoneOfThemOutlivesIt) {
  EXPECT_EQ(said("program"), "from a program\n");
  const std::string seconds = "7" + std::to_string(getpid());
  EXPECT_EQ(said("leave " + seconds), "left");
  EXPECT_FALSE(runs(seconds));
}

TEST_F(IsolatedTest, IsEndedAtItsDeadline) {
  auto late = ask("sleep for ever", 200);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::limit);
}

TEST_F(IsolatedTest, SaysThatAFolderIsMissing) {
  root_.shown.push_back({folder_ + "/gone", "/srv/gone", false});
  auto answer = ask("user");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unsupported);
}

TEST(PrivateRoot, ComesBackAsItWasWritten) {
  PrivateRoot root{"/a", {{"/b", "/c", true}, {"/d", "/e", false}}, 7, 8};
  ByteWriter writer;
  encode(writer, root);
  ByteReader reader(writer.view());
  auto back = decode_private_root(reader);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->folder, "/a");
  EXPECT_EQ(back->shown, root.shown);
  EXPECT_EQ(back->uid, 7u);
  EXPECT_EQ(back->gid, 8u);
  for (size_t size = 0; size < writer.size(); ++size) {
    ByteReader cut(writer.view().first(size));
    EXPECT_FALSE(decode_private_root(cut)) << size;
  }
}

}  // namespace aplomb::proc

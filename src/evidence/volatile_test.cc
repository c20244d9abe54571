#include "evidence/volatile.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "crypto/crypto.h"
#include "evidence/socket_section.h"
#include "evidence/temporary_section.h"
#include "proc/command.h"
#include "proc/process_list.h"
#include "proc/spawn.h"
#include "proc/unique_fd.h"

namespace aplomb::evidence {
namespace {

namespace filesystem = std::filesystem;

std::string sha256_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(file)), {});
  return crypto::sha256(as_bytes(content)).hex();
}

class Volatile : public testing::Test {
 protected:
  Volatile() {
    std::string pattern = testing::TempDir() + "aplomb-volatile-XXXXXX";
    root_ = filesystem::canonical(mkdtemp(pattern.data()));
  }
  ~Volatile() override {
    for (pid_t pid : started_) {
      kill(pid, SIGKILL);
      proc::reap(pid);
    }
    filesystem::remove_all(root_);
  }

  // A harmless program of the site that only waits.
  pid_t start(const std::string& program, int holds = -1) {
    filesystem::copy_file("/bin/sleep", program);
    proc::SpawnPlan plan;
    plan.program = program;
    plan.argv = {program, "1000"};
    plan.environment = {"SECRET=hunter2"};
    plan.folder = root_;
    if (holds >= 0) plan.fds = {{holds, 5}};
    auto pid = proc::spawn(plan);
    EXPECT_TRUE(pid) << pid.error().what;
    started_.push_back(*pid);
    for (int i = 0; i < 600 && proc::find_process(*pid)->arguments.empty(); ++i) usleep(10'000);
    return *pid;
  }

  nlohmann::json collect(int64_t budget_ms = 60'000) { return collect_volatile({root_}, clock_, budget_ms); }
  static nlohmann::json process_of(const nlohmann::json& all, pid_t pid) {
    for (const nlohmann::json& process : all.at("processes"))
      if (process.at("pid") == pid) return process;
    return {};
  }

  SystemClock clock_;
  std::string root_;
  std::vector<pid_t> started_;
};

TEST_F(Volatile, FindsAProgramOfTheSiteWithItsHash) {
  const std::string file = root_ + "/open file";
  proc::UniqueFd open_file(open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const std::string program = root_ + "/waiter\n\x1b[31m";
  pid_t pid = start(program, open_file.get());
  nlohmann::json process = process_of(collect(), pid);
  ASSERT_TRUE(process.is_object());
  EXPECT_EQ(process.at("exe"), root_ + "/waiter\\x0a\\x1b[31m");
  EXPECT_EQ(process.at("exe_deleted"), false);
  EXPECT_EQ(process.at("exe_sha256"), sha256_of("/bin/sleep"));
  EXPECT_EQ(process.at("exe_size"), filesystem::file_size("/bin/sleep"));
  EXPECT_EQ(process.at("cmdline"), root_ + "/waiter\\x0a\\x1b[31m 1000");
  EXPECT_EQ(process.at("cwd"), root_);
  EXPECT_EQ(process.at("uid"), getuid());
  EXPECT_EQ(process.at("ppid"), getpid());
  ASSERT_TRUE(process.contains("open_files")) << process.dump();
  EXPECT_EQ(process.at("open_files"),
            nlohmann::json::parse(R"([{"fd":"5","deleted":false,"path":")" + file + "\"}]"));
}

TEST_F(Volatile, ReadsTheHashOfAProgramThatWasDeleted) {
  std::string elsewhere = testing::TempDir() + "aplomb-gone-" + std::to_string(getpid());
  pid_t pid = start(elsewhere);
  filesystem::remove(elsewhere);
  nlohmann::json process = process_of(collect(), pid);
  ASSERT_TRUE(process.is_object());
  EXPECT_EQ(process.at("exe_deleted"), true);
  EXPECT_EQ(process.at("exe_sha256"), sha256_of("/bin/sleep"));
}

TEST_F(Volatile, HashesNoProgramThatIsNeither) {
  EXPECT_FALSE(process_of(collect(), getpid()).contains("exe_sha256"));
}

TEST_F(Volatile, NeverReadsAnEnvironment) {
  start(root_ + "/waiter");
  const std::string text = collect().dump();
  EXPECT_EQ(text.find("hunter2"), text.npos);
  EXPECT_NE(text.find("waiter"), text.npos);
}

TEST_F(Volatile, NamesTheProcessThatHoldsASocket) {
  proc::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(listen(socket.get(), 1), 0);
  ASSERT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::string local = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const nlohmann::json all = collect();
  const nlohmann::json* found = nullptr;
  for (const nlohmann::json& entry : all.at("sockets"))
    if (entry.value("local", "") == local && entry.at("protocol") == "tcp") found = &entry;
  ASSERT_NE(found, nullptr) << all.at("not_read").dump();
  EXPECT_EQ(found->at("state"), "listening");
  EXPECT_EQ(found->at("remote"), "0.0.0.0:0");
  EXPECT_EQ(found->at("uid"), getuid());
  EXPECT_EQ(found->at("pids"), nlohmann::json::array({getpid()}));
}

TEST_F(Volatile, TakesTheMostFleetingFirst) {
  const nlohmann::json all = collect();
  std::string names, last;
  for (const nlohmann::json& section : all.at("sections")) {
    names += section.at("name").get<std::string>() + " ";
    EXPECT_GE(section.at("began").get<std::string>(), last);
    last = section.at("ended");
    EXPECT_TRUE(all.contains(section.at("name").get<std::string>()));
  }
  EXPECT_EQ(names, "time processes sockets network users modules mounts temporary ");
  EXPECT_EQ(all.at("time").at("boot_id").get<std::string>().size(), 36u);
  EXPECT_FALSE(all.at("mounts").empty());
  EXPECT_TRUE(all.at("temporary").contains("/var/tmp"));
}

TEST_F(Volatile, KeepsToItsBudgetAndListsWhatIsMissing) {
  const nlohmann::json all = collect(0);
  EXPECT_TRUE(all.at("sections").empty());
  EXPECT_EQ(all.at("not_read").size(), 8u);
  EXPECT_EQ(all.at("not_read")[1].at("what"), "processes");
}

TEST(Sockets, AreReadAsTheKernelWritesThem) {
  EXPECT_EQ(socket_address("0100007F:1F90"), "127.0.0.1:8080");
  EXPECT_EQ(socket_address("00000000000000000000000001000000:0016"), "[::1]:22");
  EXPECT_EQ(socket_address("0000000000000000FFFF00000100007F:0050"), "[::ffff:127.0.0.1]:80");
  for (const char* wrong :
       {"", ":", "0100007F", "0100007F:", "0100007F:1F90x", "010000ZZ:1F90", "0100007F:1FFFF0", "01000:1F90"})
    EXPECT_EQ(socket_address(wrong), "") << wrong;
  constexpr const char* kLine =
      "   0: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000    33        0 4711 1 0 "
      "20 4 30";
  nlohmann::json socket = parse_inet_line(kLine, "tcp", {{4711, {7, 8}}});
  EXPECT_EQ(socket,
            nlohmann::json::parse(R"({"protocol":"tcp","local":"127.0.0.1:8080","remote":"127.0.0.2:50000",
      "state":"established","uid":33,"inode":4711,"pids":[7,8]})"));
  std::string line = kLine;
  for (size_t cut = 0; cut < 70; ++cut)
    EXPECT_TRUE(parse_inet_line(line.substr(0, cut), "tcp", {}).is_null()) << cut;
}

TEST(Sockets, OfTheMachineAreReadWithTheirNames) {
  nlohmann::json named =
      parse_unix_line("0000000000000000: 00000002 00000000 00010000 0001 01 99 /run/a b\x1b", {});
  EXPECT_EQ(named.at("local"), "/run/a b\\x1b");
  EXPECT_EQ(named.at("inode"), 99);
  EXPECT_FALSE(
      parse_unix_line("0000000000000000: 00000003 00000000 00000000 0001 03 98", {}).contains("local"));
  EXPECT_TRUE(parse_unix_line("Num RefCount Protocol Flags Type St Inode Path", {}).is_null());
}

class Temporary : public Volatile {
 protected:
  nlohmann::json list(size_t entries_max = kTemporaryEntriesMax) {
    Collector collector(clock_, 60'000);
    nlohmann::json entries = list_temporary(collector, root_, kTemporaryBytesMax, entries_max);
    gaps_ = collector.gaps();
    return entries;
  }
  nlohmann::json gaps_;
};

TEST_F(Temporary, NamesWhatIsThereAndFollowsNoLink) {
  filesystem::create_directory(root_ + "/b");
  std::ofstream(root_ + "/b/deep") << "12345";
  std::ofstream(root_ + "/a\x1b[31m") << "";
  filesystem::create_symlink("/etc", root_ + "/link");
  chmod((root_ + "/b/deep").c_str(), 04711);
  timespec times[2] = {{0, UTIME_OMIT}, {1'000'000'000, 5}};
  ASSERT_EQ(utimensat(AT_FDCWD, (root_ + "/b/deep").c_str(), times, 0), 0);
  const nlohmann::json entries = list();
  ASSERT_EQ(entries.size(), 4u) << entries.dump(1);
  EXPECT_EQ(entries[0].at("path"), "a\\x1b[31m");
  EXPECT_EQ(entries[1].at("type"), "folder");
  EXPECT_EQ(entries[2].at("target"), "/etc");
  EXPECT_EQ(entries[3].at("path"), "b/deep");
  EXPECT_EQ(entries[3].at("size"), 5);
  EXPECT_EQ(entries[3].at("mode"), "4711");
  EXPECT_EQ(entries[3].at("modified"), "2001-09-09T01:46:40.000000005Z");
  EXPECT_TRUE(gaps_.empty()) << gaps_.dump();
}

TEST_F(Temporary, IsBoundedAndSaysSo) {
  for (int i = 0; i < 20; ++i) std::ofstream(root_ + "/" + std::to_string(i)) << "x";
  EXPECT_EQ(list(7).size(), 7u);
  EXPECT_EQ(gaps_.size(), 1u);
  Collector collector(clock_, 60'000);
  EXPECT_LE(list_temporary(collector, root_, 700).dump().size(), 702u);
  EXPECT_EQ(collector.gaps().size(), 1u);
  std::string deep = root_;
  for (int i = 0; i < 30; ++i) filesystem::create_directory(deep += "/d");
  EXPECT_EQ(list().size(), 36u);
  EXPECT_EQ(gaps_.size(), 1u);
}

TEST_F(Temporary, SaysWhenAFolderCannotBeRead) {
  filesystem::create_symlink("/etc", root_ + "/link");
  Collector collector(clock_, 60'000);
  EXPECT_TRUE(list_temporary(collector, root_ + "/missing").empty());
  EXPECT_TRUE(collector.gaps().empty());
  EXPECT_TRUE(list_temporary(collector, root_ + "/link").empty());
  EXPECT_EQ(collector.gaps().size(), 1u);
}

// Whatever the intruder's names are: a snapshot keeps 4 MiB of this.
TEST(BoundedLists, HoldNoMoreThanTheirSizeAsText) {
  SystemClock clock;
  Collector collector(clock, 60'000);
  BoundedList list(collector, "x", 10'000);
  while (list.add(shown(std::string(3000, '\x1b')))) {
  }
  EXPECT_FALSE(list.add("y"));
  nlohmann::json taken = list.take();
  EXPECT_EQ(taken.size(), 1u);
  EXPECT_LE(taken.dump().size(), 10'002u);
  for (int i = 0; i < 1000; ++i) collector.not_read(std::to_string(i) + std::string(3000, '"'), "why");
  EXPECT_LT(collector.gaps().dump().size(), 130u << 10);
  EXPECT_GT(collector.gaps().size(), 10u);
}

TEST(Times, OfFilesMayBeAnything) {
  EXPECT_EQ(to_iso_ns(to_time({-1, 999'999'999})), "1969-12-31T23:59:59.999999999Z");
  EXPECT_GT(to_time({INT64_MAX, 999'999'999}).ns, 0);
  EXPECT_LT(to_time({INT64_MIN, 0}).ns, 0);
}

}  // namespace
}  // namespace aplomb::evidence

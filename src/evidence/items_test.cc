// What is sealed beside the site: programs whose file is gone, what is planted in temporary folders, what
// starts by itself; bounded, and without passwords.
#include "evidence/items.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "crypto/crypto.h"
#include "fs/memory_fs.h"
#include "fs/posix_fs.h"

namespace aplomb::evidence {
namespace {

void put(fs::Fs& fs, const std::string& path, const std::string& text, uint32_t mode = 0644) {
  const size_t slash = path.rfind('/');
  auto dir = fs.make_dirs(slash == 0 ? "/" : path.substr(0, slash), 0755);
  ASSERT_TRUE(dir);
  ASSERT_TRUE(fs::write_file_durably(**dir, path.substr(slash + 1), as_bytes(text), mode));
}

std::string bytes_of(const Item& item) {
  auto taken = read_item(item);
  return taken ? std::string(as_text(taken->bytes)) : "not read: " + taken.error().what;
}

std::map<std::string, std::string> by_path(Items& items) {
  std::map<std::string, std::string> found;
  for (const Item& item : items.take())
    found[std::to_string(static_cast<int>(item.exhibit)) + "/" + item.path] = bytes_of(item);
  return found;
}

// A folder of the real machine that stands for "/", gone at the end.
class Machine {
 public:
  Machine() : top_(std::filesystem::temp_directory_path() / ("items-test-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(top_ / "tmp");
    std::filesystem::create_directories(top_ / "etc/cron.d");
  }
  ~Machine() { std::filesystem::remove_all(top_); }
  std::filesystem::path path(const std::string& below) const { return top_ / below; }
  std::string top() const { return top_.string(); }

 private:
  const std::filesystem::path top_;
};

TEST(Items, WhatStartsByItselfAndWhoMayComeInAreTaken) {
  fs::MemoryFs fs;
  put(fs, "/etc/crontab", "cron");
  put(fs, "/etc/cron.d/x", "x");
  put(fs, "/var/spool/cron/crontabs/www-data", "* * * * * curl");
  put(fs, "/etc/systemd/system/evil.timer", "timer");
  put(fs, "/root/.ssh/authorized_keys", "ssh-ed25519 A");
  put(fs, "/etc/ld.so.preload", "/lib/evil.so");
  put(fs, "/etc/nginx/nginx.conf", "conf");
  put(fs, "/etc/nginx/site.key", "secret");
  put(fs, "/etc/nginx/both.pem", "-----BEGIN PRIVATE KEY-----\nsecret");
  put(fs, "/etc/shadow", "secret");
  put(fs, "/var/lib/dpkg/status", "Package: a");
  put(fs, "/var/log/nginx/access.log", "line");
  Items items;
  items.list_machine(fs, {});
  items.add_logs(fs, {"/var/log/nginx/access.log", "/var/log/gone.log"});
  const auto found = by_path(items);
  for (const char* path :
       {"5/etc/crontab", "5/etc/cron.d/x", "5/var/spool/cron/crontabs/www-data",
        "5/etc/systemd/system/evil.timer", "5/root/.ssh/authorized_keys", "5/etc/ld.so.preload",
        "6/etc/nginx/nginx.conf", "8/var/lib/dpkg/status", "7/var/log/nginx/access.log"})
    EXPECT_TRUE(found.contains(path)) << path;
  EXPECT_EQ(found.at("5/etc/ld.so.preload"), "/lib/evil.so");
  for (const auto& [path, bytes] : found) EXPECT_EQ(bytes.find("secret\n"), bytes.npos) << path;
  EXPECT_EQ(found.at("6/etc/nginx/both.pem"), "not read: it holds secrets");
  EXPECT_EQ(items.left_out().size(), 1U) << "the key is said to be left out";
}

TEST(Items, OfATemporaryFolderWhatCouldBeExecuted) {
  fs::MemoryFs fs;
  put(fs, "/tmp/a/shell.php", "x");
  put(fs, "/tmp/run", "x", 0755);
  put(fs, "/tmp/elf", std::string("\x7f") + "ELFx");
  put(fs, "/tmp/script", "#!/bin/sh");
  put(fs, "/tmp/note.txt", "harmless");
  put(fs, "/tmp/site/index.php", "the site itself");
  put(fs, "/dev/shm/.x", "<?php 1;");
  Items items;
  items.list_machine(fs, {"/tmp/site"});
  const auto found = by_path(items);
  EXPECT_EQ(found.size(), 5U);
  EXPECT_TRUE(found.contains("4/dev/shm/.x"));
  EXPECT_FALSE(found.contains("4/tmp/note.txt"));
  EXPECT_FALSE(found.contains("4/tmp/site/index.php"));
}

TEST(Items, AreBoundedAndWhatIsTooMuchIsSaid) {
  fs::MemoryFs fs;
  for (int i = 0; i < 150; ++i) put(fs, "/tmp/" + std::to_string(i) + ".php", "x");
  put(fs, "/etc/cron.d/huge", std::string(5 << 20, 'x'));
  Items items;
  items.list_machine(fs, {});
  EXPECT_EQ(items.left_out().size(), 51U);
  EXPECT_EQ(by_path(items).size(), 100U);
}

TEST(Items, NoHeapOfLargeFilesPushesASmallOneOut) {
  fs::MemoryFs fs;
  for (int i = 0; i < 40; ++i) put(fs, "/tmp/" + std::to_string(i) + ".sh", std::string(1 << 20, 'x'));
  put(fs, "/tmp/zz.php", "x");
  Items items;
  items.list_machine(fs, {});
  EXPECT_TRUE(by_path(items).contains("4/tmp/zz.php"));
}

TEST(Items, AFolderOfManyFilesHidesNoOther) {
  fs::MemoryFs fs;
  for (int i = 0; i < 5100; ++i) put(fs, "/dev/shm/" + std::to_string(i), "x");
  put(fs, "/tmp/shell.php", "x");
  Items items;
  items.list_machine(fs, {});
  EXPECT_TRUE(by_path(items).contains("4/tmp/shell.php"));
  EXPECT_EQ(items.left_out().size(), 1U);
}

TEST(Items, NamesOfAnyBytesStayApart) {
  Machine machine;
  fs::PosixFs fs;
  const std::string name = "a\n\xff\\ .php";
  std::ofstream(machine.path("tmp/" + name)) << "x";
  std::ofstream(machine.path("etc/cron.d/job.link")) << "a file of that name";
  std::filesystem::create_symlink("/elsewhere", machine.path("etc/cron.d/job"));
  Items items;
  items.list_machine(fs, {}, machine.top());
  auto found = by_path(items);
  EXPECT_TRUE(found.contains("4/tmp/" + name));
  ASSERT_TRUE(found.contains("5/etc/cron.d/job.link"));
  ASSERT_TRUE(found.contains("5/etc/cron.d/job.link~2"));
}

TEST(Items, FifosSocketsDevicesAndLinksAreNotOpened) {
  Machine machine;
  fs::PosixFs fs;
  ASSERT_EQ(mkfifo(machine.path("tmp/fifo.php").c_str(), 0755), 0);
  ASSERT_EQ(mkfifo(machine.path("etc/crontab").c_str(), 0755), 0);
  std::ofstream(machine.path("outside")) << "must not be read";
  std::filesystem::create_symlink(machine.path("outside"), machine.path("tmp/link.php"));
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string at = machine.path("tmp/s.php").string();
  ASSERT_LT(at.size(), sizeof address.sun_path);
  std::copy(at.begin(), at.end(), address.sun_path);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  Items items;
  items.list_machine(fs, {}, machine.top());
  close(fd);
  for (const auto& [path, bytes] : by_path(items)) EXPECT_FALSE(path.starts_with("4/tmp")) << path;
  ASSERT_EQ(items.left_out().size(), 1U);
  EXPECT_EQ(items.left_out()[0].what, "/etc/crontab");
}

TEST(Items, AHugeSparseFileCostsNothingAndALongLogGivesItsEnd) {
  Machine machine;
  fs::PosixFs fs;
  std::ofstream(machine.path("tmp/huge.php")) << "x";
  std::filesystem::resize_file(machine.path("tmp/huge.php"), 1ULL << 40);
  const std::string log = machine.path("tmp/access.log").string();
  std::ofstream(log) << "x";
  std::filesystem::resize_file(log, 100 << 20);
  std::ofstream(log, std::ios::app) << "the last line";
  Items items;
  items.list_machine(fs, {}, machine.top());
  items.add_logs(fs, {"/tmp/access.log"}, machine.top());
  const auto found = by_path(items);
  EXPECT_FALSE(found.contains("4/tmp/huge.php"));
  ASSERT_TRUE(found.contains("7/tmp/access.log"));
  EXPECT_LE(found.at("7/tmp/access.log").size(), 64U << 20);
  EXPECT_TRUE(found.at("7/tmp/access.log").ends_with("the last line"));
}

TEST(Items, ALogThatGrowsIsAsLongAsItWasAndSaidToHaveChanged) {
  Machine machine;
  fs::PosixFs fs;
  const std::string log = machine.path("tmp/access.log").string();
  std::ofstream(log) << "first\n";
  Items items;
  items.add_logs(fs, {"/tmp/access.log"}, machine.top());
  std::ofstream(log, std::ios::app) << std::string(1 << 20, 'x');
  const std::vector<Item> taken = items.take();
  ASSERT_EQ(taken.size(), 1U);
  auto read = read_item(taken[0]);
  ASSERT_TRUE(read);
  EXPECT_EQ(as_text(read->bytes), "first\n");
  EXPECT_TRUE(read->another_state);
  std::filesystem::remove(log);
  EXPECT_FALSE(read_item(taken[0])) << "what vanished is said";
}

TEST(Items, ReadingChangesNoTimes) {
  Machine machine;
  fs::PosixFs fs;
  const std::string file = machine.path("tmp/shell.php").string();
  std::ofstream(file) << "x";
  const timespec times[2] = {{1'000'000'000, 0}, {1'500'000'000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  Items items;
  items.list_machine(fs, {}, machine.top());
  EXPECT_TRUE(by_path(items).contains("4/tmp/shell.php"));
  struct stat stat{};
  ASSERT_EQ(::stat(file.c_str(), &stat), 0);
  EXPECT_EQ(stat.st_atim.tv_sec, 1'000'000'000);
  EXPECT_EQ(stat.st_mtim.tv_sec, 1'500'000'000);
}

// A copy of sleep, started and then deleted.
class Planted {
 public:
  Planted(const std::filesystem::path& folder, size_t how_many) {
    std::filesystem::create_directories(folder);
    const std::filesystem::path program = folder / "planted";
    std::filesystem::copy_file("/bin/sleep", program, std::filesystem::copy_options::overwrite_existing);
    for (size_t i = 0; i < how_many; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        execl(program.c_str(), "planted", "60", static_cast<char*>(nullptr));
        _exit(127);
      }
      children_.push_back(child);
      const std::string exe = "/proc/" + std::to_string(child) + "/exe";
      for (int tries = 0; tries < 500; ++tries) {
        std::error_code ignored;
        if (std::filesystem::read_symlink(exe, ignored) == program) break;
        usleep(10'000);
      }
    }
    std::filesystem::remove_all(folder);
  }
  ~Planted() { end(); }
  void end() {
    for (pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
    children_.clear();
  }
  pid_t first() const { return children_.front(); }
  bool is(std::string_view path, std::string_view end) const {
    return path.ends_with(end) && std::ranges::any_of(children_, [&](pid_t child) {
             return path.starts_with(std::to_string(child) + "-");
           });
  }

 private:
  std::vector<pid_t> children_;
};

TEST(Items, AProgramWhoseFileWasDeletedIsHeldAndReadable) {
  Machine machine;
  Planted planted(machine.path("bin"), 1);
  const std::string begin = std::to_string(planted.first()) + "-";
  Items items;
  items.hold_processes({}, SystemClock(), 10'000);
  planted.end();
  std::ifstream original("/bin/sleep", std::ios::binary);
  const std::string expected((std::istreambuf_iterator<char>(original)), {});
  bool held = false, mapped = false;
  for (const Item& item : items.take()) {
    if (item.path.starts_with(begin) && item.path.ends_with(".exe")) {
      held = true;
      EXPECT_EQ(crypto::sha256(as_bytes(bytes_of(item))).hex(), crypto::sha256(as_bytes(expected)).hex());
      EXPECT_NE(item.source.find("deleted"), std::string::npos);
    }
    mapped = mapped || (item.path.starts_with(begin) && item.path.ends_with(".maps"));
  }
  EXPECT_TRUE(held);
  EXPECT_TRUE(mapped);
}

TEST(Items, OneProgramOfManyProcessesIsHeldOnceAndNamesThem) {
  Machine machine;
  Planted planted(machine.path("bin"), 5);
  Items items;
  items.hold_processes({}, SystemClock(), 10'000);
  size_t programs = 0;
  std::string source;
  for (const Item& item : items.take()) {
    if (!planted.is(item.path, ".exe")) continue;
    ++programs;
    source = item.source;
  }
  EXPECT_EQ(programs, 1U);
  EXPECT_EQ(std::ranges::count(source, ','), 5) << source;
}

TEST(Items, WithoutTimeNothingIsHeldAndThatIsSaid) {
  Machine machine;
  Planted planted(machine.path("bin"), 1);
  Items items;
  items.hold_processes({}, SystemClock(), 0);
  EXPECT_TRUE(items.take().empty());
  EXPECT_EQ(items.left_out().size(), 2U);
}

}  // namespace
}  // namespace aplomb::evidence

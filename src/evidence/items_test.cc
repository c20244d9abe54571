// What is sealed beside the site: programs whose file is gone, what is planted in temporary folders, what
// starts by itself; bounded, and without passwords.
#include "evidence/items.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "crypto/crypto.h"
#include "fs/memory_fs.h"

namespace aplomb::evidence {
namespace {

void put(fs::Fs& fs, const std::string& path, const std::string& text, uint32_t mode = 0644) {
  const size_t slash = path.rfind('/');
  auto dir = fs.make_dirs(slash == 0 ? "/" : path.substr(0, slash), 0755);
  ASSERT_TRUE(dir);
  ASSERT_TRUE(fs::write_file_durably(**dir, path.substr(slash + 1), as_bytes(text), mode));
}

std::string bytes_of(const Item& item) {
  auto file = item.open();
  if (!file) return "not opened: " + file.error().what;
  std::string text((*file)->stat()->size, '\0');
  auto got = (*file)->read_at(0, std::span(reinterpret_cast<uint8_t*>(text.data()), text.size()));
  text.resize(got.value_or(0));
  return text;
}

std::map<std::string, std::string> by_path(Items& items) {
  std::map<std::string, std::string> found;
  for (const Item& item : items.take())
    found[std::to_string(static_cast<int>(item.exhibit)) + "/" + item.path] = bytes_of(item);
  return found;
}

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
  for (const auto& [path, bytes] : found) EXPECT_NE(bytes, "secret") << path;
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

TEST(Items, AProgramWhoseFileWasDeletedIsHeldAndReadable) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("items-test-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const std::filesystem::path program = folder / "planted";
  std::filesystem::copy_file("/bin/sleep", program, std::filesystem::copy_options::overwrite_existing);
  const pid_t child = fork();
  if (child == 0) {
    execl(program.c_str(), "planted", "60", static_cast<char*>(nullptr));
    _exit(127);
  }
  const std::string exe = "/proc/" + std::to_string(child) + "/exe";
  for (int i = 0; i < 500; ++i) {
    std::error_code ignored;
    if (std::filesystem::read_symlink(exe, ignored) == program) break;
    usleep(10'000);
  }
  std::filesystem::remove_all(folder);
  Items items;
  items.hold_processes({});
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  std::ifstream original("/bin/sleep", std::ios::binary);
  const std::string expected((std::istreambuf_iterator<char>(original)), {});
  bool held = false, mapped = false;
  for (const Item& item : items.take()) {
    if (item.path.starts_with(std::to_string(child) + "-") && item.path.ends_with(".exe")) {
      held = true;
      EXPECT_EQ(crypto::sha256(as_bytes(bytes_of(item))).hex(), crypto::sha256(as_bytes(expected)).hex());
      EXPECT_NE(item.source.find("deleted"), std::string::npos);
    }
    mapped = mapped || (item.path.starts_with(std::to_string(child) + "-") && item.path.ends_with(".maps"));
  }
  EXPECT_TRUE(held);
  EXPECT_TRUE(mapped);
}

}  // namespace
}  // namespace aplomb::evidence

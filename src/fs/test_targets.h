// What the tests of fs run on: a name, an Fs, and an empty directory in it. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "fs/fault_fs.h"
#include "fs/memory_fs.h"
#include "fs/posix_fs.h"

namespace aplomb::fs {

// A fresh directory of the machine, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = std::filesystem::canonical(testing::TempDir()).string() + "/aplomb-fs-XXXXXX";
    made_ = mkdtemp(path_.data()) != nullptr;
    EXPECT_TRUE(made_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (made_) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool made_ = false;
};

struct PosixTarget {
  TemporaryFolder folder;
  PosixFs posix;
  Fs& fs() { return posix; }
  std::string root() { return folder.path(); }
  static bool is_root() { return geteuid() == 0; }
};

struct PosixOldTarget {  // a kernel without openat2 and RENAME_NOREPLACE
  TemporaryFolder folder;
  PosixFs posix{Kernel::old};
  Fs& fs() { return posix; }
  std::string root() { return folder.path(); }
  static bool is_root() { return geteuid() == 0; }
};

struct MemoryTarget {
  MemoryFs memory;
  MemoryTarget() { EXPECT_TRUE(memory.make_dirs("/test", 0755)); }
  Fs& fs() { return memory; }
  std::string root() { return "/test"; }
  static bool is_root() { return true; }
};

struct FaultTarget {  // with nothing planned
  MemoryTarget below;
  FaultPlan plan;
  FaultFs fault{below.memory, plan};
  Fs& fs() { return fault; }
  std::string root() { return "/test"; }
  static bool is_root() { return true; }
};

using Targets = testing::Types<PosixTarget, PosixOldTarget, MemoryTarget, FaultTarget>;

struct TargetNames {
  template <typename Target>
  static std::string GetName(int) {
    if (std::is_same_v<Target, PosixTarget>) return "Posix";
    if (std::is_same_v<Target, PosixOldTarget>) return "PosixOldKernel";
    if (std::is_same_v<Target, MemoryTarget>) return "Memory";
    return "Fault";
  }
};

// The base of the suites: `dir` is the empty directory.
template <typename Target>
class OnEveryFs : public testing::Test {
 protected:
  OnEveryFs() {
    auto opened = target.fs().open_dir(target.root());
    EXPECT_TRUE(opened);
    dir = std::move(*opened);
  }

  void put(std::string_view path, std::string_view text) { put_in(*dir, path, text); }
  std::string get(std::string_view path) { return get_from(*dir, path); }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    std::vector<Entry> entries = *dir->list();
    for (const Entry& entry : entries) out.push_back(entry.name);
    return out;
  }

  static void put_in(Dir& where, std::string_view path, std::string_view text) {
    auto file = where.open(path, Open::create);
    ASSERT_TRUE(file) << file.error().what;
    ASSERT_TRUE((*file)->truncate(0));
    ASSERT_TRUE((*file)->write_at(0, as_bytes(text)));
  }
  // The text, or "!" and the error.
  static std::string get_from(Dir& where, std::string_view path) {
    auto bytes = read_file(where, path, 1 << 20);
    return bytes ? std::string(as_text(*bytes)) : "!" + bytes.error().what;
  }

  Target target;
  std::unique_ptr<Dir> dir;
};

// 0 when it went well, else the errno.
template <typename T>
int errno_of(const Result<T>& result) {
  return result ? 0 : result.error().sys_errno;
}

}  // namespace aplomb::fs

// A site on any file system with its vault in memory, and trees as text that can be compared. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "archive/restore.h"
#include "archive/take_snapshot.h"
#include "fs/test_targets.h"
#include "vault/test_vault.h"

namespace aplomb::archive {

// Seeded, except for single numbers: chance re-reads no file, or every one.
class ChosenRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override {
    if (out.size() != 8) return seeded_.fill(out);
    std::ranges::fill(out, uint8_t{0});
    out[0] = reread ? 0 : 1;
  }
  bool reread = false;

 private:
  SeededRandom seeded_{77};
};

inline void put_file(fs::Dir& dir, const std::string& path, ByteView bytes) {
  auto file = dir.open(path, fs::Open::create);
  ASSERT_TRUE(file) << path << ": " << file.error().what;
  ASSERT_TRUE((*file)->truncate(0));
  ASSERT_TRUE((*file)->write_at(0, bytes)) << path;
}

inline Bytes get_file(fs::Dir& dir, const std::string& path) {
  return fs::read_file(dir, path, 1 << 30).value_or(vault::text_bytes("cannot be read"));
}

// Everything a restore must bring back, one line an entry: hard links show as the first path of their file.
using Picture = std::map<std::string, std::string>;

inline void add_to_picture(fs::Dir& dir, const std::string& path,
                           std::map<uint64_t, std::string>& first_names, Picture& picture) {
  auto entries = dir.list();
  ASSERT_TRUE(entries);
  for (const fs::Entry& entry : *entries) {
    std::string below = fs::join_path(path, entry.name);
    fs::Stat stat = *dir.stat(entry.name);
    std::string line = fmt::format("{} {:o} {}:{} @{}", static_cast<int>(stat.type), stat.mode, stat.uid,
                                   stat.gid, stat.mtime_ns);
    if (stat.type == fs::FileType::regular) {
      line += fmt::format(" {} {}", stat.size, crypto::sha256(get_file(dir, entry.name)).hex());
      if (stat.links > 1) line += " =" + first_names.try_emplace(stat.inode, below).first->second;
    }
    if (stat.type == fs::FileType::symlink) line += " -> " + *dir.read_link(entry.name);
    const auto xattrs = dir.xattrs(entry.name).value_or(std::vector<fs::Xattr>());
    for (const fs::Xattr& xattr : xattrs) line += " " + xattr.name + "=" + to_hex(xattr.value);
    picture[below] = line;
    if (stat.type == fs::FileType::directory) {
      auto child = dir.open_dir(entry.name);
      ASSERT_TRUE(child);
      add_to_picture(**child, below, first_names, picture);
    }
  }
}

inline Picture picture_of(fs::Dir& dir) {
  Picture picture;
  std::map<uint64_t, std::string> first_names;
  add_to_picture(dir, "", first_names, picture);
  fs::Stat self = *dir.stat_self();
  picture["."] = fmt::format("{:o} {}:{} @{}", self.mode, self.uid, self.gid, self.mtime_ns);
  return picture;
}

// The site is `base`/site, its state `base`/state, both on `live`.
struct TestSite {
  fs::Fs& live;
  std::string base;
  vault::TestVault vault;
  std::unique_ptr<vault::Keeper> keeper = vault.ready();
  ManualClock clock{Time{SystemClock().now().ns + kDay}};  // so that what was just made is old
  ChosenRandom random;
  vault::LineLog log;
  NoProgress progress;
  site::SiteConfig config;
  std::unique_ptr<fs::Dir> root;
  std::unique_ptr<vault::VaultReader> reader;

  TestSite(fs::Fs& where, std::string path) : live(where), base(std::move(path)) {
    config.name = "mairie";
    config.roots = {base + "/site"};
    root = std::move(*live.make_dirs(config.roots[0], 0755));
  }

  std::string state_path() const { return base + "/state"; }
  Machine machine() { return {live, clock, random, log, progress}; }
  Result<SnapshotResult> backup(bool read_everything = false) {
    SnapshotRequest request{.site = config, .state_path = state_path(), .facts_json = "{}", .pages = pages};
    request.read_everything = read_everything;
    return take_snapshot(machine(), *keeper, vault.writer, request);
  }
  std::vector<Page> pages;

  Result<std::unique_ptr<VaultSnapshot>> view(const vault::SnapshotId& id) {
    reader = TRY(vault.reader(*keeper));
    return VaultSnapshot::open(*reader, TRY(reader->find(id.hex())));
  }
  std::unique_ptr<fs::Dir> folder(const std::string& name) {
    return std::move(*live.make_dirs(base + "/" + name, 0755));
  }
  Result<RestoreCounts> restore_to(fs::Dir& target, const vault::SnapshotId& id,
                                   const std::vector<std::string>& paths = {}) {
    auto snapshot = TRY(view(id));
    return restore(*snapshot, target, paths, progress);
  }
};

// On the machine's file system, in a folder that goes with it.
struct PosixSite {
  fs::TemporaryFolder folder;
  fs::PosixFs posix;
  TestSite site{posix, folder.path()};
};

// In memory, over the fault plan of the vault's file system.
struct MemorySite {
  fs::MemoryFs memory;
  fs::FaultPlan plan;
  fs::FaultFs fault{memory, plan};
  TestSite site{fault, "/srv"};
};

}  // namespace aplomb::archive

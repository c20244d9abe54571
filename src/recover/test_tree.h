// For tests: a folder as text, entry by entry, so that two states of it can be compared and a difference
// read.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "crypto/crypto.h"
#include "fs/fs.h"

namespace aplomb::recover {

using Tree = std::map<std::string, std::string>;
enum class Times { ignored, compared };

inline void describe(fs::Dir& dir, const std::string& path, Times times, Tree& out) {
  auto stat = dir.stat(path);
  ASSERT_TRUE(stat) << path << ": " << stat.error().what;
  std::string content;
  if (stat->type == fs::FileType::symlink) content = "-> " + dir.read_link(path).value_or("?");
  if (stat->type == fs::FileType::regular) {
    auto bytes = fs::read_file(dir, path, 1 << 24);
    ASSERT_TRUE(bytes) << path << ": " << bytes.error().what;
    content = bytes->size() < 60 ? std::string(as_text(*bytes)) : crypto::sha256(*bytes).hex();
  }
  out[path] = fmt::format("{} {:o} {}", static_cast<int>(stat->type), stat->mode, content);
  if (times == Times::compared) out[path] += fmt::format(" @{}", stat->mtime_ns);
  if (stat->type != fs::FileType::directory) return;
  auto self = dir.open_dir(path);
  ASSERT_TRUE(self) << path;
  auto entries = (*self)->list();
  ASSERT_TRUE(entries) << path;
  for (const fs::Entry& entry : *entries) describe(dir, fs::join_path(path, entry.name), times, out);
}

inline Tree tree_of(fs::Fs& fs, const std::string& folder, Times times = Times::ignored) {
  Tree tree;
  auto dir = fs.open_dir(folder);
  EXPECT_TRUE(dir) << folder;
  if (dir) describe(**dir, "", times, tree);
  return tree;
}

}  // namespace aplomb::recover

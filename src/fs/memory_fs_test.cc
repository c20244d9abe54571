// The crash model: over many seeds, what was synced is always there, and what was not is seen both ways.
#include "fs/memory_fs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace aplomb::fs {
namespace {

constexpr uint64_t kSeeds = 400;

std::string get(Dir& dir, std::string_view path) {
  auto bytes = read_file(dir, path, 1 << 20);
  return bytes ? std::string(as_text(*bytes)) : "(none)";
}

void put(Dir& dir, std::string_view path, std::string_view text) {
  ASSERT_TRUE((*dir.open(path, Open::create))->write_at(0, as_bytes(text)));
}

void put_synced(Dir& dir, std::string_view path, std::string_view text) {
  auto file = *dir.open(path, Open::create);
  ASSERT_TRUE(file->write_at(0, as_bytes(text)));
  ASSERT_TRUE(file->sync());
}

// Runs `work` on a fresh file system, crashes it, and counts what `look` says, seed by seed.
template <typename Work, typename Look>
std::map<std::string, int> after_crash(Work work, Look look) {
  std::map<std::string, int> seen;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    MemoryFs fs;
    work(**fs.open_dir("/"));
    SeededRandom random(seed);
    fs.crash(random);
    ++seen[look(**fs.open_dir("/"))];
  }
  return seen;
}

std::set<std::string> keys(const std::map<std::string, int>& map) {
  std::set<std::string> out;
  for (const auto& [key, count] : map) out.insert(key);
  return out;
}

using Set = std::set<std::string>;

}  // namespace

TEST(MemoryFs, SyncedFileInSyncedDirectorySurvives) {
  auto seen = after_crash(
      [](Dir& dir) {
        put_synced(dir, "a", "kept");
        ASSERT_TRUE(dir.sync());
        put(dir, "b", "junk");
      },
      [](Dir& dir) { return get(dir, "a"); });
  EXPECT_EQ(keys(seen), Set{"kept"});
}

TEST(MemoryFs, SyncedFileInUnsyncedDirectoryMayHaveNoName) {
  auto seen =
      after_crash([](Dir& dir) { put_synced(dir, "a", "x"); }, [](Dir& dir) { return get(dir, "a"); });
  EXPECT_EQ(keys(seen), (Set{"x", "(none)"}));
}

TEST(MemoryFs, UnsyncedFileInSyncedDirectoryMayHoldAnything) {
  auto seen = after_crash(
      [](Dir& dir) {
        put(dir, "a", "0123456789");
        ASSERT_TRUE(dir.sync());
      },
      [](Dir& dir) { return get(dir, "a"); });
  Set contents = keys(seen);
  EXPECT_TRUE(contents.contains("0123456789"));
  EXPECT_TRUE(contents.contains("")) << "a durable name of an empty file";
  EXPECT_TRUE(contents.contains("0123")) << "a prefix";
  EXPECT_TRUE(contents.contains(std::string(10, '\0'))) << "the size without the bytes";
  EXPECT_FALSE(contents.contains("(none)"));
  EXPECT_GT(contents.size(), 12u) << "and garbage";
}

TEST(MemoryFs, WritesMaySurviveOutOfOrder) {
  auto seen = after_crash(
      [](Dir& dir) {
        put_synced(dir, "a", std::string(1024, '-'));
        ASSERT_TRUE(dir.sync());
        auto file = *dir.open("a", Open::write);
        ASSERT_TRUE(file->write_at(0, as_bytes("1")));
        ASSERT_TRUE(file->write_at(600, as_bytes("2")));
      },
      [](Dir& dir) {
        std::string text = get(dir, "a");
        std::string rest = text;
        rest[0] = rest[600] = '-';
        EXPECT_EQ(rest, std::string(1024, '-')) << "bytes that nobody wrote are never harmed";
        return std::string{text[0], text[600]};
      });
  for (std::string_view both : {"--", "1-", "-2", "12"})
    EXPECT_TRUE(seen.contains(std::string(both))) << both;
}

TEST(MemoryFs, TornWritesTearAtSectors) {
  auto seen = after_crash(
      [](Dir& dir) {
        put_synced(dir, "a", std::string(2048, 'o'));
        ASSERT_TRUE(dir.sync());
        put(dir, "a", std::string(2048, 'n'));
      },
      [](Dir& dir) {
        std::string text = get(dir, "a"), shape;
        for (size_t at = 0; at < text.size(); at += 512) {
          std::string_view sector = std::string_view(text).substr(at, 512);
          bool same = std::ranges::all_of(sector, [&](char c) { return c == sector[0]; });
          shape += !same ? 'x' : sector[0] == '\0' ? '0' : sector[0];
        }
        return shape;
      });
  EXPECT_TRUE(seen.contains("oooo"));
  EXPECT_TRUE(seen.contains("nnnn"));
  auto any_with = [&](char c) {
    return std::ranges::any_of(seen, [&](const auto& one) { return one.first.find(c) != std::string::npos; });
  };
  EXPECT_TRUE(any_with('0'));
  EXPECT_TRUE(any_with('x'));
  for (const auto& [shape, count] : seen) EXPECT_EQ(shape.size(), 4u);
}

TEST(MemoryFs, TruncationMayBeLost) {
  auto seen = after_crash(
      [](Dir& dir) {
        put_synced(dir, "a", "0123456789");
        ASSERT_TRUE(dir.sync());
        ASSERT_TRUE((*dir.open("a", Open::write))->truncate(3));
      },
      [](Dir& dir) { return get(dir, "a"); });
  EXPECT_EQ(keys(seen), (Set{"012", "0123456789"}));
}

TEST(MemoryFs, RemovalMayBeUndoneUntilTheDirectoryIsSynced) {
  auto work = [](Dir& dir) {
    put_synced(dir, "a", "x");
    ASSERT_TRUE(dir.sync());
    ASSERT_TRUE(dir.remove("a"));
  };
  auto look = [](Dir& dir) { return get(dir, "a"); };
  EXPECT_EQ(keys(after_crash(work, look)), (Set{"x", "(none)"}));
  auto synced = [&](Dir& dir) {
    work(dir);
    ASSERT_TRUE(dir.sync());
  };
  EXPECT_EQ(keys(after_crash(synced, look)), Set{"(none)"});
}

TEST(MemoryFs, DirectoryChangesAreIndependent) {
  auto seen = after_crash(
      [](Dir& dir) {
        put_synced(dir, "a", "");
        put_synced(dir, "b", "");
      },
      [](Dir& dir) {
        std::string names;
        std::vector<Entry> entries = *dir.list();
        for (const Entry& entry : entries) names += entry.name;
        return names;
      });
  EXPECT_EQ(keys(seen), (Set{"", "a", "b", "ab"})) << "also the later one without the earlier";
}

TEST(MemoryFs, RenameSurvivesWholeOrNotAtAll) {
  auto work = [](Dir& dir) {
    ASSERT_TRUE(dir.make_dir("d", 0755));
    put_synced(dir, "a", "x");
    ASSERT_TRUE(dir.sync());
    ASSERT_TRUE(dir.rename("a", **dir.open_dir("d"), "b", Replace::no));
  };
  auto look = [](Dir& dir) { return get(dir, "a") + get(dir, "d/b"); };
  EXPECT_EQ(keys(after_crash(work, look)), (Set{"x(none)", "(none)x"}));
  for (std::string_view which : {"", "d"}) {
    auto synced = [&](Dir& dir) {
      work(dir);
      ASSERT_TRUE((*dir.open_dir(which))->sync());
    };
    EXPECT_EQ(keys(after_crash(synced, look)), Set{"(none)x"}) << which;
  }
}

TEST(MemoryFs, SyncOfARenameTargetTakesAlongTheMakingOfItsSource) {
  auto seen = after_crash(
      [](Dir& dir) {
        ASSERT_TRUE(dir.make_dir("d", 0755));
        ASSERT_TRUE(dir.make_dir("tmp", 0755));
        ASSERT_TRUE(dir.sync());
        put_synced(dir, "tmp/a", "x");
        ASSERT_TRUE((*dir.open_dir("tmp"))->rename("a", **dir.open_dir("d"), "a", Replace::no));
        ASSERT_TRUE((*dir.open_dir("d"))->sync());
      },
      [](Dir& dir) { return get(dir, "tmp/a") + get(dir, "d/a"); });
  EXPECT_EQ(keys(seen), Set{"(none)x"});
}

TEST(MemoryFs, ReplacedFileIsOldOrNew) {
  auto seen = after_crash(
      [](Dir& dir) {
        put_synced(dir, "a", "old");
        ASSERT_TRUE(dir.sync());
        put_synced(dir, "t", "new");
        ASSERT_TRUE(dir.rename("t", dir, "a", Replace::yes));
      },
      [](Dir& dir) { return get(dir, "a"); });
  EXPECT_EQ(keys(seen), (Set{"old", "new"}));
}

TEST(MemoryFs, RenameWithoutSyncOfTheFileMayShowAnEmptyFile) {
  auto seen = after_crash(
      [](Dir& dir) {
        put_synced(dir, "a", "old");
        ASSERT_TRUE(dir.sync());
        put(dir, "t", "new");
        ASSERT_TRUE(dir.rename("t", dir, "a", Replace::yes));
        ASSERT_TRUE(dir.sync());
      },
      [](Dir& dir) { return get(dir, "a"); });
  EXPECT_TRUE(seen.contains("")) << "the classic mistake must be visible";
  EXPECT_TRUE(seen.contains("new"));
  EXPECT_FALSE(seen.contains("old"));
}

TEST(MemoryFs, SecondNameAndRemovalOfTheFirstMayLoseTheFile) {
  auto seen = after_crash(
      [](Dir& dir) {
        put_synced(dir, "a", "x");
        ASSERT_TRUE(dir.sync());
        ASSERT_TRUE(dir.link("a", "b"));
        ASSERT_TRUE(dir.remove("a"));
      },
      [](Dir& dir) { return get(dir, "a") + get(dir, "b"); });
  EXPECT_EQ(keys(seen), (Set{"x(none)", "xx", "(none)x", "(none)(none)"}));
}

TEST(MemoryFs, RemovedDirectoryTakesNothingAlongThatWasMovedOut) {
  auto seen = after_crash(
      [](Dir& dir) {
        ASSERT_TRUE(dir.make_dir("d", 0755));
        put_synced(dir, "d/a", "x");
        ASSERT_TRUE(dir.sync());
        ASSERT_TRUE((*dir.open_dir("d"))->sync());
        ASSERT_TRUE((*dir.open_dir("d"))->rename("a", dir, "a", Replace::no));
        ASSERT_TRUE(dir.remove_dir("d"));
      },
      [](Dir& dir) { return get(dir, "a") + get(dir, "d/a"); });
  EXPECT_EQ(keys(seen), (Set{"x(none)", "(none)x"}));
}

TEST(MemoryFs, SyncOfARemovedDirectorysParentMakesTheMoveOutDurable) {
  auto seen = after_crash(
      [](Dir& dir) {
        ASSERT_TRUE(dir.make_dir("d", 0755));
        ASSERT_TRUE(dir.make_dir("e", 0755));
        put_synced(dir, "d/a", "x");
        ASSERT_TRUE(dir.sync());
        ASSERT_TRUE((*dir.open_dir("d"))->sync());
        ASSERT_TRUE((*dir.open_dir("d"))->rename("a", **dir.open_dir("e"), "a", Replace::no));
        ASSERT_TRUE(dir.remove_dir("d"));
        ASSERT_TRUE(dir.sync());
      },
      [](Dir& dir) { return get(dir, "e/a") + get(dir, "d/a"); });
  EXPECT_EQ(keys(seen), Set{"x(none)"});
}

TEST(MemoryFs, AttributesAreDurableWithTheirFile) {
  auto work = [](Dir& dir) {
    put_synced(dir, "a", "x");
    ASSERT_TRUE(dir.sync());
    ASSERT_TRUE(dir.set_mode("a", 0640));
    ASSERT_TRUE(dir.set_xattr("a", {"user.a", {1}}));
  };
  auto look = [](Dir& dir) {
    return std::to_string(dir.stat("a")->mode) + "/" + std::to_string(dir.xattrs("a")->size());
  };
  EXPECT_EQ(keys(after_crash(work, look)), (Set{"384/0", "416/1"}));
  auto synced = [&](Dir& dir) {
    work(dir);
    ASSERT_TRUE((*dir.open("a", Open::write))->sync());
  };
  EXPECT_EQ(keys(after_crash(synced, look)), Set{"416/1"});
}

TEST(MemoryFs, MakeDirsIsDurable) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    MemoryFs fs;
    ASSERT_TRUE(fs.make_dirs("/a/b", 0700));
    SeededRandom random(seed);
    fs.crash(random);
    EXPECT_TRUE(fs.open_dir("/a/b"));
  }
}

TEST(MemoryFs, TheSameSeedGivesTheSameState) {
  auto look = [](Dir& dir) {
    std::string all;
    std::vector<Entry> entries = *dir.list();
    for (const Entry& entry : entries) all += entry.name + "=" + get(dir, entry.name) + ";";
    return all;
  };
  auto run = [&](uint64_t seed) {
    MemoryFs fs;
    auto dir = *fs.open_dir("/");
    for (int i = 0; i < 20; ++i) put(*dir, "f" + std::to_string(i), std::string(700, 'x'));
    SeededRandom random(seed);
    fs.crash(random);
    return look(**fs.open_dir("/"));
  };
  std::set<std::string> states;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(run(seed), run(seed));
    states.insert(run(seed));
  }
  EXPECT_GT(states.size(), 5u);
}

TEST(MemoryFs, HandlesFromBeforeACrashAreDead) {
  MemoryFs fs;
  auto dir = *fs.open_dir("/");
  auto file = *dir->open("a", Open::create);
  ASSERT_TRUE(file->try_lock());
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(dir->sync());
  SeededRandom random(1);
  fs.crash(random);
  EXPECT_EQ(dir->list().error().sys_errno, EIO);
  EXPECT_EQ(file->write_at(0, as_bytes("x")).error().sys_errno, EIO);
  auto again = *(*fs.open_dir("/"))->open("a", Open::write);
  EXPECT_TRUE(again->try_lock()) << "the lock died with the process";
  file.reset();
  auto third = *(*fs.open_dir("/"))->open("a", Open::write);
  EXPECT_EQ(third->try_lock().error().code, Code::busy) << "a dead handle releases nothing";
}

TEST(MemoryFs, FullDiskTakesWhatFitsAndRecovers) {
  MemoryFs fs;
  auto dir = *fs.open_dir("/");
  fs.set_capacity(3 * 4096);
  EXPECT_EQ(*dir->free_bytes(), 3u * 4096);
  auto file = *dir->open("a", Open::create);
  auto full = file->write_at(100, Bytes(5 * 4096, 'x'));
  EXPECT_EQ(full.error().sys_errno, ENOSPC);
  EXPECT_EQ(file->stat()->size, 3u * 4096);
  EXPECT_EQ(*dir->free_bytes(), 0u);
  EXPECT_TRUE(file->write_at(0, Bytes(4096, 'y'))) << "what is allocated can be written";
  EXPECT_EQ(dir->make_dir("d", 0755).error().sys_errno, ENOSPC);
  ASSERT_TRUE(dir->remove("a"));
  EXPECT_EQ(*dir->free_bytes(), 0u) << "still open";
  file.reset();
  EXPECT_EQ(*dir->free_bytes(), 3u * 4096);
  put(*dir, "b", "x");
  EXPECT_EQ(*dir->free_bytes(), 2u * 4096);
  ASSERT_TRUE((*dir->open("b", Open::write))->truncate(0));
  EXPECT_EQ(*dir->free_bytes(), 3u * 4096);
}

TEST(MemoryFs, SpaceIsCountedAnewAfterACrash) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    MemoryFs fs;
    fs.set_capacity(10 * 4096);
    put(**fs.open_dir("/"), "a", std::string(3 * 4096, 'x'));
    SeededRandom random(seed);
    fs.crash(random);
    auto dir = *fs.open_dir("/");
    uint64_t allocated = dir->stat("a") ? dir->stat("a")->allocated : 0;
    EXPECT_EQ(*dir->free_bytes(), 10 * 4096 - allocated);
  }
}

TEST(MemoryFs, TimesFollowTheClockAndNeverStandStill) {
  ManualClock clock(Time{1000 * kSecond});
  MemoryFs fs(&clock);
  auto dir = *fs.open_dir("/");
  put(*dir, "a", "x");
  int64_t first = dir->stat("a")->ctime_ns;
  EXPECT_GE(first, 1000 * kSecond);
  put(*dir, "a", "y");
  int64_t second = dir->stat("a")->ctime_ns;
  EXPECT_GT(second, first);
  clock.advance(kHour);
  put(*dir, "a", "z");
  EXPECT_EQ(dir->stat("a")->mtime_ns, 1000 * kSecond + kHour);
}

TEST(MemoryFs, HandlesOutliveTheFileSystem) {
  auto fs = std::make_unique<MemoryFs>();
  auto dir = *fs->open_dir("/");
  auto file = *dir->open("a", Open::create);
  fs.reset();
  EXPECT_TRUE(file->write_at(0, as_bytes("x")));
  EXPECT_EQ(get(*dir, "a"), "x");
}

}  // namespace aplomb::fs

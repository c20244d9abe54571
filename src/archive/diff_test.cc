#include "archive/diff.h"

#include <gtest/gtest.h>

#include "archive/test_site.h"

namespace aplomb::archive {
namespace {

using vault::text_bytes;
using Paths = std::vector<std::string>;

struct TwoPoints : MemorySite {
  vault::SnapshotId first;

  TwoPoints() {
    fs::Dir& dir = *site.root;
    for (const char* path : {"a", "same", "gone"}) EXPECT_TRUE(dir.make_dir(path, 0755));
    for (const char* path : {"a/changed", "a/kept", "gone/1", "same/x", "top", "mode"})
      put_file(dir, path, text_bytes(path));
    auto saved = site.backup();
    EXPECT_TRUE(saved);
    first = saved->id;
  }
  Difference difference() {
    auto saved = site.backup();
    EXPECT_TRUE(saved);
    auto reader = *site.vault.reader(*site.keeper);
    auto before = *VaultSnapshot::open(*reader, *reader->find(first.hex()));
    auto after = *VaultSnapshot::open(*reader, *reader->find(saved->id.hex()));
    auto found = diff(*before, *after);
    EXPECT_TRUE(found);
    auto reverse = diff(*after, *before);
    EXPECT_TRUE(reverse);
    EXPECT_EQ(reverse->added, found->removed);
    EXPECT_EQ(reverse->removed, found->added);
    EXPECT_EQ(reverse->changed, found->changed);
    return *found;
  }
};

TEST(Diff, OfTheSameSiteIsEmpty) {
  TwoPoints points;
  ASSERT_TRUE(points.site.root->set_mtime("top", 5));  // a time alone is no change
  Difference found = points.difference();
  EXPECT_EQ(found.added, Paths());
  EXPECT_EQ(found.removed, Paths());
  EXPECT_EQ(found.changed, Paths());
}

TEST(Diff, NamesWhatCameWentAndChanged) {
  TwoPoints points;
  fs::Dir& dir = *points.site.root;
  put_file(dir, "a/changed", text_bytes("other"));
  ASSERT_TRUE(dir.set_mode("mode", 0644));
  ASSERT_TRUE(fs::remove_tree(dir, "gone"));
  ASSERT_TRUE(dir.make_dir("new", 0755));
  put_file(dir, "new/file", text_bytes("new"));
  ASSERT_TRUE(dir.remove("top"));
  ASSERT_TRUE(dir.make_symlink("a", "top"));
  Difference found = points.difference();
  EXPECT_EQ(found.added, (Paths{"new", "new/file", "top"}));
  EXPECT_EQ(found.removed, (Paths{"gone", "gone/1", "top"}));
  EXPECT_EQ(found.changed, (Paths{"a/changed", "mode"}));
}

// Counts the chunks that are asked for: each one that is read is located first.
class CountingStore final : public vault::ReaderStore {
 public:
  explicit CountingStore(vault::ReaderStore& store) : store_(store) {}
  Result<vault::VaultHeader> header() override { return store_.header(); }
  Result<std::vector<vault::LogHead>> log() override { return store_.log(); }
  Result<vault::LogEntry> log_entry(const vault::LogHead& head) override { return store_.log_entry(head); }
  Result<std::vector<vault::PackId>> packs() override { return store_.packs(); }
  Result<uint64_t> pack_size(const vault::PackId& pack) override { return store_.pack_size(pack); }
  Result<Bytes> pack_range(const vault::PackId& pack, uint64_t offset, uint64_t length) override {
    return store_.pack_range(pack, offset, length);
  }
  Result<std::vector<vault::Location>> locate(const vault::DomainId& domain,
                                              const vault::ChunkId& id) override {
    ++chunks;
    return store_.locate(domain, id);
  }
  int chunks = 0;

 private:
  vault::ReaderStore& store_;
};

// Chunks read by a diff, the two manifests left out.
int chunks_of_a_diff(TestSite& site, const vault::SnapshotId& first, const vault::SnapshotId& second,
                     Difference& found) {
  CountingStore store(*site.keeper);
  auto reader = *site.vault.reader(store);
  auto before = *VaultSnapshot::open(*reader, *reader->find(first.hex()));
  auto after = *VaultSnapshot::open(*reader, *reader->find(second.hex()));
  store.chunks = 0;
  auto difference = diff(*before, *after);
  EXPECT_TRUE(difference);
  if (difference) found = std::move(*difference);
  return store.chunks;
}

TEST(Diff, ReadsTheFoldersThatChangedAndNoOthers) {
  MemorySite live;
  TestSite& site = live.site;
  for (int i = 0; i < 150; ++i) {
    std::string folder = fmt::format("folder{}", i);
    ASSERT_TRUE(site.root->make_dir(folder, 0755));
    ASSERT_TRUE(site.root->make_dir(folder + "/deep", 0755));
    put_file(*site.root, folder + "/deep/page", text_bytes(folder));
  }
  auto first = site.backup();
  put_file(*site.root, "folder7/deep/page", text_bytes("other"));
  auto second = site.backup();
  auto third = site.backup();
  ASSERT_TRUE(first && second && third);
  Difference found;
  EXPECT_EQ(chunks_of_a_diff(site, first->id, second->id, found), 6) << "three folders, on both sides";
  EXPECT_EQ(found.changed, Paths{"folder7/deep/page"});
  EXPECT_EQ(chunks_of_a_diff(site, second->id, third->id, found), 0) << "not even the root";
  EXPECT_EQ(found.changed, Paths());
}

}  // namespace
}  // namespace aplomb::archive

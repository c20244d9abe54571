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

TEST(Diff, ReadsNoTreeThatIsTheSame) {
  TwoPoints points;
  put_file(*points.site.root, "top", text_bytes("other"));
  auto saved = points.site.backup();
  ASSERT_TRUE(saved);
  // Without the packs of the first backup, whose trees are those of "a" and "same" still.
  auto reader = *points.site.vault.reader(*points.site.keeper);
  auto before = *VaultSnapshot::open(*reader, *reader->find(points.first.hex()));
  auto after = *VaultSnapshot::open(*reader, *reader->find(saved->id.hex()));
  EXPECT_EQ(before->find("a")->content, after->find("a")->content);
  EXPECT_EQ(before->find("same")->content, after->find("same")->content);
  EXPECT_EQ(diff(*before, *after)->changed, Paths{"top"});
}

}  // namespace
}  // namespace aplomb::archive

#include "archive/affected.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "archive/test_site.h"

namespace aplomb::archive {
namespace {

using vault::random_bytes;
using vault::text_bytes;

// Three nights of a site whose first file fills frames of its own; a bit is then flipped in one of them.
struct DamagedSite : MemorySite {
  std::vector<vault::SnapshotId> ids;

  DamagedSite() {
    put_file(*site.root, "a-large.bin", random_bytes(1, 4 << 20));
    EXPECT_TRUE(site.root->make_dir("data", 0755));
    put_file(*site.root, "data/small.txt", text_bytes("small"));
    for (int night = 0; night < 3; ++night) {
      put_file(*site.root, "data/news.txt", text_bytes("night " + std::to_string(night)));
      auto saved = site.backup(true);
      EXPECT_TRUE(saved);
      if (saved) ids.push_back(saved->id);
    }
  }

  // The chunk, in the frame that lies first in the largest pack.
  void damage() {
    auto dir = site.vault.folder();
    std::string largest;
    size_t size = 0;
    for (const std::string& path : vault::files_in(*dir, "packs/")) {
      if (dir->stat(path)->size <= size) continue;
      largest = path;
      size = dir->stat(path)->size;
    }
    Bytes bytes = *fs::read_file(*dir, largest, 64 << 20);
    bytes[1000] ^= 1;
    vault::overwrite(*dir, largest, bytes);
  }

  // What verify with the key says, of a keeper that opens the folder as it is.
  Affected look() {
    site.keeper = std::move(*site.vault.open());
    auto reader = *site.vault.reader(*site.keeper);
    vault::VerifyReport report = site.vault.verified(*site.keeper, reader.get());
    auto found = find_affected(*site.keeper, *reader, report);
    EXPECT_TRUE(found);
    return found ? *found : Affected();
  }
};

TEST(Affected, NamesTheFileOnceWithEverySnapshotThatHasIt) {
  DamagedSite live;
  live.damage();
  Affected affected = live.look();
  ASSERT_EQ(affected.files.size(), 1u);
  EXPECT_EQ(affected.files[0].path, "a-large.bin");
  EXPECT_EQ(affected.files[0].snapshots, live.ids);
  EXPECT_NE(affected.files[0].what.find(live.ids[0].hex().substr(0, 12)), std::string::npos);
  EXPECT_EQ(affected.more, 0u);
}

TEST(Affected, NamesNothingOnceTheNextBackupStoredItAgain) {
  DamagedSite live;
  live.damage();
  EXPECT_EQ(live.look().files.size(), 1u);
  ASSERT_TRUE(live.site.backup());
  EXPECT_TRUE(live.look().files.empty());
  for (const vault::SnapshotId& id : live.ids) {
    auto target = live.site.folder("back-" + id.hex());
    ASSERT_TRUE(live.site.restore_to(*target, id)) << "an older snapshot is whole again";
    EXPECT_EQ(get_file(*target, "a-large.bin"), get_file(*live.site.root, "a-large.bin"));
  }
}

TEST(Affected, NamesAFileAsLostThatTheSiteHasNoMore) {
  DamagedSite live;
  live.damage();
  live.look();
  ASSERT_TRUE(live.site.root->remove("a-large.bin"));
  ASSERT_TRUE(live.site.backup());
  Affected affected = live.look();
  ASSERT_EQ(affected.files.size(), 1u);
  EXPECT_EQ(affected.files[0].path, "a-large.bin");
  EXPECT_EQ(affected.files[0].snapshots, live.ids) << "the new snapshot does not have it";
}

TEST(Affected, NamesAFolderWhoseListIsLost) {
  DamagedSite live;
  auto dir = live.site.vault.folder();
  for (const std::string& path : vault::files_in(*dir, "packs/"))
    vault::overwrite(*dir, path, Bytes(dir->stat(path)->size));
  Affected affected = live.look();
  ASSERT_EQ(affected.files.size(), 3u) << "nothing of the three snapshots is left";
  for (const vault::Damage& file : affected.files) EXPECT_EQ(file.path, "");
}

}  // namespace
}  // namespace aplomb::archive

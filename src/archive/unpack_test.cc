#include "archive/unpack.h"

#include <gtest/gtest.h>

#include <archive.h>
#include <archive_entry.h>

#include "archive/test_site.h"
#include "fs/memory_fs.h"
#include "proc/worker.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::archive {
namespace {

// This binary is its own confined child.
[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = proc::worker_early_main, true);

struct Item {
  std::string path, content;
  unsigned type = AE_IFREG;
  std::string hard_link = {};
};

Bytes tar_of(const std::vector<Item>& items) {
  Bytes out(1 << 20);
  size_t used = 0;
  struct archive* made = archive_write_new();
  archive_write_set_format_pax_restricted(made);
  archive_write_open_memory(made, out.data(), out.size(), &used);
  for (const Item& item : items) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, item.path.c_str());
    archive_entry_set_filetype(entry, item.type);
    archive_entry_set_perm(entry, 06754);
    archive_entry_set_mtime(entry, 1'700'000'000, 0);
    if (item.type == AE_IFLNK) archive_entry_set_symlink(entry, item.content.c_str());
    if (!item.hard_link.empty()) archive_entry_set_hardlink(entry, item.hard_link.c_str());
    const bool has_bytes = item.type == AE_IFREG && item.hard_link.empty();
    archive_entry_set_size(entry, has_bytes ? static_cast<la_int64_t>(item.content.size()) : 0);
    archive_write_header(made, entry);
    if (has_bytes) archive_write_data(made, item.content.data(), item.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(made);
  archive_write_free(made);
  out.resize(used);
  return out;
}

struct Target {
  fs::MemoryFs memory;
  std::unique_ptr<fs::Dir> folder = *memory.make_dirs("/srv/into", 0755);

  Result<Unpacked> unpack(const std::vector<Item>& items) {
    auto packed = TRY(site::PackedFiles::open(tar_of(items), site::PackedFiles::Links::given));
    return archive::unpack(packed, *folder, {33, 34});
  }
};

TEST(Unpack, GivesFilesLinksAndSecondNames) {
  Target target;
  auto all = target.unpack({{"./www/index.php", "<?php"},
                            {"www/again.php", "", AE_IFREG, "./www/index.php"},
                            {"www/link", "../elsewhere", AE_IFLNK},
                            {"www/index.php", "<?php 2"}});
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->paths.size(), 4u);
  EXPECT_EQ(get_file(*target.folder, "www/index.php"), vault::text_bytes("<?php 2")) << "the last counts";
  EXPECT_EQ(get_file(*target.folder, "www/again.php"), vault::text_bytes("<?php"));
  EXPECT_EQ(*target.folder->read_link("www/link"), "../elsewhere");
  const fs::Stat stat = *target.folder->stat("www/index.php");
  EXPECT_EQ(stat.mode, 0754u) << "no set-id bits";
  EXPECT_EQ(stat.uid, 33u);
  EXPECT_EQ(stat.gid, 34u);
  EXPECT_EQ(stat.mtime_ns, 1'700'000'000 * kSecond);
}

TEST(Unpack, NothingIsWrittenThroughALink) {
  Target target;
  ASSERT_TRUE(target.memory.make_dirs("/srv/precious", 0755));
  EXPECT_FALSE(target.unpack({{"out", "/srv/precious", AE_IFLNK}, {"out/evil.php", "x"}}));
  EXPECT_FALSE((*target.memory.open_dir("/srv/precious"))->stat("evil.php"));
  EXPECT_FALSE(target.unpack({{"a", "1"}, {"a/b", "2"}})) << "a file that is a folder too";
  EXPECT_FALSE(target.unpack({{"copy", "", AE_IFREG, "../../etc/passwd"}}));
}

TEST(FolderOfSite, IsWhereItsPathsAre) {
  const std::set<std::string> site = {"index.php", "wp-admin/index.php", "wp-content/themes/a.css"};
  EXPECT_EQ(folder_of_site({"index.php", "wp-admin/index.php"}, site), "");
  EXPECT_EQ(folder_of_site({"home/town/public_html/index.php", "home/town/public_html/wp-admin/index.php",
                            "home/town/public_html/wp-content/themes/a.css", "home/town/mail/index.php"},
                           site),
            "home/town/public_html");
  EXPECT_EQ(folder_of_site({"old/site/page.html", "old/site/img/a.png"}, site), std::nullopt);
  EXPECT_EQ(folder_of_site({}, site), std::nullopt);
}

TEST(CommonFolder, HoldsAll) {
  EXPECT_EQ(common_folder({"old/site/page.html", "old/site/img/a.png"}), "old/site");
  EXPECT_EQ(common_folder({"old/a/b", "older/a"}), "");
  EXPECT_EQ(common_folder({"page.html"}), "");
  EXPECT_EQ(common_folder({}), "");
}

TEST(PathsBelow, AreThoseOfFilesUpToALimit) {
  fs::MemoryFs memory;
  auto folder = *memory.make_dirs("/srv/www", 0755);
  ASSERT_TRUE(folder->make_dir("a", 0755));
  put_file(*folder, "a/b", vault::text_bytes("1"));
  put_file(*folder, "c", vault::text_bytes("2"));
  EXPECT_EQ(paths_below(*folder, 10), (std::set<std::string>{"a/b", "c"}));
  EXPECT_EQ(paths_below(*folder, 1).size(), 1u);
}

}  // namespace
}  // namespace aplomb::archive

// Any tree goes into the vault and comes back the same, on the machine's file system and in memory.
#include <gtest/gtest.h>

#include "archive/test_site.h"

namespace aplomb::archive {
namespace {

constexpr int64_t kSomeTime = 1'500'000'000'123'456'789;

void put_sparse(fs::Dir& dir, const std::string& name, uint64_t size, std::vector<uint64_t> data_at) {
  auto file = *dir.open(name, fs::Open::create_new);
  for (uint64_t at : data_at) ASSERT_TRUE(file->write_at(at, vault::random_bytes(at, 5000)));
  ASSERT_TRUE(file->truncate(size));
}

void fill_site(fs::Dir& dir, bool root) {
  put_file(dir, "index.php", vault::text_bytes("<?php echo 'hello';"));
  put_file(dir, "empty", {});
  put_file(dir, "whole", vault::random_bytes(1, 256 * 1024));
  put_file(dir, "one-less", vault::random_bytes(2, 256 * 1024 - 1));
  put_file(dir, "one-more", vault::random_bytes(3, 256 * 1024 + 1));
  put_file(dir, "large", vault::random_bytes(4, 5 << 20));
  put_file(dir, "zeros", Bytes(600'000));
  put_sparse(dir, "sparse-small", 100'000, {50'000});
  put_sparse(dir, "sparse", 3 << 20, {0, 1 << 20, (2 << 20) + 12'345});
  put_sparse(dir, "sparse-tail", 2 << 20, {(2 << 20) - 5000});
  put_sparse(dir, "nothing-but-a-hole", 4 << 20, {});
  for (const char* name : {"with\nnewline", "\xff\xfe not utf-8", " ", "-rf", "caf\xc3\xa9", "a\\b", "..."})
    put_file(dir, name, as_bytes(name));
  for (const char* path : {"uploads", "uploads/2026", "uploads/2026/11", "empty-folder", "a", "a.b"})
    ASSERT_TRUE(dir.make_dir(path, 0755));
  put_file(dir, "uploads/2026/11/photo.jpg", vault::random_bytes(5, 30'000));
  put_file(dir, "a/x", vault::text_bytes("x"));
  put_file(dir, "a.b/x", vault::text_bytes("y"));
  ASSERT_TRUE(dir.link("index.php", "uploads/hard-link.php"));
  ASSERT_TRUE(dir.link("index.php", "zz-hard-link.php"));
  ASSERT_TRUE(dir.make_symlink("index.php", "link"));
  ASSERT_TRUE(dir.make_symlink("/nowhere/at/all", "dangling"));
  ASSERT_TRUE(dir.make_symlink("../../../../etc/passwd", "uploads/outside"));
  ASSERT_TRUE(dir.make_node("queue", fs::FileType::fifo, 0640, 0));
  ASSERT_TRUE(dir.set_mode("index.php", 0640));
  ASSERT_TRUE(dir.set_mode("whole", 04755));
  ASSERT_TRUE(dir.set_mode("empty-folder", 02770));
  ASSERT_TRUE(dir.set_mode("one-less", root ? 0000 : 0400));
  if (root) {
    ASSERT_TRUE(dir.set_owner("large", 33, 33));
    ASSERT_TRUE(dir.set_owner("link", 1234, 5678));
    ASSERT_TRUE(dir.set_owner("uploads", 33, 33));
  }
  ASSERT_TRUE(dir.set_mtime("large", kSomeTime));
  ASSERT_TRUE(dir.set_mtime("link", kSomeTime + 1));
  ASSERT_TRUE(dir.set_mtime("zeros", -1));  // before 1970
  ASSERT_TRUE(dir.set_mtime("uploads/2026", kSomeTime + 2));
  ASSERT_TRUE(dir.set_mtime("", kSomeTime + 3));
}

// Extended attributes and ACLs, where the file system has them.
void add_xattrs(fs::Dir& dir) {
  if (!dir.set_xattr("index.php", {"user.comment", vault::text_bytes("hello")})) return;
  ASSERT_TRUE(dir.set_xattr("index.php", {"user.empty", {}}));
  ASSERT_TRUE(dir.set_xattr("uploads", {"user.folder", vault::text_bytes("\x00\xff")}));
  // user::rw-, user:33:rw-, group::r--, mask::rw-, other::r-- (linux/posix_acl_xattr.h)
  const Bytes acl =
      *from_hex("0200000001000600ffffffff020006002100000004000400ffffffff10000600ffffffff20000400ffffffff");
  (void)dir.set_xattr("a/x", {"system.posix_acl_access", acl});
}

template <typename Site>
class RoundTrip : public testing::Test {
 public:
  Site live;
  TestSite& site() { return live.site; }
  static bool root() { return std::is_same_v<Site, MemorySite> || geteuid() == 0; }
  void SetUp() override {
    fill_site(*site().root, root());
    add_xattrs(*site().root);
    ASSERT_TRUE(site().root->set_mtime("", kSomeTime + 3));
  }
};

using Sites = testing::Types<PosixSite, MemorySite>;
TYPED_TEST_SUITE(RoundTrip, Sites);

TYPED_TEST(RoundTrip, BringsBackEveryByteAndAttribute) {
  TestSite& site = this->site();
  const Picture before = picture_of(*site.root);
  auto saved = site.backup();
  ASSERT_TRUE(saved) << saved.error().what;
  EXPECT_TRUE(saved->manifest.skipped.empty());
  EXPECT_TRUE(saved->manifest.alerts.empty());
  auto target = site.folder("restored");
  auto counts = site.restore_to(*target, saved->id);
  ASSERT_TRUE(counts) << counts.error().what << counts.error().where;
  for (const Skipped& problem : counts->problems)
    ADD_FAILURE() << printable(problem.path) << ": " << problem.reason;
  EXPECT_EQ(picture_of(*target), before);
  EXPECT_EQ(picture_of(*site.root), before) << "a backup leaves no trace on the site";
  EXPECT_EQ(counts->files, saved->manifest.files);
  EXPECT_EQ(counts->bytes, saved->manifest.bytes);
}

TYPED_TEST(RoundTrip, KeepsHolesAsHoles) {
  TestSite& site = this->site();
  auto saved = site.backup();
  ASSERT_TRUE(saved);
  auto target = site.folder("restored");
  ASSERT_TRUE(site.restore_to(*target, saved->id));
  for (const char* name : {"sparse", "sparse-tail", "nothing-but-a-hole"}) {
    fs::Stat original = *site.root->stat(name), restored = *target->stat(name);
    EXPECT_EQ(restored.size, original.size) << name;
    EXPECT_LE(restored.allocated, original.allocated) << name;
  }
  EXPECT_LT(target->stat("nothing-but-a-hole")->allocated, 100'000u);
}

TYPED_TEST(RoundTrip, ReadsNothingTheSecondTime) {
  TestSite& site = this->site();
  ASSERT_TRUE(site.backup());
  site.clock.advance(kHour);
  auto second = site.backup();
  ASSERT_TRUE(second);
  EXPECT_LT(second->bytes_stored, 4000u) << "the manifest's time alone is new";
  auto target = site.folder("restored");
  ASSERT_TRUE(site.restore_to(*target, second->id));
  EXPECT_EQ(picture_of(*target), picture_of(*site.root));
}

TYPED_TEST(RoundTrip, RestoringOverTheTruthWritesNothing) {
  TestSite& site = this->site();
  ASSERT_TRUE(site.root->remove("uploads/hard-link.php"));  // a name elsewhere is never trusted
  ASSERT_TRUE(site.root->remove("zz-hard-link.php"));
  auto saved = site.backup();
  ASSERT_TRUE(saved);
  auto target = site.folder("restored");
  ASSERT_TRUE(site.restore_to(*target, saved->id));
  const Picture before = picture_of(*target);
  auto again = site.restore_to(*target, saved->id);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->written, 0u);
  put_file(*target, "index.php", vault::text_bytes("<?php echo 'defaced';"));
  put_file(*target, "large", vault::random_bytes(99, 5 << 20));
  ASSERT_TRUE(target->set_mode("empty", 0777));
  ASSERT_TRUE(target->remove("link"));
  put_file(*target, "link", vault::text_bytes("no link"));
  again = site.restore_to(*target, saved->id);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->written, 2u);
  EXPECT_EQ(picture_of(*target), before);
}

}  // namespace
}  // namespace aplomb::archive

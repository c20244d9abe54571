// The part of the conformance suite about modes, owners, times, special files and extended attributes. Where
// the file system of the machine has no user attributes, those tests are skipped.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "fs/test_targets.h"

namespace aplomb::fs {

template <typename Target>
class Attributes : public OnEveryFs<Target> {
 protected:
  bool has_xattrs() {
    this->put("probe", "");
    bool has = this->dir->set_xattr("probe", {"user.probe", {1}}).has_value();
    EXPECT_TRUE(this->dir->remove("probe"));
    return has;
  }
};
TYPED_TEST_SUITE(Attributes, Targets, TargetNames);

TYPED_TEST(Attributes, ModesAreExactWhateverTheUmask) {
  mode_t before = umask(077);
  EXPECT_TRUE(this->dir->make_dir("d", 02775));
  EXPECT_TRUE(this->dir->make_node("fifo", FileType::fifo, 0666, 0));
  EXPECT_TRUE(make_dirs(*this->dir, "x/y", 0755));
  EXPECT_TRUE(write_file_durably(*this->dir, "file", as_bytes("x"), 0644));
  umask(before);
  EXPECT_EQ(this->dir->stat("d")->mode, 02775u);
  EXPECT_EQ(this->dir->stat("fifo")->mode, 0666u);
  EXPECT_EQ(this->dir->stat("x/y")->mode, 0755u);
  EXPECT_EQ(this->dir->stat("file")->mode, 0644u);
}

TYPED_TEST(Attributes, ModeByPathAndByFile) {
  this->put("a", "");
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  ASSERT_TRUE(this->dir->set_mode("a", 04711));
  EXPECT_EQ(this->dir->stat("a")->mode, 04711u);
  ASSERT_TRUE(this->dir->set_mode("d", 01777));
  EXPECT_EQ(this->dir->stat("d")->mode, 01777u);
  auto file = this->dir->open("a", Open::write);
  ASSERT_TRUE((*file)->set_mode(0640));
  EXPECT_EQ(this->dir->stat("a")->mode, 0640u);
  ASSERT_TRUE(this->dir->set_mode("", 0711));
  EXPECT_EQ(this->dir->stat_self()->mode, 0711u);
  ASSERT_TRUE(this->dir->set_mode("", 0700));
  EXPECT_EQ(this->dir->set_mode("none", 0700).error().code, Code::not_found);
}

TYPED_TEST(Attributes, OwnerOfAnyEntryAndNeverOfATarget) {
  this->put("a", "");
  ASSERT_TRUE(this->dir->make_symlink("a", "link"));
  ASSERT_TRUE(this->dir->set_owner("a", geteuid(), getegid())) << "one's own is always permitted";
  if (!this->target.is_root()) GTEST_SKIP() << "changing the owner needs root";
  ASSERT_TRUE(this->dir->set_mode("a", 06755));
  ASSERT_TRUE(this->dir->set_owner("a", 1001, 1002));
  EXPECT_EQ(this->dir->stat("a")->uid, 1001u);
  EXPECT_EQ(this->dir->stat("a")->gid, 1002u);
  EXPECT_EQ(this->dir->stat("a")->mode, 0755u)
      << "chown(2) takes setuid and setgid away: the mode comes last";
  ASSERT_TRUE(this->dir->set_owner("link", 1003, 1004));
  EXPECT_EQ(this->dir->stat("link")->uid, 1003u);
  EXPECT_EQ(this->dir->stat("a")->uid, 1001u);
  auto file = this->dir->open("a", Open::write);
  ASSERT_TRUE((*file)->set_owner(7, 8));
  EXPECT_EQ((*file)->stat()->uid, 7u);
  EXPECT_EQ((*file)->stat()->gid, 8u);
  ASSERT_TRUE(this->dir->set_owner("", 9, 10));
  EXPECT_EQ(this->dir->stat_self()->uid, 9u);
}

TYPED_TEST(Attributes, TimesKeepTheirNanosecondsAlsoBefore1970) {
  this->put("a", "");
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  int64_t time = 1'234'567'890 * kSecond + 123'456'000;
  ASSERT_TRUE(this->dir->set_mtime("a", time));
  ASSERT_TRUE(this->dir->set_mtime("d", time));
  EXPECT_EQ(this->dir->stat("a")->mtime_ns, time);
  EXPECT_EQ(this->dir->stat("d")->mtime_ns, time);
  auto file = this->dir->open("a", Open::write);
  ASSERT_TRUE((*file)->set_mtime(-kSecond / 4));
  EXPECT_EQ(this->dir->stat("a")->mtime_ns, -kSecond / 4);
  ASSERT_TRUE(this->dir->set_mtime("", time));
  EXPECT_EQ(this->dir->stat_self()->mtime_ns, time);
}

TYPED_TEST(Attributes, CtimeBetraysAChangeThatMtimeHides) {
  this->put("a", "one");
  Stat before = *this->dir->stat("a");
  for (int i = 0; i < 1000 && this->dir->stat("a")->ctime_ns == before.ctime_ns; ++i) {
    this->put("a", "two");
    ASSERT_TRUE(this->dir->set_mtime("a", before.mtime_ns));
    if (i > 10) usleep(1000);  // the kernel's clock for files ticks every few milliseconds
  }
  Stat after = *this->dir->stat("a");
  EXPECT_EQ(after.mtime_ns, before.mtime_ns);
  EXPECT_GT(after.ctime_ns, before.ctime_ns);
}

TYPED_TEST(Attributes, DevicesKeepTheirNumbers) {
  if (!this->target.is_root()) GTEST_SKIP() << "device nodes need root";
  uint64_t rdev = makedev(1, 3);
  auto made = this->dir->make_node("null", FileType::char_device, 0640, rdev);
  if (errno_of(made) == EPERM) GTEST_SKIP() << "this root may not make devices";
  ASSERT_TRUE(made);
  Stat stat = *this->dir->stat("null");
  EXPECT_EQ(stat.type, FileType::char_device);
  EXPECT_EQ(stat.rdev, rdev);
  EXPECT_EQ(stat.mode, 0640u);
  EXPECT_FALSE(this->dir->open("null", Open::read));
  ASSERT_TRUE(this->dir->make_node("disk", FileType::block_device, 0600, makedev(250, 77)));
  EXPECT_EQ(this->dir->stat("disk")->type, FileType::block_device);
}

TYPED_TEST(Attributes, NodesAreNeverFilesOrDirectories) {
  for (FileType type : {FileType::regular, FileType::directory, FileType::symlink})
    EXPECT_EQ(errno_of(this->dir->make_node("n", type, 0600, 0)), EINVAL);
  EXPECT_TRUE(this->names().empty());
}

TYPED_TEST(Attributes, XattrsOfFilesAndDirectoriesAreSorted) {
  if (!this->has_xattrs()) GTEST_SKIP() << "no user attributes here";
  this->put("a", "");
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  Xattr first{"user.a", {1, 0, 2}}, second{"user.b", {}}, large{"user.c", Bytes(2000, 7)};
  for (std::string_view path : {"a", "d", ""}) {
    std::vector<Xattr> before = *this->dir->xattrs(path);
    ASSERT_TRUE(before.empty() || path != "a");
    ASSERT_TRUE(this->dir->set_xattr(path, large));
    ASSERT_TRUE(this->dir->set_xattr(path, second));
    ASSERT_TRUE(this->dir->set_xattr(path, {"user.a", {9}}));
    ASSERT_TRUE(this->dir->set_xattr(path, first)) << "replaces";
    EXPECT_EQ(*this->dir->xattrs(path), (std::vector{first, second, large})) << path;
    ASSERT_TRUE(this->dir->remove_xattr(path, "user.b"));
    EXPECT_EQ(*this->dir->xattrs(path), (std::vector{first, large})) << path;
    EXPECT_EQ(errno_of(this->dir->remove_xattr(path, "user.b")), ENODATA);
  }
}

TYPED_TEST(Attributes, XattrsOfAnOpenFileAreThoseOfItsPath) {
  if (!this->has_xattrs()) GTEST_SKIP() << "no user attributes here";
  this->put("a", "");
  auto file = this->dir->open("a", Open::write);
  Xattr one{"user.one", {1}};
  ASSERT_TRUE((*file)->set_xattr(one));
  EXPECT_EQ(*(*file)->xattrs(), std::vector{one});
  EXPECT_EQ(*this->dir->xattrs("a"), std::vector{one});
  ASSERT_TRUE((*file)->remove_xattr("user.one"));
  EXPECT_TRUE((*file)->xattrs()->empty());
  EXPECT_FALSE((*file)->remove_xattr("user.one"));
}

TYPED_TEST(Attributes, SpecialFilesHaveNoXattrs) {
  ASSERT_TRUE(this->dir->make_node("fifo", FileType::fifo, 0600, 0));
  EXPECT_TRUE(this->dir->xattrs("fifo")->empty());
  EXPECT_EQ(errno_of(this->dir->set_xattr("fifo", {"user.a", {1}})), ENOTSUP);
  EXPECT_EQ(this->dir->xattrs("none").error().code, Code::not_found);
}

TYPED_TEST(Attributes, XattrsNeedAKnownNamespaceAndAModestSize) {
  this->put("a", "");
  EXPECT_FALSE(this->dir->set_xattr("a", {"no-namespace", {1}}));
  EXPECT_FALSE(this->dir->set_xattr("a", {"user.big", Bytes(70'000)}));
  EXPECT_FALSE(this->dir->set_xattr("a", {"user." + std::string(300, 'n'), {1}}));
  EXPECT_TRUE(this->dir->xattrs("a")->empty());
}

}  // namespace aplomb::fs

// The part of the conformance suite about links, renaming and removal.
#include "fs/test_targets.h"

namespace aplomb::fs {

template <typename Target>
class Names : public OnEveryFs<Target> {};
TYPED_TEST_SUITE(Names, Targets, TargetNames);

// "real/file", reached as "link/file" and as "file_link": every call must refuse the first, and act on the
// link itself or refuse the second.
TYPED_TEST(Names, FollowsNoLinkInAnyComponent) {
  Dir& d = *this->dir;
  ASSERT_TRUE(d.make_dir("real", 0755));
  ASSERT_TRUE(d.make_dir("real/sub", 0755));
  this->put("real/file", "secret");
  ASSERT_TRUE(d.make_symlink("real", "link"));
  ASSERT_TRUE(d.make_symlink("real/file", "file_link"));
  ASSERT_TRUE(d.make_symlink("not-there", "dangling"));
  for (Open how : {Open::read, Open::write, Open::create}) {
    EXPECT_EQ(errno_of(d.open("link/file", how)), ELOOP);
    EXPECT_EQ(errno_of(d.open("file_link", how)), ELOOP);
    EXPECT_EQ(errno_of(d.open("dangling", how)), ELOOP);
  }
  EXPECT_EQ(errno_of(d.open("dangling", Open::create_new)), EEXIST);
  EXPECT_EQ(errno_of(d.open_dir("link")), ELOOP);
  EXPECT_EQ(errno_of(d.open_dir("link/sub")), ELOOP);
  EXPECT_EQ(errno_of(d.stat("link/file")), ELOOP);
  EXPECT_EQ(errno_of(d.make_dir("link/new", 0755)), ELOOP);
  EXPECT_EQ(errno_of(d.make_symlink("t", "link/new")), ELOOP);
  EXPECT_EQ(errno_of(d.make_node("link/new", FileType::fifo, 0600, 0)), ELOOP);
  EXPECT_EQ(errno_of(d.link("link/file", "new")), ELOOP);
  EXPECT_EQ(errno_of(d.link("real/file", "link/new")), ELOOP);
  EXPECT_EQ(errno_of(d.rename("link/file", d, "new", Replace::yes)), ELOOP);
  EXPECT_EQ(errno_of(d.rename("real/file", d, "link/new", Replace::no)), ELOOP);
  EXPECT_EQ(errno_of(d.remove("link/file")), ELOOP);
  EXPECT_EQ(errno_of(d.remove_dir("link/sub")), ELOOP);
  EXPECT_EQ(errno_of(d.set_mode("link/file", 0777)), ELOOP);
  EXPECT_EQ(errno_of(d.set_owner("link/file", geteuid(), getegid())), ELOOP);
  EXPECT_EQ(errno_of(d.set_mtime("link/file", 0)), ELOOP);
  EXPECT_EQ(errno_of(d.xattrs("link/file")), ELOOP);
  EXPECT_EQ(errno_of(d.set_xattr("link/file", {"user.a", {}})), ELOOP);
  EXPECT_EQ(errno_of(write_file_durably(d, "link/file", as_bytes("bad"))), ELOOP);
  auto real = d.open_dir("real");
  EXPECT_EQ((*real)->list()->size(), 2u);
  EXPECT_EQ(this->get("real/file"), "secret");
  EXPECT_EQ(d.stat("dangling")->type, FileType::symlink);
  EXPECT_FALSE(d.stat("not-there"));
}

TYPED_TEST(Names, LinkAttributesAreTheLinksOwn) {
  this->put("file", "x");
  ASSERT_TRUE(this->dir->make_symlink("file", "link"));
  Stat before = *this->dir->stat("file");
  EXPECT_EQ(*this->dir->read_link("link"), "file");
  EXPECT_EQ(errno_of(this->dir->read_link("file")), EINVAL);
  EXPECT_EQ(this->dir->stat("link")->size, 4u);
  EXPECT_TRUE(this->dir->set_mode("link", 0777)) << "ignored";
  EXPECT_TRUE(this->dir->set_mtime("link", 5 * kSecond));
  EXPECT_EQ(this->dir->stat("link")->mtime_ns, 5 * kSecond);
  EXPECT_TRUE(this->dir->xattrs("link")->empty());
  EXPECT_FALSE(this->dir->set_xattr("link", {"user.a", {}}));
  EXPECT_EQ(*this->dir->stat("file"), before);
  std::string far(3000, 't');
  ASSERT_TRUE(this->dir->make_symlink(far, "long"));
  EXPECT_EQ(*this->dir->read_link("long"), far);
  EXPECT_EQ(errno_of(this->dir->make_symlink("again", "link")), EEXIST);
}

TYPED_TEST(Names, HardLinksShareAnInode) {
  this->put("a", "one");
  ASSERT_TRUE(this->dir->link("a", "b"));
  Stat a = *this->dir->stat("a"), b = *this->dir->stat("b");
  EXPECT_EQ(a.inode, b.inode);
  EXPECT_EQ(a.device, b.device);
  EXPECT_EQ(a.links, 2u);
  this->put("b", "two");
  EXPECT_EQ(this->get("a"), "two");
  ASSERT_TRUE(this->dir->remove("a"));
  EXPECT_EQ(this->get("b"), "two");
  EXPECT_EQ(this->dir->stat("b")->links, 1u);
  this->put("c", "");
  EXPECT_EQ(errno_of(this->dir->link("b", "c")), EEXIST);
  EXPECT_EQ(this->dir->link("none", "d").error().code, Code::not_found);
  ASSERT_TRUE(this->dir->make_dir("dir", 0755));
  EXPECT_EQ(errno_of(this->dir->link("dir", "d")), EPERM);
}

TYPED_TEST(Names, AHardLinkToALinkIsThatLink) {
  this->put("file", "x");
  ASSERT_TRUE(this->dir->make_symlink("file", "a"));
  ASSERT_TRUE(this->dir->link("a", "b"));
  EXPECT_EQ(*this->dir->read_link("b"), "file");
  EXPECT_EQ(this->dir->stat("file")->links, 1u);
}

TYPED_TEST(Names, RenameMovesBetweenDirectories) {
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  this->put("a", "x");
  Stat before = *this->dir->stat("a");
  auto d = this->dir->open_dir("d");
  ASSERT_TRUE(this->dir->rename("a", **d, "b", Replace::no));
  EXPECT_EQ(this->names(), std::vector<std::string>{"d"});
  EXPECT_EQ(this->get("d/b"), "x");
  EXPECT_EQ((*d)->stat("b")->inode, before.inode);
  EXPECT_EQ(this->dir->rename("a", **d, "c", Replace::yes).error().code, Code::not_found);
  EXPECT_EQ(this->dir->rename("a", **d, "c", Replace::no).error().code, Code::not_found);
}

TYPED_TEST(Names, RenameWithoutReplaceNeverReplaces) {
  this->put("a", "a");
  this->put("b", "b");
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  ASSERT_TRUE(this->dir->make_dir("e", 0755));
  ASSERT_TRUE(this->dir->make_symlink("none", "dangling"));
  for (std::string_view to : {"a", "b", "d", "dangling"})
    EXPECT_EQ(errno_of(this->dir->rename("a", *this->dir, to, Replace::no)), EEXIST) << to;
  for (std::string_view to : {"b", "d", "e"})
    EXPECT_EQ(errno_of(this->dir->rename("d", *this->dir, to, Replace::no)), EEXIST) << to;
  EXPECT_EQ(this->get("a"), "a");
  EXPECT_EQ(this->get("b"), "b");
  EXPECT_TRUE(this->dir->rename("b", *this->dir, "c", Replace::no));
  this->put("d/inside", "x");
  EXPECT_TRUE(this->dir->rename("d", *this->dir, "f", Replace::no));
  EXPECT_TRUE(this->dir->rename("dangling", *this->dir, "g", Replace::no));
  EXPECT_EQ(this->names(), (std::vector<std::string>{"a", "c", "e", "f", "g"}));
  EXPECT_EQ(this->get("f/inside"), "x");
}

TYPED_TEST(Names, RenameReplacesLikeWithLike) {
  this->put("a", "a");
  this->put("b", "b");
  ASSERT_TRUE(this->dir->make_dir("empty", 0755));
  ASSERT_TRUE(this->dir->make_dir("full", 0755));
  this->put("full/x", "x");
  ASSERT_TRUE(this->dir->rename("a", *this->dir, "b", Replace::yes));
  EXPECT_EQ(this->get("b"), "a");
  EXPECT_EQ(errno_of(this->dir->rename("b", *this->dir, "empty", Replace::yes)), EISDIR);
  EXPECT_EQ(errno_of(this->dir->rename("empty", *this->dir, "b", Replace::yes)), ENOTDIR);
  EXPECT_EQ(errno_of(this->dir->rename("empty", *this->dir, "full", Replace::yes)), ENOTEMPTY);
  EXPECT_EQ(errno_of(this->dir->rename("full", *this->dir, "full/y", Replace::yes)), EINVAL);
  EXPECT_EQ(errno_of(this->dir->rename("full", *this->dir, "full/y", Replace::no)), EINVAL);
  ASSERT_TRUE(this->dir->rename("full", *this->dir, "empty", Replace::yes));
  EXPECT_EQ(this->get("empty/x"), "x");
  ASSERT_TRUE(this->dir->link("b", "same"));
  ASSERT_TRUE(this->dir->rename("b", *this->dir, "same", Replace::yes));
  EXPECT_EQ(this->names(), (std::vector<std::string>{"b", "empty", "same"})) << "rename(2): nothing happens";
}

TYPED_TEST(Names, RenameToAnotherFileSystemFails) {
  MemoryFs elsewhere;
  auto other = elsewhere.open_dir("/");
  this->put("a", "x");
  EXPECT_EQ(errno_of(this->dir->rename("a", **other, "a", Replace::yes)), EXDEV);
  EXPECT_EQ(this->get("a"), "x");
}

TYPED_TEST(Names, RemoveAndRemoveDirDoNotMix) {
  this->put("a", "x");
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  this->put("d/x", "");
  ASSERT_TRUE(this->dir->make_symlink("d", "link"));
  EXPECT_EQ(errno_of(this->dir->remove("d")), EISDIR);
  EXPECT_EQ(errno_of(this->dir->remove_dir("a")), ENOTDIR);
  EXPECT_EQ(errno_of(this->dir->remove_dir("link")), ENOTDIR);
  EXPECT_EQ(errno_of(this->dir->remove_dir("d")), ENOTEMPTY);
  ASSERT_TRUE(this->dir->remove("link"));
  ASSERT_TRUE(this->dir->remove("d/x"));
  ASSERT_TRUE(this->dir->remove_dir("d"));
  ASSERT_TRUE(this->dir->remove("a"));
  EXPECT_EQ(this->dir->remove("a").error().code, Code::not_found);
  EXPECT_TRUE(this->names().empty());
}

TYPED_TEST(Names, AnOpenFileOutlivesItsName) {
  this->put("a", "still here");
  auto file = this->dir->open("a", Open::read);
  ASSERT_TRUE(this->dir->remove("a"));
  Bytes out(10);
  EXPECT_EQ((*file)->read_at(0, out), 10u);
  EXPECT_EQ(as_text(out), "still here");
  EXPECT_EQ((*file)->stat()->links, 0u);
}

TYPED_TEST(Names, NothingIsMadeInARemovedDirectory) {
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  auto d = this->dir->open_dir("d");
  this->put("a", "x");
  ASSERT_TRUE(this->dir->remove_dir("d"));
  EXPECT_EQ((*d)->open("x", Open::create).error().code, Code::not_found);
  EXPECT_FALSE((*d)->make_dir("x", 0755));
  EXPECT_FALSE(this->dir->rename("a", **d, "a", Replace::yes));
  EXPECT_EQ(this->get("a"), "x");
  EXPECT_TRUE((*d)->list()->empty());
}

}  // namespace aplomb::fs

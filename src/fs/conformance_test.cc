// The conformance suite of the seam: every implementation keeps the promises of fs.h. Files, paths, listing
// and locks are here; links, renaming and removal in names_test.cc, attributes in attributes_test.cc, the
// helpers in fs_test.cc.
#include <sys/stat.h>

#include <thread>

#include "fs/test_targets.h"

namespace aplomb::fs {

template <typename Target>
class Conformance : public OnEveryFs<Target> {};
TYPED_TEST_SUITE(Conformance, Targets, TargetNames);

TYPED_TEST(Conformance, ReadsBackWhatWasWritten) {
  auto file = this->dir->open("a", Open::create_new);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at(0, as_bytes("hello world")));
  ASSERT_TRUE((*file)->write_at(6, as_bytes("there")));
  EXPECT_EQ(this->get("a"), "hello there");
  EXPECT_EQ((*file)->stat()->size, 11u);
}

TYPED_TEST(Conformance, ReadIsShortOnlyAtTheEnd) {
  this->put("a", "0123456789");
  auto file = this->dir->open("a", Open::read);
  ASSERT_TRUE(file);
  Bytes out(8, 'x');
  EXPECT_EQ((*file)->read_at(1, out), 8u);
  EXPECT_EQ(as_text(out), "12345678");
  EXPECT_EQ((*file)->read_at(7, out), 3u);
  EXPECT_EQ((*file)->read_at(10, out), 0u);
  EXPECT_EQ((*file)->read_at(UINT64_MAX, out), 0u);
}

TYPED_TEST(Conformance, ReadsFromSeveralThreads) {
  std::string text(100'000, 'a');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i / 1000 % 26);
  this->put("a", text);
  auto file = this->dir->open("a", Open::read);
  ASSERT_TRUE(file);
  std::vector<std::string> got(4);
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < got.size(); ++t)
      threads.emplace_back([&, t] {
        for (size_t at = 0; at < text.size(); at += 1000) {
          Bytes part(1000);
          if ((*file)->read_at(at, part) == part.size()) got[t] += as_text(part);
        }
      });
  }
  for (const std::string& one : got) EXPECT_EQ(one, text);
}

TYPED_TEST(Conformance, OpenModesSayWhatMustExist) {
  EXPECT_EQ(this->dir->open("a", Open::read).error().code, Code::not_found);
  EXPECT_EQ(this->dir->open("a", Open::write).error().code, Code::not_found);
  this->put("a", "kept");
  EXPECT_EQ(errno_of(this->dir->open("a", Open::create_new)), EEXIST);
  EXPECT_TRUE(this->dir->open("a", Open::create));
  EXPECT_EQ(this->get("a"), "kept");
  EXPECT_EQ(this->dir->stat("a")->mode, 0600u);
}

TYPED_TEST(Conformance, AFileOpenedForReadingCannotBeWritten) {
  this->put("a", "text");
  auto file = this->dir->open("a", Open::read);
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->write_at(0, as_bytes("x")));
  EXPECT_FALSE((*file)->truncate(0));
  EXPECT_EQ(this->get("a"), "text");
}

TYPED_TEST(Conformance, TruncateCutsAndGrowsWithZeros) {
  this->put("a", "0123456789");
  auto file = this->dir->open("a", Open::write);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->truncate(4));
  EXPECT_EQ(this->get("a"), "0123");
  ASSERT_TRUE((*file)->truncate(8));
  EXPECT_EQ(this->get("a"), std::string("0123\0\0\0\0", 8));
}

TYPED_TEST(Conformance, RefusesSizesNoFileCanHave) {
  auto file = this->dir->open("a", Open::create_new);
  ASSERT_TRUE(file);
  EXPECT_EQ(errno_of((*file)->write_at(UINT64_MAX - 1, as_bytes("xyz"))), EFBIG);
  EXPECT_EQ(errno_of((*file)->truncate(UINT64_MAX)), EFBIG);
  EXPECT_EQ((*file)->stat()->size, 0u);
}

TYPED_TEST(Conformance, SyncOfFileAndDirectorySucceeds) {
  auto file = this->dir->open("a", Open::create_new);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at(0, as_bytes("x")));
  EXPECT_TRUE((*file)->sync());
  EXPECT_TRUE(this->dir->sync());
}

TYPED_TEST(Conformance, OpensRegularFilesOnly) {
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  ASSERT_TRUE(this->dir->make_node("fifo", FileType::fifo, 0600, 0));
  ASSERT_TRUE(this->dir->make_node("socket", FileType::socket, 0600, 0));
  for (Open how : {Open::read, Open::write, Open::create}) {
    EXPECT_EQ(errno_of(this->dir->open("d", how)), EISDIR);
    EXPECT_EQ(errno_of(this->dir->open("fifo", how)), ENXIO);  // and this did not wait for a writer
    EXPECT_EQ(errno_of(this->dir->open("socket", how)), ENXIO);
  }
}

TYPED_TEST(Conformance, ListIsSortedByBytesAndTyped) {
  this->put("b", "");
  this->put("B", "");
  this->put("\xff\xfe", "");
  this->put("a b\n", "");
  this->put("\xc3\xa9", "");
  ASSERT_TRUE(this->dir->make_dir("dir", 0755));
  ASSERT_TRUE(this->dir->make_symlink("nowhere", "link"));
  ASSERT_TRUE(this->dir->make_node("fifo", FileType::fifo, 0600, 0));
  std::vector<Entry> expected = {{"B", FileType::regular},        {"a b\n", FileType::regular},
                                 {"b", FileType::regular},        {"dir", FileType::directory},
                                 {"fifo", FileType::fifo},        {"link", FileType::symlink},
                                 {"\xc3\xa9", FileType::regular}, {"\xff\xfe", FileType::regular}};
  EXPECT_EQ(*this->dir->list(), expected);
  EXPECT_EQ(*this->dir->list(), expected) << "a second list starts afresh";
}

TYPED_TEST(Conformance, NamesMayHoldAnyByteButSlashAndNul) {
  std::string name;
  for (int byte = 1; byte < 256; ++byte)
    if (byte != '/') name += static_cast<char>(byte);
  for (std::string part : {name.substr(0, 127), name.substr(127)}) {
    this->put(part, "x");
    EXPECT_EQ(this->get(part), "x");
    EXPECT_EQ(this->names(), std::vector{part});
    ASSERT_TRUE(this->dir->remove(part));
  }
  EXPECT_EQ(errno_of(this->dir->open(std::string(256, 'n'), Open::create)), ENAMETOOLONG);
}

TYPED_TEST(Conformance, RefusesPathsThatLeaveOrAreNotPlain) {
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  this->put("victim", "x");
  auto below = this->dir->open_dir("d");
  ASSERT_TRUE(below);
  Dir& d = **below;
  std::string nul("victim\0x", 8);
  for (std::string_view path :
       {std::string_view("../victim"), std::string_view("x/../../victim"), std::string_view("/etc/passwd"),
        std::string_view("/"), std::string_view("."), std::string_view(".."), std::string_view("a//b"),
        std::string_view("a/"), std::string_view("./a"), std::string_view(nul)}) {
    EXPECT_EQ(errno_of(d.open(path, Open::read)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.open(path, Open::create)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.open_dir(path)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.stat(path)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.read_link(path)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.make_dir(path, 0755)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.make_symlink("t", path)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.make_node(path, FileType::fifo, 0600, 0)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.link(path, "new")), EINVAL) << path;
    EXPECT_EQ(errno_of(this->dir->link("victim", path)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.rename(path, d, "new", Replace::yes)), EINVAL) << path;
    EXPECT_EQ(errno_of(this->dir->rename("victim", d, path, Replace::yes)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.remove(path)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.remove_dir(path)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.set_mode(path, 0777)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.set_owner(path, 0, 0)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.set_mtime(path, 0)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.xattrs(path)), EINVAL) << path;
    EXPECT_EQ(errno_of(d.set_xattr(path, {"user.a", {}})), EINVAL) << path;
    EXPECT_EQ(errno_of(d.remove_xattr(path, "user.a")), EINVAL) << path;
  }
  EXPECT_EQ(this->get("victim"), "x");
  EXPECT_TRUE(d.list()->empty());
}

TYPED_TEST(Conformance, EmptyPathIsTheDirectoryItselfAndNoOther) {
  this->put("a", "x");
  auto again = this->dir->open_dir("");
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->list()->size(), 1u);
  EXPECT_EQ(*this->dir->stat(""), *this->dir->stat_self());
  EXPECT_EQ(this->dir->stat("")->type, FileType::directory);
  EXPECT_EQ(errno_of(this->dir->open("", Open::read)), EINVAL);
  EXPECT_EQ(errno_of(this->dir->remove_dir("")), EINVAL);
  EXPECT_EQ(errno_of(this->dir->rename("", *this->dir, "b", Replace::no)), EINVAL);
}

TYPED_TEST(Conformance, ComponentsMustBeDirectories) {
  this->put("file", "x");
  EXPECT_EQ(errno_of(this->dir->open("file/a", Open::read)), ENOTDIR);
  EXPECT_EQ(errno_of(this->dir->open_dir("file")), ENOTDIR);
  EXPECT_EQ(errno_of(this->dir->make_dir("file/a", 0755)), ENOTDIR);
  EXPECT_EQ(this->dir->open("none/a", Open::create).error().code, Code::not_found);
  EXPECT_EQ(this->dir->stat("none/a").error().code, Code::not_found);
}

TYPED_TEST(Conformance, SparseFilesShowTheirHoles) {
  constexpr uint64_t kMiB = 1 << 20;
  auto file = this->dir->open("a", Open::create_new);
  ASSERT_TRUE(file);
  Bytes block(kMiB, 'x');
  EXPECT_TRUE((*file)->data_extents()->empty());
  ASSERT_TRUE((*file)->write_at(0, block));
  EXPECT_EQ(*(*file)->data_extents(), (std::vector<Extent>{{0, kMiB}}));
  ASSERT_TRUE((*file)->write_at(5 * kMiB, block));
  ASSERT_TRUE((*file)->truncate(20 * kMiB));
  ASSERT_TRUE((*file)->sync());
  Stat stat = *(*file)->stat();
  EXPECT_EQ(stat.size, 20 * kMiB);
  if (stat.allocated >= stat.size) GTEST_SKIP() << "this file system has no holes";
  EXPECT_GE(stat.allocated, 2 * kMiB);
  EXPECT_EQ(*(*file)->data_extents(), (std::vector<Extent>{{0, kMiB}, {5 * kMiB, kMiB}}));
  Bytes out(kMiB, 'y');
  EXPECT_EQ((*file)->read_at(2 * kMiB, out), kMiB);
  EXPECT_EQ(out, Bytes(kMiB, 0));
}

TYPED_TEST(Conformance, LockExcludesUntilTheFileIsClosed) {
  auto first = this->dir->open("lock", Open::create);
  auto second = this->dir->open("lock", Open::create);
  ASSERT_TRUE((*first)->try_lock());
  EXPECT_TRUE((*first)->try_lock()) << "one's own lock is no obstacle";
  EXPECT_EQ((*second)->try_lock().error().code, Code::busy);
  second->reset();
  second = this->dir->open("lock", Open::create);
  EXPECT_EQ((*second)->try_lock().error().code, Code::busy) << "another's closing does not release it";
  first->reset();
  EXPECT_TRUE((*second)->try_lock());
}

TYPED_TEST(Conformance, FreeBytesAreSomething) {
  EXPECT_GT(*this->dir->free_bytes(), 0u);
}

TYPED_TEST(Conformance, ErrorsCarryErrnoAndPlace) {
  auto failed = this->dir->open("missing/file", Open::read);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::not_found);
  EXPECT_EQ(failed.error().sys_errno, ENOENT);
  EXPECT_NE(failed.error().where.find("missing/file"), std::string::npos);
  auto other = this->dir->open(std::string(300, 'x'), Open::create);
  EXPECT_EQ(other.error().code, Code::io);
}

TYPED_TEST(Conformance, FsOpensAbsolutePathsThroughLinks) {
  Fs& fs = this->target.fs();
  std::string root = this->target.root();
  ASSERT_TRUE(this->dir->make_dir("real", 0755));
  this->put("real/a", "x");
  ASSERT_TRUE(this->dir->make_symlink("real", "link"));
  ASSERT_TRUE(this->dir->make_symlink("loop", "loop"));
  auto through = fs.open_dir(root + "/link");
  ASSERT_TRUE(through);
  EXPECT_EQ(this->get_from(**through, "a"), "x");
  EXPECT_EQ(fs.open_dir(root + "/none").error().code, Code::not_found);
  EXPECT_EQ(errno_of(fs.open_dir(root + "/real/a")), ENOTDIR);
  EXPECT_EQ(errno_of(fs.open_dir(root + "/loop")), ELOOP);
  EXPECT_EQ(errno_of(fs.open_dir("relative")), EINVAL);
  EXPECT_EQ(errno_of(fs.open_dir("")), EINVAL);
}

TYPED_TEST(Conformance, MakeDirsMakesWhatIsMissing) {
  Fs& fs = this->target.fs();
  std::string root = this->target.root();
  mode_t umask_before = umask(077);
  EXPECT_TRUE(fs.make_dirs(root + "/a/b//c/", 0700));
  EXPECT_TRUE(fs.make_dirs(root + "/a/d/e", 0750));
  umask(umask_before);
  EXPECT_EQ(this->dir->stat("a")->mode, 0700u);
  EXPECT_EQ(this->dir->stat("a/b/c")->mode, 0700u);
  EXPECT_EQ(this->dir->stat("a/d")->mode, 0755u);
  EXPECT_EQ(this->dir->stat("a/d/e")->mode, 0750u);
  auto again = fs.make_dirs(root + "/a/d/e", 0700);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->stat_self()->mode, 0750u) << "what is there stays as it is";
  this->put("file", "");
  EXPECT_EQ(errno_of(fs.make_dirs(root + "/file/x", 0700)), ENOTDIR);
  EXPECT_EQ(errno_of(fs.make_dirs("relative/x", 0700)), EINVAL);
}

TYPED_TEST(Conformance, PathsMayBeLongerThanOneCallTakes) {
  std::string path, name(200, 'n');
  for (int i = 0; i < 30; ++i) {
    std::unique_ptr<Dir> here = std::move(*this->dir->open_dir(path));
    ASSERT_TRUE(here->make_dir(name, 0755));
    path = join_path(path, name);
  }
  EXPECT_GT(path.size(), 4096u);
  EXPECT_EQ(this->dir->stat(path)->type, FileType::directory);
  this->put(path + "/deep", "x");
  EXPECT_EQ(this->get(path + "/deep"), "x");
  EXPECT_TRUE(remove_tree(*this->dir, name));
}

}  // namespace aplomb::fs

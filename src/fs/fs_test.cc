// The helpers over the seam, on every implementation.
#include "fs/fs.h"

#include <sys/resource.h>

#include "fs/test_targets.h"

namespace aplomb::fs {

template <typename Target>
class Helpers : public OnEveryFs<Target> {};
TYPED_TEST_SUITE(Helpers, Targets, TargetNames);

TYPED_TEST(Helpers, ReadFileKeepsToItsLimit) {
  this->put("a", "12345");
  EXPECT_EQ(as_text(*read_file(*this->dir, "a", 5)), "12345");
  EXPECT_EQ(as_text(*read_file(*this->dir, "a", UINT64_MAX)), "12345");
  EXPECT_EQ(read_file(*this->dir, "a", 4).error().code, Code::limit);
  EXPECT_EQ(read_file(*this->dir, "a", 0).error().code, Code::limit);
  this->put("empty", "");
  EXPECT_TRUE(read_file(*this->dir, "empty", 0)->empty());
  EXPECT_EQ(read_file(*this->dir, "none", 9).error().code, Code::not_found);
}

TYPED_TEST(Helpers, ReadFileDoesNotAllocateForAHugeHole) {
  auto file = this->dir->open("a", Open::create_new);
  ASSERT_TRUE((*file)->truncate(uint64_t{1} << 40));
  EXPECT_EQ(read_file(*this->dir, "a", 1000).error().code, Code::limit);
}

TYPED_TEST(Helpers, WriteFileDurablyReplacesAtomically) {
  ASSERT_TRUE(make_dirs(*this->dir, "d/e", 0755));
  ASSERT_TRUE(write_file_durably(*this->dir, "d/e/f", as_bytes("one"), 0640));
  EXPECT_EQ(this->dir->stat("d/e/f")->mode, 0640u);
  Stat before = *this->dir->stat("d/e/f");
  auto old = this->dir->open("d/e/f", Open::read);
  ASSERT_TRUE(write_file_durably(*this->dir, "d/e/f", as_bytes("two!")));
  EXPECT_EQ(this->get("d/e/f"), "two!");
  EXPECT_EQ(this->dir->stat("d/e/f")->mode, 0600u);
  EXPECT_NE(this->dir->stat("d/e/f")->inode, before.inode) << "a new file took the name";
  Bytes out(9);
  EXPECT_EQ((*old)->read_at(0, out), 3u) << "whoever reads the old one goes on reading it";
  EXPECT_EQ((*this->dir->open_dir("d/e"))->list()->size(), 1u) << "no temporary file stays";
  ASSERT_TRUE(write_file_durably(*this->dir, "top", {}));
  EXPECT_EQ(this->get("top"), "");
}

TYPED_TEST(Helpers, WriteFileDurablyReplacesALinkNotItsTarget) {
  this->put("target", "kept");
  ASSERT_TRUE(this->dir->make_symlink("target", "link"));
  ASSERT_TRUE(write_file_durably(*this->dir, "link", as_bytes("new")));
  EXPECT_EQ(this->get("target"), "kept");
  EXPECT_EQ(this->get("link"), "new");
}

TYPED_TEST(Helpers, WriteFileDurablyLeavesNothingWhenItFails) {
  ASSERT_TRUE(this->dir->make_dir("d", 0755));
  EXPECT_EQ(errno_of(write_file_durably(*this->dir, "d", as_bytes("x"))), EISDIR);
  EXPECT_FALSE(write_file_durably(*this->dir, "none/x", as_bytes("x")));
  EXPECT_EQ(this->names(), std::vector<std::string>{"d"});
}

TYPED_TEST(Helpers, RemoveTreeRemovesEverythingAndFollowsNoLink) {
  ASSERT_TRUE(make_dirs(*this->dir, "outside", 0755));
  this->put("outside/kept", "x");
  ASSERT_TRUE(make_dirs(*this->dir, "tree/a/b", 0755));
  this->put("tree/a/file", "x");
  ASSERT_TRUE(this->dir->make_symlink("../../outside", "tree/a/link"));
  ASSERT_TRUE(this->dir->make_node("tree/a/b/fifo", FileType::fifo, 0600, 0));
  ASSERT_TRUE(remove_tree(*this->dir, "tree"));
  EXPECT_EQ(this->names(), std::vector<std::string>{"outside"});
  EXPECT_EQ(this->get("outside/kept"), "x");
  ASSERT_TRUE(this->dir->make_symlink("outside", "link"));
  ASSERT_TRUE(remove_tree(*this->dir, "link"));
  EXPECT_EQ(this->get("outside/kept"), "x");
  EXPECT_EQ(this->names(), std::vector<std::string>{"outside"});
}

TYPED_TEST(Helpers, RemoveTreeIsContentWithNothingAndTakesFiles) {
  EXPECT_TRUE(remove_tree(*this->dir, "none"));
  EXPECT_TRUE(remove_tree(*this->dir, "none/below"));
  this->put("file", "x");
  EXPECT_TRUE(remove_tree(*this->dir, "file"));
  EXPECT_TRUE(this->names().empty());
  EXPECT_EQ(errno_of(remove_tree(*this->dir, "")), EINVAL);
  EXPECT_EQ(errno_of(remove_tree(*this->dir, "a/..")), EINVAL);
}

// Deeper than the descriptors that may be open at once.
TYPED_TEST(Helpers, RemoveTreeCopesWithAnyDepth) {
  constexpr int kDepth = 200;
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  struct rlimit few = {.rlim_cur = 100, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  ASSERT_TRUE(this->dir->make_dir("tree", 0755));
  std::unique_ptr<Dir> here = std::move(*this->dir->open_dir("tree"));
  for (int i = 0; i < kDepth; ++i) {
    ASSERT_TRUE(here->make_dir("d", 0755));
    here = std::move(*here->open_dir("d"));
  }
  this->put_in(*here, "bottom", "x");
  here.reset();
  EXPECT_TRUE(remove_tree(*this->dir, "tree"));
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(this->names().empty());
}

TYPED_TEST(Helpers, MakeDirsMakesEachComponent) {
  ASSERT_TRUE(make_dirs(*this->dir, "a/b/c", 0750));
  EXPECT_EQ(this->dir->stat("a")->mode, 0750u);
  EXPECT_EQ(this->dir->stat("a/b/c")->mode, 0750u);
  EXPECT_TRUE(make_dirs(*this->dir, "a/b/c", 0700)) << "already there";
  EXPECT_TRUE(make_dirs(*this->dir, "", 0700));
  this->put("file", "");
  EXPECT_EQ(errno_of(make_dirs(*this->dir, "file", 0700)), ENOTDIR);
  EXPECT_EQ(errno_of(make_dirs(*this->dir, "file/x", 0700)), ENOTDIR);
  ASSERT_TRUE(this->dir->make_symlink("a", "link"));
  EXPECT_EQ(errno_of(make_dirs(*this->dir, "link/x", 0700)), ELOOP);
  EXPECT_EQ(errno_of(make_dirs(*this->dir, "new/../x", 0700)), EINVAL);
  EXPECT_EQ(this->names(), (std::vector<std::string>{"a", "file", "link"}));
}

TEST(WriteFileDurably, StepsAroundTemporaryNamesThatACrashLeft) {
  MemoryFs memory;
  FaultPlan plan;
  FaultFs watched(memory, plan);
  std::string last;
  plan.set_filter([&](Op op, std::string_view path) {
    if (op == Op::create) last = split_path(path).second;
    return false;
  });
  auto dir = *watched.open_dir("/");
  ASSERT_TRUE(write_file_durably(*dir, "a", as_bytes("x")));
  ASSERT_TRUE(last.starts_with(kTemporaryPrefix)) << last;
  uint64_t number = std::stoull(last.substr(kTemporaryPrefix.size()));
  auto name = [&](uint64_t more) { return std::string(kTemporaryPrefix) + std::to_string(number + more); };
  auto below = *memory.open_dir("/");
  for (uint64_t i = 1; i <= 50; ++i) ASSERT_TRUE(below->open(name(i), Open::create_new));
  ASSERT_TRUE(write_file_durably(*dir, "a", as_bytes("y")));
  EXPECT_EQ(last, name(51));
  EXPECT_EQ(dir->list()->size(), 51u);
  EXPECT_EQ(as_text(*read_file(*dir, "a", 9)), "y");
}

TEST(Paths, SplitAndJoinAreInverse) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(split_path("a"), Pair("", "a"));
  EXPECT_EQ(split_path("a/b/c"), Pair("a/b", "c"));
  EXPECT_EQ(split_path(""), Pair("", ""));
  for (std::string_view path : {"", "a", "a/b", "a/b/c"}) {
    auto [parent, name] = split_path(path);
    EXPECT_EQ(join_path(parent, name), path);
  }
  EXPECT_EQ(join_path("a", ""), "a");
  EXPECT_EQ(join_path("/", "a"), "/a");
}

TEST(Paths, ValidPathsStayBeneath) {
  for (std::string_view good : {"", "a", "a/b", "...", "..a", ".a/b.", "a b/\xff"})
    EXPECT_TRUE(valid_path(good)) << good;
  for (std::string_view bad : {"/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "a/./b"})
    EXPECT_FALSE(valid_path(bad)) << bad;
  EXPECT_FALSE(valid_path(std::string_view("a\0b", 3)));
}

}  // namespace aplomb::fs

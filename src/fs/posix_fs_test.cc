// What only the machine's file system can show: devices, access times, the two ways to resolve, /proc.
#include "fs/posix_fs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include "fs/test_targets.h"

namespace aplomb::fs {

class Posix : public OnEveryFs<PosixTarget> {
 protected:
  std::string full(std::string_view path) { return join_path(target.root(), path); }
};

TEST_F(Posix, DevicesAreRefusedWithoutBeingRead) {
  auto dev = target.fs().open_dir("/dev");
  ASSERT_TRUE(dev);
  EXPECT_FALSE((*dev)->open("null", Open::read));
  EXPECT_FALSE((*dev)->open("zero", Open::write));
  EXPECT_EQ((*dev)->stat("null")->type, FileType::char_device);
}

TEST_F(Posix, ReadingKeepsTheAccessTime) {
  put("a", "x");
  struct timespec times[2] = {{1000, 0}, {2000, 0}};  // accessed before it changed: relatime would update it
  ASSERT_EQ(utimensat(AT_FDCWD, full("a").c_str(), times, 0), 0);
  EXPECT_EQ(get("a"), "x");
  struct stat st;
  ASSERT_EQ(stat(full("a").c_str(), &st), 0);
  EXPECT_EQ(st.st_atim.tv_sec, 1000);
  ASSERT_TRUE(dir->make_dir("d", 0755));
  ASSERT_EQ(utimensat(AT_FDCWD, full("d").c_str(), times, 0), 0);
  EXPECT_TRUE((*dir->open_dir("d"))->list()->empty());
  ASSERT_EQ(stat(full("d").c_str(), &st), 0);
  EXPECT_EQ(st.st_atim.tv_sec, 1000);
}

TEST_F(Posix, SetMtimeSetsTheAccessTimeToo) {
  put("a", "x");
  ASSERT_TRUE(dir->set_mtime("a", 1234 * 1'000'000'000LL));
  struct stat st;
  ASSERT_EQ(stat(full("a").c_str(), &st), 0);
  EXPECT_EQ(st.st_atim.tv_sec, 1234);
}

TEST_F(Posix, ReadFileReadsProcFilesThatClaimToBeEmpty) {
  auto proc = target.fs().open_dir("/proc/self");
  ASSERT_TRUE(proc);
  auto status = read_file(**proc, "status", 1 << 20);
  ASSERT_TRUE(status);
  EXPECT_NE(as_text(*status).find("Pid:"), std::string_view::npos);
  EXPECT_EQ(read_file(**proc, "status", 10).error().code, Code::limit);
  EXPECT_FALSE((*proc)->open_dir("root")) << "nor are the magic links of /proc followed";
  EXPECT_FALSE((*proc)->open("exe", Open::read));
}

TEST_F(Posix, DescriptorsAreClosedOnExec) {
  put("a", "x");
  auto file = dir->open("a", Open::read);
  auto below = dir->open_dir("");
  int open_count = 0;
  for (int fd = 3; fd < 256; ++fd) {
    char link[4096];
    ssize_t size = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), link, sizeof link);
    if (size <= 0 || !std::string_view(link, static_cast<size_t>(size)).starts_with(target.root())) continue;
    ++open_count;
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << fd;
  }
  EXPECT_EQ(open_count, 3);
}

TEST_F(Posix, ListWorksFromSeveralThreads) {
  for (int i = 0; i < 200; ++i) put("f" + std::to_string(i), "");
  std::vector<size_t> counts(4);
  {
    std::vector<std::jthread> threads;
    for (size_t& count : counts) threads.emplace_back([&] { count = dir->list()->size(); });
  }
  EXPECT_EQ(counts, std::vector<size_t>(4, 200));
}

// An intruder swaps a directory for a link again and again; no write may ever arrive behind the link.
TEST_F(Posix, ADirectorySwappedForALinkMeanwhileLetsNothingThrough) {
  for (Kernel kernel : {probe_kernel(), Kernel::old}) {
    PosixFs fs(kernel);
    ASSERT_TRUE(make_dirs(*dir, "site/real", 0755));
    ASSERT_TRUE(make_dirs(*dir, "outside", 0755));
    auto site = *fs.open_dir(full("site"));
    ASSERT_TRUE(dir->make_symlink("../outside", "site/link"));
    std::jthread intruder([&](std::stop_token stop) {
      while (!stop.stop_requested())
        renameat2(AT_FDCWD, full("site/real").c_str(), AT_FDCWD, full("site/link").c_str(), RENAME_EXCHANGE);
    });
    for (int i = 0; i < 2000; ++i) {
      (void)site->open("real/x", Open::create);
      (void)site->make_dir("real/d", 0755);
      (void)site->remove("real/x");
    }
    intruder.request_stop();
    intruder.join();
    EXPECT_TRUE((*dir->open_dir("outside"))->list()->empty());
    ASSERT_TRUE(remove_tree(*dir, "site"));
    ASSERT_TRUE(remove_tree(*dir, "outside"));
  }
}

TEST_F(Posix, ErrorsNameTheWholePath) {
  auto failed = dir->open("none", Open::read);
  EXPECT_EQ(failed.error().where, full("none"));
}

}  // namespace aplomb::fs

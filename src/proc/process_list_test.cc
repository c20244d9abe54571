#include "proc/process_list.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "proc/command.h"
#include "proc/spawn.h"
#include "proc/unique_fd.h"

namespace aplomb::proc {
namespace {

namespace filesystem = std::filesystem;

class ProcessList : public testing::Test {
 protected:
  ProcessList() {
    std::string pattern = testing::TempDir() + "aplomb-proc-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~ProcessList() override {
    for (pid_t pid : started_) {
      if (auto process = find_process(pid)) {
        EXPECT_TRUE(terminate_tree({process->ref}));
      }
      reap(pid);
    }
    filesystem::remove_all(root_);
  }

  pid_t start(std::vector<std::string> argv, const std::string& folder = "/") {
    Command command;
    command.argv = std::move(argv);
    command.folder = folder;
    UniqueFd null(open("/dev/null", O_WRONLY | O_CLOEXEC));
    auto pid = start_background(command, null.get());
    EXPECT_TRUE(pid) << pid.error().what;
    return ready(*pid);
  }

  // posix_spawn returns in the midst of the exec: the arguments show a moment later.
  pid_t ready(pid_t pid) {
    started_.push_back(pid);
    for (int i = 0; i < 600 && find_process(pid)->arguments.empty(); ++i) usleep(10'000);
    return pid;
  }

  std::optional<Touch> touch_of(pid_t pid) {
    for (auto& touch : processes_touching({root_}))
      if (touch.process.ref.pid == pid) return touch;
    return std::nullopt;
  }

  std::string root_;
  std::vector<pid_t> started_;
};

TEST_F(ProcessList, KnowsThisProcess) {
  auto self = find_process(getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->parent, getppid());
  EXPECT_EQ(self->uid, getuid());
  EXPECT_EQ(self->exe, filesystem::read_symlink("/proc/self/exe"));
  EXPECT_EQ(self->folder, filesystem::current_path());
  EXPECT_FALSE(self->exe_deleted);
  EXPECT_FALSE(self->arguments.empty());
  EXPECT_FALSE(find_process(-5));
}

TEST_F(ProcessList, FindsAProgramOfTheSiteEvenWhenItsFileIsGone) {
  std::string program = root_ + "/innocent (deleted) name";
  filesystem::copy_file("/bin/sleep", program);
  pid_t pid = start({program, "1000"});
  filesystem::remove(program);
  auto touch = touch_of(pid);
  ASSERT_TRUE(touch);
  EXPECT_EQ(touch->kind, TouchKind::executable);
  EXPECT_EQ(touch->process.exe, filesystem::canonical(root_).string() + "/innocent (deleted) name");
  EXPECT_TRUE(touch->process.exe_deleted);
  EXPECT_EQ(touch->process.arguments.at(1), "1000");
}

TEST_F(ProcessList, FindsByFolderArgumentAndOpenFile) {
  auto in_folder = touch_of(start({"sleep", "1000"}, root_));
  ASSERT_TRUE(in_folder);
  EXPECT_EQ(in_folder->kind, TouchKind::folder);

  std::string script = root_ + "/job.sh";
  auto by_argument = touch_of(start({"/bin/sh", "-c", "sleep 1000; :", "job", "--file=" + script}));
  ASSERT_TRUE(by_argument);
  EXPECT_EQ(by_argument->kind, TouchKind::argument);
  EXPECT_EQ(by_argument->path, script);

  UniqueFd log(open((root_ + "/log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  Command command;
  command.argv = {"sleep", "1000"};
  command.folder = "/";
  auto pid = start_background(command, log.get());
  ASSERT_TRUE(pid);
  auto by_file = touch_of(ready(*pid));
  ASSERT_TRUE(by_file);
  EXPECT_EQ(by_file->kind, TouchKind::open_file);
  EXPECT_EQ(by_file->path, root_ + "/log");
}

TEST_F(ProcessList, IsNotFooledByAFolderWithALongerName) {
  filesystem::create_directory(root_ + "2");
  pid_t pid = start({"sleep", "1000"}, root_ + "2");
  EXPECT_FALSE(touch_of(pid));
  filesystem::remove(root_ + "2");
}

TEST_F(ProcessList, NeverNamesThisProcessOrItsAncestors) {
  auto before = filesystem::current_path();
  filesystem::current_path(root_);
  EXPECT_FALSE(touch_of(getpid()));
  filesystem::current_path(before);
  EXPECT_TRUE(own_line().contains(getppid()));
  EXPECT_TRUE(own_line().contains(1));
}

TEST_F(ProcessList, TerminatesAProcessWithAllItsDescendants) {
  std::string pids = root_ + "/pids";
  pid_t top = start({"/bin/sh", "-c",
                     "trap '' TERM; (trap '' TERM; sleep 1000 & echo $! >>" + pids + "; wait) & echo $! >>" +
                         pids + "; wait"});
  std::vector<ProcessRef> family;
  auto descendants = [&] {
    std::vector<Process> found;
    for (const auto& process : list_processes())
      if (process.parent == top) found.push_back(process);
    for (const auto& process : list_processes())
      if (!found.empty() && process.parent == found.front().ref.pid) found.push_back(process);
    return found;
  };
  std::vector<Process> below;
  for (int i = 0; i < 600 && below.size() < 2; ++i) usleep(20'000), below = descendants();
  ASSERT_EQ(below.size(), 2u);
  auto killed = terminate_tree({find_process(top)->ref});
  ASSERT_TRUE(killed) << killed.error().what;
  EXPECT_EQ(*killed, 3u);
  for (const auto& process : below) {
    auto left = find_process(process.ref.pid);
    EXPECT_TRUE(!left || left->ref != process.ref || left->ended);
  }
}

TEST_F(ProcessList, NeverKillsItselfInitOrAProcessThatOnlyHasTheNumber) {
  pid_t pid = start({"sleep", "1000"});
  ProcessRef other = find_process(pid)->ref;
  other.start_ticks += 1;
  auto killed = terminate_tree({other, find_process(getpid())->ref, find_process(1)->ref});
  ASSERT_TRUE(killed) << killed.error().what;
  EXPECT_EQ(*killed, 0u);
  EXPECT_TRUE(stop_process(other, 0));
  EXPECT_FALSE(find_process(pid)->ended);
}

TEST_F(ProcessList, StopsAProcessThatIgnoresTheRequest) {
  pid_t pid = start({"/bin/sh", "-c", "trap '' TERM; exec sleep 1000"});
  for (int i = 0; i < 600 && find_process(pid)->name != "sleep"; ++i) usleep(10'000);
  EXPECT_TRUE(stop_process(find_process(pid)->ref, 200));
  EXPECT_FALSE(find_process(pid));
}

}  // namespace
}  // namespace aplomb::proc

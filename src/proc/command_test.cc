#include "proc/command.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "proc/process_list.h"
#include "proc/spawn.h"
#include "proc/unique_fd.h"

namespace aplomb::proc {
namespace {

TEST(Command, CapturesBothStreamsAndTheStatus) {
  auto result = run(shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
  EXPECT_EQ(result->status, 3);
  EXPECT_FALSE(result->ok());
}

TEST(Command, PassesArgumentsUntouchedByAnyShell) {
  Command command;
  command.argv = {"printf", "%s|", "$HOME", "a b", "`id`", "*"};
  auto result = run(command);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->out, "$HOME|a b|`id`|*|");
}

TEST(Command, GivesExactlyTheEnvironmentAndFolder) {
  setenv("APLOMB_TEST_SECRET", "leak", 1);
  Command command = shell("/usr/bin/env; pwd");
  command.environment = {"ONE=1"};
  command.folder = "/usr";
  auto result = run(command);
  unsetenv("APLOMB_TEST_SECRET");
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_NE(result->out.find("ONE=1\n"), std::string::npos);
  EXPECT_EQ(result->out.find("leak"), std::string::npos);
  EXPECT_TRUE(result->out.ends_with("/usr\n"));
}

TEST(Command, LeaksNoDescriptor) {
  UniqueFd open_one(open("/dev/null", O_RDONLY));  // on purpose without O_CLOEXEC
  Command command;
  command.argv = {"ls", "/proc/self/fd"};
  auto result = run(command);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->out, "0\n1\n2\n3\n");  // 3 is the folder that ls reads
}

TEST(Command, KillsTheWholeGroupAtTheDeadline) {
  Command command = shell("sleep 1000 & echo $!; wait");
  command.timeout_ms = 300;
  std::string child;
  command.output = [&](ByteView bytes) -> Status {
    child += as_text(bytes);
    return {};
  };
  auto result = run(command);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::limit);
  pid_t pid = std::stoi(child);
  EXPECT_TRUE(wait_for_exit(pid, 60'000));
}

TEST(Command, CutsALongOutputAndStillEnds) {
  Command command = shell("head -c 3000000 /dev/zero; head -c 10 /dev/zero >&2");
  command.output_max = 1000;
  auto result = run(command);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->out.size(), 1000u);
  EXPECT_TRUE(result->out_cut);
  EXPECT_EQ(result->err.size(), 10u);
  EXPECT_FALSE(result->err_cut);
}

TEST(Command, StreamsInputAndOutput) {
  Command command;
  command.argv = {"cat"};
  size_t left = 5'000'000, back = 0;
  command.input = [&](std::span<uint8_t> out) -> Result<size_t> {
    size_t count = std::min(left, out.size());
    std::fill_n(out.begin(), count, uint8_t{'x'});
    left -= count;
    return count;
  };
  command.output = [&](ByteView bytes) -> Status {
    back += bytes.size();
    return {};
  };
  auto result = run(command);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_TRUE(result->ok());
  EXPECT_EQ(back, 5'000'000u);
}

TEST(Command, SurvivesAProgramThatDoesNotReadItsInput) {
  Command command;
  command.argv = {"true"};
  command.input = [](std::span<uint8_t> out) -> Result<size_t> { return out.size(); };  // endless
  auto result = run(command);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_TRUE(result->ok());
}

TEST(Command, StopsTheProgramWhenTheSinkFails) {
  Command command = shell("while :; do echo x; done");
  command.output = [](ByteView) -> Status { return fail(Code::corrupt, "enough"); };
  auto result = run(command);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "enough");
}

TEST(Command, SaysThatAProgramIsMissing) {
  Command command;
  command.argv = {"aplomb-no-such-program"};
  auto result = run(command);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::not_found);
  EXPECT_EQ(result.error().where, "aplomb-no-such-program");
  EXPECT_EQ(run(Command{}).error().code, Code::usage);
}

TEST(Command, LooksForAProgramInThePathGivenAndNotInOurs) {
  Command command;
  command.argv = {"true"};
  command.environment = {"PATH=/nowhere:"};
  EXPECT_EQ(run(command).error().code, Code::not_found);
  command.environment = {"PATH=/nowhere:/bin"};
  EXPECT_TRUE(run(command));
}

TEST(Command, TellsTheSignalThatEndedAProgram) {
  auto result = run(shell("kill -TERM $$"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 128 + SIGTERM);
}

TEST(Command, IsNotHeldUpByADaemonThatKeepsTheOutputOpen) {
  auto result = run(shell("sleep 1000 & echo $!"));
  ASSERT_TRUE(result) << result.error().what;
  pid_t pid = std::stoi(result->out);
  auto daemon = find_process(pid);
  ASSERT_TRUE(daemon) << "the daemon must have been left alone";
  EXPECT_TRUE(stop_process(daemon->ref, 60'000));
}

TEST(Command, StartsInTheBackgroundInItsOwnSession) {
  UniqueFd log(memfd_create("log", MFD_CLOEXEC));
  auto pid = start_background(shell("echo to the log; exec sleep 1000"), log.get());
  ASSERT_TRUE(pid) << pid.error().what;
  char text[32] = {};
  for (int i = 0; i < 600 && pread(log.get(), text, sizeof text - 1, 0) <= 0; ++i) usleep(100'000);
  EXPECT_STREQ(text, "to the log\n");
  EXPECT_EQ(getsid(*pid), *pid);
  auto process = find_process(*pid);
  ASSERT_TRUE(process);
  EXPECT_TRUE(stop_process(process->ref, 60'000));
  EXPECT_FALSE(find_process(*pid));
}

}  // namespace
}  // namespace aplomb::proc

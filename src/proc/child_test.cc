// The workers below misbehave on request; the parent must come out of each call with the right error and the
// next call must work.
#include "proc/child.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include "proc/frame.h"
#include "proc/process_list.h"

extern int (*aplomb_test_early_main)(int, char**);

namespace aplomb::proc {
namespace {

constexpr size_t kAnswerMax = 4 << 20;
constexpr int64_t kLongMs = 60'000;  // never reached
constexpr int64_t kShortMs = 300;

[[maybe_unused]] const bool kHooked = (aplomb_test_early_main = worker_early_main, true);

[[noreturn]] void loop_for_ever() {
  for (;;) getpid();
}

// Through new: what C++ code of ours does with a hostile size.
size_t eat_memory() {
  std::vector<std::vector<char>> eaten;
  for (;;) eaten.emplace_back(16 << 20, 'x');
}

void dribble(std::string_view text) {
  for (char byte : text) {
    usleep(200);
    if (write(kWorkerOut, &byte, 1) != 1) _exit(1);
  }
}

Bytes misbehave(ByteView request) {
  std::string_view what = as_text(request);
  if (what == "loop") loop_for_ever();
  if (what == "bomb") return Bytes(eat_memory());
  if (what == "crash") std::raise(SIGSEGV);
  if (what == "abort") std::abort();
  if (what == "exit") _exit(7);
  if (what == "giant") return Bytes(kAnswerMax + 1);
  if (what == "deaf") close(kWorkerIn), close(kWorkerOut), loop_for_ever();
  if (what == "dribble") dribble(std::string_view("\x03\0\0\0", 4));
  if (what == "dribble") dribble("abc"), usleep(1000);
  if (what == "announce") dribble("\xff\xff\xff\x7f");
  if (what == "twice") dribble(std::string_view("\x04\0\0\0fake", 8));
  return Bytes(request.begin(), request.end());
}

int misbehaving_main(int in_fd, int out_fd) {
  return serve_frames(in_fd, out_fd, 64 << 20, misbehave);
}
const WorkerRegistration kMisbehaving{"test-misbehaving", misbehaving_main};

WorkerLimits limits() {
  WorkerLimits limits;
  limits.memory_bytes = 256 << 20;
  return limits;
}

Result<Bytes> ask(Child& child, std::string_view what, int64_t timeout_ms = kLongMs) {
  return child.call(as_bytes(what), timeout_ms, kAnswerMax);
}

Child started() {
  auto child = Child::start("test-misbehaving", limits());
  EXPECT_TRUE(child) << child.error().what;
  return std::move(*child);
}

void expect_works(Child& child) {
  auto answer = ask(child, "hello");
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(as_text(*answer), "hello");
}

TEST(Child, AnswersAThousandCallsFromOneProcess) {
  Child child = started();
  pid_t pid = child.pid();
  for (int i = 0; i < 1000; ++i) {
    std::string text = "call " + std::to_string(i);
    auto answer = ask(child, text);
    ASSERT_TRUE(answer) << answer.error().what;
    ASSERT_EQ(as_text(*answer), text);
  }
  EXPECT_EQ(child.pid(), pid);
}

TEST(Child, CarriesLargeAndEmptyMessages) {
  Child child = started();
  Bytes large(3'500'000, 0x5a);
  auto answer = child.call(large, kLongMs, kAnswerMax);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(*answer, large);
  answer = child.call({}, kLongMs, kAnswerMax);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_TRUE(answer->empty());
}

struct Case {
  const char* what;
  int64_t timeout_ms;
  Code code;
};

class ChildContains : public testing::TestWithParam<Case> {};

TEST_P(ChildContains, TheHarmAndWorksAgain) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (std::string_view(GetParam().what) == "bomb") GTEST_SKIP() << "no memory limit under a sanitizer";
#endif
  Child child = started();
  pid_t pid = child.pid();
  auto answer = ask(child, GetParam().what, GetParam().timeout_ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, GetParam().code) << answer.error().what;
  EXPECT_FALSE(answer.error().what.empty());
  EXPECT_FALSE(find_process(pid)) << "not killed and reaped";
  expect_works(child);
}

INSTANTIATE_TEST_SUITE_P(
    All, ChildContains,
    testing::Values(Case{"loop", kShortMs, Code::limit}, Case{"bomb", kLongMs, Code::limit},
                    Case{"crash", kLongMs, Code::corrupt}, Case{"abort", kLongMs, Code::corrupt},
                    Case{"exit", kLongMs, Code::corrupt}, Case{"giant", kLongMs, Code::limit},
                    Case{"announce", kLongMs, Code::limit}, Case{"deaf", kLongMs, Code::corrupt}),
    [](const auto& test) { return std::string(test.param.what); });

TEST(Child, StopsAtItsProcessorLimitWhenTheParentWaitsForEver) {
  WorkerLimits short_limits = limits();
  short_limits.cpu_seconds = 1;
  auto child = Child::start("test-misbehaving", short_limits);
  ASSERT_TRUE(child);
  auto answer = ask(*child, "loop");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::limit);
  expect_works(*child);
}

TEST(Child, AcceptsAnAnswerThatComesByteByByte) {
  Child child = started();
  auto answer = ask(child, "dribble");
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(as_text(*answer), "abc");
}

// A child taken over by one request must not be able to answer the next one beforehand.
TEST(Child, ReplacesAChildThatTalksUnasked) {
  Child child = started();
  pid_t pid = child.pid();
  auto answer = ask(child, "twice");
  ASSERT_TRUE(answer);
  EXPECT_EQ(as_text(*answer), "fake");
  usleep(50'000);  // the second answer, "twice", is on its way
  expect_works(child);
  EXPECT_NE(child.pid(), pid);
}

TEST(Child, ReplacesAChildThatWasKilledBetweenCalls) {
  Child child = started();
  expect_works(child);
  kill(child.pid(), SIGKILL);
  ASSERT_TRUE(wait_for_exit(child.pid(), kLongMs));
  expect_works(child);
}

TEST(Child, OutlivesTheThreadThatStartedIt) {
  std::optional<Child> child;
  std::jthread([&] { child = started(); }).join();
  pid_t pid = child->pid();
  expect_works(*child);
  EXPECT_EQ(child->pid(), pid);
}

TEST(Child, SaysThatAWorkerIsUnknown) {
  auto child = Child::start("test-nobody", limits());
  ASSERT_TRUE(child);
  auto answer = ask(*child, "x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unsupported);
}

// A busy child never reads the end of its request stream: the kernel must end it.
TEST(Child, DiesWithItsParent) {
  int life[2], talk[2];
  ASSERT_EQ(pipe(life), 0);
  ASSERT_EQ(pipe(talk), 0);
  SpawnPlan plan = worker_plan("test-misbehaving", limits());
  plan.fds = {{talk[0], kWorkerIn}, {talk[1], kWorkerOut}, {life[0], kWorkerLifeline}};
  auto pid = spawn(plan);
  ASSERT_TRUE(pid);
  ASSERT_TRUE(write_frame(talk[1], as_bytes("loop")));
  EXPECT_FALSE(wait_for_exit(*pid, kShortMs));
  close(life[0]);
  close(life[1]);  // what the death of the parent does
  EXPECT_TRUE(wait_for_exit(*pid, kLongMs));
  int status = reap(*pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  close(talk[0]);
  close(talk[1]);
}

TEST(ChildPool, GoesOnWorkingThroughEveryKindOfHarm) {
  ChildPool pool("test-misbehaving", limits(), 2);
  std::atomic<int> wrong = 0;
  auto work = [&](const char* harm) {
    for (int i = 0; i < 100; ++i) {
      std::string text = "call " + std::to_string(i);
      auto answer = pool.call(as_bytes(text), kLongMs, kAnswerMax);
      if (!answer || as_text(*answer) != text) ++wrong;
      if (i % 25 == 10 && pool.call(as_bytes(harm), kShortMs, kAnswerMax)) ++wrong;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (const char* harm : {"crash", "giant", "exit", "loop"}) threads.emplace_back(work, harm);
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace aplomb::proc

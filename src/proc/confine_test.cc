// What a confined process may not do, tried from inside one: a worker makes the call named in the request and
// answers with the errno it got (0 when the call worked).
#include "proc/confine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <map>
#include <thread>

#include "proc/child.h"
#include "proc/frame.h"

namespace aplomb::proc {
namespace {

int errno_of(long answer) {
  return answer < 0 ? errno : 0;
}

int try_connect() {
  // Even a descriptor that is a socket already must not become a way out.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return errno_of(connect(kWorkerIn, reinterpret_cast<sockaddr*>(&address), sizeof address));
}

int try_exec() {
  char name[] = "true";
  char* argv[] = {name, nullptr};
  return errno_of(execv("/bin/true", argv));
}

int try_map(int protection) {
  void* page = mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? errno : 0;
}

int try_make_executable() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return errno_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

int try_thread() {
  pthread_t thread;
  int error = pthread_create(&thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  if (error == 0) pthread_join(thread, nullptr);
  return error;
}

int try_limit() {
  rlimit none{RLIM_INFINITY, RLIM_INFINITY};
  return errno_of(setrlimit(RLIMIT_FSIZE, &none));
}

using Attempt = std::function<int()>;
const std::map<std::string, Attempt, std::less<>>& attempts() {
  static const std::map<std::string, Attempt, std::less<>> all = {
      {"open", [] { return errno_of(open("/etc/passwd", O_RDONLY)); }},
      {"open-dir", [] { return errno_of(open("/", O_PATH)); }},
      {"create", [] { return errno_of(open("/tmp/aplomb-confine-test", O_CREAT | O_WRONLY, 0600)); }},
      {"unlink", [] { return errno_of(unlink("/tmp/aplomb-confine-test")); }},
      {"stat",
       [] {
         struct stat info{};
         return errno_of(stat("/etc/passwd", &info));
       }},
      {"memfd", [] { return errno_of(memfd_create("x", 0)); }},
      {"socket", [] { return errno_of(socket(AF_INET, SOCK_STREAM, 0)); }},
      {"connect", try_connect},
      {"bind",
       [] {
         sockaddr_in any{};
         any.sin_family = AF_INET;
         return errno_of(bind(kWorkerIn, reinterpret_cast<sockaddr*>(&any), sizeof any));
       }},
      {"exec", try_exec},
      {"fork", [] { return errno_of(syscall(SYS_fork)); }},
      {"kill-parent", [] { return errno_of(kill(getppid(), 0)); }},
      {"signal-other", [] { return errno_of(syscall(SYS_tgkill, 1, 1, 0)); }},
      {"ptrace", [] { return errno_of(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
      {"dumpable", [] { return errno_of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }},
      {"raise-limit", try_limit},
      {"map-exec", [] { return try_map(PROT_READ | PROT_EXEC); }},
      {"make-exec", try_make_executable},
      {"map", [] { return try_map(PROT_READ | PROT_WRITE); }},
      {"clock",
       [] {
         timespec now{};
         return errno_of(syscall(SYS_clock_gettime, CLOCK_REALTIME, &now));
       }},
      {"thread", try_thread},
  };
  return all;
}

int attempting_main(int in_fd, int out_fd) {
  return serve_frames(in_fd, out_fd, 1000, [](ByteView request) {
    ByteWriter answer;
    auto attempt = attempts().find(as_text(request));
    answer.u32(attempt == attempts().end() ? 9999 : static_cast<uint32_t>(attempt->second()));
    return answer.take();
  });
}
const WorkerRegistration kPlain{"test-attempting", attempting_main};
const WorkerRegistration kThreaded{"test-attempting-threads", attempting_main, Role::threaded_worker};
const WorkerRegistration kServing{"test-attempting-server", attempting_main, Role::web_server};

uint32_t answer_of(const char* worker, std::string_view attempt) {
  auto child = Child::start(worker, WorkerLimits{});
  EXPECT_TRUE(child);
  auto answer = child->call(as_bytes(attempt), 60'000, 1000);
  EXPECT_TRUE(answer) << attempt << ": " << answer.error().what;
  return answer ? ByteReader(*answer).u32().value_or(8888) : 7777;
}

class Confined : public testing::TestWithParam<const char*> {};

TEST_P(Confined, IsRefusedEverythingThatReachesOut) {
  for (const auto& [name, attempt] : attempts()) {
    if (name == "map" || name == "clock" || name == "thread") continue;
    EXPECT_EQ(answer_of(GetParam(), name), static_cast<uint32_t>(EPERM)) << name;
  }
}

TEST_P(Confined, MayStillCompute) {
  EXPECT_EQ(answer_of(GetParam(), "map"), 0u);
  EXPECT_EQ(answer_of(GetParam(), "clock"), 0u);
}

INSTANTIATE_TEST_SUITE_P(EveryRole, Confined,
                         testing::Values("test-attempting", "test-attempting-threads",
                                         "test-attempting-server"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Confinement, GivesThreadsOnlyToThoseWhoAsked) {
  EXPECT_NE(answer_of("test-attempting", "thread"), 0u);
  EXPECT_NE(answer_of("test-attempting-server", "thread"), 0u);
  EXPECT_EQ(answer_of("test-attempting-threads", "thread"), 0u);
}

// seccomp answers first, so the fence behind it is tried alone, in a child without the filter.
int open_behind_landlock_only() {
  pid_t pid = fork();
  if (pid == 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(255);
    _exit(deny_all_files() && open("/etc/passwd", O_RDONLY) < 0 ? errno : 0);
  }
  int status = reap(pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Confinement, DeniesFilesByLandlockTooWhereTheKernelHasIt) {
  if (landlock_version() == 0) GTEST_SKIP() << "no landlock in this kernel";
  EXPECT_EQ(open_behind_landlock_only(), EACCES);
}

}  // namespace
}  // namespace aplomb::proc

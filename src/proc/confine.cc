#include "proc/confine.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "base/messages.h"

namespace aplomb::proc {
namespace {

constexpr unsigned kNobody = 65534;

// The sanitizers reserve terabytes of address space and test memory by writing it to a pipe of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

// landlock(7). Debian 12's headers are older than the kernels Aplomb meets, so the numbers stand here.
constexpr long kCreateRuleset = 444, kRestrictSelf = 446;
struct RulesetAttributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;  // since version 4
  uint64_t scoped;              // since version 6
};

// All rights that a version knows: bits 0-12, then refer (2), truncate (3), ioctl_dev (5).
uint64_t all_file_rights(int version) {
  int bits = 13;
  if (version >= 2) bits = 14;
  if (version >= 3) bits = 15;
  if (version >= 5) bits = 16;
  return (1ULL << bits) - 1;
}

Status limit(__rlimit_resource_t resource, uint64_t soft, uint64_t hard) {
  rlimit old{};
  getrlimit(resource, &old);
  rlimit value{std::min<rlim_t>(soft, old.rlim_max), std::min<rlim_t>(hard, old.rlim_max)};
  if (setrlimit(resource, &value) != 0)
    return fail(os_error(errno, tr("cannot confine a helper process"), "setrlimit"));
  return {};
}

Status set_limits(const Confinement& confinement) {
  if (!kSanitized) TRY(limit(RLIMIT_AS, confinement.memory_bytes_max, confinement.memory_bytes_max));
  // SIGXCPU at the limit says why; SIGKILL one second later does not ask.
  uint64_t seconds = confinement.cpu_seconds_max;
  if (seconds > 0) TRY(limit(RLIMIT_CPU, seconds, seconds + 1));
  TRY(limit(RLIMIT_CORE, 0, 0));
  TRY(limit(RLIMIT_FSIZE, 0, 0));
  return limit(RLIMIT_NOFILE, confinement.open_files_max, confinement.open_files_max);
}

// Best effort: a user namespace may not know nobody, and the other fences do not depend on it.
void drop_root() {
  if (geteuid() != 0) return;
  if (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0) return;
  [[maybe_unused]] int dropped = setresuid(kNobody, kNobody, kNobody);
}

struct FilterRelease {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterRelease>;

// Collects the first failure, so that the list below reads as a list.
class AllowList {
 public:
  explicit AllowList(scmp_filter_ctx filter) : filter_(filter) {}
  void allow(std::initializer_list<int> calls) {
    for (int call : calls) note(seccomp_rule_add(filter_, SCMP_ACT_ALLOW, call, 0));
  }
  void allow_if(int call, scmp_arg_cmp condition) {
    note(seccomp_rule_add(filter_, SCMP_ACT_ALLOW, call, 1, condition));
  }
  void answer(int call, uint16_t error) { note(seccomp_rule_add(filter_, SCMP_ACT_ERRNO(error), call, 0)); }
  int error() const { return error_; }

 private:
  void note(int code) {
    if (code != 0 && error_ == 0) error_ = -code;
  }
  scmp_filter_ctx filter_;
  int error_ = 0;
};

// An argument compared, or masked and compared. libseccomp's own macros are not C++.
scmp_arg_cmp when(unsigned argument, scmp_compare operation, scmp_datum_t a, scmp_datum_t b = 0) {
  return {argument, operation, a, b};
}

void allow_computing(AllowList& list) {
  list.allow({SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(close),
              SCMP_SYS(fstat), SCMP_SYS(lseek), SCMP_SYS(poll), SCMP_SYS(ppoll)});
  list.allow({SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk)});
  list.allow_if(SCMP_SYS(mmap), when(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  list.allow_if(SCMP_SYS(mprotect), when(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  list.allow({SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
              SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom)});
  list.allow({SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(getpid), SCMP_SYS(gettid),
              SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)});
  list.allow(
      {SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack)});
  if (kSanitized) list.allow({SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(sched_getaffinity)});
  // abort() raises its signal in its own process, and only there.
  list.allow_if(SCMP_SYS(tgkill), when(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid())));
}

void allow_threads(AllowList& list) {
  // Exactly the flags of glibc's pthread_create. clone3 hides its flags in memory, where no filter can look:
  // ENOSYS makes glibc fall back to clone.
  constexpr scmp_datum_t kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                                   CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  list.allow_if(SCMP_SYS(clone), when(0, SCMP_CMP_EQ, kThread));
  list.answer(SCMP_SYS(clone3), ENOSYS);
  list.allow({SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_getaffinity)});
}

void allow_accepting(AllowList& list) {
  list.allow({SCMP_SYS(accept4), SCMP_SYS(accept), SCMP_SYS(shutdown), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg),
              SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername)});
  list.allow_if(SCMP_SYS(sendto), when(4, SCMP_CMP_EQ, 0));  // to the peer, never to an address
  list.allow({SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
              SCMP_SYS(eventfd2)});
  for (int command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL})
    list.allow_if(SCMP_SYS(fcntl), when(1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
}

Status filter_calls(Role role) {
  Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return fail(Code::unsupported, tr("this system cannot confine helper processes (seccomp)"));
  AllowList list(filter.get());
  allow_computing(list);
  if (role == Role::threaded_worker) allow_threads(list);
  if (role == Role::web_server) allow_accepting(list);
  int error = list.error();
  if (error == 0) error = -seccomp_load(filter.get());
  if (error == 0) return {};
  Error refused = os_error(error, tr("this system cannot confine helper processes (seccomp)"), "seccomp");
  refused.code = Code::unsupported;
  return fail(std::move(refused));
}

}  // namespace

int landlock_version() {
  constexpr unsigned kAskVersion = 1;
  long version = syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

Status deny_all_files() {
  const int version = landlock_version();
  if (version == 0) return {};  // seccomp refuses the calls that open files
  RulesetAttributes attributes{};
  attributes.handled_access_fs = all_file_rights(version);
  if (version >= 4) attributes.handled_access_net = 3;  // bind and connect over TCP
  if (version >= 6) attributes.scoped = 3;              // abstract sockets and signals of other domains
  size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  int ruleset = static_cast<int>(syscall(kCreateRuleset, &attributes, size, 0));
  if (ruleset < 0) return fail(os_error(errno, tr("cannot confine a helper process"), "landlock"));
  long answer = syscall(kRestrictSelf, ruleset, 0);
  int error = errno;
  close(ruleset);
  if (answer != 0) return fail(os_error(error, tr("cannot confine a helper process"), "landlock"));
  return {};
}

Status confine(const Confinement& confinement) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(os_error(errno, tr("cannot confine a helper process"), "no_new_privs"));
  TRY(set_limits(confinement));
  drop_root();
  // After the change of user, which would set it again: no debugger, and /proc/PID belongs to root.
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return fail(os_error(errno, tr("cannot confine a helper process"), "dumpable"));
  TRY(deny_all_files());
  return filter_calls(confinement.role);
}

}  // namespace aplomb::proc

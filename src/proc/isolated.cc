#include "proc/isolated.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>

#include "base/clock.h"
#include "base/messages.h"
#include "proc/frame.h"
#include "proc/private_root.h"
#include "proc/spawn.h"
#include "proc/unique_fd.h"
#include "proc/worker.h"

namespace aplomb::proc {
namespace {

constexpr std::string_view kMark = "__isolated";
constexpr size_t kRootMax = 1 << 20, kRequestMax = 1 << 20, kTextMax = 4096, kShownMax = 1000;
constexpr int64_t kEndMs = 5'000;  // what a process may take to end once it was told to
enum class Begin : uint8_t { ready = 0, refused = 1 };

std::map<std::string, IsolatedMain, std::less<>>& registry() {
  static std::map<std::string, IsolatedMain, std::less<>> entries;
  return entries;
}

// ---- the isolated side ----

volatile sig_atomic_t first_process = 0;

void end_first_process(int) {
  if (first_process > 0) kill(first_process, SIGKILL);
}

Status isolate(const PrivateRoot& root) {
  TRY(enter_private_root(root));
  TRY(raise_loopback());
  return give_up_privileges(root);
}

// Process 1 of its namespace. Told to end with the one between: however that ends, everything in here goes.
[[noreturn]] void run_first(const PrivateRoot& root, IsolatedMain main) {
  signal(SIGTERM, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Status isolated = isolate(root);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // again: a change of user takes it back
  ByteWriter said;
  said.u8(static_cast<uint8_t>(isolated ? Begin::ready : Begin::refused));
  said.text(isolated ? std::string() : isolated.error().what);
  if (!write_frame(kWorkerOut, said.view()) || !isolated) _exit(1);
  _exit(main(kWorkerIn, kWorkerOut));
}

int refuse(const Error& error) {
  ByteWriter said;
  said.u8(static_cast<uint8_t>(Begin::refused));
  said.text(error.what);
  (void)write_frame(kWorkerOut, said.view());
  return 1;
}

// The process between: it waits for the first one of the namespace, and ends it when it is told to end.
int stand_between(IsolatedMain main) {
  auto setup = read_frame(kWorkerIn, kRootMax);
  if (!setup || !*setup) return 1;
  ByteReader reader(**setup);
  auto root = decode_private_root(reader);
  if (!root) return refuse(root.error());
  if (Status left = leave_namespaces(); !left) return refuse(left.error());
  signal(SIGTERM, end_first_process);
  pid_t pid = fork();
  if (pid < 0) return refuse(os_error(errno, tr("cannot start a helper process"), {}));
  if (pid == 0) run_first(*root, main);
  first_process = pid;
  close(kWorkerIn);
  close(kWorkerOut);
  int status = reap(pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

// ---- our side ----

class Isolated {
 public:
  ~Isolated() { end(); }

  Status start(std::string_view name) {
    int ends[2], life[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return fail(os_error(errno, tr("cannot start a helper process"), name));
    socket_ = UniqueFd(ends[0]);
    UniqueFd theirs(ends[1]);
    if (pipe2(life, O_CLOEXEC) != 0) return fail(os_error(errno, tr("cannot start a helper process"), name));
    UniqueFd life_theirs(life[0]);
    lifeline_ = UniqueFd(life[1]);
    SpawnPlan plan = worker_plan(name, {});
    plan.argv = {"aplomb", std::string(kMark), std::string(name)};
    plan.fds = {{theirs.get(), kWorkerIn}, {theirs.get(), kWorkerOut}, {life_theirs.get(), kWorkerLifeline}};
    pid_ = TRY_IN(spawn(plan), tr("cannot start a helper process"));
    return {};
  }

  Status send(ByteView message) {
    ByteWriter framed;
    framed.u32(static_cast<uint32_t>(message.size()));
    framed.bytes(message);
    for (ByteView rest = framed.view(); !rest.empty();) {
      ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return {};  // it has ended; what it said before tells why
      rest = rest.subspan(static_cast<size_t>(count));
    }
    return {};
  }

  // Everything it writes until it closes.
  Result<Bytes> receive(int64_t timeout_ms, size_t size_max) {
    const int64_t deadline_ns = SystemClock().monotonic_ns() + timeout_ms * 1'000'000;
    Bytes all;
    for (;;) {
      int64_t left_ms = (deadline_ns - SystemClock().monotonic_ns()) / 1'000'000;
      if (left_ms <= 0)
        return fail(make_error(Code::limit, tr("a helper process took too long and was stopped")));
      pollfd entry{socket_.get(), POLLIN, 0};
      if (poll(&entry, 1, static_cast<int>(std::min<int64_t>(left_ms, 60'000))) <= 0) continue;
      uint8_t buffer[64 << 10];
      ssize_t count = recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count <= 0) return all;  // also when the last of them was killed
      all.insert(all.end(), buffer, buffer + count);
      if (all.size() > size_max)
        return fail(make_error(Code::limit, tr("a message of {} bytes is too long", all.size())));
    }
  }

  void end() {
    if (pid_ < 0) return;
    kill(pid_, SIGTERM);  // not reaped yet, so the number is still its own
    if (!wait_for_exit(pid_, kEndMs)) kill(pid_, SIGKILL);
    reap(pid_);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  UniqueFd socket_, lifeline_;
};

Error broke_off() {
  return make_error(Code::corrupt, tr("a helper process broke off its answer"));
}

// The two messages: whether it could be isolated, and the answer.
Result<Bytes> take_answer(ByteView all) {
  ByteReader reader(all);
  auto frame = [&]() -> Result<ByteView> { return reader.bytes(TRY(reader.u32())); };
  auto said = frame();
  if (!said) return fail(broke_off());
  ByteReader begin(*said);
  auto how = begin.u8();
  auto text = begin.text(kTextMax);
  if (!how || !text) return fail(broke_off());
  if (*how != static_cast<uint8_t>(Begin::ready)) return fail(make_error(Code::unsupported, *text));
  auto answer = frame();
  if (!answer) return fail(broke_off());
  return Bytes(answer->begin(), answer->end());
}

}  // namespace

IsolatedRegistration::IsolatedRegistration(const char* name, IsolatedMain main) {
  bool added = registry().emplace(name, main).second;
  APLOMB_CHECK(added);
}

int isolated_early_main(int argc, char** argv) {
  if (argc != 3 || argv[1] != kMark) return -1;
  auto entry = registry().find(std::string_view(argv[2]));
  if (entry == registry().end()) _exit(kExitUnknownWorker);
  _exit(stand_between(entry->second));
}

Result<Bytes> run_isolated(std::string_view name, const PrivateRoot& root, ByteView request,
                           int64_t timeout_ms, size_t response_max) {
  if (request.size() > kRequestMax)
    return fail(Code::limit, tr("a message of {} bytes is too long", request.size()));
  ByteWriter setup;
  encode(setup, root);
  Isolated isolated;
  TRY(isolated.start(name));
  TRY(isolated.send(setup.view()));
  TRY(isolated.send(request));
  Bytes all = TRY(isolated.receive(timeout_ms, response_max));
  isolated.end();
  return take_answer(all);
}

void encode(ByteWriter& writer, const PrivateRoot& root) {
  writer.text(root.folder);
  writer.u32(root.uid);
  writer.u32(root.gid);
  writer.varint(root.shown.size());
  for (const Shown& shown : root.shown) {
    writer.text(shown.from);
    writer.text(shown.to);
    writer.u8(shown.writable ? 1 : 0);
  }
}

Result<PrivateRoot> decode_private_root(ByteReader& reader) {
  PrivateRoot root;
  root.folder = TRY(reader.text(kTextMax));
  root.uid = TRY(reader.u32());
  root.gid = TRY(reader.u32());
  const uint64_t count = TRY(reader.varint());
  if (count > kShownMax) return fail(Code::limit, tr("a message of {} bytes is too long", count));
  for (uint64_t i = 0; i < count; ++i) {
    Shown shown;
    shown.from = TRY(reader.text(kTextMax));
    shown.to = TRY(reader.text(kTextMax));
    shown.writable = TRY(reader.u8()) != 0;
    root.shown.push_back(std::move(shown));
  }
  TRY(reader.finish());
  return root;
}

}  // namespace aplomb::proc

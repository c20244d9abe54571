#include "keeper/ssh.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <csignal>

#include "base/log.h"
#include "base/messages.h"
#include "keeper/fd_stream.h"
#include "keeper/ssh_key.h"
#include "proc/command.h"
#include "proc/spawn.h"

namespace aplomb::keeper {
namespace {

constexpr int64_t kEndWait_ms = 2000;
constexpr size_t kSaidMax = 4096;

// A file without a name, for another process of ours to read by /proc: nothing secret touches a disk.
Result<proc::UniqueFd> memory_file(const char* name, ByteView content) {
  proc::UniqueFd file(memfd_create(name, MFD_CLOEXEC));
  if (!file) return fail(os_error(errno, tr("cannot make a file in memory"), name));
  fchmod(file.get(), 0600);  // ssh refuses a key that others could read
  while (!content.empty()) {
    ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count <= 0) return fail(os_error(errno, tr("cannot make a file in memory"), name));
    content = content.subspan(static_cast<size_t>(count));
  }
  return file;
}

std::string path_of(const proc::UniqueFd& file) {
  return fmt::format("/proc/{}/fd/{}", getpid(), file.get());
}

class SshStream final : public FdStream {
 public:
  SshStream(pid_t pid, proc::UniqueFd in, proc::UniqueFd out, proc::UniqueFd said,
            std::vector<proc::UniqueFd> kept)
      : FdStream(std::move(in), std::move(out)), pid_(pid), said_(std::move(said)), kept_(std::move(kept)) {}

  ~SshStream() override {
    kill(-pid_, SIGTERM);  // it leads a group of its own, and is not reaped yet
    if (!proc::wait_for_exit(pid_, kEndWait_ms)) kill(-pid_, SIGKILL);
    proc::reap(pid_);
  }

  std::optional<Error> why_ended() override {
    proc::wait_for_exit(pid_, kEndWait_ms);
    std::string text;
    char buffer[512];
    ssize_t count;
    while (text.size() < kSaidMax && (count = ::read(said_.get(), buffer, sizeof buffer)) > 0)
      text.append(buffer, static_cast<size_t>(count));
    return explain_ssh(text);
  }

 private:
  const pid_t pid_;
  proc::UniqueFd said_;
  std::vector<proc::UniqueFd> kept_;  // what ssh reads by /proc while it lives
};

std::vector<std::string> arguments(const SshLogin& login, const std::string& key,
                                   const std::string& known_hosts) {
  std::vector<std::string> words = {"ssh", "-F", "none", "-T", "-x", "-a", "-i", key};
  auto set = [&](const std::string& option) { words.insert(words.end(), {"-o", option}); };
  set("BatchMode=yes");
  set("IdentitiesOnly=yes");
  set("IdentityAgent=none");
  set("PreferredAuthentications=publickey");
  set("ClearAllForwardings=yes");
  set("PermitLocalCommand=no");
  set("ControlPath=none");
  set("Compression=no");
#if defined(__x86_64__)
  // Half the work of what ssh would choose, on both sides. Only the order changes, so any sshd has one it
  // knows.
  if (__builtin_cpu_supports("aes")) set("Ciphers=^aes128-gcm@openssh.com,aes256-gcm@openssh.com");
#endif
  set("LogLevel=ERROR");
  set("ConnectTimeout=20");
  set("ServerAliveInterval=15");
  set("ServerAliveCountMax=4");
  set("UpdateHostKeys=no");
  set("GlobalKnownHostsFile=/dev/null");
  set("UserKnownHostsFile=" + known_hosts);
  set("HashKnownHosts=no");
  if (login.url.host_key) {
    set("HostKeyAlgorithms=ssh-ed25519");
    set("StrictHostKeyChecking=yes");
  } else {
    set("StrictHostKeyChecking=accept-new");
  }
  words.insert(words.end(), {"-p", std::to_string(login.url.port), "-l", login.url.user, "--", login.url.host,
                             "aplomb-keeper"});
  return words;
}

}  // namespace

Error explain_ssh(std::string_view said) {
  auto says = [&](std::string_view words) { return said.find(words) != std::string_view::npos; };
  if (says("Permission denied")) {
    Error unknown =
        make_error(Code::key, tr("the keeper's machine does not know this login"))
            .then(tr("there, run the line with aplomb keeper allow that init showed, as the user of "
                     "the address"));
    unknown.sys_errno = EACCES;
    return unknown;
  }
  if (says("HOST IDENTIFICATION HAS CHANGED") || says("Host key verification failed"))
    return make_error(Code::key, tr("the keeper's machine shows another host key than the one that is known"))
        .then(tr("do not go on before you know why: the machine was set up anew, or somebody answers in its "
                 "place"));
  while (!said.empty() && (said.back() == '\n' || said.back() == '\r')) said.remove_suffix(1);
  // The last line; of what our own side says there, the first, which tells what is wrong.
  size_t ours = said.find("aplomb: ");
  std::string_view line =
      ours == std::string_view::npos ? said.substr(said.rfind('\n') + 1) : said.substr(ours);
  line = line.substr(0, line.find_first_of("\r\n"));
  std::string what = tr("the connection to the keeper broke off");
  if (!line.empty()) what += ": " + printable(line.substr(0, 300));
  return make_error(Code::network, std::move(what))
      .then(tr("check that the keeper's machine can be reached; nothing that was stored is lost"));
}

Result<std::unique_ptr<Stream>> open_ssh(const SshLogin& login) {
  std::vector<proc::UniqueFd> kept;
  std::string key = login.key_file, known_hosts = login.known_hosts;
  if (key.empty()) {
    kept.push_back(TRY(memory_file("aplomb-login", login.key.view())));
    key = path_of(kept.back());
  }
  if (login.url.host_key) {
    std::string line = known_host_line(login.url, *login.url.host_key);
    kept.push_back(TRY(memory_file("aplomb-known-host", as_bytes(line))));
    known_hosts = path_of(kept.back());
  }
  int to[2], from[2], said[2];
  for (int* pipe : {to, from, said})
    if (pipe2(pipe, O_CLOEXEC) != 0) return fail(os_error(errno, tr("cannot make a pipe"), {}));
  proc::UniqueFd to_ssh(to[1]), from_us(to[0]), from_ssh(from[0]), to_us(from[1]), said_here(said[0]),
      said_there(said[1]);
  fcntl(said_here.get(), F_SETFL, O_NONBLOCK);
  proc::SpawnPlan plan;
  plan.program = "ssh";
  plan.argv = arguments(login, key, known_hosts);
  plan.environment = proc::plain_environment();
  plan.environment.emplace_back("HOME=/nonexistent");
  plan.fds = {{from_us.get(), 0}, {to_us.get(), 1}, {said_there.get(), 2}};
  auto pid = proc::spawn(plan);
  if (!pid) {
    Error error = std::move(pid).error();
    if (error.code == Code::not_found)
      return fail(make_error(Code::unsupported, tr("the program ssh is not installed"))
                      .then(tr("install the package openssh-client")));
    return fail(std::move(error));
  }
  return std::make_unique<SshStream>(*pid, std::move(from_ssh), std::move(to_ssh), std::move(said_here),
                                     std::move(kept));
}

}  // namespace aplomb::keeper

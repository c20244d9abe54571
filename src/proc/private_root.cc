#include "proc/private_root.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "base/messages.h"
#include "proc/unique_fd.h"

namespace aplomb::proc {
namespace {

// Programs, libraries and what PHP reads of the machine. No /proc, no other part of /etc: keys lie there.
constexpr const char* kSystem[] = {"/usr",
                                   "/bin",
                                   "/sbin",
                                   "/lib",
                                   "/lib32",
                                   "/lib64",
                                   "/etc/alternatives",
                                   "/etc/group",
                                   "/etc/ld.so.cache",
                                   "/etc/localtime",
                                   "/etc/mime.types",
                                   "/etc/nsswitch.conf",
                                   "/etc/passwd",
                                   "/etc/php",
                                   "/etc/timezone",
                                   "/dev/null",
                                   "/dev/random",
                                   "/dev/urandom",
                                   "/dev/zero"};

// Whatever the kernel says to a call that isolates, the answer is the same: here it cannot be done.
std::unexpected<Error> refused(const char* call) {
  const int number = errno;
  Error error = os_error(number, tr("the system refuses to isolate a process ({})", call), {});
  error.code = Code::unsupported;
  return fail(std::move(error));
}

Status write_text(const char* path, const std::string& text) {
  UniqueFd file(open(path, O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return refused(path);
  return {};
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// Folders from `top` down to `path`; those that exist stay.
Status make_folders(const std::string& top, const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (mkdir((top + path.substr(0, slash)).c_str(), 0755) != 0 && errno != EEXIST) return refused("mkdir");
  return {};
}

Status bind(const std::string& from, const std::string& to, bool writable) {
  if (mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return refused("mount");
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_NOSUID | (writable ? 0 : MOUNT_ATTR_RDONLY);
  if (mount_setattr(AT_FDCWD, to.c_str(), AT_RECURSIVE, &attributes, sizeof attributes) != 0)
    return refused("mount_setattr");
  return {};
}

// What is missing on this machine is missing there too; /bin may be a link into /usr, and stays one.
Status show_system(const std::string& top, const std::string& path) {
  struct stat stat{};
  if (lstat(path.c_str(), &stat) != 0) return {};
  TRY(make_folders(top, path));
  if (S_ISLNK(stat.st_mode)) {
    char target[4096];
    ssize_t size = readlink(path.c_str(), target, sizeof target - 1);
    if (size < 0) return {};
    target[size] = 0;
    if (symlink(target, (top + path).c_str()) != 0) return refused("symlink");
    return {};
  }
  if (S_ISDIR(stat.st_mode)) {
    if (mkdir((top + path).c_str(), 0755) != 0 && errno != EEXIST) return refused("mkdir");
  } else {
    UniqueFd(open((top + path).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  }
  return bind(path, top + path, false);
}

Status show(const std::string& top, const Shown& shown, const PrivateRoot& root) {
  struct stat stat{};
  if (lstat(shown.from.c_str(), &stat) != 0) return refused(shown.from.c_str());
  TRY(make_folders(top, shown.to));
  const std::string to = top + shown.to;
  if (S_ISDIR(stat.st_mode)) {
    if (mkdir(to.c_str(), 0755) != 0 && errno != EEXIST) return refused("mkdir");
  } else {
    UniqueFd made(open(to.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    // A database writes its journal beside itself.
    if (shown.writable && geteuid() == 0 && chown(parent_of(to).c_str(), root.uid, root.gid) != 0)
      return refused("chown");
  }
  return bind(shown.from, to, shown.writable);
}

}  // namespace

Status leave_namespaces() {
  constexpr int kSpaces = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  if (geteuid() == 0 && unshare(kSpaces) == 0) return {};
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER | kSpaces) != 0) return refused("unshare");
  TRY(write_text("/proc/self/setgroups", "deny"));
  // Under its own number and not as 0: a program that is started there then holds no capability.
  TRY(write_text("/proc/self/uid_map", fmt::format("{} {} 1", uid, uid)));
  return write_text("/proc/self/gid_map", fmt::format("{} {} 1", gid, gid));
}

Status enter_private_root(const PrivateRoot& root) {
  const std::string& top = root.folder;
  if (mount("", "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0) return refused("mount");
  if (mount("tmpfs", top.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) return refused("mount");
  for (const char* path : kSystem) TRY(show_system(top, path));
  for (const Shown& shown : root.shown) TRY(show(top, shown, root));
  if (mkdir((top + "/tmp").c_str(), 0755) != 0 && errno != EEXIST) return refused("mkdir");
  if (chmod((top + "/tmp").c_str(), 01777) != 0) return refused("chmod");
  // pivot_root(2), "pivot_root(".", ".")": the old root lies under the new one, and goes.
  if (chdir(top.c_str()) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return refused("pivot_root");
  if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) return refused("umount");
  return {};
}

Status raise_loopback() {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  if (!socket || ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return refused("socket");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return refused("ioctl");
  return {};
}

Status give_up_privileges(const PrivateRoot& root) {
  // 0 in a user namespace of one number, or a site that belongs to root: it stays 0, without capabilities.
  if (geteuid() == 0) {
    if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) != 0) return refused("prctl");
    bool numbers = setgroups(0, nullptr) == 0 && setresgid(root.gid, root.gid, root.gid) == 0;
    if (!numbers || setresuid(root.uid, root.uid, root.uid) != 0) {
      if (root.uid != 0) return refused("setuid");
    }
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  if (syscall(SYS_capset, &header, none) != 0) return refused("capset");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused("prctl");
  return {};
}

}  // namespace aplomb::proc

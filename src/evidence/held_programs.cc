// The programs that run, held open before anything ends them, and their memory maps.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/messages.h"
#include "evidence/collector.h"
#include "evidence/items.h"
#include "fs/posix_file.h"
#include "proc/process_list.h"

namespace aplomb::evidence {
namespace {

// Descriptors that are held until the end of the snapshot, which needs some itself; 1024 is what a process
// has.
constexpr size_t kHeldMax = 200;
constexpr size_t kMapsProcesses = 300, kMapsMax = 256 << 10, kSourceMax = 1024;

bool is_beneath_any(std::string_view path, const std::vector<std::string>& folders) {
  return std::ranges::any_of(folders, [&](const std::string& folder) {
    return !folder.empty() && path.starts_with(folder) &&
           (path.size() == folder.size() || path[folder.size()] == '/');
  });
}

// One component of a path, whatever a process calls itself.
std::string plain(std::string_view name) {
  std::string text;
  for (char c : name.substr(0, 60)) {
    const bool keep =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    text += keep ? c : '_';
  }
  return text.empty() ? "_" : text;
}

std::string name_of(const proc::Process& process) {
  return std::to_string(process.ref.pid) + "-" + plain(process.name);
}

// Without changing when it was read last, where we may.
fs::UniqueFd open_program(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  fs::UniqueFd fd(open(path.c_str(), kFlags | O_NOATIME));
  return fd || errno != EPERM ? std::move(fd) : fs::UniqueFd(open(path.c_str(), kFlags));
}

class Programs {
 public:
  explicit Programs(Items& items, std::vector<Mount> mounts) : items_(items), mounts_(std::move(mounts)) {}

  void hold(const proc::Process& process) {
    const std::string link = "/proc/" + std::to_string(process.ref.pid) + "/exe";
    const std::string source = link + " (" + process.exe + (process.exe_deleted ? ", deleted)" : ")");
    if (may_not_answer(mounts_, process.exe))
      return items_.leave_out(source, tr("it lies on a file system that may not answer"));
    fs::UniqueFd fd = open_program(link);
    struct stat stat{};
    if (!fd || fstat(fd.get(), &stat) != 0) return items_.leave_out(source, reason(errno));
    if (!S_ISREG(stat.st_mode)) return items_.leave_out(source, tr("no regular file"));
    if (auto known = held_.find({stat.st_dev, stat.st_ino}); known != held_.end()) {
      std::string& first = known->second.source;
      if (first.size() < kSourceMax) first += ", " + link;
      return;
    }
    if (held_.size() >= kHeldMax)
      return items_.leave_out(source, tr("too large, or there is more than can be kept"));
    auto kept = std::make_shared<fs::UniqueFd>(std::move(fd));
    held_[{stat.st_dev, stat.st_ino}] = {Exhibit::processes,
                                         name_of(process) + ".exe",
                                         source,
                                         "copied from the running process",
                                         fs::to_stat(stat),
                                         [kept, source]() -> Result<std::unique_ptr<fs::File>> {
                                           return std::make_unique<fs::PosixFile>(
                                               fs::UniqueFd(fcntl(kept->get(), F_DUPFD_CLOEXEC, 0)), source);
                                         }};
  }
  void finish() {
    for (auto& [inode, item] : held_) items_.add(std::move(item));
  }

 private:
  Items& items_;
  const std::vector<Mount> mounts_;
  std::map<std::pair<dev_t, ino_t>, Item> held_;
};

}  // namespace

void Items::hold_processes(const std::vector<std::string>& roots, const Clock& clock, int64_t budget_ms) {
  Collector collector(clock, budget_ms);
  const std::vector<std::string> strange = {"/tmp", "/var/tmp", "/dev/shm"};
  std::vector<proc::Process> all = proc::list_processes();
  auto odd = [&](const proc::Process& process) {
    return process.exe_deleted || process.exe.starts_with("/memfd:") || is_beneath_any(process.exe, roots) ||
           is_beneath_any(process.exe, strange);
  };
  // What an intruder would start comes first: it has its place however many others there are.
  const size_t of_interest =
      static_cast<size_t>(std::ranges::stable_partition(all, odd).begin() - all.begin());
  Programs programs(*this, read_mounts(collector));
  for (size_t i = 0; i < of_interest; ++i) {
    if (collector.out_of_time()) {
      leave_out(tr("programs of processes"), tr("out of time"));
      break;
    }
    programs.hold(all[i]);
  }
  programs.finish();
  size_t others = 0, maps = 0;
  for (const proc::Process& process : all) {
    const bool of_the_kernel = process.exe.empty() && process.arguments.empty();
    if (process.ended || of_the_kernel) continue;
    if (process.exe.empty()) {
      char target[1];
      const std::string link = "/proc/" + std::to_string(process.ref.pid) + "/exe";
      if (readlink(link.c_str(), target, sizeof target) < 0 && errno == EACCES) ++others;
      continue;
    }
    if (collector.out_of_time() || maps >= kMapsProcesses) {
      leave_out(tr("memory maps of processes"), collector.out_of_time()
                                                    ? tr("out of time")
                                                    : tr("too large, or there is more than can be kept"));
      break;
    }
    const std::string source = "/proc/" + std::to_string(process.ref.pid) + "/maps";
    std::string text = read_start(source, kMapsMax);
    if (text.empty()) continue;
    ++maps;
    add(item_of(Exhibit::processes, name_of(process) + ".maps", source, "read", std::move(text),
                clock.now()));
  }
  if (others > 0)
    leave_out("/proc/PID/exe", tr("{} processes of other users cannot be looked into without root", others));
}

}  // namespace aplomb::evidence

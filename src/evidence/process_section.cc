#include "evidence/process_section.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>

#include "base/messages.h"
#include "crypto/crypto.h"
#include "proc/process_list.h"
#include "proc/unique_fd.h"

namespace aplomb::evidence {
namespace {

constexpr size_t kBytesMax = 1 << 20, kFilesMax = 50;
constexpr size_t kDescriptorsMax = 65'536, kAllDescriptorsMax = 500'000;
constexpr uint64_t kExecutableMax = 256ULL << 20;
constexpr std::string_view kDeleted = " (deleted)";

class Processes {
 public:
  Processes(Collector& collector, const std::vector<std::string>& roots)
      : collector_(collector), list_(collector, tr("processes"), kBytesMax) {
    for (const std::string& root : roots) {
      std::unique_ptr<char, decltype(&std::free)> real(realpath(root.c_str(), nullptr), &std::free);
      std::string path = real ? std::string(real.get()) : root;
      while (path.ends_with('/')) path.pop_back();
      if (!path.empty()) roots_.push_back(path);
    }
    boot_seconds_ = boot_time();
    mounts_ = read_mounts(collector);
  }

  ProcessSection collect() {
    std::vector<proc::Process> all = proc::list_processes();
    if (all.empty()) collector_.not_read("/proc", tr("it holds no process"));
    // What touches the site first, so that it is there should the time not do for the rest.
    std::ranges::stable_partition(all,
                                  [this](const proc::Process& process) { return is_of_interest(process); });
    for (const proc::Process& process : all) {
      // Sockets get their processes even after the list is full.
      list_.add(describe(process));
    }
    section_.processes = list_.take();
    return std::move(section_);
  }

 private:
  // Of the machine's start, in seconds since 1970; 0 when unknown.
  int64_t boot_time() {
    int64_t seconds = 0;
    for (const std::string& line : read_lines(collector_, "/proc/stat", 10'000)) {
      if (!line.starts_with("btime ")) continue;
      std::from_chars(line.data() + 6, line.data() + line.size(), seconds);
    }
    return seconds;
  }

  bool is_within(std::string_view path) const {
    return std::ranges::any_of(roots_, [&](const std::string& root) {
      return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
    });
  }
  bool is_of_interest(const proc::Process& process) const {
    return process.exe_deleted || is_within(process.exe) || is_within(process.folder);
  }

  nlohmann::json describe(const proc::Process& process) {
    nlohmann::json json = {{"pid", process.ref.pid},
                           {"ppid", process.parent},
                           {"uid", process.uid},
                           {"start_ticks", process.ref.start_ticks},
                           {"name", shown(process.name)},
                           {"exe", shown(process.exe)},
                           {"exe_deleted", process.exe_deleted},
                           {"cmdline", shown(command_line(process))},
                           {"cwd", shown(process.folder)}};
    if (process.ended) json["ended"] = true;
    if (boot_seconds_ > 0) json["started"] = to_iso(start_time(process));
    if (process.exe_deleted || is_within(process.exe)) add_hash(process, json);
    if (collector_.out_of_time()) {
      collector_.not_read(tr("open files of processes"), tr("out of time"));
    } else {
      add_files(process, json);
    }
    return json;
  }

  Time start_time(const proc::Process& process) const {
    const auto ticks_per_second = static_cast<uint64_t>(std::max(1L, sysconf(_SC_CLK_TCK)));
    const auto seconds = static_cast<int64_t>(process.ref.start_ticks / ticks_per_second);
    return Time{(boot_seconds_ + seconds) * kSecond};
  }

  static std::string command_line(const proc::Process& process) {
    std::string line;
    for (const std::string& argument : process.arguments) {
      if (!line.empty()) line += ' ';
      line += argument;
      if (line.size() > kShownMax) break;
    }
    return line;
  }

  void add_hash(const proc::Process& process, nlohmann::json& json) {
    const std::string path = "/proc/" + std::to_string(process.ref.pid) + "/exe";
    if (may_not_answer(mounts_, process.exe))
      return collector_.not_read(path, tr("it lies on a file system that may not answer"));
    proc::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return collector_.not_read(path, reason(errno));
    struct stat stat{};
    if (fstat(fd.get(), &stat) != 0 || !S_ISREG(stat.st_mode)) return;
    json["exe_size"] = static_cast<uint64_t>(stat.st_size);
    crypto::Sha256Stream stream;
    Bytes buffer(1 << 20);
    uint64_t total = 0;
    for (ssize_t count; (count = read(fd.get(), buffer.data(), buffer.size())) != 0;) {
      if (count < 0) return collector_.not_read(path, reason(errno));
      total += static_cast<uint64_t>(count);
      if (total > kExecutableMax)
        return collector_.not_read(path, tr("larger than {} bytes", kExecutableMax));
      if (collector_.out_of_time()) return collector_.not_read(path, tr("out of time"));
      stream.update(ByteView(buffer).first(static_cast<size_t>(count)));
    }
    // The number may mean another process by now, or the process another program.
    const auto now = proc::find_process(process.ref.pid);
    if (now && now->ref == process.ref && now->exe == process.exe) json["exe_sha256"] = stream.finish().hex();
  }

  // One walk over the descriptors: the files of the site that are open, and the sockets.
  void add_files(const proc::Process& process, nlohmann::json& json) {
    const std::string folder = "/proc/" + std::to_string(process.ref.pid) + "/fd";
    nlohmann::json files = nlohmann::json::array();
    size_t count = 0;
    const int error = for_each_name(folder, [&](const char* name) {
      if (++count > kDescriptorsMax || ++descriptors_ > kAllDescriptorsMax) {
        collector_.not_read(folder, tr("too many open files"));
        return false;
      }
      const std::string target = read_link(folder + "/" + name);
      if (note_socket(process, target)) return true;
      std::string_view path = target;
      const bool deleted = path.ends_with(kDeleted);
      if (deleted) path.remove_suffix(kDeleted.size());
      if (is_within(path) && files.size() < kFilesMax)
        files.push_back({{"fd", name}, {"path", shown(path)}, {"deleted", deleted}});
      return !collector_.out_of_time();
    });
    if (error == EACCES || error == EPERM)
      collector_.not_read(tr("open files of processes of other users"), reason(error));
    if (!files.empty()) json["open_files"] = std::move(files);
  }

  // "socket:[12345]"
  bool note_socket(const proc::Process& process, std::string_view target) {
    constexpr std::string_view kSocket = "socket:[";
    if (!target.starts_with(kSocket)) return false;
    uint64_t inode = 0;
    std::from_chars(target.data() + kSocket.size(), target.data() + target.size(), inode);
    section_.owners[inode].insert(process.ref.pid);
    return true;
  }

  Collector& collector_;
  std::vector<std::string> roots_;
  std::vector<Mount> mounts_;
  int64_t boot_seconds_ = 0;
  size_t descriptors_ = 0;
  BoundedList list_;
  ProcessSection section_;
};

}  // namespace

ProcessSection collect_processes(Collector& collector, const std::vector<std::string>& roots) {
  return Processes(collector, roots).collect();
}

}  // namespace aplomb::evidence

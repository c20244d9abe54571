#include "evidence/temporary_section.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <deque>
#include <memory>
#include <set>

#include "base/messages.h"
#include "proc/unique_fd.h"

namespace aplomb::evidence {
namespace {

constexpr size_t kDepthMax = 16;

const char* type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "folder";
    case S_IFLNK:
      return "link";
    case S_IFIFO:
      return "fifo";
    case S_IFSOCK:
      return "socket";
    case S_IFBLK:
      return "block device";
    case S_IFCHR:
      return "character device";
    default:
      return "?";
  }
}

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};
using OpenDir = std::unique_ptr<DIR, CloseDir>;

class Lister {
 public:
  Lister(Collector& collector, const std::string& folder, size_t bytes_max, size_t entries_max)
      : collector_(collector),
        folder_(folder),
        entries_max_(entries_max),
        entries_(collector, folder, bytes_max) {
    for (const Mount& mount : read_mounts(collector)) mounts_.insert(mount.folder);
  }

  nlohmann::json list() {
    top_ = open_folder(AT_FDCWD, folder_);
    struct stat stat{};
    if (!top_ || fstat(top_.get(), &stat) != 0) {
      if (errno != ENOENT) collector_.not_read(folder_, reason(errno));
      return entries_.take();
    }
    device_ = stat.st_dev;
    waiting_.push_back("");
    while (!waiting_.empty() && !ended_ && room_) {
      const std::string next = std::move(waiting_.front());
      waiting_.pop_front();
      list_one(next);
    }
    return entries_.take();
  }

 private:
  static proc::UniqueFd open_folder(int at, const std::string& path) {
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    proc::UniqueFd fd(openat(at, path.c_str(), kFlags | O_NOATIME));
    if (!fd && errno == EPERM) fd.reset(openat(at, path.c_str(), kFlags));  // not ours
    return fd;
  }

  // Component by component from the top, so that no link on the way is followed.
  proc::UniqueFd open_below(const std::string& path) {
    proc::UniqueFd at(openat(top_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (size_t start = 0; at && start < path.size();) {
      const size_t end = std::min(path.find('/', start), path.size());
      at = open_folder(at.get(), path.substr(start, end - start));
      start = end + 1;
    }
    return at;
  }

  void list_one(const std::string& path) {
    proc::UniqueFd fd = open_below(path);
    struct stat stat{};
    if (!fd || fstat(fd.get(), &stat) != 0) return collector_.not_read(full(path), reason(errno));
    if (stat.st_dev != device_)
      return collector_.not_read(full(path), tr("another file system is mounted there"));
    OpenDir dir(fdopendir(fd.release()));
    if (!dir) return collector_.not_read(full(path), reason(errno));
    std::vector<std::string> names;
    while (const dirent* entry = readdir(dir.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (count_ + names.size() >= entries_max_) {
        stop(path, tr("more than {} entries", entries_max_));
        break;
      }
      names.emplace_back(name);
    }
    std::ranges::sort(names);
    for (const std::string& name : names) {
      if (!room_) return;
      if (collector_.out_of_time()) return stop(path, tr("out of time"));
      add(dirfd(dir.get()), path, name);
    }
  }

  void add(int at, const std::string& parent, const std::string& name) {
    struct stat stat{};
    const std::string path = parent.empty() ? name : parent + "/" + name;
    // Only asking what is there could wait for ever: the intruder's own file system may not answer.
    if (mounts_.contains(full(path))) {
      return keep({{"path", shown(path)}, {"type", "mount"}});
    }
    if (fstatat(at, name.c_str(), &stat, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
      return collector_.not_read(full(path), reason(errno));
    nlohmann::json entry = {{"path", shown(path)},
                            {"type", type_name(stat.st_mode)},
                            {"mode", fmt::format("{:04o}", stat.st_mode & 07777)},
                            {"uid", stat.st_uid},
                            {"gid", stat.st_gid},
                            {"size", static_cast<uint64_t>(std::max<off_t>(0, stat.st_size))},
                            {"modified", to_iso_ns(to_time(stat.st_mtim))},
                            {"changed", to_iso_ns(to_time(stat.st_ctim))}};
    if (S_ISLNK(stat.st_mode)) {
      char target[PATH_MAX];
      const ssize_t length = readlinkat(at, name.c_str(), target, sizeof target);
      if (length >= 0) entry["target"] = shown(std::string_view(target, static_cast<size_t>(length)));
    }
    keep(std::move(entry));
    if (!S_ISDIR(stat.st_mode)) return;
    if (static_cast<size_t>(std::ranges::count(path, '/')) + 1 >= kDepthMax)
      return collector_.not_read(full(path), tr("too deep"));
    waiting_.push_back(path);
  }

  void keep(nlohmann::json entry) {
    ++count_;
    room_ = room_ && entries_.add(std::move(entry));
  }
  void stop(const std::string& path, const std::string& why) {
    ended_ = true;
    collector_.not_read(full(path), why);
  }
  std::string full(const std::string& path) const { return path.empty() ? folder_ : folder_ + "/" + path; }

  Collector& collector_;
  const std::string folder_;
  const size_t entries_max_;
  std::set<std::string> mounts_;
  proc::UniqueFd top_;
  dev_t device_ = 0;
  std::deque<std::string> waiting_;
  size_t count_ = 0;
  BoundedList entries_;
  bool ended_ = false, room_ = true;
};

}  // namespace

nlohmann::json list_temporary(Collector& collector, const std::string& folder, size_t bytes_max,
                              size_t entries_max) {
  return Lister(collector, folder, bytes_max, entries_max).list();
}

}  // namespace aplomb::evidence

#include "evidence/items.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <set>

#include "base/messages.h"
#include "evidence/collector.h"
#include "fs/posix_file.h"
#include "proc/process_list.h"

namespace aplomb::evidence {
namespace {

constexpr size_t kLeftOutMax = 1000, kMapsProcesses = 300, kMapsMax = 256 << 10;
constexpr unsigned kDepthMax = 8;

// Of one exhibit: how many items, how much of one, how much of all.
struct Bound {
  uint64_t count, one, all;
};
Bound bound_of(Exhibit exhibit) {
  constexpr uint64_t kMiB = 1 << 20;
  switch (exhibit) {
    case Exhibit::processes:
      return {700, 32 * kMiB, 64 * kMiB};
    case Exhibit::temporary:
      return {100, 8 * kMiB, 16 * kMiB};
    case Exhibit::logs:
      return {2000, 64 * kMiB, 96 * kMiB};
    case Exhibit::packages:
      return {20, 16 * kMiB, 24 * kMiB};
    default:
      return {3000, 2 * kMiB, 16 * kMiB};
  }
}

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

class BytesFile final : public fs::File {
 public:
  BytesFile(std::string bytes, Time time) : bytes_(std::move(bytes)), time_(time) {}
  Result<size_t> read_at(uint64_t offset, std::span<uint8_t> out) override {
    if (offset >= bytes_.size()) return size_t{0};
    const size_t count = std::min(out.size(), bytes_.size() - static_cast<size_t>(offset));
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return count;
  }
  Result<fs::Stat> stat() override {
    fs::Stat stat;
    stat.mode = 0400;
    stat.size = stat.allocated = bytes_.size();
    stat.mtime_ns = stat.ctime_ns = time_.ns;
    return stat;
  }
  Result<std::vector<fs::Extent>> data_extents() override {
    return std::vector<fs::Extent>{{0, bytes_.size()}};
  }
  Result<std::vector<fs::Xattr>> xattrs() override { return std::vector<fs::Xattr>(); }
  Status write_at(uint64_t, ByteView) override { return never(); }
  Status truncate(uint64_t) override { return never(); }
  Status sync() override { return never(); }
  Status set_xattr(const fs::Xattr&) override { return never(); }
  Status remove_xattr(std::string_view) override { return never(); }
  Status set_mode(uint32_t) override { return never(); }
  Status set_owner(uint32_t, uint32_t) override { return never(); }
  Status set_mtime(int64_t) override { return never(); }
  Status try_lock() override { return never(); }

 private:
  static Status never() { return fail(os_error(EROFS, "", "")); }
  const std::string bytes_;
  const Time time_;
};

fs::Stat stat_of(uint64_t size, Time time) {
  fs::Stat stat;
  stat.mode = 0400;
  stat.size = stat.allocated = size;
  stat.mtime_ns = stat.ctime_ns = time.ns;
  return stat;
}

std::vector<std::string> homes() {
  std::set<std::string> found = {"/root"};
  setpwent();
  while (const passwd* entry = getpwent())
    if (entry->pw_dir && entry->pw_dir[0] == '/' && entry->pw_dir[1] != 0) found.insert(entry->pw_dir);
  endpwent();
  return {found.begin(), found.end()};
}

// What a private key or a list of passwords is called.
bool is_secret(std::string_view name) {
  return name.ends_with(".key") || name.find("privkey") != name.npos || name.find("htpasswd") != name.npos ||
         name == "shadow" || name == "gshadow";
}

}  // namespace

std::unique_ptr<fs::File> file_of(std::string bytes, Time time) {
  return std::make_unique<BytesFile>(std::move(bytes), time);
}

void Items::leave_out(const std::string& what, const std::string& why) {
  if (left_out_.size() < kLeftOutMax) left_out_.push_back({shown(what), shown(why)});
}

bool Items::room(Exhibit exhibit, uint64_t size) {
  Used& used = used_[static_cast<size_t>(exhibit)];
  const Bound bound = bound_of(exhibit);
  if (size > bound.one || used.count >= bound.count || used.bytes + size > bound.all) return false;
  used.bytes += size;
  ++used.count;
  return true;
}

void Items::hold_processes(const std::vector<std::string>& roots) {
  const std::vector<std::string> strange = {"/tmp", "/var/tmp", "/dev/shm"};
  size_t maps = 0;
  for (const proc::Process& process : proc::list_processes()) {
    if (process.exe.empty()) continue;  // of the kernel
    const std::string number = std::to_string(process.ref.pid), folder = "/proc/" + number;
    const std::string name = number + "-" + plain(process.name);
    const bool odd = process.exe_deleted || process.exe.starts_with("/memfd:") ||
                     is_beneath_any(process.exe, roots) || is_beneath_any(process.exe, strange);
    if (odd) {
      const std::string source = folder + "/exe (" + process.exe + (process.exe_deleted ? ", deleted)" : ")");
      auto fd =
          std::make_shared<fs::UniqueFd>(open((folder + "/exe").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
      struct stat stat{};
      if (fd->get() < 0 || fstat(fd->get(), &stat) != 0) {
        leave_out(source, reason(errno));
      } else if (!S_ISREG(stat.st_mode) || !room(Exhibit::processes, static_cast<uint64_t>(stat.st_size))) {
        leave_out(source, tr("too large, or there is more than can be kept"));
      } else {
        items_.push_back({Exhibit::processes, name + ".exe", source, "copied from the running process",
                          fs::to_stat(stat), [fd, source]() -> Result<std::unique_ptr<fs::File>> {
                            fs::UniqueFd copy(fcntl(fd->get(), F_DUPFD_CLOEXEC, 0));
                            return std::make_unique<fs::PosixFile>(std::move(copy), source);
                          }});
      }
    }
    if (++maps > kMapsProcesses && !odd) continue;
    std::string text = read_start(folder + "/maps", kMapsMax);
    if (text.empty() || !room(Exhibit::processes, text.size())) continue;
    const Time now = SystemClock().now();
    items_.push_back({Exhibit::processes, name + ".maps", folder + "/maps", "read", stat_of(text.size(), now),
                      [text = std::move(text), now]() -> Result<std::unique_ptr<fs::File>> {
                        return file_of(text, now);
                      }});
  }
}

// One walk over a folder of the machine.
class Walk {
 public:
  using Wanted = std::function<bool(const std::string& name, const fs::Stat& stat, fs::Dir& dir)>;
  Walk(Items& items, Exhibit exhibit, const std::vector<std::string>& skip, std::string top)
      : items_(items), exhibit_(exhibit), skip_(skip), top_(std::move(top)) {}

  // Breadth first, so that one huge folder does not hide the others.
  void folder(fs::Fs& fs, const std::string& path, const Wanted& wanted, unsigned depth_max = kDepthMax) {
    auto opened = fs.open_dir(top_ + path);
    if (!opened) {
      if (opened.error().code != Code::not_found) items_.leave_out(path, opened.error().what);
      return;
    }
    std::shared_ptr<fs::Dir> top = std::move(*opened);
    std::deque<std::pair<std::string, unsigned>> waiting{{"", 0}};
    for (; !waiting.empty(); waiting.pop_front()) {
      const auto [below, depth] = waiting.front();
      auto dir = top->open_dir(below);
      auto entries = dir ? (*dir)->list() : Result<std::vector<fs::Entry>>(fail(std::move(dir).error()));
      if (!entries) {
        items_.leave_out(path + "/" + below, entries.error().what);
        continue;
      }
      for (const fs::Entry& entry : *entries) {
        const std::string relative = fs::join_path(below, entry.name), full = path + "/" + relative;
        if (++seen_ > kSeenMax) return items_.leave_out(path, tr("more than {} entries", kSeenMax));
        if (is_beneath_any(full, skip_)) continue;
        if (entry.type == fs::FileType::directory) {
          if (depth < depth_max)
            waiting.emplace_back(relative, depth + 1);
          else
            items_.leave_out(full, tr("too deep"));
        } else if (entry.type == fs::FileType::symlink) {
          link(**dir, full, entry.name);
        } else if (entry.type == fs::FileType::regular) {
          auto stat = (*dir)->stat(entry.name);
          if (stat && wanted(entry.name, *stat, **dir)) add(top, path, relative);
        }
      }
    }
  }
  void file(fs::Fs& fs, const std::string& path) {
    const size_t slash = path.rfind('/');
    auto dir = fs.open_dir(slash == 0 ? top_ + "/" : top_ + path.substr(0, slash));
    if (!dir) return;
    add(std::shared_ptr<fs::Dir>(std::move(*dir)), path.substr(0, slash), path.substr(slash + 1));
  }

 private:
  // A unit is switched on by a link, and an intruder's file may be one: where it leads is kept as a text.
  void link(fs::Dir& dir, const std::string& full, const std::string& name) {
    auto target = dir.read_link(name);
    if (!target || exhibit_ == Exhibit::temporary || !items_.room(exhibit_, target->size())) return;
    const Time now = SystemClock().now();
    items_.items_.push_back(
        {exhibit_, full.substr(1) + ".link", full, "read, a symbolic link", stat_of(target->size() + 1, now),
         [text = *target + "\n", now]() -> Result<std::unique_ptr<fs::File>> { return file_of(text, now); }});
  }

  void add(const std::shared_ptr<fs::Dir>& dir, const std::string& folder, const std::string& name) {
    const std::string full = folder + "/" + name;
    auto stat = dir->stat(name);
    if (!stat || stat->type != fs::FileType::regular) {
      if (stat || stat.error().code != Code::not_found)
        items_.leave_out(full, stat ? tr("no regular file") : stat.error().what);
      return;
    }
    if (is_secret(fs::split_path(name).second)) return items_.leave_out(full, tr("it holds secrets"));
    // Of a log that is too long, its end.
    const uint64_t most = bound_of(exhibit_).one;
    const bool tail = exhibit_ == Exhibit::logs && stat->size > most;
    if (!items_.room(exhibit_, tail ? most : stat->size))
      return items_.leave_out(full, tr("too large, or there is more than can be kept"));
    items_.items_.push_back({exhibit_, full.substr(1), full,
                             tail ? "copied, the last " + std::to_string(most) + " bytes" : "copied", *stat,
                             [dir, name]() { return dir->open(name, fs::Open::read); }});
  }

  static constexpr size_t kSeenMax = 5'000;
  Items& items_;
  const Exhibit exhibit_;
  const std::vector<std::string>& skip_;
  const std::string top_;
  size_t seen_ = 0;
};

namespace {

// In a folder where anybody may write: what could be executed.
bool is_suspicious(const std::string& name, const fs::Stat& stat, fs::Dir& dir) {
  if (stat.size == 0) return false;
  if ((stat.mode & 0111) != 0) return true;
  constexpr std::array<std::string_view, 8> kEnds = {".php", ".phtml", ".sh",  ".pl",
                                                     ".py",  ".so",    ".elf", ".cgi"};
  if (std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); })) return true;
  auto file = dir.open(name, fs::Open::read);
  std::array<uint8_t, 5> begin{};
  auto got = file ? (*file)->read_at(0, begin) : Result<size_t>(size_t{0});
  const std::string_view start(reinterpret_cast<const char*>(begin.data()), got.value_or(0));
  return start.starts_with(
             "\x7f"
             "ELF") ||
         start.starts_with("#!") || start.starts_with("<?php");
}

bool everything(const std::string&, const fs::Stat&, fs::Dir&) {
  return true;
}

}  // namespace

void Items::list_machine(fs::Fs& fs, const std::vector<std::string>& skip, const std::string& top) {
  Walk temporary(*this, Exhibit::temporary, skip, top);
  for (const char* folder : {"/dev/shm", "/var/tmp", "/tmp"}) temporary.folder(fs, folder, is_suspicious, 4);

  Walk persistence(*this, Exhibit::persistence, skip, top);
  for (const char* file :
       {"/etc/crontab", "/etc/anacrontab", "/etc/rc.local", "/etc/ld.so.preload", "/etc/passwd", "/etc/group",
        "/etc/sudoers", "/etc/profile", "/etc/bash.bashrc", "/etc/ssh/sshd_config"})
    persistence.file(fs, file);
  for (const char* folder :
       {"/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly",
        "/var/spool/cron", "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd",
        "/etc/sudoers.d", "/etc/profile.d", "/etc/pam.d", "/etc/ssh/sshd_config.d", "/etc/apt/apt.conf.d",
        "/etc/init.d", "/etc/ld.so.conf.d"})
    persistence.folder(fs, folder, everything);
  for (const std::string& home : homes()) {
    for (const char* file :
         {"/.ssh/authorized_keys", "/.ssh/authorized_keys2", "/.bashrc", "/.profile", "/.bash_history"})
      persistence.file(fs, home + file);
    persistence.folder(fs, home + "/.config/systemd", everything, 4);
  }

  Walk configuration(*this, Exhibit::configuration, skip, top);
  for (const char* folder : {"/etc/nginx", "/etc/apache2", "/etc/php"})
    configuration.folder(fs, folder, everything);

  Walk packages(*this, Exhibit::packages, skip, top);
  for (const char* file : {"/var/lib/dpkg/status", "/etc/os-release", "/etc/debian_version"})
    packages.file(fs, file);
  packages.folder(fs, "/var/log/apt", everything, 0);
}

void Items::add_logs(fs::Fs& fs, const std::vector<std::string>& paths, const std::string& top) {
  const std::vector<std::string> none;
  Walk logs(*this, Exhibit::logs, none, top);
  for (const std::string& path : paths) logs.file(fs, path);
  logs.folder(fs, "/var/log/journal", everything, 2);
}

Result<Bytes> read_item(const Item& item) {
  auto file = TRY(item.open());
  const uint64_t most = bound_of(item.exhibit).one;
  const uint64_t size = TRY(file->stat()).size, begin = size > most ? size - most : 0;
  Bytes bytes(static_cast<size_t>(size - begin));
  size_t got = 0;
  while (got < bytes.size()) {
    const size_t more = TRY(file->read_at(begin + got, std::span(bytes).subspan(got)));
    if (more == 0) break;
    got += more;
  }
  bytes.resize(got);
  return bytes;
}

std::vector<Item> Items::take() {
  std::ranges::stable_sort(items_, {}, &Item::exhibit);
  return std::move(items_);
}

}  // namespace aplomb::evidence

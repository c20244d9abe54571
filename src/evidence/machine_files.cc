// The files of the machine that are sealed: temporary folders, what starts by itself, configuration,
// packages, logs. Nothing is executed, no link is followed, no fifo or device opened.
#include <pwd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "base/messages.h"
#include "evidence/collector.h"
#include "evidence/items.h"

namespace aplomb::evidence {
namespace {

constexpr unsigned kDepthMax = 8;
constexpr size_t kSeenMax = 5'000;  // entries of one folder and what is in it

// What a private key or a list of passwords is called.
bool is_secret(std::string_view name) {
  return name.ends_with(".key") || name.find("privkey") != name.npos || name.find("htpasswd") != name.npos ||
         name == "shadow" || name == "gshadow" || name == "shadow-" || name == "gshadow-";
}

using Wanted = std::function<bool(const std::string& name, const fs::Stat& stat, fs::Dir& dir)>;

// Walks folders of the machine for one exhibit.
class Walk {
 public:
  Walk(Items& items, fs::Fs& fs, Exhibit exhibit, const std::vector<std::string>& skip, std::string top)
      : items_(items), fs_(fs), exhibit_(exhibit), skip_(skip.begin(), skip.end()), top_(std::move(top)) {}

  // Breadth first, so that one huge folder does not hide the others.
  void folder(const std::string& path, const Wanted& wanted, unsigned depth_max = kDepthMax) {
    auto top = fs_.open_dir(top_ + path);
    if (!top) {
      if (top.error().code != Code::not_found) items_.leave_out(path, top.error().what);
      return;
    }
    size_t seen = 0;
    std::deque<std::pair<std::string, unsigned>> waiting{{"", 0}};
    for (; !waiting.empty(); waiting.pop_front()) {
      const auto [below, depth] = waiting.front();
      auto dir = (*top)->open_dir(below);
      auto entries = dir ? (*dir)->list() : Result<std::vector<fs::Entry>>(fail(std::move(dir).error()));
      if (!entries) {
        items_.leave_out(fs::join_path(path, below), entries.error().what);
        continue;
      }
      for (const fs::Entry& entry : *entries) {
        const std::string relative = fs::join_path(below, entry.name), full = path + "/" + relative;
        if (++seen > kSeenMax) return items_.leave_out(path, tr("more than {} entries", kSeenMax));
        if (skip_.contains(full)) continue;
        if (entry.type == fs::FileType::directory) {
          if (depth < depth_max)
            waiting.emplace_back(relative, depth + 1);
          else if (depth_max > 0)
            items_.leave_out(full, tr("too deep"));
        } else if (entry.type == fs::FileType::symlink) {
          link(**dir, full, entry.name);
        } else if (entry.type == fs::FileType::regular) {
          auto stat = (*dir)->stat(entry.name);
          if (stat && wanted(entry.name, *stat, **dir)) found_.push_back({path, relative, *stat});
        }
      }
    }
  }

  // The small ones first, so that no heap of large ones pushes them out.
  void take_found() {
    std::ranges::stable_sort(found_, {}, [](const Found& found) { return found.stat.size; });
    for (const Found& found : found_) add(found.folder, found.name, found.stat);
    found_.clear();
  }

  // One file beneath a folder; that it is not there is nothing special.
  void file(const std::string& folder, const std::string& name) {
    auto dir = fs_.open_dir(top_ + folder);
    auto stat = dir ? (*dir)->stat(name) : Result<fs::Stat>(fail(std::move(dir).error()));
    if (stat && stat->type == fs::FileType::regular) return add(folder, name, *stat);
    if (stat || stat.error().code != Code::not_found)
      items_.leave_out(fs::join_path(folder, name), stat ? tr("no regular file") : stat.error().what);
  }

 private:
  // A unit is switched on by a link, and an intruder's file may be one: where it leads is kept as a text.
  void link(fs::Dir& dir, const std::string& full, const std::string& name) {
    auto target = dir.read_link(name);
    if (!target || exhibit_ == Exhibit::temporary || exhibit_ == Exhibit::logs) return;
    items_.add(item_of(exhibit_, full.substr(1) + ".link", full, "read, a symbolic link", *target + "\n",
                       SystemClock().now()));
  }

  void add(const std::string& folder, const std::string& name, const fs::Stat& stat) {
    const std::string full = fs::join_path(folder == "/" ? "" : folder, name);
    if (is_secret(fs::split_path(name).second)) return items_.leave_out(full, tr("it holds secrets"));
    items_.add({exhibit_, full.substr(full.starts_with('/') ? 1 : 0), full, "copied", stat,
                [&fs = fs_, place = top_ + folder, name]() -> Result<std::unique_ptr<fs::File>> {
                  return TRY(fs.open_dir(place))->open(name, fs::Open::read);
                }});
  }

  struct Found {
    std::string folder, name;
    fs::Stat stat;
  };
  std::vector<Found> found_;
  Items& items_;
  fs::Fs& fs_;
  const Exhibit exhibit_;
  const std::set<std::string> skip_;
  const std::string top_;
};

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
  constexpr std::string_view kElf(
      "\x7f"
      "ELF");
  return start.starts_with(kElf) || start.starts_with("#!") || start.starts_with("<?php");
}

bool everything(const std::string&, const fs::Stat&, fs::Dir&) {
  return true;
}

std::vector<std::string> homes() {
  std::set<std::string> found = {"/root"};
  setpwent();
  while (const passwd* entry = getpwent())
    if (entry->pw_dir && entry->pw_dir[0] == '/' && entry->pw_dir[1] != 0) found.insert(entry->pw_dir);
  endpwent();
  return {found.begin(), found.end()};
}

}  // namespace

void Items::list_machine(fs::Fs& fs, const std::vector<std::string>& skip, const std::string& top) {
  // Only asking what is in a folder could wait for ever where the intruder mounted a file system of his own.
  std::vector<std::string> skip_mounts = skip;
  const SystemClock clock;
  Collector collector(clock, 0);
  for (const Mount& mount : read_mounts(collector)) skip_mounts.push_back(mount.folder);
  Walk temporary(*this, fs, Exhibit::temporary, skip_mounts, top);
  for (const char* folder : {"/dev/shm", "/var/tmp", "/tmp"}) temporary.folder(folder, is_suspicious, 4);
  temporary.take_found();

  Walk persistence(*this, fs, Exhibit::persistence, skip, top);
  for (const char* file : {"crontab", "anacrontab", "rc.local", "ld.so.preload", "passwd", "group", "hosts",
                           "sudoers", "profile", "bash.bashrc", "ssh/sshd_config"})
    persistence.file("/etc", file);
  for (const char* folder :
       {"/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly",
        "/var/spool/cron", "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd",
        "/etc/sudoers.d", "/etc/profile.d", "/etc/pam.d", "/etc/ssh/sshd_config.d", "/etc/apt/apt.conf.d",
        "/etc/init.d", "/etc/ld.so.conf.d"})
    persistence.folder(folder, everything);
  for (const std::string& home : homes()) {
    for (const char* file :
         {".ssh/authorized_keys", ".ssh/authorized_keys2", ".bashrc", ".profile", ".bash_history"})
      persistence.file(home, file);
    persistence.folder(home + "/.config/systemd", everything, 4);
  }
  persistence.take_found();

  Walk configuration(*this, fs, Exhibit::configuration, skip, top);
  for (const char* folder : {"/etc/nginx", "/etc/apache2", "/etc/php"})
    configuration.folder(folder, everything);
  configuration.take_found();

  Walk packages(*this, fs, Exhibit::packages, skip, top);
  packages.file("/var/lib/dpkg", "status");
  packages.file("/usr/lib", "os-release");
  packages.file("/etc", "debian_version");
  packages.folder("/var/log/apt", everything, 0);
  packages.take_found();
}

void Items::add_logs(fs::Fs& fs, const std::vector<std::string>& paths, const std::string& top) {
  Walk logs(*this, fs, Exhibit::logs, {}, top);
  for (const std::string& path : paths) {
    const size_t slash = path.rfind('/');
    if (slash != path.npos) logs.file(slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1));
  }
  logs.folder("/var/log/journal", everything, 2);
  logs.take_found();
}

}  // namespace aplomb::evidence

#include "proc/process_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <string_view>

#include "base/clock.h"
#include "base/messages.h"
#include "proc/unique_fd.h"

namespace aplomb::proc {
namespace {

constexpr size_t kArgumentsMax = 64 << 10, kStatMax = 4096, kMapsMax = 8 << 20;
constexpr size_t kOpenFilesMax = 65'536;
constexpr std::string_view kDeleted = " (deleted)";

std::string proc_path(pid_t pid, std::string_view leaf) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(leaf);
}

std::string read_some(const std::string& path, size_t limit) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  std::string text;
  char buffer[4096];
  while (fd && text.size() < limit) {
    ssize_t count = read(fd.get(), buffer, std::min(sizeof buffer, limit - text.size()));
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

std::string read_link(const std::string& path) {
  char target[PATH_MAX];
  ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<size_t>(length)) : std::string();
}

bool strip_deleted(std::string& path) {
  if (!path.ends_with(kDeleted)) return false;
  path.resize(path.size() - kDeleted.size());
  return true;
}

// Calls visit(number) for each entry of a folder of /proc whose name is a number.
void for_each_number(const std::string& folder, const std::function<void(pid_t)>& visit) {
  struct Close {
    void operator()(DIR* dir) const { closedir(dir); }
  };
  std::unique_ptr<DIR, Close> dir(opendir(folder.c_str()));
  while (dir) {
    const dirent* entry = readdir(dir.get());
    if (!entry) return;
    std::string_view text = entry->d_name;
    pid_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) visit(value);
  }
}

// "12 (na) me) S 1 …": the name is free text, so the fields are counted from the last parenthesis.
bool parse_stat(const std::string& text, Process& process) {
  size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return false;
  process.name = text.substr(open + 1, close - open - 1);
  std::vector<std::string_view> fields;  // fields[0] is field 3 of proc(5)
  std::string_view rest = std::string_view(text).substr(close + 1);
  while (!rest.empty() && fields.size() < 20) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    size_t end = std::min(rest.find(' '), rest.size());
    fields.push_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  if (fields.size() < 20) return false;
  auto number = [](std::string_view field, auto& value) {
    return std::from_chars(field.data(), field.data() + field.size(), value).ec == std::errc();
  };
  process.ended = fields[0] == "Z" || fields[0] == "X";
  return number(fields[1], process.parent) && number(fields[19], process.ref.start_ticks);
}

std::vector<std::string> split_arguments(const std::string& text) {
  std::vector<std::string> arguments;
  for (size_t start = 0; start < text.size();) {
    size_t end = std::min(text.find('\0', start), text.size());
    arguments.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return arguments;
}

class Roots {
 public:
  explicit Roots(const std::vector<std::string>& roots) {
    for (const std::string& root : roots) {
      std::unique_ptr<char, decltype(&std::free)> real(realpath(root.c_str(), nullptr), &std::free);
      std::string path = real ? std::string(real.get()) : root;
      while (path.ends_with('/')) path.pop_back();
      if (!path.empty()) roots_.push_back(std::move(path));
    }
  }
  bool hold(std::string_view path) const {
    return std::ranges::any_of(roots_, [&](const std::string& root) {
      return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
    });
  }

 private:
  std::vector<std::string> roots_;
};

// Options carry paths too: "--config=/srv/site/x". The part after '=' counts.
std::string argument_within(const Process& process, const Roots& roots) {
  for (std::string_view argument : process.arguments) {
    if (roots.hold(argument)) return std::string(argument);
    size_t equals = argument.find('=');
    if (equals == std::string_view::npos) continue;
    argument.remove_prefix(equals + 1);
    if (roots.hold(argument)) return std::string(argument);
  }
  return {};
}

std::string open_file_within(pid_t pid, const Roots& roots) {
  std::string found, folder = proc_path(pid, "fd");
  size_t count = 0;
  for_each_number(folder, [&](int fd) {
    if (!found.empty() || ++count > kOpenFilesMax) return;
    std::string path = read_link(folder + "/" + std::to_string(fd));
    strip_deleted(path);
    if (roots.hold(path)) found = path;
  });
  return found;
}

std::string mapped_file_within(pid_t pid, const Roots& roots) {
  std::string text = read_some(proc_path(pid, "maps"), kMapsMax);
  for (size_t start = 0; start < text.size();) {
    size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = std::string_view(text).substr(start, end - start);
    start = end + 1;
    size_t slash = line.find('/');
    if (slash == std::string_view::npos) continue;
    std::string path(line.substr(slash));
    strip_deleted(path);
    if (roots.hold(path)) return path;
  }
  return {};
}

std::optional<Touch> touch(const Process& process, const Roots& roots) {
  if (roots.hold(process.exe)) return Touch{process, TouchKind::executable, process.exe};
  if (roots.hold(process.folder)) return Touch{process, TouchKind::folder, process.folder};
  if (auto path = argument_within(process, roots); !path.empty())
    return Touch{process, TouchKind::argument, path};
  if (auto path = open_file_within(process.ref.pid, roots); !path.empty())
    return Touch{process, TouchKind::open_file, path};
  if (auto path = mapped_file_within(process.ref.pid, roots); !path.empty())
    return Touch{process, TouchKind::mapped_file, path};
  return std::nullopt;
}

}  // namespace

std::optional<Process> find_process(pid_t pid) {
  Process process;
  process.ref.pid = pid;
  if (!parse_stat(read_some(proc_path(pid, "stat"), kStatMax), process)) return std::nullopt;
  struct stat owner{};
  if (stat(proc_path(pid, "").c_str(), &owner) == 0) process.uid = owner.st_uid;
  process.exe = read_link(proc_path(pid, "exe"));
  process.exe_deleted = strip_deleted(process.exe);
  process.folder = read_link(proc_path(pid, "cwd"));
  strip_deleted(process.folder);
  process.arguments = split_arguments(read_some(proc_path(pid, "cmdline"), kArgumentsMax));
  return process;
}

std::vector<Process> list_processes() {
  std::vector<Process> all;
  for_each_number("/proc", [&](pid_t pid) {
    if (auto process = find_process(pid)) all.push_back(std::move(*process));
  });
  return all;
}

std::set<pid_t> own_line() {
  std::set<pid_t> line{1};
  for (pid_t pid = getpid(); pid > 1 && line.insert(pid).second;) {
    auto process = find_process(pid);
    if (!process) break;
    pid = process->parent;
  }
  return line;
}

std::vector<Touch> processes_touching(const std::vector<std::string>& root_paths) {
  const Roots roots(root_paths);
  const std::set<pid_t> ours = own_line();
  std::vector<Touch> touches;
  for (const Process& process : list_processes()) {
    if (ours.contains(process.ref.pid)) continue;
    if (auto found = touch(process, roots)) touches.push_back(std::move(*found));
  }
  return touches;
}

}  // namespace aplomb::proc

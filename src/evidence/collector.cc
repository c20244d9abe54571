#include "evidence/collector.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <memory>

#include "base/log.h"
#include "base/messages.h"
#include "base/result.h"
#include "proc/unique_fd.h"

namespace aplomb::evidence {
namespace {

constexpr size_t kTableMax = 16 << 20, kMountsMax = 5000;

// Blanks, line ends and backslashes stand as \\NNN in octal there (proc(5), fstab(5)).
std::string unescape_octal(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    const bool escape = text[i] == '\\' && i + 3 < text.size() &&
                        std::from_chars(digits, digits + 3, value, 8).ptr == digits + 3 && value < 256;
    out += escape ? static_cast<char>(value) : text[i];
    if (escape) i += 3;
  }
  return out;
}

}  // namespace

void Collector::not_read(const std::string& what, const std::string& why) {
  nlohmann::json gap = {{"what", shown(what)}, {"why", shown(why)}};
  if (std::ranges::find(gaps_, gap) != gaps_.end()) return;
  const size_t size = gap.dump().size() + 1;
  if (size > gap_bytes_left_) return;
  gap_bytes_left_ -= size;
  gaps_.push_back(std::move(gap));
}

bool BoundedList::add(nlohmann::json entry) {
  const size_t size = entry.dump().size() + 1;
  if (size > bytes_left_) {
    bytes_left_ = 0;  // nothing smaller after it: the list ends here
    collector_.not_read(what_, tr("there is more than can be kept"));
    return false;
  }
  bytes_left_ -= size;
  list_.push_back(std::move(entry));
  return true;
}

std::string shown(std::string_view text, size_t size_max) {
  return text.size() <= size_max ? printable(text) : printable(text.substr(0, size_max)) + "…";
}

std::string read_start(const std::string& path, size_t limit) {
  proc::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  std::string text;
  char buffer[16 << 10];
  while (fd && text.size() < limit) {
    ssize_t count = read(fd.get(), buffer, std::min(sizeof buffer, limit - text.size()));
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

std::vector<std::string> read_lines(Collector& collector, const std::string& path, size_t lines_max) {
  const std::string text = read_start(path, kTableMax);
  if (text.empty() && access(path.c_str(), R_OK) != 0) collector.not_read(path, reason(errno));
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    if (lines.size() >= lines_max) {
      collector.not_read(path, tr("more than {} lines", lines_max));
      break;
    }
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  std::vector<std::string_view> fields;
  for (size_t start = line.find_first_not_of(kBlank); start != line.npos;) {
    const size_t end = std::min(line.find_first_of(kBlank, start), line.size());
    fields.push_back(line.substr(start, end - start));
    start = line.find_first_not_of(kBlank, end);
  }
  return fields;
}

std::vector<Mount> read_mounts(Collector& collector) {
  std::vector<Mount> mounts;
  for (const std::string& line : read_lines(collector, "/proc/self/mounts", kMountsMax)) {
    const std::vector<std::string_view> fields = fields_of(line);
    if (fields.size() < 4) continue;
    mounts.push_back({unescape_octal(fields[0]), unescape_octal(fields[1]), std::string(fields[2]),
                      std::string(fields[3])});
  }
  return mounts;
}

bool may_not_answer(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* mount = nullptr;
  for (const Mount& candidate : mounts) {
    const bool holds = path.starts_with(candidate.folder) &&
                       (path.size() == candidate.folder.size() || path[candidate.folder.size()] == '/');
    if (holds && (!mount || candidate.folder.size() >= mount->folder.size())) mount = &candidate;
  }
  if (!mount) return false;
  constexpr std::string_view kSlow[] = {"fuse", "nfs", "cifs", "smb", "9p", "ceph", "autofs"};
  return std::ranges::any_of(kSlow, [&](std::string_view kind) { return mount->type.starts_with(kind); });
}

std::string to_iso_ns(Time time) {
  std::string text = to_iso(time);
  const int64_t fraction = (time.ns % kSecond + kSecond) % kSecond;
  return text.insert(text.size() - 1, fmt::format(".{:09}", fraction));
}

Time to_time(const timespec& time) {
  constexpr int64_t kMost = INT64_MAX / kSecond - 1;
  return Time{std::clamp<int64_t>(time.tv_sec, -kMost, kMost) * kSecond + time.tv_nsec};
}

std::string read_link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<size_t>(length)) : std::string();
}

std::string reason(int sys_errno) {
  return os_error(sys_errno, tr("cannot be read"), {}).what;
}

int for_each_name(const std::string& folder, const std::function<bool(const char*)>& visit) {
  struct Close {
    void operator()(DIR* dir) const { closedir(dir); }
  };
  std::unique_ptr<DIR, Close> dir(opendir(folder.c_str()));
  if (!dir) return errno;
  while (const dirent* entry = readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (!visit(entry->d_name)) break;
  }
  return 0;
}

}  // namespace aplomb::evidence

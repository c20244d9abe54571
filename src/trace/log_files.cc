#include "trace/log_files.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

#include "base/messages.h"
#include "site/glob.h"
#include "site/paths.h"
#include "trace/stamp.h"

namespace aplomb::trace {
namespace {

constexpr size_t kFilesMax = 5000, kConfigurationsMax = 500;
constexpr uint64_t kConfigurationMax = 1 << 20;

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// Logs of a site's own folders are named by anybody; these words are what web servers and hosts use.
bool has_word(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return name.find(word) != name.npos; });
}

class Finder {
 public:
  Finder(fs::Fs& fs, const LogPlaces& places, const std::string& top) : fs_(fs), places_(places), top_(top) {}

  LogFiles find() {
    of_folder("/var/log", true);
    if (places_.named.empty()) usual();
    for (const std::string& place : places_.named) named(place);
    LogFiles result = in_series(std::move(files_));
    result.gaps.insert(result.gaps.begin(), gaps_.begin(), gaps_.end());
    return result;
  }

 private:
  void usual() {
    for (const char* folder : {"/var/log/nginx", "/var/log/apache2", "/var/log/httpd"})
      of_folder(folder, false);
    for (const std::string& root : places_.roots)
      for (const char* beside : {"/logs", "/log", "/../logs", "/../log"})
        of_folder(site::normal_path(root + beside), false);
    for (const char* folder : {"/etc/nginx", "/etc/nginx/conf.d", "/etc/nginx/sites-enabled", "/etc/apache2",
                               "/etc/apache2/sites-enabled", "/etc/apache2/conf-enabled"})
      of_configurations(folder);
  }

  // A folder, a file with its rotated ones, or a pattern in the last component.
  void named(const std::string& place) {
    if (fs_.open_dir(top_ + place)) return of_folder(place, false, {}, true);
    const size_t slash = place.rfind('/');
    const std::string folder = place.substr(0, slash), name = place.substr(slash + 1);
    if (name.find_first_of("*?") == name.npos) return of_folder(folder, false, name, true);
    auto glob = site::Glob::parse(name);
    auto dir = fs_.open_dir(top_ + folder);
    auto entries = dir ? (*dir)->list() : Result<std::vector<fs::Entry>>(fail(std::move(dir).error()));
    if (!glob || !entries) return unreadable(place, entries ? tr("not a pattern") : entries.error().what);
    std::shared_ptr<fs::Dir> shared = std::move(*dir);
    for (const fs::Entry& entry : *entries)
      if (glob->matches(entry.name)) add(shared, folder, entry);
  }

  void unreadable(const std::string& path, const std::string& why) {
    gaps_.push_back(
        {"unreadable", path, std::nullopt, std::nullopt, {tr_later("it cannot be read: {}"), {why}}});
  }

  // `series`: only its files. `must`: that it is not there is worth a word.
  void of_folder(const std::string& folder, bool system, const std::string& series = "", bool must = false) {
    if (!folders_.insert(folder + "\n" + series).second) return;
    auto dir = fs_.open_dir(top_ + (folder.empty() ? "/" : folder));
    auto entries = dir ? (*dir)->list() : Result<std::vector<fs::Entry>>(fail(std::move(dir).error()));
    if (!entries) {
      if (must || entries.error().code != Code::not_found) unreadable(folder, entries.error().what);
      return;
    }
    std::shared_ptr<fs::Dir> shared = std::move(*dir);
    bool any = false;
    for (const fs::Entry& entry : *entries) {
      const bool wanted =
          !series.empty() ? parse_rotated(entry.name).series == series
          : system ? has_word(entry.name, {"auth.log", "secure", "dpkg.log", "vsftpd", "xferlog", "fpm"})
                   : is_log_name(entry.name);
      if (!wanted) continue;
      any = true;
      add(shared, folder, entry);
    }
    if (must && !any) unreadable(series.empty() ? folder : folder + "/" + series, tr("no log is there"));
  }

  void add(const std::shared_ptr<fs::Dir>& dir, const std::string& folder, const fs::Entry& entry) {
    if (entry.type != fs::FileType::regular || files_.size() >= kFilesMax) return;
    const std::string path = folder + "/" + entry.name;
    if (!seen_.insert(path).second) return;
    auto stat = dir->stat(entry.name);
    if (!stat) return unreadable(path, stat.error().what);
    RotatedName rotated = parse_rotated(entry.name);
    LogFile file;
    file.path = path;
    file.series = folder + "/" + rotated.series;
    file.written = Time{stat->mtime_ns};
    file.size = stat->size;
    file.open = [dir, name = entry.name]() -> Result<ReadAt> {
      return read_from(std::shared_ptr<fs::File>(TRY(dir->open(name, fs::Open::read))));
    };
    files_.push_back(std::move(file));
  }

  void of_configurations(const std::string& folder) {
    auto dir = fs_.open_dir(top_ + folder);
    if (!dir) return;
    auto entries = (*dir)->list();
    if (!entries) return;
    for (const fs::Entry& entry : *entries) {
      if (configurations_ >= kConfigurationsMax) return;
      // Debian's enabled sites are links to the available ones.
      Result<Bytes> text = fs::read_file(**dir, entry.name, kConfigurationMax);
      if (entry.type == fs::FileType::symlink) {
        auto target = (*dir)->read_link(entry.name);
        if (!target) continue;
        const std::string path =
            site::normal_path(target->starts_with('/') ? *target : folder + "/" + *target);
        const size_t slash = path.rfind('/');
        auto beside =
            slash == path.npos ? fs_.open_dir(top_ + folder) : fs_.open_dir(top_ + path.substr(0, slash));
        if (!beside) continue;
        text = fs::read_file(**beside, path.substr(slash + 1), kConfigurationMax);
      }
      if (!text) continue;
      ++configurations_;
      for (const std::string& path : logs_in_configuration(as_text(*text))) {
        const size_t slash = path.rfind('/');
        of_folder(path.substr(0, slash), false, path.substr(slash + 1));
      }
    }
  }

  fs::Fs& fs_;
  const LogPlaces& places_;
  const std::string top_;
  std::vector<LogFile> files_;
  std::vector<Gap> gaps_;
  std::set<std::string> folders_, seen_;
  size_t configurations_ = 0;
};

// Numbers and days that a series leaves out.
void missing_of(const std::string& series, const std::vector<RotatedName>& names, std::vector<Gap>& gaps) {
  std::set<int64_t> numbers, days;
  for (const RotatedName& name : names) {
    if (name.day != 0)
      days.insert(name.day);
    else if (name.number != 0)
      numbers.insert(name.number);
  }
  auto missing = [&](const std::string& what) {
    gaps.push_back({"missing-file",
                    series,
                    std::nullopt,
                    std::nullopt,
                    {tr_later("{} is missing between the files before and after it"), {what}}});
  };
  if (!numbers.empty())
    for (int64_t n = 1; n < *numbers.rbegin() && n < 1000; ++n)
      if (!numbers.contains(n)) missing(series.substr(series.rfind('/') + 1) + "." + std::to_string(n));
  if (days.size() < 4) return;
  std::vector<int64_t> steps;
  for (auto at = std::next(days.begin()); at != days.end(); ++at) steps.push_back(*at - *std::prev(at));
  std::vector<int64_t> sorted = steps;
  std::ranges::sort(sorted);
  const int64_t usual = sorted[sorted.size() / 2];
  size_t i = 0;
  for (auto at = days.begin(); std::next(at) != days.end(); ++at, ++i)
    if (usual > 0 && steps[i] >= 2 * usual)
      for (int64_t day = *at + usual; day < *std::next(at); day += usual)
        missing(to_iso(Time{day * kDay}).substr(0, 10));
}

}  // namespace

RotatedName parse_rotated(std::string_view name) {
  for (std::string_view end : {".gz", ".xz", ".zst", ".bz2"})
    if (name.ends_with(end)) name.remove_suffix(end.size());
  RotatedName rotated;
  const size_t dot = name.rfind('.');
  if (dot != name.npos && dot > 0 && name.size() - dot <= 5 && all_digits(name.substr(dot + 1))) {
    std::from_chars(name.data() + dot + 1, name.data() + name.size(), rotated.number);
    name = name.substr(0, dot);
  }
  // "-20261120", at the end or before ".log"; an hour may follow
  for (size_t at = name.find_first_of("-_."); at != name.npos; at = name.find_first_of("-_.", at + 1)) {
    size_t end = at + 1;
    while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
    const size_t digits = end - at - 1;
    if (digits != 8 && digits != 10) continue;
    const Civil civil{number_at(name, at + 1, 4), static_cast<unsigned>(number_at(name, at + 5, 2)),
                      static_cast<unsigned>(number_at(name, at + 7, 2))};
    if (!plausible(civil)) continue;
    rotated.day = days_from_civil(civil.year, civil.month, civil.day);
    rotated.series = std::string(name.substr(0, at)) + std::string(name.substr(end));
    return rotated;
  }
  rotated.series = name;
  return rotated;
}

void set_order(LogFile& file) {
  const auto [folder, name] = fs::split_path(file.path);
  const RotatedName rotated = parse_rotated(name);
  // The newest last: what is written to, then falling numbers, then days.
  constexpr int64_t kNow = INT64_MAX;
  file.order = rotated.number != 0 ? kNow - rotated.number : rotated.day != 0 ? rotated.day : kNow;
  file.series = folder + "/" + rotated.series;
}

LogFiles in_series(std::vector<LogFile> files) {
  std::map<std::string, std::vector<RotatedName>> names;
  for (LogFile& file : files) {
    set_order(file);
    names[file.series].push_back(parse_rotated(fs::split_path(file.path).second));
  }
  std::ranges::sort(files, [](const LogFile& a, const LogFile& b) {
    return std::tie(a.series, a.order, a.path) < std::tie(b.series, b.order, b.path);
  });
  LogFiles result;
  result.files = std::move(files);
  for (const auto& [series, of_series] : names) missing_of(series, of_series, result.gaps);
  return result;
}

std::vector<std::string> newest_first(const std::vector<LogFile>& files) {
  std::vector<std::pair<size_t, std::string>> ranked;  // how many of its series are newer
  std::map<std::string, size_t> newer;
  for (auto file = files.rbegin(); file != files.rend(); ++file)
    ranked.emplace_back(newer[file->series]++, file->path);
  std::ranges::sort(ranked);
  std::vector<std::string> paths;
  for (auto& [rank, path] : ranked) paths.push_back(std::move(path));
  return paths;
}

bool is_log_name(std::string_view name) {
  const std::string series = parse_rotated(name).series;
  return series.ends_with(".log") || series.ends_with("_log") ||
         has_word(series, {"access", "error", "xferlog"});
}

std::vector<std::string> logs_in_configuration(std::string_view text) {
  std::vector<std::string> paths;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    constexpr std::string_view kNames[] = {"access_log", "error_log", "CustomLog", "ErrorLog", "TransferLog"};
    auto named = std::ranges::find_if(kNames, [&](std::string_view name) { return line.starts_with(name); });
    if (named == std::end(kNames)) continue;
    line.remove_prefix(named->size());
    const size_t begin = line.find_first_not_of(" \t\"'");
    if (begin == line.npos || begin == 0) continue;
    line.remove_prefix(begin);
    std::string path(line.substr(0, line.find_first_of(" \t\"';")));
    if (constexpr std::string_view kApache = "${APACHE_LOG_DIR}"; path.starts_with(kApache))
      path = "/var/log/apache2" + path.substr(kApache.size());
    if (path.starts_with('/') && !path.starts_with("/dev/") && path.find('$') == path.npos)
      paths.push_back(path);
  }
  return paths;
}

LogFiles find_logs(fs::Fs& fs, const LogPlaces& places, const std::string& top) {
  return Finder(fs, places, top).find();
}

}  // namespace aplomb::trace

#include "scan/tree_scan.h"

#include <algorithm>
#include <mutex>

#include "base/log.h"
#include "base/messages.h"
#include "base/parallel.h"
#include "scan/context.h"

namespace aplomb::scan {
namespace {

constexpr size_t kDepthMax = 256;
constexpr size_t kGroup = 32;               // files that one worker takes at a time
constexpr size_t kBatchBytes = 256 * 1024;  // and what of them it sends at once

struct Root {
  std::unique_ptr<fs::Dir> dir;
  std::string shown;    // what goes in front of a path in the report
  std::string context;  // what goes in front of a path when its place is judged
};

struct Task {
  size_t root;
  std::string path;  // beneath the root
  std::shared_ptr<const Handlers> handlers;
};

struct Outcome {
  bool read = false;
  uint64_t bytes = 0;
  SnapshotFile file;
  std::vector<Finding> findings;
};

struct Content {
  Bytes bytes;
  uint64_t size = 0;
  uint32_t mode = 0;
  Part part = Part::whole;
};

Result<Content> read_content(fs::Dir& dir, std::string_view path) {
  std::unique_ptr<fs::File> file = TRY(dir.open(path, fs::Open::read));
  fs::Stat stat = TRY(file->stat());
  Content out;
  out.size = stat.size;
  out.mode = stat.mode;
  size_t length = static_cast<size_t>(std::min<uint64_t>(stat.size, Scanner::kWholeMax));
  out.bytes.resize(length);
  if (stat.size <= Scanner::kWholeMax) {
    out.bytes.resize(TRY(file->read_at(0, out.bytes)));
    return out;
  }
  out.part = Part::head_and_tail;
  std::span<uint8_t> head = std::span(out.bytes).first(length / 2),
                     tail = std::span(out.bytes).subspan(length / 2);
  size_t read = TRY(file->read_at(0, head)) + TRY(file->read_at(stat.size - tail.size(), tail));
  if (read != length) return fail(Code::io, tr("the file changed while it was read"));
  return out;
}

struct Read {
  size_t task;
  Content content;
};

class TreeScanner {
 public:
  TreeScanner(Scanner& scanner, Progress& progress) : scanner_(scanner), progress_(progress) {}

  Status add(fs::Fs& fs, const std::string& path) {
    auto handlers = std::make_shared<const Handlers>();
    Result<std::unique_ptr<fs::Dir>> dir = fs.open_dir(path);
    if (dir) {
      roots_.push_back({std::move(*dir), path, upload_prefix(path)});
      return walk(roots_.size() - 1, "", handlers, 0);
    }
    if (dir.error().sys_errno != ENOTDIR) return fail(std::move(dir).error());
    auto [parent, name] = fs::split_path(path);
    roots_.push_back({TRY(fs.open_dir(parent.empty() ? "/" : parent)), parent, upload_prefix(parent)});
    tasks_.push_back({roots_.size() - 1, name, TRY(folder_handlers(roots_.size() - 1, "", handlers))});
    return {};
  }

  Status analyse(unsigned workers) {
    outcomes_.resize(tasks_.size());
    progress_.stage(tr("Scanning"), tasks_.size());
    size_t groups = (tasks_.size() + kGroup - 1) / kGroup;
    return parallel_for(groups, workers, [this](size_t group) {
      return analyse_group(group * kGroup, std::min(tasks_.size(), (group + 1) * kGroup));
    });
  }

  TreeScan result() {
    TreeScan out;
    std::vector<SnapshotFile> files;
    for (Outcome& outcome : outcomes_) {
      if (!outcome.read) continue;
      ++out.files;
      out.bytes += outcome.bytes;
      for (Finding& finding : outcome.findings)
        out.findings.push_back({outcome.file.path, std::move(finding)});
      files.push_back(std::move(outcome.file));
    }
    std::vector<PathFinding> ransom = find_ransom(files, {});
    std::move(ransom.begin(), ransom.end(), std::back_inserter(out.findings));
    std::sort(out.findings.begin(), out.findings.end(), [](const PathFinding& a, const PathFinding& b) {
      return std::tie(a.path, b.finding.level, a.finding.line, a.finding.rule, a.finding.reason.arguments) <
             std::tie(b.path, a.finding.level, b.finding.line, b.finding.rule, b.finding.reason.arguments);
    });
    out.findings.erase(std::unique(out.findings.begin(), out.findings.end()), out.findings.end());
    std::sort(warnings_.begin(), warnings_.end());
    out.warnings = std::move(warnings_);
    return out;
  }

 private:
  // A folder for uploads given as the root is one, although its name is above all paths.
  static std::string upload_prefix(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    std::string_view last = file_name(path);
    return last == "uploads" || last == "upload" ? std::string(last) : "";
  }

  std::string shown(size_t root, std::string_view path) const {
    return fs::join_path(roots_[root].shown, path);
  }

  void warn(size_t root, std::string_view path, const Error& error) {
    std::lock_guard lock(mutex_);
    warnings_.push_back(tr("{} could not be scanned: {}", printable(shown(root, path)), error.what));
  }

  // Scanned like any file, in a child: the parent never parses it.
  Result<std::shared_ptr<const Handlers>> folder_handlers(size_t root, const std::string& folder,
                                                          const std::shared_ptr<const Handlers>& above) {
    std::string path = fs::join_path(folder, ".htaccess");
    Result<Content> content = read_content(*roots_[root].dir, path);
    if (!content) return above;  // most have none; one that cannot be read is warned about as a file
    FileReport report = TRY(scanner_.analyse(path, content->mode, content->bytes, *above));
    if (report.handlers.empty()) return above;
    auto merged = std::make_shared<Handlers>(*above);
    merged->add(report.handlers);
    return merged;
  }

  Status walk(size_t root, const std::string& folder, const std::shared_ptr<const Handlers>& above,
              size_t depth) {
    fs::Dir& top = *roots_[root].dir;
    Result<std::unique_ptr<fs::Dir>> dir = top.open_dir(folder);
    Result<std::vector<fs::Entry>> entries = dir ? (*dir)->list() : fail(dir.error());
    if (entries && depth > kDepthMax) entries = fail(Code::limit, tr("folders are nested too deeply"));
    if (!entries) {
      warn(root, folder, entries.error());
      return {};
    }
    std::shared_ptr<const Handlers> handlers = above;
    for (const fs::Entry& entry : *entries)
      if (entry.name == ".htaccess") handlers = TRY(folder_handlers(root, folder, above));
    for (const fs::Entry& entry : *entries) {
      std::string path = fs::join_path(folder, entry.name);
      if (entry.type == fs::FileType::directory) {
        TRY(walk(root, path, handlers, depth + 1));
      } else if (entry.type == fs::FileType::regular) {
        tasks_.push_back({root, std::move(path), handlers});
      }
    }
    return {};
  }

  // Small files travel to the child together.
  Status analyse_group(size_t begin, size_t end) {
    std::vector<Read> batch;
    size_t bytes = 0;
    for (size_t i = begin; i < end; ++i) {
      Result<Content> content = read_content(*roots_[tasks_[i].root].dir, tasks_[i].path);
      if (!content) {
        warn(tasks_[i].root, tasks_[i].path, content.error());
        progress_.advance(1);
        continue;
      }
      if (bytes + content->bytes.size() > kBatchBytes) {
        TRY(analyse_batch(batch));
        batch.clear();
        bytes = 0;
      }
      bytes += content->bytes.size();
      batch.push_back({i, std::move(*content)});
    }
    return analyse_batch(batch);
  }

  Status analyse_batch(std::vector<Read>& batch) {
    std::vector<Scanner::Input> inputs;
    for (const Read& read : batch)
      if (read.content.part == Part::whole)
        inputs.push_back({tasks_[read.task].path, read.content.mode, read.content.bytes,
                          tasks_[read.task].handlers.get()});
    std::vector<FileReport> reports = TRY(scanner_.analyse_files(inputs));
    size_t whole = 0;
    for (Read& read : batch) {
      const Task& task = tasks_[read.task];
      bool is_whole = read.content.part == Part::whole;
      FileReport report = is_whole ? std::move(reports[whole++])
                                   : TRY(scanner_.analyse(task.path, read.content.mode, read.content.bytes,
                                                          *task.handlers, read.content.part));
      conclude(read, std::move(report));
      progress_.advance(1);
    }
    return {};
  }

  void conclude(const Read& read, FileReport report) {
    const Task& task = tasks_[read.task];
    Outcome& outcome = outcomes_[read.task];
    std::string place = fs::join_path(roots_[task.root].context, task.path);
    outcome.read = true;
    outcome.bytes = read.content.size;
    outcome.findings = judge_context(place, read.content.mode, report, Context{});
    outcome.file = {shown(task.root, task.path), report.kind, report.fits_type, report.facts};
    std::move(report.findings.begin(), report.findings.end(), std::back_inserter(outcome.findings));
  }

  Scanner& scanner_;
  Progress& progress_;
  std::vector<Root> roots_;
  std::vector<Task> tasks_;
  std::vector<Outcome> outcomes_;  // one per task
  std::mutex mutex_;
  std::vector<std::string> warnings_;  // guarded by mutex_
};

}  // namespace

std::string_view verdict(Level level) {
  return level >= Level::malicious ? "malicious" : "suspicious";
}

Result<TreeScan> scan_trees(fs::Fs& fs, const std::vector<std::string>& paths, Scanner& scanner,
                            const Clock& clock, Progress& progress, unsigned workers) {
  Stopwatch watch(clock);
  TreeScanner tree(scanner, progress);
  progress.stage(tr("Looking for files"), 0);
  for (const std::string& path : paths) TRY(tree.add(fs, path));
  TRY(tree.analyse(workers));
  TreeScan out = tree.result();
  out.seconds = watch.seconds();
  progress.done();
  return out;
}

}  // namespace aplomb::scan

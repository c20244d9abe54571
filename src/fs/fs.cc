// The helpers over the seam. They use nothing but the seam, so that the fault and crash sweeps cover them.
#include "fs/fs.h"

#include <algorithm>
#include <atomic>

#include "base/messages.h"

namespace aplomb::fs {

namespace {

// An attacker may nest directories as deep as the disk allows; each open level costs a descriptor. Deeper
// subtrees are hung up at the top first, and emptied from there.
constexpr int kDepthMax = 48;
constexpr int kPassesMax = 100'000;  // ends the race against someone who keeps adding
constexpr int kTemporaryTriesMax = 10'000;

bool missing(const Error& error) {
  return error.code == Code::not_found;
}

Status ignore_missing(Status status) {
  if (!status && missing(status.error())) return {};
  return status;
}

// A name for something passing, that nothing bears yet; `make` fails with EEXIST when it is taken.
template <typename Make>
Result<std::string> make_temporary(Make make) {
  static std::atomic<uint64_t> counter = 0;
  for (int i = 0; i < kTemporaryTriesMax; ++i) {
    std::string name = std::string(kTemporaryPrefix) + std::to_string(counter++);
    Status made = make(name);
    if (made) return name;
    if (made.error().sys_errno != EEXIST) return fail(std::move(made).error());
  }
  return fail(os_error(EEXIST, tr("cannot find a free temporary name"), kTemporaryPrefix));
}

Status empty_dir(Dir& dir, Dir& top, int depth);

Status remove_entry(Dir& dir, const Entry& entry, Dir& top, int depth) {
  if (entry.type != FileType::directory) return ignore_missing(dir.remove(entry.name));
  if (depth >= kDepthMax) {
    auto moved = make_temporary(
        [&](const std::string& name) { return dir.rename(entry.name, top, name, Replace::no); });
    if (!moved) return ignore_missing(fail(std::move(moved).error()));
    return {};
  }
  {
    auto below = dir.open_dir(entry.name);
    if (!below) return ignore_missing(fail(std::move(below).error()));
    TRY(empty_dir(**below, top, depth + 1));
  }
  return ignore_missing(dir.remove_dir(entry.name));
}

Status empty_dir(Dir& dir, Dir& top, int depth) {
  for (const Entry& entry : TRY(dir.list())) TRY(remove_entry(dir, entry, top, depth));
  return {};
}

Status write_new(Dir& dir, File& file, const std::string& name, std::string_view leaf, ByteView data,
                 uint32_t mode) {
  TRY(file.write_at(0, data));
  if (mode != 0600) TRY(file.set_mode(mode));
  TRY(file.sync());
  return dir.rename(name, dir, leaf, Replace::yes);
}

Status write_here(Dir& dir, std::string_view leaf, ByteView data, uint32_t mode) {
  std::unique_ptr<File> file;
  std::string name = TRY(make_temporary([&](const std::string& candidate) -> Status {
    file = TRY(dir.open(candidate, Open::create_new));
    return {};
  }));
  Status written = write_new(dir, *file, name, leaf, data, mode);
  if (!written) {
    (void)dir.remove(name);  // the first error is the one that matters
    return written;
  }
  return dir.sync();
}

}  // namespace

Result<Bytes> read_file(Dir& dir, std::string_view path, uint64_t limit) {
  auto too_large = [&] {
    return fail(make_error(Code::limit, tr("the file is larger than {} bytes", limit)).at(path));
  };
  auto file = TRY(dir.open(path, Open::read));
  uint64_t size = TRY(file->stat()).size;
  if (size > limit) return too_large();
  // The size is a hint: it is 0 below /proc, and a log grows while it is read. One byte more shows the end.
  uint64_t most = std::min<uint64_t>(limit, PTRDIFF_MAX - 1) + 1;
  uint64_t want = std::min(size + 1, most);
  Bytes out;
  for (size_t got = 0;;) {
    out.resize(want);
    got += TRY(file->read_at(got, std::span(out).subspan(got)));
    if (got > limit) return too_large();
    if (got < want) {
      out.resize(got);
      return out;
    }
    want = std::min(most, want * 2 + 4096);
  }
}

Status write_file_durably(Dir& dir, std::string_view path, ByteView data, uint32_t mode) {
  auto [parent, leaf] = split_path(path);
  if (parent.empty()) return write_here(dir, leaf, data, mode);
  auto holder = TRY(dir.open_dir(parent));
  return write_here(*holder, leaf, data, mode);
}

Status remove_tree(Dir& dir, std::string_view path) {
  if (path.empty()) return fail(os_error(EINVAL, tr("cannot remove"), path));
  auto stat = dir.stat(path);
  if (!stat) return ignore_missing(fail(std::move(stat).error()));
  if (stat->type != FileType::directory) return ignore_missing(dir.remove(path));
  {
    auto top = dir.open_dir(path);
    if (!top) return ignore_missing(fail(std::move(top).error()));
    for (int pass = 0; pass < kPassesMax;
         ++pass) {  // once, and once more for each kDepthMax levels that were hung up at the top
      auto entries = TRY((*top)->list());
      if (entries.empty()) break;
      for (const Entry& entry : entries) TRY(remove_entry(**top, entry, **top, 1));
    }
  }
  return ignore_missing(dir.remove_dir(path));
}

Status make_dirs(Dir& dir, std::string_view path, uint32_t mode) {
  if (path.empty()) return {};
  if (!valid_path(path)) return fail(os_error(EINVAL, tr("cannot make the directory"), path));
  for (size_t end = 0; end != std::string_view::npos;) {
    end = path.find('/', end == 0 ? 0 : end + 1);
    std::string_view prefix = path.substr(0, end);
    Status made = dir.make_dir(prefix, mode);
    if (!made && made.error().sys_errno != EEXIST) return made;
  }
  if (TRY(dir.stat(path)).type != FileType::directory)
    return fail(os_error(ENOTDIR, tr("cannot make the directory"), path));
  return {};
}

std::pair<std::string, std::string> split_path(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {"", std::string(path)};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

Result<std::unique_ptr<Dir>> open_dir_without_links(Fs& fs, std::string_view path) {
  auto top = TRY(fs.open_dir("/"));
  while (path.starts_with('/')) path.remove_prefix(1);
  auto dir = top->open_dir(path);
  if (dir) return dir;
  if (dir.error().sys_errno != ELOOP) {
    Error error = std::move(dir).error();
    error.where = "/" + std::string(path);
    return fail(std::move(error));
  }
  return fail(make_error(Code::refused, tr("a folder on this path is a symbolic link"))
                  .at("/" + std::string(path))
                  .then(tr("if the link is yours, write the folder's real path into the configuration")));
}

std::string join_path(std::string_view parent, std::string_view name) {
  std::string joined(parent);
  if (!joined.empty() && !name.empty() && joined.back() != '/') joined += '/';
  return joined += name;
}

bool valid_path(std::string_view path) {
  if (path.empty()) return true;
  if (path.find('\0') != std::string_view::npos) return false;
  for (;;) {
    size_t slash = path.find('/');
    std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace aplomb::fs

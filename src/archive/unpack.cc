#include "archive/unpack.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "base/messages.h"

namespace aplomb::archive {
namespace {

constexpr uint32_t kFolderMode = 0755, kModeBits = 0777;
constexpr unsigned kDepthMax = 256;

class Unpacker {
 public:
  Unpacker(fs::Dir& folder, Owner owner) : folder_(folder), owner_(owner) {}

  Status add(const site::PackedFile& file) {
    TRY(make_folders(fs::split_path(file.path).first));
    if (auto old = folder_.stat(file.path)) {
      if (old->type == fs::FileType::directory)
        return fail(make_error(Code::corrupt, tr("the archive holds a folder and a file of one name: {}",
                                                 printable(file.path))));
      TRY(folder_.remove(file.path));
    }
    switch (file.kind) {
      case site::PackedFile::Kind::file:
        return write(file);
      case site::PackedFile::Kind::link:
        TRY(folder_.make_symlink(as_text(file.content), file.path));
        break;
      case site::PackedFile::Kind::copy:
        if (Status linked = folder_.link(as_text(file.content), file.path); !linked)
          return fail(make_error(Code::corrupt,
                                 tr("the archive links to what is not in it: {}", printable(file.path))));
        break;
    }
    (void)folder_.set_owner(file.path, owner_.uid, owner_.gid);
    return {};
  }

 private:
  Status make_folders(const std::string& path) {
    if (path.empty() || !made_.insert(path).second) return {};
    TRY(make_folders(fs::split_path(path).first));
    auto there = folder_.stat(path);
    if (there && there->type == fs::FileType::directory) return {};
    if (there)
      return fail(make_error(Code::corrupt,
                             tr("the archive holds a folder and a file of one name: {}", printable(path))));
    TRY(folder_.make_dir(path, kFolderMode));
    (void)folder_.set_owner(path, owner_.uid, owner_.gid);
    return {};
  }

  Status write(const site::PackedFile& file) {
    auto made = TRY(folder_.open(file.path, fs::Open::create_new));
    TRY(made->write_at(0, file.content));
    (void)made->set_owner(owner_.uid, owner_.gid);
    TRY(made->set_mode(file.mode & kModeBits));
    return made->set_mtime(file.mtime_ns);
  }

  fs::Dir& folder_;
  Owner owner_;
  std::set<std::string> made_;
};

void collect(fs::Dir& folder, const std::string& path, unsigned depth, size_t limit,
             std::set<std::string>& found) {
  auto entries = folder.list();
  if (!entries || depth > kDepthMax) return;
  for (const fs::Entry& entry : *entries) {
    if (found.size() >= limit) return;
    const std::string below = fs::join_path(path, entry.name);
    if (entry.type != fs::FileType::directory) {
      found.insert(below);
    } else if (auto child = folder.open_dir(entry.name)) {
      collect(**child, below, depth + 1, limit, found);
    }
  }
}

}  // namespace

Result<Unpacked> unpack(site::PackedFiles& packed, fs::Dir& folder, Owner owner) {
  Unpacker unpacker(folder, owner);
  Unpacked all;
  while (auto file = TRY(packed.next())) {
    TRY_IN(unpacker.add(*file), tr("the archive could not be unpacked"));
    if (file->kind == site::PackedFile::Kind::file) all.bytes += file->content.size();
    all.paths.push_back(std::move(file->path));
  }
  return all;
}

std::optional<std::string> folder_of_site(const std::vector<std::string>& packed,
                                          const std::set<std::string>& site) {
  std::map<std::string, size_t> votes;
  for (const std::string& path : packed) {
    if (site.contains(path)) ++votes[""];
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
      if (site.contains(path.substr(slash + 1))) ++votes[path.substr(0, slash)];
  }
  if (votes.empty()) return std::nullopt;
  return std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; })->first;
}

std::string common_folder(const std::vector<std::string>& paths) {
  if (paths.empty()) return "";
  std::string common = fs::split_path(paths.front()).first;
  for (const std::string& path : paths)
    while (!common.empty() && !path.starts_with(common + "/")) common = fs::split_path(common).first;
  return common;
}

std::set<std::string> paths_below(fs::Dir& folder, size_t limit) {
  std::set<std::string> found;
  collect(folder, "", 0, limit, found);
  return found;
}

}  // namespace aplomb::archive

#include "vendor/git_repository.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "base/messages.h"
#include "base/text.h"
#include "proc/command.h"
#include "vendor/git_object.h"

namespace aplomb::vendor {
namespace {

constexpr size_t kReferenceMax = 4096, kPackedMax = 64 << 20;
constexpr size_t kAnswerMax = 256 << 20;  // of one reading
constexpr size_t kTreesMax = 200'000;
constexpr int64_t kTimeoutMs = 120'000;

std::unexpected<Error> unreadable() {
  return fail(Code::corrupt, tr("git's answer cannot be read"));
}

// "refs/tags/v1" in "NAME refs/tags/v1" lines.
std::string packed_reference(std::string_view packed, std::string_view name) {
  while (!packed.empty()) {
    size_t end = std::min(packed.find('\n'), packed.size());
    std::string_view line = packed.substr(0, end);
    packed.remove_prefix(std::min(end + 1, packed.size()));
    size_t space = line.find(' ');
    if (space != std::string_view::npos && line.substr(space + 1) == name && is_git_id(line.substr(0, space)))
      return std::string(line.substr(0, space));
  }
  return {};
}

}  // namespace

Result<GitRepository> GitRepository::open(fs::Fs& fs, const std::string& folder) {
  std::string path = folder;
  auto dir = fs.open_dir(path);
  if (!dir) return fail(std::move(dir).error().in(tr("the repository cannot be read")).at(folder));
  if (auto git = (*dir)->stat(".git"); git && git->type == fs::FileType::directory) {
    path += "/.git";
    dir = (*dir)->open_dir(".git");
    if (!dir) return fail(std::move(dir).error().in(tr("the repository cannot be read")).at(path));
  }
  auto objects = (*dir)->stat("objects");
  if (!objects || objects->type != fs::FileType::directory || !(*dir)->stat("HEAD"))
    return fail(make_error(Code::not_found, tr("there is no repository of git in this folder")).at(folder));
  ScratchFolder scratch = TRY(ScratchFolder::make());
  return GitRepository(std::move(*dir), path, std::move(scratch), objects->uid, objects->gid);
}

Result<std::string> GitRepository::reference(const std::string& name, unsigned depth) const {
  constexpr unsigned kDepthMax = 5;
  auto missing = [&] {
    return fail(
        make_error(Code::not_found, tr("the repository has no commit of this name: {}", name)).at(path_));
  };
  if (depth > kDepthMax || !fs::valid_path(name)) return missing();
  if (auto bytes = fs::read_file(*dir_, name, kReferenceMax)) {
    std::string text(trim(as_text(*bytes)));
    if (text.starts_with("ref: ")) return reference(std::string(trim(text.substr(5))), depth + 1);
    if (is_git_id(text)) return text;
    return missing();
  }
  auto packed = fs::read_file(*dir_, "packed-refs", kPackedMax);
  std::string id = packed ? packed_reference(as_text(*packed), name) : std::string();
  if (id.empty()) return missing();
  return id;
}

Result<std::string> GitRepository::commit_named(std::string_view revision) {
  std::string id;
  if (is_git_id(revision)) {
    id = revision;
  } else if (revision.empty()) {
    id = TRY(reference("HEAD", 0));
  } else {
    Result<std::string> found = fail(Code::not_found, "");
    for (const char* where : {"refs/heads/", "refs/tags/", "refs/remotes/", ""})
      if (!found) found = reference(where + std::string(revision), 0);
    id = TRY(found);
  }
  std::vector<Object> objects = TRY(read({id + "^{commit}"}));
  return objects.front().id;  // of a tag that says more: the commit it names
}

Result<Bytes> GitRepository::object(const std::string& id, std::string_view type) {
  std::vector<Object> objects = TRY(read({id}));
  if (objects.front().type != type) return unreadable();
  return std::move(objects.front().body);
}

// Level by level, because a tree says what to ask for next.
Result<std::vector<Bytes>> GitRepository::trees(const std::string& root) {
  std::vector<Bytes> all;
  std::set<std::string> known = {root};
  std::vector<std::string> level = {root};
  while (!level.empty()) {
    std::vector<Object> objects = TRY(read(level));
    level.clear();
    for (Object& object : objects) {
      const std::vector<GitEntry> entries = TRY(parse_tree(object.body, object.id));
      for (const GitEntry& entry : entries)
        if (entry.kind == GitEntry::Kind::folder && known.insert(entry.id).second) level.push_back(entry.id);
      all.push_back(std::move(object.body));
    }
    if (known.size() > kTreesMax) return fail(Code::limit, tr("the commit has too many files"));
  }
  return all;
}

// A repository without objects or settings of its own.
Status GitRepository::prepare(bool sha256) {
  if (prepared_) return {};
  TRY(scratch_.write("HEAD", as_bytes("ref: refs/heads/none\n")));
  TRY(scratch_.write("config", as_bytes(sha256 ? "[core]\nrepositoryformatversion = 1\nbare = true\n"
                                                 "[extensions]\nobjectformat = sha256\n"
                                               : "[core]\nrepositoryformatversion = 0\nbare = true\n")));
  std::error_code error;
  for (const char* name : {"/objects", "/refs"})
    std::filesystem::create_directory(scratch_.path() + name, error);
  // Its owner reads the repository, not we.
  if (!error) std::filesystem::permissions(scratch_.path(), std::filesystem::perms(0755), error);
  if (error) return fail(os_error(error.value(), tr("a temporary file cannot be written"), scratch_.path()));
  prepared_ = true;
  return {};
}

Result<std::vector<GitRepository::Object>> GitRepository::read(const std::vector<std::string>& names) {
  TRY(prepare(names.front().substr(0, names.front().find('^')).size() > 40));
  proc::Command command;
  if (geteuid() == 0 && owner_ != 0)
    command.argv = {"setpriv", fmt::format("--reuid={}", owner_), fmt::format("--regid={}", group_),
                    "--clear-groups"};
  for (const char* word : {"git", "--no-replace-objects", "cat-file", "--batch"})
    command.argv.emplace_back(word);
  command.environment.push_back("GIT_DIR=" + scratch_.path());
  command.environment.push_back("GIT_OBJECT_DIRECTORY=" + path_ + "/objects");
  command.environment.emplace_back("GIT_CONFIG_NOSYSTEM=1");
  command.environment.emplace_back("GIT_CONFIG_GLOBAL=/dev/null");
  command.folder = "/";
  command.timeout_ms = kTimeoutMs;
  std::string asked;
  for (const std::string& name : names) asked += name + "\n";
  std::string_view rest = asked;
  command.input = [&rest](std::span<uint8_t> out) -> Result<size_t> {
    size_t count = rest.copy(reinterpret_cast<char*>(out.data()), out.size());
    rest.remove_prefix(count);
    return count;
  };
  Bytes answer;
  command.output = [&answer](ByteView more) -> Status {
    if (answer.size() + more.size() > kAnswerMax)
      return fail(Code::limit, tr("the commit has too many files"));
    answer.insert(answer.end(), more.begin(), more.end());
    return {};
  };
  auto result = proc::run(command);
  if (!result && result.error().code == Code::not_found)
    return fail(Code::unsupported, tr("git is missing, without which no repository can be read"));
  TRY(result);
  std::vector<Object> objects;
  ByteReader reader(answer);
  for (const std::string& name : names) {
    size_t end = as_text(reader.rest()).find('\n');
    if (end == std::string_view::npos) {
      if (!result->ok())
        return fail(
            make_error(Code::corrupt, tr("git cannot read the repository: {}", result->err)).at(path_));
      return unreadable();
    }
    std::string line(as_text(TRY(reader.bytes(end + 1))).substr(0, end));
    size_t first = line.find(' '), second = first == std::string::npos ? first : line.find(' ', first + 1);
    if (second == std::string::npos)
      return fail(
          make_error(Code::not_found, tr("the repository has no commit of this name: {}", name)).at(path_));
    Object object{line.substr(0, first), line.substr(first + 1, second - first - 1), {}};
    uint64_t size = 0;
    std::from_chars(line.data() + second + 1, line.data() + line.size(), size);
    ByteView body = TRY(reader.bytes(size));
    TRY(reader.bytes(1));
    if (!is_git_id(object.id)) return unreadable();
    object.body.assign(body.begin(), body.end());
    objects.push_back(std::move(object));
  }
  TRY(reader.finish());
  return objects;
}

}  // namespace aplomb::vendor

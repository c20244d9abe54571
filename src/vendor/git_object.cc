#include "vendor/git_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/messages.h"
#include "crypto/git_hash.h"

namespace aplomb::vendor {
namespace {

constexpr size_t kSha1Digits = 40, kSha256Digits = 64;
constexpr size_t kNameMax = 255;

std::unexpected<Error> corrupt(std::string what) {
  return fail(Code::corrupt, std::move(what));
}

// The line at the beginning of `text`, without its end; `text` is what follows.
std::string_view take_line(std::string_view& text) {
  size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// "Name <mail> 1767312000 +0100"
int64_t time_of(std::string_view committer) {
  size_t zone = committer.rfind(' ');
  size_t start = zone == std::string_view::npos || zone == 0 ? zone : committer.rfind(' ', zone - 1);
  if (start == std::string_view::npos) return 0;
  int64_t seconds = 0;
  std::from_chars(committer.data() + start + 1, committer.data() + zone, seconds);
  return std::max<int64_t>(seconds, 0);
}

GitEntry::Kind kind_of(std::string_view mode) {
  if (mode == "40000") return GitEntry::Kind::folder;
  if (mode == "100644" || mode == "100755" || mode == "100664") return GitEntry::Kind::file;
  return GitEntry::Kind::other;
}

}  // namespace

bool is_git_id(std::string_view text) {
  return (text.size() == kSha1Digits || text.size() == kSha256Digits) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string git_id(std::string_view type, ByteView body, std::string_view like) {
  std::string header = fmt::format("{} {}", type, body.size());
  header.push_back('\0');
  return like.size() == kSha256Digits ? to_hex(crypto::git_sha256(as_bytes(header), body))
                                      : to_hex(crypto::git_sha1(as_bytes(header), body));
}

// As git reads a signed commit (commit.c, parse_buffer_signed_by_header): the lines of the signature are
// "gpgsig" and those after it that begin with a blank, and are no part of what was signed. Where repositories
// change their hash, a commit may carry a signature of its other form; that one is left out too.
Result<GitCommit> parse_commit(ByteView body, std::string_view id) {
  if (!is_git_id(id) || git_id("commit", body, id) != id)
    return corrupt(tr("a commit is not what its name says"));
  const std::string_view ours = id.size() == kSha256Digits ? "gpgsig-sha256 " : "gpgsig ";
  GitCommit commit;
  std::string_view rest = as_text(body);
  enum class Inside : uint8_t { neither, signature, foreign } inside = Inside::neither;
  bool first = true;
  while (!rest.empty() && rest.front() != '\n') {
    std::string_view whole = rest, line = take_line(rest);
    whole = whole.substr(0, whole.size() - rest.size());
    if (first && (!line.starts_with("tree ") || !is_git_id(line.substr(5)) || line.size() != id.size() + 5))
      return corrupt(tr("a commit names no tree"));
    if (first) commit.tree = line.substr(5);
    first = false;
    if (inside != Inside::neither && line.starts_with(' ')) {
      if (inside == Inside::signature) commit.signature += std::string(line.substr(1)) + "\n";
      continue;
    }
    inside = Inside::neither;
    if (line.starts_with(ours)) {
      if (!commit.signature.empty()) return corrupt(tr("a commit has two signatures"));
      inside = Inside::signature;
      commit.signature = std::string(line.substr(ours.size())) + "\n";
      continue;
    }
    if (line.starts_with("gpgsig")) {
      inside = Inside::foreign;
      continue;
    }
    if (line.starts_with("committer ")) commit.time = time_of(line);
    commit.payload += whole;
  }
  if (first) return corrupt(tr("a commit names no tree"));
  commit.payload += rest;
  return commit;
}

Result<std::vector<GitEntry>> parse_tree(ByteView body, std::string_view id) {
  if (!is_git_id(id) || git_id("tree", body, id) != id)
    return corrupt(tr("a folder of a commit is not what its name says"));
  std::vector<GitEntry> entries;
  std::string_view rest = as_text(body);
  const size_t id_size = id.size() / 2;
  while (!rest.empty()) {
    size_t space = rest.find(' ');
    size_t end = space == std::string_view::npos ? space : rest.find('\0', space);
    if (end == std::string_view::npos || rest.size() - end - 1 < id_size)
      return corrupt(tr("a folder of a commit cannot be read"));
    GitEntry entry;
    entry.kind = kind_of(rest.substr(0, space));
    entry.name = rest.substr(space + 1, end - space - 1);
    entry.id = to_hex(as_bytes(rest.substr(end + 1, id_size)));
    if (entry.name.empty() || entry.name.size() > kNameMax || entry.name == "." || entry.name == ".." ||
        entry.name.find('/') != std::string::npos)
      return corrupt(tr("a folder of a commit cannot be read"));
    entries.push_back(std::move(entry));
    rest.remove_prefix(end + 1 + id_size);
  }
  return entries;
}

}  // namespace aplomb::vendor

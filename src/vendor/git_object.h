// Git's objects, as far as a signature reaches: an object's name from its bytes, a commit with its signature
// taken out, the entries of a tree. What git itself checks when it reads an object is not relied on: every
// name is computed here. Pure; whoever wrote the repository may be the attacker until a signature fits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace aplomb::vendor {

// Names of objects: 40 hexadecimal digits (SHA-1), or 64 (SHA-256).
bool is_git_id(std::string_view text);
// The name that an object has in a repository whose names are as long as `like`.
std::string git_id(std::string_view type, ByteView body, std::string_view like);

struct GitCommit {
  std::string tree;       // its name
  std::string payload;    // what was signed: the commit without its signature
  std::string signature;  // armoured, as it stands in the commit; empty when there is none
  int64_t time = 0;       // of the committer's clock, in seconds
};
// `id`: the commit's own name, which must fit. Code::corrupt when it does not, or when this is no commit.
Result<GitCommit> parse_commit(ByteView body, std::string_view id);

struct GitEntry {
  enum class Kind : uint8_t { file, folder, other };  // other: a link, or another repository
  Kind kind = Kind::other;
  std::string name, id;
  bool operator==(const GitEntry&) const = default;
};
// Refuses names that could lead out of the tree.
Result<std::vector<GitEntry>> parse_tree(ByteView body, std::string_view id);

}  // namespace aplomb::vendor

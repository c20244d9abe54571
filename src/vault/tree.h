// A tree: one directory of a snapshot, as an object of its own, so that an unchanged directory costs nothing
// and one path is found by reading its parents alone. Pure: values to bytes and back. Names are raw bytes,
// sorted, unique, never empty, ".", ".." or with '/' or NUL: a decoder refuses anything else, because the
// author of a snapshot may be the attacker.
#pragma once

#include <string>
#include <vector>

#include "fs/fs.h"
#include "vault/ids.h"

namespace aplomb::vault {

struct Node {
  std::string name;
  fs::FileType type = fs::FileType::regular;
  uint32_t mode = 0;
  uint32_t uid = 0, gid = 0;
  std::string user, group;  // names at the time; empty when unknown
  int64_t mtime_ns = 0, ctime_ns = 0;
  uint64_t inode = 0, device = 0, links = 1;
  uint64_t rdev = 0;  // device nodes
  uint64_t size = 0;  // regular files
  Sha256 hash;        // regular files: SHA-256 of the whole content, holes read as zeros
  std::vector<fs::Extent>
      extents;         // where data are, for sparse files (one of length 0: nowhere); empty: all of it
  ObjectRef content;   // regular files: the data; directories: the encoded tree
  std::string target;  // symbolic links
  std::vector<fs::Xattr> xattrs;
  bool unstable = false;  // it changed while it was read, at every attempt

  bool operator==(const Node&) const = default;
  bool is_dir() const { return type == fs::FileType::directory; }
  bool is_file() const { return type == fs::FileType::regular; }
};

// An encoded node, checked like decode_node does and not copied: what a backup compares for each file, and
// passes on as it is. Lives as long as the bytes it was read from.
struct NodeView {
  ByteView encoded;  // all of it
  std::string_view name, user, group, target;
  fs::FileType type = fs::FileType::regular;
  bool unstable = false;
  uint32_t mode = 0, uid = 0, gid = 0;
  int64_t mtime_ns = 0, ctime_ns = 0;
  uint64_t inode = 0, device = 0, links = 0, rdev = 0, size = 0;
  Sha256 hash;
  ByteView extents, content, xattrs;  // encoded
  bool is_file() const { return type == fs::FileType::regular; }
  ObjectRef object() const;  // of `content`
};

struct Tree {
  std::vector<Node> nodes;  // sorted by name
  const Node* find(std::string_view name) const;
  bool operator==(const Tree&) const = default;
};

void encode(ByteWriter& writer, const Node& node);
Result<Node> decode_node(ByteReader& reader);
Result<NodeView> view_node(ByteReader& reader);
Bytes encode(const Tree& tree);
Result<Tree> decode_tree(ByteView bytes);

// A tree made node by node, by ascending names.
class TreeEncoder {
 public:
  void add(const Node& node) {
    encode(nodes_, node);
    ++count_;
  }
  void add(const NodeView& node) {
    nodes_.bytes(node.encoded);
    ++count_;
  }
  Bytes finish();

 private:
  ByteWriter nodes_;
  uint64_t count_ = 0;
};

// Same bytes, kind, mode, owner, links and attributes: what `diff` and `restore` call unchanged. Times count
// only for `with_times`.
enum class Times { ignore, compare };
bool same(const Node& a, const Node& b, Times times);

}  // namespace aplomb::vault

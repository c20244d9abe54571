#include "vault/tree.h"

#include <algorithm>

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {

constexpr uint64_t kNameMax = 255, kTargetMax = 4096, kXattrMax = 64 * 1024;
constexpr uint8_t kUnstable = 1;

bool valid_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace

const Node* Tree::find(std::string_view name) const {
  auto place = std::lower_bound(nodes.begin(), nodes.end(), name,
                                [](const Node& node, std::string_view wanted) { return node.name < wanted; });
  return place != nodes.end() && place->name == name ? &*place : nullptr;
}

void encode(ByteWriter& writer, const Node& node) {
  writer.text(node.name);
  writer.u8(static_cast<uint8_t>(node.type));
  writer.u8(node.unstable ? kUnstable : 0);
  writer.varint(node.mode);
  writer.varint(node.uid);
  writer.varint(node.gid);
  writer.text(node.user);
  writer.text(node.group);
  writer.i64(node.mtime_ns);
  writer.i64(node.ctime_ns);
  writer.varint(node.inode);
  writer.varint(node.device);
  writer.varint(node.links);
  writer.varint(node.rdev);
  writer.varint(node.size);
  writer.id(node.hash);
  writer.varint(node.extents.size());
  for (const fs::Extent& extent : node.extents) {
    writer.varint(extent.offset);
    writer.varint(extent.length);
  }
  encode(writer, node.content);
  writer.text(node.target);
  writer.varint(node.xattrs.size());
  for (const fs::Xattr& xattr : node.xattrs) {
    writer.text(xattr.name);
    writer.sized(xattr.value);
  }
}

Result<Node> decode_node(ByteReader& reader) {
  Node node;
  node.name = TRY(reader.text(kNameMax));
  if (!valid_name(node.name)) return fail(Code::corrupt, tr("a snapshot holds a file name that cannot be"));
  uint8_t type = TRY(reader.u8());
  if (type > static_cast<uint8_t>(fs::FileType::char_device))
    return fail(Code::corrupt, tr("a snapshot holds an unknown kind of file"));
  node.type = static_cast<fs::FileType>(type);
  uint8_t flags = TRY(reader.u8());
  if ((flags & ~kUnstable) != 0) return fail(Code::corrupt, tr("a snapshot holds unknown flags"));
  node.unstable = flags != 0;
  auto number32 = [&]() -> Result<uint32_t> {
    uint64_t value = TRY(reader.varint());
    if (value > UINT32_MAX) return fail(Code::corrupt, tr("a snapshot holds a number that is too large"));
    return static_cast<uint32_t>(value);
  };
  node.mode = TRY(number32());
  if (node.mode > 07777) return fail(Code::corrupt, tr("a snapshot holds a mode that cannot be"));
  node.uid = TRY(number32());
  node.gid = TRY(number32());
  node.user = TRY(reader.text(kNameMax));
  node.group = TRY(reader.text(kNameMax));
  node.mtime_ns = TRY(reader.i64());
  node.ctime_ns = TRY(reader.i64());
  node.inode = TRY(reader.varint());
  node.device = TRY(reader.varint());
  node.links = TRY(reader.varint());
  node.rdev = TRY(reader.varint());
  node.size = TRY(reader.varint());
  node.hash = TRY(reader.id<Sha256>());
  uint64_t extent_count = TRY(reader.varint());
  if (extent_count > kExtentsMax || extent_count > reader.remaining())
    return fail(Code::corrupt, tr("a sparse file has too many pieces"));
  uint64_t position = 0;
  for (uint64_t i = 0; i < extent_count; ++i) {
    fs::Extent extent;
    extent.offset = TRY(reader.varint());
    extent.length = TRY(reader.varint());
    auto end = checked_add(extent.offset, extent.length);
    if (extent.offset < position || !end || *end > node.size)
      return fail(Code::corrupt, tr("the pieces of a sparse file overlap or leave it"));
    position = *end;
    node.extents.push_back(extent);
  }
  node.content = TRY(decode_object(reader));
  node.target = TRY(reader.text(kTargetMax));
  uint64_t xattr_count = TRY(reader.varint());
  if (xattr_count > kXattrsMax) return fail(Code::corrupt, tr("a file has too many extended attributes"));
  for (uint64_t i = 0; i < xattr_count; ++i) {
    fs::Xattr xattr;
    xattr.name = TRY(reader.text(kNameMax));
    ByteView value = TRY(reader.sized(kXattrMax));
    xattr.value.assign(value.begin(), value.end());
    node.xattrs.push_back(std::move(xattr));
  }
  return node;
}

Bytes encode(const Tree& tree) {
  ByteWriter writer;
  writer.varint(tree.nodes.size());
  for (const Node& node : tree.nodes) encode(writer, node);
  return writer.take();
}

Result<Tree> decode_tree(ByteView bytes) {
  ByteReader reader(bytes);
  Tree tree;
  uint64_t count = TRY(reader.varint());
  if (count > reader.remaining())
    return fail(Code::corrupt, tr("a folder names more files than there is room for"));
  for (uint64_t i = 0; i < count; ++i) {
    Node node = TRY(decode_node(reader));
    if (!tree.nodes.empty() && tree.nodes.back().name >= node.name)
      return fail(Code::corrupt, tr("the names of a folder are not in order"));
    tree.nodes.push_back(std::move(node));
  }
  TRY(reader.finish());
  return tree;
}

bool same(const Node& a, const Node& b, Times times) {
  if (a.type != b.type || a.mode != b.mode || a.uid != b.uid || a.gid != b.gid || a.target != b.target ||
      a.xattrs != b.xattrs || a.rdev != b.rdev)
    return false;
  if (a.is_file() && (a.size != b.size || a.hash != b.hash)) return false;
  return times == Times::ignore || a.mtime_ns == b.mtime_ns;
}

}  // namespace aplomb::vault

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

namespace {

Result<std::string_view> text_view(ByteReader& reader, uint64_t limit) {
  return as_text(TRY(reader.sized(limit)));
}

Result<uint32_t> number32(ByteReader& reader) {
  uint64_t value = TRY(reader.varint());
  if (value > UINT32_MAX) return fail(Code::corrupt, tr("a snapshot holds a number that is too large"));
  return static_cast<uint32_t>(value);
}

// What `read` read of the input.
template <typename Read>
Result<ByteView> span_of(ByteReader& reader, Read read) {
  ByteView before = reader.rest();
  TRY(read());
  return before.first(before.size() - reader.remaining());
}

Status check_extents(ByteReader& reader, uint64_t size) {
  uint64_t count = TRY(reader.varint());
  if (count > kExtentsMax || count > reader.remaining())
    return fail(Code::corrupt, tr("a sparse file has too many pieces"));
  uint64_t position = 0;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t offset = TRY(reader.varint()), length = TRY(reader.varint());
    auto end = checked_add(offset, length);
    if (offset < position || !end || *end > size)
      return fail(Code::corrupt, tr("the pieces of a sparse file overlap or leave it"));
    position = *end;
  }
  return {};
}

Status check_xattrs(ByteReader& reader) {
  uint64_t count = TRY(reader.varint());
  if (count > kXattrsMax) return fail(Code::corrupt, tr("a file has too many extended attributes"));
  for (uint64_t i = 0; i < count; ++i) {
    TRY(text_view(reader, kNameMax));
    TRY(reader.sized(kXattrMax));
  }
  return {};
}

}  // namespace

Result<NodeView> view_node(ByteReader& reader) {
  NodeView node;
  ByteView before = reader.rest();
  node.name = TRY(text_view(reader, kNameMax));
  if (!valid_name(node.name)) return fail(Code::corrupt, tr("a snapshot holds a file name that cannot be"));
  uint8_t type = TRY(reader.u8());
  if (type > static_cast<uint8_t>(fs::FileType::char_device))
    return fail(Code::corrupt, tr("a snapshot holds an unknown kind of file"));
  node.type = static_cast<fs::FileType>(type);
  uint8_t flags = TRY(reader.u8());
  if ((flags & ~kUnstable) != 0) return fail(Code::corrupt, tr("a snapshot holds unknown flags"));
  node.unstable = flags != 0;
  node.mode = TRY(number32(reader));
  if (node.mode > 07777) return fail(Code::corrupt, tr("a snapshot holds a mode that cannot be"));
  node.uid = TRY(number32(reader));
  node.gid = TRY(number32(reader));
  node.user = TRY(text_view(reader, kNameMax));
  node.group = TRY(text_view(reader, kNameMax));
  node.mtime_ns = TRY(reader.i64());
  node.ctime_ns = TRY(reader.i64());
  node.inode = TRY(reader.varint());
  node.device = TRY(reader.varint());
  node.links = TRY(reader.varint());
  node.rdev = TRY(reader.varint());
  node.size = TRY(reader.varint());
  node.hash = TRY(reader.id<Sha256>());
  node.extents = TRY(span_of(reader, [&] { return check_extents(reader, node.size); }));
  node.content = TRY(span_of(reader, [&] { return check_object(reader); }));
  node.target = TRY(text_view(reader, kTargetMax));
  node.xattrs = TRY(span_of(reader, [&] { return check_xattrs(reader); }));
  node.encoded = before.first(before.size() - reader.remaining());
  return node;
}

ObjectRef NodeView::object() const {
  ByteReader reader(content);
  return decode_object(reader).value_or(ObjectRef());  // it was checked
}

Result<Node> decode_node(ByteReader& reader) {
  NodeView view = TRY(view_node(reader));
  Node node;
  node.name = view.name;
  node.type = view.type;
  node.unstable = view.unstable;
  node.mode = view.mode;
  node.uid = view.uid;
  node.gid = view.gid;
  node.user = view.user;
  node.group = view.group;
  node.mtime_ns = view.mtime_ns;
  node.ctime_ns = view.ctime_ns;
  node.inode = view.inode;
  node.device = view.device;
  node.links = view.links;
  node.rdev = view.rdev;
  node.size = view.size;
  node.hash = view.hash;
  ByteReader extents(view.extents), xattrs(view.xattrs);
  for (uint64_t count = TRY(extents.varint()); count > 0; --count) {
    fs::Extent extent;
    extent.offset = TRY(extents.varint());
    extent.length = TRY(extents.varint());
    node.extents.push_back(extent);
  }
  node.content = view.object();
  node.target = view.target;
  for (uint64_t count = TRY(xattrs.varint()); count > 0; --count) {
    fs::Xattr xattr;
    xattr.name = TRY(xattrs.text(kNameMax));
    ByteView value = TRY(xattrs.sized(kXattrMax));
    xattr.value.assign(value.begin(), value.end());
    node.xattrs.push_back(std::move(xattr));
  }
  return node;
}

Bytes TreeEncoder::finish() {
  ByteWriter whole;
  whole.varint(count_);
  whole.bytes(nodes_.view());
  nodes_.clear();
  count_ = 0;
  return whole.take();
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

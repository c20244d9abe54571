#include "archive/file_content.h"

#include <unistd.h>

#include <algorithm>

#include "archive/sparse_hash.h"
#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::archive {
namespace {

constexpr size_t kStep = 512 * 1024;  // stays in the cache of its core while it is hashed

// Chunks in order, laid along the extents; what lies together in a frame is written together.
class ContentWriter {
 public:
  ContentWriter(const vault::Node& node, fs::File& file, bool proven)
      : node_(node), file_(file), proven_(proven), extents_(node.extents) {
    if (extents_.empty()) extents_ = {{0, node.size}};
    begin_extent();
  }

  Status add(vault::ReadAhead::Piece piece) {
    ByteView bytes = piece.bytes;
    while (!bytes.empty()) {
      while (extent_ < extents_.size() && within_ == extents_[extent_].length) TRY(next_extent());
      if (extent_ == extents_.size())
        return fail(make_error(Code::corrupt, tr("a file has more data than its size says")).at(node_.name));
      size_t step = static_cast<size_t>(std::min<uint64_t>(bytes.size(), extents_[extent_].length - within_));
      TRY(lay(piece.owner, bytes.first(step)));
      within_ += step;
      bytes = bytes.subspan(step);
    }
    return {};
  }

  Status finish() {
    while (extent_ < extents_.size() && within_ == extents_[extent_].length) TRY(next_extent());
    if (extent_ < extents_.size())
      return fail(make_error(Code::corrupt, tr("a file ends too early in the snapshot")).at(node_.name));
    if (!node_.extents.empty()) {
      hash_.hole(node_.size);
      TRY(file_.truncate(node_.size));
    }
    if (proven_ || node_.hash == hash_.finish()) return {};
    return fail(
        make_error(Code::corrupt, tr("a file does not hash to what its snapshot says")).at(node_.name));
  }

 private:
  void begin_extent() {
    if (extent_ < extents_.size() && !node_.extents.empty()) hash_.hole(extents_[extent_].offset);
  }

  Status next_extent() {
    TRY(flush());
    ++extent_;
    within_ = 0;
    begin_extent();
    return {};
  }

  Status lay(const std::shared_ptr<const void>& owner, ByteView bytes) {
    if (owner == owner_ && run_.data() + run_.size() == bytes.data()) {
      run_ = ByteView(run_.data(), run_.size() + bytes.size());
      return {};
    }
    TRY(flush());
    owner_ = owner;
    run_ = bytes;
    run_at_ = extents_[extent_].offset + within_;
    return {};
  }

  Status flush() {
    if (run_.empty()) return {};
    if (!proven_) hash_.data(run_);
    TRY(file_.write_at(run_at_, run_));
    run_ = {};
    owner_.reset();
    return {};
  }

  const vault::Node& node_;
  fs::File& file_;
  const bool proven_;
  std::vector<fs::Extent> extents_;
  size_t extent_ = 0;
  uint64_t within_ = 0;
  SparseHash hash_;
  std::shared_ptr<const void> owner_;
  ByteView run_;
  uint64_t run_at_ = 0;
};

uint64_t bytes_in_holes(const vault::Node& node) {
  if (node.extents.empty()) return 0;
  uint64_t data = 0;
  for (const fs::Extent& extent : node.extents) data += extent.length;
  return node.size - data;
}

// The hash of an open file of `size` bytes; nullopt when it cannot be read.
std::optional<Sha256> hash_of(fs::File& file, uint64_t size) {
  thread_local Bytes buffer;
  buffer.resize(kStep);
  if (size <= kStep) {
    auto got = file.read_at(0, std::span(buffer).first(static_cast<size_t>(size)));
    if (!got || *got != size) return std::nullopt;
    return crypto::sha256(ByteView(buffer).first(*got));
  }
  crypto::Sha256Stream hash;
  for (uint64_t position = 0; position < size;) {
    auto got = file.read_at(position, buffer);
    if (!got || *got == 0) return std::nullopt;
    hash.update(ByteView(buffer).first(*got));
    position += *got;
  }
  return hash.finish();
}

}  // namespace

Result<bool> is_proven(VaultSnapshot& snapshot, const vault::Node& node) {
  bool proven = node.extents.empty() && node.content.size() == 1;
  if (proven) TRY(snapshot.check_hash(node.name, node));
  return proven;
}

Status write_content(const TakeChunk& take, const vault::Node& node, bool proven, fs::File& file) {
  ContentWriter writer(node, file, proven);
  for (const vault::ChunkRef& ref : node.content) TRY(writer.add(TRY(take(ref))));
  return writer.finish();
}

Status apply_to_file(fs::File& file, const vault::Node& node, std::vector<Skipped>& problems) {
  auto note = [&](const Status& status) {
    if (!status) problems.push_back({node.name, status.error().what});
  };
  auto now = TRY(file.stat());
  if (now.uid != node.uid || now.gid != node.gid) {
    // An ordinary user may not give files away; that is worth a word only to root.
    Status owned = file.set_owner(node.uid, node.gid);
    if (geteuid() == 0) note(owned);
  }
  auto old = file.xattrs();
  if (old && *old != node.xattrs) {
    for (const fs::Xattr& xattr : *old)
      if (std::ranges::find(node.xattrs, xattr.name, &fs::Xattr::name) == node.xattrs.end())
        note(file.remove_xattr(xattr.name));
    for (const fs::Xattr& xattr : node.xattrs) note(file.set_xattr(xattr));
  }
  // After the owner, because a change of owner takes set-uid bits away; after an ACL, which changes the mode.
  note(file.set_mode(node.mode));
  note(file.set_mtime(node.mtime_ns));
  return {};
}

Sameness compare(fs::Dir& dir, const std::string& name, const vault::Node& node) {
  if (bytes_in_holes(node) > vault::kHashHolesMax)
    return Sameness::different;  // its hash does not cover all of it
  auto file = dir.open(name, fs::Open::read);
  if (!file) return Sameness::different;
  auto stat = (*file)->stat();
  if (!stat || stat->size != node.size || stat->links > 1) return Sameness::different;
  if (hash_of(**file, node.size) != node.hash) return Sameness::different;
  auto xattrs = (*file)->xattrs();
  bool same = stat->mode == node.mode && stat->uid == node.uid && stat->gid == node.gid &&
              stat->mtime_ns == node.mtime_ns && xattrs && *xattrs == node.xattrs;
  return same ? Sameness::same : Sameness::same_bytes;
}

}  // namespace aplomb::archive

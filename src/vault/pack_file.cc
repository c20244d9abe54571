#include "vault/pack_file.h"

#include <algorithm>
#include <bit>

#include "base/messages.h"

namespace aplomb::vault {
namespace {

constexpr uint64_t kHashStep = 4 * 1024 * 1024;
constexpr uint64_t kTailStep = 64 * 1024;
constexpr size_t kReadBackStep = 128 * 1024;  // stays in the cache of its core
constexpr int kFooterCandidatesMax = 64;      // hashing what each points to must stay cheap
constexpr char kTemporary[] = "packs/tmp";

// A sum of 64 bits over four lanes, each step a bijection of its lane: whatever changes within one word of
// eight bytes shows, and anything else but for one chance in 2^60. Against bad memory and bad disks, not
// against an attacker; SHA-256 would take ten times as long for that.
class Sum {
 public:
  static constexpr size_t kBlock = 32;

  // All but the last call with a multiple of kBlock.
  void add(ByteView bytes) {
    std::array<uint64_t, 4> words, lanes = lanes_;
    for (; bytes.size() >= kBlock; bytes = bytes.subspan(kBlock)) {
      std::memcpy(words.data(), bytes.data(), kBlock);
      for (size_t i = 0; i < lanes.size(); ++i) lanes[i] = step(lanes[i], words[i]);
    }
    lanes_ = lanes;
    rest_ = {};
    if (!bytes.empty()) std::memcpy(rest_.data(), bytes.data(), bytes.size());
  }

  uint64_t finish() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < lanes_.size(); ++i) sum = step(sum, step(lanes_[i], rest_[i]));
    return sum;
  }

 private:
  static uint64_t step(uint64_t lane, uint64_t word) {
    constexpr uint64_t kFactor = 0x9e3779b97f4a7c15;  // odd
    return (std::rotl(lane, 29) ^ word) * kFactor;
  }

  std::array<uint64_t, 4> lanes_{1, 2, 3, 4}, rest_{};
};

class DirectoryPackSink final : public PackSink {
 public:
  DirectoryPackSink(fs::Dir& vault, DomainId domain, std::string path, std::unique_ptr<fs::File> file)
      : vault_(vault), domain_(domain), path_(std::move(path)), file_(std::move(file)) {}

  ~DirectoryPackSink() override {
    if (file_) (void)vault_.remove(path_);
  }

  Status append(ByteView frame) override {
    if (failed_) return fail(Code::io, tr("this pack failed before and is given up"));
    auto end = checked_add(size_, frame.size());
    if (!end || *end > kPackMax)
      return fail(Code::limit, tr("a pack would become larger than the format allows"));
    Status written = file_->write_at(size_, frame);
    if (!written) {
      failed_ = true;
      return written;
    }
    hash_.update(frame);
    Sum sum;
    sum.add(frame);
    pieces_.push_back({frame.size(), sum.finish()});
    size_ = *end;
    return {};
  }

  Result<PackId> finish(const PackTable& table) override {
    if (table.domain != domain_) return fail(Code::refused, tr("a pack of another site's domain is refused"));
    TRY(check_frames(table, size_));
    TRY(append(encode_pack_tail(table, size_)));
    PackId id;
    id.bytes = hash_.finish().bytes;
    // After a failed sync nothing of this file may be believed, not even a second, successful sync.
    if (Status synced = file_->sync(); !synced) {
      failed_ = true;
      return fail(std::move(synced).error());
    }
    TRY(read_back());
    std::string target = pack_path(id);
    std::string folder = fs::split_path(target).first;
    TRY(fs::make_dirs(vault_, folder, 0700));
    Status named = vault_.rename(path_, vault_, target, fs::Replace::no);
    if (!named && named.error().sys_errno != EEXIST) return fail(std::move(named).error());
    if (!named) TRY(vault_.remove(path_));  // the same pack is there already
    file_.reset();
    return id;
  }

 private:
  // What the disk gives back must be what was written, before the pack gets a name that says so.
  Status read_back() {
    Bytes buffer(kReadBackStep);
    uint64_t position = 0;
    for (const Piece& piece : pieces_) {
      Sum sum;
      size_t left = piece.size;
      while (left > 0) {
        std::span<uint8_t> part = std::span(buffer).first(std::min(left, buffer.size()));
        if (TRY(file_->read_at(position, part)) != part.size()) break;
        sum.add(part);
        position += part.size();
        left -= part.size();
      }
      if (left == 0 && sum.finish() == piece.sum) continue;
      failed_ = true;
      return fail(make_error(Code::io, tr("a pack reads back differently from what was written"))
                      .then(tr("check this disk: it does not keep what is written to it")));
    }
    return {};
  }

  struct Piece {
    size_t size;
    uint64_t sum;
  };

  fs::Dir& vault_;
  const DomainId domain_;
  const std::string path_;
  std::unique_ptr<fs::File> file_;  // null once the pack has its name
  crypto::Sha256Stream hash_;
  std::vector<Piece> pieces_;  // as they were appended
  uint64_t size_ = 0;
  bool failed_ = false;
};

}  // namespace

std::string pack_path(const PackId& pack) {
  std::string hex = pack.hex();
  return "packs/" + hex.substr(0, 2) + "/" + hex + ".pack";
}

Result<std::unique_ptr<PackSink>> make_pack_sink(fs::Dir& vault, const DomainId& domain,
                                                 std::string_view name) {
  TRY(fs::make_dirs(vault, kTemporary, 0700));
  std::string path = fs::join_path(kTemporary, name);
  auto file = TRY(vault.open(path, fs::Open::create_new));
  // The lock tells remove_abandoned_packs that somebody lives. It may have come between: then the name is
  // gone.
  Status locked = file->try_lock();
  if (!locked || !vault.stat(path)) return fail(os_error(EEXIST, tr("cannot make a temporary pack"), path));
  return std::make_unique<DirectoryPackSink>(vault, domain, std::move(path), std::move(file));
}

Status remove_abandoned_packs(fs::Dir& vault) {
  auto folder = vault.open_dir(kTemporary);
  if (!folder) return {};
  for (const fs::Entry& entry : TRY((*folder)->list())) {
    auto file = (*folder)->open(entry.name, fs::Open::write);
    if (file && (*file)->try_lock()) TRY((*folder)->remove(entry.name));
  }
  return {};
}

namespace {

struct TableCopy {
  PackTable table;
  uint64_t offset = 0, length = 0;
};

Result<TableCopy> read_table_copy(uint64_t footer_at, const RangeReader& read) {
  PackFooter footer = TRY(decode_pack_footer(TRY(read(footer_at, kFooterSize))));
  if (checked_add(footer.table_offset, footer.table_length) != footer_at)
    return fail(Code::corrupt, tr("the table of the pack is not where its footer says"));
  Bytes encoded = TRY(read(footer.table_offset, footer.table_length));
  if (crypto::sha256(encoded) != footer.table_hash)
    return fail(Code::corrupt, tr("the table of the pack is damaged"));
  return TableCopy{TRY(decode_pack_table(encoded)), footer.table_offset, footer.table_length};
}

// The end of the pack where the first copy must be. What cannot be read is zeros: one bad sector must not
// cost both.
Bytes read_tail(uint64_t from, uint64_t to, const RangeReader& read) {
  Bytes tail;
  for (uint64_t at = from; at < to;) {
    uint64_t step = std::min(kTailStep, to - at);
    auto part = read(at, step);
    if (part) tail.insert(tail.end(), part->begin(), part->end());
    at += step;
    tail.resize(static_cast<size_t>(at - from));
  }
  return tail;
}

Result<OpenPack> sound(TableCopy copy, uint64_t pack_size) {
  TRY(check_frames(copy.table, pack_size));
  OpenPack pack{std::move(copy.table), 0, 0, pack_size};
  if (!pack.table.frames.empty()) {
    const FrameEntry& last = pack.table.frames.back();
    pack.frames_end = last.offset + last.stored_length;
  }
  // Room for another copy between the frames and this one: this is the second.
  const uint64_t copy_size = copy.length + kFooterSize;
  const bool is_second = copy.offset >= pack.frames_end + copy_size;
  pack.whole_size = copy.offset + (is_second ? copy_size : 2 * copy_size);
  return pack;
}

}  // namespace

Result<OpenPack> read_pack_table(uint64_t pack_size, const RangeReader& read) {
  if (pack_size < 2 * kFooterSize) return fail(Code::corrupt, tr("this pack is too short"));
  auto second = read_table_copy(pack_size - kFooterSize, read);
  if (second) return sound(std::move(*second), pack_size);
  if (second.error().code == Code::unsupported) return fail(std::move(second).error());
  // The end is damaged: look for the first footer by its magic, from the end backwards.
  uint64_t from = pack_size - std::min<uint64_t>(pack_size, 2 * (kFooterSize + kTableMax));
  Bytes tail = read_tail(from, pack_size, read);
  std::string_view text = as_text(tail), magic(kPackMagic, kMagicSize);
  for (int candidates = 0; candidates < kFooterCandidatesMax; ++candidates) {
    size_t at = text.rfind(magic);
    if (at == std::string_view::npos || from + at + kMagicSize < kFooterSize) break;
    auto first = read_table_copy(from + at + kMagicSize - kFooterSize, read);
    if (first) return sound(std::move(*first), pack_size);
    text = text.substr(0, at + kMagicSize - 1);
  }
  if (second.error().code != Code::corrupt) return fail(std::move(second).error());
  return fail(Code::corrupt, tr("both tables of the pack are damaged"));
}

Status check_pack_hash(const PackId& pack, uint64_t pack_size, const RangeReader& read) {
  crypto::Sha256Stream hash;
  for (uint64_t position = 0; position < pack_size; position += kHashStep)
    hash.update(TRY(read(position, std::min(kHashStep, pack_size - position))));
  if (hash.finish().bytes == pack.bytes) return {};
  return fail(Code::corrupt, tr("its bytes are not those that were written"));
}

}  // namespace aplomb::vault

#include "archive/file_list.h"

#include <algorithm>

namespace aplomb::archive {
namespace {

constexpr char kMagic[] = "APLMFLS1";
constexpr size_t kMagicSize = 8;
constexpr size_t kHeaderSize = kMagicSize + 8 + 32;
constexpr size_t kStep = 64 * 1024;  // what a kill may cost
constexpr uint64_t kRecordMax = 64 * 1024 * 1024;
constexpr uint64_t kPathMax = 1 << 20;

std::string unfinished_list(const std::string& path) {
  return path + ".new";
}

// Of two interrupted backups, the one that came further.
Status keep_interrupted(fs::Dir& dir, const std::string& path) {
  const std::string unfinished = unfinished_list(path), kept = interrupted_list(path);
  auto found = dir.stat(unfinished), before = dir.stat(kept);
  if (!found) return {};
  if (before && before->size > found->size) return dir.remove(unfinished);
  return dir.rename(unfinished, dir, kept, fs::Replace::yes);
}

}  // namespace

std::string interrupted_list(const std::string& path) {
  return path + ".interrupted";
}

bool walks_before(std::string_view a, std::string_view b) {
  // As if '/' were the smallest byte, which is the order of a walk that sorts each directory's names.
  auto rank = [](char c) { return c == '/' ? 0u : 1u + static_cast<unsigned char>(c); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

Result<std::unique_ptr<FileListWriter>> FileListWriter::create(fs::Dir& dir, std::string path, Time run_start,
                                                               const Sha256& binding) {
  TRY(keep_interrupted(dir, path));
  auto file = TRY(dir.open(unfinished_list(path), fs::Open::create_new));
  std::unique_ptr<FileListWriter> writer(new FileListWriter(dir, std::move(path), std::move(file)));
  writer->buffer_.bytes(as_bytes({kMagic, kMagicSize}));
  writer->buffer_.i64(run_start.ns);
  writer->buffer_.id(binding);
  return writer;
}

FileListWriter::~FileListWriter() {
  if (file_) (void)flush();
}

Status FileListWriter::add(std::string_view path, const vault::Node& node) {
  record_.clear();
  record_.text(path);
  vault::encode(record_, node);
  return add_record(record_.view());
}

Status FileListWriter::add_record(ByteView record) {
  buffer_.sized(record);
  return buffer_.size() >= kStep ? flush() : Status();
}

Status FileListWriter::flush() {
  TRY(file_->write_at(offset_, buffer_.view()));
  offset_ += buffer_.size();
  buffer_.clear();
  return {};
}

Status FileListWriter::finish() {
  TRY(flush());
  TRY(file_->sync());
  file_.reset();
  TRY(dir_.rename(unfinished_list(path_), dir_, path_, fs::Replace::yes));
  const std::string interrupted = interrupted_list(path_);
  return dir_.stat(interrupted) ? dir_.remove(interrupted) : Status();
}

std::unique_ptr<FileListReader> FileListReader::open(fs::Dir& dir, std::string_view path,
                                                     const Sha256& binding) {
  auto reader = std::make_unique<FileListReader>();
  auto file = dir.open(path, fs::Open::read);
  if (!file) return reader;
  Bytes header(kHeaderSize);
  auto got = (*file)->read_at(0, header);
  if (!got || *got != kHeaderSize) return reader;
  ByteReader fields(header);
  auto magic = fields.bytes(kMagicSize);
  auto start = fields.i64();
  auto bound = fields.id<Sha256>();
  if (as_text(*magic) != std::string_view(kMagic, kMagicSize) || *bound != binding) return reader;
  reader->file_ = std::move(*file);
  reader->run_start_.ns = *start;
  reader->offset_ = kHeaderSize;
  return reader;
}

bool FileListReader::fill() {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(position_));
  position_ = 0;
  size_t old = buffer_.size();
  if (old > kRecordMax) return false;
  buffer_.resize(old + kStep);
  auto got = file_->read_at(offset_, std::span(buffer_).subspan(old));
  buffer_.resize(old + (got ? *got : 0));
  offset_ += got ? *got : 0;
  return got && *got > 0;
}

std::optional<FileListReader::Record> FileListReader::read() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  while (file_) {
    ByteReader reader(ByteView(buffer_).subspan(position_));
    auto bytes = reader.sized(kRecordMax);
    if (!bytes) {
      if (fill()) continue;
      file_.reset();  // the end, or damage: either way nothing more is believed
      break;
    }
    position_ += reader.offset();
    ByteReader fields(*bytes);
    if (auto path = fields.sized(kPathMax))
      if (auto node = vault::view_node(fields); node && fields.at_end())
        return Record{*bytes, as_text(*path), *node};
    file_.reset();
  }
  return std::nullopt;
}

std::optional<ListedFile> FileListReader::next() {
  auto record = read();
  if (!record) return std::nullopt;
  ByteReader encoded(record->node.encoded);
  auto node = vault::decode_node(encoded);
  if (!node) return std::nullopt;
  return ListedFile{std::string(record->path), std::move(*node)};
}

std::optional<FileListReader::Record> FileListReader::seek(std::string_view path) {
  while (auto record = read()) {
    if (record->path == path) return record;
    if (walks_before(path, record->path)) {
      ahead_ = record;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace aplomb::archive

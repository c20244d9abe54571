#include "site/packed_files.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <clocale>

#include "base/clock.h"
#include "base/log.h"
#include "base/messages.h"
#include "fs/fs.h"
#include "proc/frame.h"
#include "proc/worker.h"

namespace aplomb::site {
namespace {

constexpr const char* kWorker = "site-archive-read";
constexpr uint8_t kOpen = 'o', kNext = 'n';
constexpr uint64_t kTotalMax = 4ULL << 30, kEntriesMax = 1'000'000;  // unpacked
constexpr uint64_t kMemoryMax = 2ULL << 30;
constexpr int64_t kTimeoutMs = 120'000;
constexpr size_t kPathMax = 4096;

// In the child.
class Unpacker {
 public:
  Outcome<Bytes> answer(ByteView request) {
    ByteReader reader(request);
    auto verb = reader.u8();
    if (verb && *verb == kOpen) return open(request.subspan(1));
    if (verb && *verb == kNext) return next();
    return worker_failure(Code::corrupt, tr_later("the archive cannot be read: {}"), "?");
  }

 private:
  struct Close {
    void operator()(struct archive* opened) const { archive_read_free(opened); }
  };

  std::unexpected<Failure> failure() const {
    const char* why = archive_error_string(archive_.get());
    return worker_failure(Code::corrupt, tr_later("the archive cannot be read: {}"), why ? why : "?");
  }

  // Only formats and filters that libarchive reads itself: others start programs.
  Outcome<Bytes> open(ByteView bytes) {
    setlocale(LC_ALL, "C.UTF-8");
    bytes_.assign(bytes.begin(), bytes.end());
    archive_.reset(archive_read_new());
    for (auto support : {archive_read_support_format_tar, archive_read_support_format_zip,
                         archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
                         archive_read_support_filter_xz, archive_read_support_filter_zstd})
      support(archive_.get());
    if (archive_read_open_memory(archive_.get(), bytes_.data(), bytes_.size()) != ARCHIVE_OK)
      return failure();
    return Bytes();
  }

  Outcome<Bytes> next() {
    archive_entry* entry = nullptr;
    while (archive_) {
      int code = archive_read_next_header(archive_.get(), &entry);
      if (code == ARCHIVE_EOF) return Bytes{0};
      if (code < ARCHIVE_WARN) return failure();
      if (++entries_ > kEntriesMax)
        return worker_failure(Code::limit, tr_later("the archive has too many files"));
      if (const char* earlier = archive_entry_hardlink(entry)) {
        return packed(entry, PackedFile::Kind::copy, as_bytes(inside(earlier)));
      } else if (archive_entry_filetype(entry) == AE_IFREG) {
        return file(entry);
      } else if (const char* target = archive_entry_symlink(entry)) {
        return packed(entry, PackedFile::Kind::link, as_bytes(target));
      }
    }
    return failure();
  }

  static std::string inside(std::string path) {
    while (path.starts_with("./")) path.erase(0, 2);
    return path;
  }

  Outcome<Bytes> file(archive_entry* entry) {
    Bytes content;
    std::array<uint8_t, 64 * 1024> buffer;
    for (;;) {
      la_ssize_t got = archive_read_data(archive_.get(), buffer.data(), buffer.size());
      if (got < 0) return failure();
      if (got == 0) break;
      total_ += static_cast<uint64_t>(got);
      content.insert(content.end(), buffer.begin(), buffer.begin() + got);
      if (total_ > kTotalMax || content.size() > PackedFiles::kFileMax)
        return worker_failure(Code::limit, tr_later("the archive unpacks to more than is read, at {}"),
                              printable(name_of(entry)));
    }
    return packed(entry, PackedFile::Kind::file, content);
  }

  static std::string name_of(archive_entry* entry) {
    const char* name = archive_entry_pathname(entry);
    if (!name) name = archive_entry_pathname_utf8(entry);
    return inside(name ? name : "");
  }

  Outcome<Bytes> packed(archive_entry* entry, PackedFile::Kind kind, ByteView content) {
    const std::string path = name_of(entry);
    if (path.empty() || path.size() > kPathMax || !fs::valid_path(path))
      return worker_failure(Code::corrupt, tr_later("the archive holds an impossible name: {}"),
                            printable(path));
    ByteWriter writer;
    writer.u8(1);
    writer.u8(static_cast<uint8_t>(kind));
    writer.text(path);
    writer.u32(archive_entry_perm(entry));
    writer.i64(archive_entry_mtime_is_set(entry) ? archive_entry_mtime(entry) : 0);
    writer.sized(content);
    return writer.take();
  }

  Bytes bytes_;
  std::unique_ptr<struct archive, Close> archive_;
  uint64_t entries_ = 0, total_ = 0;
};

int unpack_worker(int in_fd, int out_fd) {
  Unpacker unpacker;
  return proc::serve_frames(in_fd, out_fd, PackedFiles::kArchiveMax + 1,
                            [&](ByteView request) { return encode_answer(unpacker.answer(request)); });
}
const proc::WorkerRegistration registration(kWorker, unpack_worker);

}  // namespace

Result<PackedFiles> PackedFiles::open(ByteView archive, Links links) {
  if (archive.size() > kArchiveMax)
    return fail(make_error(Code::limit, tr("the archive has {} MiB; up to {} MiB are read",
                                           archive.size() >> 20, kArchiveMax >> 20))
                    .then(tr("unpack it into an empty folder, and give that folder")));
  proc::WorkerLimits limits;
  limits.memory_bytes = kMemoryMax;
  limits.cpu_seconds = 600;
  PackedFiles files(TRY(proc::Child::start(kWorker, limits)), links);
  Bytes request{kOpen};
  request.insert(request.end(), archive.begin(), archive.end());
  TRY(decode_answer(TRY(files.child_.call(request, kTimeoutMs, 64 * 1024))));
  return files;
}

Result<std::optional<PackedFile>> PackedFiles::next() {
  auto file = TRY(next_of_any_kind());
  while (file && links_ == Links::passed_over && file->kind != PackedFile::Kind::file)
    file = TRY(next_of_any_kind());
  return file;
}

Result<std::optional<PackedFile>> PackedFiles::next_of_any_kind() {
  const Bytes request{kNext};
  Bytes answer = TRY(decode_answer(TRY(child_.call(request, kTimeoutMs, kFileMax + 64 * 1024))));
  ByteReader reader(answer);
  if (TRY(reader.u8()) == 0) return std::optional<PackedFile>();
  PackedFile file;
  const uint8_t kind = TRY(reader.u8());
  if (kind > static_cast<uint8_t>(PackedFile::Kind::copy))
    return fail(Code::corrupt, tr("the archive cannot be read: {}", "?"));
  file.kind = static_cast<PackedFile::Kind>(kind);
  file.path = TRY(reader.text(kPathMax));
  file.mode = TRY(reader.u32());
  constexpr int64_t kLatest = INT64_MAX / kSecond;
  file.mtime_ns = std::clamp(TRY(reader.i64()), -kLatest, kLatest) * kSecond;
  ByteView content = TRY(reader.sized(kFileMax));
  file.content.assign(content.begin(), content.end());
  TRY(reader.finish());
  if (file.path.empty() || !fs::valid_path(file.path))
    return fail(Code::corrupt, tr("the archive holds an impossible name: {}", printable(file.path)));
  return std::optional(std::move(file));
}

}  // namespace aplomb::site

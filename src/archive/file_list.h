// The list of a site's files as the last backup saw them, kept by the writer beside its key: one record a
// file, in the order of the walk, so that the next backup reads the old list and writes the new one side by
// side in constant memory. It tells which files need not be read again, and it is what the judge on the
// machine reads. Losing it costs a full read, never a wrong snapshot; anything odd in it makes it empty.
//
// What a backup had listed when it was interrupted stands in a list of its own, and spares the next one from
// reading again what is stored. Nothing made it durable: after a power cut a page of it may be zeros. A
// record with such a page does not end where it should, or names chunks that no vault has.
#pragma once

#include <memory>

#include <optional>

#include "base/clock.h"
#include "fs/fs.h"
#include "vault/tree.h"

namespace aplomb::archive {

struct ListedFile {
  std::string path;  // object path
  vault::Node node;
};

// The order of the walk: component by component, by bytes.
bool walks_before(std::string_view a, std::string_view b);

class FileListWriter {
 public:
  // Writes into `path` under a temporary name; finish() gives it its name. Given up before, or killed, it
  // leaves what it has for interrupted_list(), which finish() removes.
  static Result<std::unique_ptr<FileListWriter>> create(fs::Dir& dir, std::string path, Time run_start,
                                                        const Sha256& binding);
  ~FileListWriter();
  Status add(std::string_view path, const vault::Node& node);
  // A record of the list before, as it is.
  Status add_record(ByteView record);
  Status finish();

 private:
  FileListWriter(fs::Dir& dir, std::string path, std::unique_ptr<fs::File> file)
      : dir_(dir), path_(std::move(path)), file_(std::move(file)) {}
  Status flush();

  fs::Dir& dir_;
  std::string path_;
  std::unique_ptr<fs::File> file_;
  ByteWriter record_, buffer_;
  uint64_t offset_ = 0;
};

std::string interrupted_list(const std::string& path);

class FileListReader {
 public:
  // `binding` (of domain and site) must be the writer's, else the list is empty. A missing list is empty too.
  static std::unique_ptr<FileListReader> open(fs::Dir& dir, std::string_view path, const Sha256& binding);
  Time run_start() const { return run_start_; }
  // The next file in order; nullopt at the end, and from the first damage on.
  std::optional<ListedFile> next();
  // Goes forward to `path`; returns its record when it is there, until the next call. Paths must be asked for
  // in the order of the walk.
  struct Record {
    ByteView bytes;  // all of it
    std::string_view path;
    vault::NodeView node;
  };
  std::optional<Record> seek(std::string_view path);

 private:
  bool fill();
  std::optional<Record> read();

  std::unique_ptr<fs::File> file_;
  Time run_start_;
  Bytes buffer_;
  size_t position_ = 0;
  uint64_t offset_ = 0;
  std::optional<Record> ahead_;  // read, and not yet asked for
};

}  // namespace aplomb::archive

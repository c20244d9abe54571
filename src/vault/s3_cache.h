// What one machine remembers of a vault on S3, in its state folder, so that it need not ask again: log
// objects with the version each was found in, index runs with the versions of the packs they were made from,
// and what was found to be junk. Of no authority: the caller compares every version with the list it has just
// fetched, and bytes have hashes. Deleted, it is made anew. A machine that may not write there works without.
#pragma once

#include <memory>
#include <optional>

#include "fs/fs.h"
#include "vault/index.h"
#include "vault/s3_xml.h"

namespace aplomb::vault {

// The identity of one version; two that are equal hold the same bytes.
struct S3VersionMark {
  std::string id, etag;
  uint64_t size = 0;
  auto operator<=>(const S3VersionMark&) const = default;
  static S3VersionMark of(const S3Version& version) { return {version.id, version.etag, version.size}; }
};

struct S3CachedRun {
  IndexRun run;
  std::vector<S3VersionMark> versions;  // of run.packs, in their order
};

struct S3CachedObject {
  std::vector<S3VersionMark> versions;  // the one that is valid; or all that were looked at in vain
  Bytes bytes;                          // empty: none was valid
};

Bytes encode(const S3CachedRun& run);
Result<S3CachedRun> decode_s3_cached_run(ByteView bytes);
Bytes encode(const S3CachedObject& object);
Result<S3CachedObject> decode_s3_cached_object(ByteView bytes);

class S3Cache {
 public:
  // `folder` may be null.
  explicit S3Cache(std::unique_ptr<fs::Dir> folder);

  std::optional<S3CachedObject> object(const std::string& name);
  void keep_object(const std::string& name, const S3CachedObject& object);

  std::vector<S3CachedRun> runs();
  size_t most_runs_of_a_domain();
  void keep_run(const S3CachedRun& run);
  void drop_runs();

  // For the marks of doubtful packs (doubtful.h); null without a folder.
  fs::Dir* folder() { return folder_.get(); }

 private:
  std::unique_ptr<fs::Dir> folder_;
};

}  // namespace aplomb::vault

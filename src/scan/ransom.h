// Mass encryption, seen over a whole snapshot: many files whose bytes became as random as encrypted ones
// although their name, or what they were before, says otherwise; and the notes that are left beside them.
// Pure, over facts that were collected when each file was analysed; no file is read again. Compressed
// pictures and archives are random too, but keep their magic number: never flagged.
#pragma once

#include "scan/file_report.h"

namespace aplomb::scan {

struct SnapshotFile {
  std::string path;
  Kind kind = Kind::data;
  bool fits_type = true;
  FileFacts facts;
};

struct PathFinding {
  std::string path;
  Finding finding;
  bool operator==(const PathFinding&) const = default;
};

// `before` is the previous snapshot of the same site, empty when there is none. With it, only what changed
// can be part of an encryption, so that a site's own encrypted blobs are left alone. Sorted by path.
std::vector<PathFinding> find_ransom(const std::vector<SnapshotFile>& now,
                                     const std::vector<SnapshotFile>& before);

// The text of a short file speaks of payment, of decryption, and of how to make contact (English or French).
bool has_ransom_words(std::string_view text);

}  // namespace aplomb::scan

// A snapshot made of a backup from elsewhere (`aplomb import-backup`) shows the site as it was before the
// keeper received it. When that was is the owner's word, in the record that also puts the snapshot on hold;
// whoever holds the writer's secrets alone dates nothing back. Pure.
#pragma once

#include <map>

#include "vault/reader.h"

namespace aplomb::judge {

struct ImportedBackup {
  Time at;             // the owner's word, in whole seconds
  std::string source;  // what it was made of: a path
  std::string who;
};

// The body of the hold (docs/format/records.md).
std::string write_imported(const ImportedBackup& imported);
// nullopt when the body is an ordinary hold's.
std::optional<ImportedBackup> read_imported(ByteView body);

// The times of all imported snapshots. Of two records about one snapshot the later counts.
std::map<vault::SnapshotId, Time> imported_times(const std::vector<vault::OpenRecord>& records);

}  // namespace aplomb::judge

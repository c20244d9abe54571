// `aplomb incident evidence SITE --to DIR`: the sealed state out of the vault, as a folder that a police
// expert checks with sha256sum and openssl. docs/format/incident.md has its files.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/session.h"
#include "incident/journal.h"

namespace aplomb::cli {

struct ExportedEvidence {
  uint64_t files = 0, bytes = 0;
  std::string manifest_hash;          // SHA-256 of SHA256SUMS
  std::vector<std::string> problems;  // owners that this user may not set, and the like
};

// `folder` must be empty. The export is entered in the journal first: custody knows of every access.
Result<ExportedEvidence> export_evidence(Session& session, const site::SiteConfig& site,
                                         incident::Journal& journal, const std::string& snapshot,
                                         const std::string& folder);

// A screenshot, a ransom demand: a copy in the folder of the case, its hash in the signed journal. The number
// of the exhibit.
Result<int> add_exhibit(Session& session, incident::Journal& journal, const std::string& path,
                        const std::string& note);

// An exported folder against its own list, and the list against the journal.
struct CheckedEvidence {
  uint64_t files = 0;
  std::vector<std::string> changed, missing, extra;
  bool in_journal = false;  // the list is one that was exported
  bool well() const { return changed.empty() && missing.empty() && extra.empty() && in_journal; }
};
Result<CheckedEvidence> check_evidence(Session& session, const incident::Journal& journal,
                                       const std::string& folder);

}  // namespace aplomb::cli

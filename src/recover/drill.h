// A recovery, rehearsed: the clean point as the vault has it today is named, judged, rebuilt into a private
// folder, read back, and its pages are compared with those that were stored. Measured are the time until the
// site is rebuilt and verified (RTO) and the age of the point (RPO). The live site, its services, the vault
// and the state of an incident are not touched; nothing is signed and no owner key is asked for.
//
// The point is rebuilt whole: what a recovery would carry over from later is not rehearsed, nor are the
// sealing of evidence, the switch, and the first snapshot of a new epoch.
#pragma once

#include "recover/drill_record.h"
#include "recover/rehearse_pages.h"

namespace aplomb::recover {

struct DrillReport {
  DrillRecord record;  // what is kept
  bool proven = false;
  Reason point_reason;  // of the point: why it is, or is not, the clean point
  std::optional<Time> point_time;
  bool newest = true;  // the point is the last snapshot; else what came later is not proven clean
  uint64_t databases = 0;
  std::vector<std::string> problems;
  std::vector<PageDifference> different;
  std::string pages_note;
  double seconds_total = 0;
};

// The private folder is made in `place`. Damage in the vault is a result that is not ok, not an error. The
// record is saved in the site's state.
Result<DrillReport> drill(const archive::Machine& machine, const site::SiteConfig& site,
                          const std::string& site_state, vault::ReaderStore& store,
                          const crypto::KeyFile& recovery_key, const std::string& place);

}  // namespace aplomb::recover

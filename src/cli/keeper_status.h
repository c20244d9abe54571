// What a keeper knows of the sites whose vault it keeps, without any key: when it last heard of each, and
// what each used of its limits today. Silence is a finding of its own: whoever breaks into a web server stops
// its backups first, and only the other machine can notice.
#pragma once

#include "cli/app.h"
#include "keeper/limits.h"
#include "vault/log_state.h"

namespace aplomb::cli {

struct HeardOf {
  vault::DomainId domain;
  Time opened;
  std::optional<Time> last;  // snapshot received
  uint64_t snapshots = 0;
  bool silent = false;
};
// The domains that still take snapshots, in the order opened. `now` before a receipt counts as that moment.
std::vector<HeardOf> heard_of(const vault::LogState& state, Time now, uint64_t silent_hours);

// `aplomb keeper status DIR`: status 1 when one of them is silent.
Result<int> keeper_status(App& app, const std::string& folder);

}  // namespace aplomb::cli

// The two ends of a recovery: taken back, to the byte, or accepted. Neither needs a key.
#pragma once

#include <string>

#include "archive/take_snapshot.h"

namespace aplomb::recover {

// Takes an unconfirmed recovery back. Code::not_found when there is none.
Status undo(const archive::Machine& machine, const site::SiteConfig& site, const std::string& site_state);
// Ends the time in which it can be undone: what was replaced is removed; the quarantine and the evidence
// stay.
Status confirm(const archive::Machine& machine, const std::string& site_state);

}  // namespace aplomb::recover

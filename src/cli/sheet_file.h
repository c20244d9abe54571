// Writes the recovery sheet of a session's vault: to print twice, then to be deleted.
#pragma once

#include <string>

#include "cli/session.h"

namespace aplomb::cli {

// A page for a browser; plain text when the name ends in .txt. Mode 0600. Nothing is overwritten:
// Code::exists.
Status write_sheet(Session& session, const std::string& path);

// Code::config when `path` lies inside a website, where visitors could fetch it.
Status check_sheet_place(const site::Config& config, const std::string& path);

}  // namespace aplomb::cli

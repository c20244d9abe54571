// Who signs: the person behind sudo, else the user of the process.
#pragma once

#include <string>

namespace aplomb::cli {

std::string who_runs_this();

}  // namespace aplomb::cli

// Who signs, on which machine, with which program: the person behind sudo, else the user of the process.
#pragma once

#include <string>

namespace aplomb::cli {

std::string who_runs_this();
std::string machine_name();
// "aplomb 0.1.0", and the SHA-256 of the program that runs.
std::string tool_name();
std::string tool_hash();

}  // namespace aplomb::cli

// The processes: who runs what since when, from which file, with which files of the site open; and the hash
// of an executable that lies within the site or has been deleted, read through /proc/PID/exe while it still
// runs.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "evidence/collector.h"

namespace aplomb::evidence {

// The processes that hold each socket, by the socket's inode.
using SocketOwners = std::map<uint64_t, std::set<int>>;

struct ProcessSection {
  nlohmann::json processes = nlohmann::json::array();
  SocketOwners owners;
};
ProcessSection collect_processes(Collector& collector, const std::vector<std::string>& roots);

}  // namespace aplomb::evidence

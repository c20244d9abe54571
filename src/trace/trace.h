// From the logs to the way in: each bad object of a timeline gets the request, session or package that made
// it, with the line that says so, or "unknown" and why. Two passes at most over the logs, in constant memory;
// what people are told is decided in decide.h. Logs are what the machine wrote: an intruder with root may
// have erased or forged them, so silences and missing files are findings of their own.
#pragma once

#include "base/progress.h"
#include "trace/decide.h"
#include "trace/log_files.h"

namespace aplomb::trace {

struct TraceRequest {
  std::vector<Suspect> suspects;
  std::vector<std::string> labels;  // of the site's roots in object paths
  LogFiles logs;
  bool may_be_packaged = false;
  unsigned workers = 2;
};

struct Trace {
  std::vector<Suspect> suspects;
  std::vector<EntryPoint> entries;  // one a suspect
  std::vector<Gap> gaps;
  Addresses addresses;            // of those that made or used an object, and what else they did
  std::vector<Hit> dumps;         // dumps and archives of the site that somebody fetched
  std::vector<std::string> read;  // the logs
  uint64_t lines = 0, bytes = 0, requests = 0;
};

// Never fails: what cannot be read is a gap.
Trace trace(TraceRequest request, Progress& progress);

}  // namespace aplomb::trace

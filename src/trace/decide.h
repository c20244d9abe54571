// From what the logs showed to an answer for each bad object: the request, session or package that made it,
// and how sure that is; or "unknown", and why. Pure. The rule above all others: being near in time names
// nobody. A request is named only when something ties it to the object; without logs of that moment nothing
// is named.
#pragma once

#include "base/finding.h"
#include "trace/survey.h"

namespace aplomb::trace {

enum class Confidence : uint8_t { unknown, low, medium, high };
const char* name(Confidence confidence);  // stable: "unknown", …
std::string words_of(Confidence confidence);

enum class Way : uint8_t { unknown, request, upload, session, package };
const char* name(Way way);

struct EntryPoint {
  Way way = Way::unknown;
  Confidence confidence = Confidence::unknown;
  std::optional<Hit> made_by;    // nothing when it is unknown
  std::string account;           // empty: the logs do not say
  std::optional<Hit> signed_in;  // the same address, before it, through a form: its name is in no log
  std::vector<Reason> why;
  std::optional<Hit> first_use;  // of the object, whoever made it
  bool is_unknown() const { return confidence == Confidence::unknown; }
};

// Files of one log in their order, together.
struct Series {
  std::string name;  // "/var/log/nginx/access.log"
  bool web = false;
  Rhythm rhythm;
  std::vector<Silence> holes;
};

struct Evidence {
  Traces traces;
  Addresses addresses;
  std::vector<Series> series;
  uint64_t requests = 0;         // in all access logs
  bool may_be_packaged = false;  // the site lies where packages put files
};

std::vector<EntryPoint> decide(const std::vector<Suspect>& suspects, const Evidence& evidence);
// Whom to look at in the second pass.
std::set<std::string, std::less<>> addresses_to_watch(const std::vector<Suspect>& suspects,
                                                      const Traces& traces);

}  // namespace aplomb::trace

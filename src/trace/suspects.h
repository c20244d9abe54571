// The bad objects whose origin is looked for, and the look-up from what a request asks for to the object it
// meant. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace aplomb::trace {

constexpr size_t kSuspectsMax = 300;
// Around the change of a file: an upload over a slow line begins minutes before, a request that goes on is
// logged after.
constexpr int64_t kBefore = 5 * kMinute, kAfter = 30 * kSecond;

struct Suspect {
  std::string object;           // path below the root, or "db:…"
  std::optional<Time> changed;  // of the file: what nobody but root sets (ctime), where it fits the snapshots
  std::optional<Time> not_before;  // the last snapshot without it
  Time seen;                       // the first with it

  bool may_be(Time time) const {
    return changed && time.ns >= changed->ns - kBefore && time.ns <= changed->ns + kAfter;
  }
};

// A time of change that lies outside the interval of the snapshots says when the file was changed again, or
// comes from a clock that was set: then `changed` stays empty.
Suspect make_suspect(std::string object, std::optional<Time> changed, std::optional<Time> not_before,
                     Time seen);

// "/a/%62.php?x" -> "/a/b.php": what a request asks for, as a path; empty when it is none.
std::string request_path(std::string_view target);

class SuspectIndex {
 public:
  // `labels`: what object paths begin with when a site has several roots.
  SuspectIndex(const std::vector<Suspect>& suspects, const std::vector<std::string>& labels);
  // The object that a request asks for, or an error line or upload names by its path on the disk; -1: none.
  int find(std::string_view target) const;
  // The object whose path stands anywhere in a text ("PHP Warning: … in /var/www/x.php on line 3").
  int find_in_text(std::string_view text) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  int match(std::string_view path) const;

  struct Name {
    std::string path;  // as a request would end with
    int suspect;
  };
  std::unordered_map<std::string, std::vector<Name>, Hash, std::equal_to<>> by_name_;
};

}  // namespace aplomb::trace

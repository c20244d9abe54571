// What is taken out of the logs while their lines go by: first, everything near the changes of the suspects
// and every use of them; then what the addresses did that came up. Fed line by line, bounded, without I/O.
// One FirstPass or SecondPass a file, so that files can be read side by side; merged in the order of the
// files.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "trace/hit.h"
#include "trace/rhythm.h"
#include "trace/suspects.h"

namespace aplomb::trace {

// Of one suspect: who asked for it.
struct Uses {
  uint64_t earlier =
      0;  // answered requests while the site was still in order: it is a page that visitors see
  uint64_t later = 0;
  uint64_t bytes = 0;
  std::vector<Hit> first;  // the earliest since then, in order of time
};

// Of the first pass.
struct Traces {
  std::vector<Hit> near;     // requests that may have written, or that went through a suspect, near a change
  std::vector<Hit> uploads;  // by sftp or FTP, of a suspect
  std::vector<Hit> logins, logouts, packages;
  std::vector<Hit> dumps;  // fetched by anybody
  std::vector<Uses> uses;  // by suspect
  bool overflow = false;   // there was more than is kept

  void append(Traces&& later);
};

class FirstPass {
 public:
  FirstPass(const std::vector<Suspect>& suspects, const SuspectIndex& index, std::string file);
  static bool may_concern(std::string_view) { return true; }
  void see(const Line& line, uint64_t number);
  Traces take() { return std::move(traces_); }
  Rhythm take_rhythm() { return std::move(rhythm_); }
  bool saw_requests() const { return requests_ > 0; }
  uint64_t requests() const { return requests_; }

 private:
  void request(const Line& line, uint64_t number);
  void keep(std::vector<Hit>& list, const Line& line, uint64_t number, int suspect, size_t most);
  void use(const Line& line, uint64_t number, int suspect);
  bool is_near(Time time) const;

  const std::vector<Suspect>& suspects_;
  const SuspectIndex& index_;
  const std::string file_;
  std::vector<std::pair<int64_t, int64_t>> windows_;  // in order, apart from each other
  Time earliest_, latest_;                            // of what a login may have to do with
  Rhythm rhythm_;
  uint64_t requests_ = 0;
  Traces traces_;
};

// What one address did.
struct AddressFacts {
  uint64_t requests = 0, answered = 0, refused = 0, wrote = 0, bytes = 0;
  Time first, last;
  std::set<int64_t> days;   // at most 32
  std::vector<Hit> writes;  // those in the time that matters
  std::vector<Hit> sign_ins;
  std::vector<Hit> large;  // answers with much in them
  void append(AddressFacts&& later);
};
using Addresses = std::map<std::string, AddressFacts, std::less<>>;

class SecondPass {
 public:
  // `watched`: the addresses; writes are kept from `from` to `to`.
  SecondPass(const SuspectIndex& index, const std::set<std::string, std::less<>>& watched, Time from, Time to,
             std::string file);
  // False for a line that need not be taken apart: its client is none of those that are watched.
  bool may_concern(std::string_view line) const;
  void see(const Line& line, uint64_t number);
  Addresses take() { return std::move(addresses_); }

 private:
  const SuspectIndex& index_;
  const std::set<std::string, std::less<>>& watched_;
  const Time from_, to_;
  const std::string file_;
  Addresses addresses_;
};

}  // namespace aplomb::trace

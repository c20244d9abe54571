// What a keeper allows its writers: DIR/keeper.toml, a few commented lines beside the vault, and
// DIR/usage/DOMAIN, what a domain used today by the keeper's clock. A limit bounds what an intruder can add
// as junk; it takes nothing away. What the owner asks for (evidence, a new epoch) is never refused for what
// an intruder used: the count begins anew, and part of the free space is kept for it. The page is
// docs/format/keeper-protocol.md.
#pragma once

#include "base/clock.h"
#include "fs/fs.h"
#include "vault/ids.h"

namespace aplomb::keeper {

constexpr char kLimitsFile[] = "keeper.toml";

struct Limits {
  uint64_t mib_per_day = 20 * 1024;
  uint64_t snapshots_per_day = 100;
  uint64_t free_mib_min = 1024;
  uint64_t silent_hours = 30;  // after which `keeper status` says that a site is not backed up any more
  bool operator==(const Limits&) const = default;
};

// For a new keeper on a disk with this much free space.
Limits usual_limits(uint64_t free_bytes);
// Commented TOML in the language of the process.
std::string write_limits(const Limits& limits);
// Code::config names the file, line and key.
Result<Limits> parse_limits(std::string_view text, const std::string& file);
// Of a keeper's folder; the usual ones when there is no file.
Result<Limits> load_limits(fs::Dir& folder);

struct Used {
  uint64_t day = 0;  // since 1970, UTC
  uint64_t bytes = 0, snapshots = 0;
  uint64_t room_until = 0;  // seconds since 1970: the owner asked for room, and has it until then
  bool operator==(const Used&) const = default;
};
std::string write_used(const Used& used);
std::optional<Used> parse_used(std::string_view text);

// What the domains of a keeper's folder used. Several sessions may count at once.
class Usage {
 public:
  Usage(fs::Dir& folder, const Clock& clock, const Limits& limits)
      : folder_(folder), clock_(clock), limits_(limits) {}

  // Code::limit when so much more would go over a limit; counts nothing.
  Status allows(const vault::DomainId& domain, uint64_t bytes, uint64_t snapshots);
  // The same, and counted.
  Status count(const vault::DomainId& domain, uint64_t bytes, uint64_t snapshots);
  // Below what must stay free there is room for one who has the owner's word.
  Status enough_space(const vault::DomainId& domain);
  // The owner's word: the day's count begins anew, and part of what must stay free is there for a day.
  Status make_room(const vault::DomainId& domain);
  Result<Used> today(const vault::DomainId& domain);

 private:
  Result<std::unique_ptr<fs::File>> lock();
  Status check(const Used& used) const;

  fs::Dir& folder_;
  const Clock& clock_;
  const Limits limits_;
};

}  // namespace aplomb::keeper

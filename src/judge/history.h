// The judgement of a site's whole kept history from the vault, with the recovery key: it trusts nothing that
// the machine says. What explains an object comes from the owner's signed records, from what publishers
// answer to the machine that judges, and from Debian's packages whose signature it checks itself.
#pragma once

#include "judge/judge.h"
#include "judge/timeline.h"

namespace aplomb::judge {

// Approvals, revocations and releases of a site, in the order the keeper received them; and the packages of
// Debian that its snapshots keep with what vouches for them.
Trust trust_from_vault(vault::VaultReader& reader, const std::string& site, Log& log);

// The site's snapshots in order of time: those since the last incident was closed by signature, and those
// before. Of an imported one (judge/imported.h) `received` is the time that the owner gives it.
struct History {
  std::vector<vault::SnapshotInfo> earlier, current;
  std::optional<Time> closed;  // when the last incident was closed
};
History history_of(const vault::VaultReader& reader, const std::string& site);

// Judges each; a snapshot that cannot be read is a point that is not proven, with the reason.
Result<std::vector<Point>> judge_points(vault::VaultReader& reader,
                                        const std::vector<vault::SnapshotInfo>& snapshots, Judge& judge,
                                        const Trust& trust, Log& log);

Point make_point(const vault::SnapshotInfo& info, bool evidence, const Judgement& judgement);

}  // namespace aplomb::judge

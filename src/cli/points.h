// All points of a site, judged: from the vault when a recovery key was named, else from the machine's notes.
// What `history` and `clean-point` answer from.
#pragma once

#include "cli/session.h"
#include "judge/timeline.h"

namespace aplomb::cli {

struct SitePoints {
  std::vector<judge::Point> points;   // of the current epoch, in order
  std::vector<judge::Point> earlier;  // before the last incident that was closed; see Earlier
  std::optional<Time> closed;         // when that was
  judge::Timeline timeline;
  judge::Source source = judge::Source::machine;

  // Something bad is, or was, in the current epoch.
  bool incident() const { return timeline.first_bad.has_value(); }
  // The newest that is an ordinary backup; nullptr when there is none.
  const judge::Point* latest() const;
};

// Points before a closed incident are never the clean point by themselves; judging them takes time.
enum class Earlier : uint8_t { left_out, judged };
Result<SitePoints> load_points(Session& session, const site::SiteConfig& site, Earlier earlier);

const char* name(judge::Source source);  // "machine", "vault"
// For people, when the answer rests on the machine's own notes; else empty.
std::string caveat(judge::Source source);

}  // namespace aplomb::cli

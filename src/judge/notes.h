// What the machine remembers of its own judgements, one small JSON file a snapshot: what `snapshots`,
// `history` and `clean-point` answer from when no recovery key is at hand (source "machine"), and what
// `approve` shows. An intruder with root can change them; whoever holds the recovery key judges from the
// vault instead.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "base/log.h"
#include "fs/fs.h"
#include "judge/timeline.h"

namespace aplomb::judge {

struct Note {
  Point point;
  std::string site;
  uint64_t sequence = 0;
  uint32_t epoch = 0;
  uint64_t files = 0, bytes = 0;
  bool imported = false;  // made of a backup from elsewhere: no backup of this machine
};

// The last incident of the site that was closed by signature: notes of earlier
// epochs lie before it.
struct Closed {
  uint32_t first_epoch = 0;  // the one that began with it
  Time time;
};
Status save_closed(fs::Dir& state, const Closed& closed);
Result<std::optional<Closed>> load_closed(fs::Dir& state);

// A backup that failed: there until the next one succeeds, so that `status`
// does not speak of old success alone.
struct Failure {
  Time time;
  std::string what, where, next;
};
Status save_failure(fs::Dir& state, const Failure& failure);
Status remove_failure(fs::Dir& state);
Result<std::optional<Failure>> load_failure(fs::Dir& state);

nlohmann::json to_json(const JudgedObject& object);
Status save_note(fs::Dir& state, const Note& note);
// All notes, in the order of their snapshots' receipt. A damaged one is left out with a warning.
Result<std::vector<Note>> load_notes(fs::Dir& state, Log& log);
// What a note is of, by its name alone: a note may name every file of a site.
struct Noted {
  uint64_t sequence = 0;
  std::string snapshot;  // the beginning of its id
};
Result<std::vector<Noted>> list_notes(fs::Dir& state);
Result<Note> parse_note(std::string_view text);
std::string write_note(const Note& note);

}  // namespace aplomb::judge

// One backup as every command takes it: facts of the machine, pages, snapshot, judgement, note. And what
// becomes of the notes when the owner explained something: the last backup is judged anew, older notes are
// reconsidered.
#pragma once

#include <optional>

#include "cli/session.h"
#include "judge/machine.h"

namespace aplomb::cli {

struct Taken {
  judge::Backup backup;
  std::vector<archive::Page> pages;  // kept for citizens already when the backup is proven clean
};
// The caller holds the site's lock (archive::lock_site), here and in judge_again.
Result<Taken> take_backup(Session& session, const site::SiteConfig& site);

// Remembered until the next backup succeeds, for `status`. What cannot even be noted is only warned of.
void note_failure(App& app, const judge::SiteState& state, const Error& error);

// Judges the last backup again, from the machine, and replaces its note.
struct Judged {
  judge::Judgement judgement;
  judge::Note note;
};
Result<Judged> judge_again(Session& session, const site::SiteConfig& site, const judge::Note& last);

// What a note would say if its unexplained objects met this trust. Pure. Reads nothing, so it also serves for
// backups whose files the machine no longer has.
void reconsider(judge::Note& note, const judge::Trust& trust);

// Of one site, in order. No state, no notes.
Result<std::vector<judge::Note>> notes_of(App& app, const judge::SiteState& state);
Result<std::vector<judge::Noted>> noted(App& app, const judge::SiteState& state);
// The last one that is an ordinary backup.
const judge::Note* last_backup(const std::vector<judge::Note>& notes);
// The only note whose snapshot begins with `prefix`; nullptr when none or several do.
const judge::Note* find_note(const std::vector<judge::Note>& notes, std::string_view prefix);

}  // namespace aplomb::cli

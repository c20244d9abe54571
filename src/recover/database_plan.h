// Which rows of a database a recovery puts back, takes away, or keeps, by the same rule as files: rows that
// grant power, texts that would execute, triggers and views come from the clean point unless they are
// explained; all other rows stay as they are. Pure: two database models and a judgement in, a repair out.
#pragma once

#include "judge/judgement.h"
#include "recover/file_plan.h"
#include "site/database_repair.h"

namespace aplomb::recover {

struct RejectedRow {
  std::string path;     // as in the judgement
  std::string content;  // the row as text, for the quarantine
  Reason reason;
};

struct DatabasePlan {
  bool reload_whole = false;  // mass damage, or a table is gone: the clean point's copy takes its place
  Reason reload_reason;
  bool mass_damage =
      false;  // many rows encrypted or gone at once: an earlier copy may be a better base than this one
  site::Repair repair;
  std::vector<Kept> changed;  // rows and schema objects that recovery changes
  std::vector<RejectedRow> rejected;
  std::vector<Kept> kept;  // rows written after the clean point, and kept
};

// `clean` null: no proven point; then only what a detector spoke of goes. `good` (good_rows.h; null: the
// clean point's) is where rows are put back from.
DatabasePlan plan_database(const std::string& name, const site::Database* clean, const site::Database& hacked,
                           const judge::Judgement& hacked_judgement,
                           const std::vector<std::string>& privileged_tables,
                           const site::Database* good = nullptr);

// Text that was readable and now is not: what an encryption of columns leaves.
bool looks_encrypted(const site::Value& before, const site::Value& after);

}  // namespace aplomb::recover

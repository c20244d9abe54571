// One database of the site, from its versions to the image that will be put into place. The state found now
// is the base when it can be: its rows are repaired, each from its newest good version. When it cannot be
// read, or lost tables, the newest earlier copy that did not becomes the base, so that as little as possible
// of what was written since the clean point is lost. The clean point's copy as a whole is the last resort.
#pragma once

#include <functional>

#include "recover/database_plan.h"
#include "recover/staged_view.h"
#include "site/database_rows.h"

namespace aplomb::recover {

struct DatabaseVersion {
  std::string snapshot;  // empty: the state found now
  Bytes image;
  judge::Judgement judgement;  // its open objects
};

struct DatabaseStepInput {
  std::string name;
  const archive::DatabaseEntry& entry;  // as it is now, or as it was when it is gone
  std::optional<Bytes> clean;           // the clean point's image
  std::optional<DatabaseVersion> now;   // nullopt: it is gone
  // Earlier versions after the clean point, the newest first; nullopt at the end. Asked only in need.
  std::function<Result<std::optional<DatabaseVersion>>()> earlier;
  // The same, the oldest first: rows that are put back come from the newest of them that was good.
  std::function<Result<std::optional<DatabaseVersion>>()> later;
  bool whole = false;  // as at the clean point
  const std::vector<std::string>& privileged_tables;
  site::ReadOptions options;
};

struct DatabaseStep {
  StagedDatabase staged;
  std::vector<Kept> changed, kept;
  std::vector<RejectedRow> rejected;
  std::optional<Reason> replaced;  // the state found now goes as a whole: why
};

Result<DatabaseStep> plan_database_step(DatabaseStepInput input);

}  // namespace aplomb::recover

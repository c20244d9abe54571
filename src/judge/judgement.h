// What the judge says of one snapshot, as values that can be kept as notes and shown: the verdict, and every
// object that is not clean with its reasons. Pure.
#pragma once

#include <string>
#include <vector>

#include "judge/overwrite.h"
#include "judge/surroundings.h"
#include "scan/ransom.h"

namespace aplomb::judge {

enum class ObjectKind : uint8_t {
  file,      // a file that can execute, or changes what executes, or whose bytes do not fit its name
  row,       // a database row that grants power
  value,     // a text in a database that would execute
  schema,    // a trigger or view
  database,  // a database that cannot be read
  missing,   // a setting that protected the site and is gone
};
std::string_view name(ObjectKind kind);

struct JudgedObject {
  Identity identity;
  ObjectKind kind = ObjectKind::file;
  Provenance provenance = Provenance::unexplained;
  Strength strength = Strength::exact;  // of a vendor's word
  ObjectVerdict verdict = ObjectVerdict::clean;
  Reason explanation;  // why this provenance
  std::vector<Finding> findings;

  Level level() const { return worst(findings); }
  // The one sentence to show: the worst finding, else why it is unexplained.
  const Reason& reason() const;
};

struct Judgement {
  Verdict verdict = Verdict::proven_clean;
  Time since;                        // of the oldest proof it rests on; zero unless proven clean
  uint64_t objects = 0;              // that can execute or grant power
  uint64_t trusted_on_baseline = 0;  // of them, those that rest on the first approval alone
  std::vector<JudgedObject> open;    // not clean, sorted by path
  bool findings_anywhere = false;    // a detector spoke, even of an object that is explained

  // For approving the whole state, and for recovery; not kept in notes.
  std::vector<Identity> to_approve;       // every object that inertness or a cache rule does not explain
  std::vector<std::string> protections;   // settings that protect
  std::vector<std::string> generated;     // files of caches
  std::vector<scan::SnapshotFile> facts;  // of every file, for the next snapshot's comparison
  Contents contents;                      // of what nothing executes, for the same
  RecognisedRoots recognised;             // the software that was found in it
};

// The last state that was in order, as far as the next one is compared with it.
// Empty: there is none.
struct Earlier {
  std::vector<scan::SnapshotFile> facts;
  Contents contents;
  bool empty() const { return facts.empty() && contents.empty(); }
};
Earlier earlier_of(const Judgement& judgement);
// Takes what is needed out of a judgement that is needed no more.
Earlier earlier_from(Judgement& judgement);

}  // namespace aplomb::judge

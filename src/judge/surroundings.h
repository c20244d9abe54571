// What must be known of a whole snapshot before any file of it is judged: what
// each folder's .htaccess sends to PHP, where known releases stand, which
// software it is, and where a program answers for a folder. All of it comes
// from the snapshot itself and from what the owner signed, never from the live
// site.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "archive/snapshot_view.h"
#include "judge/trust.h"
#include "scan/scanner.h"
#include "site/config.h"
#include "site/recogniser.h"

namespace aplomb::judge {

// What the judge knows of the site beside its bytes.
struct SiteKnowledge {
  const site::SiteConfig& config;
  std::vector<site::Recogniser> recognisers;
  std::map<Sha256, std::string> known_bad{};  // hash → the administrator's list that has it
};

// By a path of the snapshot: whether the software that it belongs to made it
// itself, or lets visitors upload it. One entry a root, in the order of the
// roots.
class RecognisedRoots {
 public:
  RecognisedRoots() = default;
  RecognisedRoots(const archive::Manifest& manifest, std::vector<site::Recognised> recognised);
  bool is_generated(const std::string& path) const;
  bool is_upload(const std::string& path) const;

 private:
  std::pair<const site::Recognised*, std::string> find(const std::string& path) const;
  std::vector<std::pair<std::string, site::Recognised>> roots_;  // by label
};

struct Surroundings {
  std::map<std::string, scan::Handlers> handlers;  // by folder, of the .htaccess in it alone
  Trust::Installed installed;                      // where known releases stand
  RecognisedRoots recognised;
  std::set<std::string> indexes;  // programs that answer for their folder: there
                                  // now, or approved once

  scan::Handlers handlers_for(const std::string& path) const;
  // The program that a web server may no longer run because of this page; ""
  // when there is none.
  std::string shadowed_by(const std::string& path) const;
};

Result<Surroundings> look_around(archive::SnapshotView& snapshot, const Trust& trust,
                                 const SiteKnowledge& site, scan::Scanner& scanner);

}  // namespace aplomb::judge

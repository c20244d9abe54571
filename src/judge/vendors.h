// Witnesses, asked about what neither an approval nor an import explains: signed commits that the site was
// deployed from, WordPress.org for its core, plugins, themes and translations, and on the machine itself what
// dpkg says it installed. A file is explained at its own place in its package alone. What rests on an MD5, or
// on the machine's word, is a weak proof: a malicious finding outranks it (docs/decisions/0016).
#pragma once

#include <map>
#include <memory>
#include <set>

#include "archive/snapshot_view.h"
#include "base/log.h"
#include "judge/trust.h"
#include "vendor/wordpress_org.h"

namespace aplomb::judge {

// A file that somebody should explain. Its hash was compared with its bytes.
struct Claim {
  std::string path;
  vault::Node node;
  bool unexplained = true;  // false: it rests on the baseline, and a better proof is welcome
};

struct VendorWord {
  bool explained = false;
  Provenance provenance = Provenance::vendor;  // approved: a person signed the commit
  Strength strength = Strength::exact;
  Reason reason;  // why, or why not
};

class Vendors {
 public:
  // `dpkg_info`: /var/lib/dpkg/info, where the machine's word counts; null elsewhere.
  Vendors(vendor::WordPressOrgAddress address, vendor::Answers answers, const Clock& clock,
          std::unique_ptr<fs::Dir> dpkg_info)
      : address_(std::move(address)),
        answers_(std::move(answers)),
        clock_(clock),
        dpkg_info_(std::move(dpkg_info)) {}

  // `telling`: the files of the snapshot that vendor::tells_version() names. `approved`: paths that somebody
  // approved once; a plugin that has none of them is new, and published code alone does not make it wanted.
  // Empty: nothing was approved yet. `present`: every path of the snapshot.
  struct Question {
    archive::SnapshotView& snapshot;
    const std::vector<Claim>& claims;
    const std::map<std::string, vault::Node>& telling;
    const std::set<std::string>& approved;
    const std::set<std::string>& present;
    const std::vector<vendor::Deployed>& deployed;
  };
  std::map<std::string, VendorWord> hear(const Question& question);

  Status save(fs::Dir& state, const std::string& name) const {
    return answers_.save(state, name, clock_.now());
  }

 private:
  struct Hearing;
  VendorWord ask_commits(const Question& question, const Claim& claim);
  VendorWord ask_wordpress(Hearing& hearing, const Claim& claim);
  void ask_dpkg(Hearing& hearing);
  std::optional<vendor::Md5> md5_of(archive::SnapshotView& snapshot, const Claim& claim);
  std::string git_id_of(archive::SnapshotView& snapshot, const Claim& claim, std::string_view like);

  vendor::WordPressOrgAddress address_;
  vendor::Answers answers_;
  const Clock& clock_;
  std::unique_ptr<fs::Dir> dpkg_info_;
};

}  // namespace aplomb::judge

// What explains an object: signed approvals and vendor manifests, as sets that answer "why is this here?".
// Built from the owner's records in the vault (source vault) or from the machine's own copy of them (source
// machine). Pure. An approval covers exactly (path, content, mode); a vendor's file its package-relative path
// and content.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "judge/verdict.h"
#include "vendor/deployment.h"

namespace aplomb::judge {

// How an object is known: its path ("theme/header.php", "db:town.db/users/3"), the hash of what matters of
// it, and its mode (files only, else 0).
struct Identity {
  std::string path;
  Sha256 hash;
  uint32_t mode = 0;
  auto operator<=>(const Identity&) const = default;
};

enum class ApprovalKind : uint8_t { baseline, person };

// The body of an approval record, and of a revocation (which takes the same identities back).
struct Approval {
  ApprovalKind kind = ApprovalKind::person;
  std::string site;
  Time time;        // of the snapshot it was taken from
  std::string who;  // free text
  std::vector<Identity> objects;
  // Paths of settings that protect the site (an .htaccess that switches PHP off): missing later is a change.
  std::vector<std::string> protections;
};

// The object that stands for the file of keys whose signed commits approve code (vendor/deployment.h). The
// owner approves it like any other, and takes it back so.
constexpr char kSignersPath[] = "deployment:signers";

// The body of a known-good record: one release of one product.
struct Release {
  std::string product;                                // "dokuwiki 20220731.a-2"
  std::vector<std::pair<std::string, Sha256>> files;  // package-relative path, content
};

Bytes encode(const Approval& approval);
Result<Approval> decode_approval(ByteView bytes);
Bytes encode(const Release& release);
Result<Release> decode_release(ByteView bytes);

struct Explanation {
  Provenance provenance = Provenance::unexplained;
  Reason reason;
  Time since;             // of the proof
  bool baseline = false;  // it rests on the first approval alone
};
Reason nothing_explains();

class Trust {
 public:
  void approve(const Approval& approval);
  void revoke(const Approval& approval);
  void add_release(const Release& release);
  // Whether the owner signed for a file of keys with this content.
  bool pins(const Sha256& signers) const;
  // A commit whose signature was checked against pinned keys.
  void add_deployment(vendor::Deployed deployed) { deployed_.push_back(std::move(deployed)); }
  const std::vector<vendor::Deployed>& deployed() const { return deployed_; }
  // Where releases are installed in one snapshot: (product, folder), from counting which of their files stand
  // where. A vendor's file explains itself only inside such a folder: elsewhere the same content is
  // misplaced.
  using Installed = std::set<std::pair<std::string, std::string>>;
  class InstallCount {
   public:
    explicit InstallCount(const Trust& trust) : trust_(trust) {}
    void add(const std::string& path, const Sha256& hash);
    Installed installed() const;

   private:
    const Trust& trust_;
    std::map<std::pair<std::string, std::string>, size_t> counts_;
  };

  // The best explanation by approval or vendor; unexplained when there is none.
  Explanation explain(const Identity& identity, const Installed& installed = {}) const;
  // Approved content found at another path or mode: worth saying in the reason.
  bool known_elsewhere(const Sha256& hash) const;
  // Paths that a state received at `by` must have: approved in it or in one before.
  bool protects(const std::string& path) const { return protections_.contains(path); }
  std::vector<std::string> protections(Time by) const;
  std::set<std::string> approved_paths(Time by) const;
  bool has_baseline() const { return baseline_.has_value(); }
  Time baseline_time() const { return baseline_.value_or(Time{}); }

 private:
  struct Proof {
    ApprovalKind kind;
    Time time;
  };
  std::map<Identity, Proof> approved_;
  std::map<Sha256, std::vector<std::pair<std::string, std::string>>> released_;  // hash → (path, product)
  std::map<std::string, size_t> release_sizes_;                                  // product → files
  std::map<Sha256, int> approved_hashes_;
  std::vector<vendor::Deployed> deployed_;
  std::map<std::string, Time> protections_;  // since when
  std::map<std::string, Time> given_up_;     // gone with a person's consent, since when
  std::optional<Time> baseline_;
};

}  // namespace aplomb::judge

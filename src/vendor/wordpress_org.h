// Asks WordPress.org what it published: checksum lists of the core and of plugins, archives of themes and
// translations. Over https alone (plain http to this machine, for tests and a local mirror), within limits of
// time and size; archives are opened in a confined child. Answers are cached; a publisher who cannot be
// reached is not asked again in the same run.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "vendor/answers.h"
#include "vendor/wordpress.h"

namespace aplomb::vendor {

// Where to ask. Both empty: nobody.
struct WordPressOrgAddress {
  std::string lists, downloads;
  bool none() const { return lists.empty(); }
};
// "" is WordPress.org itself, "none" nobody, anything else the address of a mirror that has both below it.
// $APLOMB_WORDPRESS_ORG goes before. Code::config for what is no such address.
Result<WordPressOrgAddress> wordpress_org_address(std::string configured);

class WordPressOrg {
 public:
  WordPressOrg(WordPressOrgAddress address, Answers& answers, const Clock& clock)
      : address_(std::move(address)), answers_(answers), clock_(clock) {}

  enum class Known : uint8_t {
    published,    // `listing` says what
    unpublished,  // WordPress.org has no such package
    unasked,      // nobody may be asked
    unreachable,  // `why` says it; what an earlier answer said is in `listing`, if there was one
  };
  struct Said {
    Known known = Known::unasked;
    const Listing* listing = nullptr;  // until the next call
    std::string why;
  };
  // `unexplained`: the known answer does not explain a file, which changed then. An answer of before that, or
  // of yesterday, is asked for anew, once a run.
  Said ask(const Package& package, std::optional<Time> unexplained);

 private:
  Result<Listing> fetch(const Package& package);

  WordPressOrgAddress address_;
  Answers& answers_;
  const Clock& clock_;
  std::string broken_;                        // why nobody is asked any more
  std::map<std::string, std::string> asked_;  // in this run, with what was wrong with the answer
};

}  // namespace aplomb::vendor

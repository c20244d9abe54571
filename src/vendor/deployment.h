// A signed commit of the repository that a site is deployed from, with all that proves it: the commit, its
// trees, and the keys that the owner pinned. The guarded machine keeps it and each snapshot takes it along;
// it is believed as far as the signature reaches: commit → tree → the names git gives to contents. Whether
// the owner pinned these keys is asked elsewhere (judge/trust.h). docs/format/snapshot.md has the bytes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "vendor/git_object.h"

namespace aplomb::vendor {

struct Deployment {
  std::string folder;  // where in the site the commit is checked out: an object path, "" for the site's root
  std::string inside;  // which folder of the commit lies there; "" for all of it
  Bytes signers;       // the pinned keys
  std::string id;      // the commit's name
  Bytes commit;        // its bytes
  std::vector<Bytes> trees;
  bool operator==(const Deployment&) const = default;
};

Bytes encode(const Deployment& deployment);
Result<Deployment> decode_deployment(ByteView bytes);

struct Deployed {
  std::string commit, signer;
  std::map<std::string, std::string> files;  // path in the site → git's name of the content
};
// The files of the commit, by their path in the site, whoever signed. Pure.
Result<Deployed> files_of(const Deployment& deployment);
// The same, with the signature checked. Code::refused when none of the pinned keys made it.
Result<Deployed> prove(const Deployment& deployment);

}  // namespace aplomb::vendor

// The three texts between Debian's signature and a file: the release file names indexes by hash, an index
// names packages by hash, a package holds the files. Pure; all of it may come from an attacker until a hash
// above it fits.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace aplomb::vendor {

// Hashes of the indexes that a release file names ("SHA256:" section), those of Packages files alone.
std::set<Sha256> indexes_of_release(std::string_view release);

struct IndexedPackage {
  std::string name, version, architecture;
  bool operator==(const IndexedPackage&) const = default;
};
// What an index says of the packages in `wanted`, by the hash of the .deb.
std::map<Sha256, IndexedPackage> packages_of_index(std::string_view index, const std::set<Sha256>& wanted);

// The compressed tar of a package's files: the member data.tar.* of the ar archive. Code::corrupt when there
// is none.
Result<ByteView> data_of_deb(ByteView deb);

// "usr/share/dokuwiki/doku.php" is doku.php of the tree "dokuwiki"; nullopt for what no website is made of.
struct TreePlace {
  std::string tree, path;
};
std::optional<TreePlace> place_in_tree(std::string_view packaged_path);

// A signed text with nothing before or after it and nothing nested: one message, one signature.
bool is_one_clear_signed_message(std::string_view text);

}  // namespace aplomb::vendor

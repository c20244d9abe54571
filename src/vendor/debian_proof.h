// From a Debian package back to Debian's signature: gpgv checks the release file, its hashes the index, the
// index's hash the package, and then the package's own files are Debian's. Nothing that the guarded machine
// says is believed; it only keeps the bytes (vendor/apt_store.h). docs/decisions/0017.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "vendor/debian.h"

namespace aplomb::vendor {

// What kind of witness a kept file is, by the ending of its name.
enum class VoucherKind : uint8_t { release, index, package };
std::optional<VoucherKind> voucher_kind(std::string_view name);  // .InRelease, .Packages, .deb

// The files of one tree of one package, by their path in the tree: what a site that is this tree consists of.
struct PackagedTree {
  std::string product;  // "dokuwiki 0.0.20220731.a-2 (Debian)"
  std::vector<std::pair<std::string, Sha256>> files;
};

// $APLOMB_ARCHIVE_KEYRING, else the keyrings of Debian and Ubuntu that this machine has.
std::vector<std::string> archive_keyrings();

// The signed text. Code::refused when no key of the keyrings signed it, Code::not_found without gpgv.
Result<std::string> checked_release(ByteView in_release, const std::vector<std::string>& keyrings);

// The trees that hold anything a web server could run, or browsers. Opened in a confined child.
Result<std::vector<PackagedTree>> trees_of_package(ByteView deb, const IndexedPackage& package);

// Gathers vouchers in their order (releases, indexes, packages) and hands out what they prove.
class DebianProof {
 public:
  explicit DebianProof(std::vector<std::string> keyrings) : keyrings_(std::move(keyrings)) {}
  Status add_release(ByteView in_release);
  // False: no release that was checked names it.
  bool add_index(ByteView index, const std::set<Sha256>& packages);
  // Empty: no index that was checked names it.
  Result<std::vector<PackagedTree>> trees(ByteView deb, const Sha256& hash) const;

 private:
  std::vector<std::string> keyrings_;
  std::set<Sha256> indexes_;
  std::map<Sha256, IndexedPackage> packages_;
};

}  // namespace aplomb::vendor

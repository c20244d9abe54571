// What a publisher says of one package: the checksums of its files, by their path in the package. A publisher
// may build a version anew, so a path can have several. Pure values; where they come from stands next door.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace aplomb::vendor {

struct Md5Tag;
using Md5 = Id<Md5Tag, 16>;  // how far it counts: docs/decisions/0016
Md5 md5_of(ByteView content);

struct Sums {
  std::vector<Sha256> sha256;
  std::vector<Md5> md5;
  bool operator==(const Sums&) const = default;
};

using Listing = std::map<std::string, Sums>;

constexpr size_t kListedFilesMax = 200'000, kListedPathMax = 4096;

// Adds one file; false when its path is none, or there are too many.
bool add(Listing& listing, std::string path, Sums sums);
// What was published earlier, or later, under the same name stays published.
void merge(Listing& listing, const Listing& more);

void encode(ByteWriter& writer, const Listing& listing);
Result<Listing> decode_listing(ByteReader& reader);

}  // namespace aplomb::vendor

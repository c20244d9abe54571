// The checksum lists that WordPress.org publishes, as JSON, into a Listing. The answer is taken for hostile:
// it is read event by event, nothing but the sums is kept, and depth and counts have limits. Pure.
#pragma once

#include "vendor/listing.h"

namespace aplomb::vendor {

// {"checksums": {PATH: MD5}}; {"checksums": false}, which says "no such version", is an empty list.
Result<Listing> parse_core_checksums(ByteView json);
// {"files": {PATH: {"md5": SUM or [SUM…], "sha256": SUM or [SUM…]}}}
Result<Listing> parse_plugin_checksums(ByteView json);

}  // namespace aplomb::vendor

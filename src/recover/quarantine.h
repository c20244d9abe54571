// What recovery set aside: each item with its reason, its hash and its bytes, inert under a neutral name and
// readable by its owner alone. Nothing in here is ever executed or served; `release` writes one item where a
// person asks.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/finding.h"
#include "fs/fs.h"

namespace aplomb::recover {

struct QuarantineItem {
  std::string id;  // "20261124-3": recovery and number
  std::string site;
  Time time;
  std::string path;  // object path
  std::string kind;  // "file", "row", "schema"
  Reason reason;
  Sha256 hash;        // of the content
  uint32_t mode = 0;  // of a file
  uint64_t size = 0;
};

// Idempotent: the same id again replaces the item.
Status put(fs::Dir& site_state, const QuarantineItem& item, ByteView content);
Result<std::vector<QuarantineItem>> list(fs::Dir& site_state);
Result<QuarantineItem> find(fs::Dir& site_state, std::string_view id);
Result<Bytes> content(fs::Dir& site_state, const QuarantineItem& item);
// Writes the content into dir/name, which must not exist, without any right to execute.
Status release(fs::Dir& site_state, const QuarantineItem& item, fs::Dir& dir, const std::string& name);

}  // namespace aplomb::recover

// The pages of proven points, kept in clear beside the site's state, so that the citizens' copy needs no key
// and no vault. They are public pages; what matters is that they are the right ones, so each is checked
// against its hash when it is read. That finds damage, not root: whoever is root on the machine can write
// both.
//
//   continuity/0123456789ab/pages.json   {snapshot, captured_ns, pages: [{url_path, content_type, sha256,
//   file}]} continuity/0123456789ab/0001 …       their bodies; equal ones share a file
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "continuity/crawl.h"
#include "fs/fs.h"

namespace aplomb::continuity {

constexpr size_t kCopiesKept = 3;

// The caller has found the snapshot proven clean. Durable, and whole or absent after a crash. The three
// copies captured last stay, this one always among them. Without pages nothing changes: an older copy is
// better than none. Code::usage when `snapshot` is not at least 12 hexadecimal digits.
Status keep_pages(fs::Dir& site_state, const std::string& snapshot, Time captured,
                  const std::vector<CrawledPage>& pages);

struct KeptCopy {
  std::string snapshot;
  Time captured;
  std::vector<CrawledPage> pages;
  std::vector<std::string> warnings;  // pages that were dropped because they are not what was kept
};

// The copy captured last that has a good page left; with a prefix, of this snapshot only. nullopt when there
// is none.
Result<std::optional<KeptCopy>> load_copy(fs::Dir& site_state, std::string_view snapshot_prefix = {});

}  // namespace aplomb::continuity

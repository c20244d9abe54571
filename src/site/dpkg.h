// What the machine's package manager knows about a site's files: which package each belongs to, and the MD5
// that dpkg keeps of it. Also for a site that is a copy of a packaged tree (/usr/share/dokuwiki copied to
// /var/www): then files are matched by their path relative to the package's folder, once enough of them lie
// there to show that it is such a copy.
//
// These are facts, not proof: they come from the machine itself, whose root may be lost, and MD5 only says
// "the bytes that dpkg installed". The judge decides what they are worth.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fs/fs.h"

namespace aplomb::site {

struct PackageFile {
  std::string path;  // as dpkg writes it, without the leading slash: "usr/share/dokuwiki/doku.php"
  std::string md5;   // 32 hexadecimal digits, small
  bool operator==(const PackageFile&) const = default;
};

// A .md5sums file. Lines that are none are left out: one broken package must not hide the others.
std::vector<PackageFile> parse_md5sums(std::string_view text);
// A .list file: absolute paths, one a line.
std::vector<std::string> parse_file_list(std::string_view text);
// "dokuwiki" of "dokuwiki.md5sums", "libc6" of "libc6:amd64.list".
std::string package_of(std::string_view info_name);

struct VendorFile {
  std::string package;
  std::optional<std::string> md5;  // absent: the package owns the path, and dpkg kept no sum
  std::string package_path;        // the path in the package
  bool operator==(const VendorFile&) const = default;
};

// For the files `paths` (relative) of the site at `root`: those that dpkg knows. `info` is
// /var/lib/dpkg/info.
Result<std::map<std::string, VendorFile>> vendor_files(fs::Dir& info, const std::string& root,
                                                       const std::vector<std::string>& paths);

// name -> version of the installed packages, from /var/lib/dpkg/status.
std::map<std::string, std::string> parse_dpkg_status(std::string_view text);

}  // namespace aplomb::site

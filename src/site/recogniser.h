// What kind of website lies in a folder, and what follows from it: which files are caches, which are uploads,
// which are secret. The knowledge is data (share/recognisers/*.toml, one file a CMS); this reads and applies
// it. A site may hold several (a wiki below a CMS): the root and its first level of folders are looked at.
//
// The markers that recognise a CMS are PHP files of its core, never inert ones: an intruder who plants
// markers to have his folder taken for a cache plants unexplained code. And no rule makes PHP `generated`
// unless a recogniser names its compiled templates one by one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fs/fs.h"
#include "site/config.h"
#include "site/glob.h"

namespace aplomb::site {

// Files that the CMS makes by itself, below the folder where it was found.
struct GeneratedRule {
  Glob where;                    // "data/cache/**"
  std::vector<Glob> names;       // of the last component: "*.html"; not executable ones, whatever they say
  std::vector<Glob> executable;  // of the last component: compiled templates, "html_*.php"
};

struct Recogniser {
  std::string cms, title;
  std::vector<std::string> markers;  // all must be regular files; none: matches everything (plain)
  std::string version_file;
  std::string
      version_after;  // the text before it; a run of spaces fits any, or none; empty: the file's start
  std::vector<GeneratedRule> generated;
  std::vector<Glob> uploads, protected_files;
};

// The recognisers of a folder, plain last. Code::config for a broken file, naming its line.
Result<std::vector<Recogniser>> load_recognisers(fs::Fs& fs, const std::string& folder);
Result<Recogniser> parse_recogniser(std::string_view text, const std::string& file);

struct Component {
  std::string base;                 // "" or a folder of the root
  std::string cms, title, version;  // version is empty when it is not found
  bool operator==(const Component&) const = default;
};

// What was recognised, with all patterns relative to the root.
struct Recognised {
  std::string cms, version;           // of the root; "plain" when it is no known CMS
  std::vector<Component> components;  // the root's first, unless plain
  std::vector<GeneratedRule> generated;
  std::vector<Glob> uploads, protected_files;

  // Made by the CMS: may change at any time, is scanned, never restored.
  bool is_generated(std::string_view path) const;
  bool is_upload(std::string_view path) const { return any_matches(uploads, path); }
  bool is_protected(std::string_view path) const { return any_matches(protected_files, path); }
};

// A site's folder as far as recognising needs it: the live one, or one in a
// snapshot.
struct Places {
  std::function<bool(const std::string& path)> has_marker;   // a regular file that may be believed
  std::function<std::string(const std::string& path)> text;  // of a version file; "" when there is none
  std::vector<std::string> folders;                          // of the first level
};
Recognised recognise(const Places& places, const std::vector<Recogniser>& recognisers);
Result<Recognised> recognise(fs::Dir& root, const std::vector<Recogniser>& recognisers);
// Adds what the administrator calls generated; that may be executable, because he said so.
void add_configured(Recognised& recognised, const SiteConfig& site);

// What a web server may hand to an interpreter, by any extension of the name ("x.php.jpg"), or what changes
// how it does (.htaccess, .user.ini).
bool is_executable_name(std::string_view file_name);
// Reads a version such as 6.4.2-rc1 behind the text (at the start, when it is empty); "" when there is none.
std::string find_version(std::string_view text, std::string_view after);

}  // namespace aplomb::site

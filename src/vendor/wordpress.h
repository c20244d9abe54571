// Which package of WordPress.org a file would belong to: core, plugin, theme or translation, with the version
// that the snapshot's own files name. The snapshot's author may be the attacker: what is read here chooses
// what the publisher is asked, never what is believed. Pure.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aplomb::vendor {

enum class PackageKind : uint8_t { core, plugin, theme, core_language, plugin_language, theme_language };

struct Package {
  PackageKind kind = PackageKind::core;
  std::string folder;  // where its files lie in the snapshot; "" or an object path
  std::string slug;    // empty for the core
  std::string version, locale;
  auto operator<=>(const Package&) const = default;

  std::string key() const;    // the same for the same package on any site
  std::string title() const;  // "contact-form-7 5.9.3", "WordPress 6.4.3 (fr_FR)"
};

// Where to ask for it: a path below the publisher's address, and what comes back.
enum class AnswerForm : uint8_t { core_list, plugin_list, archive };
struct Question {
  std::string target;  // "/plugin-checksums/contact-form-7/5.9.3.json"
  AnswerForm form = AnswerForm::archive;
};
Question question_for(const Package& package);

// Files whose first bytes name a version: wp-includes/version.php, a theme's style.css, PHP files that may be
// a plugin's main one.
bool tells_version(std::string_view path);
constexpr size_t kHeadSize = 8192;  // WordPress reads no more of a header either

class WordPressSites {
 public:
  // `telling`: the object paths of a snapshot that tells_version() names. `head`: the first kHeadSize bytes
  // of one; read when needed.
  using Head = std::function<std::string(const std::string& path)>;
  WordPressSites(std::set<std::string> telling, Head head);

  // The packages that may have brought the file at this path, the likeliest first; with its path in each.
  struct Place {
    Package package;
    std::string path;
  };
  std::vector<Place> places_of(const std::string& path);
  bool empty() const { return bases_.empty(); }

 private:
  const std::string* base_of(const std::string& path) const;
  Package core_of(const std::string& base);
  std::string plugin_version(const std::string& folder, const std::string& slug);
  std::string header_version(const std::string& path, std::string_view name);
  void add_language(std::vector<Place>& places, const std::string& base, const std::string& rest);

  std::set<std::string> telling_;
  Head head_;
  std::set<std::string> bases_;
  std::map<std::string, Package> cores_;         // by base
  std::map<std::string, std::string> versions_;  // by folder
};

// What may stand in an address.
bool is_slug(std::string_view text);
bool is_version(std::string_view text);
bool is_locale(std::string_view text);

}  // namespace aplomb::vendor

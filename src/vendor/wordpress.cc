#include "vendor/wordpress.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "fs/fs.h"
#include "site/database_model.h"
#include "site/recogniser.h"

namespace aplomb::vendor {
namespace {

constexpr std::string_view kVersionFile = "wp-includes/version.php";
constexpr std::string_view kPlugins = "wp-content/plugins/", kThemes = "wp-content/themes/",
                           kLanguages = "wp-content/languages/";
constexpr size_t kMainFilesMax = 40;  // PHP files of a plugin's folder that are tried for its header

bool only_of(std::string_view text, std::string_view signs) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           signs.find(c) != std::string_view::npos;
  });
}

// One field of a header, as WordPress reads it (get_file_data): at the start of a line, behind signs of
// comments.
std::string header_field(std::string_view text, std::string_view field) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    size_t start = line.starts_with("<?php") ? 5 : 0;
    start = line.find_first_not_of(" \t/*#@", start);
    if (start == std::string_view::npos) continue;
    line.remove_prefix(start);
    if (line.size() <= field.size() || line[field.size()] != ':' ||
        site::fold_case(line.substr(0, field.size())) != site::fold_case(field))
      continue;
    line = line.substr(field.size() + 1);
    if (size_t close = line.find("*/"); close != std::string_view::npos) line = line.substr(0, close);
    if (std::string_view value = trim(line); !value.empty()) return std::string(value);
  }
  return "";
}

// The first component, and what follows it; nullopt when there is no folder.
std::optional<std::pair<std::string, std::string>> split_first(std::string_view path) {
  size_t slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  return std::pair(std::string(path.substr(0, slash)), std::string(path.substr(slash + 1)));
}

size_t place_of(std::string_view path, std::string_view part) {
  if (path.starts_with(part)) return 0;
  std::string inside = "/" + std::string(part);
  size_t at = path.find(inside);
  return at == std::string_view::npos ? at : at + 1;
}

}  // namespace

bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= 200 && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && only_of(text, "-_.");
}

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= 40 && only_of(text, "-_.+") && text.front() != '.' &&
         text.back() != '.' && text.find("..") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

bool is_locale(std::string_view text) {
  return text.size() >= 2 && text.size() <= 30 && only_of(text, "_") && text.front() >= 'a' &&
         text.front() <= 'z';
}

std::string Package::key() const {
  return std::to_string(static_cast<int>(kind)) + "/" + slug + "/" + version + "/" + locale;
}

std::string Package::title() const {
  bool core = kind == PackageKind::core || kind == PackageKind::core_language;
  bool language = kind == PackageKind::core_language || kind == PackageKind::plugin_language ||
                  kind == PackageKind::theme_language;
  std::string what = (core ? "WordPress" : slug) + " " + version;
  return language ? what + " (" + locale + ")" : what;
}

Question question_for(const Package& package) {
  const std::string &slug = package.slug, &version = package.version, &locale = package.locale;
  switch (package.kind) {
    case PackageKind::core:
      return {"/core/checksums/1.0/?version=" + version + "&locale=" + locale, AnswerForm::core_list};
    case PackageKind::plugin:
      return {"/plugin-checksums/" + slug + "/" + version + ".json", AnswerForm::plugin_list};
    case PackageKind::theme:
      return {"/theme/" + slug + "." + version + ".zip", AnswerForm::archive};
    case PackageKind::core_language:
      return {"/translation/core/" + version + "/" + locale + ".zip", AnswerForm::archive};
    case PackageKind::plugin_language:
      return {"/translation/plugin/" + slug + "/" + version + "/" + locale + ".zip", AnswerForm::archive};
    case PackageKind::theme_language:
      return {"/translation/theme/" + slug + "/" + version + "/" + locale + ".zip", AnswerForm::archive};
  }
  return {};
}

bool tells_version(std::string_view path) {
  if (place_of(path, kVersionFile) != std::string_view::npos && path.ends_with(kVersionFile)) return true;
  if (size_t at = place_of(path, kThemes); at != std::string_view::npos)
    if (auto split = split_first(path.substr(at + kThemes.size()))) return split->second == "style.css";
  size_t at = place_of(path, kPlugins);
  if (at == std::string_view::npos || !path.ends_with(".php")) return false;
  return std::ranges::count(path.substr(at + kPlugins.size()), '/') <= 1;
}

WordPressSites::WordPressSites(std::set<std::string> telling, Head head)
    : telling_(std::move(telling)), head_(std::move(head)) {
  for (const std::string& path : telling_)
    if (path == kVersionFile || path.ends_with("/" + std::string(kVersionFile)))
      bases_.insert(path.substr(0, path.size() - kVersionFile.size()));  // "" or ends in '/'
}

// The innermost WordPress around a path; nullptr when there is none.
const std::string* WordPressSites::base_of(const std::string& path) const {
  for (size_t end = path.size(); end > 0;) {
    size_t slash = path.rfind('/', end - 1);
    bool top = slash == std::string::npos;
    if (auto base = bases_.find(top ? "" : path.substr(0, slash + 1)); base != bases_.end()) return &*base;
    end = top ? 0 : slash;
  }
  return nullptr;
}

Package WordPressSites::core_of(const std::string& base) {
  auto [known, fresh] = cores_.try_emplace(base);
  if (!fresh) return known->second;
  Package& core = known->second;
  std::string text = head_(base + std::string(kVersionFile));
  core.folder = base.substr(0, base.empty() ? 0 : base.size() - 1);
  core.version = site::find_version(text, "$wp_version = '");
  core.locale = "en_US";
  constexpr std::string_view kPackage = "$wp_local_package = '";
  if (size_t at = text.find(kPackage); at != std::string::npos) {
    std::string_view rest = std::string_view(text).substr(at + kPackage.size());
    if (std::string_view locale = rest.substr(0, rest.find('\'')); is_locale(locale)) core.locale = locale;
  }
  return core;
}

std::string WordPressSites::header_version(const std::string& path, std::string_view name) {
  if (!telling_.contains(path)) return "";
  std::string head = head_(path);
  if (header_field(head, name).empty()) return "";
  std::string version = header_field(head, "Version");
  return is_version(version) ? version : "";
}

std::string WordPressSites::plugin_version(const std::string& folder, const std::string& slug) {
  auto [known, fresh] = versions_.try_emplace(folder);
  if (!fresh) return known->second;
  std::string& version = known->second;
  version = header_version(folder + "/" + slug + ".php", "Plugin Name");
  size_t tried = 0;
  const std::string prefix = folder + "/";
  for (auto file = telling_.lower_bound(prefix);
       version.empty() && file != telling_.end() && file->starts_with(prefix) && tried < kMainFilesMax;
       ++file, ++tried)
    version = header_version(*file, "Plugin Name");
  return version;
}

// wp-content/languages/[plugins/SLUG-|themes/SLUG-|admin-|…]LOCALE.l10n.php, .mo, .po
void WordPressSites::add_language(std::vector<Place>& places, const std::string& base,
                                  const std::string& rest) {
  std::string folder = base + std::string(kLanguages).substr(0, kLanguages.size() - 1), file = rest;
  Package package = core_of(base);
  package.kind = PackageKind::core_language;
  for (auto [sub, kind] :
       {std::pair("plugins", PackageKind::plugin_language), std::pair("themes", PackageKind::theme_language)})
    if (auto split = split_first(rest); split && split->first == sub) {
      package.kind = kind;
      folder += "/" + split->first;
      file = split->second;
    }
  size_t dot = file.find('.');
  if (file.find('/') != std::string::npos || dot == std::string::npos) return;
  std::string stem = file.substr(0, dot);  // "contact-form-7-fr_FR"
  size_t dash = stem.rfind('-');
  package.locale = dash == std::string::npos ? stem : stem.substr(dash + 1);
  package.folder = folder;
  if (!is_locale(package.locale)) return;
  if (package.kind != PackageKind::core_language) {
    if (dash == std::string::npos) return;
    package.slug = stem.substr(0, dash);
    bool plugin = package.kind == PackageKind::plugin_language;
    std::string home = base + std::string(plugin ? kPlugins : kThemes) + package.slug;
    package.version =
        plugin ? plugin_version(home, package.slug) : header_version(home + "/style.css", "Theme Name");
    if (!is_slug(package.slug)) return;
  }
  if (is_version(package.version)) places.push_back({package, file});
}

std::vector<WordPressSites::Place> WordPressSites::places_of(const std::string& path) {
  std::vector<Place> places;
  const std::string* found = base_of(path);
  if (!found) return places;
  const std::string& base = *found;
  std::string rest = path.substr(base.size());
  if (rest.starts_with(kPlugins)) {
    std::string below = rest.substr(kPlugins.size());
    Package plugin{PackageKind::plugin, base + std::string(kPlugins).substr(0, kPlugins.size() - 1), "", "",
                   ""};
    if (auto split = split_first(below)) {
      plugin.slug = split->first;
      plugin.folder += "/" + plugin.slug;
      plugin.version = plugin_version(plugin.folder, plugin.slug);
      below = split->second;
    } else if (below.ends_with(".php")) {
      plugin.slug = below == "hello.php" ? "hello-dolly" : below.substr(0, below.size() - 4);
      plugin.version = header_version(path, "Plugin Name");
    }
    if (is_slug(plugin.slug) && is_version(plugin.version)) places.push_back({plugin, below});
  } else if (rest.starts_with(kThemes)) {
    if (auto split = split_first(std::string_view(rest).substr(kThemes.size()))) {
      Package theme{PackageKind::theme, base + std::string(kThemes) + split->first, split->first, "", ""};
      auto [known, fresh] = versions_.try_emplace(theme.folder);
      if (fresh) known->second = header_version(theme.folder + "/style.css", "Theme Name");
      theme.version = known->second;
      if (is_slug(theme.slug) && is_version(theme.version)) places.push_back({theme, split->second});
    }
  } else if (rest.starts_with(kLanguages)) {
    add_language(places, base, rest.substr(kLanguages.size()));
  }
  // The core brings a few plugins and themes along.
  Package core = core_of(base);
  if (is_version(core.version)) places.push_back({core, rest});
  return places;
}

}  // namespace aplomb::vendor

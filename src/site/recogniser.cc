#include "site/recogniser.h"

#include <algorithm>
#include <array>

#include "base/messages.h"
#include "site/database_model.h"
#include "site/toml_document.h"

namespace aplomb::site {
namespace {

constexpr uint64_t kRecogniserMax = 256 << 10, kVersionFileMax = 1 << 20;
constexpr size_t kVersionLength = 40, kFoldersMax = 500;

std::string_view last_component(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Result<GeneratedRule> parse_rule(TomlTable& table) {
  std::string where = TRY(table.text("where"));
  Result<Glob> glob = Glob::parse(where);
  if (!glob) return fail(table.error("where", glob.error().what));
  GeneratedRule rule{std::move(*glob), {}, {}};
  rule.names = TRY(table.globs("names"));
  rule.executable = TRY(table.globs("executable"));
  TRY(table.finish());
  return rule;
}

bool matches_rule(const GeneratedRule& rule, std::string_view path) {
  if (!rule.where.matches(path)) return false;
  std::string_view name = last_component(path);
  return is_executable_name(name) ? any_matches(rule.executable, name) : any_matches(rule.names, name);
}

bool has_markers(const Places& places, const std::string& base, const Recogniser& recogniser) {
  return std::ranges::all_of(recogniser.markers, [&](const std::string& marker) {
    return places.has_marker(fs::join_path(base, marker));
  });
}

Glob below(const std::string& base, const Glob& glob) {
  if (base.empty()) return glob;
  Result<Glob> joined = Glob::parse(base + "/" + glob.pattern());
  return joined ? std::move(*joined) : glob;
}

void add_component(Recognised& found, const Places& places, const std::string& base,
                   const Recogniser& recogniser) {
  Component component{base, recogniser.cms, recogniser.title, ""};
  if (!recogniser.version_file.empty())
    component.version =
        find_version(places.text(fs::join_path(base, recogniser.version_file)), recogniser.version_after);
  found.components.push_back(std::move(component));
  for (const GeneratedRule& rule : recogniser.generated)
    found.generated.push_back({below(base, rule.where), rule.names, rule.executable});
  for (const Glob& glob : recogniser.uploads) found.uploads.push_back(below(base, glob));
  for (const Glob& glob : recogniser.protected_files) found.protected_files.push_back(below(base, glob));
}

// A folder's name that a pattern would take for more than itself is not looked into: its owner chose it.
bool plain_name(std::string_view name) {
  return name.find_first_of("*?") == std::string_view::npos && name.size() < 256;
}

}  // namespace

bool is_executable_name(std::string_view file_name) {
  // PHP under any extension of the name (Apache's AddHandler); the others only under the last, because
  // "page.pl.html" is a page in Polish.
  static constexpr auto anywhere = std::to_array<std::string_view>({"phtml", "pht", "phar", "phps", "shtml"});
  static constexpr auto last =
      std::to_array<std::string_view>({"inc", "module", "cgi", "fcgi", "pl", "py", "rb", "sh", "bash", "asp",
                                       "aspx", "jsp", "jspx", "cfm", "shtm", "stm", "so", "exe", "lua"});
  std::string name = fold_case(file_name);
  while (!name.empty() && (name.back() == ' ' || name.back() == '~' || name.back() == '.')) name.pop_back();
  if (name.starts_with(".ht") || name == ".user.ini" || name == "php.ini" || name == "web.config")
    return true;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    std::string_view extension = std::string_view(name).substr(dot + 1);
    bool is_last = extension.find('.') == std::string_view::npos;
    extension = extension.substr(0, extension.find('.'));
    if (std::ranges::find(anywhere, extension) != anywhere.end()) return true;
    if (is_last && std::ranges::find(last, extension) != last.end()) return true;
    // php, php3 … php8, and whatever a next version will be called.
    if (extension.starts_with("php") &&
        extension.find_first_not_of("0123456789", 3) == std::string_view::npos)
      return true;
  }
  return false;
}

std::string find_version(std::string_view text, std::string_view after) {
  auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  auto fits = [](char c) {
    return fold_case({&c, 1}).find_first_of("abcdefghijklmnopqrstuvwxyz0123456789.+-_") == 0;
  };
  if (after.empty()) {  // the file starts with it
    size_t length = 0;
    while (length < text.size() && length < kVersionLength && fits(text[length])) ++length;
    return std::string(text.substr(0, length));
  }
  if (is_space(after.front())) return {};
  for (size_t begin = text.find(after.front()); begin != std::string_view::npos;
       begin = text.find(after.front(), begin + 1)) {
    size_t i = begin, k = 0;
    while (k < after.size()) {
      if (is_space(after[k])) {
        while (k < after.size() && is_space(after[k])) ++k;
        // At most 64, so that a hostile file of spaces costs no more than its size.
        for (size_t n = 0; n < 64 && i < text.size() && is_space(text[i]); ++n) ++i;
      } else if (i < text.size() && text[i] == after[k]) {
        ++i, ++k;
      } else {
        break;
      }
    }
    if (k < after.size()) continue;
    size_t length = 0;
    while (i + length < text.size() && length < kVersionLength && fits(text[i + length])) ++length;
    if (length > 0) return std::string(text.substr(i, length));
  }
  return {};
}

Result<Recogniser> parse_recogniser(std::string_view text, const std::string& file) {
  TomlTable table = TRY(TomlTable::parse(text, file));
  Recogniser recogniser;
  recogniser.cms = TRY(table.text("cms"));
  if (!is_site_name(recogniser.cms))
    return fail(table.error("cms", tr("the name \"{}\" cannot be used", recogniser.cms)));
  recogniser.title = TRY(table.text("title", recogniser.cms));
  recogniser.markers = TRY(table.texts("markers"));
  for (const std::string& marker : recogniser.markers)
    if (!is_executable_name(last_component(marker)))
      return fail(
          table.error("markers", tr("the marker {} is not a PHP file: anyone could plant it", marker)));
  recogniser.version_file = TRY(table.text("version_file"));
  recogniser.version_after = TRY(table.text("version_after"));
  recogniser.uploads = TRY(table.globs("uploads"));
  recogniser.protected_files = TRY(table.globs("protected"));
  std::vector<TomlTable> rules = TRY(table.tables("generated"));
  for (TomlTable& rule : rules) recogniser.generated.push_back(TRY(parse_rule(rule)));
  TRY(table.finish());
  return recogniser;
}

Result<std::vector<Recogniser>> load_recognisers(fs::Fs& fs, const std::string& folder) {
  Result<std::unique_ptr<fs::Dir>> dir = fs.open_dir(folder);
  if (!dir)
    return fail(make_error(Code::config, tr("the data files of Aplomb are missing"))
                    .at(folder)
                    .then(tr("install the package aplomb again")));
  std::vector<Recogniser> result;
  for (const fs::Entry& entry : TRY((*dir)->list())) {
    if (!entry.name.ends_with(".toml")) continue;
    Bytes text = TRY(fs::read_file(**dir, entry.name, kRecogniserMax));
    result.push_back(TRY(parse_recogniser(as_text(text), folder + "/" + entry.name)));
  }
  std::ranges::stable_partition(result,
                                [](const Recogniser& recogniser) { return !recogniser.markers.empty(); });
  return result;
}

bool Recognised::is_generated(std::string_view path) const {
  // Emptying a cache must never cost a visitor's file or a database, whatever its folder is called.
  std::string_view file = path.substr(path.rfind('/') + 1);
  for (std::string_view end : {".db", ".sqlite", ".sqlite3"})
    if (file.ends_with(end)) return false;
  if (is_upload(path)) return false;
  return std::ranges::any_of(generated, [&](const GeneratedRule& rule) { return matches_rule(rule, path); });
}

Recognised recognise(const Places& places, const std::vector<Recogniser>& recognisers) {
  Recognised found;
  found.cms = "plain";
  for (const Recogniser& recogniser : recognisers) {
    if (!has_markers(places, "", recogniser)) continue;
    // The plain rules hold everywhere, besides what a CMS knows better.
    bool plain = recogniser.markers.empty();
    if (!plain && !found.components.empty()) continue;
    add_component(found, places, "", recogniser);
    if (plain) {
      found.components.pop_back();
    } else {
      found.cms = recogniser.cms;
      found.version = found.components.back().version;
    }
  }
  size_t looked = 0;
  for (const std::string& folder : places.folders) {
    if (!plain_name(folder) || ++looked > kFoldersMax) continue;
    for (const Recogniser& recogniser : recognisers)
      if (!recogniser.markers.empty() && has_markers(places, folder, recogniser)) {
        add_component(found, places, folder, recogniser);
        break;
      }
  }
  return found;
}

Result<Recognised> recognise(fs::Dir& root, const std::vector<Recogniser>& recognisers) {
  Places places;
  places.has_marker = [&root](const std::string& path) {
    Result<fs::Stat> stat = root.stat(path);
    return stat && stat->type == fs::FileType::regular;
  };
  places.text = [&root](const std::string& path) {
    Result<Bytes> text = fs::read_file(root, path, kVersionFileMax);
    return text ? std::string(as_text(*text)) : std::string();
  };
  for (const fs::Entry& entry : TRY(root.list()))
    if (entry.type == fs::FileType::directory) places.folders.push_back(entry.name);
  return recognise(places, recognisers);
}

void add_configured(Recognised& recognised, const SiteConfig& site) {
  Glob any = *Glob::parse("**");
  for (const Glob& where : site.generated) {
    recognised.generated.push_back({where, {any}, {any}});
    if (Result<Glob> beneath = Glob::parse(where.pattern() + (where.pattern().ends_with('/') ? "**" : "/**")))
      recognised.generated.push_back({std::move(*beneath), {any}, {any}});
  }
}

}  // namespace aplomb::site

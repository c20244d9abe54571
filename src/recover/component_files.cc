#include "recover/component_files.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "scan/name_class.h"

namespace aplomb::recover {
namespace {

// Folders of a component that hold what its code shows, and no code themselves.
constexpr auto kShown = std::to_array<std::string_view>(
    {"css",      "style",  "styles", "theme",      "themes",   "template", "templates", "tpl",
     "tpls",     "skin",   "skins",  "view",       "views",    "layout",   "layouts",   "partial",
     "partials", "assets", "static", "squelettes", "gabarits", "modeles"});

bool runs(const std::string& path) {
  scan::Kind kind = scan::classify_name(path).kind;
  return kind == scan::Kind::php || kind == scan::Kind::javascript || kind == scan::Kind::script;
}

class Finder {
 public:
  Finder(const Listing& clean, const Listing& now, const judge::Judgement& judgement, const ReadHead& head)
      : clean_(clean), now_(now), judgement_(judgement), head_(head) {
    for (const judge::Identity& identity : judgement.to_approve) objects_.insert(identity.path);
    for (const std::string& path : judgement.generated) objects_.insert(path);
    // Code of the clean point is approved code, or a vendor's: nothing in it is
    // unexplained.
    for (const auto& [path, node] : clean)
      if (node.is_file() && runs(path)) code_folders_.insert(fs::split_path(path).first);
  }

  std::set<std::string> run() const {
    std::set<std::string> found;
    for (const auto& [path, node] : clean_)
      if (node.is_file() && !objects_.contains(path) && changed(path, node) && beside_code(path) &&
          !judgement_.recognised.is_upload(path) && shows(path, node))
        found.insert(path);
    return found;
  }

 private:
  bool changed(const std::string& path, const vault::Node& node) const {
    auto now = now_.find(path);
    return now == now_.end() || !now->second.is_file() || now->second.hash != node.hash;
  }

  bool beside_code(const std::string& path) const {
    std::string folder = fs::split_path(path).first;
    if (code_folders_.contains(folder)) return true;
    auto [parent, name] = fs::split_path(folder);
    bool shown = std::ranges::find(kShown, lower(name)) != kShown.end();
    return !folder.empty() && shown && code_folders_.contains(parent);
  }

  bool shows(const std::string& path, const vault::Node& node) const {
    scan::Kind kind = scan::classify_name(path).kind;
    if (kind == scan::Kind::style || kind == scan::Kind::svg || kind == scan::Kind::template_text)
      return true;
    std::string extension = scan::extension(path);
    if (extension == "xsl" || extension == "xslt" || extension == "less" || extension == "scss") return true;
    return kind == scan::Kind::html && !is_whole_page(head_(path, node));
  }

  const Listing &clean_, &now_;
  const judge::Judgement& judgement_;
  const ReadHead& head_;
  std::set<std::string> objects_, code_folders_;
};

}  // namespace

bool is_whole_page(std::string_view text) {
  std::string small = lower(text);
  auto has = [&](std::string_view part) { return small.find(part) != std::string::npos; };
  if (!has("<html") && !has("<!doctype")) return false;
  for (std::string_view blank :
       {"{{", "{%", "{$", "[[", "<%", "<?", "%s", "@@", "##", "<tmpl", "<txp:", "#titre"})
    if (has(blank)) return false;
  return true;
}

std::set<std::string> changed_component_files(const Listing& clean, const Listing& now,
                                              const judge::Judgement& clean_judgement, const ReadHead& head) {
  return Finder(clean, now, clean_judgement, head).run();
}

}  // namespace aplomb::recover

#include "scan/context.h"

#include <algorithm>

#include "base/messages.h"
#include "scan/report_builder.h"

namespace aplomb::scan {
namespace {

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at <= path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    if (end > at) out.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// `*` stands for one whole component; the pattern matches any run of whole components in the folder.
bool holds_folder(const std::vector<std::string_view>& folder, std::string_view pattern) {
  std::vector<std::string_view> wanted = components(pattern);
  if (wanted.empty() || wanted.size() > folder.size()) return false;
  for (size_t at = 0; at + wanted.size() <= folder.size(); ++at) {
    bool all = true;
    for (size_t i = 0; i < wanted.size() && all; ++i) all = wanted[i] == "*" || wanted[i] == folder[at + i];
    if (all) return true;
  }
  return false;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Below these, "images" or "media" is a part of a program ("includes/media" of MediaWiki handles pictures).
bool is_program_folder(std::string_view name) {
  return is_one_of(name, {"includes",     "inc",         "lib",      "libs",      "library", "libraries",
                          "src",          "vendor",      "app",      "classes",   "plugins", "modules",
                          "extensions",   "skins",       "themes",   "templates", "tests",   "test",
                          "node_modules", "wp-includes", "wp-admin", "program",   "core",    "components",
                          "maintenance",  "resources",   "doc",      "docs",      "system",  "administrator",
                          "config"});
}

bool is_site_folder(std::string_view name) {
  return is_one_of(name, {"www", "html", "htdocs", "public", "public_html", "web", "webroot", "httpdocs",
                          "docroot", "wp-content", "storage"});
}

// The file calls itself something that no server executes, and it is not a text that quotes code.
bool claims_to_be_passive(Kind kind) {
  return is_passive(kind) || kind == Kind::style || kind == Kind::database;
}

bool is_tool_settings(std::string_view file) {
  return file.starts_with(".php-cs-fixer") || file.starts_with(".twig-cs-fixer") ||
         file.starts_with(".phpstan") || file.starts_with(".php_cs") || file == ".phpstorm.meta.php" ||
         file == ".phpunit.result.cache.php";
}

class Judge {
 public:
  Judge(std::string_view path, uint32_t mode, const FileReport& report, const Context& context)
      : path_(path),
        mode_(mode),
        name_(classify_name(path)),
        report_(report),
        uploads_(in_upload_folder(path, context)) {}

  std::vector<Finding> run() {
    bool acts = report_.facts.holds_php && !report_.facts.does_nothing;
    if (uploads_ && report_.kind == Kind::php && acts)
      add("context-php-in-uploads", tr_later("PHP code in a folder for uploads, where only content belongs"));
    if (uploads_ && (report_.kind == Kind::script || report_.kind == Kind::elf) &&
        name_.system == SystemFile::none)
      add("context-program-in-uploads",
          tr_later("a program in a folder for uploads, where only content belongs"));
    if (uploads_ && report_.kind == Kind::svg && report_.facts.holds_script)
      add("context-script-in-uploads", tr_later("a drawing that carries a script, in a folder for uploads"));
    if (report_.facts.holds_php && !name_.runs_php && claims_to_be_passive(name_.kind) && name_.known)
      add("context-code-in-content", tr_later("PHP code inside a file that calls itself content"));
    if (report_.kind == Kind::text && report_.facts.starts_as_php && uploads_)
      add("context-code-in-content", tr_later("PHP code under the name of a text, in a folder for uploads"));
    if (report_.kind == Kind::elf && name_.known && name_.kind != Kind::elf)
      add("context-program-in-content", tr_later("a program that calls itself something else"));
    disguise(acts);
    if (name_.hidden && report_.kind == Kind::php && acts && !is_tool_settings(file_name(path_)))
      add("context-hidden-php", tr_later("PHP code in a hidden file"));
    if ((mode_ & 06000) != 0 && (report_.kind == Kind::elf || report_.kind == Kind::script))
      add("context-set-user-id",
          tr_later("a program that runs with the rights of its owner, whoever starts it"));
    return findings_.take();
  }

 private:
  void disguise(bool acts) {
    if (name_.disguise == Disguise::code_as_content)
      add("context-double-extension", tr_later("a name with two extensions: some servers execute it as PHP"));
    if (name_.disguise == Disguise::content_as_code && acts)
      add("context-double-extension", tr_later("PHP code whose name looks like a picture's"));
  }

  void add(std::string_view rule, const char* message) {
    findings_.add(Level::suspicious, rule, message, {}, 0);
  }

  std::string_view path_;
  uint32_t mode_;
  NameClass name_;
  const FileReport& report_;
  bool uploads_;
  ReportBuilder findings_;
};

}  // namespace

bool in_upload_folder(std::string_view path, const Context& context) {
  std::vector<std::string_view> folder = components(path);
  if (!folder.empty()) folder.pop_back();
  for (const std::string& pattern : context.upload_folders)
    if (holds_folder(folder, pattern)) return true;
  bool in_program = false;
  for (size_t i = 0; i < folder.size(); ++i) {
    std::string_view part = folder[i];
    if (is_one_of(part, {"uploads", "upload"}) && !in_program) return true;
    // Deeper down these names are parts of programs too: only near the top, or where a site begins.
    bool is_near = i <= 1 || is_site_folder(folder[i - 1]) || (i >= 2 && folder[i - 2] == "sites");
    if (is_near && is_one_of(part, {"files", "media", "images", "img", "documents", "IMG"}) && !in_program)
      return true;
    in_program = in_program || is_program_folder(part);
  }
  return false;
}

std::vector<Finding> judge_context(std::string_view path, uint32_t mode, const FileReport& report,
                                   const Context& context) {
  return Judge(path, mode, report, context).run();
}

}  // namespace aplomb::scan

#include "scan/server_config.h"

#include <algorithm>
#include <array>

#include "base/messages.h"
#include "base/text.h"
#include "scan/name_class.h"
#include "scan/prepend.h"
#include "scan/web_address.h"

namespace aplomb::scan {
namespace {

constexpr size_t kDirectivesMax = 20'000, kArgumentsMax = 64, kMappingsMax = 128;

bool is_php_handler(std::string_view handler) {
  std::string text = lower(handler);
  if (text.ends_with("-source")) return false;  // shows the code, does not run it
  return text.find("x-httpd-php") != std::string::npos || text.find("php-script") != std::string::npos ||
         text.find("php-fcgi") != std::string::npos || text.find("fpm") != std::string::npos ||
         text.find("lsphp") != std::string::npos || text.find("x-lsphp") != std::string::npos;
}

// The words of a file pattern that are extensions of files: of "\.(jpg|png)$", jpg and png.
std::vector<std::string> extensions_in(std::string_view pattern) {
  std::vector<std::string> words;
  std::string word, text = lower(pattern) + ' ';
  for (char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      word.push_back(c);
      continue;
    }
    if (kind_of_extension(word) != Kind::data) words.push_back(word);
    word.clear();
  }
  return words;
}

bool matches_code(std::string_view pattern) {
  std::string text = lower(pattern);
  return text.find("php") != std::string::npos || text.find("ph(") != std::string::npos ||
         text.find("ph[") != std::string::npos || text == "*" || text == ".*" || text == "^.*$" ||
         text == "\\..*$";
}

bool is_whole_name(std::string_view pattern) {
  return pattern.find_first_of("*?[]()|^$\\+~") == std::string_view::npos;
}

struct Section {
  std::string name;  // "files", "filesmatch", "limit", "ifmodule" …
  std::string pattern;
};

class Detector {
 public:
  explicit Detector(ReportBuilder& report) : report_(report) {}

  ServerConfig run(std::string_view text) {
    for (const Directive& directive : parse_directives(text)) look(directive);
    if (denies_code_ && allowed_names_ >= 3)
      report_.add(
          Level::suspicious, "server-only-these-run",
          tr_later(
              "PHP is denied except for a list of {} names: intruders keep others, and the owner, out so"),
          {std::to_string(allowed_names_)}, allowed_line_);
    return std::move(config_);
  }

 private:
  void look(const Directive& d) {
    if (d.name.starts_with("</")) {
      if (!sections_.empty()) sections_.pop_back();
    } else if (d.name.starts_with('<')) {
      open_section(d);
    } else if (d.name == "addhandler" || d.name == "addtype") {
      add_handler(d);
    } else if (d.name == "sethandler" || d.name == "forcetype") {
      set_handler(d);
    } else if (d.name == "php_value" || d.name == "php_admin_value") {
      php_value(d);
    } else if (d.name == "php_flag" || d.name == "php_admin_flag") {
      php_flag(d);
    } else if (d.name == "errordocument") {
      error_document(d);
    } else if (d.name == "options") {
      options(d);
    } else if (d.name == "rewritecond") {
      conditions_.push_back(d);
    } else if (d.name == "rewriterule") {
      rewrite(d);
      conditions_.clear();
    } else {
      access(d);
    }
  }

  void open_section(const Directive& d) {
    Section section{d.name.substr(1), ""};
    for (const std::string& argument : d.arguments)
      if (argument != "~") section.pattern = argument;
    if (sections_.size() < 64) sections_.push_back(std::move(section));
  }

  // The innermost Files or FilesMatch around, or nothing.
  const Section* files() const {
    for (size_t i = sections_.size(); i-- > 0;)
      if (sections_[i].name == "files" || sections_[i].name == "filesmatch") return &sections_[i];
    return nullptr;
  }

  void maps_to_php(const std::string& extension, uint32_t line) {
    if (config_.handlers.php_extensions.size() >= kMappingsMax) return;
    NameClass usual = classify_name("x." + extension);
    if (usual.runs_php || usual.may_be_php) return;
    config_.handlers.add({{extension}, {}, false});
    bool passive = is_passive(usual.kind);
    report_.add(passive ? Level::malicious : Level::suspicious, "server-runs-content-as-php",
                passive ? tr_later("files that end in .{} are content, and are given to PHP to execute here")
                        : tr_later("files that end in .{} are given to PHP to execute here"),
                {extension}, line);
  }

  void add_handler(const Directive& d) {
    if (d.arguments.empty()) return;
    bool cgi = lower(d.arguments[0]) == "cgi-script";
    if (!cgi && !is_php_handler(d.arguments[0])) return;
    for (size_t i = 1; i < d.arguments.size(); ++i) {
      std::string_view extension = d.arguments[i];
      if (extension.starts_with('.')) extension.remove_prefix(1);
      if (cgi)
        cgi_extension(lower(extension), d.line);
      else
        maps_to_php(lower(extension), d.line);
    }
  }

  void cgi_extension(const std::string& extension, uint32_t line) {
    Kind kind = kind_of_extension(extension);
    if (kind == Kind::script || kind == Kind::php) return;
    report_.add(Level::suspicious, "server-runs-content-as-program",
                tr_later("files that end in .{} are executed as programs here"), {extension}, line);
  }

  void set_handler(const Directive& d) {
    if (d.arguments.empty()) return;
    if (!is_php_handler(d.arguments[0])) {
      std::string handler = lower(d.arguments[0]);
      if (handler == "none" || handler == "default-handler" || handler == "text/plain")
        config_.protects = true;
      return;
    }
    const Section* section = files();
    if (section == nullptr) {
      bool conditional = std::any_of(sections_.begin(), sections_.end(), [](const Section& s) {
        return s.name == "location" || s.name == "locationmatch" || s.name == "directory" || s.name == "if";
      });
      if (conditional) return;
      config_.handlers.all_files = true;
      report_.add(Level::suspicious, "server-runs-everything-as-php",
                  tr_later("every file of this folder is given to PHP to execute"), {}, d.line);
    } else if (is_whole_name(section->pattern)) {
      if (classify_name(section->pattern).runs_php) return;
      if (config_.handlers.php_names.size() < kMappingsMax)
        config_.handlers.add({{}, {section->pattern}, false});
      bool passive = is_passive(classify_name(section->pattern).kind);
      report_.add(passive ? Level::malicious : Level::suspicious, "server-runs-content-as-php",
                  tr_later("the file {} is given to PHP to execute"), {section->pattern}, d.line);
    } else {
      for (const std::string& extension : extensions_in(section->pattern)) maps_to_php(extension, d.line);
    }
  }

  void php_value(const Directive& d) {
    if (d.arguments.size() < 2) return;
    std::string name = lower(d.arguments[0]);
    if (name == "auto_prepend_file" || name == "auto_append_file")
      judge_prepended_file(name, d.arguments[1], d.line, report_);
    if (name == "engine") php_flag(d);
  }

  void php_flag(const Directive& d) {
    if (d.arguments.size() < 2) return;
    std::string name = lower(d.arguments[0]), value = lower(d.arguments[1]);
    bool on = value == "on" || value == "1" || value == "true";
    if (name == "engine" && !on) config_.protects = true;
    if (name == "allow_url_include" && on)
      report_.add(Level::suspicious, "php-remote-include",
                  tr_later("PHP is allowed to execute code from other hosts"), {}, d.line);
  }

  void error_document(const Directive& d) {
    if (d.arguments.size() < 2) return;
    std::string host = foreign_host(d.arguments[1]);
    if (!host.empty())
      report_.add(Level::suspicious, "server-error-page-elsewhere",
                  tr_later("visitors who meet an error are sent to {}"), {host}, d.line);
  }

  void options(const Directive& d) {
    for (const std::string& argument : d.arguments) {
      std::string option = lower(argument);
      if (option == "-execcgi") config_.protects = true;
      if (option == "+execcgi" || option == "execcgi")
        report_.add(Level::suspicious, "server-allows-programs",
                    tr_later("programs may be executed in this folder"), {}, d.line);
    }
  }

  // Whoever comes from a search engine, or with a telephone, is led away; the owner sees nothing.
  void rewrite(const Directive& d) {
    if (d.arguments.size() < 2) return;
    bool denies = d.arguments.size() > 2 && lower(d.arguments[2]).find("f") == 1 && d.arguments[1] == "-";
    if (denies && matches_code(d.arguments[0])) config_.protects = true;
    if (d.arguments[1].find("%{") != std::string::npos && d.arguments[1].find("%{") < 10)
      return;  // its own host
    std::string host = foreign_host(d.arguments[1]);
    if (host.empty()) return;
    for (const Directive& condition : conditions_) {
      if (condition.arguments.size() < 2 || condition.arguments[1].starts_with('!')) continue;
      std::string asked = lower(condition.arguments[0]), pattern = lower(condition.arguments[1]);
      bool referrer = asked.find("http_referer") != std::string::npos;
      bool agent = asked.find("http_user_agent") != std::string::npos;
      if (!referrer && !agent) continue;
      bool by_search =
          referrer &&
          (pattern.find("google") != std::string::npos || pattern.find("bing") != std::string::npos ||
           pattern.find("yahoo") != std::string::npos || pattern.find("yandex") != std::string::npos);
      if (by_search)
        report_.add(Level::malicious, "server-search-redirect",
                    tr_later("sends only those visitors who come from a search engine to {}"), {host},
                    d.line);
      else
        report_.add(Level::suspicious, "server-conditional-redirect",
                    tr_later("sends some visitors to {}, depending on where they come from or what they use"),
                    {host}, d.line);
      return;
    }
  }

  void access(const Directive& d) {
    bool denies = (d.name == "deny" && d.arguments.size() >= 2 && lower(d.arguments[1]) == "all") ||
                  (d.name == "require" && d.arguments.size() >= 2 && lower(d.arguments[1]) == "denied");
    bool allows = (d.name == "allow" && d.arguments.size() >= 2 && lower(d.arguments[1]) == "all") ||
                  (d.name == "require" && d.arguments.size() >= 2 && lower(d.arguments[1]) == "granted");
    const Section* section = files();
    if (denies && (section == nullptr || matches_code(section->pattern))) {
      config_.protects = true;
      denies_code_ = denies_code_ || (section != nullptr && section->name == "filesmatch");
    }
    if (!allows || section == nullptr) return;
    size_t names = 0;
    for (size_t at = section->pattern.find("php"); at != std::string::npos;
         at = section->pattern.find("php", at + 3))
      ++names;
    if (names > allowed_names_) {
      allowed_names_ = names;
      allowed_line_ = d.line;
    }
  }

  ReportBuilder& report_;
  ServerConfig config_;
  std::vector<Section> sections_;
  std::vector<Directive> conditions_;
  bool denies_code_ = false;
  size_t allowed_names_ = 0;
  uint32_t allowed_line_ = 0;
};

std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size() && out.size() < kArgumentsMax;) {
    at = text.find_first_not_of(" \t\r", at);
    if (at == std::string_view::npos) break;
    char quote = text[at] == '"' || text[at] == '\'' ? text[at] : '\0';
    size_t begin = quote ? at + 1 : at;
    size_t end = quote ? text.find(quote, begin) : text.find_first_of(" \t\r", begin);
    end = std::min(end, text.size());
    out.emplace_back(text.substr(begin, end - begin));
    at = end + (quote ? 1 : 0);
  }
  return out;
}

}  // namespace

std::vector<Directive> parse_directives(std::string_view text) {
  std::vector<Directive> out;
  uint32_t line = 0, first_line = 0;
  std::string joined;
  for (size_t at = 0; at < text.size() && out.size() < kDirectivesMax;) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view piece = text.substr(at, end - at);
    at = end + 1;
    ++line;
    if (joined.empty()) first_line = line;
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    bool goes_on = piece.ends_with('\\');
    if (goes_on) piece.remove_suffix(1);
    joined += piece;
    if (goes_on && at < text.size()) {
      joined += ' ';
      continue;
    }
    std::vector<std::string> words = split_arguments(joined);
    joined.clear();
    if (words.empty() || words[0].starts_with('#')) continue;
    if (words.back().ends_with('>') && words[0].starts_with('<')) words.back().pop_back();
    Directive& directive = out.emplace_back();
    directive.name = lower(words[0]);
    directive.line = first_line;
    if (directive.name.ends_with('>')) directive.name.pop_back();
    for (size_t i = 1; i < words.size(); ++i)
      if (!words[i].empty()) directive.arguments.push_back(std::move(words[i]));
  }
  return out;
}

ServerConfig analyse_server_config(std::string_view text, ReportBuilder& report) {
  return Detector(report).run(text);
}

Handlers handlers_of(std::string_view htaccess) {
  ReportBuilder unread;
  return analyse_server_config(htaccess, unread).handlers;
}

bool protects(std::string_view htaccess) {
  ReportBuilder unread;
  return analyse_server_config(htaccess, unread).protects;
}

}  // namespace aplomb::scan

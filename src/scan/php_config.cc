#include "scan/php_config.h"

#include <functional>

#include "base/messages.h"
#include "base/text.h"
#include "scan/name_class.h"
#include "scan/prepend.h"

namespace aplomb::scan {
namespace {

// A site's own php.ini with a few lines that empties a fence is not the distribution's of two thousand lines,
// where most settings stand empty.
constexpr size_t kOwnFileMax = 4096;

std::string_view unquote(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'')) {
    size_t end = value.find(value.front(), 1);
    return value.substr(1, end == std::string_view::npos ? end : end - 1);
  }
  return trim(value.substr(0, value.find(';')));
}

using Setting = std::function<void(const std::string& name, std::string_view value, uint32_t line)>;

void for_each_setting(std::string_view text, const Setting& body) {
  uint32_t line = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view row = trim(text.substr(at, end - at));
    at = end + 1;
    ++line;
    size_t equals = row.find('=');
    if (row.empty() || row[0] == ';' || row[0] == '#' || row[0] == '[' || equals == std::string_view::npos)
      continue;
    body(lower(trim(row.substr(0, equals))), unquote(trim(row.substr(equals + 1))), line);
  }
}

bool is_on(std::string_view value) {
  std::string text = lower(value);
  return text == "on" || text == "1" || text == "yes" || text == "true";
}

void judge_extension(std::string_view path, uint32_t line, ReportBuilder& report) {
  if (path.empty() || path.front() != '/' || path.starts_with("/usr/lib") || path.starts_with("/opt/") ||
      path.starts_with("/usr/local/lib"))
    return;
  bool temporary =
      path.starts_with("/tmp/") || path.starts_with("/var/tmp/") || path.starts_with("/dev/shm/");
  report.add(temporary ? Level::malicious : Level::suspicious, "php-odd-extension",
             tr_later("PHP loads a native extension from an unusual place: {}"), {path}, line);
}

void judge_mailer(std::string_view path, uint32_t line, ReportBuilder& report) {
  if (path.empty()) return;
  for (std::string_view known :
       {"sendmail", "msmtp", "ssmtp", "postfix", "exim", "mailhog", "mhsendmail", "mailpit"})
    if (path.find(known) != std::string_view::npos && !path.starts_with("/tmp/")) return;
  report.add(Level::suspicious, "php-odd-mailer", tr_later("mail is sent through an unusual program: {}"),
             {path}, line);
}

}  // namespace

void analyse_php_config(std::string_view text, ReportBuilder& report) {
  for_each_setting(text, [&](const std::string& name, std::string_view value, uint32_t line) {
    if (name == "auto_prepend_file" || name == "auto_append_file")
      judge_prepended_file(name, value, line, report);
    if (name == "allow_url_include" && is_on(value))
      report.add(Level::suspicious, "php-remote-include",
                 tr_later("PHP is allowed to execute code from other hosts"), {}, line);
    bool emptied =
        lower(value) == "none" || lower(value) == "null" || (value.empty() && text.size() < kOwnFileMax);
    if ((name == "disable_functions" || name == "open_basedir") && emptied)
      report.add(Level::suspicious, "php-fence-removed", tr_later("{} is emptied: PHP may call any program"),
                 {name}, line);
    if (name == "extension" || name == "zend_extension") judge_extension(value, line, report);
    if (name == "sendmail_path") judge_mailer(value, line, report);
  });
}

bool php_config_protects(std::string_view text) {
  bool found = false;
  for_each_setting(text, [&](const std::string& name, std::string_view value, uint32_t) {
    found = found || ((name == "disable_functions" || name == "open_basedir") && !value.empty() &&
                      lower(value) != "none");
    found = found || (name == "engine" && !is_on(value));
  });
  return found;
}

}  // namespace aplomb::scan

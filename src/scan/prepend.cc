#include "scan/prepend.h"

#include "base/messages.h"
#include "base/text.h"
#include "scan/name_class.h"

namespace aplomb::scan {
namespace {

bool is_temporary(std::string_view path) {
  return path.starts_with("/tmp/") || path.starts_with("/var/tmp/") || path.starts_with("/dev/shm/") ||
         path.find("/uploads/") != std::string_view::npos || path.starts_with("uploads/");
}

bool is_address(std::string_view path) {
  return path.starts_with("data:") || path.starts_with("http:") || path.starts_with("https:") ||
         path.starts_with("ftp:") || path.starts_with("//") || path.starts_with("php:");
}

}  // namespace

void judge_prepended_file(std::string_view setting, std::string_view file, uint32_t line,
                          ReportBuilder& report) {
  std::string lowered = lower(file);
  if (lowered.empty() || lowered == "none") return;
  NameClass target = classify_name(file);
  if (is_address(lowered))
    report.add(Level::malicious, "php-prepends-address",
               tr_later("{} makes every page execute code from an address: {}"), {setting, file}, line);
  else if (is_passive(target.kind) || is_temporary(lowered))
    report.add(Level::malicious, "php-prepends-content",
               tr_later("{} makes every page execute a file that should hold content: {}"), {setting, file},
               line);
  else
    report.add(Level::suspicious, "php-prepends-file",
               tr_later("{} makes every page execute one more file: {}"), {setting, file}, line);
}

}  // namespace aplomb::scan

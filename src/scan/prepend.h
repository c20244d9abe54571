// auto_prepend_file and auto_append_file make every page of a site run one more file first or last. Firewalls
// use them honestly, so this alone is suspicious; what the file is called can settle it.
#pragma once

#include "scan/report_builder.h"

namespace aplomb::scan {

// setting is "auto_prepend_file" or "auto_append_file". "none" and "" switch it off, and are no finding.
void judge_prepended_file(std::string_view setting, std::string_view file, uint32_t line,
                          ReportBuilder& report);

}  // namespace aplomb::scan

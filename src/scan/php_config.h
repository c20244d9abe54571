// .user.ini and php.ini: settings that make every page execute a file, load code from elsewhere, or take down
// PHP's own fences. An installation's php.ini as shipped gives nothing.
#pragma once

#include "scan/report_builder.h"

namespace aplomb::scan {

void analyse_php_config(std::string_view text, ReportBuilder& report);

// The configuration holds settings that protect (disabled functions, an open_basedir): removing it is a
// change.
bool php_config_protects(std::string_view text);

}  // namespace aplomb::scan

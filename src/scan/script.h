// Shell, Python and Perl scripts, crontabs, authorized_keys and ld.so.preload: code fetched and executed
// unread, shells handed to a remote host, miners. Line by line, by mechanism; an ordinary installer gives
// nothing.
#pragma once

#include "scan/name_class.h"
#include "scan/report_builder.h"

namespace aplomb::scan {

void analyse_script(std::string_view text, SystemFile system, ReportBuilder& report);

// A miner's settings (pools, wallet, donate level), whatever the file is called.
void find_miner_settings(std::string_view text, ReportBuilder& report);

}  // namespace aplomb::scan

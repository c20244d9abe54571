// ELF programs, first strength: packed ones (what they do cannot be seen), and miners by the words they must
// carry to speak to a pool. A program's place is judged in context.h.
#pragma once

#include "scan/report_builder.h"

namespace aplomb::scan {

void analyse_elf(ByteView content, ReportBuilder& report);

}  // namespace aplomb::scan

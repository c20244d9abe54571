// One file's bytes in, one report out. Pure and bounded: this is what runs in the confined child. Its
// findings depend on the content and on content_class() of the name alone; where the file lies is judged by
// context.h.
#pragma once

#include "php/budget.h"
#include "scan/kind.h"

namespace aplomb::scan {

FileReport analyse_file(std::string_view path, uint32_t mode, ByteView content, const Handlers& handlers,
                        const php::Budget& budget = {});

// Changes whenever the same bytes could be judged otherwise: part of the key of every memo.
std::string rule_set_version();

}  // namespace aplomb::scan

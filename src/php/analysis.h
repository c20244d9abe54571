// The PHP analyser: bytes in, findings out; pure, no I/O, bounded by the budget whatever the bytes are. It
// lexes, decides whether there is anything to follow, parses, folds, follows the data to what executes them,
// and does the same to every layer of code that the code decodes and runs. A file that different versions of
// PHP read differently is read in each way.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"
#include "php/budget.h"
#include "php/structure.h"

namespace aplomb::php {

struct Analysis {
  std::vector<Finding> findings;
  bool hit_limit = false;  // something was not looked at: never remember this as clean
  bool has_code = false;
  uint32_t layers = 0;  // pieces of code that the code runs and that were analysed too
  Structure structure;  // of the file itself
};

enum class Look : uint8_t { first, skipped };  // the look at the structure that mostly spares the data flow

Analysis analyse(ByteView content, const Budget& budget = {}, Look look = Look::first);

// Where PHP starts in content that need not be a PHP file, if an interpreter that was sent there would run
// anything: a chance "<?=" in compressed data is none, an appended script is. A mention in a text for people
// (documentation, a JavaScript string) counts too: the caller knows the file's name and decides.
struct PhpStart {
  size_t offset = 0;
  uint32_t line = 1;
};
std::optional<PhpStart> contains_php(ByteView content);

}  // namespace aplomb::php

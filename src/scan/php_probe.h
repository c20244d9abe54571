// Is there PHP in these bytes, wherever they are, and does it do anything? A chance "<?=" inside compressed
// data is not code; a script appended to a photograph is.
#pragma once

#include "base/bytes.h"
#include "scan/format.h"

namespace aplomb::scan {

struct PhpProbe {
  bool found = false;
  bool at_start = false;  // nothing but blanks before it
};

// Archives that store their members as they are (tar, zip) hold whole sites and are not code for that; they
// are asked in front of the first member and behind the last only.
PhpProbe probe_php(ByteView content, Format format, bool is_container_name);

// Nothing but guards: comments, exit, a redirect, a status. Code like that keeps folders from being listed,
// and honest packages put it into folders for uploads.
bool php_does_nothing(ByteView content);

// The text outside of PHP, every byte of PHP replaced by a blank (line ends kept, so that lines stay right).
std::string markup_outside_php(ByteView content);

}  // namespace aplomb::scan

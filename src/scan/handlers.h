// Which files the web server's configuration gives to PHP beyond those it always does: what AddHandler,
// AddType, SetHandler and ForceType in a folder's .htaccess (and those above it) come to. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace aplomb::scan {

struct Handlers {
  std::vector<std::string> php_extensions;  // lower case, without the dot; sorted
  std::vector<std::string> php_names;       // whole file names; sorted
  bool all_files = false;                   // SetHandler without any condition

  // Apache's mod_mime looks at every extension of a name, so picture.jpg.bak is sent where .jpg is sent.
  bool sends_to_php(std::string_view path) const;
  void add(const Handlers& inner);  // a folder inherits, and adds
  bool empty() const { return php_extensions.empty() && php_names.empty() && !all_files; }
  bool operator==(const Handlers&) const = default;
};

void encode(ByteWriter& writer, const Handlers& handlers);
Result<Handlers> decode_handlers(ByteReader& reader);

}  // namespace aplomb::scan

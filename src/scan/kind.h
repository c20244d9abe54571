// What a file is, from its name, its bytes and what the server would do with it: its kind, whether it can
// execute (DESIGN.md section 6: an object), and whether its bytes are what its name says. Pure.
#pragma once

#include "scan/file_report.h"

namespace aplomb::scan {

struct Classification {
  Kind kind = Kind::data;
  bool executable = false;
  bool fits_type = true;
  Reason mismatch;
  FileFacts facts;
};

// mode is the permission bits; only the execute bits are asked.
Classification classify(std::string_view path, uint32_t mode, ByteView content, const Handlers& handlers);

// Everything outside the content that classify and analyse_file may depend on, as one number: with the hash
// of the content and rule_set_version(), the key of a memo of reports.
uint32_t content_class(std::string_view path, uint32_t mode, const Handlers& handlers);

}  // namespace aplomb::scan

// Apache's .htaccess and kin: what it gives to PHP, what it makes every page run first, whom it sends away,
// and whether it protects. Settings that protect are as telling as those that harm: who removes one opens a
// door.
#pragma once

#include "scan/handlers.h"
#include "scan/report_builder.h"

namespace aplomb::scan {

struct Directive {
  std::string name;  // lower case; "<files" and "</files" for sections
  std::vector<std::string> arguments;
  uint32_t line = 0;
};

// Lines joined at a trailing backslash, quotes removed, comments left out.
std::vector<Directive> parse_directives(std::string_view text);

struct ServerConfig {
  Handlers handlers;
  bool protects = false;  // switches PHP off, or denies access to code, in this folder
};

ServerConfig analyse_server_config(std::string_view text, ReportBuilder& report);

// The two answers alone, for those who walk a tree or compare two states of a file.
Handlers handlers_of(std::string_view htaccess);
bool protects(std::string_view htaccess);

}  // namespace aplomb::scan

// One pass of the lexer over a file: what kind of code is in it, and the traits that need no understanding of
// the data. It also decides whether the data flow is worth computing at all: nearly all honest files hold no
// combination of something that executes with something foreign or encoded.
#pragma once

#include <cstdint>
#include <string_view>

#include "php/lexer.h"
#include "php/traits.h"

namespace aplomb::php {

struct Structure {
  uint32_t tokens = 0;
  bool has_code = false;   // something behind an open tag
  bool runs_code = false;  // eval and its kin
  bool runs_commands = false;
  bool calls_values = false;       // $f(…), ('a' . 'b')(…): a function whose name is computed
  bool calls_dynamically = false;  // callbacks, include, preg_replace
  bool writes_files = false;
  bool includes_oddly = false;  // include of an address, of a picture, of an unreadable path
  bool takes_requests = false;  // superglobals, php://input, …
  bool takes_foreign = false;   // other sources: remote answers, its own bytes
  bool decodes = false;         // base64_decode and its kin, unreadable literals
  bool names_executor = false;  // a literal that is the name of eval's kin or of a command's
  bool holds_code = false;      // a literal with <?php in it
  bool fetches = false;         // a literal that reads like wget or curl on a command line
  bool names_crawler = false;   // a literal that names a search engine or its crawler
  bool runs_variable = false;   // system($x)
  bool deletes = false, dates = false;
  uint32_t longest_run = 0;  // unbroken encoded characters inside a literal
  uint32_t longest_run_line = 0;
  uint32_t hidden_code_line = 0;  // code pushed out of sight by blanks; 0 when there is none
  uint32_t hidden_code_column = 0;
  TraitScore traits;

  bool needs_flow() const {
    return runs_code || includes_oddly || calls_values ||
           (runs_commands && (takes_requests || takes_foreign || decodes)) ||
           ((calls_dynamically || writes_files) && (takes_requests || decodes)) ||
           (writes_files && (takes_foreign || holds_code)) || (names_executor && calls_dynamically) ||
           (names_crawler && takes_requests && takes_foreign) ||
           (runs_commands && (fetches || runs_variable)) || (deletes && dates && takes_foreign);
  }
};

Structure structure(std::string_view source, Dialect dialect);

// Which dialects besides the modern one would read this content otherwise.
struct Doubts {
  bool short_tags = false;
  bool legacy = false;
};
Doubts doubts(std::string_view source);

}  // namespace aplomb::php

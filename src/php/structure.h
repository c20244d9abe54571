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
  bool includes_oddly = false;   // include of an address, of a picture, of an unreadable path
  bool takes_requests = false;   // superglobals, php://input, …
  bool takes_foreign = false;    // other sources: remote answers, its own bytes
  bool decodes = false;          // base64_decode and its kin, unreadable literals
  bool names_executor = false;   // a literal that is the name of eval's kin or of a command's
  bool holds_code = false;       // a literal with <?php in it
  bool fetches = false;          // a literal that reads like wget or curl on a command line
  bool exposes_files = false;    // readfile, chmod
  bool holds_digest = false;     // a literal that reads like a digest
  bool reads_hidden = false;     // data inside pictures
  bool in_pieces = false;        // short literals joined: 'a' . 'b'
  bool acts = false;             // functions that are always worth a look: accounts, style sheets that call
  bool builds_texts = false;     // str_replace, substr: names can be put together with them
  bool includes_values = false;  // include of something that is not fixed
  bool names_crawler = false;    // a literal that names a search engine or its crawler
  bool runs_variable = false;    // system($x)
  bool deletes = false, dates = false;
  uint32_t longest_run = 0;  // unbroken encoded characters inside a literal
  uint32_t longest_run_line = 0;
  uint32_t hidden_code_line = 0;  // code pushed out of sight by blanks; 0 when there is none
  uint32_t hidden_code_column = 0;
  TraitScore traits;

  // Whether it is worth comparing with known malware: nothing that acts on what comes from outside is left
  // out.
  bool may_be_shell() const {
    return runs_code || runs_commands || calls_values || includes_oddly || writes_files || holds_code ||
           (takes_requests && (takes_foreign || decodes || calls_dynamically));
  }

  bool needs_flow() const {
    bool is_fed = takes_requests || takes_foreign || decodes;
    bool is_built = in_pieces || builds_texts || names_executor || holds_code || reads_hidden;
    return runs_code || acts || includes_oddly || (calls_values && (is_fed || is_built)) ||
           (calls_dynamically &&
            (takes_requests || decodes || in_pieces || names_executor || reads_hidden)) ||
           (includes_values && (takes_requests || decodes)) || (runs_commands && is_fed) ||
           (writes_files && (is_fed || holds_code)) || (takes_requests && (exposes_files || holds_digest)) ||
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

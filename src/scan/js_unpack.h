// The one packer that a generation of honest scripts shares with malware: eval(function(p,a,c,k,e,d){…}('…',
// 62,N,'a|b|…'.split('|'),0,{})). It is undone here so that what it holds is judged, and the packing is not.
#pragma once

#include <optional>

#include "scan/js_lexer.h"

namespace aplomb::scan {

// The program packed in the eval( whose "eval" is token `at`; nothing when it is another construct.
std::optional<std::string> unpack_word_table(const JsTokens& tokens, size_t at);

}  // namespace aplomb::scan

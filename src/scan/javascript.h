// JavaScript: what injected code does to visitors. Decoded constants that are executed, script elements and
// redirects whose address was hidden, listeners on payment and password fields that send to a foreign host,
// miners, redirects that depend on where the visitor comes from. Minified code and ordinary analytics give
// nothing: every rule asks for a mechanism, none for ugliness alone.
#pragma once

#include "scan/js_fold.h"
#include "scan/report_builder.h"

namespace aplomb::scan {

// Where a piece of code was found. Decoded code is a layer: it was hidden on purpose, so what is ordinary in
// a file (loading a script from elsewhere) is the proof there. Lines inside a layer mean nothing to a reader.
struct Layer {
  int depth = 0;
  Veil veil = Veil::none;
  uint32_t first_line = 1;

  static constexpr int kDepthMax = 4;
  Layer inside(Veil inner, uint32_t line) const {
    return {depth + 1, std::max(veil, inner), depth == 0 ? line : first_line};
  }
  uint32_t line(uint32_t own) const { return depth == 0 ? own : first_line; }
};

void analyse_javascript(std::string_view source, const Layer& layer, ReportBuilder& report);

// The pieces, for javascript.cc; each adds its findings.
struct JsCode {
  const JsTokens& tokens;
  JsFolder& folder;
  const Layer& layer;
  ReportBuilder& report;

  uint32_t line(size_t token) const { return layer.line(tokens.line(token)); }
  // A name token, not a property of some other object: eval, window.eval, but not x.eval.
  bool is_global(size_t token) const;
  // If token i begins an assignment to the page's address or a call that changes it, the token where the
  // address expression begins; else 0.
  size_t navigation_target(size_t i) const;
};
void find_executed_constants(const JsCode& code);  // js_layers.cc
void find_hidden_addresses(const JsCode& code);    // js_layers.cc
void find_obfuscators(const JsCode& code);         // js_layers.cc
void find_skimmers(const JsCode& code);            // js_behaviour.cc
void find_miners(const JsCode& code);              // js_behaviour.cc
void find_redirects(const JsCode& code);           // js_behaviour.cc

}  // namespace aplomb::scan

#include "scan/javascript.h"

#include <algorithm>
#include <array>

#include "base/messages.h"

namespace aplomb::scan {
namespace {

// "…});                    <two hundred blanks>          eval(…)": out of sight to the right of the editor.
void find_code_out_of_sight(const JsCode& code) {
  if (!code.tokens.has_wide_gap) return;
  for (size_t i = 1; i < code.tokens.size(); ++i) {
    const JsToken &before = code.tokens.tokens[i - 1], &token = code.tokens.tokens[i];
    size_t end = before.begin + before.length;
    if (before.line != token.line || token.begin < end + kJsWideGap) continue;
    std::string_view gap = code.tokens.source.substr(end, token.begin - end);
    if (gap.find_first_not_of(" \t") != std::string_view::npos || code.tokens.size() - i < 8) continue;
    code.report.add(Level::suspicious, "js-out-of-sight",
                    tr_later("code is pushed out of sight to the right by {} blanks"),
                    {std::to_string(gap.size())}, code.line(i));
    return;
  }
}

}  // namespace

bool JsCode::is_global(size_t token) const {
  if (token == 0 || !tokens.is(token - 1, ".")) return true;
  if (token < 2) return false;
  constexpr std::array<std::string_view, 6> roots{"window", "self",   "globalThis",
                                                  "top",    "parent", "document"};
  return std::ranges::find(roots, tokens.text(token - 2)) != roots.end();
}

size_t JsCode::navigation_target(size_t i) const {
  if (!tokens.is(i, JsWord::location) || !is_global(i)) return 0;
  if (tokens.is(i + 1, "=")) return i + 2;
  if (!tokens.is(i + 1, ".")) return 0;
  if (tokens.is(i + 2, "href") && tokens.is(i + 3, "=")) return i + 4;
  if ((tokens.is(i + 2, "replace") || tokens.is(i + 2, "assign")) && tokens.is(i + 3, "(")) return i + 4;
  return 0;
}

void analyse_javascript(std::string_view source, const Layer& layer, ReportBuilder& report) {
  if (layer.depth > Layer::kDepthMax) return report.set_hit_limit();
  if (!report.spend(source.size() + 100)) return;
  JsTokens tokens = lex_js(source, layer.first_line);
  JsFolder folder(tokens, std::min<uint64_t>(JsFolder::kStepsMax, report.work_left()));
  JsCode code{tokens, folder, layer, report};
  find_executed_constants(code);
  find_hidden_addresses(code);
  find_obfuscators(code);
  find_skimmers(code);
  find_miners(code);
  find_redirects(code);
  find_code_out_of_sight(code);
  report.spend(folder.steps());
  if (tokens.hit_limit || folder.hit_limit()) report.set_hit_limit();
}

}  // namespace aplomb::scan

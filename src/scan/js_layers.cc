// What is hidden: constants that are decoded and then executed, addresses that are decoded and then loaded,
// and the marks of the known obfuscators. Decoded code is analysed as a layer of its own.
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/messages.h"
#include "scan/html.h"
#include "scan/javascript.h"
#include "scan/js_unpack.h"
#include "scan/web_address.h"

namespace aplomb::scan {
namespace {

constexpr size_t kBlobMin = 400;
constexpr size_t kLoopReach = 1000;  // tokens from the encoded text to its execution

enum class Runs : uint8_t { nothing, code, timer, markup };

Runs what_runs(const JsCode& code, size_t i) {
  switch (code.tokens.word(i)) {
    case JsWord::write:
    case JsWord::writeln:
      return i > 0 && code.is_global(i) ? Runs::markup : Runs::nothing;
    case JsWord::insert_adjacent_html:
      return Runs::markup;
    case JsWord::eval:
    case JsWord::function_constructor:
    case JsWord::exec_script:
      return code.is_global(i) ? Runs::code : Runs::nothing;
    case JsWord::set_timeout:
    case JsWord::set_interval:
      return code.is_global(i) ? Runs::timer : Runs::nothing;
    default:
      return Runs::nothing;
  }
}

// The last argument that is a constant: new Function("a", "b", "body"), insertAdjacentHTML("where",
// "markup").
std::optional<JsConstant> last_argument(const JsCode& code, size_t open) {
  std::optional<JsConstant> argument = code.folder.fold(open + 1);
  for (int i = 0; i < 8 && argument && code.tokens.is(argument->next, ","); ++i) {
    std::optional<JsConstant> next = code.folder.fold(argument->next + 1);
    if (!next) break;
    argument = std::move(next);
  }
  return argument;
}

void report_layer(const JsCode& code, const JsConstant& constant, Runs runs, size_t i) {
  uint32_t line = code.line(i);
  Layer inner = code.layer.inside(constant.veil, line);
  if (runs == Runs::markup) {
    if (constant.veil != Veil::none) analyse_html(constant.value, inner, code.report);
    return;
  }
  if (constant.veil != Veil::none)
    code.report.add(Level::suspicious, "js-executes-decoded",
                    tr_later("decodes a constant and executes it: {}"), {constant.value}, line);
  analyse_javascript(constant.value, inner, code.report);
}

bool begins_decoder(const JsCode& code, size_t i) {
  std::string_view word = code.tokens.text(i);
  return word == "atob" || word == "unescape" || (word == "String" && code.tokens.is(i + 2, "fromCharCode"));
}

// window["ev" + "al"](…): the name of the function itself was hidden.
void find_hidden_calls(const JsCode& code, size_t i) {
  JsWord root = code.tokens.word(i);
  if (root != JsWord::window && root != JsWord::self && root != JsWord::global_this &&
      root != JsWord::this_ && root != JsWord::top)
    return;
  if (!code.tokens.is(i + 1, "[") || code.tokens.is(i + 2, JsType::number)) return;
  std::optional<JsConstant> name = code.folder.fold(i + 2);
  if (!name || !code.tokens.is(name->next, "]") || !code.tokens.is(name->next + 1, "(")) return;
  bool in_pieces = name->next > i + 3 || name->veil == Veil::hidden;
  if (!in_pieces || (name->value != "eval" && name->value != "Function" && name->value != "atob")) return;
  code.report.add(Level::suspicious, "js-hidden-call",
                  tr_later("calls {} under a name that is put together or encoded"), {name->value},
                  code.line(i));
}

bool creates_element(const JsCode& code) {
  for (size_t i = 0; i + 2 < code.tokens.size(); ++i) {
    if (!code.tokens.is(i, "createElement") || !code.tokens.is(i + 1, "(")) continue;
    std::optional<JsConstant> element = code.folder.fold(i + 2);
    if (element && (element->value == "script" || element->value == "iframe")) return true;
  }
  return false;
}

// The token where the expression given to an element's src begins, or 0.
size_t source_expression(const JsTokens& tokens, size_t i) {
  if (tokens.is(i, JsWord::src) && i > 0 && tokens.is(i - 1, ".") && tokens.is(i + 1, "=")) return i + 2;
  if (tokens.is(i, JsWord::set_attribute) && tokens.is(i + 1, "(") &&
      js_string_value(tokens.text(i + 2)).value == "src" && tokens.is(i + 3, ","))
    return i + 4;
  return 0;
}

bool is_hidden_literal(const JsTokens& tokens, size_t i, std::string* value) {
  if (!tokens.is(i, JsType::string) || tokens.text(i).find('\\') == std::string_view::npos) return false;
  JsString literal = js_string_value(tokens.text(i));
  if (literal.hidden < 3 || literal.hidden * 2 < literal.value.size()) return false;
  value->append(literal.value).push_back('\n');
  return true;
}

// ["\x68\x74\x74\x70…", "\x73\x63\x72…", …]: a table of words that nobody was meant to read.
void find_hidden_tables(const JsCode& code) {
  if (code.tokens.escaped_strings < 3) return;
  for (size_t i = 0; i + 1 < code.tokens.size(); ++i) {
    if (!code.tokens.is(i, "[") || !code.tokens.is(i + 1, JsType::string)) continue;
    std::string words;
    size_t hidden = 0, at = i + 1;
    while (code.tokens.is(at, JsType::string)) {
      hidden += is_hidden_literal(code.tokens, at, &words) ? 1 : 0;
      at += code.tokens.is(at + 1, ",") ? 2 : 1;
    }
    if (hidden >= 3) {
      size_t scheme = words.find("//");
      bool address = scheme != std::string::npos && !foreign_host(words.substr(scheme)).empty();
      bool loads = address && (words.find("createElement") != std::string::npos ||
                               words.find("appendChild") != std::string::npos ||
                               words.find("location") != std::string::npos);
      if (loads)
        code.report.add(
            Level::malicious, "js-hidden-loader",
            tr_later("a table of encoded words holds an address and the means to load it: {}"),
            {words.substr(words.rfind('\n', scheme) == std::string::npos ? 0
                                                                         : words.rfind('\n', scheme) + 1)},
            code.line(i));
      else if (hidden >= 5)
        code.report.add(Level::suspicious, "js-hidden-strings", tr_later("a table of {} encoded words"),
                        {std::to_string(hidden)}, code.line(i));
    }
    i = std::max(i, at - 1);
  }
}

bool is_encoded_blob(std::string_view literal) {
  if (literal.size() < kBlobMin) return false;
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=%,|-_\"'";
  return literal.find_first_not_of(alphabet) == std::string_view::npos;
}

// A long encoded text, a loop that turns it into characters, and an execution of something that is not
// constant, close together: in a bundle of a thousand functions the three have nothing to do with one
// another.
void find_decoding_loop(const JsCode& code) {
  if (!code.tokens.has_any(JsWord::from_char_code) || !code.tokens.has_any(JsWord::eval) ||
      code.tokens.longest_string < kBlobMin)
    return;
  constexpr size_t never = SIZE_MAX;
  size_t blob = never, characters = never, executes = never;
  for (size_t i = 0; i < code.tokens.size(); ++i) {
    if (code.tokens.is(i, JsType::string)) {
      if (is_encoded_blob(code.tokens.text(i))) blob = i;
    } else if (code.tokens.is(i, JsType::identifier)) {
      if (code.tokens.is(i, JsWord::from_char_code)) characters = i;
      if (code.tokens.is(i, JsWord::eval) && code.is_global(i) && code.tokens.is(i + 1, "(") &&
          !code.folder.fold(i + 2) && !unpack_word_table(code.tokens, i))
        executes = i;
    }
    if (blob == never || characters == never || executes == never) continue;
    auto [first, last] = std::minmax({blob, characters, executes});
    if (last - first > kLoopReach) continue;
    code.report.add(Level::suspicious, "js-decoding-loop",
                    tr_later("a long text is turned into characters in a loop, and a result is executed"), {},
                    code.line(blob));
    return;
  }
}

}  // namespace

void find_executed_constants(const JsCode& code) {
  for (size_t i = 0; i + 2 < code.tokens.size(); ++i) {
    if (code.tokens.word(i) == JsWord::none) continue;
    find_hidden_calls(code, i);
    Runs runs = what_runs(code, i);
    if (runs == Runs::nothing || !code.tokens.is(i + 1, "(")) continue;
    if (runs == Runs::code)
      if (std::optional<std::string> unpacked = unpack_word_table(code.tokens, i)) {
        analyse_javascript(*unpacked, code.layer.inside(Veil::none, code.line(i)), code.report);
        continue;
      }
    if (std::optional<JsConstant> constant = last_argument(code, i + 1)) {
      report_layer(code, *constant, runs, i);
    } else if (runs == Runs::code && begins_decoder(code, i + 2)) {
      code.report.add(Level::suspicious, "js-executes-decoded-data",
                      tr_later("executes text that it decodes first; what it holds is not in this file"), {},
                      code.line(i));
    }
  }
}

void find_hidden_addresses(const JsCode& code) {
  if (!code.tokens.has_any(JsWord::location, JsWord::src, JsWord::set_attribute)) return;
  std::optional<bool> loads;
  for (size_t i = 0; i + 2 < code.tokens.size(); ++i) {
    if (code.tokens.word(i) == JsWord::none) continue;
    size_t navigation = code.navigation_target(i);
    size_t expression = navigation ? navigation : source_expression(code.tokens, i);
    if (expression == 0) continue;
    std::optional<JsConstant> address = code.folder.fold_beginning(expression);
    if (!address || std::max(address->veil, code.layer.veil) == Veil::none) continue;
    std::string host = foreign_host(address->value);
    if (host.empty()) continue;
    Level level =
        std::max(address->veil, code.layer.veil) == Veil::hidden ? Level::malicious : Level::suspicious;
    if (navigation) {
      code.report.add(level, "js-hidden-redirect",
                      tr_later("sends visitors to {}, an address that is hidden by encoding"), {host},
                      code.line(i));
      continue;
    }
    if (!loads) loads = creates_element(code);
    if (*loads)
      code.report.add(level, "js-hidden-script",
                      tr_later("loads a script from {}, an address that is hidden by encoding"), {host},
                      code.line(i));
  }
}

void find_obfuscators(const JsCode& code) {
  find_hidden_tables(code);
  find_decoding_loop(code);
  size_t machine_names = code.tokens.machine_names, brackets = code.tokens.brackets;
  if (machine_names >= 20)
    code.report.add(Level::suspicious, "js-obfuscated",
                    tr_later("written by an obfuscator: {} names like _0x1a2b"),
                    {std::to_string(machine_names)}, code.layer.line(1));
  if (brackets >= 500 && brackets * 20 >= code.tokens.size() * 19)
    code.report.add(Level::suspicious, "js-brackets-only",
                    tr_later("a program written with brackets and signs only"), {}, code.layer.line(1));
}

}  // namespace aplomb::scan

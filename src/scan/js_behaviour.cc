// What the code does to the visitor in the open: sends what is typed into payment or password fields to a
// foreign host, mines, or leads away those who come from a search engine or use a telephone.
#include <algorithm>
#include <array>

#include "base/messages.h"
#include "base/text.h"
#include "base/word_finder.h"
#include "scan/javascript.h"
#include "scan/name_class.h"
#include "scan/web_address.h"

namespace aplomb::scan {
namespace {

constexpr size_t kReach = 600;          // tokens between the field read and the sending of it
constexpr size_t kLooksMax = 2000;      // foreign addresses looked around in one piece of code
constexpr size_t kRedirectReach = 150;  // tokens between the question and the redirect

// A part of every name in names_secret_field(), and of every word and service in find_miners().
constexpr WordClass kSecretWords[] = {{"card"},  {"cvv"},           {"cvc"},   {"cc_"}, {"cc-"},
                                      {"ccnum"}, {"security_code"}, {"passw"}, {"pwd"}, {"user_pass"}};
constexpr WordFinder kSecretFinder(kSecretWords);
constexpr WordClass kMinerWords[] = {{"coinhive"},    {"cryptoloot"},      {"coinimp"},       {"deepminer"},
                                     {"jsecoin"},     {"webminepool"},     {"cryptonight"},   {"randomx"},
                                     {"cryptonote"},  {"hashespersecond"}, {"job_id"},        {"stratum"},
                                     {"setthrottle"}, {"totalhashes"},     {"acceptedhashes"}};
constexpr WordFinder kMinerFinder(kMinerWords);

template <size_t N>
bool contains_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return contains_word(text, word); });
}

bool names_secret_field(std::string_view literal) {
  constexpr std::array<std::string_view, 14> card{
      "cardnumber", "card_number", "card-number", "cc_number", "cc-number", "ccnum",       "cvv",
      "cvc",        "cc_cid",      "cc-cid",      "cc_exp",    "cc-exp",    "card_expiry", "security_code"};
  if (literal.size() > 400) return false;
  std::string text = lower(js_string_value(literal).value);
  return contains_any(text, card) || text == "password" || text == "passwd" || text == "pwd" ||
         text == "#password" || text == "#pwd" || text == "user_pass" || text == "#user_pass" ||
         (contains_word(text, "type=") && contains_word(text, "password"));
}

// If token i begins to send something, the token where the address begins; else 0.
size_t sending_target(const JsTokens& tokens, size_t i) {
  switch (tokens.word(i)) {
    case JsWord::fetch:
    case JsWord::send_beacon:
    case JsWord::web_socket:
    case JsWord::post:
      return tokens.is(i + 1, "(") ? i + 2 : 0;
    case JsWord::open:
      return tokens.is(i + 1, "(") && tokens.is(i + 2, JsType::string) && tokens.is(i + 3, ",") ? i + 4 : 0;
    case JsWord::url:
      return tokens.is(i + 1, ":") ? i + 2 : 0;
    case JsWord::src:
      return tokens.is(i + 1, "=") && i > 0 && tokens.is(i - 1, ".") ? i + 2 : 0;
    default:
      return 0;
  }
}

struct Near {
  bool field = false, value = false, listens = false, packs = false;
  size_t field_at = 0;
};

Near look_around(const JsTokens& tokens, size_t sending) {
  constexpr std::array<std::string_view, 9> events{"addEventListener", "onsubmit", "onkeyup",
                                                   "onchange",         "onblur",   "onclick",
                                                   "onkeydown",        "submit",   "setInterval"};
  Near near;
  size_t begin = sending > kReach ? sending - kReach : 0, end = std::min(tokens.size(), sending + kReach);
  for (size_t i = begin; i < end; ++i) {
    if (tokens.is(i, JsType::string)) {
      if (near.field || !names_secret_field(tokens.text(i))) continue;
      near.field = true;
      near.field_at = i;
    } else if (tokens.is(i, JsType::identifier)) {
      std::string_view word = tokens.text(i);
      near.value |= word == "value" || word == "val" || word == "FormData" || word == "serialize";
      near.packs |= word == "btoa" || word == "Image" || word == "sendBeacon";
      near.listens |= std::find(events.begin(), events.end(), word) != events.end();
    }
  }
  return near;
}

bool asks_search_engine(std::string_view literal) {
  constexpr std::array<std::string_view, 9> engines{"google", "bing",  "yahoo",  "yandex",  "duckduckgo",
                                                    "baidu",  "qwant", "ecosia", "facebook"};
  return literal.size() < 1000 && contains_any(literal, engines);
}

enum class Asks : uint8_t { nothing, referrer, agent };

Asks visitor_question(const JsTokens& tokens, size_t i) {
  if (tokens.is(i, JsWord::document) && tokens.is(i + 1, ".") && tokens.is(i + 2, JsWord::referrer))
    return Asks::referrer;
  if (tokens.is(i, JsWord::navigator) && tokens.is(i + 1, ".") && tokens.is(i + 2, JsWord::user_agent))
    return Asks::agent;
  return Asks::nothing;
}

struct Gate {
  bool decides = false;        // an if, a ?: or a && between the question and the redirect
  bool search_engine = false;  // a search engine is named nearby
};

Gate gate_between(const JsTokens& tokens, size_t question, size_t redirect) {
  Gate gate;
  for (size_t i = question > 24 ? question - 24 : 0; i < redirect; ++i) {
    gate.decides |= tokens.is(i, "if") || tokens.is(i, "?") || tokens.is(i, "&&");
    bool literal = tokens.is(i, JsType::string) || tokens.is(i, JsType::regex);
    gate.search_engine |= literal && asks_search_engine(tokens.text(i));
  }
  return gate;
}

}  // namespace

void find_skimmers(const JsCode& code) {
  bool sends = code.tokens.has_any(JsWord::fetch, JsWord::send_beacon, JsWord::web_socket, JsWord::post,
                                   JsWord::open, JsWord::url, JsWord::src);
  if (!sends || (code.tokens.escaped_strings == 0 && !kSecretFinder.any(code.tokens.source))) return;
  size_t looks = 0;
  for (size_t i = 0; i + 2 < code.tokens.size(); ++i) {
    size_t target = sending_target(code.tokens, i);
    if (target == 0) continue;
    std::optional<JsConstant> address = code.folder.fold_beginning(target);
    std::string host = address ? foreign_host(address->value) : "";
    if (host.empty()) continue;
    if (++looks > kLooksMax) return code.report.set_hit_limit();
    Near near = look_around(code.tokens, i);
    if (!near.field || !near.value || !near.listens) continue;
    bool hidden = std::max(address->veil, code.layer.veil) == Veil::hidden;
    code.report.add(hidden || near.packs ? Level::malicious : Level::suspicious, "js-skimmer",
                    tr_later("reads what is typed into {} and sends it to {}"),
                    {js_string_value(code.tokens.text(near.field_at)).value, host}, code.line(i));
    return;
  }
}

void find_miners(const JsCode& code) {
  if (!kMinerFinder.any(code.tokens.source)) return;
  constexpr std::array<std::string_view, 6> services{"CoinHive",  "CryptoLoot", "CoinImp",
                                                     "deepMiner", "JSEcoin",    "WebMinePool"};
  constexpr std::array<std::string_view, 9> words{"cryptonight",     "randomx",     "cryptonote",
                                                  "hashespersecond", "job_id",      "stratum",
                                                  "setthrottle",     "totalhashes", "acceptedhashes"};
  bool connects = false, computes = false;
  std::array<bool, words.size()> seen{};
  size_t first = 0;
  for (size_t i = 0; i < code.tokens.size(); ++i) {
    std::string_view word = code.tokens.text(i);
    if (code.tokens.is(i, JsType::identifier)) {
      connects |= word == "WebSocket";
      computes |= word == "WebAssembly" || word == "Worker";
      if (std::find(services.begin(), services.end(), word) != services.end() && code.tokens.is(i + 1, ".") &&
          (code.tokens.is(i + 2, "Anonymous") || code.tokens.is(i + 2, "User") ||
           code.tokens.is(i + 2, "Token")))
        code.report.add(Level::malicious, "js-miner", tr_later("starts the cryptocurrency miner {}"), {word},
                        code.line(i));
    } else if (!code.tokens.is(i, JsType::string) && !code.tokens.is(i, JsType::template_text)) {
      continue;
    }
    if (word.size() > 400 || word.size() < 6) continue;
    for (size_t k = 0; k < words.size(); ++k)
      if (!seen[k] && contains_word(word, words[k])) {
        seen[k] = true;
        first = first ? first : i;
      }
  }
  size_t count = static_cast<size_t>(std::count(seen.begin(), seen.end(), true));
  if (connects && computes && count >= 2)
    code.report.add(count >= 3 ? Level::malicious : Level::suspicious, "js-miner",
                    tr_later("computes in the visitor's browser for a pool that it is connected to: a miner"),
                    {}, code.line(first));
}

void find_redirects(const JsCode& code) {
  bool asked = code.tokens.has_any(JsWord::referrer, JsWord::user_agent);
  if (!asked || !code.tokens.has_any(JsWord::location)) return;
  size_t question = 0;
  Asks asks = Asks::nothing;
  for (size_t i = 0; i + 2 < code.tokens.size(); ++i) {
    if (Asks found = visitor_question(code.tokens, i); found != Asks::nothing) {
      question = i;
      asks = found;
    }
    if (asks == Asks::nothing || i - question > kRedirectReach) continue;
    size_t target = code.navigation_target(i);
    if (target == 0) continue;
    std::optional<JsConstant> address = code.folder.fold_beginning(target);
    std::string host = address ? foreign_host(address->value) : "";
    Gate gate = gate_between(code.tokens, question, i);
    if (host.empty() || !gate.decides) continue;
    bool by_search = asks == Asks::referrer && gate.search_engine;
    if (by_search)
      code.report.add(Level::malicious, "js-search-redirect",
                      tr_later("sends only those visitors who come from a search engine to {}"), {host},
                      code.line(i));
    else
      code.report.add(
          Level::suspicious, "js-conditional-redirect",
          tr_later("sends some visitors to {}, depending on where they come from or what they use"), {host},
          code.line(i));
  }
}

}  // namespace aplomb::scan

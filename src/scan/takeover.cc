#include "scan/takeover.h"

#include <algorithm>
#include <array>

#include "base/messages.h"
#include "base/word_finder.h"

namespace aplomb::scan {
namespace {

constexpr size_t kTextMin = 6, kTextMax = 256 * 1024;  // boasters are brief
constexpr size_t kShortText = 400;  // bytes of visible text in which the claim is all there is to say
constexpr size_t kFirstWords = 48;  // bytes from the start
constexpr int kSignsNeeded = 3;

// "… by NAME": whoever writes this names himself as the one who did it.
constexpr auto kClaims = std::to_array<std::string_view>(
    {"hacked by",    "h4cked by",      "hack3d by",    "haxored by",  "defaced by",      "pwned by",
     "pwn3d by",     "0wned by",       "owned by",     "cracked by",  "rooted by",       "piraté par",
     "pirate par",   "piratée par",    "hacké par",    "hackée par",  "défacé par",      "hackeado por",
     "hackeada por", "pirateado por",  "invadido por", "gehackt von", "gehackt durch",   "gehackt door",
     "hackerato da", "bucato da",      "hacklendi",    "hack edildi", "hacklenmiştir",   "взломан",
     "взломано",     "взломали",       "تم اختراق",    "تم إختراق",   "اخترق الموقع",    "被黑",
     "黑客入侵",     "ハッキングされ", "diretas oleh", "dihack oleh", "zhakowane przez", "zhakowana przez",
     "hackad av",    "hacket av",      "hacknuto",     "lugas poolt"});

// Mockery, greetings, names of gangs. Each alone is ordinary speech or nearly
// so.
constexpr auto kBoasts = std::to_array<std::string_view>({"greetz",
                                                          "greets to",
                                                          "gr33tz",
                                                          "was here",
                                                          "expect us",
                                                          "we are legion",
                                                          "we are anonymous",
                                                          "security is",
                                                          "your security",
                                                          "no security",
                                                          "system is not",
                                                          "h4ck",
                                                          "h4x",
                                                          "1337",
                                                          "l33t",
                                                          "cyber army",
                                                          "cyber team",
                                                          "hack team",
                                                          "hacking team",
                                                          "hackteam",
                                                          "h4cker",
                                                          "pwned",
                                                          "0wned",
                                                          "votre sécurité",
                                                          "vos données sont à nous",
                                                          "sécurité nulle",
                                                          "message aux admin",
                                                          "hello admin",
                                                          "dear admin",
                                                          "hey admin",
                                                          "sorry admin",
                                                          "patch your",
                                                          "fix your",
                                                          "tu seguridad",
                                                          "su seguridad",
                                                          "saludos a",
                                                          "eure sicherheit",
                                                          "grüße an",
                                                          "la vostra sicurezza",
                                                          "привет админ",
                                                          "приветы",
                                                          "güvenlik",
                                                          "selam",
                                                          "zone-h",
                                                          "mirror saved",
                                                          "free palestine",
                                                          "تحياتي",
                                                          "أمن",
                                                          "admin wake up",
                                                          "your site is mine"});

// A part of each claim (bit 1), and what each sign of a stage set is written with (2 with 4, or 8). A page
// has a claim or a stage, or it has too few signs.
constexpr WordClass kTellingList[] = {
    {"hack", 1},     {"h4ck", 1},   {"haxored", 1},  {"defaced", 1},    {"fac\xc3\xa9", 1}, {"pwn", 1},
    {"0wned", 1},    {"owned", 1},  {"cracked", 1},  {"rooted", 1},     {"pirat", 1},       {"invadido", 1},
    {"bucato", 1},   {"злом", 1},   {"ختر", 1},      {"黑", 1},         {"ハッキング", 1},  {"diretas", 1},
    {"zhakowan", 1}, {"lugas", 1},  {"bgcolor", 2},  {"background", 2}, {"#000", 4},        {"black", 4},
    {"<marquee", 8}, {"<blink", 8}, {"autoplay", 8}, {"contextmenu", 8}};
constexpr WordFinder kTelling(kTellingList);

constexpr bool is_seen(std::string_view claim) {
  for (const WordClass& telling : kTellingList)
    for (size_t at = 0; telling.classes == 1 && at + telling.word.size() <= claim.size(); ++at) {
      size_t same = 0;
      while (same < telling.word.size() && (claim[at + same] | 0x20) == (telling.word[same] | 0x20)) ++same;
      if (same == telling.word.size()) return true;
    }
  return false;
}
static_assert(std::ranges::all_of(kClaims, is_seen));

bool may_boast(std::string_view markup) {
  uint32_t found = kTelling.find(markup);
  return (found & 9) != 0 || (found & 6) == 6;
}

// "The site was hacked by a group": told by others.
constexpr auto kToldBefore = std::to_array<std::string_view>(
    {"was",    "were", "been", "being", "is",    "got",   "été", "ete", "est",  "être", "wurde",
     "worden", "fue",  "sido", "foi",   "stato", "stata", "è",   "был", "была", "были"});
constexpr auto kToldAfter = std::to_array<std::string_view>(
    {"a",    "an",           "the",     "un",       "une",      "des",    "le",      "la",          "les",
     "l'un", "unknown",      "someone", "somebody", "einer",    "einem",  "eine",    "unbekannten", "unos",
     "una",  "desconocidos", "uno",     "ignoti",   "accident", "design", "hackers", "criminals"});

// Small letters, also of the accented Latin and the Cyrillic ones in UTF-8.
std::string fold(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    auto byte = static_cast<unsigned char>(out[i]);
    if (byte >= 'A' && byte <= 'Z') out[i] = static_cast<char>(byte + 32);
    if (i + 1 >= out.size()) continue;
    auto next = static_cast<unsigned char>(out[i + 1]);
    if (byte == 0xc3 && next >= 0x80 && next <= 0x9e && next != 0x97)
      out[i + 1] = static_cast<char>(next + 32);
    if (byte == 0xd0 && next >= 0x90 && next <= 0x9f) out[i + 1] = static_cast<char>(next + 32);
    if (byte == 0xd0 && next >= 0xa0 && next <= 0xaf) {
      out[i] = static_cast<char>(0xd1);
      out[i + 1] = static_cast<char>(next - 32);
    }
  }
  return out;
}

std::string_view last_word(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  size_t space = text.rfind(' ');
  return space == std::string_view::npos ? text : text.substr(space + 1);
}

std::string_view first_word(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text.substr(0, text.find_first_of(" .,;:!?"));
}

bool one_of(const auto& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// What a person reads, in small letters with single blanks; and what else of
// the page tells its purpose.
struct Page {
  std::string text;
  std::string heading;  // of <title> and <h1>
  int stage = 0;        // signs of a stage set
};

void append(std::string& out, std::string_view text) {
  for (char c : text) {
    bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (!out.empty() && out.back() != ' ') out.push_back(' ');
}

bool black_stage(const std::string& markup) {
  for (std::string_view black : {"background:#000", "background-color:#000", "background:black",
                                 "background-color:black", "bgcolor=\"black", "bgcolor=\"#000",
                                 "bgcolor=black", "bgcolor=#000", "bgcolor='black", "bgcolor='#000"})
    if (markup.find(black) != std::string::npos) return true;
  return false;
}

// The text between tags, without what scripts and styles hold.
Page read_page(std::string_view markup) {
  Page page;
  std::string small = fold(markup), folded;
  folded.reserve(small.size());
  for (char c : small)
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') folded.push_back(c);
  if (black_stage(folded)) ++page.stage;
  if (small.find("<marquee") != std::string::npos || small.find("<blink") != std::string::npos) ++page.stage;
  if (folded.find("oncontextmenu=\"returnfalse") != std::string::npos ||
      small.find("autoplay") != std::string::npos)
    ++page.stage;
  bool in_heading = false;
  for (size_t i = 0; i < small.size();) {
    size_t tag = small.find('<', i);
    std::string_view text = std::string_view(small).substr(i, tag == std::string::npos ? tag : tag - i);
    append(page.text, text);
    if (in_heading) append(page.heading, text);
    if (tag == std::string::npos) break;
    size_t close = small.find('>', tag);
    if (close == std::string::npos) break;
    std::string_view name = std::string_view(small).substr(tag + 1, close - tag - 1);
    if (name.starts_with("title") || name.starts_with("h1")) in_heading = true;
    if (name.starts_with("/title") || name.starts_with("/h1")) in_heading = false;
    i = close + 1;
    for (std::string_view silent : {"script", "style"})
      if (name.starts_with(silent)) {
        size_t end = small.find("</" + std::string(silent), i);
        i = end == std::string::npos ? small.size() : end;
      }
  }
  return page;
}

struct Claim {
  size_t at = std::string::npos;
  bool own = false;  // not told by others
};

Claim find_claim(std::string_view text) {
  Claim best;
  for (std::string_view words : kClaims) {
    for (size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
      bool inside_word = at > 0 && static_cast<unsigned char>(words[0]) < 0x80 &&
                         std::isalnum(static_cast<unsigned char>(text[at - 1]));
      if (inside_word || one_of(kToldAfter, first_word(text.substr(at + words.size())))) continue;
      bool own = !one_of(kToldBefore, last_word(text.substr(0, at)));
      if (best.at == std::string::npos || (own && !best.own)) best = {at, own};
    }
  }
  return best;
}

int signs_of(const Page& page, const Claim& claim) {
  int signs = 0;
  if (claim.at != std::string::npos) {
    bool first = claim.at < kFirstWords || find_claim(page.heading).at != std::string::npos;
    signs += 1 + (claim.own && first ? 1 : 0) + (page.text.size() < kShortText ? 1 : 0);
  }
  auto boasts = std::ranges::count_if(
      kBoasts, [&](std::string_view words) { return page.text.find(words) != std::string::npos; });
  return signs + static_cast<int>(std::min<ptrdiff_t>(boasts, 2)) + std::min(page.stage, 2);
}

}  // namespace

std::optional<Finding> find_takeover(std::string_view markup) {
  if (markup.size() < kTextMin || markup.size() > kTextMax || !may_boast(markup)) return std::nullopt;
  Page page = read_page(markup);
  Claim claim = find_claim(page.text);
  if (signs_of(page, claim) < kSignsNeeded) return std::nullopt;
  size_t from = claim.at == std::string::npos ? 0 : claim.at;
  std::string said = page.text.substr(from, 60);
  while (!said.empty() && (static_cast<unsigned char>(said.back()) & 0xc0) == 0x80) said.pop_back();
  if (!said.empty() && static_cast<unsigned char>(said.back()) >= 0xc0) said.pop_back();
  return Finding{Level::suspicious,
                 "page-takeover",
                 {tr_later("it reads like what an intruder leaves to boast: “{}”"), {said}},
                 0};
}

}  // namespace aplomb::scan

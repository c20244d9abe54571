#include "continuity/robots.h"

#include <algorithm>

#include "base/text.h"
#include "http/message.h"
#include "http/url.h"

namespace aplomb::continuity {
namespace {

constexpr size_t kTextMax = 500 << 10, kRulesMax = 1000, kPatternMax = 1024;

// '*' and a final '$' stay as they are: neither is escaped in a canonical target.
std::string canonical_pattern(std::string_view pattern) {
  if (!pattern.starts_with('/') && !pattern.starts_with('*')) return {};
  std::string canonical = http::canonical_target(pattern);
  return pattern.starts_with('*') ? canonical.substr(1) : canonical;
}

// Each part between two '*' at its first possible place: no going back, so the time is bounded by the product
// of the lengths.
bool fits(std::string_view pattern, std::string_view target) {
  const bool anchored = pattern.ends_with('$');
  if (anchored) pattern.remove_suffix(1);
  size_t at = 0;
  for (bool first = true;; first = false) {
    const size_t star = pattern.find('*');
    std::string_view part = pattern.substr(0, star);
    const bool last = star == pattern.npos;
    if (last && anchored && !first)
      return target.size() >= at + part.size() && target.substr(at).ends_with(part);
    const size_t found = first ? (target.starts_with(part) ? 0 : target.npos) : target.find(part, at);
    if (found == target.npos) return false;
    at = found + part.size();
    if (last) return !anchored || at == target.size();
    pattern.remove_prefix(star + 1);
  }
}

}  // namespace

Robots Robots::parse(std::string_view text) {
  text = text.substr(0, kTextMax);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Robots own, every;
  bool for_own = false, for_every = false, own_named = false, in_rules = true;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const size_t colon = line.find(':');
    if (colon == line.npos) continue;
    std::string_view key = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
    if (http::equal_ignoring_case(key, "user-agent")) {
      if (in_rules) for_own = for_every = in_rules = false;
      if (value == "*") for_every = true;
      if (http::equal_ignoring_case(value, "aplomb")) for_own = own_named = true;
      continue;
    }
    const bool allow = http::equal_ignoring_case(key, "allow");
    if (!allow && !http::equal_ignoring_case(key, "disallow")) continue;
    in_rules = true;
    if (value.empty() || value.size() > kPatternMax) continue;
    std::string pattern = canonical_pattern(value);
    if (pattern.empty()) continue;
    if (for_own && own.rules_.size() < kRulesMax) own.rules_.push_back({pattern, allow});
    if (for_every && every.rules_.size() < kRulesMax) every.rules_.push_back({pattern, allow});
  }
  return own_named ? own : every;
}

bool Robots::allows(std::string_view target) const {
  const Rule* best = nullptr;
  for (const Rule& rule : rules_) {
    if (!fits(rule.pattern, target)) continue;
    const bool longer = !best || rule.pattern.size() > best->pattern.size();
    const bool equal = best && rule.pattern.size() == best->pattern.size();
    if (longer || (equal && rule.allow)) best = &rule;
  }
  return !best || best->allow;
}

}  // namespace aplomb::continuity

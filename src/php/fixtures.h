// Inert PHP for the tests: each piece has the shape of an attack, and would at most run what a visitor who
// does not exist sends it. `php()` runs the analyser over one.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "php/analysis.h"

namespace aplomb::php::test {

inline Analysis php(std::string_view code, const Budget& budget = {}) {
  return analyse(as_bytes(code), budget);
}

// What is decided before the data flow, whether it is worth computing, drops no finding.
inline bool misses_nothing(std::string_view code) {
  return php(code).findings == analyse(as_bytes(code), {}, Look::skipped).findings;
}

inline const Finding* find(const Analysis& analysis, std::string_view rule, Level level) {
  auto found = std::find_if(analysis.findings.begin(), analysis.findings.end(),
                            [&](const Finding& each) { return each.rule == rule && each.level == level; });
  return found == analysis.findings.end() ? nullptr : &*found;
}

inline std::string listed(const Analysis& analysis) {
  std::string out;
  for (const Finding& each : analysis.findings)
    out += std::string(name(each.level)) + " " + each.rule + ": " + each.reason.text() + "\n";
  return out;
}

struct Fixture {
  std::string_view what;
  std::string_view code;
  std::string_view rule;
  Level level = Level::malicious;
};

}  // namespace aplomb::php::test

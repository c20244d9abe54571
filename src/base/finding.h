// A finding: one reason to distrust one object, in words that a person can check. The words are kept as a
// message and its arguments, so that a finding stored in one language is read in another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace aplomb {

// Ordered by weight. `malicious` is said only of what a vetted rule shows to be so; everything that is merely
// unusual is `suspicious`; `opaque` executes but could not be opened (budget, unknown encoder): never clean.
enum class Level : uint8_t { none = 0, suspicious = 1, opaque = 2, malicious = 3, known_bad = 4 };
std::string_view name(Level level);  // "none", "suspicious", "opaque", "malicious", "known-bad"

// message is an English fmt pattern with {} for each argument, marked with tr_later() where it is written.
struct Reason {
  std::string message;
  std::vector<std::string> arguments;
  bool operator==(const Reason&) const = default;
  std::string text() const;  // in the language of the process
};

struct Finding {
  Level level = Level::suspicious;
  std::string rule;  // "php-request-to-eval": stable, kebab-case
  Reason reason;
  uint32_t line = 0;  // 1-based; 0 when it concerns the whole object
  bool operator==(const Finding&) const = default;
};

Level worst(const std::vector<Finding>& findings);

// For the pipes between confined children and their parent, and for the memo.
void encode(ByteWriter& writer, const Finding& finding);
Result<Finding> decode_finding(ByteReader& reader);

}  // namespace aplomb

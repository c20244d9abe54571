// What robots.txt asks of a robot that walks over the site (RFC 9309): Allow and Disallow of the group for
// Aplomb, or of the group for every robot. Delays and site maps are not read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aplomb::continuity {

class Robots {
 public:
  // Nothing that is read is an error; what is not understood is skipped. At most 500 KiB count, and 1000
  // rules.
  static Robots parse(std::string_view text);

  // `target`: path and query, canonical. The longest rule that fits decides; of two equals, Allow.
  bool allows(std::string_view target) const;

 private:
  struct Rule {
    std::string pattern;  // canonical; '*' is any text, a final '$' the end
    bool allow;
  };
  std::vector<Rule> rules_;
};

}  // namespace aplomb::continuity

// Patterns on paths relative to a site's root. `*` and `?` stay within one component, `**` crosses '/', and
// `**/` may also match nothing, so that "**/cache/*.html" covers the top folder too. Everything else is
// itself: there are no classes and no escapes, because site administrators write these by hand. Matching
// follows all positions of the pattern at once, so that its time is bounded by pattern times path, whatever
// an attacker names a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aplomb::site {

class Glob {
 public:
  // Fails with Code::config on an empty pattern, a leading '/', a ".." component, or over 1000 characters.
  static Result<Glob> parse(std::string_view pattern);

  bool matches(std::string_view path) const;
  // The path itself or one of the folders above it matches: "data/cache" covers "data/cache/a/b".
  bool matches_tree(std::string_view path) const;
  const std::string& pattern() const { return pattern_; }
  bool operator==(const Glob& other) const { return pattern_ == other.pattern_; }

 private:
  enum class Kind : uint8_t { literal, any_character, any_in_component, anything, any_folders };
  struct Token {
    Kind kind;
    char character;
  };
  void close(std::vector<bool>& positions, bool at_component_start) const;

  std::string pattern_;
  std::string needed_;  // the longest part that every path that matches has: most paths are refused by it
  std::vector<Token> tokens_;
};

bool any_matches(const std::vector<Glob>& globs, std::string_view path);
bool any_matches_tree(const std::vector<Glob>& globs, std::string_view path);

}  // namespace aplomb::site

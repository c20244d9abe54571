#include "site/glob.h"

#include <algorithm>

#include "base/messages.h"

namespace aplomb::site {
namespace {

constexpr size_t kPatternMax = 1000;

bool has_parent_component(std::string_view pattern) {
  while (!pattern.empty()) {
    size_t slash = pattern.find('/');
    if (pattern.substr(0, slash) == "..") return true;
    if (slash == std::string_view::npos) return false;
    pattern.remove_prefix(slash + 1);
  }
  return false;
}

}  // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
  if (pattern.empty()) return fail(Code::config, tr("a pattern is empty"));
  if (pattern.size() > kPatternMax)
    return fail(Code::config, tr("a pattern is longer than {} characters", kPatternMax));
  if (pattern.front() == '/')
    return fail(Code::config,
                tr("the pattern {} starts with '/': patterns are relative to the site's root", pattern));
  if (has_parent_component(pattern)) return fail(Code::config, tr("the pattern {} contains '..'", pattern));

  Glob glob;
  glob.pattern_ = pattern;
  if (pattern.back() == '/') pattern.remove_suffix(1);  // "cache/" means the folder
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i, 2) == "**") {
      bool component_start = i == 0 || pattern[i - 1] == '/';
      while (i + 1 < pattern.size() && pattern[i + 1] == '*') ++i;
      bool whole_folders = component_start && i + 1 < pattern.size() && pattern[i + 1] == '/';
      glob.tokens_.push_back({whole_folders ? Kind::any_folders : Kind::anything, 0});
      if (whole_folders) ++i;
    } else if (pattern[i] == '*') {
      glob.tokens_.push_back({Kind::any_in_component, 0});
    } else if (pattern[i] == '?') {
      glob.tokens_.push_back({Kind::any_character, 0});
    } else {
      glob.tokens_.push_back({Kind::literal, pattern[i]});
    }
  }
  std::string part;
  for (const Token& token : glob.tokens_) {
    token.kind == Kind::literal ? part.push_back(token.character) : part.clear();
    if (part.size() > glob.needed_.size()) glob.needed_ = part;
  }
  return glob;
}

// Adds the positions that are reached without reading a character. `any_folders` may be left only where a
// component begins.
void Glob::close(std::vector<bool>& positions, bool at_component_start) const {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (!positions[i]) continue;
    Kind kind = tokens_[i].kind;
    bool skips = kind == Kind::any_in_component || kind == Kind::anything;
    if (skips || (kind == Kind::any_folders && at_component_start)) positions[i + 1] = true;
  }
}

bool Glob::matches(std::string_view path) const {
  if (path.find(needed_) == std::string_view::npos) return false;
  std::vector<bool> positions(tokens_.size() + 1), next(tokens_.size() + 1);
  positions[0] = true;
  close(positions, true);
  for (char c : path) {
    std::fill(next.begin(), next.end(), false);
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (!positions[i]) continue;
      switch (tokens_[i].kind) {
        case Kind::literal:
          if (tokens_[i].character == c) next[i + 1] = true;
          break;
        case Kind::any_character:
          if (c != '/') next[i + 1] = true;
          break;
        case Kind::any_in_component:
          if (c != '/') next[i] = true;
          break;
        case Kind::anything:
        case Kind::any_folders:
          next[i] = true;
          break;
      }
    }
    close(next, c == '/');
    positions.swap(next);
  }
  return positions[tokens_.size()];
}

bool Glob::matches_tree(std::string_view path) const {
  if (matches(path)) return true;
  for (size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = path.rfind('/', slash - 1))
    if (matches(path.substr(0, slash))) return true;
  return false;
}

bool any_matches(const std::vector<Glob>& globs, std::string_view path) {
  return std::ranges::any_of(globs, [&](const Glob& glob) { return glob.matches(path); });
}

bool any_matches_tree(const std::vector<Glob>& globs, std::string_view path) {
  return std::ranges::any_of(globs, [&](const Glob& glob) { return glob.matches_tree(path); });
}

}  // namespace aplomb::site

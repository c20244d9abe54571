// A TOML text as a tree of our own, read key by key. TomlTable remembers which keys were asked for, so that
// finish() can refuse the others: a misspelt key in a security product must not be silently ignored. Every
// error names the file, the line and the key. Not a general TOML interface: dates are refused.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "site/glob.h"

namespace aplomb::site {

struct TomlNode {
  std::variant<std::monostate, std::string, int64_t, double, bool, std::vector<TomlNode>,
               std::map<std::string, TomlNode>>
      value;
  uint32_t line = 0;
};

class TomlTable {
 public:
  // Code::config when the text is not TOML; limits its size to 1 MiB.
  static Result<TomlTable> parse(std::string_view text, const std::string& file);

  // The value of a key, or the default when it is absent; Code::config when it is of another type.
  Result<std::string> text(const std::string& key, std::string_view otherwise = "");
  Result<std::vector<std::string>> texts(const std::string& key, std::vector<std::string> otherwise = {});
  Result<std::vector<Glob>> globs(const std::string& key);
  Result<uint64_t> number(const std::string& key, uint64_t otherwise, uint64_t lowest, uint64_t highest);
  Result<TomlTable> table(const std::string& key);                // [key]; empty when absent
  Result<std::vector<TomlTable>> tables(const std::string& key);  // [[key]]
  // Fails with the first key that nothing asked for.
  Status finish() const;

  uint32_t line() const { return line_; }
  // An error at a key of this table: "aplomb.toml, line 12, site.roots".
  Error error(const std::string& key, std::string what, std::string next = "") const;

 private:
  TomlTable(std::map<std::string, TomlNode> nodes, std::string file, std::string prefix, uint32_t line)
      : nodes_(std::move(nodes)), file_(std::move(file)), prefix_(std::move(prefix)), line_(line) {}
  const TomlNode* find(const std::string& key);

  std::map<std::string, TomlNode> nodes_;
  std::set<std::string> asked_;
  std::string file_, prefix_;
  uint32_t line_ = 0;
};

// A TOML basic string with its quotes. The text must be valid UTF-8.
std::string toml_quoted(std::string_view text);

}  // namespace aplomb::site

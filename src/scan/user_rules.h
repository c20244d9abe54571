// The administrator's own rules, in YARA's language, matched by libyara in confined children: it is written
// in C and meets hostile bytes, and a rule can be slow without end. What a rule fits is suspicious; a rule
// whose meta says level = "malicious" is believed to know. Rules are compiled in the child too; `include` and
// modules that read files find none. They see a content without its name, so that what is learnt can be
// remembered by content: the names that other scanners define (filename, filepath …) are empty.
#pragma once

#include <string>
#include <vector>

#include "base/finding.h"
#include "proc/child.h"

namespace aplomb::scan {

struct RuleFile {
  std::string name, text;
};

class UserRules {
 public:
  static constexpr size_t kTextMax = 16u << 20;  // of all files

  struct Options {
    size_t children = 2;
    int64_t timeout_ms = 20'000;
  };
  explicit UserRules(const std::vector<RuleFile>& files) : UserRules(files, Options{2, 20'000}) {}
  UserRules(const std::vector<RuleFile>& files, const Options& options);

  // Code::config with file and line when they cannot be compiled.
  Status check();
  // The findings on one content. Time or memory that runs out is an opaque finding.
  Result<std::vector<Finding>> match(ByteView content);
  // Everything that a match depends on besides the content.
  ByteView encoded() const { return rules_; }

 private:
  Result<Bytes> ask(ByteView content);

  Bytes rules_;
  int64_t timeout_ms_;
  proc::ChildPool children_;
};

}  // namespace aplomb::scan

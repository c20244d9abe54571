// libyara, in the child: rules from their text, matches of one content. Pure but for what it keeps compiled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/finding.h"
#include "scan/user_rules.h"

namespace aplomb::scan {

class YaraRules {
 public:
  // The error says file and line.
  static Result<YaraRules> compile(const std::vector<RuleFile>& files);
  // Code::limit when it takes longer than `seconds`.
  Result<std::vector<Finding>> match(ByteView content, int seconds) const;

 private:
  struct Compiled;
  explicit YaraRules(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace aplomb::scan

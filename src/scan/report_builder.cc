#include "scan/report_builder.h"

#include "base/log.h"

namespace aplomb::scan {

void ReportBuilder::add(Level level, std::string_view rule, const char* message,
                        std::initializer_list<std::string_view> arguments, uint32_t line) {
  Finding finding{level, std::string(rule), {message, {}}, line};
  for (std::string_view argument : arguments)
    finding.reason.arguments.push_back(printable(argument.substr(0, kQuoteMax)));
  add(std::move(finding));
}

void ReportBuilder::add(Finding finding) {
  size_t of_rule = 0;
  for (Finding& known : findings_) {
    if (known.rule != finding.rule) continue;
    if (known == finding) return;
    // What is kept of one rule must include its worst.
    if (++of_rule == kPerRule) {
      if (known.level < finding.level) known = std::move(finding);
      return;
    }
  }
  if (findings_.size() < kInAll || finding.level >= Level::malicious) findings_.push_back(std::move(finding));
}

bool ReportBuilder::spend(uint64_t work) {
  if (work > work_left_) {
    work_left_ = 0;
    hit_limit_ = true;
    return false;
  }
  work_left_ -= work;
  return true;
}

bool ReportBuilder::has(std::string_view rule) const {
  return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& f) { return f.rule == rule; });
}

}  // namespace aplomb::scan

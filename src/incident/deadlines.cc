#include "incident/deadlines.h"

#include <algorithm>

#include "base/messages.h"
#include "incident/steps.h"
#include "site/toml_document.h"

namespace aplomb::incident {
namespace {

constexpr uint64_t kFileMax = 64 << 10, kHoursMax = 24 * 366;

Result<DeadlineRule::Words> words(site::TomlTable& table, const std::string& language) {
  auto part = TRY(table.table(language));
  DeadlineRule::Words found;
  found.title = TRY(part.text("title"));
  found.note = TRY(part.text("note"));
  TRY(part.finish());
  if (found.title.empty()) return fail(part.error("title", tr("it is missing")));
  return found;
}

bool applies(const DeadlineRule& rule, const Known& known) {
  auto reach = known.answers.find("reach");
  return rule.when != "personal-data" || reach == known.answers.end() || reach->second != "no";
}

}  // namespace

Result<DeadlineRule> parse_deadline(std::string_view text, const std::string& file) {
  auto table = TRY(site::TomlTable::parse(text, file));
  DeadlineRule rule;
  rule.name = TRY(table.text("name"));
  rule.when = TRY(table.text("when", "always"));
  rule.step = TRY(table.text("step"));
  rule.source = TRY(table.text("source"));
  rule.checked = TRY(table.text("checked"));
  rule.hours = static_cast<int64_t>(TRY(table.number("hours", 0, 0, kHoursMax)));
  rule.french = TRY(words(table, "fr"));
  rule.english = TRY(words(table, "en"));
  TRY(table.finish());
  if (rule.name.empty()) return fail(table.error("name", tr("it is missing")));
  if (rule.hours == 0) return fail(table.error("hours", tr("it is missing")));
  if (rule.source.empty()) return fail(table.error("source", tr("a deadline without its legal source")));
  if (rule.when != "always" && rule.when != "personal-data")
    return fail(table.error("when", tr("it is \"always\" or \"personal-data\"")));
  if (!rule.step.empty() && !parse_step(rule.step))
    return fail(table.error("step", tr("there is no such step")));
  return rule;
}

Result<std::vector<DeadlineRule>> load_deadlines(fs::Fs& fs, const std::string& folder) {
  std::vector<DeadlineRule> rules;
  auto dir = TRY(fs.open_dir(folder));
  for (const fs::Entry& entry : TRY(dir->list())) {
    if (!entry.name.ends_with(".toml")) continue;
    Bytes bytes = TRY(fs::read_file(*dir, entry.name, kFileMax));
    rules.push_back(TRY(parse_deadline(as_text(bytes), folder + "/" + entry.name)));
  }
  return rules;
}

std::vector<Deadline> deadlines_of(const std::vector<DeadlineRule>& rules, const Known& known) {
  std::vector<Deadline> found;
  if (known.false_alarm) return found;
  for (const DeadlineRule& rule : rules) {
    if (!applies(rule, known)) continue;
    Deadline deadline{&rule, Time{known.knowledge.ns + rule.hours * kHour}};
    auto step = parse_step(rule.step);
    deadline.done = step && is_done(*step, known);
    const int64_t left = deadline.due.ns - known.now.ns;
    deadline.hours_left = left >= 0 ? left / kHour : -((-left + kHour - 1) / kHour);
    found.push_back(deadline);
  }
  std::ranges::sort(found, {}, &Deadline::due);
  return found;
}

}  // namespace aplomb::incident

#include "scan/yara_match.h"

#include <yara.h>

#include <algorithm>
#include <map>

#include "base/messages.h"

namespace aplomb::scan {
namespace {

constexpr size_t kFindingsMax = 100, kWordsMax = 400;
// What signature-base and others expect from outside.
constexpr const char* kTexts[] = {"filename", "filepath", "extension", "filetype", "owner"};

Error failed(int code) {
  return make_error(code == ERROR_INSUFFICIENT_MEMORY || code == ERROR_SCAN_TIMEOUT ? Code::limit : Code::io,
                    tr("libyara stopped with error {}", code));
}

bool initialise() {
  static const bool done = yr_initialize() == ERROR_SUCCESS;
  return done;
}

struct FirstMistake {
  std::string text;
};

void take_mistake(int level, const char* file, int line, const YR_RULE*, const char* message, void* data) {
  auto& first = *static_cast<FirstMistake*>(data);
  if (level != YARA_ERROR_LEVEL_ERROR || !first.text.empty()) return;
  first.text = tr("line {}: {}", line, message);
  (void)file;
}

std::string cut(const char* text) {
  return text ? std::string(text).substr(0, kWordsMax) : std::string();
}

struct Matching {
  std::string_view content;
  std::vector<Finding> findings;
};

// Where the first of the rule's strings stands.
uint32_t line_of(YR_SCAN_CONTEXT* context, YR_RULE* rule, std::string_view content) {
  int64_t offset = -1;
  YR_STRING* string;
  YR_MATCH* match;
  yr_rule_strings_foreach(rule, string) {
    yr_string_matches_foreach(context, string, match) {
      int64_t at = match->base + match->offset;
      if (offset < 0 || at < offset) offset = at;
    }
  }
  if (offset < 0 || static_cast<size_t>(offset) > content.size()) return 0;
  return static_cast<uint32_t>(std::count(content.begin(), content.begin() + offset, '\n')) + 1;
}

int take_match(YR_SCAN_CONTEXT* context, int message, void* data, void* user) {
  auto& matching = *static_cast<Matching*>(user);
  if (message != CALLBACK_MSG_RULE_MATCHING) return CALLBACK_CONTINUE;
  auto* rule = static_cast<YR_RULE*>(data);
  Finding finding{Level::suspicious, "user-rule", {}, line_of(context, rule, matching.content)};
  std::string description;
  YR_META* meta;
  yr_rule_metas_foreach(rule, meta) {
    if (meta->type != META_TYPE_STRING) continue;
    std::string_view name = meta->identifier;
    if (name == "description") description = cut(meta->string);
    if (name == "level" && std::string_view(meta->string) == "malicious") finding.level = Level::malicious;
  }
  finding.reason = description.empty()
                       ? Reason{tr_later("your rule {} fits"), {cut(rule->identifier)}}
                       : Reason{tr_later("your rule {} fits: {}"), {cut(rule->identifier), description}};
  matching.findings.push_back(std::move(finding));
  return matching.findings.size() < kFindingsMax ? CALLBACK_CONTINUE : CALLBACK_ABORT;
}

}  // namespace

struct YaraRules::Compiled {
  YR_RULES* rules = nullptr;
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (rules) yr_rules_destroy(rules);
  }
};

Result<YaraRules> YaraRules::compile(const std::vector<RuleFile>& files) {
  YR_COMPILER* made = nullptr;
  if (!initialise()) return fail(failed(ERROR_INTERNAL_FATAL_ERROR));
  if (int code = yr_compiler_create(&made); code != ERROR_SUCCESS) return fail(failed(code));
  const std::unique_ptr<YR_COMPILER, decltype(&yr_compiler_destroy)> compiler(made, yr_compiler_destroy);
  FirstMistake mistake;
  yr_compiler_set_callback(made, take_mistake, &mistake);
  yr_compiler_set_include_callback(made, nullptr, nullptr, nullptr);  // no file is opened here
  for (const char* name : kTexts) yr_compiler_define_string_variable(made, name, "");
  for (const RuleFile& file : files) {
    // A name space each: two files may have rules of one name.
    if (yr_compiler_add_string(made, file.text.c_str(), file.name.c_str()) == 0) continue;
    return fail(make_error(Code::config, tr("these rules cannot be read: {}", mistake.text)).at(file.name));
  }
  auto compiled = std::make_shared<Compiled>();
  if (int code = yr_compiler_get_rules(made, &compiled->rules); code != ERROR_SUCCESS)
    return fail(failed(code));
  return YaraRules(std::move(compiled));
}

Result<std::vector<Finding>> YaraRules::match(ByteView content, int seconds) const {
  Matching matching{as_text(content), {}};
  int code = yr_rules_scan_mem(compiled_->rules, content.data(), content.size(),
                               SCAN_FLAGS_REPORT_RULES_MATCHING | SCAN_FLAGS_NO_TRYCATCH, take_match,
                               &matching, seconds);
  if (code != ERROR_SUCCESS) return fail(failed(code));
  return std::move(matching.findings);
}

}  // namespace aplomb::scan

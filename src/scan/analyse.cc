#include "scan/analyse.h"

#include "base/messages.h"
#include "php/analysis.h"
#include "scan/elf.h"
#include "scan/html.h"
#include "scan/php_config.h"
#include "scan/php_probe.h"
#include "scan/ransom.h"
#include "scan/script.h"
#include "scan/server_config.h"
#include "scan/takeover.h"

namespace aplomb::scan {
namespace {

constexpr size_t kWordsMax = 4 * 1024 * 1024;
constexpr std::string_view kRuleSet = "scan-4";

// A text that only quotes PHP (documentation, an editor's snippets) is not written to be executed: of what it
// quotes, only what is malicious counts, and no limit is missed. What begins as PHP is judged as PHP.
bool only_quotes_php(const FileReport& report) {
  bool textual = report.kind == Kind::javascript || report.kind == Kind::text || report.kind == Kind::html ||
                 report.kind == Kind::style || report.kind == Kind::template_text || report.kind == Kind::svg;
  return textual && !report.facts.starts_as_php;
}

void analyse_php(ByteView content, const php::Budget& budget, bool quoted, ReportBuilder& report) {
  php::Analysis analysis = php::analyse(content, budget);
  for (Finding& finding : analysis.findings)
    if (!quoted || finding.level >= Level::malicious) report.add(std::move(finding));
  if (analysis.hit_limit && !quoted) report.set_hit_limit();
}

// Texts that visitors or editors read, and that nothing executes.
void analyse_words(ByteView content, FileReport& out, ReportBuilder& report) {
  bool read = out.kind == Kind::text || out.kind == Kind::html || out.kind == Kind::svg ||
              out.kind == Kind::template_text || out.kind == Kind::style ||
              (out.kind == Kind::data && out.facts.text);
  if (!read || content.size() > kWordsMax) return;
  out.facts.words = word_print(as_text(content));
  if (out.kind == Kind::style) return;
  if (auto boast = find_takeover(as_text(content))) report.add(std::move(*boast));
}

void analyse_kind(NameClass name, ByteView content, FileReport& out, ReportBuilder& report) {
  std::string_view text = as_text(content);
  switch (out.kind) {
    case Kind::php:
      analyse_html(markup_outside_php(content), Layer{}, report);
      break;
    case Kind::javascript:
      analyse_javascript(text, Layer{}, report);
      break;
    case Kind::html:
    case Kind::svg:
    case Kind::template_text:
      analyse_html(text, Layer{}, report);
      break;
    case Kind::server_config: {
      ServerConfig config = analyse_server_config(text, report);
      out.handlers = std::move(config.handlers);
      out.facts.protects = config.protects;
      break;
    }
    case Kind::php_config:
      analyse_php_config(text, report);
      out.facts.protects = php_config_protects(text);
      break;
    case Kind::script:
      analyse_script(text, name.system, report);
      break;
    case Kind::elf:
      analyse_elf(content, report);
      break;
    case Kind::text:
      find_miner_settings(text, report);
      break;
    default:
      break;
  }
}

}  // namespace

std::string rule_set_version() {
  return std::string(kRuleSet);
}

FileReport analyse_file(std::string_view path, uint32_t mode, ByteView content, const Handlers& handlers,
                        const php::Budget& budget) {
  Classification classification = classify(path, mode, content, handlers);
  FileReport out;
  out.kind = classification.kind;
  out.executable = classification.executable;
  out.fits_type = classification.fits_type;
  out.mismatch = std::move(classification.mismatch);
  out.facts = classification.facts;
  ReportBuilder report;
  if (out.facts.holds_php) analyse_php(content, budget, only_quotes_php(out), report);
  analyse_kind(classify_name(path), content, out, report);
  analyse_words(content, out, report);
  if (out.kind == Kind::text || out.kind == Kind::html)
    out.facts.ransom_words = has_ransom_words(as_text(content));
  if (report.hit_limit() && out.executable)
    report.add(Level::opaque, "analysis-limit", tr_later("too large or too deep to be looked at in full"), {},
               0);
  out.hit_limit = report.hit_limit();
  out.findings = report.take();
  return out;
}

}  // namespace aplomb::scan

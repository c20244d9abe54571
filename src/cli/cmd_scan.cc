// `aplomb scan PATH…`: what the detectors say of files, without configuration, vault or keys. It knows no
// approved state, so it can only say what looks bad, never that something is clean.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/verbs.h"
#include "scan/clamd.h"
#include "scan/tree_scan.h"
#include "scan/user_rules.h"

namespace aplomb::cli {
namespace {

nlohmann::json findings_of(const scan::TreeScan& result) {
  nlohmann::json findings = nlohmann::json::array();
  for (const scan::PathFinding& hit : result.findings)
    findings.push_back({{"path", printable(hit.path)},
                        {"verdict", scan::verdict(hit.finding.level)},
                        {"rule", hit.finding.rule},
                        {"reason", printable(hit.finding.reason.text())},
                        {"line", hit.finding.line}});
  return findings;
}

void say(App& app, const scan::TreeScan& result) {
  for (const scan::PathFinding& hit : result.findings) {
    std::string word = hit.finding.level >= Level::malicious ? tr("malicious") : tr("suspicious");
    std::string place = printable(hit.path);
    if (hit.finding.line > 0) place += fmt::format(":{}", hit.finding.line);
    app.out().say(fmt::format("{}: {}\n    {} ({})", word, place, printable(hit.finding.reason.text()),
                              hit.finding.rule));
  }
  for (const std::string& warning : result.warnings) app.out().advise(warning);
  app.out().say(tr("{} files, {}, in {:.1f} s: {} findings", result.files, human_size(result.bytes),
                   result.seconds, result.findings.size()));
}

Result<std::unique_ptr<scan::UserRules>> given_rules(App& app, const Arguments& arguments) {
  std::vector<scan::RuleFile> files;
  for (const std::string& word : arguments.values("--rules")) {
    std::string path = absolute_path(word);
    auto [folder, name] = fs::split_path(path);
    auto dir = app.fs().open_dir(folder.empty() ? "/" : folder);
    auto bytes = dir ? fs::read_file(**dir, name, scan::UserRules::kTextMax)
                     : Result<Bytes>(fail(std::move(dir).error()));
    if (!bytes) return fail(std::move(bytes).error().in(tr("the rules cannot be read")).at(path));
    files.push_back({path, std::string(as_text(*bytes))});
  }
  if (files.empty()) return nullptr;
  auto rules = std::make_unique<scan::UserRules>(files);
  TRY(rules->check());
  return rules;
}

}  // namespace

Result<int> cmd_scan(App& app, const Arguments& arguments) {
  std::vector<std::string> paths;
  for (const std::string& path : arguments.words) paths.push_back(absolute_path(path));
  scan::Scanner scanner;
  scanner.also_ask(TRY(given_rules(app, arguments)), scan::Clamd::find());
  scan::TreeScan result = TRY(scan::scan_trees(app.fs(), paths, scanner, app.clock(), app.progress()));
  say(app, result);
  nlohmann::json warnings = nlohmann::json::array();
  for (const std::string& warning : result.warnings) warnings.push_back(warning);
  app.out().document({{"files", result.files},
                      {"bytes", result.bytes},
                      {"seconds", result.seconds},
                      {"findings", findings_of(result)},
                      {"warnings", warnings}});
  return result.findings.empty() && result.warnings.empty() ? 0 : 1;
}

}  // namespace aplomb::cli

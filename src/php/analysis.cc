#include "php/analysis.h"

#include <deque>
#include <unordered_set>

#include "base/messages.h"
#include "php/flow.h"
#include "php/likeness.h"
#include "php/parser.h"
#include "php/report.h"
#include "php/traits.h"

namespace aplomb::php {
namespace {

constexpr uint32_t kLongRun =
    1000;  // detection.md 0.5: 39 % of captured samples, 1.7 of 10,000 official files

struct Unit {
  std::string code;  // of a layer; the file itself is not copied
  std::string_view source;
  Dialect dialect = Dialect::modern;
  Start start = Start::html;
  uint32_t outer_line = 0;
  std::shared_ptr<const Environment> environment = nullptr;
};

Finding plain(Level level, std::string_view rule, const char* message, uint32_t line,
              std::vector<std::string> arguments) {
  Finding made;
  made.level = level;
  made.rule = rule;
  made.line = line;
  made.reason.message = message;
  made.reason.arguments = std::move(arguments);
  return made;
}

class Analyser {
 public:
  Analyser(std::string_view source, const Budget& budget, Look look)
      : source_(source), budget_(budget), look_(look), meter_(budget) {}

  Analysis run() {
    if (source_.size() > UINT32_MAX) result_.hit_limit = true;
    if (source_.find("<?") == std::string_view::npos && !doubts(source_).legacy) return std::move(result_);
    read_file(Dialect::modern);
    Doubts doubt = doubts(source_);
    if (doubt.short_tags) read_file(Dialect::short_tags);
    if (doubt.legacy) read_file(Dialect::legacy);
    while (!units_.empty()) {
      Unit unit = std::move(units_.front());
      units_.pop_front();
      if (unit.outer_line != 0) unit.source = unit.code;
      follow(unit);
    }
    if (meter_.exhausted()) {
      result_.hit_limit = true;
      add(plain(Level::opaque, "php-opaque-execution",
                tr_later("the code is too large or too deeply nested to be followed to its end"), 0, {}));
    }
    return std::move(result_);
  }

 private:
  void read_file(Dialect dialect) {
    Structure seen = structure(source_, dialect);
    bool is_first = dialect == Dialect::modern;
    if (is_first) result_.structure = seen;
    result_.has_code = result_.has_code || seen.has_code;
    if (!seen.has_code) return;
    if (seen.longest_run >= kLongRun &&
        (seen.runs_code || seen.calls_values || seen.calls_dynamically || seen.runs_commands))
      add(plain(Level::suspicious, "php-long-encoded-blob",
                tr_later("line {}: an unbroken run of {} encoded characters in code that can run it"),
                seen.longest_run_line,
                {std::to_string(seen.longest_run_line), std::to_string(seen.longest_run)}));
    if (seen.hidden_code_line != 0)
      add(plain(Level::suspicious, "php-hidden-code",
                tr_later("line {}: code is pushed out of sight, to column {}, behind other code"),
                seen.hidden_code_line,
                {std::to_string(seen.hidden_code_line), std::to_string(seen.hidden_code_column)}));
    add_traits(seen.traits, 0);
    if (is_first && seen.may_be_shell()) add_likeness();
    if (seen.needs_flow() || look_ == Look::skipped)
      units_.push_back({{}, source_, dialect, Start::html, 0, nullptr});
  }

  void add_likeness() {
    unsigned percent = likeness_to_known_bad(sketch(source_, Dialect::short_tags));
    if (percent == 0) return;
    add(plain(Level::suspicious, "php-near-known-bad",
              tr_later("its code is alike known malware: {} of 100 parts are the same"), 0,
              {std::to_string(percent)}));
  }

  void add_traits(const TraitScore& found, uint32_t outer_line) {
    if (!found.is_suspicious()) return;
    if (outer_line == 0)
      return add(plain(Level::suspicious, "php-shell-traits",
                       tr_later("from line {} on, things stand together that web shells are made of: {}"),
                       found.line, {std::to_string(found.line), found.named}));
    add(plain(Level::suspicious, "php-shell-traits",
              tr_later("in the code that line {} decodes and runs, things stand together that web shells are "
                       "made of: {}"),
              outer_line, {std::to_string(outer_line), found.named}));
  }

  void follow(const Unit& unit) {
    if (unit.outer_line != 0) add_traits(traits(unit.source, unit.dialect, unit.start), unit.outer_line);
    Syntax syntax = Parser(unit.source, unit.dialect, unit.start, budget_).run();
    if (syntax.cut_short) meter_.exhaust();
    Flow flow(syntax, meter_, unit.environment);
    flow.run();
    for (const Hit& hit : flow.hits()) add(finding(hit, unit.outer_line));
    std::vector<LayerCode> layers = flow.take_layers();
    std::shared_ptr<const Environment> environment = layers.empty() ? nullptr : flow.environment();
    for (LayerCode& layer : layers) {
      if (!followed_.insert(layer.code).second) continue;  // code that runs itself
      if (!meter_.spend_layer(layer.is_written)) return;
      ++result_.layers;
      uint32_t line = unit.outer_line != 0 ? unit.outer_line : layer.line;
      bool short_tags = layer.is_file && doubts(layer.code).short_tags;
      units_.push_back({std::move(layer.code),
                        {},
                        short_tags ? Dialect::short_tags : Dialect::modern,
                        layer.is_file ? Start::html : Start::code,
                        line,
                        layer.is_file ? nullptr : environment});
    }
  }

  void add(Finding finding) {
    for (const Finding& held : result_.findings)
      if (held == finding) return;
    if (result_.findings.size() < budget_.findings) result_.findings.push_back(std::move(finding));
  }

  std::string_view source_;
  Budget budget_;
  Look look_;
  Meter meter_;
  Analysis result_;
  std::deque<Unit> units_;
  std::unordered_set<std::string> followed_;
};

}  // namespace

Analysis analyse(ByteView content, const Budget& budget, Look look) {
  return Analyser(as_text(content), budget, look).run();
}

}  // namespace aplomb::php

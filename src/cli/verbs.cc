#include "cli/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/messages.h"
#include "base/text.h"

namespace aplomb::cli {
namespace {

constexpr size_t kAny = std::numeric_limits<size_t>::max();

std::string usage_of(const Verb& verb) {
  std::string line = fmt::format("aplomb {}", verb.name);
  for (const char* name : verb.options) {
    const OptionRule& rule = *find_option(name);
    line += rule.value == Value::required ? fmt::format(" [{} {}]", name, rule.shown)
                                          : fmt::format(" [{}]", name);
    if (rule.repeatable) line += "…";
  }
  return *verb.words ? line + " " + verb.words : line;
}

Error wrong(const Verb& verb, std::string what) {
  return make_error(Code::usage, std::move(what)).then(usage_of(verb));
}

Status check(const Verb& verb, const Arguments& arguments) {
  for (const auto& [name, values] : arguments.options())
    if (!is_global(name) && std::ranges::find(verb.options, name) == verb.options.end())
      return fail(wrong(verb, tr("{} does not take the option {}", verb.name, name)));
  if (arguments.words.size() < verb.words_min)
    return fail(wrong(verb, tr("{} needs more: {}", verb.name, verb.words)));
  if (arguments.words.size() > verb.words_max)
    return fail(wrong(verb, tr("{} does not understand \"{}\"", verb.name, arguments.words[verb.words_max])));
  return {};
}

Error unknown(const std::string& name) {
  if (name.empty())
    return make_error(Code::usage, tr("a command is missing")).then(tr("aplomb --help lists the commands"));
  Error error = make_error(Code::usage, tr("there is no command \"{}\"", name));
  const Verb* near = nearest_verb(name);
  return std::move(error).then(near ? tr("did you mean aplomb {}?", near->name)
                                    : tr("aplomb --help lists the commands"));
}

Result<int> run(App& app, const Arguments& arguments) {
  const Verb* verb = find_verb(arguments.verb);
  if (!verb) return fail(unknown(arguments.verb));
  TRY(check(*verb, arguments));
  return verb->run(app, arguments);
}

std::vector<std::vector<std::string>> option_rows(const std::vector<const char*>& names) {
  std::vector<std::vector<std::string>> rows;
  for (const char* name : names) {
    const OptionRule& rule = *find_option(name);
    rows.push_back(
        {"  " + (rule.value == Value::required ? fmt::format("{} {}", name, rule.shown) : std::string(name)),
         translate(rule.summary)});
  }
  return rows;
}

std::vector<const char*> global_options() {
  std::vector<const char*> names;
  for (const OptionRule& rule : option_rules())
    if (is_global(rule.name)) names.push_back(rule.name);
  return names;
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> table = {
      {"init",
       "",
       0,
       0,
       {"--root", "--name", "--url", "--db", "--vault", "--sheet", "--yes"},
       tr_later("protect a site: configuration, vault, keys, first snapshot"),
       cmd_init},
      {"status", "", 0, 0, {}, tr_later("where each site stands, and what to do next"), cmd_status},
      {"backup", "[SITE]", 0, 1, {}, tr_later("take a snapshot and judge it"), cmd_backup},
      {"snapshots", "[SITE]", 0, 1, {}, tr_later("list the snapshots"), cmd_snapshots},
      {"diff", "A B", 2, 2, {}, tr_later("what changed between two snapshots"), cmd_diff},
      {"restore",
       "SNAPSHOT [PATH…]",
       1,
       kAny,
       {"--to"},
       tr_later("write a snapshot, or parts of it, into a folder"),
       cmd_restore},
      {"verify", "", 0, 0, {"--read-all"}, tr_later("check the vault"), cmd_verify},
      {"prune",
       "[DIR]",
       0,
       1,
       {},
       tr_later("let go what retention need not keep; where the vault lies"),
       cmd_prune},
      {"hold",
       "SNAPSHOT",
       1,
       1,
       {"--release"},
       tr_later("keep a snapshot whatever retention says"),
       cmd_hold},
      {"sheet",
       "",
       0,
       0,
       {"--to"},
       tr_later("write the recovery sheet again: the recovery key in words, to print"),
       cmd_sheet},
      {"keeper",
       "create|allow|status|verify DIR [LOGIN…]",
       2,
       kAny,
       {"--to"},
       tr_later("keep a vault for another machine"),
       cmd_keeper},
      {"scan", "PATH…", 1, kAny, {"--rules"}, tr_later("scan files without any set-up"), cmd_scan},
      {"known-good",
       "import FILE|DIR | commit DIR [REV] | packages [FILE.deb…] | hook",
       1,
       kAny,
       {"--name", "--to", "--signers"},
       tr_later("learn a release as its vendor published it, or a commit that you signed"),
       cmd_known_good},
      {"known-bad",
       "import FILE | list | remove NAME",
       1,
       2,
       {},
       tr_later("your own lists of known malware, and rules of YARA"),
       cmd_known_bad},
      {"approve",
       "SITE [SNAPSHOT] [OBJECT…]",
       1,
       kAny,
       {"--revoke", "--yes"},
       tr_later("explain changes, signed with the owner key"),
       cmd_approve},
      {"history",
       "SITE [SHA256|FILE…]",
       1,
       kAny,
       {},
       tr_later("when each suspicious object, or a content with one of these hashes, first appeared"),
       cmd_history},
      {"import-backup",
       "SITE ARCHIVE|DIR",
       2,
       2,
       {"--dump", "--at"},
       tr_later("judge a backup that somebody else made before, as a point to go back to"),
       cmd_import_backup},
      {"clean-point",
       "SITE",
       1,
       1,
       {},
       tr_later("the last point that is proven clean, and why"),
       cmd_clean_point},
      {"recover",
       "SITE",
       1,
       1,
       {"--point", "--whole", "--to", "--yes", "--resume", "--undo", "--confirm", "--override"},
       tr_later("put a hacked site back on its feet"),
       cmd_recover},
      {"drill",
       "SITE",
       1,
       1,
       {"--to"},
       tr_later("rehearse a recovery in a private folder, and measure it"),
       cmd_drill},
      {"quarantine",
       "list|show ID|release ID",
       1,
       2,
       {"--to"},
       tr_later("what was set aside"),
       cmd_quarantine},
      {"continuity",
       "SITE start|stop|export [DIR]",
       2,
       3,
       {},
       tr_later("the citizens' read-only copy"),
       cmd_continuity},
      {"incident",
       "open|show|next|done|note|report|close|evidence [SITE] [WORD…]",
       1,
       kAny,
       {"--to", "--false-alarm", "--add", "--note", "--check"},
       tr_later("what to do, one thing at a time, when a site is hacked"),
       cmd_incident},
      {"plan",
       "[SITE]",
       0,
       1,
       {"--to"},
       tr_later("the recovery plan, the emergency card and the staff sheet, to print before"),
       cmd_plan},
      {"demo", "", 0, 0, {"--wordpress"}, tr_later("the whole story on a small town site"), cmd_demo},
  };
  return table;
}

const Verb* find_verb(std::string_view name) {
  auto found = std::ranges::find_if(verbs(), [name](const Verb& verb) { return verb.name == name; });
  return found == verbs().end() ? nullptr : &*found;
}

const Verb* nearest_verb(std::string_view name) {
  constexpr size_t kNear = 2, kLongest = 32;
  if (name.size() > kLongest) return nullptr;
  auto distance = [name](const Verb& verb) { return edit_distance(name, verb.name); };
  auto nearest = std::ranges::min_element(verbs(), {}, distance);
  return distance(*nearest) <= kNear ? &*nearest : nullptr;
}

int run_verb(App& app, const Arguments& arguments) {
  Result<int> status = run(app, arguments);
  app.progress().done();
  if (status) return *status;
  app.out().error(status.error());
  return exit_status(status.error().code);
}

int run_command(App& app, const std::vector<std::string>& words) {
  auto line = parse_arguments(words, [](const char*) { return nullptr; });
  if (line) return run_verb(app, line->arguments);
  app.out().error(line.error());
  return exit_status(line.error().code);
}

std::string help_text() {
  std::vector<std::vector<std::string>> rows;
  for (const Verb& verb : verbs())
    rows.push_back({fmt::format("  {} {}", verb.name, verb.words), translate(verb.summary)});
  return fmt::format("{}\n\n{}\n{}\n\n{}\n{}\n\n{}",
                     tr("Aplomb puts a hacked website back on its feet: in minutes, and provably clean."),
                     tr("aplomb [options] COMMAND …"), table(rows),
                     tr("Options, before or behind the command:"), table(option_rows(global_options())),
                     tr("Exit status: 0 all is well, 1 something is wrong, 2 cannot be done as asked, 3 "
                        "failed on the way."));
}

std::string help_text(const Verb& verb) {
  std::string text = fmt::format("{}\n  {}", usage_of(verb), translate(verb.summary));
  if (!verb.options.empty()) text += "\n\n" + table(option_rows(verb.options));
  return text + "\n\n" + tr("Options, before or behind the command:") + "\n" +
         table(option_rows(global_options()));
}

}  // namespace aplomb::cli

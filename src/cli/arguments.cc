#include "cli/arguments.h"

#include <getopt.h>

#include <algorithm>
#include <cstring>

#include "base/messages.h"

namespace aplomb::cli {
namespace {

constexpr int kLongBase = 1000;

bool takes_file(std::string_view name) {
  return name == "--config" || name == "--recovery-key" || name == "--owner-key" ||
         name == "--passphrase-file";
}

Error wrong(std::string what) {
  return make_error(Code::usage, std::move(what)).then(tr("aplomb --help shows how commands are written"));
}

std::vector<option> getopt_table() {
  std::vector<option> table;
  int value = kLongBase;
  for (const OptionRule& rule : option_rules())
    table.push_back(
        {rule.name + 2, rule.value == Value::required ? required_argument : no_argument, nullptr, value++});
  table.push_back({nullptr, 0, nullptr, 0});
  return table;
}

// The option getopt stumbled over, as it was written; getopt has moved on behind it.
std::string stumbled(const std::vector<std::string>& words) {
  if (optopt >= kLongBase) return option_rules()[static_cast<size_t>(optopt - kLongBase)].name;
  if (optopt > 0) return std::string("-") + static_cast<char>(optopt);
  size_t index = static_cast<size_t>(std::max(optind - 2, 0));
  return index < words.size() ? words[index].substr(0, words[index].find('=')) : std::string();
}

Status take_globals(CommandLine& line, const std::function<const char*(const char*)>& environment) {
  const Arguments& given = line.arguments;
  Options& options = line.options;
  options.json = given.has("--json");
  options.config = absolute_path(given.value("--config"));
  options.recovery_key = absolute_path(given.value("--recovery-key"));
  options.owner_key = absolute_path(given.value("--owner-key"));
  options.passphrase_file = absolute_path(given.value("--passphrase-file"));
  const char* config = environment("APLOMB_CONFIG");
  if (options.config.empty())
    options.config = config && *config ? absolute_path(config) : "/etc/aplomb/aplomb.toml";
  line.help = given.has("--help");
  line.version = given.has("--version");
  if (!given.has("--lang")) return {};
  std::string language = given.value("--lang");
  if (language != "fr" && language != "en")
    return fail(wrong(tr("the language {} is not known: fr or en", language)));
  options.language = language == "fr" ? Language::french : Language::english;
  return {};
}

Status check_counts(const Arguments& given) {
  for (const auto& [name, values] : given.options()) {
    const OptionRule* rule = find_option(name);
    if (values.size() > 1 && rule->value == Value::required && !rule->repeatable)
      return fail(wrong(tr("the option {} may be given only once", name)));
    if (takes_file(name) && values.back().empty()) return fail(wrong(tr("the option {} needs a path", name)));
  }
  return {};
}

}  // namespace

std::string Arguments::value(std::string_view option) const {
  auto found = options_.find(option);
  return found == options_.end() ? std::string() : found->second.back();
}

const std::vector<std::string>& Arguments::values(std::string_view option) const {
  static const std::vector<std::string> none;
  auto found = options_.find(option);
  return found == options_.end() ? none : found->second;
}

void Arguments::add(std::string_view option, std::string value) {
  options_[std::string(option)].push_back(std::move(value));
}

const std::vector<OptionRule>& option_rules() {
  static const std::vector<OptionRule> rules = {
      {"--config", Value::required, false, "FILE", tr_later("the configuration (or $APLOMB_CONFIG)")},
      {"--recovery-key", Value::required, false, "FILE",
       tr_later("the recovery key, or the words of its sheet; init writes the key there")},
      {"--owner-key", Value::required, false, "FILE", tr_later("the owner key")},
      {"--passphrase-file", Value::required, false, "FILE",
       tr_later("the passphrase of the keys (or $APLOMB_PASSPHRASE)")},
      {"--json", Value::none, false, "", tr_later("one JSON document on standard output")},
      {"--lang", Value::required, false, "fr|en", tr_later("the language")},
      {"--help", Value::none, false, "", tr_later("this help; of a command, behind its name")},
      {"--version", Value::none, false, "", tr_later("the version")},
      {"--root", Value::required, true, "DIR", tr_later("a folder of the site; several make one site")},
      {"--name", Value::required, false, "NAME", tr_later("the name of the site")},
      {"--url", Value::required, false, "URL", tr_later("its public address")},
      {"--db", Value::required, true, "SPEC",
       tr_later("a database of the site: sqlite:/path/to/file, mariadb:/path/to/wp-config.php")},
      {"--vault", Value::required, false, "URL",
       tr_later("where the vault is: file:/path or ssh://user@host/path")},
      {"--sheet", Value::required, false, "FILE",
       tr_later("write the recovery sheet there too, to print; .txt for plain text")},
      {"--rules", Value::required, true, "FILE", tr_later("rules of YARA to scan with as well")},
      {"--signers", Value::required, false, "FILE",
       tr_later("whose signed commits approve code: allowed signers of SSH, or public keys of OpenPGP")},
      {"--yes", Value::none, false, "", tr_later("answer every question with yes")},
      {"--to", Value::required, false, "DIR", tr_later("where to write")},
      {"--read-all", Value::none, false, "", tr_later("open every frame with the recovery key")},
      {"--revoke", Value::none, false, "", tr_later("take the approval back")},
      {"--release", Value::none, false, "", tr_later("let retention decide again")},
      {"--point", Value::required, false, "ID", tr_later("the point to recover from")},
      {"--whole", Value::none, false, "", tr_later("put the whole site back to the point")},
      {"--resume", Value::none, false, "", tr_later("go on with an unfinished recovery")},
      {"--undo", Value::none, false, "", tr_later("put back what the recovery replaced")},
      {"--confirm", Value::none, false, "", tr_later("the recovery is good; drop what undo needs")},
      {"--false-alarm", Value::none, false, "", tr_later("nothing had happened: everything is taken back")},
      {"--add", Value::required, false, "FILE", tr_later("a screenshot or letter to keep as an exhibit")},
      {"--note", Value::required, false, "TEXT", tr_later("what it shows")},
      {"--check", Value::required, false, "DIR",
       tr_later("compare an exported folder with its list and the journal")},
      {"--override", Value::required, true, "NAME",
       tr_later("reopen in spite of the gate: not-proven; it is kept in the journal")},
      {"--dump", Value::required, false, "FILE", tr_later("the database as it was then")},
      {"--at", Value::required, false, "TIME",
       tr_later("when the backup was made: 2026-11-01 or 2026-11-01T03:00, in this machine's time")},
      {"--wordpress", Value::none, false, "", tr_later("with a WordPress")},
  };
  return rules;
}

const OptionRule* find_option(std::string_view name) {
  auto found =
      std::ranges::find_if(option_rules(), [name](const OptionRule& rule) { return rule.name == name; });
  return found == option_rules().end() ? nullptr : &*found;
}

bool is_global(std::string_view name) {
  return takes_file(name) || name == "--json" || name == "--lang" || name == "--help" || name == "--version";
}

Result<CommandLine> parse_arguments(const std::vector<std::string>& words,
                                    const std::function<const char*(const char*)>& environment) {
  std::vector<std::string> copies = {"aplomb"};
  copies.insert(copies.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  static const std::vector<option> table = getopt_table();

  CommandLine line;
  auto take_word = [&line](std::string word) {
    line.arguments.verb.empty() ? void(line.arguments.verb = std::move(word))
                                : line.arguments.words.push_back(std::move(word));
  };
  int argc = static_cast<int>(copies.size());
  optind = 0;  // glibc: start anew
  opterr = 0;
  // '-': words come in their place, as option 1; ':': a missing value is told from an unknown option.
  for (int found; (found = getopt_long(argc, argv.data(), "-:h", table.data(), nullptr)) != -1;) {
    if (found == 1) {
      take_word(optarg);
    } else if (found == 'h') {
      line.arguments.add("--help", "");
    } else if (found == ':') {
      return fail(wrong(tr("the option {} needs a value", stumbled(words))));
    } else if (found == '?') {
      if (optopt >= kLongBase) return fail(wrong(tr("the option {} takes no value", stumbled(words))));
      return fail(wrong(tr("the option {} is not known", stumbled(words))));
    } else {
      line.arguments.add(option_rules()[static_cast<size_t>(found - kLongBase)].name, optarg ? optarg : "");
    }
  }
  for (int i = optind; i < argc; ++i) take_word(argv[static_cast<size_t>(i)]);
  TRY(check_counts(line.arguments));
  TRY(take_globals(line, environment));
  return line;
}

}  // namespace aplomb::cli

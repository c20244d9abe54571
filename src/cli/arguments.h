// The command line, taken apart: `aplomb [options] VERB [words] [options]`. Options are the same wherever
// they stand; "--" ends them; "--name value" and "--name=value" are both right. Each verb says in its line of
// the table (verbs.cc) which options it knows. Over getopt_long(3), whose way is what administrators know.
// Not CLI11: it takes a word such as "[x]" apart as a list, mixes "--" up with options that may stand behind
// the verb, and its messages are English only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/app.h"

namespace aplomb::cli {

// What is left for the verb once the options of all commands are taken out.
class Arguments {
 public:
  std::string verb;                // empty: none was given
  std::vector<std::string> words;  // behind the verb, in order

  // `option` with its dashes: "--yes".
  bool has(std::string_view option) const { return options_.contains(option); }
  std::string value(std::string_view option) const;  // the last one given; "" when it was not
  const std::vector<std::string>& values(std::string_view option) const;
  // The word at `index`, or "".
  std::string word(size_t index) const { return index < words.size() ? words[index] : std::string(); }

  void add(std::string_view option, std::string value);
  const auto& options() const { return options_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
};

enum class Value { none, required };

struct OptionRule {
  const char* name;  // "--root"
  Value value;
  bool repeatable;
  const char* shown;    // "DIR"; of its value
  const char* summary;  // tr_later("…")
};

// Every option of the program.
const std::vector<OptionRule>& option_rules();
const OptionRule* find_option(std::string_view name);
// Those that every verb takes; parse_arguments() moves them into Options.
bool is_global(std::string_view name);

struct CommandLine {
  Options options;  // `config` is filled in; `interactive` is not
  Arguments arguments;
  bool help = false, version = false;
};

// Pure but for `environment` (getenv in the program). Code::usage says which word is wrong.
Result<CommandLine> parse_arguments(const std::vector<std::string>& words,
                                    const std::function<const char*(const char*)>& environment);

}  // namespace aplomb::cli

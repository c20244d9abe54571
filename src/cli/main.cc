// The program. A confined child is this program again, and begins with the first line of main().
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "base/version.h"
#include "cli/verbs.h"
#include "proc/worker.h"
#include "site/config.h"

namespace aplomb::cli {
namespace {

// Deep trees and many packs need many descriptors, and the usual soft limit of 1024 is there for select(2)
// alone.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Frames of half a megabyte come and go by the thousand. Given back to the system each time, they cost more
// in page faults than in hashing; what is really large (an index) still goes back at once.
void keep_freed_memory() {
  constexpr int kLarge = 8 << 20, kKept = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kKept);
}

Language language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value)
      return std::strncmp(value, "fr", 2) == 0 ? Language::french : Language::english;
  return Language::english;
}

// Known before the command line is understood, so that its errors are in the right form and language too.
bool wants_json(const std::vector<std::string>& words) {
  auto end = std::ranges::find(words, "--");
  return std::find(words.begin(), end, "--json") != end;
}

void set_language_before_parsing(const std::vector<std::string>& words) {
  Language chosen = language_of_environment();
  for (size_t i = 0; i < words.size(); ++i) {
    bool french =
        words[i] == "--lang=fr" || (words[i] == "--lang" && i + 1 < words.size() && words[i + 1] == "fr");
    bool english =
        words[i] == "--lang=en" || (words[i] == "--lang" && i + 1 < words.size() && words[i + 1] == "en");
    if (french || english) chosen = french ? Language::french : Language::english;
  }
  set_language(chosen);
}

// --lang, else what init kept in the configuration, else the environment.
void settle_language(const Options& options) {
  if (options.language) return set_language(*options.language);
  fs::PosixFs fs;
  if (auto config = site::load_config(fs, options.config)) set_language(config->language);
}

int show_help(Output& output, const Arguments& arguments) {
  const Verb* verb = find_verb(arguments.verb);
  output.say(verb ? help_text(*verb) : help_text());
  output.document({{"help", verb ? help_text(*verb) : help_text()}});
  return 0;
}

int show_version(Output& output) {
  output.say(kToolName);
  output.document({{"version", kToolName}});
  return 0;
}

int run(const std::vector<std::string>& words) {
  set_language_before_parsing(words);
  Output output = Output::standard(wants_json(words) ? Output::Form::json : Output::Form::text);
  auto line = parse_arguments(words, [](const char* name) -> const char* { return std::getenv(name); });
  if (!line) {
    output.error(line.error());
    return exit_status(line.error().code);
  }
  settle_language(line->options);
  if (line->version) return show_version(output);
  if (line->help || (line->arguments.verb.empty() && words.empty()))
    return show_help(output, line->arguments);
  line->options.interactive = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && !line->options.json;
  SystemClock clock;
  App app(line->options, clock, std::move(output));
  return run_verb(app, line->arguments);
}

}  // namespace
}  // namespace aplomb::cli

int main(int argc, char** argv) {
  int status = aplomb::proc::worker_early_main(argc, argv);
  if (status >= 0) return status;
  std::signal(SIGPIPE, SIG_IGN);
  aplomb::cli::raise_file_limit();
  aplomb::cli::keep_freed_memory();
  return aplomb::cli::run(std::vector<std::string>(argv + 1, argv + std::max(argc, 1)));
}

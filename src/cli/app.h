// What every command works with: the machine (file system, clock, randomness, log, progress), where the
// result goes, and the options that are the same for all commands. Nothing of it is global, so that the
// demonstration can run commands in its own process, with its own clock, configuration and captured output:
//
//   Options options;
//   options.config = folder + "/aplomb.toml";
//   options.passphrase = "…";
//   std::string text;
//   App app(options, manual_clock, Output([&](auto part) { text += part; }, ignore, Output::Form::json));
//   int status = run_command(app, {"backup", "town"});   // verbs.h
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "archive/take_snapshot.h"
#include "base/clock.h"
#include "base/messages.h"
#include "base/progress.h"
#include "base/random.h"
#include "cli/output.h"
#include "fs/posix_fs.h"

namespace aplomb::cli {

struct Options {
  std::string config;                     // absolute; of --config, $APLOMB_CONFIG, or /etc/aplomb/aplomb.toml
  std::string recovery_key;               // absolute; empty: not named on the command line
  std::string owner_key;                  // absolute; empty: not named on the command line
  std::string passphrase_file;            // absolute; empty: none
  std::optional<std::string> passphrase;  // given in-process by the demonstration; else unset
  std::optional<Language> language;       // of --lang
  bool json = false;
  // Someone is there to answer: standard input and standard error are terminals, and not --json.
  bool interactive = false;
};

class App {
 public:
  // The clock outlives the App. Progress is drawn when options.interactive.
  App(Options options, const Clock& clock, Output output);
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  archive::Machine machine() { return {fs_, clock_, random_, log_, *progress_}; }
  fs::Fs& fs() { return fs_; }
  const Clock& clock() const { return clock_; }
  Random& random() { return random_; }
  Log& log() { return log_; }
  Progress& progress() { return *progress_; }
  Output& out() { return output_; }
  const Options& options() const { return options_; }

 private:
  Options options_;
  const Clock& clock_;
  Output output_;
  fs::PosixFs fs_;
  SystemRandom random_;
  OutputLog log_;
  std::unique_ptr<Progress> progress_;
};

// "/etc/x" stays, "x" is taken from the working folder; normal (no ".", ".."). An empty path stays empty.
std::string absolute_path(const std::string& path);

}  // namespace aplomb::cli

#include "proc/worker.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <map>
#include <new>
#include <optional>

#include "base/messages.h"
#include "proc/isolated.h"

namespace aplomb::proc {
namespace {

constexpr std::string_view kMark = "__worker", kIsolatedMark = "__isolated";

struct Entry {
  WorkerMain main;
  Role role;
};

std::map<std::string, Entry, std::less<>>& registry() {
  static std::map<std::string, Entry, std::less<>> entries;
  return entries;
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Asks the kernel to kill this process when the parent's end of the pipe closes, however the parent ends.
// Not PR_SET_PDEATHSIG: that fires when the *thread* that started the child ends, and pools have many.
void die_with_parent() {
  if (fcntl(kWorkerLifeline, F_GETFD) < 0) return;
  fcntl(kWorkerLifeline, F_SETOWN, getpid());
  fcntl(kWorkerLifeline, F_SETSIG, SIGKILL);
  fcntl(kWorkerLifeline, F_SETFL, O_ASYNC);
}

// What reads files when it is first used must do so now.
void load_before_confinement() {
  const char* chosen = std::getenv("LANGUAGE");
  set_language(chosen && std::string_view(chosen) == "fr" ? Language::french : Language::english);
  translate("helper process");  // opens the catalogue
  tzset();
}

std::optional<Confinement> parse_limits(int argc, char** argv, Role role) {
  if (argc != 6) return std::nullopt;
  auto memory = number<uint64_t>(argv[3]);
  auto cpu = number<uint32_t>(argv[4]);
  auto files = number<uint32_t>(argv[5]);
  if (!memory || !cpu || !files) return std::nullopt;
  return Confinement{role, *memory, *cpu, *files};
}

}  // namespace

WorkerRegistration::WorkerRegistration(const char* name, WorkerMain main, Role role) {
  bool added = registry().emplace(name, Entry{main, role}).second;
  APLOMB_CHECK(added);
}

SpawnPlan worker_plan(std::string_view name, const WorkerLimits& limits) {
  SpawnPlan plan;
  plan.program = "/proc/self/exe";
  plan.argv = {"aplomb",
               std::string(kMark),
               std::string(name),
               std::to_string(limits.memory_bytes),
               std::to_string(limits.cpu_seconds),
               std::to_string(limits.open_files)};
  plan.environment = {language() == Language::french ? "LANGUAGE=fr" : "LANGUAGE=en"};
  plan.folder = "/";
  return plan;
}

int worker_early_main(int argc, char** argv) {
  if (argc >= 2 && argv[1] == kIsolatedMark) {
    die_with_parent();
    load_before_confinement();
    return isolated_early_main(argc, argv);
  }
  if (argc < 3 || argv[1] != kMark) return -1;
  auto entry = registry().find(std::string_view(argv[2]));
  if (entry == registry().end()) _exit(kExitUnknownWorker);
  auto confinement = parse_limits(argc, argv, entry->second.role);
  if (!confinement) _exit(kExitUnknownWorker);
  die_with_parent();
  load_before_confinement();
  std::set_new_handler([] { _exit(kExitOutOfMemory); });
  if (Status confined = confine(*confinement); !confined) _exit(kExitNotConfined);
  _exit(entry->second.main(kWorkerIn, kWorkerOut));
}

}  // namespace aplomb::proc

#include "recover/journal.h"

#include <nlohmann/json.hpp>

#include "base/messages.h"

namespace aplomb::recover {
namespace {

using nlohmann::json;

constexpr char kFolder[] = "recovery";
constexpr char kJournal[] = "recovery/journal";
constexpr char kPlan[] = "recovery/switch";
constexpr uint64_t kJournalMax = 1ull << 30, kPlanMax = 4ull << 30;
constexpr int kSteps = 8;

// Durable by itself: a file in a folder that a loss of power takes away is no journal.
Status make_folder(fs::Dir& site_state) {
  TRY(fs::make_dirs(site_state, kFolder, 0700));
  return site_state.sync();
}

}  // namespace

std::string_view name(Step step) {
  switch (step) {
    case Step::started:
      return "started";
    case Step::contained:
      return "contained";
    case Step::sealed:
      return "sealed";
    case Step::staged:
      return "staged";
    case Step::switching:
      return "switching";
    case Step::switched:
      return "switched";
    case Step::done:
      return "done";
    case Step::confirmed:
      return "confirmed";
  }
  return "started";
}

std::string journal_folder(const std::string& site_state) {
  return site_state + "/" + kFolder;
}

Result<std::optional<Journal>> load_journal(fs::Dir& site_state) {
  auto bytes = fs::read_file(site_state, kJournal, kJournalMax);
  if (!bytes) {
    if (bytes.error().code == Code::not_found) return std::optional<Journal>();
    return fail(std::move(bytes).error());
  }
  try {
    json value = json::parse(as_text(*bytes));
    if (value.at("version").get<int>() != 0)
      return fail(Code::unsupported, tr("the recovery was begun by a newer Aplomb"));
    Journal journal;
    journal.id = value.at("id").get<std::string>();
    journal.site = value.at("site").get<std::string>();
    int step = value.at("step").get<int>();
    if (step < 0 || step >= kSteps) return fail(Code::corrupt, tr("the recovery's journal is damaged"));
    journal.step = static_cast<Step>(step);
    journal.started.ns = value.at("started_ns").get<int64_t>();
    journal.asked_point = value.at("asked_point").get<std::string>();
    journal.whole = value.at("whole").get<bool>();
    journal.overrides = value.at("overrides").get<std::vector<std::string>>();
    journal.incident = value.value("incident", "");
    journal.incident_facts = value.value("incident_facts", "");
    journal.evidence = value.at("evidence").get<std::string>();
    journal.point = value.at("point").get<std::string>();
    journal.proven = value.at("proven").get<bool>();
    journal.seconds_to_continuity = value.at("seconds_to_continuity").get<double>();
    journal.summary = value.at("summary").get<std::string>();
    journal.service_stopped = value.at("service_stopped").get<bool>();
    return std::optional(std::move(journal));
  } catch (const json::exception& error) {
    return fail(
        make_error(Code::corrupt, tr("the recovery's journal is damaged: {}", error.what())).at(kJournal));
  }
}

Status save_journal(fs::Dir& site_state, const Journal& journal) {
  TRY(make_folder(site_state));
  json value = {{"version", 0},
                {"id", journal.id},
                {"site", journal.site},
                {"step", static_cast<int>(journal.step)},
                {"step_name", name(journal.step)},
                {"started_ns", journal.started.ns},
                {"asked_point", journal.asked_point},
                {"whole", journal.whole},
                {"overrides", journal.overrides},
                {"incident", journal.incident},
                {"incident_facts", journal.incident_facts},
                {"evidence", journal.evidence},
                {"point", journal.point},
                {"proven", journal.proven},
                {"seconds_to_continuity", journal.seconds_to_continuity},
                {"summary", journal.summary},
                {"service_stopped", journal.service_stopped}};
  return fs::write_file_durably(site_state, kJournal, as_bytes(value.dump(1) + "\n"));
}

Status save_switch_plan(fs::Dir& site_state, const SwitchPlan& plan) {
  TRY(make_folder(site_state));
  return fs::write_file_durably(site_state, kPlan, encode(plan));
}

Result<SwitchPlan> load_switch_plan(fs::Dir& site_state) {
  Bytes bytes = TRY_IN(fs::read_file(site_state, kPlan, kPlanMax), tr("the recovery's plan cannot be read"));
  return decode_switch_plan(bytes);
}

Status remove_journal(fs::Dir& site_state) {
  // The journal goes first: a plan without a journal is nothing, a journal without its plan a recovery that
  // never ends.
  if (site_state.stat(kJournal)) {
    TRY(site_state.remove(kJournal));
    TRY(TRY(site_state.open_dir(kFolder))->sync());
  }
  TRY(fs::remove_tree(site_state, kFolder));
  return site_state.sync();
}

}  // namespace aplomb::recover

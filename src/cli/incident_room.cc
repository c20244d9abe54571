#include "cli/incident_room.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/backup_run.h"
#include "cli/entry_points.h"
#include "cli/points.h"
#include "cli/who.h"
#include "continuity/citizens_copy.h"
#include "site/data_folder.h"
#include "site/database_rows.h"
#include "site/personal_data.h"

namespace aplomb::cli {
namespace {

constexpr uint64_t kImageMax = 200ULL << 20;
constexpr size_t kTracesMax = 1000;

// What the rules of the judge say about the kind of an attack, the weightiest first.
struct Hint {
  std::string_view kind;
  std::vector<std::string_view> rules;
};
const std::vector<Hint>& hints() {
  static const std::vector<Hint> list = {
      {"encrypted", {"mass-encryption", "mass-rename", "ransom-note", "changed-with-encryption"}},
      {"defaced", {"page-takeover", "mass-overwrite", "index-shadowed"}},
      {"slow", {"js-miner", "donate-level", "miner"}},
      {"redirect", {"redirect", "html-hidden-links", "html-refresh", "spam", "js-search"}}};
  return list;
}

std::string guess_kind(const std::vector<judge::Note>& notes) {
  if (notes.empty()) return "";
  for (const Hint& hint : hints())
    for (const judge::JudgedObject& object : notes.back().point.open)
      for (const auto& finding : object.findings)
        for (std::string_view rule : hint.rules)
          if (std::string_view(finding.rule).find(rule) != std::string_view::npos)
            return std::string(hint.kind);
  return "";
}

void add_points(incident::Known& known, const SitePoints& points) {
  for (const judge::Event& event : points.timeline.events) {
    if (known.traces.size() >= kTracesMax) break;
    known.traces.push_back({event.time, event.path, event.kind, event.reason.text()});
  }
  if (points.timeline.clean_point) {
    const judge::Point& clean = points.points[*points.timeline.clean_point];
    known.clean_point = clean.snapshot;
    known.clean_time = clean.time;
  }
}

// What `aplomb recover` wrote into the journal, in its order: put back, undone, put back again, confirmed.
void add_recovery(incident::Known& known, const incident::Journal& journal) {
  for (const incident::Entry& entry : journal.entries()) {
    if (entry.kind != incident::Kind::recovered) continue;
    if (entry.field("confirmed") == "yes") {
      known.confirmed = true;
      continue;
    }
    auto count = [&](const char* field) {
      return static_cast<size_t>(std::strtoull(entry.field(field).c_str(), nullptr, 10));
    };
    known.confirmed = false;
    known.carried_out = entry.field("carried_out") == "yes";
    known.verified = entry.field("verified") == "yes";
    known.changed = count("changed");
    known.rejected = count("rejected");
    known.kept = count("kept");
    if (known.carried_out && known.clean_point.empty()) known.clean_point = entry.field("point");
  }
}

std::string clock_line(const incident::Deadline& deadline) {
  const auto& words = language() == Language::french ? deadline.rule->french : deadline.rule->english;
  std::string when = deadline.done ? tr("done")
                     : deadline.hours_left < 0
                         ? tr("OVERDUE since {}", to_local(deadline.due))
                         : tr("until {} ({} h left)", to_local(deadline.due), deadline.hours_left);
  return fmt::format("  {}: {}", words.title, when);
}

std::string answer_line(const incident::Known& known, const incident::Question& question) {
  auto found = known.answers.find(question.id);
  if (found == known.answers.end()) return "";
  for (const auto& [word, text] : question.answers)
    if (found->second == word) return fmt::format("  {} {}\n", tr(question.text), tr(text));
  return "";
}

}  // namespace

std::optional<std::vector<incident::PersonalTable>> personal_tables(Session& session,
                                                                    const site::SiteConfig& site) {
  App& app = session.app();
  std::vector<incident::PersonalTable> found;
  auto folder = app.fs().open_dir(session.state(site).path + "/databases");
  if (site.databases.empty()) return found;
  auto copies = folder ? (*folder)->list() : Result<std::vector<fs::Entry>>(fail(std::move(folder).error()));
  if (!copies || copies->empty()) return std::nullopt;
  for (const fs::Entry& copy : *copies) {
    auto bytes = fs::read_file(**folder, copy.name, kImageMax);
    site::ReadOptions options;
    for (const site::DatabaseSpec& spec : site.databases)
      if (spec.entry_name() == copy.name) options.kind = spec.kind;
    auto database =
        bytes ? site::read_database(*bytes, options) : Result<site::Database>(fail(std::move(bytes).error()));
    if (!database) return std::nullopt;
    for (site::PersonalColumns& table : site::personal_columns(*database))
      found.push_back({copy.name, table.table, table.rows, std::move(table.columns)});
  }
  return found;
}

std::vector<incident::DeadlineRule> deadline_rules(App& app) {
  auto rules = incident::load_deadlines(app.fs(), site::deadline_folder());
  if (rules) return std::move(*rules);
  app.log().warn(tr("the deadlines cannot be read: {}", rules.error().what));
  return {};
}

Result<incident::Known> gather(Session& session, const site::SiteConfig& site,
                               const incident::Journal& journal, Personal personal, Logs logs) {
  App& app = session.app();
  incident::Known known = incident::known_from(journal, site.name, app.clock().now());
  known.url = site.url;
  judge::SiteState state = session.state(site);
  std::vector<judge::Note> notes = TRY(notes_of(app, state));
  if (const judge::Note* last = last_backup(notes)) known.last_backup = last->point.time;
  if (!notes.empty()) known.verdict = judge::name(notes.back().point.verdict);
  known.guessed_kind = guess_kind(notes);
  add_recovery(known, journal);
  // After the recovery the notes are those of the new epoch; the incident's own lie before it.
  SitePoints points = TRY(load_points(session, site, Earlier::judged));
  if (points.closed && *points.closed >= known.knowledge) {
    points.points = std::move(points.earlier);
    points.timeline = judge::build_timeline(points.points);
  }
  add_points(known, points);
  if (logs == Logs::traced) add_trace(known, trace_site(session, site, points));
  if (auto folder = app.fs().open_dir(state.path))
    if (auto copy = continuity::running_copy(**folder)) known.copy_url = *copy ? (*copy)->url : std::string();
  if (personal == Personal::counted) {
    auto tables = personal_tables(session, site);
    known.personal_known = tables.has_value();
    if (tables) known.personal = std::move(*tables);
  }
  return known;
}

std::string step_text(const incident::Known& known) {
  const incident::Step step = incident::next_step(known);
  const incident::StepText text = incident::text_of(step, known);
  if (step == incident::Step::finished) return text.title;
  const std::vector<incident::Step> steps = incident::steps_of(known);
  const auto done =
      std::ranges::count_if(steps, [&](incident::Step s) { return incident::is_done(s, known); });
  std::string shown = tr("NEXT ({} of {}): {}", done + 1, steps.size(), text.title) + "\n";
  shown += "  " + text.why + "\n";
  for (const std::string& line : text.how) shown += "  - " + line + "\n";
  shown += "  " + tr("who: {}; how long: {}", text.who, text.how_long) + "\n";
  shown += "  ! " + text.never + "\n";
  shown += tr("Type:");
  for (const std::string& command : text.commands) shown += "\n  " + command;
  return shown;
}

std::string room_text(const incident::Known& known, const std::vector<incident::DeadlineRule>& rules) {
  std::string text = tr("Incident {}, known since {}", known.case_id, to_local(known.knowledge));
  if (!known.open)
    text += known.false_alarm ? ", " + tr("closed as a false alarm")
                              : ", " + tr("closed on {}", to_local(known.closed.value_or(known.now)));
  text += "\n";
  auto line = [&](bool there, const std::string& yes, const std::string& no) {
    text += fmt::format("  {} {}\n", there ? "[x]" : "[ ]", there ? yes : no);
  };
  if (known.elsewhere) {
    line(known.contained.has_value(), tr("the web server is off the network, as a person said"),
         tr("the web server is still in the network, as far as is known here"));
    line(!known.evidence.empty(),
         tr("the last state that the vault received is the evidence: {}", short_id(known.evidence)),
         tr("the vault was not read yet"));
  } else {
    line(known.contained.has_value(), tr("the site is contained"), tr("the site is NOT contained"));
    line(!known.evidence.empty(), tr("the hacked state is sealed as evidence: {}", short_id(known.evidence)),
         tr("the evidence is NOT sealed: change nothing"));
  }
  if (!known.carried_out)
    line(!known.copy_url.empty(), tr("citizens see the copy at {}", known.copy_url),
         tr("citizens see no copy of the site"));
  if (known.elsewhere)
    line(known.carried_out,
         known.verified ? tr("the site is rebuilt, and verified")
                        : tr("the site is rebuilt, and NOT verified"),
         tr("the site is not rebuilt yet"));
  else
    line(known.carried_out,
         known.verified ? tr("the site is back, and verified") : tr("the site is back, and NOT verified"),
         tr("the site is not back yet"));
  if (!known.traces.empty())
    text +=
        "  " +
        tr("first trace: {}, {}", to_local(known.traces.front().time), printable(known.traces.front().path)) +
        "\n";
  if (!known.clean_point.empty() && known.clean_time)
    text += "  " +
            tr("last state proven clean: {} ({})", to_local(*known.clean_time), short_id(known.clean_point)) +
            "\n";
  for (const incident::Question& question : incident::questions()) text += answer_line(known, question);
  for (const incident::Deadline& deadline : incident::deadlines_of(rules, known))
    text += clock_line(deadline) + "\n";
  return text + "\n" + step_text(known);
}

nlohmann::json room_document(const incident::Known& known, const std::vector<incident::DeadlineRule>& rules) {
  const incident::Step step = incident::next_step(known);
  const incident::StepText text = incident::text_of(step, known);
  nlohmann::json deadlines = nlohmann::json::array();
  for (const incident::Deadline& deadline : incident::deadlines_of(rules, known))
    deadlines.push_back({{"name", deadline.rule->name},
                         {"due", to_iso(deadline.due)},
                         {"hours_left", deadline.hours_left},
                         {"done", deadline.done},
                         {"source", deadline.rule->source}});
  nlohmann::json done = nlohmann::json::array();
  for (incident::Step one : incident::steps_of(known))
    if (incident::is_done(one, known)) done.push_back(incident::name(one));
  nlohmann::json evidence = {{"sealed", !known.evidence.empty()}, {"snapshot", nullptr}, {"time", nullptr}};
  if (!known.evidence.empty()) evidence["snapshot"] = known.evidence;
  if (known.sealed) evidence["time"] = to_iso(*known.sealed);
  return {{"site", known.site},
          {"case", known.case_id},
          {"open", known.open},
          {"false_alarm", known.false_alarm},
          {"elsewhere", known.elsewhere},
          {"knowledge", to_iso(known.knowledge)},
          {"step", incident::name(step)},
          {"title", text.title},
          {"commands", text.commands},
          {"deadlines", deadlines},
          {"evidence", evidence},
          {"continuity", known.copy_url},
          {"answers", known.answers},
          {"done", done},
          {"clean_point",
           known.clean_point.empty() ? nlohmann::json(nullptr) : nlohmann::json(known.clean_point)}};
}

Status tell_incident(Session& session, const site::SiteConfig& site, const incident::Fields& fields) {
  App& app = session.app();
  auto folder = app.fs().open_dir(session.state(site).path);
  if (!folder) return {};
  auto journal = TRY(incident::Journal::current(**folder, site.name));
  if (!journal) return {};
  return journal->append(incident::Kind::recovered, fields, who_runs_this(), app.clock().now());
}

}  // namespace aplomb::cli

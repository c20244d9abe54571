// `aplomb incident open|show|next|done|note|report|close|evidence [SITE] [WORD…]`: what to do when a site is
// hacked, one thing at a time. `open` does everything that cannot wait; each answer ends with the next action
// and what to type.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/incident_elsewhere.h"
#include "cli/incident_evidence.h"
#include "cli/incident_room.h"
#include "cli/verbs.h"
#include "cli/who.h"
#include "continuity/citizens_copy.h"
#include "incident/dossier.h"
#include "recover/recover.h"
#include "recover/undo.h"
#include "site/paths.h"

namespace aplomb::cli {
namespace {

using incident::Journal;
using incident::Kind;

Error no_incident(const std::string& site) {
  return make_error(Code::not_found, tr("no incident of this site is open"))
      .then(tr("aplomb incident open {} begins one", site));
}

class Room {
 public:
  Room(Session& session, const site::SiteConfig& site, const Arguments& arguments)
      : session_(session),
        app_(session.app()),
        site_(site),
        arguments_(arguments),
        state_path_(session.state(site).path) {}

  Result<int> run(const std::string& action) {
    state_ = TRY(app_.fs().make_dirs(state_path_, 0700));
    if (action == "open") return open();
    const bool reads = action == "show" || action == "report" || action == "evidence";
    auto journal = TRY(Journal::current(*state_, site_.name, reads));
    if (!journal) return fail(no_incident(site_.name));
    if (action == "show" || action == "next") return show(*journal, action == "next");
    if (action == "done") return done(*journal);
    if (action == "note") return note(*journal);
    if (action == "report") return report(*journal);
    if (action == "evidence") return evidence(*journal);
    return close(*journal);
  }

 private:
  std::string who() const { return who_runs_this(); }
  Status append(Journal& journal, Kind kind, incident::Fields fields) {
    return journal.append(kind, std::move(fields), who(), app_.clock().now());
  }

  Result<int> open() {
    auto lock = TRY(archive::lock_site(app_.machine(), state_path_));
    auto journal = TRY(Journal::current(*state_, site_.name));
    const bool fresh = !journal;
    const bool elsewhere = is_elsewhere(session_, site_);
    if (fresh) {
      incident::Fields fields = {{"tool", tool_name()}, {"tool_sha256", tool_hash()}};
      if (elsewhere) fields["elsewhere"] = "yes";
      journal = TRY(Journal::open_case(*state_, site_.name, app_.random(), app_.clock().now(), who(),
                                       std::move(fields)));
    }
    if (!fresh && journal->last(Kind::sealed)) {
      app_.out().say(tr("the incident {} is open already", journal->case_id()));
      return show(*journal, false);
    }
    TRY(elsewhere ? take_over(*journal) : contain(*journal));
    return show(*journal, false);
  }

  Status seal_failed(Journal& journal, Error error) {
    (void)append(journal, Kind::failed,
                 {{"what", "seal"}, {"text", printable(error.what + " " + error.where)}});
    return fail(std::move(error));
  }

  // The web server is not asked: what the vault received last stands for the hacked state.
  Status take_over(Journal& journal) {
    auto last = take_over_from_vault(session_, site_);
    if (!last) return seal_failed(journal, std::move(last).error());
    return append(journal, Kind::sealed,
                  {{"snapshot", last->snapshot}, {"from", "vault"}, {"received", to_iso(last->received)}});
  }

  Status contain(Journal& journal) {
    nlohmann::json mark = {
        {"case", journal.case_id()}, {"key", journal.key().hex()}, {"head", to_hex(journal.head().bytes)}};
    archive::Machine machine = app_.machine();
    recover::Stores stores{TRY(session_.writer_store()), nullptr, nullptr};
    recover::Recovery recovery(machine, site_, state_path_, session_.config().language, stores, {});
    auto report = recovery.contain_and_seal({journal.case_id(), mark.dump()});
    if (!report) return seal_failed(journal, std::move(report).error());
    TRY(append(journal, Kind::contained, {{"copy", report->continuity_url}}));
    return append(journal, Kind::sealed, {{"snapshot", report->evidence}});
  }

  Result<int> show(const Journal& journal, bool step_alone) {
    auto known = TRY(gather(session_, site_, journal, Personal::left_out));
    if (incident::next_step(known) == incident::Step::reach)
      known = TRY(gather(session_, site_, journal, Personal::counted));
    const auto rules = deadline_rules(app_);
    app_.out().say(step_alone ? step_text(known) : room_text(known, rules));
    app_.out().document(room_document(known, rules));
    return 0;
  }

  // The next step is done: a person says so, or answers a question.
  Result<int> done(Journal& journal) {
    auto known = TRY(gather(session_, site_, journal, Personal::left_out));
    const incident::Step step = incident::next_step(known);
    const std::string name(incident::name(step));
    if (const incident::Question* question = incident::find_question(name)) {
      auto answer = incident::parse_answer(*question, arguments_.word(2));
      if (!answer)
        return fail(make_error(Code::usage, tr("this is not one of the answers to: {}", tr(question->text)))
                        .at(arguments_.word(2))
                        .then(tr("aplomb incident next {} lists them; give the number", site_.name)));
      TRY(append(journal, Kind::answered, {{"question", question->id}, {"answer", *answer}}));
    } else if (incident::seen_by_aplomb(step)) {
      const auto text = incident::text_of(step, known);
      return fail(
          make_error(Code::refused, tr("Aplomb sees by itself when this is done: {}", text.title))
              .then(text.commands.empty() ? tr("aplomb incident show {}", site_.name) : text.commands[0]));
    } else {
      if (!arguments_.word(2).empty() && arguments_.word(2) != name)
        return fail(make_error(Code::usage, tr("the next step is {}, not {}", name, arguments_.word(2)))
                        .then(tr("aplomb incident done {}", site_.name)));
      TRY(append(journal, Kind::done, {{"step", name}}));
    }
    return show(journal, true);
  }

  Result<int> note(Journal& journal) {
    std::string text;
    for (size_t i = 2; i < arguments_.words.size(); ++i)
      text += (text.empty() ? "" : " ") + arguments_.words[i];
    if (text.empty())
      return fail(make_error(Code::usage, tr("the text of the note is missing"))
                      .then(tr("aplomb incident note {} TEXT", site_.name)));
    TRY(append(journal, Kind::noted, {{"text", text}}));
    app_.out().say(tr("noted, as entry {}", journal.entries().size()));
    return show(journal, true);
  }

  Result<int> report(Journal& journal) {
    std::string folder = absolute_path(arguments_.value("--to"));
    if (folder.empty()) folder = state_path_ + "/incidents/" + journal.case_id() + "/papers";
    incident::DossierInput input;
    input.known = TRY(gather(session_, site_, journal, Personal::counted, Logs::traced));
    input.deadlines = deadline_rules(app_);
    input.journal = journal.entries();
    input.tool = tool_name();
    input.machine = machine_name();
    auto place = TRY_IN(app_.fs().make_dirs(folder, 0700), tr("the folder of the papers cannot be made"));
    nlohmann::json files = nlohmann::json::array();
    for (const incident::Paper& paper : incident::papers_of(input)) {
      TRY(fs::write_file_durably(*place, paper.file, as_bytes(incident::to_html(paper)), 0600));
      app_.out().say(fmt::format("  {}/{}: {}", printable(folder), paper.file, paper.title));
      files.push_back(printable(folder) + "/" + paper.file);
    }
    if (journal.is_open()) TRY(append(journal, Kind::reported, {{"folder", printable(folder)}}));
    app_.out().say(tr("Read them before you send them, and fill in what says \"à compléter\"."));
    auto known = TRY(gather(session_, site_, journal, Personal::left_out));
    nlohmann::json document = room_document(known, input.deadlines);
    document["files"] = files;
    app_.out().document(document);
    return 0;
  }

  // A screenshot, a ransom demand.
  Result<int> add(Journal& journal) {
    const std::string path = absolute_path(arguments_.value("--add")), note = arguments_.value("--note");
    if (note.empty())
      return fail(make_error(Code::usage, tr("say in a few words what it shows"))
                      .then(tr("aplomb incident evidence {} --add FILE --note TEXT", site_.name)));
    const int number = TRY(add_exhibit(session_, journal, path, note));
    app_.out().say(tr("kept as exhibit {}; its hash stands in the signed journal", number));
    app_.out().document(
        {{"site", site_.name}, {"case", journal.case_id()}, {"exhibit", number}, {"file", printable(path)}});
    return 0;
  }

  Result<int> check(const Journal& journal) {
    const CheckedEvidence checked =
        TRY(check_evidence(session_, journal, absolute_path(arguments_.value("--check"))));
    for (const std::string& name : checked.changed) app_.out().say(tr("CHANGED: {}", printable(name)));
    for (const std::string& name : checked.missing) app_.out().say(tr("MISSING: {}", printable(name)));
    for (const std::string& name : checked.extra)
      app_.out().say(tr("not from the export: {}", printable(name)));
    if (!checked.in_journal)
      app_.out().say(
          tr("The list SHA256SUMS itself is none that the journal of this case knows: it was changed, or the "
             "folder is of another case."));
    if (checked.well())
      app_.out().say(
          tr_n("{} file, as it was exported", "{} files, all as they were exported", checked.files));
    app_.out().document({{"site", site_.name},
                         {"case", journal.case_id()},
                         {"ok", checked.well()},
                         {"files", checked.files},
                         {"changed", checked.changed},
                         {"missing", checked.missing},
                         {"extra", checked.extra},
                         {"list_in_journal", checked.in_journal}});
    return checked.well() ? 0 : 1;
  }

  Result<int> evidence(Journal& journal) {
    if (arguments_.has("--add")) return add(journal);
    if (arguments_.has("--check")) return check(journal);
    const incident::Entry* sealed = journal.last(Kind::sealed);
    nlohmann::json document = {{"site", site_.name},
                               {"case", journal.case_id()},
                               {"sealed", sealed != nullptr},
                               {"items", nlohmann::json::array()}};
    if (!sealed) {
      app_.out().say(tr("nothing is sealed yet"));
      app_.out().document(document);
      return 1;
    }
    const std::string snapshot = sealed->field("snapshot");
    const bool alone = sealed->field("from") == "vault";  // of the server itself nothing was taken
    for (auto [number, what] : {std::pair(1, tr("the website as it was found: files and databases")),
                                std::pair(2, tr("processes, connections, users and temporary folders")),
                                std::pair(3, tr("programs of running processes and their memory maps")),
                                std::pair(4, tr("temporary folders: what could be executed")),
                                std::pair(5, tr("what starts by itself, and who may come in")),
                                std::pair(6, tr("configuration of web server and PHP")),
                                std::pair(7, tr("logs")), std::pair(8, tr("list of packages"))}) {
      if (alone && number > 1) break;
      document["items"].push_back(
          {{"exhibit", number}, {"what", what}, {"snapshot", snapshot}, {"time", to_iso(sealed->time)}});
      app_.out().say(
          fmt::format("  {}  {}  {}  {}", number, to_local(sealed->time), short_id(snapshot), what));
    }
    for (const incident::Entry& entry : journal.entries()) {
      if (entry.kind != Kind::added) continue;
      document["items"].push_back({{"exhibit", std::atoi(entry.field("exhibit").c_str())},
                                   {"what", entry.field("text")},
                                   {"snapshot", nullptr},
                                   {"time", to_iso(entry.time)}});
      app_.out().say(fmt::format("  {}  {}  {}", entry.field("exhibit"), to_local(entry.time),
                                 printable(entry.field("text"))));
    }
    const std::string folder = absolute_path(arguments_.value("--to"));
    if (folder.empty()) {
      app_.out().say(tr("to take it out: {}",
                        tr("aplomb incident evidence {} --to FOLDER --recovery-key FILE", site_.name)));
      app_.out().document(document);
      return 0;
    }
    ExportedEvidence exported = TRY(export_evidence(session_, site_, journal, snapshot, folder));
    for (const std::string& problem : exported.problems) app_.out().advise("! " + problem);
    app_.out().say(tr_n("{} file written to {}; check with sha256sum -c SHA256SUMS",
                        "{} files written to {}; check with sha256sum -c SHA256SUMS", exported.files,
                        printable(folder)));
    document["folder"] = printable(folder);
    document["files"] = exported.files;
    document["bytes"] = exported.bytes;
    document["manifest_sha256"] = exported.manifest_hash;
    document["problems"] = exported.problems;
    app_.out().document(document);
    return 0;
  }

  Result<int> close(Journal& journal) {
    auto lock = TRY(archive::lock_site(app_.machine(), state_path_));
    const bool false_alarm = arguments_.has("--false-alarm");
    auto known = TRY(gather(session_, site_, journal, Personal::left_out));
    if (false_alarm) {
      if (known.carried_out)
        return fail(
            make_error(Code::refused, tr("the site was put back: that was no false alarm"))
                .then(tr("aplomb recover {} --undo first, or close without --false-alarm", site_.name)));
      if (TRY(recover::load_journal(*state_))) TRY(recover::undo(app_.machine(), site_, state_path_));
      TRY(continuity::stop_copy(*state_));
      TRY(append(journal, Kind::false_alarm, {{"text", tr("the site is open again, as it was")}}));
      app_.out().say(tr("False alarm: the site is open again, as it was. The journal says so."));
    } else {
      if (!known.carried_out)
        return fail(
            make_error(Code::refused, tr("the site is still contained"))
                .then(tr("aplomb recover {} puts it back; --false-alarm opens it as it is", site_.name)));
      TRY(append(journal, Kind::closed, {{"text", ""}}));
      app_.out().say(tr("The incident {} is closed. Its journal and its evidence stay.", journal.case_id()));
    }
    auto now = TRY(gather(session_, site_, journal, Personal::left_out));
    app_.out().document(room_document(now, deadline_rules(app_)));
    return 0;
  }

  Session& session_;
  App& app_;
  const site::SiteConfig& site_;
  const Arguments& arguments_;
  const std::string state_path_;
  std::unique_ptr<fs::Dir> state_;
};

}  // namespace

Result<int> cmd_incident(App& app, const Arguments& arguments) {
  const std::string action = arguments.word(0);
  const std::vector<std::string> actions = {"open", "show",   "next",  "done",
                                            "note", "report", "close", "evidence"};
  if (std::ranges::find(actions, action) == actions.end())
    return fail(make_error(Code::usage, tr("incident does not understand \"{}\"", action))
                    .then("aplomb incident open|show|next|done|note|report|close|evidence SITE"));
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(1)));
  return Room(*session, *site, arguments).run(action);
}

}  // namespace aplomb::cli

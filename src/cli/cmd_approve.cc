// `aplomb approve SITE [SNAPSHOT] [OBJECT…] [--revoke]`: a person explains changes. What is shown is what is
// signed: path, hash and mode of each object, nothing else. Malicious objects are refused whatever is asked.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/approval.h"
#include "cli/approved_objects.h"
#include "cli/backup_run.h"
#include "cli/report.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "cli/who.h"

namespace aplomb::cli {
namespace {

class Approving {
 public:
  Approving(Session& session, const site::SiteConfig& site, const Arguments& arguments)
      : session_(session),
        app_(session.app()),
        site_(site),
        state_(session.state(site)),
        arguments_(arguments) {}

  Result<int> run() {
    lock_ = TRY(archive::lock_site(app_.machine(), state_.path));
    notes_ = TRY(notes_of(app_, state_));
    TRY(take_words());
    return arguments_.has("--revoke") ? revoke() : approve();
  }

 private:
  // The first word behind the site is a snapshot when it is the beginning of one, else the first object.
  Status take_words() {
    names_.assign(arguments_.words.begin() + 1, arguments_.words.end());
    note_ = last_backup(notes_);
    if (!names_.empty()) {
      if (const judge::Note* named = find_note(notes_, names_.front())) {
        note_ = named;
        names_.erase(names_.begin());
      }
    }
    if (note_) return {};
    return fail(make_error(Code::not_found, tr("there is no snapshot of this site yet"))
                    .then("aplomb backup " + site_.name));
  }

  bool is_last() const { return note_ == last_backup(notes_); }

  Result<int> approve() {
    Selection selection = select(note_->point.open, names_);
    if (!selection.unknown.empty())
      return fail(make_error(Code::not_found, tr("nothing of that name waits for approval: {}",
                                                 printable(selection.unknown.front())))
                      .at(tr("snapshot {}", short_id(note_->point.snapshot)))
                      .then(tr("aplomb approve {} shows what does", site_.name)));
    TRY(choose(selection));
    size_t count = selection.approved.size() + selection.given_up.size();
    if (count > 0) {
      TRY(sign(selection));
      TRY(update_notes());
    }
    return finish(selection);
  }

  // Shows each component with the hashes that would be signed; at a terminal a person answers for each.
  Status choose(Selection& selection) {
    bool declined = false;
    std::vector<std::string> left;
    auto components = by_component(selection);
    for (const auto& [component, reasons] : components) {
      app_.out().say(component_title(component));
      size_t count = 0;
      for (const auto& [reason, objects] : reasons) {
        app_.out().say("  " + reason);
        for (const judge::JudgedObject* object : objects) show(*object);
        count += objects.size();
      }
      if (confirmed(tr_n("Sign {} object as yours?", "Sign {} objects as yours?", count))) continue;
      declined = true;
      left.push_back(component);
    }
    if (components.empty() && selection.objected.empty()) app_.out().say(tr("nothing waits for approval"));
    for (auto* objects : {&selection.approved, &selection.given_up})
      std::erase_if(*objects, [&](const judge::JudgedObject& object) {
        return std::ranges::find(left, component_of(object.identity.path)) != left.end();
      });
    ask_one_by_one(selection);
    show_rejected(selection);
    bool nothing = selection.approved.empty() && selection.given_up.empty();
    return declined && nothing ? Status(fail(make_error(Code::refused, tr("nothing was signed")))) : Status();
  }

  void show(const judge::JudgedObject& object) {
    bool file = object.kind == judge::ObjectKind::file;
    app_.out().say(fmt::format("      {}  {}{}", short_id(object.identity.hash.hex()),
                               printable(object.identity.path),
                               file ? "" : fmt::format(" ({})", judge::name(object.kind))));
  }

  // What a detector objects to is never signed along with its neighbours.
  void ask_one_by_one(Selection& selection) {
    if (selection.objected.empty()) return;
    app_.out().say(tr("Look at each of these; it is signed only by its own name:"));
    bool ask = app_.options().interactive && !arguments_.has("--yes");
    std::vector<judge::JudgedObject> still;
    for (judge::JudgedObject& object : selection.objected) {
      app_.out().say("  " + printable(object.reason().text()));
      show(object);
      bool signed_so = ask && confirm(app_, tr("Is this yours, and is it in order?"));
      (signed_so ? selection.approved : still).push_back(std::move(object));
    }
    selection.objected = std::move(still);
  }

  void show_rejected(const Selection& selection) {
    if (selection.rejected.empty()) return;
    app_.out().say(tr("never approved:"));
    for (const Rejected& rejected : selection.rejected)
      app_.out().say(
          fmt::format("  {}\n      {}", printable(rejected.path), printable(rejected.reason.text())));
  }

  bool confirmed(const std::string& question) {
    return !app_.options().interactive || arguments_.has("--yes") || confirm(app_, question);
  }

  judge::Approval record() const {
    judge::Approval approval;
    approval.kind = judge::ApprovalKind::person;
    approval.site = site_.name;
    approval.time = note_->point.time;
    approval.who = who_runs_this();
    return approval;
  }

  Status append(vault::RecordKind kind, const judge::Approval& approval) {
    const crypto::SigningKey* owner = TRY(session_.owner_key());
    vault::VaultHeader header = TRY(session_.header());
    std::vector<vault::SnapshotId> snapshots;
    if (auto id = vault::SnapshotId::parse(note_->point.snapshot)) snapshots.push_back(*id);
    return judge::sign_approval(app_.machine(), *TRY(session_.owner_store()), *owner, header, state_.path,
                                kind, approval, snapshots);
  }

  Status sign(const Selection& selection) {
    if (!selection.approved.empty()) {
      judge::Approval approval = record();
      for (const judge::JudgedObject& object : selection.approved)
        approval.objects.push_back(object.identity);
      approval.protections = TRY(protections_among(selection.approved));
      TRY(append(vault::RecordKind::approval, approval));
    }
    if (!selection.given_up.empty()) {
      judge::Approval given_up = record();
      for (const judge::JudgedObject& object : selection.given_up)
        given_up.objects.push_back(object.identity);
      TRY(append(vault::RecordKind::revocation, given_up));
    }
    return {};
  }

  // Approved settings that protect the site are missed from now on when they go.
  Result<std::vector<std::string>> protections_among(const std::vector<judge::JudgedObject>& approved) {
    if (!is_last()) return std::vector<std::string>();
    std::vector<std::string> protections = TRY(judge_again(session_, site_, *note_)).judgement.protections;
    std::erase_if(protections, [&](const std::string& path) {
      return std::ranges::none_of(
          approved, [&](const judge::JudgedObject& object) { return object.identity.path == path; });
    });
    return protections;
  }

  Status update_notes() {
    judge::Trust trust = TRY(judge::load_machine_trust(app_.machine(), state_));
    auto folder = TRY(app_.fs().open_dir(state_.path));
    const judge::Note* last = last_backup(notes_);
    for (judge::Note& note : notes_) {
      if (&note == last) {
        note = TRY(judge_again(session_, site_, note)).note;
      } else {
        reconsider(note, trust);
        TRY(judge::save_note(*folder, note));
      }
    }
    return {};
  }

  // Notes of earlier backups keep what they say: what was approved then stays approved of then.
  Result<int> revoke() {
    if (names_.empty())
      return fail(make_error(Code::usage, tr("which approval to take back is missing"))
                      .then(tr("name objects: aplomb approve {} OBJECT… --revoke", site_.name)));
    judge::Approval approval = record();
    for (const judge::Identity& identity : TRY(approved_objects(app_, state_)))
      if (std::ranges::any_of(names_, [&](const std::string& name) { return is_named(identity.path, name); }))
        approval.objects.push_back(identity);
    if (approval.objects.empty())
      return fail(
          make_error(Code::not_found, tr("nothing of that name is approved: {}", printable(names_.front()))));
    std::vector<std::string> paths;
    for (const judge::Identity& identity : approval.objects) paths.push_back(identity.path);
    app_.out().say(path_lines(paths));
    if (!confirmed(tr_n("Take {} approval back?", "Take {} approvals back?", paths.size())))
      return fail(make_error(Code::refused, tr("nothing was signed")));
    TRY(append(vault::RecordKind::revocation, approval));
    TRY(update_notes());
    say_verdict();
    app_.out().document({{"site", site_.name},
                         {"approved", nlohmann::json::array()},
                         {"rejected", nlohmann::json::array()},
                         {"revoked", paths_document(paths)},
                         {"verdict", judge::name(note_->point.verdict)}});
    return 0;
  }

  void say_verdict() {
    app_.out().say(
        tr("snapshot {} is now: {}", short_id(note_->point.snapshot), verdict_text(note_->point.verdict)));
  }

  Result<int> finish(const Selection& selection) {
    nlohmann::json approved = nlohmann::json::array(), rejected = nlohmann::json::array(),
                   objected = nlohmann::json::array(), components = nlohmann::json::array();
    for (const auto& [component, reasons] : by_component(selection)) {
      nlohmann::json objects = nlohmann::json::array();
      for (const auto& [reason, list] : reasons)
        for (const judge::JudgedObject* object : list) objects.push_back(judge::to_json(*object));
      components.push_back({{"component", printable(component)}, {"objects", objects}});
    }
    for (const auto* objects : {&selection.approved, &selection.given_up})
      for (const judge::JudgedObject& object : *objects) approved.push_back(printable(object.identity.path));
    for (const judge::JudgedObject& object : selection.objected)
      objected.push_back(
          {{"path", printable(object.identity.path)}, {"reason", printable(object.reason().text())}});
    for (const Rejected& item : selection.rejected)
      rejected.push_back({{"path", printable(item.path)}, {"reason", printable(item.reason.text())}});
    say_verdict();
    app_.out().document({{"site", site_.name},
                         {"snapshot", note_->point.snapshot},
                         {"approved", approved},
                         {"components", components},
                         {"objected", objected},
                         {"rejected", rejected},
                         {"verdict", judge::name(note_->point.verdict)}});
    return selection.rejected.empty() && selection.objected.empty() ? 0 : 1;
  }

  Session& session_;
  App& app_;
  const site::SiteConfig& site_;
  judge::SiteState state_;
  const Arguments& arguments_;
  std::unique_ptr<fs::File> lock_;
  std::vector<judge::Note> notes_;
  const judge::Note* note_ = nullptr;
  std::vector<std::string> names_;
};

}  // namespace

Result<int> cmd_approve(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(0)));
  return Approving(*session, *site, arguments).run();
}

}  // namespace aplomb::cli

// `aplomb recover SITE`: the main job, and its three ways on: --resume after a crash, --undo until it is
// confirmed,
// --confirm. Exit status 0 only when the result is verified.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/incident_room.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "recover/drill_record.h"
#include "recover/recover.h"
#include "recover/undo.h"

namespace aplomb::cli {
namespace {

constexpr size_t kShown = 20;

std::string kept_lines(const std::vector<recover::Kept>& list) {
  std::string text;
  for (size_t i = 0; i < list.size() && i < kShown; ++i)
    text += "  " + printable(list[i].path) + ": " + printable(list[i].reason.text()) + "\n";
  if (list.size() > kShown) text += "  " + tr("… and {} more", list.size() - kShown) + "\n";
  return text;
}

std::string plan_text(const recover::Report& report) {
  std::string text;
  if (!report.point.empty())
    text += tr("going back to: {} ({})", short_id(report.point),
               report.proven ? tr("proven clean") : tr("not proven clean")) +
            "\n  " + printable(report.point_reason.text()) + "\n";
  else
    text += tr("no point is proven clean") + "\n";
  text += tr("the hacked state is sealed as evidence: {}",
             report.evidence.empty() ? "-" : short_id(report.evidence)) +
          "\n";
  text += tr_n("{} change to the site:", "{} changes to the site:", report.changed.size()) + "\n" +
          kept_lines(report.changed);
  if (!report.kept.empty())
    text += tr_n("{} thing written since is kept:", "{} things written since are kept:", report.kept.size()) +
            "\n" + kept_lines(report.kept);
  if (!report.secrets.empty()) {
    text += tr("new secrets:") + "\n";
    for (const std::string& secret : report.secrets) text += "  " + secret + "\n";
  }
  if (!report.deleted.empty())
    text += tr_n("{} file was deleted since and stays so (aplomb restore brings it back):",
                 "{} files were deleted since and stay so (aplomb restore brings them back):",
                 report.deleted.size()) +
            "\n" + path_lines(report.deleted);
  return text;
}

std::string result_text(const recover::Report& report) {
  std::string text = (report.carried_out ? "" : tr("Planned, and not done:") + "\n") + plan_text(report);
  text += tr_n("{} thing was rejected and set aside (aplomb quarantine list):",
               "{} things were rejected and set aside (aplomb quarantine list):", report.rejected.size()) +
          "\n";
  for (size_t i = 0; i < report.rejected.size() && i < kShown; ++i)
    text +=
        "  " + printable(report.rejected[i].path) + ": " + printable(report.rejected[i].reason.text()) + "\n";
  if (report.carried_out && report.seconds_to_continuity >= 0)
    text += tr("citizens saw pages again after {:.1f} s, the site was back after {:.1f} s",
               report.seconds_to_continuity, report.seconds_total) +
            "\n";
  if (report.carried_out && !report.administrators.empty()) {
    text += tr("Each administrator chooses a new password here, within a day; give each one his link, and "
               "nobody else:") +
            "\n";
    for (const recover::NewPassword& item : report.administrators)
      text += "  " + printable(item.login) + ": " + item.link + "\n";
  }
  for (const std::string& line : report.gate) text += "! " + line + "\n";
  for (const std::string& line : report.advice) text += "- " + line + "\n";
  text += report.verified ? tr("The site is back, and every byte of it that can execute is explained.")
                          : tr("The result is NOT verified.");
  return text;
}

incident::Fields fields_of(const recover::Report& report) {
  return {{"point", report.point},
          {"evidence", report.evidence},
          {"carried_out", report.carried_out ? "yes" : "no"},
          {"verified", report.verified ? "yes" : "no"},
          {"changed", std::to_string(report.changed.size())},
          {"rejected", std::to_string(report.rejected.size())},
          {"kept", std::to_string(report.kept.size())}};
}

class Recovering {
 public:
  Recovering(Session& session, const site::SiteConfig& site, const Arguments& arguments)
      : session_(session),
        app_(session.app()),
        site_(site),
        arguments_(arguments),
        state_(session.state(site).path) {}

  Result<int> run() {
    TRY(check_options());
    lock_ = TRY(archive::lock_site(app_.machine(), state_));
    if (arguments_.has("--undo")) return undo();
    if (arguments_.has("--confirm")) return confirm_recovery();
    bool resume = arguments_.has("--resume");
    if (!app_.options().interactive && !arguments_.has("--yes") && !resume)
      return fail(make_error(Code::usage, tr("nobody is at the terminal to agree to the plan"))
                      .then(tr("add --yes")));
    // A rebuilt tree changes nothing in the vault: another machine needs the recovery key alone.
    const bool rebuilds = arguments_.has("--to");
    recover::Keys keys{TRY(session_.recovery_key()), nullptr};
    recover::Stores stores{nullptr, TRY(session_.reader_store()), nullptr};
    if (!rebuilds) {
      keys.owner = TRY(session_.owner_key());
      stores.writer = TRY(session_.writer_store());
      stores.owner = TRY(session_.owner_store());
    }
    recover::Request request;
    request.point = arguments_.value("--point");
    request.whole = arguments_.has("--whole");
    request.to = absolute_path(arguments_.value("--to"));
    request.overrides = arguments_.values("--override");
    if (app_.options().interactive && !arguments_.has("--yes"))
      request.confirm = [this](const recover::Report& plan) {
        app_.out().say(plan_text(plan));
        return confirm(app_, tr("Recover so? The site is contained, nothing of it has changed yet."));
      };
    announce();
    archive::Machine machine = app_.machine();
    recover::Recovery recovery(machine, site_, state_, session_.config().language, stores, keys);
    recover::Report report = TRY(resume ? recovery.resume(request) : recovery.run(request));
    incident::Fields fields = fields_of(report);
    if (rebuilds) fields["to"] = printable(request.to);
    TRY(tell_incident(session_, site_, std::move(fields)));
    return say(report, request.to);
  }

 private:
  // What the last rehearsal took, before anything begins.
  void announce() {
    drill_ = recover::load_record(app_.fs(), state_);
    if (!drill_ || drill_->rto_seconds < 0) {
      drill_.reset();
      app_.out().say(tr("How long this takes is not known: it was never rehearsed (aplomb drill)."));
      return;
    }
    app_.out().say(
        tr("The rehearsal of {} took {:.0f} s to rebuild and verify the site; sealing the evidence and the "
           "first "
           "backup afterwards come on top.",
           to_local(drill_->time), std::max(drill_->rto_seconds, 1.0)));
  }

  Status check_options() const {
    int ways = arguments_.has("--resume") + arguments_.has("--undo") + arguments_.has("--confirm");
    bool plan = arguments_.has("--point") || arguments_.has("--whole") || arguments_.has("--to");
    if (ways > 1 || (ways == 1 && plan))
      return fail(make_error(Code::usage, tr("--resume, --undo and --confirm stand alone"))
                      .then(tr("give one of them")));
    return {};
  }

  Result<int> undo() {
    TRY(recover::undo(app_.machine(), site_, state_));
    TRY(tell_incident(session_, site_, {{"carried_out", "no"}}));
    app_.out().say(
        tr("The recovery is taken back: the site is as it was before it. The evidence stays in the vault."));
    app_.out().document({{"site", site_.name}, {"undone", true}});
    return 0;
  }

  Result<int> confirm_recovery() {
    TRY(recover::confirm(app_.machine(), state_));
    TRY(tell_incident(session_, site_, {{"confirmed", "yes"}}));
    app_.out().say(
        tr("The recovery is confirmed: what it replaced is removed. Quarantine and evidence stay."));
    app_.out().document({{"site", site_.name}, {"confirmed", true}});
    return 0;
  }

  int say(const recover::Report& report, const std::string& to) {
    app_.out().say(result_text(report));
    bool rebuilt = !to.empty();
    if (rebuilt) {
      app_.out().say(tr("The rebuilt site lies in {}.", printable(to)));
    } else if (report.carried_out) {
      app_.out().say(tr("Look at the site, then: aplomb recover {} --confirm, or --undo", site_.name));
    } else {
      app_.out().say(
          tr("Nothing of the site was changed; it stays contained. aplomb recover {} --undo opens it as it "
             "is, --resume tries again.",
             site_.name));
    }
    nlohmann::json document = recover::to_json(report);
    document["site"] = site_.name;
    document["rehearsed_seconds"] = drill_ ? nlohmann::json(drill_->rto_seconds) : nlohmann::json(nullptr);
    app_.out().document(document);
    return report.verified ? 0 : 1;
  }

  Session& session_;
  App& app_;
  const site::SiteConfig& site_;
  const Arguments& arguments_;
  const std::string state_;
  std::unique_ptr<fs::File> lock_;
  std::optional<recover::DrillRecord> drill_;  // the last that measured
};

}  // namespace

Result<int> cmd_recover(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(0)));
  return Recovering(*session, *site, arguments).run();
}

}  // namespace aplomb::cli

#include "recover/undo.h"

#include "base/messages.h"
#include "continuity/citizens_copy.h"
#include "judge/machine.h"
#include "recover/containment.h"
#include "recover/database_switch.h"
#include "recover/journal.h"
#include "recover/staging.h"

namespace aplomb::recover {

Status undo(const archive::Machine& machine, const site::SiteConfig& site, const std::string& site_state) {
  Error none = make_error(Code::not_found, tr("there is no recovery of this site to undo"))
                   .then(tr("a confirmed recovery cannot be undone; its evidence snapshot can be restored"));
  auto state = machine.fs.open_dir(site_state);
  if (!state) return fail(std::move(none));
  auto journal = TRY(load_journal(**state));
  if (!journal) return fail(std::move(none));
  if (journal->step == Step::confirmed) return fail(std::move(none));
  Containment containment(site, machine.log);
  std::vector<std::string> targets = site.roots;
  for (const site::DatabaseSpec& spec : site.databases)
    if (!spec.on_server()) targets.push_back(fs::split_path(spec.path).first);
  if (journal->step >= Step::switching) {
    SwitchPlan plan = TRY(load_switch_plan(**state));
    TRY(containment.stop_service());
    // Killed from here on, neither a resume nor a second undo takes half of it for the whole.
    journal->step = Step::switching;
    journal->service_stopped = true;
    TRY(save_journal(**state, *journal));
    std::string stopped = tr("the undo stopped in the middle; run it again");
    NewSecrets secrets = TRY(load_secrets(**state));
    ServerLogins logins(machine, site, nullptr, nullptr);
    for (const NewSecrets::Password& password : secrets.passwords)
      logins.know(password.place, {password.before, password.after});
    DatabaseSwitch databases(site, **state, logins.source());
    TRY_IN(databases.run_reachable(Way::back), stopped);
    TRY_IN(take_back(machine.fs, plan), stopped);
    TRY_IN(databases.run_rest(Way::back), stopped);
    TRY_IN(set_passwords(site, logins, secrets, Which::before), stopped);
    journal->step = Step::staged;
    TRY(save_journal(**state, *journal));
    // The notes speak of the recovered state, which is gone: until the next backup nothing is known of this
    // one.
    TRY(fs::write_file_durably(**state, judge::kUndone, as_bytes(to_iso(machine.clock.now()))));
  }
  TRY(continuity::stop_copy(**state));
  if (journal->service_stopped) TRY(containment.start_service());
  if (auto plan = load_switch_plan(**state)) TRY(remove_staging(machine.fs, *plan));
  TRY(Staging(machine.fs, site_state, journal->id).clear(targets));
  return remove_journal(**state);
}

Status confirm(const archive::Machine& machine, const std::string& site_state) {
  Error none = make_error(Code::not_found, tr("there is no recovery of this site to confirm"))
                   .then(tr("aplomb status shows where each site stands"));
  auto state = machine.fs.open_dir(site_state);
  if (!state) return fail(std::move(none));
  auto journal = TRY(load_journal(**state));
  if (!journal) return fail(std::move(none));
  if (journal->step < Step::done)
    return fail(make_error(Code::refused, tr("the recovery is not finished (step {})", name(journal->step)))
                    .then(tr("aplomb recover --resume goes on with it, --undo takes it back")));
  SwitchPlan plan = TRY(load_switch_plan(**state));
  journal->step = Step::confirmed;
  TRY(save_journal(**state, *journal));
  TRY(remove_staging(machine.fs, plan));
  return remove_journal(**state);
}

}  // namespace aplomb::recover

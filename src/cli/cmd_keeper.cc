// `aplomb keeper`: the vault's side on a second machine. create makes the folder, allow lets the guarded
// machine in, status says when each site was last heard of, verify checks the vault without any key; writer,
// reader and owner are what sshd runs, as forced commands.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/keeper_folder.h"
#include "cli/keeper_status.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "keeper/fd_stream.h"
#include "keeper/server.h"
#include "vault/verify.h"

namespace aplomb::cli {
namespace {

// Whoever holds the keeper's folder holds the vault: a user of its own keeps other services away from it.
Result<int> create(App& app, const std::string& folder) {
  std::string program = TRY(own_program());
  NewKeeper made = TRY(make_keeper(app, folder));
  std::string url = to_text(made.url);
  nlohmann::json lines = nlohmann::json::array();
  for (keeper::Role role : {keeper::Role::writer, keeper::Role::reader, keeper::Role::owner}) {
    std::string line = keeper::authorized_line(program, role, folder, {});
    line.replace(line.find(" ssh-ed25519 ") + 13, keeper::public_word({}).size(), "KEY");
    lines.push_back(line);
  }
  Output& out = app.out();
  out.say(tr("The keeper is made, in {}. Its limits are in {}/keeper.toml.", folder, folder));
  if (geteuid() == 0)
    out.advise(tr(
        "You are root: a keeper is better run by a user of its own, who owns its folder and nothing else."));
  out.say("\n" + tr("1. On the machine that is to be protected, run:"));
  out.say("   aplomb init --vault '" + url + "'");
  out.say("   " +
          tr("({} is how this machine calls itself: write the name or address by which the other machine "
             "reaches it, and host:port for another port than 22.)",
             made.url.host));
  out.say("\n" + tr("2. That command shows a line that begins with \"aplomb keeper allow\". Run it here, as "
                    "the user {}.",
                    made.url.user));
  out.say("   " + tr("It adds three lines to {}, one for each role, which allow nothing else:",
                     own_authorized_keys()));
  for (const auto& line : lines) out.say("   " + line.get<std::string>());
  out.document({{"folder", folder}, {"keeper", made.key.hex()}, {"vault", url}, {"authorized_keys", lines}});
  return 0;
}

Result<int> allow(App& app, const std::string& folder, const Arguments& arguments) {
  std::vector<Login> logins = TRY(parse_logins({arguments.words.begin() + 2, arguments.words.end()}));
  std::string program = TRY(own_program());
  if (!vault::is_plain_path(folder) || !app.fs().open_dir(folder))
    return fail(make_error(Code::not_found, tr("this folder is no keeper's"))
                    .at(printable(folder))
                    .then(tr("aplomb keeper create makes one")));
  std::string file = arguments.has("--to") ? absolute_path(arguments.value("--to")) : own_authorized_keys();
  auto [parent, name] = fs::split_path(file);
  auto dir =
      TRY_IN(app.fs().make_dirs(parent.empty() ? "/" : parent, 0700), tr("the lines cannot be written"));
  constexpr uint64_t kFileMax = 4 << 20;
  auto before = fs::read_file(*dir, name, kFileMax);
  if (!before && before.error().code != Code::not_found) return fail(std::move(before).error());
  std::string text = with_logins(before ? as_text(*before) : std::string_view(), program, folder, logins);
  TRY_IN(fs::write_file_durably(*dir, name, as_bytes(text), 0600), tr("the lines cannot be written"));
  app.out().say(tr("{} logins may now reach this keeper, each in its role and nothing else.", logins.size()));
  app.out().say(tr("They are in {}. Go on at the other machine.", file));
  app.out().document({{"file", file}, {"logins", logins.size()}});
  return 0;
}

// The process speaks the protocol on its standard output, and nothing else may come there.
Result<int> serve(App& app, keeper::Role role, const std::string& folder) {
  auto dir = app.fs().open_dir(folder);
  if (!dir) return fail(std::move(dir).error().in(tr("the keeper's folder cannot be opened")).at(folder));
  NullLog quiet;
  auto server = TRY(keeper::Server::open(std::move(*dir), role, {app.clock(), app.random(), quiet}));
  server->on_language = [](Language wanted) { set_language(wanted); };
  keeper::FdStream stream{proc::UniqueFd(dup(STDIN_FILENO)), proc::UniqueFd(dup(STDOUT_FILENO))};
  TRY(server->serve(stream));
  return 0;
}

Result<int> verify(App& app, const std::string& folder) {
  auto dir = app.fs().open_dir(folder);
  if (!dir) return fail(std::move(dir).error().in(tr("the keeper's folder cannot be opened")).at(folder));
  // What is found is marked, as verify does on any other machine.
  auto store = TRY(vault::Keeper::open(std::move(*dir), {app.clock(), app.random(), app.log()}));
  vault::VerifyReport report = TRY(vault::verify(*store, nullptr, app.progress()));
  nlohmann::json damaged = nlohmann::json::array();
  std::vector<std::string> lines;
  for (const vault::Damage& damage : report.damaged) {
    damaged.push_back({{"what", printable(damage.what)}, {"reason", printable(damage.reason)}});
    lines.push_back(damage.what + ": " + damage.reason);
  }
  app.out().say(
      tr("{} packs, {} snapshots, {} checked", report.packs, report.snapshots, human_size(report.bytes)));
  app.out().say(report.ok() ? tr("the vault is whole") : tr("damaged:") + "\n" + path_lines(lines));
  app.out().document(
      {{"ok", report.ok()}, {"damaged", damaged}, {"packs", report.packs}, {"bytes", report.bytes}});
  return report.ok() ? 0 : 1;
}

}  // namespace

Result<int> cmd_keeper(App& app, const Arguments& arguments) {
  const std::string& what = arguments.words[0];
  const std::string folder = absolute_path(arguments.words[1]);
  if (what == "allow") return allow(app, folder, arguments);
  if (arguments.words.size() == 2) {
    if (what == "create") return create(app, folder);
    if (what == "verify") return verify(app, folder);
    if (what == "status") return keeper_status(app, folder);
    if (auto role = keeper::parse_role(what)) return serve(app, *role, folder);
  }
  return fail(make_error(Code::usage, tr("keeper does not understand \"{}\"", printable(what)))
                  .then("aplomb keeper create|allow|status|verify DIR"));
}

}  // namespace aplomb::cli

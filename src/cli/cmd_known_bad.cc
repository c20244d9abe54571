// `aplomb known-bad import FILE`, `list`, `remove NAME`: the administrator's own rules of YARA and lists of
// hashes of malware. A file is checked before it is taken; the next judgement knows it, and reads what it has
// not seen with it once.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "judge/own_rules.h"

namespace aplomb::cli {
namespace {

std::string rules_folder(const Session& session) {
  return session.config().state_dir + "/rules";
}

Result<int> import_rules(App& app, const Session& session, const Arguments& arguments) {
  if (arguments.words.size() != 2)
    return fail(make_error(Code::usage, tr("the file is missing")).then("aplomb known-bad import FILE"));
  std::string path = absolute_path(arguments.word(1));
  auto [folder, name] = fs::split_path(path);
  auto kind = judge::rule_kind(name);
  if (!kind)
    return fail(make_error(Code::usage, tr("rules of YARA end in .yar, lists of hashes in .sha256 or .txt"))
                    .at(path));
  auto dir = app.fs().open_dir(folder.empty() ? "/" : folder);
  auto bytes = dir ? fs::read_file(**dir, name, scan::UserRules::kTextMax)
                   : Result<Bytes>(fail(std::move(dir).error()));
  if (!bytes) return fail(std::move(bytes).error().at(path));
  size_t count = 1;
  if (*kind == judge::RuleKind::yara) {
    scan::UserRules rules(std::vector<scan::RuleFile>{{name, std::string(as_text(*bytes))}});
    TRY(rules.check());
  } else {
    auto hashes = judge::parse_hash_list(as_text(*bytes));
    if (!hashes) return fail(std::move(hashes).error().at(path));
    count = hashes->size();
  }
  auto kept = TRY(app.fs().make_dirs(rules_folder(session), 0700));
  TRY(fs::write_file_durably(*kept, name, *bytes));
  app.out().say(*kind == judge::RuleKind::yara
                    ? tr("{}: the rules are in order, and count for every site", printable(name))
                    : tr_n("{} hash of {} is known as malware, for every site",
                           "{} hashes of {} are known as malware, for every site", count, printable(name)));
  app.out().say(tr("the next backup is judged with it"));
  app.out().document({{"name", printable(name)}, {"entries", count}});
  return 0;
}

Result<int> list_rules(App& app, const Session& session) {
  nlohmann::json names = nlohmann::json::array();
  if (auto dir = app.fs().open_dir(rules_folder(session)))
    for (const fs::Entry& entry : TRY((*dir)->list())) {
      if (!judge::rule_kind(entry.name)) continue;
      app.out().say(printable(entry.name));
      names.push_back(printable(entry.name));
    }
  if (names.empty()) app.out().say(tr("there are no rules and no lists of your own"));
  app.out().document({{"known_bad", names}});
  return 0;
}

Result<int> remove_rules(App& app, const Session& session, const Arguments& arguments) {
  if (arguments.words.size() != 2 || !judge::rule_kind(arguments.word(1)) ||
      !fs::valid_path(arguments.word(1)))
    return fail(make_error(Code::usage, tr("which file to forget is missing")).then("aplomb known-bad list"));
  auto dir = app.fs().open_dir(rules_folder(session));
  Status removed = dir ? (*dir)->remove(arguments.word(1)) : Status(fail(std::move(dir).error()));
  if (!removed) return fail(std::move(removed).error().then("aplomb known-bad list"));
  TRY((*dir)->sync());
  app.out().say(tr("{} no longer counts", printable(arguments.word(1))));
  app.out().document({{"removed", printable(arguments.word(1))}});
  return 0;
}

}  // namespace

Result<int> cmd_known_bad(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  std::string_view what = arguments.word(0);
  if (what == "import") return import_rules(app, *session, arguments);
  if (what == "list") return list_rules(app, *session);
  if (what == "remove") return remove_rules(app, *session, arguments);
  return fail(make_error(Code::usage, tr("known-bad does not understand \"{}\"", arguments.word(0)))
                  .then("aplomb known-bad import FILE"));
}

}  // namespace aplomb::cli

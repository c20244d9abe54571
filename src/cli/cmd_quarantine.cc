// `aplomb quarantine list [SITE] | show ID | release ID --to FILE`: what recovery set aside. Nothing in it is
// ever executed; `release` writes one item, without any right to execute, to a place of your choice.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "recover/quarantine.h"

namespace aplomb::cli {
namespace {

constexpr size_t kPreview = 2048;

struct Found {
  std::unique_ptr<fs::Dir> state;
  recover::QuarantineItem item;
};

nlohmann::json document_of(const recover::QuarantineItem& item) {
  return {{"id", item.id},
          {"site", item.site},
          {"time", to_iso(item.time)},
          {"path", printable(item.path)},
          {"kind", item.kind},
          {"reason", printable(item.reason.text())},
          {"sha256", item.hash.hex()},
          {"size", item.size}};
}

Error wrong_words() {
  return make_error(Code::usage, tr("quarantine needs list, show ID or release ID"))
      .then("aplomb quarantine list [SITE] | show ID | release ID --to FILE");
}

Result<std::vector<recover::QuarantineItem>> items_of(App& app, const judge::SiteState& state) {
  auto folder = app.fs().open_dir(state.path);
  if (!folder && folder.error().code == Code::not_found) return std::vector<recover::QuarantineItem>();
  if (!folder) return fail(std::move(folder).error());
  return recover::list(**folder);
}

Result<int> list(App& app, const Session& session, const std::string& only) {
  if (!only.empty()) TRY(session.site(only));
  nlohmann::json documents = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const site::SiteConfig& site : session.config().sites) {
    if (!only.empty() && site.name != only) continue;
    for (const recover::QuarantineItem& item : TRY(items_of(app, session.state(site)))) {
      documents.push_back(document_of(item));
      rows.push_back(
          {item.id, item.site, to_local(item.time), printable(item.path), printable(item.reason.text())});
    }
  }
  app.out().say(rows.empty() ? tr("nothing is in quarantine") : table(rows));
  app.out().document({{"items", documents}});
  return 0;
}

Result<Found> find(App& app, const Session& session, const std::string& id) {
  for (const site::SiteConfig& site : session.config().sites) {
    auto folder = app.fs().open_dir(session.state(site).path);
    if (!folder) continue;
    auto item = recover::find(**folder, id);
    if (item) return Found{std::move(*folder), std::move(*item)};
    if (item.error().code != Code::not_found) return fail(std::move(item).error());
  }
  return fail(make_error(Code::not_found, tr("nothing in quarantine is called {}", printable(id)))
                  .then(tr("aplomb quarantine list shows what there is")));
}

// The start of a text, line by line, so that it cannot write to the terminal.
std::string preview(ByteView content) {
  std::string_view rest = as_text(content.first(std::min(content.size(), kPreview)));
  std::string text;
  while (!rest.empty()) {
    size_t end = std::min(rest.find('\n'), rest.size());
    text += "  | " + printable(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (content.size() > kPreview) text += "  | …\n";
  return text;
}

Result<int> show(App& app, const Found& found) {
  const recover::QuarantineItem& item = found.item;
  Bytes content = TRY(recover::content(*found.state, item));
  app.out().say(table({{tr("site:"), item.site},
                       {tr("path:"), printable(item.path)},
                       {tr("set aside:"), to_local(item.time)},
                       {tr("reason:"), printable(item.reason.text())},
                       {"SHA-256:", item.hash.hex()},
                       {tr("size:"), human_size(item.size)}}));
  app.out().say(preview(content));
  nlohmann::json document = document_of(item);
  document["preview"] = as_text(ByteView(content).first(std::min(content.size(), kPreview)));
  app.out().document(document);
  return 0;
}

Result<int> release(App& app, const Found& found, const std::string& target) {
  if (target.empty())
    return fail(
        make_error(Code::usage, tr("where to write it is missing")).then(tr("name a file with --to FILE")));
  auto [folder, file] = fs::split_path(target);
  auto dir = TRY(app.fs().open_dir(folder.empty() ? "/" : folder));
  TRY(recover::release(*found.state, found.item, *dir, file));
  app.out().say(tr("written to {}; look at it before it goes back to the site", printable(target)));
  nlohmann::json document = document_of(found.item);
  document["to"] = target;
  app.out().document(document);
  return 0;
}

}  // namespace

Result<int> cmd_quarantine(App& app, const Arguments& arguments) {
  const std::string& what = arguments.words[0];
  auto session = TRY(Session::open(app));
  if (what == "list") return list(app, *session, arguments.word(1));
  if ((what != "show" && what != "release") || arguments.words.size() < 2) return fail(wrong_words());
  Found found = TRY(find(app, *session, arguments.words[1]));
  return what == "show" ? show(app, found) : release(app, found, absolute_path(arguments.value("--to")));
}

}  // namespace aplomb::cli

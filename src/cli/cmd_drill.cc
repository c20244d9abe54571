// `aplomb drill SITE [--to DIR]`: a recovery rehearsed where the recovery key is, measured, and compared with
// what was stored. Changes nothing of the site. Exit status 0 only when the rehearsal went well.
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "recover/drill.h"
#include "site/paths.h"

namespace aplomb::cli {
namespace {

constexpr size_t kShown = 20;

nlohmann::json or_null(double value) {
  return value < 0 ? nlohmann::json(nullptr) : nlohmann::json(value);
}

nlohmann::json document_of(const recover::DrillReport& report) {
  const recover::DrillRecord& record = report.record;
  nlohmann::json different = nlohmann::json::array();
  for (const recover::PageDifference& page : report.different)
    different.push_back({{"path", printable(page.path)}, {"what", page.what}});
  bool point = !record.point.empty();
  return {{"time", to_iso(record.time)},
          {"ok", record.ok},
          {"point", point ? nlohmann::json(record.point) : nlohmann::json(nullptr)},
          {"point_time",
           report.point_time ? nlohmann::json(to_iso(*report.point_time)) : nlohmann::json(nullptr)},
          {"point_reason",
           point ? nlohmann::json(printable(report.point_reason.text())) : nlohmann::json(nullptr)},
          {"proven", report.proven},
          {"newest", report.newest},
          {"rto_seconds", or_null(record.rto_seconds)},
          {"rpo_seconds", or_null(record.rpo_seconds)},
          {"files", record.files},
          {"bytes", record.bytes},
          {"databases", report.databases},
          {"pages_checked", record.pages_checked},
          {"pages_different", different},
          {"pages_note", report.pages_note},
          {"problems", report.problems},
          {"seconds_total", report.seconds_total}};
}

std::string point_text(const recover::DrillReport& report, Time now) {
  if (!report.point_time) return tr("no point is proven clean");
  std::string text = tr("rehearsed: going back to {} of {} ({})", short_id(report.record.point),
                        to_local(*report.point_time), human_age(*report.point_time, now)) +
                     "\n  " + printable(report.point_reason.text());
  if (!report.newest)
    text +=
        "\n  " + tr("What was saved after it is not proven clean; a recovery would carry over what passes "
                    "the judge, which this rehearsal does not.");
  return text;
}

std::string result_text(const recover::DrillReport& report, Time now) {
  const recover::DrillRecord& record = report.record;
  std::string text = point_text(report, now) + "\n";
  if (record.rto_seconds >= 0)
    text +=
        tr_n("{} file was rebuilt and read back ({:.1f} MB), {} of them databases, in {:.1f} s",
             "{} files were rebuilt and read back ({:.1f} MB), {} of them databases, in {:.1f} s",
             record.files, static_cast<double>(record.bytes) / 1e6, report.databases, record.rto_seconds) +
        "\n";
  text += tr_n("{} page was compared with what was stored", "{} pages were compared with what was stored",
               record.pages_checked) +
          "\n  " + report.pages_note + "\n";
  for (size_t i = 0; i < report.different.size() && i < kShown; ++i)
    text += "! " + printable(report.different[i].path) + ": " + report.different[i].what + "\n";
  for (const std::string& problem : report.problems) text += "! " + problem + "\n";
  return text + (record.ok ? tr("The rehearsal went well. Nothing of the site was touched.")
                           : tr("The rehearsal did NOT go well. Nothing of the site was touched."));
}

// The town's data in clear must not lie where the public could fetch them.
Status check_place(const site::Config& config, const std::string& place) {
  for (const site::SiteConfig& site : config.sites)
    for (const std::string& root : site.roots)
      if (site::is_beneath(place, root))
        return fail(make_error(Code::usage, tr("this folder is part of the website"))
                        .at(place)
                        .then(tr("choose another one")));
  return {};
}

}  // namespace

Result<int> cmd_drill(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  const site::SiteConfig* site = TRY(session->site(arguments.word(0)));
  const std::string state = session->state(*site).path;
  std::string place = absolute_path(arguments.value("--to"));
  if (place.empty()) place = state;
  TRY(check_place(session->config(), place));
  const crypto::KeyFile* key = TRY(session->recovery_key());
  vault::ReaderStore* store = TRY(session->reader_store());
  auto lock = TRY(archive::lock_site(app.machine(), state));
  recover::DrillReport report = TRY(recover::drill(app.machine(), *site, state, *store, *key, place));
  app.out().say(result_text(report, app.clock().now()));
  nlohmann::json document = document_of(report);
  document["site"] = site->name;
  app.out().document(document);
  return report.record.ok ? 0 : 1;
}

}  // namespace aplomb::cli

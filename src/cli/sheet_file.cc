#include "cli/sheet_file.h"

#include <filesystem>

#include "base/messages.h"
#include "cli/who.h"
#include "paper/recovery_sheet.h"
#include "site/paths.h"

namespace aplomb::cli {
namespace {

std::string real_path(const std::string& path) {
  std::error_code error;
  std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return error ? path : real.string();
}

Result<paper::RecoverySheet> make_sheet(Session& session) {
  paper::RecoverySheet sheet;
  sheet.words = TRY(session.sheet_words());
  sheet.title = crypto::kSheetTitle;
  sheet.end = crypto::kSheetEnd;
  for (const site::SiteConfig& site : session.config().sites) sheet.sites.push_back(site.name);
  sheet.vault = printable(session.config().vault);
  sheet.mark = crypto::sheet_mark(TRY(session.sheet_vault()));
  sheet.machine = printable(machine_name());
  sheet.config = printable(session.config().file);
  sheet.date = to_local(session.app().clock().now());
  return sheet;
}

}  // namespace

Status check_sheet_place(const site::Config& config, const std::string& path) {
  for (const site::SiteConfig& site : config.sites)
    for (const std::string& root : site.roots)
      if (site::is_beneath(real_path(path), real_path(root)))
        return fail(make_error(Code::config,
                               tr("the recovery sheet would lie inside the website, where visitors could "
                                  "fetch it"))
                        .at(path)
                        .then(tr("choose a place outside of {}", root)));
  return {};
}

Status write_sheet(Session& session, const std::string& path) {
  TRY(check_sheet_place(session.config(), path));
  auto [folder, name] = fs::split_path(path);
  auto dir = TRY_IN(session.app().fs().make_dirs(folder.empty() ? "/" : folder, 0700),
                    tr("the folder of the recovery sheet cannot be made"));
  if (dir->stat(name))
    return fail(make_error(Code::exists, tr("this is there already, and is not overwritten"))
                    .at(path)
                    .then(tr("choose another place, or delete it")));
  const paper::RecoverySheet sheet = TRY(make_sheet(session));
  const std::string text = path.ends_with(".txt") ? paper::sheet_text(sheet) : paper::sheet_html(sheet);
  TRY_IN(fs::write_file_durably(*dir, name, as_bytes(text), 0600),
         tr("the recovery sheet cannot be written"));
  return {};
}

}  // namespace aplomb::cli

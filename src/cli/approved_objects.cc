#include "cli/approved_objects.h"

namespace aplomb::cli {
namespace {
constexpr uint64_t kRecordMax = 512ull * 1024 * 1024;
}

Result<std::set<judge::Identity>> approved_objects(App& app, const judge::SiteState& state) {
  std::set<judge::Identity> approved;
  auto folder = app.fs().open_dir(state.path + "/trust");
  if (!folder && folder.error().code == Code::not_found) return approved;
  if (!folder) return fail(std::move(folder).error());
  for (const fs::Entry& entry : TRY((*folder)->list())) {  // names sort in the order of the records
    bool approval = entry.name.ends_with(".approval");
    if (!approval && !entry.name.ends_with(".revocation")) continue;
    judge::Approval record =
        TRY(judge::decode_approval(TRY(fs::read_file(**folder, entry.name, kRecordMax))));
    for (judge::Identity& identity : record.objects) {
      if (approval) {
        approved.insert(std::move(identity));
      } else {
        approved.erase(identity);
      }
    }
  }
  return approved;
}

}  // namespace aplomb::cli

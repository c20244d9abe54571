// `aplomb sheet --to FILE`: the recovery sheet again, from the recovery key or from the words of another
// sheet. The same key and passphrase give the same words.
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/sheet_file.h"
#include "cli/verbs.h"

namespace aplomb::cli {

Result<int> cmd_sheet(App& app, const Arguments& arguments) {
  if (arguments.value("--to").empty())
    return fail(
        make_error(Code::usage, tr("where should the recovery sheet be written?"))
            .then(
                tr("name a file with --to FILE; one that ends in .txt is plain text, else a page to print")));
  const std::string path = absolute_path(arguments.value("--to"));
  auto session = TRY(Session::open(app));
  TRY(write_sheet(*session, path));
  const std::string mark = crypto::sheet_mark(TRY(session->sheet_vault()));
  app.out().say(tr("The recovery sheet is in {}.", printable(path)));
  app.out().say(tr("Print it twice, keep the two in different buildings, and delete the file."));
  app.out().document({{"sheet", path}, {"mark", mark}});
  return 0;
}

}  // namespace aplomb::cli

#include "site/database_spec.h"

#include "base/messages.h"
#include "site/paths.h"

namespace aplomb::site {

Result<DatabaseSpec> parse_database_spec(std::string_view text, std::string_view folder) {
  size_t colon = text.find(':');
  std::string_view engine = text.substr(0, colon);
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  for (std::string_view later : {"mariadb", "mysql", "postgresql", "postgres", "pgsql"})
    if (engine == later)
      return fail(
          make_error(Code::unsupported, tr("databases of {} are not supported yet", engine))
              .at(text)
              .then(tr("leave this database out and save it by its own means (a dump), or use SQLite")));
  if (engine != "sqlite" || colon == std::string_view::npos)
    return fail(make_error(Code::config, tr("this does not name a database"))
                    .at(text)
                    .then(tr("write it as sqlite:/path/to/file")));
  // The forms sqlite:///path and sqlite://path of other programs.
  if (rest.starts_with("//")) rest.remove_prefix(rest.starts_with("///") ? 2 : 1);
  if (rest.empty() || !is_readable_text(rest))
    return fail(make_error(Code::config, tr("the path of the database is missing or unreadable"))
                    .at(text)
                    .then(tr("write it as sqlite:/path/to/file")));
  std::string path(rest);
  if (path.front() != '/') {
    if (folder.empty())
      return fail(make_error(Code::config, tr("the path of the database is not absolute"))
                      .at(text)
                      .then(tr("write it as sqlite:/path/to/file")));
    path = std::string(folder) + "/" + path;
  }
  return DatabaseSpec{DatabaseKind::sqlite, normal_path(path)};
}

}  // namespace aplomb::site

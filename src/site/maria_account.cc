#include "site/maria_account.h"

#include <algorithm>

#include "base/log.h"
#include "base/messages.h"
#include "site/sql_text.h"

namespace aplomb::site {
namespace {

// What stands behind ON in a line of SHOW GRANTS: `mai\_rie`.*, `mairie`.`table`, *.*
bool on_database(std::string_view line, std::string_view database) {
  SqlCursor cursor(line);
  if (!cursor.take_word("GRANT")) return false;
  bool nothing = cursor.take_word("USAGE");  // no right, only that the account is there
  while (!cursor.at_end() && !cursor.take_word("ON")) cursor.skip_one();
  auto name = cursor.take_name();
  if (!name) return nothing && cursor.take_mark('*');
  std::string plain;  // a backslash before _ and %, which would mean other names too
  for (char c : *name)
    if (c != '\\') plain += c;
  return plain == database && cursor.take_mark('.');
}

}  // namespace

bool grants_one_database(std::string_view grants, std::string_view database) {
  bool any = false;
  while (!grants.empty()) {
    std::string_view line = grants.substr(0, grants.find('\n'));
    grants.remove_prefix(std::min(line.size() + 1, grants.size()));
    if (line.empty()) continue;
    if (!on_database(line, database)) return false;
    any = true;
  }
  return any;
}

Status set_password(const ServerLogin& login, std::string_view password) {
  ServerLogin account = login;
  account.address.name.clear();  // the database may be gone, the account is not
  std::string text = "SET SESSION sql_mode = '';\nSET PASSWORD = PASSWORD(";
  append_value(text, Value{std::string(password)});
  text += ");\n";
  Status done = run_statements(account, as_bytes(text), Missing::is_error);
  if (done) return {};
  // The server may quote the statement: "ERROR 1064 (42000) at line 3: … near 'PASSWORD('secret')'".
  const std::string& said = done.error().what;
  size_t number = said.find("ERROR ");
  std::string_view shown =
      number == std::string::npos ? std::string_view() : std::string_view(said).substr(number, 10);
  return fail(make_error(done.error().code, tr("the database server does not change the password of {}: {}",
                                               login.address.user, printable(shown)))
                  .at(login.address.name));
}

Status check_password_can_change(const ServerLogin& login) {
  ServerLogin account = login;
  account.address.name.clear();
  std::string grants = TRY(query(account, "SHOW GRANTS"));
  if (!grants_one_database(grants, login.address.name))
    return fail(make_error(Code::refused,
                           tr("the account {} has rights on more than this database, and another site or a "
                              "person may use it",
                              login.address.user)));
  if (login.password.empty())
    return fail(make_error(Code::refused, tr("the account {} has no password", login.address.user)));
  return set_password(login, login.password);
}

}  // namespace aplomb::site

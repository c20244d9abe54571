#include "site/database_spec.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "base/messages.h"
#include "site/paths.h"

namespace aplomb::site {
namespace {

constexpr std::string_view kServerForm =
    "mariadb://user@localhost/name?socket=/run/mysqld/mysqld.sock&config=/path/wp-config.php";

bool is_plain(char c, bool in_path) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~' || (in_path && c == '/');
}

std::string percent_encoded(std::string_view text, bool in_path) {
  std::string out;
  for (char c : text)
    out += is_plain(c, in_path) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size() ||
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr != text.data() + i + 3)
      return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  if (!is_readable_text(out)) return std::nullopt;
  return out;
}

// What stands in front of `mark`, which is taken away with it; nullopt without one.
std::optional<std::string_view> take_until(std::string_view& rest, char mark) {
  size_t at = rest.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view before = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return before;
}

bool take_host(std::string_view text, ServerAddress& server) {
  size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos) {
    std::string_view port = text.substr(colon + 1);
    auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), server.port);
    if (error != std::errc() || end != port.data() + port.size() || server.port == 0) return false;
    text = text.substr(0, colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  server.host = text;
  return !text.empty() &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
             "0123456789.-_:") == std::string_view::npos &&
         text.front() != '-';
}

// user@host[:port]/name?key=value&…
std::optional<ServerAddress> parse_address(std::string_view rest) {
  ServerAddress server;
  auto user = take_until(rest, '@');
  auto host = take_until(rest, '/');
  // A password has no place in the configuration.
  if (!user || user->find(':') != std::string_view::npos || !host || !take_host(*host, server))
    return std::nullopt;
  std::string_view name = rest.substr(0, rest.find('?'));
  rest = name.size() < rest.size() ? rest.substr(name.size() + 1) : std::string_view();
  while (!rest.empty()) {
    auto part = take_until(rest, '&');
    std::string_view pair = part ? *part : std::exchange(rest, {});
    auto key = take_until(pair, '=');
    auto value = percent_decoded(pair);
    if (!key || !value || !value->starts_with('/')) return std::nullopt;
    if (*key == "socket")
      server.socket = normal_path(*value);
    else if (*key == "config")
      server.config = normal_path(*value);
    else
      return std::nullopt;
  }
  auto plain_user = percent_decoded(*user), plain_name = percent_decoded(name);
  if (!plain_user || !plain_name || plain_user->empty() || plain_name->empty()) return std::nullopt;
  // The name becomes an argument of a client, and a file of the snapshot.
  if (plain_name->front() == '-' || plain_name->front() == '.' ||
      plain_name->find('/') != std::string::npos || plain_name->size() > 200)
    return std::nullopt;
  server.user = *plain_user;
  server.name = *plain_name;
  if (!server.socket.empty()) server.host = "localhost", server.port = 0;
  return server;
}

Error bad(std::string_view text, std::string what, std::string_view form) {
  return make_error(Code::config, std::move(what)).at(text).then(tr("write it as {}", form));
}

Result<DatabaseSpec> parse_server(DatabaseKind kind, std::string_view text, std::string_view rest,
                                  std::string_view folder) {
  DatabaseSpec spec{kind};
  if (rest.starts_with("//")) {
    auto server = parse_address(rest.substr(2));
    if (!server) return fail(bad(text, tr("this does not name a database on a server"), kServerForm));
    if (server->config.empty())
      return fail(
          bad(text, tr("the CMS's configuration, where the password stands, is not named"), kServerForm));
    spec.server = std::move(*server);
    return spec;
  }
  if (folder.empty() || !is_readable_text(rest))
    return fail(bad(text, tr("this does not name a database on a server"), kServerForm));
  if (!rest.empty())
    spec.server.config =
        normal_path(rest.front() == '/' ? std::string(rest) : std::string(folder) + "/" + std::string(rest));
  return spec;
}

}  // namespace

std::string_view engine_name(DatabaseKind kind) {
  return kind == DatabaseKind::mariadb ? "mariadb" : "sqlite";
}

DatabaseKind engine_of(std::string_view name) {
  return name == "mariadb" ? DatabaseKind::mariadb : DatabaseKind::sqlite;
}

std::string DatabaseSpec::text() const {
  if (!on_server()) return "sqlite:" + path;
  std::string host = server.host.find(':') == std::string::npos ? server.host : "[" + server.host + "]";
  if (server.port != 0) host += ":" + std::to_string(server.port);
  std::string out = fmt::format("{}://{}@{}/{}?", engine_name(kind), percent_encoded(server.user, false),
                                host, percent_encoded(server.name, false));
  if (!server.socket.empty()) out += "socket=" + percent_encoded(server.socket, true) + "&";
  return out + "config=" + percent_encoded(server.config, true);
}

std::string DatabaseSpec::entry_name() const {
  return on_server() ? server.name + ".sql" : path.substr(path.rfind('/') + 1);
}

Result<DatabaseSpec> parse_database_spec(std::string_view text, std::string_view folder) {
  size_t colon = text.find(':');
  std::string_view engine = text.substr(0, colon);
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  for (std::string_view later : {"postgresql", "postgres", "pgsql"})
    if (engine == later)
      return fail(
          make_error(Code::unsupported, tr("databases of {} are not supported yet", engine))
              .at(text)
              .then(tr("leave this database out and save it by its own means (a dump), or use SQLite")));
  if ((engine == "mariadb" || engine == "mysql") && colon != std::string_view::npos)
    return parse_server(DatabaseKind::mariadb, text, rest, folder);
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

#include "site/cms_config.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/messages.h"
#include "site/cms_settings.h"
#include "site/paths.h"

namespace aplomb::site {
namespace {

constexpr uint64_t kConfigMax = 1 << 20;
constexpr std::string_view kNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";

const std::string kSpip = "spip_connect_db ";  // and the number of an argument: no name in PHP

struct Token {
  enum Kind { word, text, computed_text, mark } kind;
  std::string value;
  size_t at, size;  // where it stands, its quotes included
};

// As much of PHP's lexer as a file of settings needs: words and variables, texts, single marks. Comments and
// what stands outside of <?php ?> are left out.
class Tokens {
 public:
  explicit Tokens(std::string_view php) : rest_(php), size_(php.size()) {}

  std::optional<Token> next() {
    while (skip_silent()) {
      char c = rest_.front();
      if (c == '\'' || c == '"') return take_text(c);
      size_t end = std::min(rest_.find_first_not_of(kNames), rest_.size());
      if (end > 0) return take(Token::word, end);
      return take(Token::mark, 1);
    }
    return std::nullopt;
  }

 private:
  Token take(Token::Kind kind, size_t size) {
    Token token{kind, std::string(rest_.substr(0, size)), size_ - rest_.size(), size};
    rest_.remove_prefix(size);
    return token;
  }

  void skip_past(std::string_view end) {
    size_t at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  // False at the end of the text.
  bool skip_silent() {
    while (!rest_.empty()) {
      if (!in_php_) {
        skip_past("<?php");
        in_php_ = true;
      } else if (rest_.starts_with("?>")) {
        rest_.remove_prefix(2);
        in_php_ = false;
      } else if (rest_.starts_with("/*")) {
        rest_.remove_prefix(2);
        skip_past("*/");
      } else if (rest_.starts_with("//") || rest_.front() == '#') {
        size_t line = rest_.find('\n'), close = rest_.find("?>");
        rest_.remove_prefix(std::min({line, close, rest_.size()}));
      } else if (std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos) {
        rest_.remove_prefix(1);
      } else {
        return true;
      }
    }
    return false;
  }

  // In single quotes \' and \\ are escapes, in double quotes these and a few more; a $ there, or an escape
  // that is not listed, makes the text one that PHP computes.
  Token take_text(char quote) {
    Token token{Token::text, "", size_ - rest_.size(), 0};
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != quote) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '$' && quote == '"') token.kind = Token::computed_text;
      if (c == '\\' && !rest_.empty()) {
        char escaped = rest_.front();
        bool known = escaped == quote || escaped == '\\' || (quote == '"' && escaped == '$');
        if (known) {
          c = escaped;
          rest_.remove_prefix(1);
        } else if (quote == '"' &&
                   std::string_view("nrtvef0123456789xu{").find(escaped) != std::string_view::npos) {
          token.kind = Token::computed_text;
        }
      }
      token.value += c;
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    token.size = size_ - rest_.size() - token.at;
    return token;
  }

  std::string_view rest_;
  const size_t size_;
  bool in_php_ = false;
};

// Calls take(name, value) for each setting in the order of the text: define('NAME', 'value'), $name =
// 'value'; and the arguments of spip_connect_db() under their numbers. `value` is a text, or one that PHP
// computes.
template <class Take>
void each_setting(std::string_view php, Take take) {
  std::vector<Token> last;  // the tokens of the statement at hand
  Tokens tokens(php);
  auto is = [&](size_t i, Token::Kind kind, std::string_view value = "") {
    return i < last.size() && last[i].kind == kind && (value.empty() || last[i].value == value);
  };
  auto finish = [&] {
    for (size_t i = 0; i < last.size(); ++i) {
      if (is(i, Token::word) && (last[i].value == "define" || last[i].value == "DEFINE") &&
          is(i + 1, Token::mark, "(") && is(i + 2, Token::text) && is(i + 3, Token::mark, ",") &&
          is(i + 4, Token::text) && is(i + 5, Token::mark, ")"))
        take(last[i + 2].value, last[i + 4]);
      if (!is(i, Token::word, "spip_connect_db") || !is(i + 1, Token::mark, "(")) continue;
      for (size_t at = i + 2; is(at, Token::text); at += 2) {
        take(kSpip + std::to_string((at - i) / 2 - 1), last[at]);
        if (!is(at + 1, Token::mark, ",")) break;
      }
    }
    if (last.size() == 3 && is(0, Token::word) && last[0].value.starts_with('$') && is(1, Token::mark, "=") &&
        last[2].kind != Token::mark)
      take(last[0].value, last[2]);
  };
  while (auto token = tokens.next()) {
    if (token->kind == Token::mark && (token->value == ";" || token->value == "{" || token->value == "}")) {
      finish();
      last.clear();
    } else if (last.size() < 1000) {
      last.push_back(std::move(*token));
    }
  }
  finish();
}

// PHP keeps the first definition of a constant and the last value of a variable.
std::map<std::string, std::string> settings_of(std::string_view php) {
  std::map<std::string, std::string> settings;
  each_setting(php, [&](const std::string& name, const Token& value) {
    if (!name.starts_with('$'))
      settings.try_emplace(name, value.value);
    else if (value.kind == Token::computed_text)
      settings.erase(name);
    else
      settings[name] = value.value;
  });
  return settings;
}

// "localhost", "127.0.0.1:3307", "localhost:/run/mysqld.sock", "[::1]:3306", as PHP's mysqli reads it.
bool read_host(std::string_view text, ServerAddress& address) {
  size_t colon = text.starts_with('[') ? text.find("]:") : text.find(':');
  if (text.starts_with('[') && colon != std::string_view::npos) ++colon;
  if (std::ranges::count(text, ':') > 1 && !text.starts_with('[') &&
      text.find(":/") == std::string_view::npos)
    colon = std::string_view::npos;  // a bare IPv6 address
  std::string_view host = text.substr(0, colon);
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = host.empty() ? "localhost" : std::string(host);
  if (rest.starts_with('/')) {
    address.socket = normal_path(rest);
    address.host = "localhost";
  } else if (!rest.empty()) {
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), address.port);
    return error == std::errc() && end == rest.data() + rest.size();
  }
  return true;
}

}  // namespace

Result<CmsDatabase> parse_cms_database(std::string_view php) {
  std::map<std::string, std::string> settings = settings_of(php);
  CmsDatabase found;
  auto take = [&](const std::string& key, std::string& into) {
    auto place = settings.find(key);
    if (place != settings.end()) into = place->second;
    return place != settings.end();
  };
  std::string host = "localhost", type;
  bool wordpress = take("DB_NAME", found.address.name) && take("DB_USER", found.address.user) &&
                   take("DB_PASSWORD", found.password);
  bool mediawiki = !wordpress && take("$wgDBtype", type) && type == "mysql" &&
                   take("$wgDBname", found.address.name) && take("$wgDBuser", found.address.user) &&
                   take("$wgDBpassword", found.password);
  // spip_connect_db(host, port, login, password, database, type, …)
  bool spip = !wordpress && !mediawiki && take(kSpip + "5", type) && (type == "mysql" || type == "mysqli") &&
              take(kSpip + "4", found.address.name) && take(kSpip + "2", found.address.user) &&
              take(kSpip + "3", found.password);
  take(wordpress ? "DB_HOST" : mediawiki ? "$wgDBserver" : kSpip + "0", host);
  std::string port;
  if (spip && take(kSpip + "1", port) && !port.empty()) host += ":" + port;
  if ((!wordpress && !mediawiki && !spip) || !read_host(host, found.address))
    return fail(
        make_error(Code::not_found,
                   tr("it names no database of MariaDB, or not as plain text that can be read without "
                      "running it"))
            .then(tr("write the name, the user and the password there as plain text, or give the whole "
                     "address with --db")));
  return found;
}

std::string cms_setting(std::string_view php, const std::string& name) {
  auto settings = settings_of(php);
  auto found = settings.find(name);
  return found == settings.end() ? "" : found->second;
}

std::string password_setting(std::string_view php) {
  auto settings = settings_of(php);
  auto has = [&](auto... names) { return (settings.contains(names) && ...); };
  if (has("DB_NAME", "DB_USER", "DB_PASSWORD")) return "DB_PASSWORD";
  if (has("$wgDBtype", "$wgDBname", "$wgDBuser", "$wgDBpassword") && settings["$wgDBtype"] == "mysql")
    return "$wgDBpassword";
  return kSpip + "3";
}

std::string with_settings(std::string_view php, const std::map<std::string, std::string>& values,
                          std::set<std::string>& written) {
  std::string out;
  size_t done = 0;
  each_setting(php, [&](const std::string& name, const Token& old) {
    auto value = values.find(name);
    if (value == values.end() || old.kind != Token::text || old.at < done) return;
    out.append(php.substr(done, old.at - done)) += '\'';
    for (char c : value->second) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    out += '\'';
    done = old.at + old.size;
    written.insert(name);
  });
  return out.append(php.substr(done));
}

Result<CmsDatabase> read_cms_database(fs::Fs& fs, const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = TRY_IN(fs::open_dir_without_links(fs, folder.empty() ? "/" : folder),
                    tr("the CMS's configuration cannot be read"));
  Bytes text = TRY_IN(fs::read_file(*dir, name, kConfigMax), tr("the CMS's configuration cannot be read"));
  auto found = parse_cms_database(as_text(text));
  if (!found) return fail(std::move(found).error().in(tr("the CMS's configuration {}", path)).at(path));
  return found;
}

std::string find_cms_config(fs::Fs& fs, const std::string& root) {
  // WordPress takes the one beside its folder too.
  for (const std::string& place : {root + "/wp-config.php", fs::split_path(root).first + "/wp-config.php",
                                   root + "/LocalSettings.php", root + "/config/connect.php"})
    if (read_cms_database(fs, place)) return place;
  return "";
}

Result<DatabaseSpec> complete_spec(fs::Fs& fs, DatabaseSpec spec, const std::vector<std::string>& roots) {
  for (size_t i = 0; i < roots.size() && spec.server.config.empty(); ++i)
    spec.server.config = find_cms_config(fs, roots[i]);
  if (spec.server.config.empty())
    return fail(make_error(Code::not_found, tr("no configuration of a CMS that names its database was found"))
                    .at(roots.empty() ? "" : roots.front())
                    .then(tr("name it: --db mariadb:/path/to/wp-config.php")));
  CmsDatabase found = TRY(read_cms_database(fs, spec.server.config));
  std::string config = spec.server.config;
  spec.kind = found.kind;
  spec.server = std::move(found.address);
  spec.server.config = std::move(config);
  // The rules of what can be written into our configuration are those of its parser.
  return parse_database_spec(spec.text());
}

}  // namespace aplomb::site

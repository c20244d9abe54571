#include "site/power_words.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "site/database_model.h"

namespace aplomb::site {
namespace {

bool upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}

// é, è, ê, à, ç, … to their letter: what French names of columns and roles use. Anything else separates
// words.
std::string without_accents(std::string_view text) {
  // U+00C0 to U+00FF in UTF-8 is 0xC3 and one byte from 0x80.
  static constexpr std::string_view letters =
      "aaaaaaaceeeeiiiidnooooo ouuuuy saaaaaaaceeeeiiiidnooooo ouuuuy y";
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0xc3 && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xc0) == 0x80) {
      plain += letters[static_cast<unsigned char>(text[++i]) - 0x80];
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

bool any_word(const Name& name, std::initializer_list<std::string_view> list) {
  return std::ranges::any_of(name.words, [&](const std::string& word) { return one_of(word, list); });
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::ranges::any_of(
      list, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::ranges::any_of(list, [&](std::string_view part) { return text.ends_with(part); });
}

constexpr auto kAccountWords =
    std::to_array<std::string_view>({"user",           "users",           "usr",
                                     "utilisateur",    "utilisateurs",    "member",
                                     "members",        "membre",          "membres",
                                     "account",        "accounts",        "compte",
                                     "comptes",        "auteur",          "auteurs",
                                     "author",         "authors",         "admin",
                                     "admins",         "administrator",   "administrators",
                                     "administrateur", "administrateurs", "staff",
                                     "agent",          "agents",          "employee",
                                     "employees",      "employe",         "employes",
                                     "personnel",      "operator",        "operators",
                                     "operateur",      "operateurs",      "moderator",
                                     "moderators",     "moderateur",      "moderateurs",
                                     "login",          "logins",          "credential",
                                     "credentials",    "identifiants",    "adherent",
                                     "adherents",      "customer",        "customers",
                                     "client",         "clients",         "elu",
                                     "elus",           "gestionnaire",    "gestionnaires"});

bool has_account_word(const Name& name) {
  if (std::ranges::any_of(name.words, [](const std::string& word) {
        return std::ranges::find(kAccountWords, word) != kAccountWords.end();
      }))
    return true;
  return ends_with_any(name.joined, {"users", "members", "accounts", "utilisateurs", "membres", "comptes"});
}

}  // namespace

bool Name::has(std::string_view word) const {
  return std::ranges::find(words, word) != words.end();
}

Name split_name(std::string_view text) {
  std::string plain = without_accents(text);
  Name name;
  std::string word;
  auto end_word = [&] {
    if (!word.empty()) name.words.push_back(std::move(word));
    word.clear();
  };
  for (size_t i = 0; i < plain.size(); ++i) {
    char c = plain[i];
    bool next_small = i + 1 < plain.size() && lower(plain[i + 1]);
    if (upper(c)) {  // motDePasse, and the P of HTTPPassword
      if (i > 0 && (lower(plain[i - 1]) || digit(plain[i - 1]) || (upper(plain[i - 1]) && next_small)))
        end_word();
      word += static_cast<char>(c - 'A' + 'a');
    } else if (lower(c)) {
      word += c;
    } else {
      end_word();
    }
  }
  end_word();
  for (const std::string& part : name.words) name.joined += part;
  return name;
}

bool is_volatile(const Name& column) {
  return any_word(column,
                  {"last",         "lastlogin",  "lastseen",  "lastvisit",  "dernier",    "derniere",
                   "seen",         "visit",      "visits",    "visite",     "visites",    "visited",
                   "session",      "sessions",   "sessionid", "expire",     "expires",    "expired",
                   "expiry",       "expiration", "lifespan",  "updated",    "modified",   "modif",
                   "modification", "maj",        "touched",   "timestamp",  "tms",        "counter",
                   "count",        "editcount",  "compteur",  "attempt",    "attempts",   "failed",
                   "failures",     "failure",    "tentative", "tentatives", "echecs",     "ip",
                   "ipaddress",    "useragent",  "online",    "ligne",      "alea",       "remember",
                   "reset",        "csrf",       "nonce",     "activation", "confirm",    "confirmation",
                   "verification", "changed",    "created",   "creation",   "registered", "date",
                   "datetime",     "at",         "connexion", "connection", "logged",     "hits",
                   "hint",         "lockout",    "cookie"}) ||
         contains_any(column.joined, {"useragent", "lastlogin", "emailtoken", "failedlogin"});
}

bool is_password(const Name& column) {
  if (is_volatile(column)) return false;
  if (contains_any(column.joined,
                   {"password", "passwd", "passphrase", "passwort", "motdepasse", "motpasse", "contrasena"}))
    return true;
  return any_word(column, {"pass", "passe", "pwd", "mdp", "htpass", "userpass", "userpwd"}) ||
         (ends_with_any(column.joined, {"pwd", "mdp", "pass"}) &&
          !ends_with_any(column.joined, {"bypass", "compass"}));
}

bool is_weak_secret(const Name& column) {
  if (is_volatile(column)) return false;
  return any_word(column, {"hash", "hashed", "secret", "secrets", "salt", "sel", "digest", "totp", "otp",
                           "mfa", "apikey", "apitoken", "passhash", "privatekey", "publickey", "sshkey",
                           "credential", "credentials", "token"}) ||
         contains_any(column.joined, {"apikey", "secretkey", "authkey", "accesskey", "sshkey", "twofactor"});
}

bool is_email(const Name& column) {
  return !is_volatile(column) && any_word(column, {"email", "mail", "courriel", "mel", "emailaddress"});
}

bool is_login(const Name& column) {
  if (is_volatile(column)) return false;
  if (is_email(column) ||
      contains_any(column.joined, {"username", "nomutilisateur", "loginname", "userlogin", "screenname"}))
    return true;
  if (any_word(column, {"login", "logname", "identifiant", "ident", "pseudo", "pseudonyme", "nickname",
                        "nick", "nicename", "handle", "account"}))
    return true;
  return one_of(column.joined, {"user", "usr", "utilisateur", "uid", "compte"});
}

bool is_person_name(const Name& column) {
  return any_word(column, {"name", "nom", "fullname", "displayname", "prenom", "surname", "firstname",
                           "lastname", "realname"});
}

bool is_role(const Name& column) {
  if (is_volatile(column)) return false;
  return any_word(column,
                  {"role",         "roles",         "roleid", "privilege",    "privileges",    "permission",
                   "permissions",  "perms",         "acl",    "superuser",    "superadmin",    "webmestre",
                   "habilitation", "habilitations", "droits", "autorisation", "autorisations", "abilities",
                   "scopes",       "grants",        "rights", "sudo"}) ||
         contains_any(column.joined, {"capabilit", "isadmin", "isstaff", "isroot", "estadmin", "usergroup",
                                      "userlevel", "accesslevel", "niveauacces"});
}

bool is_rank(const Name& column) {
  if (is_volatile(column)) return false;
  return is_role(column) ||
         any_word(column, {"level",          "niveau",    "group",      "groups", "groupid", "groupe",
                           "groupes",        "right",     "droit",      "perm",   "admin",   "administrator",
                           "administrateur", "moderator", "moderateur", "rank",   "rang",    "access",
                           "acces",          "ability",   "scope",      "staff",  "root"});
}

bool is_kind_of_account(const Name& column) {
  return is_rank(column) || (!is_volatile(column) && any_word(column, {"type", "kind", "profil", "profile",
                                                                       "statut", "fonction", "grade"}));
}

bool is_state_of_account(const Name& column) {
  return !is_volatile(column) &&
         any_word(column, {"status", "statut", "state", "etat", "active", "actif", "enabled", "disabled",
                           "banned", "blocked", "bloque", "approved", "locked", "suspended"});
}

bool is_account_reference(const Name& column) {
  return has_account_word(column) &&
         (column.words.size() == 1 || column.has("id") || column.has("fk") || column.has("ref") ||
          column.joined.ends_with("user") || column.joined.ends_with("utilisateur"));
}

bool is_title(const Name& column) {
  return any_word(column, {"title", "titre", "subject", "sujet", "headline", "chapo"});
}

bool is_content(const Name& column) {
  return any_word(column,
                  {"content", "contenu", "body", "corps", "text", "texte", "message", "article", "html"});
}

bool is_setting_name(const Name& column) {
  return any_word(column,
                  {"name", "nom", "key", "cle", "variable", "option", "setting", "param", "parametre"}) &&
         !column.has("id");
}

bool is_setting_value(const Name& column) {
  return any_word(column, {"value", "val", "valeur", "data"});
}

bool is_command(const Name& column) {
  return any_word(column, {"command", "commande", "cmd", "callback", "script", "code", "exec", "shell",
                           "function", "fonction", "handler", "program", "programme"});
}

bool is_account_table(const Name& table) {
  return has_account_word(table);
}

bool is_role_table(const Name& table) {
  return any_word(table, {"role",           "roles",           "permission",   "permissions",
                          "privilege",      "privileges",      "capability",   "capabilities",
                          "droit",          "droits",          "acl",          "acls",
                          "grants",         "rights",          "habilitation", "habilitations",
                          "autorisation",   "autorisations",   "scopes",       "groups",
                          "groupes",        "usergroup",       "usergroups",   "admins",
                          "administrators", "administrateurs", "webmestres",   "superusers"}) ||
         contains_any(table.joined, {"userrole", "usergroup", "rolepermission", "userpermission"});
}

bool is_settings_table(const Name& table) {
  return any_word(table, {"option",   "options",       "setting",     "settings",  "config",
                          "configs",  "configuration", "meta",        "metas",     "usermeta",
                          "sitemeta", "parameter",     "parameters",  "parametre", "parametres",
                          "param",    "params",        "variable",    "variables", "reglage",
                          "reglages", "preference",    "preferences", "registry",  "keyvalue"}) ||
         ends_with_any(table.joined, {"meta", "options", "settings"});
}

bool is_schedule_table(const Name& table) {
  return any_word(
      table, {"cron", "crons", "crontab", "cronjob", "cronjobs", "schedule", "schedules", "scheduled",
              "scheduler", "planification", "planifie", "planifiees", "task", "tasks", "tache", "taches"});
}

bool is_transient_table(const Name& table) {
  return any_word(table,
                  {"session", "sessions", "cache", "caches", "transient", "transients", "throttle", "visits",
                   "visites", "watchdog", "captcha", "captchas", "queue", "queues", "flood"}) ||
         ends_with_any(table.joined, {"cache", "sessions", "session"});
}

// admin_email, site_admins; not admin_color.
static bool is_list_of_admins(const Name& name) {
  if (name.joined == "admin" || name.has("admins") || name.has("administrators")) return true;
  return name.has("admin") &&
         (is_email(name) || any_word(name, {"user", "users", "login", "id", "ids", "list"}));
}

bool is_powerful_setting(std::string_view text) {
  Name name = split_name(text);
  if (any_word(name, {"transient", "transients", "cache", "session", "sessions", "version", "nag"}) ||
      is_volatile(name) ||
      one_of(fold_case(text), {"can_compress_scripts"}))  // WordPress tried it and noted it
    return false;
  if (one_of(fold_case(text), {"active_plugins",
                               "active_sitewide_plugins",
                               "template",
                               "stylesheet",
                               "theme",
                               "default_theme",
                               "siteurl",
                               "site_url",
                               "base_url",
                               "baseurl",
                               "home",
                               "cron",
                               "default_role",
                               "users_can_register",
                               "site_admins",
                               "plugin",
                               "plugins",
                               "modules",
                               "extensions",
                               "core.extension",
                               "enabled_plugins",
                               "enabled_modules",
                               "active_modules",
                               "upload_path",
                               "adresse_site",
                               "widget_custom_html",
                               "widget_text"}))
    return true;
  return is_role(name) || is_password(name) || is_list_of_admins(name) || name.has("secret") ||
         contains_any(name.joined, {"userlevel", "capabilit", "apikey"}) ||
         any_word(name, {"exec", "shell", "php", "script", "scripts", "command", "eval", "prepend"});
}

bool is_harmless_role(std::string_view value) {
  static constexpr auto harmless = std::to_array<std::string_view>(
      {"subscriber", "customer",      "user",      "member",   "guest",       "visitor",     "reader",
       "registered", "authenticated", "anonymous", "abonne",   "membre",      "utilisateur", "lecteur",
       "visiteur",   "citoyen",       "client",    "adherent", "usager",      "invite",      "forum",
       "none",       "aucun",         "nouveau",   "false",    "no",          "non",         "simple",
       "standard",   "basic",         "public",    "inactive", "inactif",     "disabled",    "banned",
       "blocked",    "pending",       "habitant",  "lecture",  "contributor", "contributeur"});
  if (value.size() > 4096) return false;
  if (value.find_first_not_of("0123456789 .-+") == std::string_view::npos)  // a number: 0 grants nothing
    return value.find_first_of("123456789") == std::string_view::npos;
  for (const std::string& word : split_name(value).words) {
    // The words of a list as PHP (a:1:{s:10:"subscriber";b:1;}) or Symfony (["ROLE_USER"]) writes it.
    if (one_of(word, {"a", "s", "b", "i", "o", "role", "roles"})) continue;
    const std::string one = word.ends_with('s') ? word.substr(0, word.size() - 1) : word;
    if (std::ranges::find(harmless, word) == harmless.end() &&
        std::ranges::find(harmless, one) == harmless.end())
      return false;
  }
  return true;
}

bool is_password_hash(std::string_view value) {
  if (value.size() < 13 || value.size() > 512 || value.find_first_of(" \t\r\n<>") != std::string_view::npos)
    return false;
  static constexpr auto prefixes = std::to_array<std::string_view>({"$2y$",
                                                                    "$2a$",
                                                                    "$2b$",
                                                                    "$2x$",
                                                                    "$wp$2y$",
                                                                    "$argon2",
                                                                    "$1$",
                                                                    "$5$",
                                                                    "$6$",
                                                                    "$7$",
                                                                    "$y$",
                                                                    "$P$",
                                                                    "$H$",
                                                                    "$S$",
                                                                    "$apr1$",
                                                                    "$scrypt$",
                                                                    "$pbkdf2",
                                                                    "pbkdf2_sha",
                                                                    "pbkdf2:",
                                                                    "scrypt:",
                                                                    ":pbkdf2:",
                                                                    ":B:",
                                                                    "{SSHA",
                                                                    "{SHA",
                                                                    "{MD5}",
                                                                    "{CRYPT}",
                                                                    "sha256$",
                                                                    "sha1$",
                                                                    "bcrypt_sha256$",
                                                                    "argon2$"});
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return value.starts_with(prefix); });
}

bool is_hex_digest(std::string_view value) {
  std::string_view digest = value.substr(0, value.find(':'));
  std::string_view salt = value.substr(digest.size());
  bool length = digest.size() == 32 || digest.size() == 40 || digest.size() == 56 || digest.size() == 64 ||
                digest.size() == 96 || digest.size() == 128;
  return length && digest.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos &&
         digest.find_first_of("0123456789") != std::string_view::npos &&
         digest.find_first_of("abcdefABCDEF") != std::string_view::npos && salt.size() <= 129 &&
         salt.find_first_of(" \t\r\n<>") == std::string_view::npos;
}

bool is_digest_of_something(const Name& column) {
  return is_volatile(column) ||
         any_word(column,
                  {"md",          "sha",     "checksum",     "crc",        "digest",     "empreinte",
                   "fingerprint", "etag",    "uuid",         "guid",       "token",      "jeton",
                   "cle",         "key",     "code",         "commit",     "revision",   "signature",
                   "cache",       "avatar",  "gravatar",     "image",      "photo",      "slug",
                   "nonce",       "confirm", "confirmation", "activation", "validation", "desinscription",
                   "unsubscribe", "session", "ref",          "reference",  "external",   "api"});
}

bool is_about_files(const Name& column) {
  return any_word(column, {"file", "files", "filename", "fichier", "fichiers", "path", "chemin", "mime",
                           "size", "taille", "url", "bytes", "octets", "attachment", "document"});
}

}  // namespace aplomb::site

// What the names of tables and columns say about power, in French and English. Names are split into words the
// way people write them (mot_de_passe, motDePasse, MotDePasse2); word lists do the rest. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aplomb::site {

struct Name {
  std::vector<std::string> words;  // small letters, without accents
  std::string joined;              // the words without anything between
  bool has(std::string_view word) const;
};
Name split_name(std::string_view text);

// Columns. A name may be several of these.
bool is_volatile(const Name& column);     // changes with ordinary use: last_login, updated_at, session, ip
bool is_password(const Name& column);     // password, mot_de_passe, pwd
bool is_weak_secret(const Name& column);  // hash, secret, salt, api_key: a secret only beside a login
bool is_login(const Name& column);        // login, username, email, identifiant
bool is_email(const Name& column);
bool is_person_name(const Name& column);  // name, nom: a login only in a table of accounts
bool is_role(const Name& column);         // role, capabilities, is_admin, droits
bool is_rank(const Name& column);         // those, and level, group, rights: a role only beside a person
bool is_kind_of_account(
    const Name& column);  // those, and type, profil, statut: a role only within an account
bool is_state_of_account(const Name& column);   // status, active, banned
bool is_account_reference(const Name& column);  // user_id, utilisateur
bool is_title(const Name& column);
bool is_content(const Name& column);
bool is_setting_name(const Name& column);   // name, option_name, meta_key, cle
bool is_setting_value(const Name& column);  // value, option_value, valeur
bool is_command(const Name& column);        // command, script, callback

// Tables.
bool is_account_table(const Name& table);
bool is_role_table(const Name& table);
bool is_settings_table(const Name& table);
bool is_schedule_table(const Name& table);
bool is_transient_table(const Name& table);  // sessions, caches, queues, logs of visits

// Names of settings whose value decides what runs or who may do what.
bool is_powerful_setting(std::string_view name);
// A role that grants nothing beyond one's own account: subscriber, membre, ROLE_USER, 0.
bool is_harmless_role(std::string_view value);
// The form in which password hashes are stored, whatever the column is called.
bool is_password_hash(std::string_view value);
// A digest as older programs store passwords: MD5, SHA-1 or SHA-2 in
// hexadecimal, alone or before ":salt". Files, tokens and mails have such
// digests too.
bool is_hex_digest(std::string_view value);
// A column whose digests are of something else than a password: checksum,
// token, confirmation key, avatar.
bool is_digest_of_something(const Name& column);
// A table of files, whatever else: path, mime, size.
bool is_about_files(const Name& column);

}  // namespace aplomb::site

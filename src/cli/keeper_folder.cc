#include "cli/keeper_folder.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/messages.h"
#include "keeper/limits.h"
#include "vault/keeper_key.h"

namespace aplomb::cli {
namespace {

constexpr char kHostKey[] = "ssh_host_ed25519_key.pub";

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "HOST";
  return name.data();
}

// By which this machine's sshd proves itself; every Debian has one, readable by all.
std::optional<vault::HostKey> host_key(App& app) {
  auto folder = app.fs().open_dir("/etc/ssh");
  auto line = folder ? fs::read_file(**folder, kHostKey, 4096) : Result<Bytes>(fail(Code::not_found, ""));
  if (!line) return std::nullopt;
  auto key = keeper::parse_public(as_text(*line));
  if (!key) return std::nullopt;
  vault::HostKey host;
  host.bytes = key->bytes;
  return host;
}

}  // namespace

Result<NewKeeper> make_keeper(App& app, const std::string& folder) {
  if (!vault::is_plain_path(folder))
    return fail(make_error(Code::usage, tr("this folder's name cannot stand in an address"))
                    .at(printable(folder))
                    .then(tr("use letters without accents, digits, '.', '_', '-' and '+'")));
  auto dir = app.fs().make_dirs(folder, 0700);
  if (!dir) return fail(std::move(dir).error().in(tr("the keeper's folder cannot be made")).at(folder));
  for (const char* part : {"vault", "log", vault::kKeeperKeyFile})
    if ((*dir)->stat(part))
      return fail(make_error(Code::exists, tr("there is a vault here already"))
                      .at(folder)
                      .then(tr("choose an empty folder")));
  NewKeeper made;
  TRY((*dir)->set_mode("", 0700));
  keeper::Limits limits = keeper::usual_limits(TRY((*dir)->free_bytes()));
  TRY(fs::write_file_durably(**dir, keeper::kLimitsFile, as_bytes(keeper::write_limits(limits)), 0600));
  made.key = TRY(vault::keeper_key(**dir, app.random())).verify_key;
  made.url.user = own_user();
  made.url.host = host_name();
  made.url.path = folder;
  made.url.keeper = made.key;
  made.url.host_key = host_key(app);
  return made;
}

Result<std::vector<Login>> parse_logins(const std::vector<std::string>& words) {
  std::vector<Login> logins;
  for (const std::string& word : words) {
    size_t equals = std::min(word.find('='), word.size());
    auto role = keeper::parse_role(word.substr(0, equals));
    auto key = keeper::parse_public(word.substr(std::min(equals + 1, word.size())));
    bool twice = role && std::ranges::any_of(logins, [&](const Login& login) { return login.role == *role; });
    if (!role || !key || twice)
      return fail(make_error(Code::usage, tr("this is no login: {}", printable(word.substr(0, 40))))
                      .then(tr("copy the whole line that aplomb init showed")));
    logins.push_back({*role, *key});
  }
  if (logins.empty())
    return fail(make_error(Code::usage, tr("no login was named"))
                    .then(tr("copy the whole line that aplomb init showed")));
  for (size_t i = 0; i < logins.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (logins[i].key == logins[j].key)  // sshd takes the first line of a key, whatever the second says
        return fail(make_error(Code::usage, tr("two roles have the same login")));
  return logins;
}

std::string with_logins(std::string_view text, std::string_view program, std::string_view folder,
                        const std::vector<Login>& logins) {
  auto replaced = [&](std::string_view line) {
    return std::ranges::any_of(logins, [&](const Login& login) {
      std::string command = " keeper " + std::string(name(login.role)) + " " + std::string(folder) + "\"";
      return line.starts_with("restrict,command=\"") && line.find(command) != std::string_view::npos;
    });
  };
  std::string out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!replaced(line)) out += std::string(line) + "\n";
  }
  for (const Login& login : logins)
    out += keeper::authorized_line(program, login.role, folder, login.key) + "\n";
  return out;
}

Result<std::string> own_program() {
  std::error_code error;
  std::string path = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (!error && vault::is_plain_path(path)) return path;
  return fail(make_error(Code::config, tr("the path of this program cannot stand in authorized_keys"))
                  .at(printable(path))
                  .then(tr("install it at a path without blanks and accents")));
}

std::string own_user() {
  const passwd* entry = getpwuid(geteuid());
  return entry ? entry->pw_name : std::to_string(geteuid());
}

std::string own_authorized_keys() {
  const passwd* entry = getpwuid(geteuid());
  return std::string(entry ? entry->pw_dir : "/root") + "/.ssh/authorized_keys";
}

}  // namespace aplomb::cli

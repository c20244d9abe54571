#include "site/maria_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "base/clock.h"
#include "base/log.h"
#include "base/messages.h"
#include "proc/command.h"
#include "proc/spawn.h"
#include "proc/unique_fd.h"
#include "site/maria_account.h"
#include "site/sql_text.h"

namespace aplomb::site {
namespace {

constexpr int64_t kDumpMs = 4 * 3600 * 1000, kStatementsMs = 4 * 3600 * 1000, kQuestionMs = 20'000;
constexpr int64_t kLeaveMs = 2'000;  // for a client to end by itself

// No option files but ours, which are none: a ~/.my.cnf must not send us to another server.
std::vector<std::string> arguments(const char* program, const ServerAddress& address) {
  std::vector<std::string> argv{program, "--no-defaults"};
  if (!address.socket.empty()) {
    argv.push_back("--protocol=socket");
    argv.push_back("--socket=" + address.socket);
  } else {
    argv.push_back("--host=" + address.host);
    if (address.port != 0) argv.push_back("--port=" + std::to_string(address.port));
  }
  argv.push_back("--user=" + address.user);
  argv.push_back("--default-character-set=utf8mb4");
  return argv;
}

std::vector<std::string> client_arguments(const ServerAddress& address) {
  std::vector<std::string> argv = arguments("mariadb", address);
  // In binary mode and without a terminal the client knows no command of its own but DELIMITER. The sandbox
  // is a second fence where the client is new enough to have one.
  for (const char* option : {"--batch", "--binary-mode", "--loose-sandbox", "--local-infile=0",
                             "--skip-reconnect", "--skip-column-names", "--unbuffered"})
    argv.push_back(option);
  return argv;
}

std::vector<std::string> environment(const ServerLogin& login) {
  std::vector<std::string> variables = proc::plain_environment();
  variables.push_back("MYSQL_PWD=" + login.password);
  return variables;
}

// The line of what a client said that tells the error, with the server's number: 1049 is "unknown database".
// Around it the client prints the statement.
Error client_error(const ServerAddress& address, const proc::CommandResult& result) {
  std::string said = result.err;
  if (size_t at = said.starts_with("ERROR ") ? 0 : said.find("\nERROR "); at != std::string::npos)
    said.erase(0, said[at] == '\n' ? at + 1 : at);
  said.resize(std::min(said.find('\n'), said.size()));
  bool gone = said.find("ERROR 1049") != std::string::npos || said.find("error: 1049") != std::string::npos;
  if (gone)
    return make_error(Code::not_found, tr("the server has no database {}", address.name)).at(address.name);
  bool definer = said.starts_with("ERROR 1227");
  return make_error(Code::io, tr("the database server says: {}", printable(said)))
      .at(address.name)
      .then(
          definer
              ? tr("another account made what has to be made again: as the server's administrator, run GRANT "
                   "SET USER ON *.* TO the account {}, go on, and revoke it after that",
                   address.user)
              : tr("check that the server runs, and that the CMS's configuration holds the right password"));
}

Result<std::string> lock_statement(const ServerLogin& login) {
  std::string names = TRY(query(login,
                                "SELECT HEX(table_name) FROM information_schema.tables WHERE table_schema = "
                                "DATABASE() AND table_type = 'BASE TABLE'"));
  std::string statement;
  for (std::string_view rest = names; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    auto name = from_hex(fold_case(line));
    if (!name || name->empty()) continue;
    statement += statement.empty() ? "LOCK TABLES " : ", ";
    append_name(statement, as_text(*name));
    statement += " READ";
  }
  return statement;
}

}  // namespace

Result<std::string> query(const ServerLogin& login, const std::string& question) {
  proc::Command command;
  command.argv = client_arguments(login.address);
  command.argv.push_back("--execute=" + question);
  if (!login.address.name.empty()) command.argv.push_back(login.address.name);
  command.environment = environment(login);
  command.timeout_ms = kQuestionMs;
  command.output_max = 16 << 20;
  proc::CommandResult result = TRY(proc::run(command));
  if (!result.ok()) return fail(client_error(login.address, result));
  return std::move(result.out);
}

Result<ServerLogin> login_of(fs::Fs& fs, const DatabaseSpec& spec) {
  CmsDatabase now = TRY(read_cms_database(fs, spec.server.config));
  ServerLogin login{spec.server, std::move(now.password), false, ""};
  now.address.config = spec.server.config;
  login.moved = now.kind != spec.kind || now.address != spec.server;
  if (login.moved) login.moved_to = DatabaseSpec{now.kind, {}, now.address}.text();
  if (login.password.find('\0') != std::string::npos)
    return fail(
        make_error(Code::config, tr("the password of the database holds a NUL byte")).at(spec.server.config));
  return login;
}

Status dump_mariadb(const ServerLogin& login, const std::function<Status(ByteView)>& take) {
  proc::Command command;
  command.argv = arguments("mariadb-dump", login.address);
  for (const char* option : {"--single-transaction", "--quick", "--skip-extended-insert", "--complete-insert",
                             "--order-by-primary", "--hex-blob", "--routines", "--triggers", "--events",
                             "--no-tablespaces", "--skip-comments", "--skip-dump-date", "--skip-add-locks",
                             "--skip-disable-keys", "--max-allowed-packet=1G"})
    command.argv.push_back(option);
  command.argv.push_back(login.address.name);
  command.environment = environment(login);
  command.timeout_ms = kDumpMs;
  command.output = take;
  proc::CommandResult result = TRY(proc::run(command));
  if (result.ok()) return {};
  return fail(client_error(login.address, result));
}

Status run_statements(const ServerLogin& login, ByteView statements, Missing missing) {
  std::string head;
  if (missing == Missing::is_created) {
    head = "CREATE DATABASE IF NOT EXISTS ";
    append_name(head, login.address.name);
    head += " CHARACTER SET utf8mb4;\n";
  }
  if (!login.address.name.empty()) {
    head += "USE ";
    append_name(head, login.address.name);
    head += ";\n";
  }
  proc::Command command;
  command.argv = client_arguments(login.address);
  command.environment = environment(login);
  command.timeout_ms = kStatementsMs;
  ByteView parts[] = {as_bytes(head), statements};
  size_t part = 0;
  command.input = [&](std::span<uint8_t> out) -> Result<size_t> {
    while (part < 2 && parts[part].empty()) ++part;
    if (part == 2) return size_t{0};
    size_t count = std::min(out.size(), parts[part].size());
    std::copy_n(parts[part].begin(), count, out.begin());
    parts[part] = parts[part].subspan(count);
    return count;
  };
  proc::CommandResult result = TRY(proc::run(command));
  if (result.ok()) return {};
  return fail(client_error(login.address, result));
}

Status check_server(const ServerLogin& login) {
  TRY(query(login, "SELECT 1"));
  return {};
}

ServerState server_state(const ServerLogin& login) {
  Status answer = check_server(login);
  if (answer) return ServerState::there;
  return answer.error().code == Code::not_found ? ServerState::gone : ServerState::unreachable;
}

struct MariaFreeze::State {
  pid_t pid = -1;
  proc::UniqueFd talk;

  ~State() {
    talk.reset();  // the client reads the end of its input, leaves, and the server lets its locks go
    if (pid < 0) return;
    if (!proc::wait_for_exit(pid, kLeaveMs)) kill(pid, SIGKILL);
    proc::reap(pid);
  }
};

MariaFreeze::MariaFreeze(std::unique_ptr<State> state) : state_(std::move(state)) {}
MariaFreeze::MariaFreeze(MariaFreeze&&) noexcept = default;
MariaFreeze& MariaFreeze::operator=(MariaFreeze&&) noexcept = default;
MariaFreeze::~MariaFreeze() = default;

Result<MariaFreeze> MariaFreeze::begin(const ServerLogin& login, int64_t timeout_ms) {
  std::string text = TRY(lock_statement(login));
  if (text.empty()) return MariaFreeze(std::make_unique<State>());  // no tables
  text = "SET SESSION lock_wait_timeout = " + std::to_string(std::max<int64_t>(timeout_ms / 1000, 1)) +
         ";\n" + text + ";\nSELECT 'locked';\n";
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(os_error(errno, tr("cannot make a pipe"), {}));
  proc::UniqueFd theirs(ends[0]);
  auto state = std::make_unique<State>();
  state->talk.reset(ends[1]);
  proc::SpawnPlan plan;
  plan.program = "mariadb";
  plan.argv = client_arguments(login.address);
  plan.argv.push_back(login.address.name);
  plan.environment = environment(login);
  plan.fds = {{theirs.get(), 0}, {theirs.get(), 1}};
  state->pid = TRY(proc::spawn(plan));
  theirs.reset();
  for (std::string_view rest = text; !rest.empty();) {
    ssize_t sent = send(state->talk.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return fail(os_error(errno, tr("cannot freeze the database"), login.address.name));
    rest.remove_prefix(static_cast<size_t>(sent));
  }
  const int64_t deadline = SystemClock().monotonic_ns() + timeout_ms * 1'000'000;
  std::string said;
  while (said.find("locked") == std::string::npos) {
    int64_t left_ms = (deadline - SystemClock().monotonic_ns()) / 1'000'000;
    pollfd entry{state->talk.get(), POLLIN, 0};
    char buffer[256];
    ssize_t got = left_ms > 0 && poll(&entry, 1, static_cast<int>(left_ms)) > 0
                      ? recv(state->talk.get(), buffer, sizeof buffer, 0)
                      : 0;
    if (got <= 0)
      return fail(make_error(Code::busy, tr("the tables of the database could not be locked"))
                      .at(login.address.name));
    said.append(buffer, static_cast<size_t>(got));
  }
  return MariaFreeze(std::move(state));
}

}  // namespace aplomb::site

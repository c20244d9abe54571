// A database on a server of MariaDB, through the server's own clients: dumped in one instant, changed by
// statements, and kept still. The password travels in the client's environment: never on a command line,
// never in a file of ours. Options of the administrator's own client configuration do not apply.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "fs/fs.h"
#include "site/cms_config.h"
#include "site/database_spec.h"

namespace aplomb::site {

struct ServerLogin {
  ServerAddress address;  // the one that was fixed when the site was protected
  std::string password;
  bool moved = false;    // the CMS's configuration names another database, server or user by now
  std::string moved_to;  // for people
};

// The password from the CMS's configuration, as it is now.
Result<ServerLogin> login_of(fs::Fs& fs, const DatabaseSpec& spec);

// Where a password comes from: login_of(), or what else the caller knows.
using LoginSource = std::function<Result<ServerLogin>(const DatabaseSpec&)>;

// Takes a dump as parse_dump() reads it. Tables of InnoDB are of one instant, those of other engines of the
// time in which they are read. Code::not_found: the server has no such database.
Status dump_mariadb(const ServerLogin& login, const std::function<Status(ByteView)>& take);

enum class Missing : uint8_t { is_error, is_created };
// Runs statements in a client that opens no file and starts no program, whatever stands in them, and stops at
// the first that fails.
Status run_statements(const ServerLogin& login, ByteView statements, Missing missing);

// Code::not_found: the server has no such database.
Status check_server(const ServerLogin& login);
enum class ServerState : uint8_t { there, gone, unreachable };
ServerState server_state(const ServerLogin& login);

// Holds read locks on all tables: nobody writes to them, dumps and pages go on. Ends with the object, and
// with this process, however that ends.
class MariaFreeze {
 public:
  static Result<MariaFreeze> begin(const ServerLogin& login, int64_t timeout_ms);
  MariaFreeze(MariaFreeze&&) noexcept;
  MariaFreeze& operator=(MariaFreeze&&) noexcept;
  ~MariaFreeze();

 private:
  struct State;
  explicit MariaFreeze(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aplomb::site

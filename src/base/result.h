// Errors as values. Every fallible function of Aplomb returns Result<T>; nothing of ours throws, and a
// library that throws is caught at the call. An Error says what happened, where, and what to do next; its
// code says what the *caller* does next. It is printed once, at the edge (cli).
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace aplomb {

enum class Code {
  usage,        // the request cannot be carried out as asked: arguments            -> exit 2
  config,       // the configuration is missing or wrong                            -> exit 2
  key,          // a key is missing, its passphrase is wrong, a signature fails     -> exit 2
  not_found,    // the thing named does not exist                                   -> exit 2
  exists,       // the thing to be made is already there                            -> exit 2
  unsupported,  // a newer format, a feature of the system that is missing          -> exit 2
  refused,      // a gate or a rule says no                                         -> exit 1
  busy,         // another run holds the lock; try again later                      -> exit 3
  io,           // the operating system failed: disk full, permission, device       -> exit 3
  network,      // a peer cannot be reached or broke off                            -> exit 3
  corrupt,      // bytes are not what they must be: quarantine and go on            -> exit 3
  limit,        // a budget (time, memory, size) was exhausted: report and go on    -> exit 3
};

std::string_view name(Code code);

// The exit status of the program for an error, DESIGN.md section 5.
int exit_status(Code code);

struct Error {
  Code code = Code::io;
  int sys_errno = 0;  // errno when the operating system said so, else 0
  std::string what;   // one sentence, already in the user's language
  std::string where;  // a path, an address, a snapshot; may be empty
  std::string next;   // what to do next; may be empty

  // Adds the layer's own words in front: "cannot write pack: no space left on device".
  Error in(std::string_view context) &&;
  Error at(std::string_view place) &&;
  Error then(std::string_view next_step) &&;
};

Error make_error(Code code, std::string what);
// An error of the operating system from errno, with its text. ENOENT becomes not_found, the rest io.
Error os_error(int sys_errno, std::string_view doing, std::string_view place);

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}
inline std::unexpected<Error> fail(Code code, std::string what) {
  return std::unexpected<Error>(make_error(code, std::move(what)));
}

// Programmer errors, on in release too, and unreachable from file contents.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace aplomb

#define APLOMB_CHECK(expression) \
  ((expression) ? void() : ::aplomb::check_failed(#expression, __FILE__, __LINE__))

#define APLOMB_JOIN_(a, b) a##b
#define APLOMB_JOIN(a, b) APLOMB_JOIN_(a, b)

// TRY(expr): the value of a Result, or return its error from the enclosing function. Works inside
// expressions.
#define TRY(expression) APLOMB_TRY_(expression, APLOMB_JOIN(try_result_, __COUNTER__))
#define APLOMB_TRY_(expression, result)                  \
  __extension__({                                        \
    auto&& result = (expression);                        \
    if (!result) [[unlikely]]                            \
      return std::unexpected(std::move(result).error()); \
    std::move(result).value();                           \
  })

// TRY_IN(expr, context): the same, with the layer's own words added.
#define TRY_IN(expression, context) APLOMB_TRY_IN_(expression, context, APLOMB_JOIN(try_result_, __COUNTER__))
#define APLOMB_TRY_IN_(expression, context, result)                  \
  __extension__({                                                    \
    auto&& result = (expression);                                    \
    if (!result) [[unlikely]]                                        \
      return std::unexpected(std::move(result).error().in(context)); \
    std::move(result).value();                                       \
  })

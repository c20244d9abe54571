#include "base/result.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace aplomb {

std::string_view name(Code code) {
  switch (code) {
    case Code::usage:
      return "usage";
    case Code::config:
      return "config";
    case Code::key:
      return "key";
    case Code::not_found:
      return "not_found";
    case Code::exists:
      return "exists";
    case Code::unsupported:
      return "unsupported";
    case Code::refused:
      return "refused";
    case Code::busy:
      return "busy";
    case Code::io:
      return "io";
    case Code::network:
      return "network";
    case Code::corrupt:
      return "corrupt";
    case Code::limit:
      return "limit";
  }
  return "unknown";
}

int exit_status(Code code) {
  switch (code) {
    case Code::usage:
    case Code::config:
    case Code::key:
    case Code::not_found:
    case Code::exists:
    case Code::unsupported:
      return 2;
    case Code::refused:
      return 1;
    case Code::busy:
    case Code::io:
    case Code::network:
    case Code::corrupt:
    case Code::limit:
      return 3;
  }
  return 3;
}

Error Error::in(std::string_view context) && {
  what = std::string(context) + ": " + what;
  return std::move(*this);
}

Error Error::at(std::string_view place) && {
  if (where.empty()) where = place;
  return std::move(*this);
}

Error Error::then(std::string_view next_step) && {
  if (next.empty()) next = next_step;
  return std::move(*this);
}

Error make_error(Code code, std::string what) {
  Error error;
  error.code = code;
  error.what = std::move(what);
  return error;
}

Error os_error(int sys_errno, std::string_view doing, std::string_view place) {
  Error error;
  error.code = sys_errno == ENOENT ? Code::not_found : Code::io;
  error.sys_errno = sys_errno;
  error.what = std::string(doing) + ": " + std::strerror(sys_errno);
  error.where = place;
  return error;
}

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "aplomb: internal error: %s does not hold (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace aplomb

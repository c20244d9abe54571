#include "fs/posix_xattr.h"

#include <sys/xattr.h>

#include <algorithm>

#include "base/messages.h"

namespace aplomb::fs {

namespace {

constexpr size_t kSmall = 512;
constexpr size_t kMost = 65536;  // XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h

bool by_path(const XattrTarget& target) {
  return target.kind == XattrTarget::Kind::path_only;
}

std::string proc_path(const XattrTarget& target) {
  return "/proc/self/fd/" + std::to_string(target.fd);
}

// Without /proc the path above is missing, which must not read as "the file is missing".
std::unexpected<Error> xattr_error(const XattrTarget& target, const std::string& doing) {
  int code = by_path(target) && errno == ENOENT ? ENOSYS : errno;
  return fail(os_error(code, doing, target.place));
}

ssize_t list_into(const XattrTarget& target, std::string& out) {
  return by_path(target) ? listxattr(proc_path(target).c_str(), out.data(), out.size())
                         : flistxattr(target.fd, out.data(), out.size());
}

ssize_t get_into(const XattrTarget& target, const char* name, Bytes& out) {
  return by_path(target) ? getxattr(proc_path(target).c_str(), name, out.data(), out.size())
                         : fgetxattr(target.fd, name, out.data(), out.size());
}

// Calls once with a small buffer, and once more with the largest there can be.
template <typename Buffer, typename Call>
bool fill(Buffer& out, Call call) {
  for (size_t size : {kSmall, kMost}) {
    out.resize(size);
    ssize_t got = call();
    if (got >= 0) {
      out.resize(static_cast<size_t>(got));
      return true;
    }
    if (errno != ERANGE) return false;
  }
  return false;
}

}  // namespace

Result<std::vector<Xattr>> read_xattrs(const XattrTarget& target) {
  std::vector<Xattr> all;
  std::string names;
  if (!fill(names, [&] { return list_into(target, names); })) {
    if (errno == ENOTSUP) return all;
    return xattr_error(target, tr("cannot list extended attributes"));
  }
  for (size_t start = 0; start < names.size();) {
    std::string name = names.c_str() + start;
    start += name.size() + 1;
    Bytes value;
    if (fill(value, [&] { return get_into(target, name.c_str(), value); })) {
      all.push_back({std::move(name), std::move(value)});
    } else if (errno != ENODATA) {  // removed since it was listed
      return xattr_error(target, tr("cannot read extended attribute {}", name));
    }
  }
  std::ranges::sort(all, {}, &Xattr::name);
  return all;
}

Status write_xattr(const XattrTarget& target, const Xattr& xattr) {
  const uint8_t* value = xattr.value.data();
  size_t size = xattr.value.size();
  int done = by_path(target) ? setxattr(proc_path(target).c_str(), xattr.name.c_str(), value, size, 0)
                             : fsetxattr(target.fd, xattr.name.c_str(), value, size, 0);
  if (done != 0) return xattr_error(target, tr("cannot set extended attribute {}", xattr.name));
  return {};
}

Status erase_xattr(const XattrTarget& target, std::string_view name) {
  std::string key(name);
  int done = by_path(target) ? removexattr(proc_path(target).c_str(), key.c_str())
                             : fremovexattr(target.fd, key.c_str());
  if (done != 0) return xattr_error(target, tr("cannot remove extended attribute {}", key));
  return {};
}

}  // namespace aplomb::fs

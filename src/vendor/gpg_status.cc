#include "vendor/gpg_status.h"

#include <algorithm>

namespace aplomb::vendor {

std::optional<std::string> good_signer(std::string_view status) {
  std::optional<std::string> signer;
  bool valid = false;
  while (!status.empty()) {
    size_t end = std::min(status.find('\n'), status.size());
    std::string_view line = status.substr(0, end);
    status.remove_prefix(std::min(end + 1, status.size()));
    constexpr std::string_view kPrefix = "[GNUPG:] ";
    if (!line.starts_with(kPrefix)) continue;
    line.remove_prefix(kPrefix.size());
    if (line.starts_with("BADSIG ") || line.starts_with("REVKEYSIG ")) return std::nullopt;
    for (std::string_view word : {"GOODSIG ", "EXPKEYSIG "}) {
      if (!line.starts_with(word)) continue;
      std::string_view name = line.substr(word.size());  // the key's number, then the name
      name.remove_prefix(std::min(name.find(' ') + 1, name.size()));
      if (!signer) signer = std::string(name);
    }
    valid = valid || line.starts_with("VALIDSIG ");
  }
  return valid ? signer : std::nullopt;
}

}  // namespace aplomb::vendor

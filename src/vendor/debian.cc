#include "vendor/debian.h"

#include <algorithm>

#include "base/messages.h"

namespace aplomb::vendor {
namespace {

constexpr std::string_view kArMagic = "!<arch>\n";
constexpr size_t kArHeader = 60;

void for_each_line(std::string_view text, auto&& take) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

// The next word of a line.
std::string_view take_word(std::string_view& line) {
  size_t start = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(start);
  std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::set<Sha256> indexes_of_release(std::string_view release) {
  std::set<Sha256> indexes;
  bool inside = false;
  for_each_line(release, [&](std::string_view line) {
    if (!line.starts_with(' ')) {
      inside = line.starts_with("SHA256:");
      return;
    }
    if (!inside) return;
    auto sum = Sha256::parse(take_word(line));
    take_word(line);  // the size
    std::string_view name = take_word(line);
    if (sum && (name == "Packages" || name.ends_with("/Packages"))) indexes.insert(*sum);
  });
  return indexes;
}

// A paragraph has one line of each; those of packages that nobody asked about are passed over quickly.
std::map<Sha256, IndexedPackage> packages_of_index(std::string_view index, const std::set<Sha256>& wanted) {
  constexpr std::string_view kSum = "\nSHA256: ";
  std::map<Sha256, IndexedPackage> found;
  for (size_t at = index.find(kSum); at != std::string_view::npos; at = index.find(kSum, at + 1)) {
    std::string_view rest = index.substr(at + kSum.size());
    auto sum = Sha256::parse(rest.substr(0, rest.find('\n')));
    if (!sum || !wanted.contains(*sum)) continue;
    size_t start = index.rfind("\n\n", at), end = index.find("\n\n", at + 1);
    std::string_view paragraph = index.substr(start == std::string_view::npos ? 0 : start, end - start);
    IndexedPackage& package = found[*sum];
    for_each_line(paragraph, [&](std::string_view line) {
      if (line.starts_with("Package: ")) package.name = line.substr(9);
      if (line.starts_with("Version: ")) package.version = line.substr(9);
      if (line.starts_with("Architecture: ")) package.architecture = line.substr(14);
    });
  }
  return found;
}

Result<ByteView> data_of_deb(ByteView deb) {
  auto corrupt = [] { return fail(Code::corrupt, tr("this is no Debian package")); };
  std::string_view text = as_text(deb);
  if (!text.starts_with(kArMagic)) return corrupt();
  size_t at = kArMagic.size();
  while (text.size() - at >= kArHeader) {
    std::string_view header = text.substr(at, kArHeader), digits = header.substr(48, 10);
    uint64_t size = 0;
    for (char c : digits.substr(0, std::min(digits.find(' '), digits.size()))) {
      if (c < '0' || c > '9') return corrupt();
      size = size * 10 + static_cast<uint64_t>(c - '0');
    }
    at += kArHeader;
    if (!header.ends_with("`\n") || size > text.size() - at) return corrupt();
    if (header.starts_with("data.tar")) return deb.subspan(at, size);
    at += size + (size & 1);
    if (at > text.size()) return corrupt();
  }
  return corrupt();
}

std::optional<TreePlace> place_in_tree(std::string_view path) {
  for (std::string_view top : {"usr/share/", "var/lib/", "usr/lib/"}) {
    if (!path.starts_with(top)) continue;
    std::string_view rest = path.substr(top.size());
    size_t slash = rest.find('/');
    if (slash == std::string_view::npos || slash == 0) return std::nullopt;
    return TreePlace{std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1))};
  }
  return std::nullopt;
}

bool is_one_clear_signed_message(std::string_view text) {
  constexpr std::string_view kMessage = "-----BEGIN PGP SIGNED MESSAGE-----",
                             kBegin = "-----BEGIN PGP SIGNATURE-----", kEnd = "-----END PGP SIGNATURE-----";
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text.starts_with(kMessage) && text.ends_with(kEnd) && count_of(text, kMessage) == 1 &&
         count_of(text, kBegin) == 1 && count_of(text, kEnd) == 1;
}

}  // namespace aplomb::vendor

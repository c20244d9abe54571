#include "scan/handlers.h"

#include <algorithm>

#include "base/messages.h"
#include "base/text.h"
#include "scan/name_class.h"

namespace aplomb::scan {
namespace {

constexpr uint64_t kNamesMax = 256, kNameMax = 255;

void merge(std::vector<std::string>& into, const std::vector<std::string>& from) {
  into.insert(into.end(), from.begin(), from.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

bool holds(const std::vector<std::string>& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

void encode_names(ByteWriter& writer, const std::vector<std::string>& names) {
  size_t count = std::min<size_t>(names.size(), kNamesMax);
  writer.varint(count);
  for (size_t i = 0; i < count; ++i) writer.text(std::string_view(names[i]).substr(0, kNameMax));
}

Result<std::vector<std::string>> decode_names(ByteReader& reader) {
  uint64_t count = TRY(reader.varint());
  if (count > kNamesMax) return fail(Code::corrupt, tr("a list of names is too long"));
  std::vector<std::string> names;
  for (uint64_t i = 0; i < count; ++i) names.push_back(TRY(reader.text(kNameMax)));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

bool Handlers::sends_to_php(std::string_view path) const {
  if (empty()) return false;
  std::string_view file = file_name(path);
  if (all_files || holds(php_names, std::string(file))) return true;
  for (size_t dot = file.find('.'); dot != std::string_view::npos;) {
    size_t next = file.find('.', dot + 1);
    std::string_view part = file.substr(dot + 1, next == std::string_view::npos ? next : next - dot - 1);
    if (holds(php_extensions, lower(part))) return true;
    dot = next;
  }
  return false;
}

void Handlers::add(const Handlers& inner) {
  merge(php_extensions, inner.php_extensions);
  merge(php_names, inner.php_names);
  all_files = all_files || inner.all_files;
}

void encode(ByteWriter& writer, const Handlers& handlers) {
  encode_names(writer, handlers.php_extensions);
  encode_names(writer, handlers.php_names);
  writer.u8(handlers.all_files ? 1 : 0);
}

Result<Handlers> decode_handlers(ByteReader& reader) {
  Handlers handlers;
  handlers.php_extensions = TRY(decode_names(reader));
  handlers.php_names = TRY(decode_names(reader));
  handlers.all_files = TRY(reader.u8()) != 0;
  return handlers;
}

}  // namespace aplomb::scan

#include "base/finding.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include "base/messages.h"

namespace aplomb {
namespace {
constexpr uint64_t kTextMax = 4096;
constexpr uint64_t kArgumentsMax = 16;
}  // namespace

std::string_view name(Level level) {
  switch (level) {
    case Level::none:
      return "none";
    case Level::suspicious:
      return "suspicious";
    case Level::opaque:
      return "opaque";
    case Level::malicious:
      return "malicious";
    case Level::known_bad:
      return "known-bad";
  }
  return "none";
}

std::string Reason::text() const {
  fmt::dynamic_format_arg_store<fmt::format_context> store;
  for (const std::string& argument : arguments) store.push_back(argument);
  try {
    return fmt::vformat(translate(message.c_str()), store);
  } catch (const fmt::format_error&) {  // a message of a foreign version with more arguments than it brought
    return message;
  }
}

Level worst(const std::vector<Finding>& findings) {
  Level level = Level::none;
  for (const Finding& finding : findings) level = std::max(level, finding.level);
  return level;
}

void encode(ByteWriter& writer, const Finding& finding) {
  writer.u8(static_cast<uint8_t>(finding.level));
  writer.text(finding.rule);
  writer.text(finding.reason.message);
  writer.varint(finding.reason.arguments.size());
  for (const std::string& argument : finding.reason.arguments)
    writer.text(std::string_view(argument).substr(0, kTextMax));
  writer.u32(finding.line);
}

Result<Finding> decode_finding(ByteReader& reader) {
  Finding finding;
  uint8_t level = TRY(reader.u8());
  if (level > static_cast<uint8_t>(Level::known_bad))
    return fail(Code::corrupt, tr("a finding has no such level"));
  finding.level = static_cast<Level>(level);
  finding.rule = TRY(reader.text(kTextMax));
  finding.reason.message = TRY(reader.text(kTextMax));
  uint64_t count = TRY(reader.varint());
  if (count > kArgumentsMax) return fail(Code::corrupt, tr("a finding has too many arguments"));
  for (uint64_t i = 0; i < count; ++i) finding.reason.arguments.push_back(TRY(reader.text(kTextMax)));
  finding.line = TRY(reader.u32());
  return finding;
}

}  // namespace aplomb
